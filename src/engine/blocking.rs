//! Makes the blocks of all keys, on all threads, and decides which of the
//! derived keys are worth their pairs. On many records that is tried on a
//! sample of them first: the share of links among a key's pairs is the same
//! there, at a fraction of the pairs.

use super::sample::splitmix;
use super::training;
use crate::blocking::{self, Blocks, Expressions, PreparedKey, RuleBlocks};
use crate::compare::Comparators;
use crate::record::{Field, NormalRecords};
use crate::rules::{KeyExpression, KeyFunction, KeyRule, Rules};
use crate::score::{Counted, Model, Weigher};
use rayon::prelude::*;

/// Records that may share a block before it is refined.
pub const BLOCK_SIZE_MAX: usize = 60;
/// Candidate pairs per record that one key may bring before it is left out.
pub const KEY_PAIRS_PER_RECORD_MAX: f64 = 100.0;
/// Beyond this many records the derived keys are tried on a sample of about as many.
const SAMPLE_RECORDS: u64 = 120_000;
/// A key that brings more pairs than this for each link is not worth them.
const PAIRS_PER_LINK_MAX: u64 = 2_500;

/// Records that may share a block under these rules before it is refined.
pub fn block_size_max(rules: &Rules) -> usize {
    rules.blocking.block_size_max.map_or(BLOCK_SIZE_MAX, |size| size.max(2) as usize)
}

/// The blocks of a run and how they came about.
pub struct Blocking {
    /// The keys in use, in the order in which blocks are numbered.
    pub keys: Vec<KeyRule>,
    pub blocks: Blocks,
    /// Every key considered.
    pub reports: Vec<KeyReport>,
}

/// What became of one key.
#[derive(Debug, Clone, Default)]
pub struct KeyReport {
    pub name: String,
    /// Blocks of two records and more, and the size of the largest.
    pub blocks: u64,
    pub size_max: u64,
    /// Pairs in the key's blocks.
    pub pairs: u64,
    /// Pairs that no earlier key had brought.
    pub new_pairs: u64,
    /// Of those, pairs that reached the link threshold.
    pub new_links: u64,
    /// Not used, because it brings too many pairs or too few links for them.
    pub left_out: bool,
}

/// How a set of records is to be blocked.
pub struct Plan<'a> {
    pub records: &'a NormalRecords,
    pub fields: &'a [Field],
    pub rules: &'a Rules,
    /// Per source, whether no two of its records may be one customer.
    pub free: &'a [bool],
    /// A model that was learned before: its keys and refiners are used.
    pub frozen: Option<&'a Model>,
}

