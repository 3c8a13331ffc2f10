//! What blocking will cost and lose, before anything is compared in earnest:
//! the pairs of each key, where they pile up, and how many of the pairs that
//! would be linked no key brings. A probe beside the keys tells the last.

mod largest;
pub(super) mod probe;
mod suggest;

pub use largest::Largest;
pub use probe::Estimate;
pub use suggest::Suggestion;

use super::blocking::KeyReport;
use super::matching::Matcher;
use super::unify::{UnifyRequest, prepare};
use crate::blocking::Blocks;
use crate::error::Result;
use crate::rules::KeyRule;
use probe::Probe;
use rayon::prelude::*;
use serde::Serialize;

/// The forecast for one set of inputs and rules.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Forecast {
    pub records: u64,
    /// Pairs that a run would compare, each once.
    pub pairs: u64,
    pub pairs_per_record: f64,
    /// Share of the pairs that would be linked, had they been compared, that no
    /// key brings.
    pub lost: Estimate,
    /// Records that the probe compared with every other.
    pub probe_records: u64,
    pub probe_pairs: u64,
    pub keys: Vec<KeyForecast>,
    /// Keys that would find some of what is lost.
    pub suggestions: Vec<Suggestion>,
}

/// What one key brings.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KeyForecast {
    pub key: String,
    /// Not used, because it brings too many pairs or too few links for them.
    pub left_out: bool,
    /// Blocks of two records and more, and the records of the largest.
    pub blocks: u64,
    pub block_size_max: u64,
    pub pairs: u64,
    /// Pairs that no earlier key brings.
    pub pairs_new: u64,
    /// Share of its pairs that the largest hundredth of its blocks brings.
    pub skew: f64,
    /// Share of the pairs to be linked that it brings; that it alone brings;
    /// and that it loses. `None` for a key left out, or where the probe found
    /// no pair to be linked.
    pub found: Option<f64>,
    pub found_alone: Option<f64>,
    pub lost: Option<f64>,
    /// The values that most records share, before a block is split.
    pub largest: Vec<Largest>,
}

/// Forecasts the blocking of the inputs.
///
/// # Errors
/// As [`prepare`].
pub fn forecast(request: &UnifyRequest, progress: &dyn super::progress::Progress) -> Result<Forecast> {
    let prepared = prepare(request, progress)?;
    progress.begin("block and train", None);
    let matcher = Matcher::new(&prepared.records, &request.rules, request.model.clone(), None);
    let link = super::thresholds::Bits::new(&request.rules.thresholds).link;
    progress.begin("probe and forecast", None);
    Ok(of_matcher(&matcher, link))
}

/// Forecasts the blocking of records that are blocked already; pairs of `link`
/// bits and more would be linked.
pub fn of_matcher(matcher: &Matcher, link: f32) -> Forecast {
    let probe = Probe::new(matcher, link);
    let new = pairs_new(matcher);
    let pairs: u64 = new.iter().sum();
    let mut in_use = 0..matcher.keys.len();
    let keys = matcher.key_reports.iter().map(|report| {
        let at = if report.left_out { None } else { in_use.next() };
        key(matcher, &probe, report, at.map(|at| (at, new.get(at).copied().unwrap_or(0))))
    });
    Forecast {
        records: matcher.records.len() as u64,
        pairs,
        pairs_per_record: pairs as f64 / matcher.records.len().max(1) as f64,
        lost: probe.lost(),
        probe_records: probe.records,
        probe_pairs: probe.pairs,
        keys: keys.collect(),
        suggestions: suggest::suggestions(matcher, &probe),
    }
}

/// One key; `in_use` is its number among the keys in use and its new pairs.
fn key(matcher: &Matcher, probe: &Probe, report: &KeyReport, in_use: Option<(usize, u64)>) -> KeyForecast {
    let found = in_use.and_then(|(at, _)| probe.found(at));
    KeyForecast {
        key: report.name.clone(),
        left_out: report.left_out,
        blocks: report.blocks,
        block_size_max: report.size_max,
        pairs: report.pairs,
        pairs_new: in_use.map_or(0, |(_, new)| new),
        skew: in_use.map_or(0.0, |(at, _)| skew(&matcher.blocks, at)),
        found: found.map(|(found, _)| found),
        found_alone: found.map(|(_, alone)| alone),
        lost: found.map(|(found, _)| 1.0 - found),
        largest: in_use
            .and_then(|(at, _)| matcher.keys.get(at))
            .map_or_else(Vec::new, |rule: &KeyRule| largest::largest(matcher, rule)),
    }
}

/// Per key in use, the pairs that no earlier key brings.
fn pairs_new(matcher: &Matcher) -> Vec<u64> {
    let chunks = super::training::chunks(&matcher.blocks).into_par_iter().map(|(start, end)| {
        let mut new = vec![0; matcher.keys.len()];
        for block in start..end {
            let of_key = &mut new[matcher.blocks.rule(block)];
            let allowed = |a: u32, b: u32| u64::from(matcher.is_allowed(a, b));
            matcher.blocks.pairs(block, |_| true, |a, b| *of_key += allowed(a, b));
        }
        new
    });
    let sum = |total: Vec<u64>, part: Vec<u64>| total.iter().zip(part).map(|(x, y)| x + y).collect();
    chunks.reduce(|| vec![0; matcher.keys.len()], sum)
}

/// The share of a key's pairs that the largest hundredth of its blocks brings.
fn skew(blocks: &Blocks, rule: usize) -> f64 {
    let of_rule = (0..blocks.len()).filter(|&block| blocks.rule(block) == rule);
    let mut pairs: Vec<u64> =
        of_rule.map(|block| blocks.members(block).len() as u64).map(|size| size * (size - 1) / 2).collect();
    pairs.sort_unstable_by(|x, y| y.cmp(x));
    let all: u64 = pairs.iter().sum();
    let top: u64 = pairs.iter().take(pairs.len().div_ceil(100)).sum();
    top as f64 / all.max(1) as f64
}
