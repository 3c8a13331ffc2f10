//! Gathers what training sees, on all threads: the comparison vectors of
//! candidate pairs and of random pairs, and value frequencies. Learning from
//! them is `score`'s work.

use super::matching::LOOKED_AFTER;
use super::sample::splitmix;
use super::scratch;
use super::seen::{Run, Sample, SeenPairs};
use super::vectors::Vectors;
use crate::blocking::Blocks;
use crate::compare::{COMPARISONS_MAX, Comparators, FREQUENCY_CLASSES, Vector, frequency_class};
use crate::record::NormalRecords;
use crate::score::{self, Counted, Evidence, Frequencies, Model, Weigher, Weight};
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

/// What strangers look like.
#[derive(Default)]
pub struct Strangers {
    /// The vectors of the pairs drawn.
    pub counted: Counted,
    /// Per part, the first of the pairs drawn, as far as [`RARITY_PAIRS`] go;
    /// none where all pairs were taken.
    first: Vec<Vectors>,
}

/// Those of them that share a block.
pub struct Pairs<'a> {
    pub of: Population<'a>,
    pub blocks: &'a Blocks,
}

impl Population<'_> {
    /// The vectors of pairs drawn evenly from all pairs that may match; of all
    /// of them where they are few.
    pub fn random(&self) -> Strangers {
        let keeps = !self.is_taken_whole(RANDOM_PAIRS) && scratch::bytes_max().is_none();
        let parts = (0..PARTS).into_par_iter().map(|part| {
            let mut counts: HashMap<Vector, f64> = HashMap::new();
            let mut first = Vectors::default();
            let mut agreed = [0; COMPARISONS_MAX];
            self.draw(part, RANDOM_PAIRS, |number, a, b| {
                let vector = self.comparators.compare(a as usize, b as usize, &mut agreed);
                *counts.entry(vector).or_default() += 1.0;
                if keeps && number < RARITY_PAIRS {
                    first.push(a, b, vector, &agreed);
                }
            });
            (counts, first.freeze())
        });
        let (counts, first): (Vec<_>, Vec<_>) = parts.collect::<Vec<_>>().into_iter().unzip();
        Strangers { counted: sorted(counts), first: if keeps { first } else { Vec::new() } }
    }

    /// Whether there are no more than `wanted` pairs, so that each is taken.
    fn is_taken_whole(&self, wanted: u64) -> bool {
        let size = self.records.len() as u64;
        size * size.saturating_sub(1) / 2 <= wanted
    }

    /// Calls `found` with one of the [`PARTS`] of `wanted` pairs drawn evenly
    /// from all pairs that may match, the smaller record first, and the number of
    /// its draw; with all of them where they are few. A draw of more pairs
    /// begins with the same ones.
    fn draw(&self, part: u64, wanted: u64, mut found: impl FnMut(u64, u32, u32)) {
        let size = self.records.len() as u64;
        let mut add = |number: u64, a: u64, b: u64| {
            if a != b && self.is_allowed(a as u32, b as u32) {
                found(number, a.min(b) as u32, a.max(b) as u32);
            }
        };
        if self.is_taken_whole(wanted) {
            for a in (part..size).step_by(PARTS as usize) {
                (a + 1..size).for_each(|b| add(0, a, b));
            }
            return;
        }
        let numbers: Vec<u64> = (part..wanted).step_by(PARTS as usize).collect();
        let pair = |&number: &u64| {
            let bits = splitmix(number);
            [((bits >> 32) * size) >> 32, ((bits & 0xffff_ffff) * size) >> 32]
        };
        for numbers in numbers.chunks(32) {
            scratch::keep();
            let records = numbers.iter().flat_map(pair).map(|record| record as u32);
            self.comparators.bring_near(records);
            for number in numbers {
                let [a, b] = pair(number);
                add(*number, a, b);
            }
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
    /// Learns a model. Each candidate pair stands for `scale` pairs. Returns with
    /// it the candidate pairs that it looked at.
    pub fn train(&self, random: &Counted, prior: Option<f64>, scale: f64) -> (Model, SeenPairs) {
        let comparisons = self.of.comparators.plan();
        let (candidates, seen) = self.candidates(scale);
        let evidence = Evidence {
            records: self.of.records.len() as u64,
            pairs_total: self.of.total(),
            candidates,
            random: random.clone(),
            frequencies: (0..comparisons.len()).map(|at| frequencies(self.of.comparators, at)).collect(),
        };
        (score::train(comparisons, &evidence, prior), seen)
    }

    /// Learns what the rarity of unequal values says, from the pairs that
    /// `model` takes for matches and those that it takes for strangers.
    pub fn learn_rarity(&self, model: &mut Model, strangers: &Strangers, seen: &SeenPairs) {
        let weigher = Weigher::new(model);
        let comparisons = model.comparisons.len();
        let look = |vector: Vector,
                    counts: &[u32; COMPARISONS_MAX],
                    see: &mut dyn FnMut(usize, usize, u8, Weight)| {
            let weight = weigher.weigh(vector, counts);
            for (at, &count) in counts.iter().enumerate().take(comparisons).filter(|(_, count)| **count > 0) {
                if let Some(group) = score::rarity_group(vector.grade(at)) {
                    see(at, group, frequency_class(count), weight);
                }
            }
        };
        let by_chance = (0..PARTS).into_par_iter().map(|part| {
            let mut found = vec![score::Seen::default(); comparisons];
            let mut add = |vector, counts: &[u32; COMPARISONS_MAX]| {
                look(vector, counts, &mut |at, group, frequency, weight| {
                    found[at].add_random(group, frequency, 1.0 - f64::from(weight.probability()));
                });
            };
            match strangers.first.get(part as usize) {
                Some(first) => first.each(|_, _, vector, counts| add(vector, counts)),
                None => self.of.draw(part, RARITY_PAIRS, |_, a, b| {
                    let mut counts = [0; COMPARISONS_MAX];
                    add(self.of.comparators.compare(a as usize, b as usize, &mut counts), &counts);
                }),
            }
            found
        });
        let sample = self.sample(RARITY_PAIRS);
        let likely = runs(self.of.comparators.order()).enumerate().map(|(number, run)| {
            let mut found = vec![score::Seen::default(); comparisons];
            self.each(number, run, seen, sample, |_, _, _, vector, counts| {
                look(vector, counts, &mut |at, group, frequency, weight| {
                    let probability = weight.probability();
                    if probability >= LIKELY {
                        found[at].add_candidate(group, frequency, f64::from(probability));
                    }
                });
            });
            found
        });
        // Added up in a fixed order.
        let parts: Vec<Vec<score::Seen>> =
            by_chance.collect::<Vec<_>>().into_iter().chain(likely.collect::<Vec<_>>()).collect();
        for (at, weights) in model.weights.iter_mut().enumerate() {
            let mut total = score::Seen::default();
            parts.iter().for_each(|part| total.join(&part[at]));
            weights.rarity = total.learn();
        }
    }

    /// Per rule of the blocks, the pairs that no earlier rule brought, and the
    /// links (likelier match than not) among them.
    pub fn yields(&self, weigher: &Weigher, rules: usize, seen: &SeenPairs) -> Vec<(u64, u64)> {
        let all = Sample { one_in: 1 };
        let parts = runs(self.of.comparators.order()).enumerate().map(|(number, run)| {
            let mut yields = vec![(0, 0); rules];
            self.each(number, run, seen, all, |_, _, rule, vector, agreed| {
                let found = &mut yields[rule];
                found.0 += 1;
                found.1 += u64::from(weigher.weigh(vector, agreed).bits >= 0.0);
            });
            yields
        });
        parts.reduce(
            || vec![(0, 0); rules],
            |total, part| total.iter().zip(part).map(|(x, y)| (x.0 + y.0, x.1 + y.1)).collect(),
        )
    }

    /// The vectors of the candidate pairs, of a sample where they are many; and
    /// the pairs themselves. Out of core they are not kept.
    fn candidates(&self, scale: f64) -> (Counted, SeenPairs) {
        let sample = self.sample(TRAINING_PAIRS);
        let (stands_for, keeps) = (sample.one_in as f64 * scale, scratch::bytes_max().is_none());
        let parts = runs(self.of.comparators.order()).enumerate().map(|(number, run)| {
            let mut counts: HashMap<Vector, f64> = HashMap::new();
            let mut kept = Run::default();
            self.each(number, run, &SeenPairs::default(), sample, |a, b, rule, vector, agreed| {
                *counts.entry(vector).or_default() += stands_for;
                if keeps {
                    kept.push(a, b, rule, vector, agreed);
                }
            });
            (counts, kept.freeze())
        });
        let (counts, kept): (Vec<_>, Vec<_>) = parts.collect::<Vec<_>>().into_iter().unzip();
        (sorted(counts), if keeps { SeenPairs::new(sample, kept) } else { SeenPairs::default() })
    }

    /// The records whose candidate pairs are about `wanted`.
    fn sample(&self, wanted: u64) -> Sample {
        Sample { one_in: self.blocks.pairs_forecast().div_ceil(wanted).max(1) }
    }

    /// Calls `found` with each pair that may match whose smaller record is one of
    /// a run and of the sample: both records, the rule that brought them, and how
    /// they compare. What was `seen` is not compared again.
    fn each(
        &self,
        number: usize,
        run: &[u32],
        seen: &SeenPairs,
        sample: Sample,
        mut found: impl FnMut(u32, u32, usize, Vector, &[u32; COMPARISONS_MAX]),
    ) {
        let (mut partners, mut seen) = (Vec::new(), seen.of_run(number));
        let mut agreed = [0; COMPARISONS_MAX];
        for (at, &a) in run.iter().enumerate() {
            if at % LOOKED_AFTER == 0 {
                scratch::keep();
            }
            let is_taken = sample.has(a);
            let is_known = seen.each(a, |b, rule, vector, agreed| {
                if is_taken {
                    found(a, b, rule, vector, agreed);
                }
            });
            if is_known || !is_taken {
                continue;
            }
            self.blocks.partners(a, &mut partners);
            self.of.comparators.bring_near(partners.iter().map(|partner| partner.record()));
            for partner in partners.iter().filter(|partner| self.of.is_allowed(a, partner.record())) {
                let b = partner.record();
                let vector = self.of.comparators.compare(a as usize, b as usize, &mut agreed);
                found(a, b, self.blocks.rule(partner.block()), vector, &agreed);
            }
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
