//! Gathers what training sees, on all threads: the comparison vectors of
//! candidate pairs and of random pairs, and value frequencies. Learning from
//! them is `score`'s work.

use super::sample::splitmix;
use crate::blocking::{Blocks, Partner};
use crate::compare::{COMPARISONS_MAX, Comparators, FREQUENCY_CLASSES, Vector, frequency_class};
use crate::record::NormalRecords;
use crate::score::{self, Counted, Evidence, Frequencies, Model, Seen, Weigher, Weight};
use hashbrown::HashMap;
use rayon::prelude::*;

/// Candidate pairs that training looks at, about.
const TRAINING_PAIRS: u64 = 1_500_000;
/// Random pairs that show what strangers agree on.
const RANDOM_PAIRS: u64 = 1_000_000;
/// Pairs of either sort that show what the rarity of unequal values says.
const RARITY_PAIRS: u64 = 300_000;
/// Pieces that random pairs are drawn in.
const PARTS: u64 = 64;
/// From which probability on a candidate shows what matches are like.
const LIKELY: f32 = 0.5;

/// All pairs that some records make.
#[derive(Clone, Copy)]
pub struct Population<'a> {
    pub records: &'a NormalRecords,
    pub comparators: &'a Comparators<'a>,
    /// Per source, whether no two of its records may be one customer.
    pub free: &'a [bool],
}

/// Those of them that share a block.
pub struct Pairs<'a> {
    pub of: Population<'a>,
    pub blocks: &'a Blocks,
}

impl Population<'_> {
    /// The vectors of pairs drawn evenly from all pairs that may match; of all
    /// of them where they are few.
    pub fn random(&self) -> Counted {
        let counts = (0..PARTS).into_par_iter().map(|part| {
            let mut counts: HashMap<Vector, f64> = HashMap::new();
            let mut agreed = [0; COMPARISONS_MAX];
            self.draw(part, RANDOM_PAIRS, |a, b| {
                let vector = self.comparators.compare(a, b, &mut agreed);
                *counts.entry(vector).or_default() += 1.0;
            });
            counts
        });
        sorted(counts.collect())
    }

    /// Calls `found` with one of the [`PARTS`] of `wanted` pairs drawn evenly
    /// from all pairs that may match; of all of them where they are few.
    fn draw(&self, part: u64, wanted: u64, mut found: impl FnMut(usize, usize)) {
        let size = self.records.len() as u64;
        let mut add = |a: u64, b: u64| {
            if a != b && self.is_allowed(a as u32, b as u32) {
                found(a.min(b) as usize, a.max(b) as usize);
            }
        };
        if size * size.saturating_sub(1) / 2 <= wanted {
            for a in (part..size).step_by(PARTS as usize) {
                (a + 1..size).for_each(|b| add(a, b));
            }
            return;
        }
        let draws: Vec<u64> = (part..wanted).step_by(PARTS as usize).map(splitmix).collect();
        let pair = |&bits: &u64| [((bits >> 32) * size) >> 32, ((bits & 0xffff_ffff) * size) >> 32];
        for draws in draws.chunks(32) {
            let records = draws.iter().flat_map(pair).map(|record| record as u32);
            self.comparators.bring_near(records);
            draws.iter().map(pair).for_each(|[a, b]| add(a, b));
        }
    }

    fn is_allowed(&self, a: u32, b: u32) -> bool {
        let sources = &self.records.keys.source_of;
        let (x, y) = (sources[a as usize], sources[b as usize]);
        x != y || !self.free[usize::from(x)]
    }

    /// All pairs that may match.
    fn total(&self) -> f64 {
        let pairs = |count: f64| count * (count - 1.0) / 2.0;
        let all = pairs(self.records.len() as f64);
        let mut per_source = vec![0u64; self.records.keys.sources.len()];
        self.records.keys.source_of.iter().for_each(|&source| per_source[usize::from(source)] += 1);
        let within_free = per_source.iter().zip(self.free).filter(|(_, free)| **free);
        (all - within_free.map(|(&count, _)| pairs(count as f64)).sum::<f64>()).max(1.0)
    }
}

