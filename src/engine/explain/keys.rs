//! What each blocking key had to say about a pair: that it brought the two
//! together, or why it did not.

use crate::blocking::PreparedKey;
use crate::engine::blocking::evaluate;
use crate::engine::matching::Matcher;
use crate::rules::KeyRule;
use schemars::JsonSchema;
use serde::Serialize;

/// One key and what it did for the pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct KeyFinding {
    /// As the rule file spells it.
    pub key: String,
    #[serde(flatten)]
    pub verdict: KeyVerdict,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum KeyVerdict {
    /// Both stand in one of its blocks.
    Brought,
    /// They share its value with so many records that the block was split by
    /// further values, on which the two do not agree.
    Split { records: u64 },
    /// They share its value, but the key was left out for what it costs.
    LeftOut,
    /// Expressions that make nothing of one record, or of both.
    Missing { a: Vec<String>, b: Vec<String> },
    /// Expressions that make different things of the two; empty where the
    /// values have more forms than a key may take.
    Differs { expressions: Vec<String> },
}

/// What the keys in use, and those of `left_out` that the two share, say about
/// records `a` and `b`.
pub fn findings(matcher: &Matcher, left_out: &[KeyRule], a: usize, b: usize) -> Vec<KeyFinding> {
    let rules: Vec<KeyRule> = matcher.keys.iter().chain(left_out).cloned().collect();
    let expressions = evaluate(&rules, matcher.records);
    let mut findings = Vec::new();
    for (at, rule) in rules.iter().enumerate() {
        let Some(key) = PreparedKey::new(rule, &expressions, matcher.records) else { continue };
        let shared = shared(&key, a, b);
        let in_use = at < matcher.keys.len();
        let verdict = match &shared[..] {
            [] if in_use => apart(rule, &key, a, b),
            [] => continue,
            _ if !in_use => KeyVerdict::LeftOut,
            _ if is_brought(matcher, at, a, b) => KeyVerdict::Brought,
            _ => KeyVerdict::Split { records: holders(&key, &shared, matcher.records.len()) },
        };
        findings.push(KeyFinding { key: rule.name.clone(), verdict });
    }
    findings
}

/// The hashes that a key gives both records.
pub fn shared(key: &PreparedKey, a: usize, b: usize) -> Vec<u64> {
    let (mut of_a, mut shared) = (Vec::new(), Vec::new());
    key.keys(a, |hash| of_a.push(hash));
    key.keys(b, |hash| {
        if of_a.contains(&hash) {
            shared.push(hash);
        }
    });
    shared
}

/// Whether a block of rule `at` holds both.
fn is_brought(matcher: &Matcher, at: usize, a: usize, b: usize) -> bool {
    let of_b = matcher.blocks.of_record(b);
    let common = matcher.blocks.of_record(a).iter().filter(|block| of_b.binary_search(block).is_ok());
    common.into_iter().any(|&block| matcher.blocks.rule(block as usize) == at)
}

/// The records that a key gives one of `hashes`.
fn holders(key: &PreparedKey, hashes: &[u64], records: usize) -> u64 {
    let holds = |record: &usize| {
        let mut found = false;
        key.keys(*record, |hash| found |= hashes.contains(&hash));
        found
    };
    (0..records).filter(holds).count() as u64
}

/// Why the two have no value of the key in common.
fn apart(rule: &KeyRule, key: &PreparedKey, a: usize, b: usize) -> KeyVerdict {
    let (of_a, of_b) = (key.parts(a), key.parts(b));
    let named = |wanted: &dyn Fn(usize) -> bool| -> Vec<String> {
        let chosen = rule.expressions.iter().enumerate().filter(|(at, _)| wanted(*at));
        chosen.map(|(_, expression)| expression.to_string()).collect()
    };
    let missing_a = named(&|at| of_a[at].is_empty());
    let missing_b = named(&|at| of_b[at].is_empty());
    if !missing_a.is_empty() || !missing_b.is_empty() {
        return KeyVerdict::Missing { a: missing_a, b: missing_b };
    }
    let unlike = |at: usize| !of_a[at].iter().any(|hash| of_b[at].contains(hash));
    KeyVerdict::Differs { expressions: named(&unlike) }
}
