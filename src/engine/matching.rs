//! From normalised records to weighed pairs, on all threads: blocks, trains,
//! compares and scores. The result does not depend on the number of threads:
//! work is split by blocks, and what comes back is put into a fixed order.

use super::blocking::{Blocking, KeyReport, Plan};
use super::progress::Progress;
use super::scratch;
use super::seen::SeenPairs;
use super::stage::{Clock, Stage};
use super::thresholds::Bits;
use super::training::{self, Strangers, runs};
use super::vectors::Vectors;
use crate::blocking::{Blocks, Listed, Oversized, Partner};
use crate::compare::{self, COMPARISONS_MAX, Comparators, Comparison, Draft, Frequencies, Vector};
use crate::judgement::Judgement;
use crate::normalise::Tables;
use crate::record::{Field, NormalRecords};
use crate::rules::{Decision, DecisionRule, KeyRule, Rules};
use crate::score::{Labelled, Model, Weigher, Weight};
use hashbrown::HashMap;
use rayon::prelude::*;
use std::borrow::Cow;
use std::collections::BTreeMap;

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

/// Everything needed to weigh any pair of some records.
pub struct Matcher<'a> {
    pub records: &'a NormalRecords,
    pub comparators: Comparators<'a>,
    pub keys: Vec<KeyRule>,
    pub blocks: Blocks,
    pub model: Cow<'a, Model>,
    pub weigher: Weigher,
    pub decisions: Vec<DecisionRule>,
    pub link_only: bool,
    /// Per source, whether no two of its records may be one customer.
    free: Vec<bool>,
    /// What stewards said of pairs, the smaller record first.
    pub(super) judged: BTreeMap<(u32, u32), Judgement>,
    /// Pairs that the learned weights have no doubt of, for refining them.
    pub(super) sure: Vec<Labelled>,
    /// What another matcher weighs vectors, in place of the model; for measuring.
    pub(super) told: HashMap<Vector, f32>,
    /// Candidate pairs that training compared, until they are weighed in earnest.
    seen: SeenPairs,
    pub key_reports: Vec<KeyReport>,
    /// What making it took.
    pub stages: Vec<Stage>,
    /// Candidate pairs compared, and pairs per weight rounded to a bit.
    pub compared: u64,
    pub histogram: BTreeMap<i32, u64>,
}

impl<'a> Matcher<'a> {
    /// Plans the comparisons and keys, blocks the records and trains a model,
    /// unless `model` is given. With `frozen` values weigh by how often they
    /// were met when these counts were taken, else by the records themselves.
    pub fn new(
        records: &'a NormalRecords,
        rules: &Rules,
        model: Option<Model>,
        frozen: Option<&'a Frequencies>,
    ) -> Self {
        let fields = evidence_fields(records);
        let comparisons = match &model {
            Some(model) => model.comparisons.clone(),
            None => planned(&fields, rules),
        };
        let mut clock = Clock::start();
        let mut stages = Vec::new();
        let mut done = |name, unit, items: usize| {
            stages.push(std::mem::replace(&mut clock, Clock::start()).stop(name, unit, items as u64));
        };
        let tables = Tables::new(&rules.tables);
        let drafts = (0..comparisons.len())
            .into_par_iter()
            .with_max_len(1)
            .map(|at| Draft::new(&comparisons, at, records, &tables, frozen))
            .collect();
        let comparators =
            Comparators::of_drafts(comparisons, drafts, records.len(), &tables, |rows, size, fill| {
                rows.par_chunks_mut(size).enumerate().for_each(|(at, rows)| fill(at, rows));
            });
        done("prepare", "records", records.len());
        let free = rules.free_of_duplicates(&records.keys.sources);
        let plan = Plan { records, fields: &fields, rules, free: &free, frozen: model.as_ref() };
        let population = plan.pairs(&comparators);
        let strangers = if model.is_none() { population.random() } else { Strangers::default() };
        let random = &strangers.counted;
        done("draw", "random pairs", random.iter().map(|(_, count)| *count as usize).sum());
        let Blocking { keys, blocks, reports } = plan.block(&comparators, random);
        done("block", "records", records.len());
        let refiners = plan.refiners();
        let train = || {
            let pairs = training::Pairs { of: population, blocks: &blocks };
            let (mut model, seen) = pairs.train(random, rules.model.prior, 1.0);
            pairs.learn_rarity(&mut model, &strangers, &seen);
            (Model { hubs: records.hubs.clone(), ..model }, seen)
        };
        let (mut model, seen) = match &model {
            Some(model) => (model.clone(), SeenPairs::default()),
            None => train(),
        };
        done("train", "pairs", model.training.pairs as usize);
        model.keys = keys;
        model.refiners = refiners;
        super::weights::apply(&mut model, rules);
        Self {
            blocks,
            seen,
            key_reports: reports,
            stages,
            ..Self::over(records, comparators, Cow::Owned(model), rules)
        }
    }

