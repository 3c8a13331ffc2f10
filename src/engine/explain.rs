//! Why two records are one customer, or are not: what blocking, each
//! comparison, the rules and the clusters said about them. It repeats what the
//! run decided and decides nothing itself.

pub mod keys;
mod proposal;
pub mod raw;

pub use keys::{KeyFinding, KeyVerdict};
pub use proposal::Proposal;
pub use raw::RawRecord;

use super::clustering;
use super::unify::Outcome;
use crate::blocking;
use crate::error::{Error, Result};
use crate::record::{ABSENT, NormalRecords, RecordKeys};
use crate::rules::{Decision, KeyRule, Level};
use schemars::JsonSchema;
use serde::Serialize;

/// Everything that was found out about one pair.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Explanation {
    /// `source:record_id` of each.
    pub a: String,
    pub b: String,
    /// Whether they ended as one customer.
    pub together: bool,
    /// The log2 odds before any evidence.
    pub prior: f32,
    /// One per comparison that had evidence on both sides.
    pub steps: Vec<Step>,
    /// Final match weight in bits, and the probability it stands for.
    pub weight: f32,
    pub probability: f32,
    /// From which weights pairs are linked and reviewed.
    pub link_weight: f32,
    pub review_weight: f32,
    /// Where their own likeness did not join them: which of them fits all other
    /// records of the customer together.
    pub entity: Option<Entity>,
    /// The decision rule that applied.
    pub rule: Option<AppliedRule>,
    /// Whether the two may be compared at all: not so for one source under `--link-only`.
    pub allowed: bool,
    /// Whether blocking brought them together.
    pub compared: bool,
    /// What each blocking key did for them, or why it did nothing.
    pub keys: Vec<KeyFinding>,
    /// Where they were never compared: keys that would have brought them.
    pub proposals: Vec<Proposal>,
    /// Both records as they stood in their files, where the run kept them.
    pub raw: Vec<RawRecord>,
    pub values: Vec<Values>,
}

/// A record that its customer's other records together are like enough.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Entity {
    /// `source:record_id`.
    pub record: String,
    /// How many other records the customer has.
    pub others: u32,
    /// What the record weighs beside them all, in bits.
    pub weight: f32,
}

/// What one comparison added.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Step {
    pub comparison: String,
    pub level: Level,
    /// In bits.
    pub weight: f32,
    /// The weight so far.
    pub total: f32,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct AppliedRule {
    pub name: String,
    pub then: Decision,
}

/// One field of both records.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Values {
    pub field: String,
    pub a: Option<Value>,
    pub b: Option<Value>,
}

/// A value as it is shown, and as it is compared; `None` where it is no evidence.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Value {
    pub display: String,
    pub canonical: Option<String>,
}

/// Explains the pair of that names, each `source:record_id`.
///
/// # Errors
/// There is no such record, or both names mean the same one.
pub fn explain(outcome: &Outcome, a: &str, b: &str) -> Result<Explanation> {
    let names = &outcome.records.keys;
    let (first, second) = (record(names, a)?, record(names, b)?);
    if first == second {
        return Err(Error::usage(format!("`{a}` and `{b}` are the same record")));
    }
    let matcher = outcome.matcher;
    let (low, high) = (first.min(second) as u32, first.max(second) as u32);
    let pair = matcher.weigh(low, high);
    let totals = matcher.waterfall(low, high);
    let customer = |record: usize| outcome.golden.customer_of.get(record);
    let name = |record: usize| format!("{}:{}", names.source(record), names.id(record));
    let applied = pair.rule.and_then(|rule| matcher.decisions.get(usize::from(rule)));
    let candidates = blocking::plan(&super::matching::evidence_fields(outcome.records));
    let left_out: Vec<KeyRule> = candidates.into_iter().filter(|key| !matcher.keys.contains(key)).collect();
    let allowed = matcher.is_allowed(low, high);
    let compared = allowed && matcher.blocks.first_common(first, second).is_some();
    Ok(Explanation {
        a: name(first),
        b: name(second),
        together: customer(first) == customer(second),
        prior: totals.first().copied().unwrap_or(0.0),
        steps: steps(outcome, &pair, &totals),
        weight: pair.weight.bits,
        probability: pair.weight.probability(),
        link_weight: outcome.bits.link,
        review_weight: outcome.bits.review,
        entity: entity(outcome, [low, high], pair.weight.bits),
        rule: applied.map(|rule| AppliedRule { name: rule.name.clone(), then: rule.then }),
        allowed,
        compared,
        keys: keys::findings(matcher, &left_out, first, second),
        proposals: match allowed && !compared {
            true => proposal::proposals(matcher, first, second),
            false => Vec::new(),
        },
        raw: outcome.shown.clone(),
        values: values(outcome.records, first, second),
    })
}

/// Which of two records that do not link by themselves fits their customer.
fn entity(outcome: &Outcome, pair: [u32; 2], bits: f32) -> Option<Entity> {
    let customer = |record: u32| outcome.golden.customer_of.get(record as usize).copied();
    let [a, b] = pair.map(customer);
    let of = a.filter(|_| a == b && bits < outcome.bits.link)?;
    let members = outcome.golden.members(of as usize);
    let names = &outcome.records.keys;
    pair.into_iter().find_map(|record| {
        let others = members.iter().copied().filter(move |&other| other != record);
        let weight = clustering::joined_by_entity(outcome.matcher, record, others, outcome.bits.link)?;
        let at = record as usize;
        let name = format!("{}:{}", names.source(at), names.id(at));
        Some(Entity { record: name, others: members.len() as u32 - 1, weight })
    })
}

/// Sources and ids may hold colons themselves: every way to part the name counts.
fn record(keys: &RecordKeys, name: &str) -> Result<usize> {
    let parted = name.match_indices(':').filter_map(|(at, _)| Some((name.get(..at)?, name.get(at + 1..)?)));
    let found = parted.into_iter().find_map(|(source, id)| keys.find(source, id));
    found.ok_or_else(|| {
        let error = Error::usage(format!("there is no record `{name}`"));
        match name.contains(':') {
            true => error.with_hint(format!(
                "write `SOURCE:RECORD_ID`; the sources are {}",
                keys.sources.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
            )),
            false => error.with_hint("write it as `SOURCE:RECORD_ID`"),
        }
    })
}

fn steps(outcome: &Outcome, pair: &super::matching::Pair, totals: &[f32]) -> Vec<Step> {
    let comparisons = outcome.matcher.comparisons().iter().zip(totals.windows(2)).enumerate();
    comparisons
        .filter_map(|(at, (comparison, total))| {
            let level = pair.vector.grade(at).level();
            let &[before, after] = total else { return None };
            let step =
                Step { comparison: comparison.name.clone(), level, weight: after - before, total: after };
            (level != Level::Missing).then_some(step)
        })
        .collect()
}

/// What both records hold, field by field.
pub fn values(records: &NormalRecords, a: usize, b: usize) -> Vec<Values> {
    let value = |column: &crate::record::NormalColumn, record: usize| {
        let code = column.codes.get(record).copied().filter(|code| *code != ABSENT)?;
        let canonical = column.canonical_code(record);
        Some(Value {
            display: column.display.get(code).to_owned(),
            canonical: (canonical != ABSENT).then(|| column.canonical.get(canonical).to_owned()),
        })
    };
    records
        .columns
        .iter()
        .map(|column| Values {
            field: column.field.name().to_owned(),
            a: value(column, a),
            b: value(column, b),
        })
        .filter(|values| values.a.is_some() || values.b.is_some())
        .collect()
}
