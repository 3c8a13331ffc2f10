//! Measures a crosswalk against known truth. It reads finished files and knows
//! nothing of how they were made, so it measures other tools' results as well.
//!
//! Pairwise measures count pairs of records (Christen, *Data Matching*, 2012);
//! B³ averages over records the share of each record's cluster that belongs
//! with it (Bagga & Baldwin, 1998).

mod curve;
mod tables;

pub use curve::{CalibrationBin, CurvePoint};

use super::files::candidates::{self, Candidates};
use crate::error::{Error, Result};
use serde::Serialize;
use std::path::{Path, PathBuf};
use tables::{Crosswalk, Truth};

/// How well a crosswalk agrees with the truth. Only records that the truth
/// names are counted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluation {
    /// Records that the truth names.
    pub records: usize,
    /// Of these, how many the crosswalk lacks; each counts as a customer of its own.
    pub missing: usize,
    /// Records of the crosswalk that the truth does not name; not counted.
    pub unlabelled: usize,
    pub clusters: usize,
    pub entities: usize,
    /// Records in the largest cluster.
    pub largest: usize,
    pub pairs: PairCounts,
    pub pairwise: Measure,
    pub b3: Measure,
    pub exact: ExactClusters,
    /// True pairs in different clusters, by whether the run's links and review
    /// list them; `None` without those files.
    pub missed: Option<Missed>,
    /// True pairs that blocking never brought together, where the run tells.
    pub never_compared: Option<u64>,
    /// What other thresholds would give; empty without the run's links.
    pub curve: Vec<CurvePoint>,
    /// Of the pairs said to be a match with a probability, how many are; empty
    /// without the run's links.
    pub calibration: Vec<CalibrationBin>,
    /// The mean distance between said and true in `calibration`, by pairs.
    pub calibration_error: Option<f64>,
}

/// Pairs of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PairCounts {
    /// Of the same entity.
    pub truth: u64,
    /// In the same cluster.
    pub predicted: u64,
    /// Both.
    pub correct: u64,
}

/// Precision, recall and their harmonic mean, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Measure {
    pub precision: f64,
    pub recall: f64,
    pub f1: f64,
}

/// Entities whose records make up exactly one cluster.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ExactClusters {
    pub count: usize,
    /// Of all entities, 0 to 1.
    pub share: f64,
}

/// True pairs that stand in different clusters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Missed {
    /// Listed in the run's links or review.
    pub listed: u64,
    /// Not listed: scored as no link, or never compared.
    pub unlisted: u64,
}

impl Measure {
    /// From precision and recall; both 0 give 0.
    pub fn new(precision: f64, recall: f64) -> Self {
        let sum = precision + recall;
        let f1 = if sum > 0.0 { 2.0 * precision * recall / sum } else { 0.0 };
        Self { precision, recall, f1 }
    }
}

impl PairCounts {
    /// The pairwise measure; nothing predicted, or nothing to find, is perfect.
    pub fn measure(&self) -> Measure {
        let share = |part: u64, whole: u64| if whole > 0 { part as f64 / whole as f64 } else { 1.0 };
        Measure::new(share(self.correct, self.predicted), share(self.correct, self.truth))
    }
}

/// Measures `crosswalk` (`source,record_id,customer_id`) against `truth`
/// (`source,record_id,entity_id`; `source` may be left out where record ids
/// are unique). Links and review are taken from beside the crosswalk if they
/// are there.
///
/// # Errors
/// A file that cannot be read or lacks a column, a record that is named twice,
/// or a truth without sources for a crosswalk whose record ids need them.
pub fn evaluate(crosswalk: &Path, truth: &Path) -> Result<Evaluation> {
    let folder = crosswalk.parent().unwrap_or(Path::new(""));
    let beside: Vec<PathBuf> = ["links.csv", "review.csv"]
        .iter()
        .map(|name| folder.join(name))
        .filter(|path| path.is_file())
        .collect();
    let mut evaluation = evaluate_with(crosswalk, truth, &beside)?;
    let candidates = folder.join(candidates::NAME);
    if candidates.is_file() {
        evaluation.never_compared = never_compared(&candidates, crosswalk, truth)?;
    }
    Ok(evaluation)
}

