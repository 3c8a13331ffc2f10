//! A sample of pairs that stewards judge, so that precision and recall are told
//! from their answers and not by the model. Judgements of the queue would not
//! do: it asks what is doubtful. Only what was drawn counts, each answer for the
//! pairs that its stratum stands for.

use super::bundle::Bundle;
use super::graph::outcome;
use super::impact::share_of;
use super::judge::Name;
use super::review::{Doubt, Notes, ReviewCursor, ReviewFilter, ReviewItem, item};
use super::{Gathered, Graph};
use crate::engine::matching::Pair;
use crate::engine::sampling::{Answered, Interval, Judged, Sample, StratumOf};
use crate::engine::thresholds::probability;
use crate::error::Result;
use crate::judgement::Judgement;
use crate::store::{Batch, Number, SampleRow, SampledPair, Store, StratumRow, name_key};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeSet;
use xxhash_rust::xxh3::xxh3_64;

/// Answers from which on figures are told.
const ANSWERS_MIN: usize = 20;

/// The sample, and what follows from the answers so far.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SampleView {
    /// When it was drawn, RFC 3339: the figures are of the customers as they
    /// were then.
    pub at: String,
    pub who: String,
    pub model_version: u32,
    /// Whether that is the model in force.
    pub is_current: bool,
    pub pairs: usize,
    /// Pairs that were judged, unsure ones included.
    pub judged: usize,
    /// Of the pairs in one customer, the share that is right, with its 95 %
    /// interval; left out while few are judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precision: Option<[f64; 3]>,
    /// Of all matches, the share in one customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recall: Option<[f64; 3]>,
    /// How right the model's probabilities are, band by band of weights.
    pub reliability: Vec<Band>,
}

/// Judged pairs of about one weight.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Band {
    /// Pairs that were judged same or different.
    pub judged: usize,
    /// The share of matches that the model expects.
    pub expected: f64,
    /// The share of matches by the answers, with its 95 % interval.
    pub found: [f64; 3],
}

/// Weights, in bits, where one band ends and the next begins.
const BAND_EDGES: [f32; 6] = [-12.0, -6.0, -2.0, 2.0, 6.0, 12.0];

/// Each band with answers, the lightest pairs first. Within a band an answer
/// counts for as many pairs as it stands for.
fn reliability(store: &Store, row: &SampleRow) -> Vec<Band> {
    #[derive(Default, Clone, Copy)]
    struct Sums {
        judged: usize,
        weight: f64,
        weight_squared: f64,
        expected: f64,
        matches: f64,
    }
    let mut bands = [Sums::default(); BAND_EDGES.len() + 1];
    for stratum in &row.strata {
        let answered = |pair: &SampledPair| match said(store, pair) {
            Some(Judgement::Positive) => Some((pair.bits, 1.0)),
            Some(Judgement::Negative) => Some((pair.bits, 0.0)),
            _ => None,
        };
        let answers: Vec<(f32, f64)> = stratum.pairs.iter().filter_map(answered).collect();
        let weight = stratum.size / answers.len().max(1) as f64;
        for (bits, is_match) in answers {
            let at = BAND_EDGES.iter().filter(|edge| bits >= **edge).count();
            let Some(sums) = bands.get_mut(at) else { continue };
            sums.judged += 1;
            sums.weight += weight;
            sums.weight_squared += weight * weight;
            sums.expected += weight * probability(bits);
            sums.matches += weight * is_match;
        }
    }
    let band = |sums: &Sums| {
        // As many answers of equal weight as would tell as much (Kish 1965).
        let count = sums.weight * sums.weight / sums.weight_squared;
        let found = share_of(sums.matches / sums.weight, count);
        Band { judged: sums.judged, expected: sums.expected / sums.weight, found }
    };
    bands.iter().filter(|sums| sums.judged > 0).map(band).collect()
}

/// Draws `count` pairs of the store.
///
/// # Errors
/// The store cannot be read.
pub fn draw(store: &Store, bundle: &Bundle, count: usize, who: &str, now: i64) -> Result<SampleRow> {
    outcome(store, bundle, |outcome, gathered| {
        let sample = Sample::new(outcome, count);
        let strata = sample.drawn().map(|(StratumOf { size, expected, is_joined }, pairs)| {
            let pairs = pairs.map(|pair| drawn(gathered, pair)).collect();
            StratumRow { size, expected, is_joined, pairs }
        });
        Ok(SampleRow {
            at: now,
            who: who.to_owned(),
            model: bundle.version,
            last_change: store.counters.last_change,
            strata: strata.collect(),
        })
    })
}

fn drawn(gathered: &Gathered, pair: Pair) -> SampledPair {
    let keys = &gathered.records.keys;
    let name = |record: u32| {
        let record = record as usize;
        (keys.source(record).to_owned(), keys.id(record).to_owned())
    };
    SampledPair { a: name(pair.a), b: name(pair.b), bits: pair.weight.bits }
}