    /// A matcher that weighs the pairs it is asked for and blocks nothing.
    /// `model` has the rules' weights already.
    pub fn over(
        records: &'a NormalRecords,
        comparators: Comparators<'a>,
        model: Cow<'a, Model>,
        rules: &Rules,
    ) -> Self {
        Self {
            records,
            comparators,
            keys: model.keys.clone(),
            blocks: Blocks::default(),
            weigher: Weigher::new(&model),
            model,
            decisions: rules.decisions.clone(),
            link_only: rules.cluster.link_only,
            free: rules.free_of_duplicates(&records.keys.sources),
            judged: BTreeMap::new(),
            sure: Vec::new(),
            told: HashMap::new(),
            seen: SeenPairs::default(),
            key_reports: Vec::new(),
            stages: Vec::new(),
            compared: 0,
            histogram: BTreeMap::new(),
        }
    }

    /// Whether the pair may be one customer at all.
    pub fn is_allowed(&self, a: u32, b: u32) -> bool {
        let sources = &self.records.keys.source_of;
        let (x, y) = (sources[a as usize], sources[b as usize]);
        x != y || !self.free[usize::from(x)]
    }

    /// Compares and weighs any two records.
    pub fn weigh(&self, a: u32, b: u32) -> Pair {
        let mut agreed = [0; COMPARISONS_MAX];
        let (a, b) = (a.min(b), a.max(b));
        let vector = self.comparators.compare(a as usize, b as usize, &mut agreed);
        self.weigh_compared(a, b, vector, &agreed)
    }

    /// Weighs two records that are compared already, the smaller first.
    #[inline]
    fn weigh_compared(&self, a: u32, b: u32, vector: Vector, agreed: &[u32; COMPARISONS_MAX]) -> Pair {
        let weight = match self.told.get(&vector) {
            Some(&bits) => Weight { bits, evidence: bits },
            None => self.weigher.weigh(vector, agreed),
        };
        let rule = super::weights::decide(&self.decisions, &self.model.comparisons, vector);
        Pair { a, b, vector, weight, rule }
    }

    /// The log2 odds before any comparison and after each, in plan order.
    pub fn waterfall(&self, a: u32, b: u32) -> Vec<f32> {
        let mut totals = Vec::with_capacity(COMPARISONS_MAX + 1);
        let mut agreed = [0; COMPARISONS_MAX];
        let vector = self.comparators.compare(a.min(b) as usize, a.max(b) as usize, &mut agreed);
        self.weigher.waterfall(vector, &agreed, |total| totals.push(total));
        totals
    }

    /// As [`Matcher::waterfall`], step by step, of a pair already compared.
    pub fn steps(&self, pair: &Pair, step: impl FnMut(f32)) {
        let agreed = self.comparators.agreed(pair.a as usize, pair.b as usize, pair.vector);
        self.weigher.waterfall(pair.vector, &agreed, step);
    }

    /// The comparisons, in the order of the vector.
    pub fn comparisons(&self) -> &[Comparison] {
        &self.model.comparisons
    }