impl Pairs<'_> {
    /// Learns a model. Each candidate pair stands for `scale` pairs; `random`
    /// is [`Population::random`].
    pub fn train(&self, random: &Counted, prior: Option<f64>, scale: f64) -> Model {
        let comparisons = self.of.comparators.plan();
        let evidence = Evidence {
            records: self.of.records.len() as u64,
            pairs_total: self.of.total(),
            candidates: self.candidates(scale),
            random: random.clone(),
            frequencies: (0..comparisons.len()).map(|at| frequencies(self.of.comparators, at)).collect(),
        };
        score::train(comparisons, &evidence, prior)
    }

    /// Learns what the rarity of unequal values says, from the pairs that
    /// `model` takes for matches and those that it takes for strangers.
    pub fn learn_rarity(&self, model: &mut Model) {
        let weigher = Weigher::new(model);
        let comparisons = model.comparisons.len();
        let compare = |a: usize, b: usize, see: &mut dyn FnMut(usize, usize, u8, Weight)| {
            let mut counts = [0; COMPARISONS_MAX];
            let vector = self.of.comparators.compare(a, b, &mut counts);
            let weight = weigher.weigh(vector, &counts);
            for (at, &count) in counts.iter().enumerate().take(comparisons).filter(|(_, count)| **count > 0) {
                if let Some(group) = score::rarity_group(vector.grade(at)) {
                    see(at, group, frequency_class(count), weight);
                }
            }
        };
        let by_chance = (0..PARTS).into_par_iter().map(|part| {
            let mut seen = vec![Seen::default(); comparisons];
            self.of.draw(part, RARITY_PAIRS, |a, b| {
                compare(a, b, &mut |at, group, frequency, weight| {
                    seen[at].add_random(group, frequency, 1.0 - f64::from(weight.probability()));
                });
            });
            seen
        });
        let take = self.one_in(RARITY_PAIRS);
        let likely = runs(self.of.comparators.order()).map(|run| {
            let mut seen = vec![Seen::default(); comparisons];
            self.each(run.iter().copied().filter(&take.1), |a, partner| {
                let (a, b) = (a.min(partner.record()), a.max(partner.record()));
                compare(a as usize, b as usize, &mut |at, group, frequency, weight| {
                    let probability = weight.probability();
                    if probability >= LIKELY {
                        seen[at].add_candidate(group, frequency, f64::from(probability));
                    }
                });
            });
            seen
        });
        // Added up in a fixed order.
        let parts: Vec<Vec<Seen>> =
            by_chance.collect::<Vec<_>>().into_iter().chain(likely.collect::<Vec<_>>()).collect();
        for (at, weights) in model.weights.iter_mut().enumerate() {
            let mut total = Seen::default();
            parts.iter().for_each(|part| total.join(&part[at]));
            weights.rarity = total.learn();
        }
    }

    /// Per rule of the blocks, the pairs that no earlier rule brought, and the
    /// links (likelier match than not) among them.
    pub fn yields(&self, weigher: &Weigher, rules: usize) -> Vec<(u64, u64)> {
        let parts = runs(self.of.comparators.order()).map(|run| {
            let mut yields = vec![(0, 0); rules];
            let mut agreed = [0; COMPARISONS_MAX];
            self.each(run.iter().copied(), |a, partner| {
                let found = &mut yields[self.blocks.rule(partner.block())];
                let vector = self.of.comparators.compare(a as usize, partner.record() as usize, &mut agreed);
                found.0 += 1;
                found.1 += u64::from(weigher.weigh(vector, &agreed).bits >= 0.0);
            });
            yields
        });
        parts.reduce(
            || vec![(0, 0); rules],
            |total, part| total.iter().zip(part).map(|(x, y)| (x.0 + y.0, x.1 + y.1)).collect(),
        )
    }

    /// The vectors of the candidate pairs, of a sample where they are many.
    fn candidates(&self, scale: f64) -> Counted {
        let (one_in, take) = self.one_in(TRAINING_PAIRS);
        let counts = runs(self.of.comparators.order()).map(|run| {
            let mut counts: HashMap<Vector, f64> = HashMap::new();
            let mut agreed = [0; COMPARISONS_MAX];
            self.each(run.iter().copied().filter(&take), |a, partner| {
                let vector = self.of.comparators.compare(a as usize, partner.record() as usize, &mut agreed);
                *counts.entry(vector).or_default() += one_in as f64 * scale;
            });
            counts
        });
        sorted(counts.collect())
    }

    /// How many candidate pairs each stands for where about `wanted` of them are
    /// looked at, and which records they are those of.
    fn one_in(&self, wanted: u64) -> (u64, impl Fn(&u32) -> bool + Sync + use<>) {
        let one_in = self.blocks.pairs_forecast().div_ceil(wanted).max(1);
        (one_in, move |record: &u32| splitmix(u64::from(*record) << 1 | 1).is_multiple_of(one_in))
    }

    /// Calls `found` with each pair that may match whose first record is one of
    /// `records`.
    fn each(&self, records: impl Iterator<Item = u32>, mut found: impl FnMut(u32, Partner)) {
        let mut partners = Vec::new();
        for a in records {
            self.blocks.partners(a, &mut partners);
            self.of.comparators.bring_near(partners.iter().map(|partner| partner.record()));
            let allowed = partners.iter().filter(|partner| self.of.is_allowed(a, partner.record()));
            allowed.for_each(|&partner| found(a, partner));
        }
    }
}

