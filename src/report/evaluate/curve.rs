//! What the listed pairs say about other thresholds, and about what was missed.

use super::tables::{Crosswalk, ListedPair, Truth};
use super::{Measure, Missed, PairCounts, pairs};
use hashbrown::HashMap;
use serde::Serialize;

/// The pairwise measure if customers were the connected components of all
/// listed pairs of at least this weight.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CurvePoint {
    /// Match weight in bits.
    pub weight: i32,
    /// Listed pairs of at least that weight.
    pub links: u64,
    #[serde(flatten)]
    pub measure: Measure,
}

/// One point per whole bit of weight, heaviest first.
pub fn curve(mut listed: Vec<ListedPair>, truth: &Truth, true_pairs: u64) -> Vec<CurvePoint> {
    listed.sort_unstable_by(|x, y| y.weight.total_cmp(&x.weight).then((x.a, x.b).cmp(&(y.a, y.b))));
    let mut components = Components::new(&truth.entity_of);
    let mut points = Vec::new();
    let mut links = 0;
    for run in listed.chunk_by(|x, y| whole_bits(x.weight) == whole_bits(y.weight)) {
        for pair in run {
            components.unite(pair.a as usize, pair.b as usize);
            links += 1;
        }
        let counts =
            PairCounts { truth: true_pairs, predicted: components.predicted, correct: components.correct };
        let weight = run.first().map_or(0, |pair| whole_bits(pair.weight));
        points.push(CurvePoint { weight, links, measure: counts.measure() });
    }
    points
}

fn whole_bits(weight: f32) -> i32 {
    weight.floor() as i32
}

/// Pairs whose match probability lies in `[low, high)`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CalibrationBin {
    pub low: f64,
    pub high: f64,
    pub pairs: u64,
    /// The mean probability that the run said.
    pub said: f64,
    /// The share that the truth confirms.
    pub right: f64,
}

/// Bounds of the bins. Below 0.5 a run lists only some of the pairs: those in
/// one customer through others stand in no file.
const BOUNDS: [f64; 9] = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999, 1.0 + f64::EPSILON];

/// Said against true, for the listed pairs more likely a match than not.
pub fn calibration(listed: &[ListedPair], truth: &Truth) -> Vec<CalibrationBin> {
    let mut bins: Vec<CalibrationBin> = BOUNDS
        .windows(2)
        .filter_map(|bounds| match *bounds {
            [low, high] => Some(CalibrationBin { low, high: high.min(1.0), pairs: 0, said: 0.0, right: 0.0 }),
            _ => None,
        })
        .collect();
    for pair in listed {
        let said = 1.0 / (1.0 + (-f64::from(pair.weight)).exp2());
        let right = truth.entity_of.get(pair.a as usize) == truth.entity_of.get(pair.b as usize);
        if let Some(bin) = bins.iter_mut().rev().find(|bin| said >= bin.low) {
            bin.pairs += 1;
            bin.said += said;
            bin.right += f64::from(u8::from(right));
        }
    }
    bins.retain(|bin| bin.pairs > 0);
    for bin in &mut bins {
        bin.said /= bin.pairs as f64;
        bin.right /= bin.pairs as f64;
    }
    bins
}

/// The mean distance between said and true, by pairs.
pub fn calibration_error(bins: &[CalibrationBin]) -> Option<f64> {
    let pairs: u64 = bins.iter().map(|bin| bin.pairs).sum();
    let apart: f64 = bins.iter().map(|bin| bin.pairs as f64 * (bin.said - bin.right).abs()).sum();
    (pairs > 0).then(|| apart / pairs as f64)
}

/// The true pairs in different clusters, by whether they are listed.
pub fn missed(listed: &[ListedPair], truth: &Truth, crosswalk: &Crosswalk, counts: PairCounts) -> Missed {
    let same = |of: &[u32], pair: &ListedPair| of.get(pair.a as usize) == of.get(pair.b as usize);
    let apart = |pair: &&ListedPair| same(&truth.entity_of, pair) && !same(&crosswalk.cluster_of, pair);
    let listed = listed.iter().filter(apart).count() as u64;
    Missed { listed, unlisted: (counts.truth - counts.correct).saturating_sub(listed) }
}

/// Growing components, with the number of pairs inside them and how many of
/// these are true.
struct Components {
    parent: Vec<u32>,
    size: Vec<u32>,
    /// Per root, how many records of each entity it holds; made when first
    /// united.
    entities: HashMap<u32, HashMap<u32, u32>>,
    entity_of: Vec<u32>,
    predicted: u64,
    correct: u64,
}

impl Components {
    fn new(entity_of: &[u32]) -> Self {
        let count = entity_of.len();
        Self {
            parent: (0..count as u32).collect(),
            size: vec![1; count],
            entities: HashMap::new(),
            entity_of: entity_of.to_vec(),
            predicted: 0,
            correct: 0,
        }
    }

    fn root(&mut self, record: usize) -> usize {
        let mut at = record;
        while self.parent[at] as usize != at {
            self.parent[at] = self.parent[self.parent[at] as usize];
            at = self.parent[at] as usize;
        }
        at
    }

    fn unite(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        if a == b {
            return;
        }
        let (small, large) = if self.size[a] < self.size[b] { (a, b) } else { (b, a) };
        let before = |size: u32| pairs(size as usize);
        let united = self.size[small] + self.size[large];
        self.predicted += before(united) - before(self.size[small]) - before(self.size[large]);
        let from = self.take_entities(small);
        let mut into = self.take_entities(large);
        for (entity, count) in from {
            let there = into.entry(entity).or_insert(0);
            self.correct += u64::from(*there) * u64::from(count);
            *there += count;
        }
        self.entities.insert(large as u32, into);
        self.parent[small] = large as u32;
        self.size[large] = united;
    }

    fn take_entities(&mut self, root: usize) -> HashMap<u32, u32> {
        let alone = || HashMap::from_iter([(self.entity_of[root], 1)]);
        self.entities.remove(&(root as u32)).unwrap_or_else(alone)
    }
}