    /// What the pair's rule, if any, decides.
    pub fn decision(&self, pair: &Pair) -> Option<Decision> {
        pair.rule.map(|rule| self.decisions[usize::from(rule)].then)
    }

    /// Compares every candidate pair and keeps those that reach review, sorted.
    pub fn pairs(&mut self, bits: Bits, progress: &dyn Progress) -> Vec<Pair> {
        if scratch::bytes_max().is_some() {
            self.seen = SeenPairs::default();
        }
        let this = &*self;
        let new = || Compared::new(this.keys.len());
        let results = this.through(progress, new, |result, a, b, rule, vector, agreed| {
            result.take(this.weigh_compared(a, b, vector, agreed), rule, bits);
        });
        self.seen = SeenPairs::default();
        let mut pairs = Vec::with_capacity(results.iter().map(|result| result.pairs.len()).sum());
        let mut reports: Vec<&mut KeyReport> = Vec::new();
        for report in self.key_reports.iter_mut().filter(|report| !report.left_out) {
            (report.new_pairs, report.new_links) = (0, 0);
            reports.push(report);
        }
        for result in results {
            pairs.extend(result.pairs);
            self.compared += result.compared;
            for (place, count) in result.histogram.into_iter().enumerate().filter(|(_, count)| *count > 0) {
                *self.histogram.entry(place as i32 - HISTOGRAM_BITS_MAX).or_default() += count;
            }
            for (report, (new_pairs, new_links)) in reports.iter_mut().zip(result.by_rule) {
                report.new_pairs += new_pairs;
                report.new_links += new_links;
            }
        }
        self.with_judged(pairs)
    }

    /// Compares every candidate pair and weighs none.
    pub fn compared(&self, progress: &dyn Progress) -> Vec<Vectors> {
        let all = self.through(progress, Vectors::default, |result, a, b, _, vector, agreed| {
            result.push(a, b, vector, agreed);
        });
        all.into_par_iter().map(Vectors::freeze).collect()
    }

    /// As [`Matcher::pairs`], of all candidate pairs as they compared before.
    pub fn pairs_again(&self, vectors: &[Vectors], bits: Bits) -> Vec<Pair> {
        let kept = |vectors: &Vectors| {
            let mut kept = Vec::new();
            vectors.each(|a, b, vector, agreed| {
                kept.extend(
                    Some(self.weigh_compared(a, b, vector, agreed)).filter(|pair| is_kept(pair, bits)),
                );
            });
            kept
        };
        self.with_judged(vectors.par_iter().flat_map_iter(kept).collect())
    }

    /// Goes through the candidate pairs that may be one customer, each once, on
    /// all threads; `take` is told of both records, the smaller first, the rule
    /// that brought them and how they compare.
    fn through<T: Send>(
        &self,
        progress: &dyn Progress,
        new: impl Fn() -> T + Sync + Send,
        take: impl Fn(&mut T, u32, u32, usize, Vector, &[u32; COMPARISONS_MAX]) + Sync + Send,
    ) -> Vec<T> {
        let order = self.comparators.order();
        let each = |result: &mut T, a: u32, partners: &[Partner]| {
            self.comparators.bring_near(partners.iter().map(|partner| partner.record()));
            let mut agreed = [0; COMPARISONS_MAX];
            for partner in partners.iter().filter(|partner| self.is_allowed(a, partner.record())) {
                let (first, second) = (a.min(partner.record()), a.max(partner.record()));
                let vector = self.comparators.compare(first as usize, second as usize, &mut agreed);
                take(result, first, second, self.blocks.rule(partner.block()), vector, &agreed);
            }
        };
        if scratch::bytes_max().is_some() {
            let stretches = Listed::stretches(&self.blocks).max(2 * rayon::current_num_threads());
            let size = order.len().div_ceil(stretches).max(1);
            let of_stretch = |(number, stretch): (usize, &[u32])| {
                let start = (number * size) as u32;
                let places = start..start + stretch.len() as u32;
                let listed = Listed::new(&self.blocks, self.comparators.places(), places);
                let (mut result, mut partners) = (new(), Vec::new());
                for (at, &a) in stretch.iter().enumerate() {
                    if at % LOOKED_AFTER == 0 {
                        scratch::keep();
                    }
                    listed.partners(at, &mut partners);
                    each(&mut result, a, &partners);
                }
                progress.advance(stretch.len() as u64);
                result
            };
            return order.par_chunks(size).enumerate().map(of_stretch).collect();
        }
        runs(order)
            .enumerate()
            .map(|(number, run)| {
                let (mut result, mut partners, mut seen) = (new(), Vec::new(), self.seen.of_run(number));
                progress.advance(run.len() as u64);
                for &a in run {
                    let is_known = seen.each(a, |b, rule, vector, agreed| {
                        take(&mut result, a, b, rule, vector, agreed);
                    });
                    if !is_known {
                        self.blocks.partners(a, &mut partners);
                        each(&mut result, a, &partners);
                    }
                }
                result
            })
            .collect()
    }

