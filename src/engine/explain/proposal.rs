//! Keys that would have brought a pair together, each with what it costs: the
//! pairs that it adds over all records. Made of the values that the two share.

use super::keys::shared;
use crate::blocking::RuleBlocks;
use crate::engine::key_search::{self, pairs_new};
use crate::engine::matching::Matcher;
use crate::rules::KeyRule;
use schemars::JsonSchema;
use serde::Serialize;
use std::cmp::Ordering;

/// A key as the rule file spells it, and what it would cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Proposal {
    pub key: String,
    /// Pairs that it adds to those compared now.
    pub pairs_new: u64,
}

/// Proposals shown.
const SHOWN_MAX: usize = 3;
/// Single expressions that conjunctions are made of.
const PARTS_MAX: usize = 10;
/// Pairs per record that a key may add and still be preferred for being simple.
const PAIRS_PER_RECORD: u64 = 5;

/// The keys that bring records `a` and `b` together, the simplest of the cheap
/// ones first; empty where the two share nothing that a key can be made of.
pub fn proposals(matcher: &Matcher, a: usize, b: usize) -> Vec<Proposal> {
    let parts = shared_parts(matcher, a, b);
    let mut tried = parts.clone();
    for (at, first) in parts.iter().enumerate() {
        let others = parts[at + 1..].iter().filter(|second| field(first) != field(second));
        tried.extend(others.map(|second| {
            key_search::key([first, second].into_iter().flat_map(|rule| rule.expressions.clone()).collect())
        }));
    }
    let mut found = key_search::blocked(matcher, &tried, |rule, blocks| {
        blocks.first_common(a, b)?;
        let proposal = Proposal { key: rule.name.clone(), pairs_new: pairs_new(matcher, blocks) };
        Some((rule.expressions.len(), proposal))
    });
    let cheap = PAIRS_PER_RECORD * matcher.records.len() as u64;
    found.sort_by(|(x_terms, x), (y_terms, y)| {
        let is_dear = x.pairs_new > cheap;
        let simpler = if is_dear { Ordering::Equal } else { x_terms.cmp(y_terms) };
        let costly = is_dear.cmp(&(y.pairs_new > cheap));
        costly.then(simpler).then(x.pairs_new.cmp(&y.pairs_new)).then_with(|| x.key.cmp(&y.key))
    });
    found.into_iter().map(|(_, proposal)| proposal).take(SHOWN_MAX).collect()
}

/// The most selective expressions that make the same of both records; of two
/// of one field that are equally selective, the first.
fn shared_parts(matcher: &Matcher, a: usize, b: usize) -> Vec<KeyRule> {
    let singles = key_search::single_keys(matcher);
    let records = matcher.records.len() as u32;
    let mut parts = key_search::prepared(matcher, &singles, |at, key| {
        let single = singles.get(at).filter(|_| !shared(key, a, b).is_empty())?;
        Some((RuleBlocks::new(key, 0..records, &[], usize::MAX).pairs(), single))
    });
    parts.sort_by(|x, y| x.0.cmp(&y.0).then_with(|| x.1.name.cmp(&y.1.name)));
    parts.dedup_by(|x, y| x.0 == y.0 && field(x.1) == field(y.1));
    parts.into_iter().take(PARTS_MAX).map(|(_, single)| single.clone()).collect()
}

/// The field of a key of one expression.
fn field(rule: &KeyRule) -> Option<&str> {
    rule.expressions.first().map(|expression| expression.field.as_str())
}