impl<'a> Plan<'a> {
    /// The pairs that these records make.
    pub fn pairs(&self, comparators: &'a Comparators<'a>) -> training::Population<'a> {
        training::Population { records: self.records, comparators, free: self.free }
    }

    /// Blocks the records by the keys of the rule file, or by those of the
    /// derived keys that are worth it. `random` is what strangers look like,
    /// for the trial.
    pub fn block(&self, comparators: &'a Comparators<'a>, random: &Counted) -> Blocking {
        if !self.rules.blocking.keys.is_empty() {
            return self.make(self.rules.blocking.keys.clone(), 1, true);
        }
        if let Some(model) = self.frozen {
            return self.make(model.keys.clone(), 1, true);
        }
        let mut derived = blocking::plan(self.fields);
        if self.rules.without.fuzzy_keys {
            derived.retain(|key| !key.expressions.iter().any(is_fuzzy));
        }
        let one_in = self.records.len() as u64 / SAMPLE_RECORDS;
        if one_in < 2 {
            return self.make(derived, 1, false);
        }
        let expressions = self.expressions(&derived);
        let tried = self.tried(comparators, random, derived, one_in, &expressions);
        let (kept, dropped): (Vec<_>, Vec<_>) =
            tried.reports.into_iter().partition(|report| !report.left_out);
        let keys = tried.keys.into_iter().filter(|key| kept.iter().any(|report| report.name == key.name));
        let mut blocking = self.blocking(keys.collect(), 1, false, &expressions);
        blocking.reports.extend(dropped);
        blocking
    }

    /// What splits blocks that are too large.
    pub fn refiners(&self) -> Vec<KeyRule> {
        match self.frozen {
            Some(model) if !model.refiners.is_empty() => model.refiners.clone(),
            _ => blocking::refiners(self.fields),
        }
    }

    /// Tries `keys` on one in `one_in` records; the reports say which to leave out.
    fn tried(
        &self,
        comparators: &'a Comparators<'a>,
        random: &Counted,
        keys: Vec<KeyRule>,
        one_in: u64,
        expressions: &Expressions,
    ) -> Blocking {
        let mut tried = self.blocking(keys, one_in, false, expressions);
        let pairs = training::Pairs { of: self.pairs(comparators), blocks: &tried.blocks };
        let scale = (one_in * one_in) as f64;
        let (model, seen) = pairs.train(random, self.rules.model.prior, scale);
        let yields = pairs.yields(&Weigher::new(&model), tried.keys.len(), &seen);
        let in_use = tried.reports.iter_mut().filter(|report| !report.left_out);
        for (report, (new_pairs, new_links)) in in_use.zip(yields) {
            report.new_pairs = new_pairs;
            report.new_links = new_links;
            report.left_out = new_links * PAIRS_PER_LINK_MAX < new_pairs || new_links == 0;
        }
        tried
    }

    /// Makes the blocks of `keys` over one in `one_in` records. Keys that bring
    /// too many pairs are left out unless they were named `by_hand`.
    fn make(&self, keys: Vec<KeyRule>, one_in: u64, by_hand: bool) -> Blocking {
        let expressions = self.expressions(&keys);
        self.blocking(keys, one_in, by_hand, &expressions)
    }

    /// What `keys` and the refiners evaluate.
    fn expressions(&self, keys: &[KeyRule]) -> Expressions {
        let all: Vec<KeyRule> = keys.iter().cloned().chain(self.refiners()).collect();
        evaluate(&all, self.records)
    }

    /// As [`Plan::make`], of keys already evaluated.
    fn blocking(
        &self,
        keys: Vec<KeyRule>,
        one_in: u64,
        by_hand: bool,
        expressions: &Expressions,
    ) -> Blocking {
        let refining = self.refiners();
        let refiners: Vec<PreparedKey> =
            refining.iter().filter_map(|rule| PreparedKey::new(rule, expressions, self.records)).collect();
        let size_max = block_size_max(self.rules);
        let sampled: Vec<u32> = (0..self.records.len() as u32)
            .filter(|&record| splitmix(u64::from(record)).is_multiple_of(one_in))
            .collect();
        // Chance pairs thin out with the square of the sample, records with the sample.
        let pairs_max = KEY_PAIRS_PER_RECORD_MAX * sampled.len() as f64 / one_in as f64;
        // One after the other as threads become free, those that take longest
        // first, so that no thread is left with one alone.
        let mut queue: Vec<(usize, KeyRule)> = keys.into_iter().enumerate().collect();
        queue.sort_by_key(|(_, rule)| !rule.expressions.iter().any(is_deletion));
        let mut made: Vec<(usize, KeyRule, KeyReport, RuleBlocks)> = queue
            .into_iter()
            .par_bridge()
            .filter_map(|(at, rule)| {
                let key = PreparedKey::new(&rule, expressions, self.records)?;
                let blocks = RuleBlocks::new(&key, sampled.iter().copied(), &refiners, size_max);
                let report = KeyReport {
                    name: rule.name.clone(),
                    blocks: blocks.len() as u64,
                    size_max: blocks.size_max() as u64,
                    pairs: blocks.pairs(),
                    left_out: !by_hand && blocks.pairs() as f64 > pairs_max,
                    ..KeyReport::default()
                };
                Some((at, rule, report, blocks))
            })
            .collect();
        made.sort_by_key(|(at, ..)| *at);
        let reports = made.iter().map(|(_, _, report, _)| report.clone()).collect();
        let used = made.into_iter().filter(|(_, _, report, _)| !report.left_out);
        let (keys, blocks) = used.map(|(_, rule, _, blocks)| (rule, blocks)).unzip();
        Blocking { keys, blocks: Blocks::new(blocks, self.records.len()), reports }
    }
}

/// Whether an expression makes many keys of a value.
fn is_deletion(expression: &KeyExpression) -> bool {
    expression.function == KeyFunction::Deletion
}

/// Whether an expression agrees across typing errors or spellings.
fn is_fuzzy(expression: &KeyExpression) -> bool {
    matches!(expression.function, KeyFunction::Deletion | KeyFunction::Cologne | KeyFunction::Metaphone)
}

/// Every expression of `rules` over the records' distinct values, on all threads.
pub fn evaluate(rules: &[KeyRule], records: &NormalRecords) -> Expressions {
    let evaluated: Vec<_> = Expressions::tasks(rules, records)
        .into_par_iter()
        .map(|task| {
            let hashes = task.evaluate();
            (task, hashes)
        })
        .collect();
    Expressions::new(evaluated.into_iter())
}