/// Records in runs, each a piece of work for one thread.
pub fn runs(records: &[u32]) -> impl IndexedParallelIterator<Item = &[u32]> {
    records.par_chunks((records.len() / 256).clamp(64, 4096))
}

/// Blocks in runs of about equal work.
pub fn chunks(blocks: &Blocks) -> Vec<(usize, usize)> {
    const PAIRS: u64 = 20_000;
    let (mut chunks, mut start, mut pairs) = (Vec::new(), 0, 0);
    for block in 0..blocks.len() {
        let size = blocks.members(block).len() as u64;
        pairs += size * (size - 1) / 2;
        if pairs >= PAIRS {
            chunks.push((start, block + 1));
            (start, pairs) = (block + 1, 0);
        }
    }
    chunks.push((start, blocks.len()));
    chunks
}

/// Adds up counts in a fixed order.
fn sorted(parts: Vec<HashMap<Vector, f64>>) -> Counted {
    let mut total: HashMap<Vector, f64> = HashMap::new();
    for (vector, count) in parts.into_iter().flatten() {
        *total.entry(vector).or_default() += count;
    }
    let mut counted: Counted = total.into_iter().collect();
    counted.sort_unstable_by_key(|(vector, _)| *vector);
    counted
}

/// Value frequencies by class.
fn frequencies(comparators: &Comparators, at: usize) -> Frequencies {
    let (counts, filled) = comparators.counts(at);
    let mut result = Frequencies { filled: f64::from(filled), ..Frequencies::default() };
    let mut records = [0u64; FREQUENCY_CLASSES];
    let mut agreeing = [0u64; FREQUENCY_CLASSES];
    for &count in counts {
        let class = usize::from(frequency_class(count));
        records[class] += u64::from(count);
        agreeing[class] += u64::from(count) * u64::from(count.saturating_sub(1)) / 2;
    }
    let total = records.iter().sum::<u64>().max(1) as f64;
    result.share = records.map(|count| count as f64 / total);
    result.agreeing = agreeing.map(|pairs| pairs as f64);
    result
}
