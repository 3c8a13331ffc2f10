//! Which blocks a record belongs to, and the tree that refining makes of a
//! block: every node a function of the block's members alone.

use super::bundle::Bundle;
use crate::blocking::{Expressions, PreparedKey};
use crate::error::Result;
use crate::record::NormalRecords;
use crate::rules::KeyRule;
use crate::store::{BlockPath, Number, child_path, last_refiner, root_path};
use rayon::prelude::*;

/// The keys of one record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecordKeys {
    /// Rule and key of each block, sorted.
    pub roots: Vec<(u16, u32)>,
    /// Refiner and key of each part that it would fall into, sorted.
    pub refiners: Vec<(u8, u32)>,
}

/// Records that one thread makes the keys of at once.
const RECORDS_TOGETHER: usize = 32;

/// The keys of all `records`.
pub fn keys_of(bundle: &Bundle, records: &NormalRecords) -> Vec<RecordKeys> {
    let (keys, refiners) = (bundle.keys(), bundle.model.refiners.as_slice());
    let expressions = evaluate(keys.iter().chain(refiners), records);
    let prepared = |rules: &'_ [KeyRule]| prepare(rules, &expressions, records);
    let (keys, refiners) = (prepared(keys), prepared(refiners));
    (0..records.len())
        .into_par_iter()
        .with_min_len(RECORDS_TOGETHER)
        .map(|record| RecordKeys {
            roots: collect(&keys, record, |rule, key| (rule as u16, key)),
            refiners: collect(&refiners, record, |refiner, key| (refiner as u8, key)),
        })
        .collect()
}

fn collect<T: Ord>(
    prepared: &[(usize, PreparedKey)],
    record: usize,
    make: impl Fn(usize, u32) -> T,
) -> Vec<T> {
    let mut found = Vec::new();
    for (at, key) in prepared {
        key.keys(record, |hash| found.push(make(*at, upper(hash))));
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Blocks are told apart by this half of a key's hash, here as in a batch.
pub fn upper(hash: u64) -> u32 {
    (hash >> 32) as u32
}

/// Every expression of the rules over the records' values.
pub fn evaluate<'r>(rules: impl Iterator<Item = &'r KeyRule>, records: &NormalRecords) -> Expressions {
    let rules: Vec<KeyRule> = rules.cloned().collect();
    let tasks = Expressions::tasks(&rules, records);
    // For a few records handing work out would take longer than doing it.
    let together = if records.len() < RECORDS_TOGETHER { tasks.len().max(1) } else { 1 };
    let evaluated: Vec<_> = tasks
        .into_par_iter()
        .with_min_len(together)
        .map(|task| {
            let hashes = task.evaluate();
            (task, hashes)
        })
        .collect();
    Expressions::new(evaluated.into_iter())
}

/// Those of the rules whose fields the records have, each with its place.
pub fn prepare<'a>(
    rules: &[KeyRule],
    expressions: &'a Expressions,
    records: &'a NormalRecords,
) -> Vec<(usize, PreparedKey<'a>)> {
    let ready = |(at, rule)| Some((at, PreparedKey::new(rule, expressions, records)?));
    rules.iter().enumerate().filter_map(ready).collect()
}

/// Takes the nodes of block trees, each before its parts.
pub trait TreeSink {
    fn block(&mut self, path: &BlockPath, members: &[Number]) -> Result<()>;
    /// A block too large to hold its members; comes before its parts.
    fn large(&mut self, path: &BlockPath, size: usize) -> Result<()>;
    /// The members of a block too large to hold them; comes after its parts.
    fn crowd(&mut self, path: &BlockPath, members: &[Number]) -> Result<()>;
}

/// How blocks are refined.
pub struct Refining<'a> {
    pub size_max: usize,
    /// The refiners' keys of a record.
    pub keys_of: &'a (dyn Fn(Number) -> &'a [(u8, u32)] + Sync),
}

impl Refining<'_> {
    /// The tree of a whole block; `members` ascending.
    pub fn root(&self, rule: u16, key: u32, members: &[Number], sink: &mut dyn TreeSink) -> Result<()> {
        self.node(&root_path(rule, key), members, None, sink)
    }

    /// The tree of a block and of its parts. `parent` is the size of the block
    /// that it is a part of.
    pub fn node(
        &self,
        path: &BlockPath,
        members: &[Number],
        parent: Option<usize>,
        sink: &mut dyn TreeSink,
    ) -> Result<()> {
        let size = members.len();
        if size <= self.size_max {
            return sink.block(path, members);
        }
        sink.large(path, size)?;
        if is_split(size, parent, self.size_max) {
            self.parts_of(path, members, sink)?;
        }
        sink.crowd(path, members)
    }

    /// The trees of a block's parts.
    pub fn parts_of(&self, path: &BlockPath, members: &[Number], sink: &mut dyn TreeSink) -> Result<()> {
        for ((refiner, key), part) in self.parts(path, members) {
            self.node(&child_path(path, refiner, key), &part, Some(members.len()), sink)?;
        }
        Ok(())
    }

    /// What further refiners make of a block, in order.
    fn parts(&self, path: &[u8], members: &[Number]) -> Vec<((u8, u32), Vec<Number>)> {
        let next = last_refiner(path).map_or(0, |last| last + 1);
        let mut entries: Vec<((u8, u32), Number)> = Vec::new();
        for &member in members {
            let keys = (self.keys_of)(member).iter().filter(|(refiner, _)| *refiner >= next);
            entries.extend(keys.map(|&key| (key, member)));
        }
        entries.sort_unstable();
        let part = |part: &[((u8, u32), Number)]| part.iter().map(|&(_, member)| member).collect();
        entries.chunk_by(|a, b| a.0 == b.0).map(|entries| (entries[0].0, part(entries))).collect()
    }
}

/// Whether a block of that size is split: it is too large, and not as large as
/// what it is a part of, which would be split in vain again.
pub fn is_split(size: usize, parent: Option<usize>, size_max: usize) -> bool {
    size > size_max && parent.is_none_or(|parent| size < parent)
}
