//! From normalised records to weighed pairs, on all threads: blocks, trains,
//! compares and scores. The result does not depend on the number of threads:
//! work is split by blocks, and what comes back is put into a fixed order.

use crate::blocking::{self, Blocks, Oversized, PreparedKey, RuleBlocks};
use crate::compare::{self, COMPARISONS_MAX, Comparators, Comparison, FREQUENCY_CLASSES, Vector, frequency_class};
use crate::record::{Field, NormalRecords};
use crate::rules::{Decision, DecisionRule, KeyRule, Rules};
use super::thresholds::Bits;
use crate::score::{self, Counted, Evidence, Frequencies, Model, Weigher, Weight};
use hashbrown::HashMap;
use rayon::prelude::*;

/// Records that may share a block before it is refined.
pub const BLOCK_SIZE_MAX: usize = 60;
/// Candidate pairs per record that one key may bring before it is left out.
pub const KEY_PAIRS_PER_RECORD_MAX: f64 = 12.0;
/// Candidate pairs that training looks at, about.
const TRAINING_PAIRS: u64 = 3_000_000;
/// Random pairs that show what strangers agree on.
const RANDOM_PAIRS: u64 = 1_500_000;

/// One pair worth keeping.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// The records, the smaller number first.
    pub a: u32,
    pub b: u32,
    pub vector: Vector,
    pub weight: Weight,
    /// The decision rule that applies, by its place in the rule file.
    pub rule: Option<u16>,
}

/// How the pairs were found, for the report.
#[derive(Debug, Clone, Default)]
pub struct KeyReport {
    pub name: String,
    /// Pairs in the key's blocks.
    pub pairs: u64,
    /// Pairs that no earlier key had brought.
    pub new_pairs: u64,
    /// Of those, pairs that reached the link threshold.
    pub new_links: u64,
    /// Left out because it brings too many pairs.
    pub left_out: bool,
}

/// The matcher: everything needed to weigh any pair of these records.
pub struct Matcher<'a> {
    pub records: &'a NormalRecords,
    pub comparisons: Vec<Comparison>,
    pub comparators: Comparators<'a>,
    pub keys: Vec<KeyRule>,
    pub blocks: Blocks,
    pub model: Model,
    pub weigher: Weigher,
    pub decisions: Vec<DecisionRule>,
    pub link_only: bool,
    pub key_reports: Vec<KeyReport>,
    /// Candidate pairs compared, and pairs per rounded weight in bits.
    pub compared: u64,
    pub histogram: std::collections::BTreeMap<i32, u64>,
}

impl<'a> Matcher<'a> {
    /// Plans the comparisons and keys, blocks the records and trains a model,
    /// unless `model` is given.
    pub fn new(records: &'a NormalRecords, rules: &Rules, link_only: bool, model: Option<Model>) -> Self {
        let fields = evidence_fields(records);
        let comparisons = match &model {
            Some(model) => model.comparisons.clone(),
            None => planned(&fields, rules),
        };
        let comparators = Comparators::new(&comparisons, records);
        let (keys, blocks, key_reports) = block(records, &fields, rules);
        let mut matcher = Self {
            records,
            comparators,
            keys,
            blocks,
            weigher: Weigher::new(&placeholder_model(&comparisons)),
            model: placeholder_model(&comparisons),
            comparisons,
            decisions: rules.decisions.clone(),
            link_only,
            key_reports,
            compared: 0,
            histogram: Default::default(),
        };
        let mut model = model.unwrap_or_else(|| matcher.train(rules));
        super::weights::apply(&mut model, rules);
        matcher.weigher = Weigher::new(&model);
        matcher.model = model;
        matcher
    }

    /// Whether the pair may be one customer at all.
    pub fn is_allowed(&self, a: u32, b: u32) -> bool {
        let sources = &self.records.keys.source_of;
        !self.link_only || sources[a as usize] != sources[b as usize]
    }

    /// Compares and weighs any two records.
    pub fn weigh(&self, a: u32, b: u32) -> Pair {
        let mut agreed = [0; COMPARISONS_MAX];
        let (a, b) = (a.min(b), a.max(b));
        let vector = self.comparators.compare(a as usize, b as usize, &mut agreed);
        let weight = self.weigher.weigh(vector, &agreed);
        let rule = super::weights::decide(&self.decisions, &self.comparisons, vector);
        Pair { a, b, vector, weight, rule }
    }

    /// What the pair's rule, if any, decides.
    pub fn decision(&self, pair: &Pair) -> Option<Decision> {
        pair.rule.map(|rule| self.decisions[usize::from(rule)].then)
    }

