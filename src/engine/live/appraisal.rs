//! How good the customers are, what each blocking key costs and loses, and which
//! records can be linked to nothing: all worked out from the stored records
//! under the model in force, without any truth.

use super::bundle::Bundle;
use super::gather::Gathered;
use super::graph::outcome;
use super::inspect::MemberView;
use super::keys::keys_of;
use crate::engine::estimate::{self, Interval};
use crate::engine::forecast::{self, Forecast};
use crate::engine::unify::Outcome;
use crate::error::Result;
use crate::store::Store;
use hashbrown::HashMap;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// Records that are named as examples of each reason.
const EXAMPLES_MAX: usize = 12;
/// Sets of fields that are told of records without a key.
const HELD_MAX: usize = 6;

/// What the model makes of the store as a whole.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Appraisal {
    pub records: u64,
    pub last_change: u64,
    pub model_version: u32,
    /// Of the pairs in one customer, the share expected to be right, and between
    /// which bounds it lies if all weights are three bits off.
    pub precision: [f64; 3],
    /// Of the matches among compared pairs, the share found, and its bounds.
    pub recall: [f64; 3],
    /// Pairs that the keys bring, each once.
    pub pairs: u64,
    pub pairs_per_record: f64,
    /// The share of the pairs to be linked that no key brings, with the bounds
    /// of its 95 % interval.
    pub lost: [f64; 3],
    pub keys: Vec<KeyAppraisal>,
    pub unlinkable: Unlinkable,
    pub seconds: f64,
}

/// What one key brings.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct KeyAppraisal {
    pub key: String,
    pub blocks: u64,
    /// Records of its largest block.
    pub block_size_max: u64,
    pub pairs: u64,
    /// Pairs that no earlier key brings.
    pub pairs_new: u64,
    /// Of the pairs to be linked, the share that it brings, and that it alone
    /// brings; left out where a sample found none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found_alone: Option<f64>,
}

/// Records that are compared with no other.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Unlinkable {
    /// Records by reason: `no_key`, they hold nothing that a key is made of;
    /// `too_many`, so many share their keys that these are left out; `alone`,
    /// nobody shares a key of theirs.
    pub reasons: BTreeMap<&'static str, u64>,
    /// Per source, records by reason.
    pub sources: BTreeMap<String, BTreeMap<&'static str, u64>>,
    /// What the records without a key hold: fields, and how many records hold
    /// just these.
    pub held: Vec<(Vec<String>, u64)>,
    /// Some records of each reason but `alone`.
    pub examples: BTreeMap<&'static str, Vec<MemberView>>,
}

/// Appraises the store.
///
/// # Errors
/// The store cannot be read.
pub fn appraisal(store: &Store, bundle: &Bundle) -> Result<Appraisal> {
    let start = std::time::Instant::now();
    outcome(store, bundle, |outcome, gathered| {
        let accuracy = estimate::estimate(outcome);
        let Forecast { pairs, pairs_per_record, lost, keys, .. } =
            forecast::of_matcher(outcome.matcher, outcome.bits.link);
        let key = |key: forecast::KeyForecast| KeyAppraisal {
            key: key.key,
            blocks: key.blocks,
            block_size_max: key.block_size_max,
            pairs: key.pairs,
            pairs_new: key.pairs_new,
            found: key.found,
            found_alone: key.found_alone,
        };
        Ok(Appraisal {
            records: gathered.len() as u64,
            last_change: store.counters.last_change,
            model_version: bundle.version,
            precision: bounds(accuracy.precision),
            recall: bounds(accuracy.recall),
            pairs,
            pairs_per_record,
            lost: [lost.share, lost.low, lost.high],
            keys: keys.into_iter().filter(|key| !key.left_out).map(key).collect(),
            unlinkable: unlinkable(outcome, gathered, bundle),
            seconds: start.elapsed().as_secs_f64(),
        })
    })
}

fn bounds(interval: Interval) -> [f64; 3] {
    [interval.share, interval.low, interval.high]
}

fn unlinkable(outcome: &Outcome, gathered: &Gathered, bundle: &Bundle) -> Unlinkable {
    let records = &gathered.records;
    let blocks = &outcome.matcher.blocks;
    let alone: Vec<usize> =
        (0..records.len()).filter(|&record| blocks.of_record(record).is_empty()).collect();
    if alone.is_empty() {
        return Unlinkable::default();
    }
    let keys = keys_of(bundle, records);
    // A key that more than one record has and that makes no block is too common.
    let mut sharing: HashMap<(u16, u32), u32> = HashMap::new();
    keys.iter().flat_map(|keys| &keys.roots).for_each(|root| *sharing.entry(*root).or_default() += 1);
    let mut found = Unlinkable::default();
    let mut held: HashMap<Vec<usize>, u64> = HashMap::new();
    for record in alone {
        let roots = keys.get(record).map_or(&[][..], |keys| keys.roots.as_slice());
        let is_shared = |root: &(u16, u32)| sharing.get(root).is_some_and(|count| *count > 1);
        let reason = match roots {
            [] => "no_key",
            roots if roots.iter().any(is_shared) => "too_many",
            _ => "alone",
        };
        *found.reasons.entry(reason).or_default() += 1;
        let source = records.keys.source(record);
        let of_source = match found.sources.get_mut(source) {
            Some(of_source) => of_source,
            None => found.sources.entry(source.to_owned()).or_default(),
        };
        *of_source.entry(reason).or_default() += 1;
        if reason == "no_key" {
            let columns = records.columns.iter().enumerate();
            let fields = columns.filter(|(_, column)| column.canonical_code(record) != crate::record::ABSENT);
            *held.entry(fields.map(|(at, _)| at).collect()).or_default() += 1;
        }
        let examples = found.examples.entry(reason).or_default();
        if reason != "alone" && examples.len() < EXAMPLES_MAX {
            let record_id = records.keys.id(record).to_owned();
            examples.push(MemberView { source: source.to_owned(), record_id });
        }
    }
    found.examples.remove("alone");
    let name = |at: &usize| records.columns.get(*at).map_or("", |column| column.field.name()).to_owned();
    let mut sets: Vec<(Vec<String>, u64)> =
        held.into_iter().map(|(columns, count)| (columns.iter().map(name).collect(), count)).collect();
    sets.iter_mut().for_each(|(fields, _)| fields.dedup());
    sets.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    sets.truncate(HELD_MAX);
    found.held = sets;
    found
}