/// As [`evaluate`], with the files that list pairs named one by one.
pub fn evaluate_with(crosswalk: &Path, truth: &Path, pairs: &[PathBuf]) -> Result<Evaluation> {
    let truth = Truth::read(truth)?;
    let crosswalk = Crosswalk::read(crosswalk, &truth)?;
    if truth.entity_of.is_empty() {
        return Err(Error::failed("the truth names no records")
            .with_hint("it wants the columns `source,record_id,entity_id`"));
    }
    let mut evaluation = measure(&truth, &crosswalk);
    if !pairs.is_empty() {
        let listed = tables::read_pairs(pairs, &truth)?;
        evaluation.missed = Some(curve::missed(&listed, &truth, &crosswalk, evaluation.pairs));
        evaluation.calibration = curve::calibration(&listed, &truth);
        evaluation.calibration_error = curve::calibration_error(&evaluation.calibration);
        evaluation.curve = curve::curve(listed, &truth, evaluation.pairs.truth);
    }
    Ok(evaluation)
}

/// The true pairs that share no block; `None` where the candidates are of
/// another run than the crosswalk.
fn never_compared(candidates: &Path, crosswalk: &Path, truth: &Path) -> Result<Option<u64>> {
    let truth = Truth::read(truth)?;
    let crosswalk = Crosswalk::read(crosswalk, &truth)?;
    let unreadable = |error| Error::io("read", candidates, error);
    let mut file = std::fs::File::open(candidates).map_err(unreadable)?;
    let candidates = Candidates::read(&mut file).map_err(unreadable)?;
    if candidates.len() != crosswalk.rows {
        return Ok(None);
    }
    let mut keyed: Vec<(u32, u32)> =
        truth.entity_of.iter().copied().zip(crosswalk.row_of.iter().copied()).collect();
    keyed.sort_unstable();
    let mut never = 0;
    for entity in keyed.chunk_by(|a, b| a.0 == b.0) {
        for (at, &(_, a)) in entity.iter().enumerate() {
            let apart = entity[at + 1..].iter().filter(|&&(_, b)| !candidates.share(a as usize, b as usize));
            never += apart.count() as u64;
        }
    }
    Ok(Some(never))
}

fn measure(truth: &Truth, crosswalk: &Crosswalk) -> Evaluation {
    let entities = sizes(&truth.entity_of);
    let clusters = sizes(&crosswalk.cluster_of);
    let mut both: Vec<(u32, u32)> =
        truth.entity_of.iter().copied().zip(crosswalk.cluster_of.iter().copied()).collect();
    both.sort_unstable();
    let (mut correct, mut exact) = (0, 0);
    let (mut precision, mut recall) = (0.0, 0.0);
    for run in both.chunk_by(|a, b| a == b) {
        let Some(&(entity, cluster)) = run.first() else { continue };
        let (shared, entity, cluster) = (run.len(), size(&entities, entity), size(&clusters, cluster));
        correct += pairs(shared);
        exact += usize::from(shared == entity && shared == cluster);
        precision += (shared * shared) as f64 / cluster as f64;
        recall += (shared * shared) as f64 / entity as f64;
    }
    let records = truth.entity_of.len();
    let counts = PairCounts {
        truth: entities.iter().map(|&size| pairs(size)).sum(),
        predicted: clusters.iter().map(|&size| pairs(size)).sum(),
        correct,
    };
    let entity_count = entities.iter().filter(|&&size| size > 0).count();
    Evaluation {
        records,
        missing: crosswalk.missing,
        unlabelled: crosswalk.unlabelled,
        clusters: clusters.iter().filter(|&&size| size > 0).count(),
        entities: entity_count,
        largest: clusters.iter().copied().max().unwrap_or(0),
        pairs: counts,
        pairwise: counts.measure(),
        b3: Measure::new(precision / records as f64, recall / records as f64),
        exact: ExactClusters { count: exact, share: exact as f64 / entity_count as f64 },
        missed: None,
        never_compared: None,
        curve: Vec::new(),
        calibration: Vec::new(),
        calibration_error: None,
    }
}

/// Pairs among `count` records.
fn pairs(count: usize) -> u64 {
    let count = count as u64;
    count * count.saturating_sub(1) / 2
}

/// How often each number occurs.
fn sizes(numbers: &[u32]) -> Vec<usize> {
    let mut sizes = vec![0; numbers.iter().max().map_or(0, |&max| max as usize + 1)];
    for &number in numbers {
        if let Some(size) = sizes.get_mut(number as usize) {
            *size += 1;
        }
    }
    sizes
}

fn size(sizes: &[usize], number: u32) -> usize {
    sizes.get(number as usize).copied().unwrap_or(1)
}

#[cfg(test)]
mod tests;