impl Graph {
    /// Keeps a sample in place of a former one. Pairs of records that went while
    /// it was drawn are left out.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn keep_sample(&mut self, mut row: SampleRow) -> Result<()> {
        for stratum in &mut row.strata {
            let mut kept = Vec::with_capacity(stratum.pairs.len());
            for pair in stratum.pairs.drain(..) {
                if is_there(&self.store, &pair.a)?.is_some() && is_there(&self.store, &pair.b)?.is_some() {
                    kept.push(pair);
                }
            }
            stratum.pairs = kept;
        }
        let mut batch = Batch::default();
        self.store.put_sample(&mut batch, &row);
        self.commit(batch)
    }
}

fn is_there(store: &Store, name: &Name) -> Result<Option<Number>> {
    Ok(store.name(&name.0, &name.1)?.number)
}

fn said(store: &Store, pair: &SampledPair) -> Option<Judgement> {
    store.judged.between(&name_key(&pair.a.0, &pair.a.1), &name_key(&pair.b.0, &pair.b.1))
}

/// The sample as it stands; `None`: none was drawn.
///
/// # Errors
/// The store cannot be read.
pub fn sample(store: &Store) -> Result<Option<SampleView>> {
    let Some(row) = store.sample()? else { return Ok(None) };
    let pairs = || row.strata.iter().flat_map(|stratum| &stratum.pairs);
    let answered = row.strata.iter().map(|stratum| {
        let StratumRow { size, expected, is_joined, .. } = *stratum;
        let said = stratum.pairs.iter().filter_map(|pair| said(store, pair));
        Answered::new(StratumOf { size, expected, is_joined }, said)
    });
    let found = Judged::new(answered);
    let told = |interval: Interval| {
        (found.answers >= ANSWERS_MIN).then_some([interval.share, interval.low, interval.high])
    };
    Ok(Some(SampleView {
        at: jiff::Timestamp::from_microsecond(row.at).map(|at| at.to_string()).unwrap_or_default(),
        who: row.who.clone(),
        model_version: row.model,
        is_current: row.model == store.counters.model,
        pairs: pairs().count(),
        judged: pairs().filter(|pair| said(store, pair).is_some()).count(),
        precision: told(found.precision),
        recall: told(found.recall),
        reliability: reliability(store, &row),
    }))
}

/// How many pairs of the sample nobody judged yet.
pub(super) fn waiting(store: &Store) -> Result<u64> {
    let Some(row) = store.sample()? else { return Ok(0) };
    let pairs = row.strata.iter().flat_map(|stratum| &stratum.pairs);
    Ok(pairs.filter(|pair| said(store, pair).is_none()).count() as u64)
}

/// Part of the sample: pairs that nobody judged, in an order that tells nothing
/// of their strata, and where the next part begins.
pub(super) fn page(
    store: &Store,
    filter: &ReviewFilter,
    notes: &Notes,
    proposed: &BTreeSet<(Number, Number)>,
    cursor: Option<ReviewCursor>,
    limit: usize,
) -> Result<(Vec<ReviewItem>, Option<ReviewCursor>)> {
    let Some(row) = store.sample()? else { return Ok((Vec::new(), None)) };
    let after = match cursor {
        Some(ReviewCursor::Sample(place)) => Some(place),
        _ => None,
    };
    let mut pairs: Vec<(u64, &SampledPair)> =
        row.strata.iter().flat_map(|stratum| &stratum.pairs).map(|pair| (place(pair), pair)).collect();
    pairs.sort_unstable_by_key(|(place, pair)| (*place, &pair.a, &pair.b));
    let mut items = Vec::new();
    for (place, pair) in pairs.into_iter().filter(|(place, _)| after.is_none_or(|after| *place > after)) {
        let of = |source: &String| *source == pair.a.0 || *source == pair.b.0;
        if filter.source.as_ref().is_some_and(|source| !of(source)) {
            continue;
        }
        let (Some(a), Some(b)) = (is_there(store, &pair.a)?, is_there(store, &pair.b)?) else { continue };
        if proposed.contains(&(a.min(b), a.max(b))) {
            continue;
        }
        let Some(item) = item(store, &Doubt::of_sample(a, b, pair.bits), notes)? else { continue };
        if filter.assigned.is_some() && item.assigned != filter.assigned {
            continue;
        }
        items.push(item);
        if items.len() >= limit {
            return Ok((items, Some(ReviewCursor::Sample(place))));
        }
    }
    Ok((items, None))
}

/// The pair's place in the order of asking.
fn place(pair: &SampledPair) -> u64 {
    let mut bytes = name_key(&pair.a.0, &pair.a.1);
    bytes.push(0);
    bytes.extend(name_key(&pair.b.0, &pair.b.1));
    xxh3_64(&bytes)
}