    /// Compares every candidate pair and keeps those that may matter, sorted.
    pub fn pairs(&mut self, bits: Bits) -> Vec<Pair> {
        let chunks: Vec<(usize, usize)> = chunks(&self.blocks);
        let this = &*self;
        let results: Vec<Compared> = chunks
            .into_par_iter()
            .map(|(start, end)| {
                let mut result = Compared::new(this.keys.len());
                for block in start..end {
                    let rule = this.blocks.rule(block);
                    this.blocks.pairs(block, |_| true, |a, b| {
                        if this.is_allowed(a, b) {
                            result.take(this.weigh(a, b), rule, bits);
                        }
                    });
                }
                result
            })
            .collect();
        let mut pairs = Vec::with_capacity(results.iter().map(|result| result.pairs.len()).sum());
        for result in results {
            pairs.extend(result.pairs);
            self.compared += result.compared;
            for (bits, count) in result.histogram {
                *self.histogram.entry(bits).or_default() += count;
            }
            for (report, (new_pairs, new_links)) in self.key_reports_in_use().zip(result.by_rule) {
                report.new_pairs += new_pairs;
                report.new_links += new_links;
            }
        }
        pairs.par_sort_unstable_by_key(|pair| (pair.a, pair.b));
        pairs
    }

    fn key_reports_in_use(&mut self) -> impl Iterator<Item = &mut KeyReport> {
        self.key_reports.iter_mut().filter(|report| !report.left_out)
    }

    fn train(&self, rules: &Rules) -> Model {
        let evidence = Evidence {
            records: self.records.len() as u64,
            pairs_total: self.pairs_total(),
            candidates: self.candidate_vectors(),
            random: self.random_vectors(),
            frequencies: (0..self.comparisons.len()).map(|at| frequencies(&self.comparators, at)).collect(),
        };
        score::train(&self.comparisons, &evidence, rules.model.prior)
    }

    /// All pairs that may match.
    fn pairs_total(&self) -> f64 {
        let pairs = |count: f64| count * (count - 1.0) / 2.0;
        let all = pairs(self.records.len() as f64);
        if !self.link_only {
            return all.max(1.0);
        }
        let mut per_source = vec![0u64; self.records.keys.sources.len()];
        self.records.keys.source_of.iter().for_each(|&source| per_source[usize::from(source)] += 1);
        (all - per_source.iter().map(|&count| pairs(count as f64)).sum::<f64>()).max(1.0)
    }

    /// The vectors of the candidate pairs, of a sample where they are many.
    fn candidate_vectors(&self) -> Counted {
        let forecast = self.blocks.pairs_forecast();
        let one_in = forecast.div_ceil(TRAINING_PAIRS).max(1);
        let take = move |record: u32| splitmix(u64::from(record)).is_multiple_of(one_in);
        let counts = chunks(&self.blocks).into_par_iter().map(|(start, end)| {
            let mut counts: HashMap<Vector, f64> = HashMap::new();
            let mut agreed = [0; COMPARISONS_MAX];
            for block in start..end {
                self.blocks.pairs(block, take, |a, b| {
                    if self.is_allowed(a, b) {
                        let vector = self.comparators.compare(a as usize, b as usize, &mut agreed);
                        *counts.entry(vector).or_default() += one_in as f64;
                    }
                });
            }
            counts
        });
        sorted(counts.collect())
    }

    /// The vectors of pairs drawn evenly from all pairs that may match; of all
    /// of them where they are few.
    fn random_vectors(&self) -> Counted {
        let size = self.records.len() as u64;
        let everything = size * size.saturating_sub(1) / 2;
        let parts = 64u64;
        let counts = (0..parts).into_par_iter().map(|part| {
            let mut counts: HashMap<Vector, f64> = HashMap::new();
            let mut agreed = [0; COMPARISONS_MAX];
            let mut add = |a: u64, b: u64| {
                if a != b && self.is_allowed(a as u32, b as u32) {
                    let vector = self.comparators.compare(a.min(b) as usize, a.max(b) as usize, &mut agreed);
                    *counts.entry(vector).or_default() += 1.0;
                }
            };
            if everything <= RANDOM_PAIRS {
                for a in (part..size).step_by(parts as usize) {
                    (a + 1..size).for_each(|b| add(a, b));
                }
            } else {
                for draw in (part..RANDOM_PAIRS).step_by(parts as usize) {
                    let bits = splitmix(draw);
                    add((bits >> 32) * size >> 32, (bits & 0xffff_ffff) * size >> 32);
                }
            }
            counts
        });
        sorted(counts.collect())
    }
}