    /// The pairs sorted, and those that stewards judged among them.
    fn with_judged(&self, mut pairs: Vec<Pair>) -> Vec<Pair> {
        pairs.par_sort_unstable_by_key(|pair| (pair.a, pair.b));
        // What was judged holds whether or not a key brought it.
        let known = |a, b| pairs.binary_search_by_key(&(a, b), |pair: &Pair| (pair.a, pair.b)).is_ok();
        let judged = self.judged.keys().filter(|&&(a, b)| !known(a, b));
        let judged: Vec<Pair> = judged.map(|&(a, b)| self.weigh(a, b)).collect();
        if !judged.is_empty() {
            pairs.extend(judged);
            pairs.par_sort_unstable_by_key(|pair| (pair.a, pair.b));
        }
        pairs
    }

    /// Blocks that stayed too large, each with the name of its key.
    pub fn oversized(&self) -> impl Iterator<Item = (&KeyRule, &Oversized)> {
        self.blocks.oversized.iter().map(|block| (&self.keys[usize::from(block.rule)], block))
    }
}

/// Records after which a thread looks whether it holds too much, out of core.
pub const LOOKED_AFTER: usize = 64;

/// Whether a compared pair is worth telling of.
pub fn is_kept(pair: &Pair, bits: Bits) -> bool {
    is_worth_keeping(pair.weight.bits, pair.rule, bits)
}

/// As [`is_kept`], of a pair's weight and rule.
pub fn is_worth_keeping(weight: f32, rule: Option<u16>, bits: Bits) -> bool {
    weight >= bits.review || rule.is_some()
}

/// What one chunk of blocks gave.
struct Compared {
    pairs: Vec<Pair>,
    compared: u64,
    /// Pairs per weight rounded to a bit, from the least on.
    histogram: [u64; 2 * HISTOGRAM_BITS_MAX as usize + 1],
    by_rule: Vec<(u64, u64)>,
}

/// Weights beyond count as this many bits.
const HISTOGRAM_BITS_MAX: i32 = 60;

impl Compared {
    fn new(rules: usize) -> Self {
        let histogram = [0; 2 * HISTOGRAM_BITS_MAX as usize + 1];
        Self { pairs: Vec::new(), compared: 0, histogram, by_rule: vec![(0, 0); rules] }
    }

    fn take(&mut self, pair: Pair, rule: usize, bits: Bits) {
        self.compared += 1;
        self.by_rule[rule].0 += 1;
        self.by_rule[rule].1 += u64::from(pair.weight.bits >= bits.link);
        let most = HISTOGRAM_BITS_MAX as f32;
        self.histogram[(pair.weight.bits.clamp(-most, most).round() + most) as usize] += 1;
        if is_kept(&pair, bits) {
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
    if rules.without.kinds {
        // Kinds of pairs other than matches and strangers follow from roles.
        plan.iter_mut().for_each(|comparison| comparison.role = compare::Role::Neutral);
    }
    plan
}