/// What one chunk of blocks gave.
struct Compared {
    pairs: Vec<Pair>,
    compared: u64,
    histogram: std::collections::BTreeMap<i32, u64>,
    by_rule: Vec<(u64, u64)>,
}

impl Compared {
    fn new(rules: usize) -> Self {
        Self { pairs: Vec::new(), compared: 0, histogram: Default::default(), by_rule: vec![(0, 0); rules] }
    }

    fn take(&mut self, pair: Pair, rule: usize, bits: Bits) {
        self.compared += 1;
        self.by_rule[rule].0 += 1;
        self.by_rule[rule].1 += u64::from(pair.weight.bits >= bits.link);
        *self.histogram.entry(pair.weight.bits.clamp(-60.0, 60.0).round() as i32).or_default() += 1;
        if pair.weight.bits >= bits.review || pair.rule.is_some() {
            self.pairs.push(pair);
        }
    }
}

/// The fields that hold evidence, sorted.
pub fn evidence_fields(records: &NormalRecords) -> Vec<Field> {
    let with_evidence = records.columns.iter().filter(|column| !column.canonical.is_empty());
    let mut fields: Vec<Field> = with_evidence.map(|column| column.field.clone()).collect();
    fields.dedup();
    fields
}

/// The comparisons that the fields call for, less those the rules switch off.
fn planned(fields: &[Field], rules: &Rules) -> Vec<Comparison> {
    let off = |name: &str| rules.comparisons.iter().any(|rule| rule.on == name && rule.off);
    let mut plan = compare::plan(fields);
    plan.retain(|comparison| !off(&comparison.name));
    plan
}

/// Makes the blocks of every key, on all threads.
fn block(records: &NormalRecords, fields: &[Field], rules: &Rules) -> (Vec<KeyRule>, Blocks, Vec<KeyReport>) {
    let by_hand = !rules.blocking.keys.is_empty();
    let candidates = if by_hand { rules.blocking.keys.clone() } else { blocking::plan(fields) };
    let refiners: Vec<PreparedKey> = blocking::refiners(fields)
        .iter()
        .enumerate()
        .filter_map(|(at, rule)| PreparedKey::new(rule, 1000 + at, records))
        .collect();
    let size_max = rules.blocking.block_size_max.map_or(BLOCK_SIZE_MAX, |size| size.max(2) as usize);
    let pairs_max = KEY_PAIRS_PER_RECORD_MAX * records.len() as f64;
    let made: Vec<(KeyRule, RuleBlocks)> = candidates
        .into_par_iter()
        .enumerate()
        .filter_map(|(at, rule)| {
            let key = PreparedKey::new(&rule, at, records)?;
            let mut blocks = RuleBlocks::new(&key, records.len(), &refiners, size_max);
            blocks.left_out = !by_hand && blocks.pairs() as f64 > pairs_max;
            Some((rule, blocks))
        })
        .collect();
    let report = |(rule, blocks): &(KeyRule, RuleBlocks)| KeyReport {
        name: rule.name.clone(),
        pairs: blocks.pairs(),
        left_out: blocks.left_out,
        ..KeyReport::default()
    };
    let reports = made.iter().map(report).collect();
    let (keys, blocks): (Vec<_>, Vec<_>) = made.into_iter().filter(|(_, blocks)| !blocks.left_out).unzip();
    (keys, Blocks::new(blocks, records.len()), reports)
}

/// Blocks in runs of about equal work.
fn chunks(blocks: &Blocks) -> Vec<(usize, usize)> {
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

/// Before training: weighs nothing.
fn placeholder_model(comparisons: &[Comparison]) -> Model {
    let _ = comparisons;
    Model {
        format_version: score::FORMAT_VERSION,
        comparisons: Vec::new(),
        pairs: [1.0; 4],
        weights: Vec::new(),
        training: Default::default(),
    }
}

/// A well-mixed function of a number (Steele, Lea & Flood 2014), for samples
/// that depend on nothing but the record.
fn splitmix(number: u64) -> u64 {
    let mut bits = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// Blocks that stayed too large, for the report.
pub fn oversized<'m>(matcher: &'m Matcher) -> impl Iterator<Item = (&'m str, &'m Oversized)> {
    matcher.blocks.oversized.iter().map(|block| (matcher.keys[usize::from(block.rule)].name.as_str(), block))
}
