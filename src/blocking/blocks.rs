//! Groups records by their keys and lists each candidate pair exactly once.
//! A block too large to be compared whole is refined by further keys; what is
//! still too large is reported, never dropped in silence. A block that holds
//! the same records as another of its rule is counted and not kept: two equal
//! names share every form with a letter left out.

use super::expression::{KeyHash, PreparedKey};
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher;

/// Blocks of two or more records, numbered by rule, then key.
#[derive(Default)]
pub struct Blocks {
    /// Members of all blocks, one after the other, each block ascending.
    members: Vec<u32>,
    /// Per block, the end of its members.
    ends: Vec<usize>,
    /// Per block, the rule that made it.
    rules: Vec<u16>,
    /// Per record, the end of its blocks in `blocks_of`.
    record_ends: Vec<usize>,
    /// Per record, the numbers of its blocks, ascending.
    blocks_of: Vec<u32>,
    /// Pairs in all blocks, those that were not kept included.
    pairs: u64,
    /// Blocks that no refinement made small enough.
    pub oversized: Vec<Oversized>,
}

/// A candidate partner of a record, and the first block that holds both. In one
/// word, since they are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Partner(u64);

impl Partner {
    pub(super) fn new(record: u32, block: u32) -> Self {
        Self(u64::from(record) << 32 | u64::from(block))
    }

    pub fn record(self) -> u32 {
        (self.0 >> 32) as u32
    }

    pub fn block(self) -> usize {
        self.0 as u32 as usize
    }
}

/// A block that was left out for its size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Oversized {
    pub rule: u16,
    /// A member; its value names the block in the report.
    pub example: u32,
    pub records: u32,
}

/// The blocks of one rule, before all rules are put together.
#[derive(Default)]
pub struct RuleBlocks {
    members: Vec<u32>,
    ends: Vec<usize>,
    oversized: Vec<(u32, u32)>,
    /// The blocks kept so far, by their members.
    known: HashTable<(u64, u32)>,
    /// Counted over all blocks, those that were not kept included.
    blocks: usize,
    size_max: usize,
    pairs: u64,
}

/// The upper half of a key's hash over the record's number: sorts by key, then
/// record. Two keys that share the half nominate a few pairs too many, which
/// comparing then tells apart.
type Entry = u64;

fn entry(hash: KeyHash, record: u32) -> Entry {
    (hash & 0xffff_ffff_0000_0000) | u64::from(record)
}

fn record_of(entry: Entry) -> u32 {
    entry as u32
}

impl RuleBlocks {
    /// Groups `records` by the keys of one rule. Blocks of more than `size_max`
    /// records are split by each of `refiners` in turn.
    pub fn new(
        key: &PreparedKey,
        records: impl Iterator<Item = u32>,
        refiners: &[PreparedKey],
        size_max: usize,
    ) -> Self {
        let mut result = Self::default();
        if key.is_multiple() && key.is_narrow() {
            result.of_values(key, records, refiners, size_max);
        } else {
            result.of_records(key, records, refiners, size_max);
        }
        result.known = HashTable::new();
        result
    }

    /// Groups records one by one.
    fn of_records(
        &mut self,
        key: &PreparedKey,
        records: impl Iterator<Item = u32>,
        refiners: &[PreparedKey],
        size_max: usize,
    ) {
        let entries = if key.is_plain() {
            let mut entries = Vec::with_capacity(records.size_hint().0);
            key.plain_keys(records, |record, hash| entries.push(entry(hash, record)));
            entries
        } else {
            entries(records, |record, found| key.keys(record as usize, found))
        };
        self.group(
            entries,
            &mut |result, block| {
                let members: Vec<u32> = block.iter().map(|&entry| record_of(entry)).collect();
                result.refine(members, refiners, size_max);
            },
            size_max,
            key.is_multiple(),
        );
    }

    /// The same blocks where each record has many keys: groups sets of records
    /// that hold equal values, so that keys are made once for each set, and the
    /// many that no other set has are seen to bring nothing new.
    fn of_values(
        &mut self,
        key: &PreparedKey,
        records: impl Iterator<Item = u32>,
        refiners: &[PreparedKey],
        size_max: usize,
    ) {
        let mut held: Vec<(u64, u32)> =
            records.filter_map(|record| Some((key.values(record as usize)?, record))).collect();
        radsort::sort_by_key(&mut held, |&(values, _)| values);
        let mut ends: Vec<usize> = Vec::new();
        held.chunk_by(|a, b| a.0 == b.0).for_each(|set| ends.push(ends.last().unwrap_or(&0) + set.len()));
        let set = |number: u32| held[range(&ends, number)].iter().map(|&(_, record)| record);
        let first = |number: u32| held[range(&ends, number).start].1 as usize;
        let mut entries = entries(0..ends.len() as u32, |number, found| key.keys(first(number), found));
        group_equal(&mut entries);
        let mut is_kept = vec![false; ends.len()];
        for sets in entries.chunk_by(|a, b| a >> 32 == b >> 32) {
            let size = sets.iter().map(|&entry| range(&ends, record_of(entry)).len()).sum();
            let members = || {
                let mut members: Vec<u32> = sets.iter().flat_map(|&entry| set(record_of(entry))).collect();
                members.sort_unstable();
                members
            };
            match *sets {
                _ if size < 2 => {}
                _ if size > size_max => self.refine(members(), refiners, size_max),
                [only] if std::mem::replace(&mut is_kept[record_of(only) as usize], true) => self.count(size),
                [only] => self.push(set(record_of(only)), false),
                _ => self.push(members().into_iter(), true),
            }
        }
    }

    /// Sorts `entries` and takes each group; `too_large` gets those over the limit.
    fn group(
        &mut self,
        mut entries: Vec<Entry>,
        too_large: &mut dyn FnMut(&mut Self, &[Entry]),
        size_max: usize,
        repeats: bool,
    ) {
        group_equal(&mut entries);
        for block in entries.chunk_by(|a, b| a >> 32 == b >> 32) {
            match block.len() {
                0 | 1 => {}
                size if size <= size_max => self.push(block.iter().map(|&entry| record_of(entry)), repeats),
                _ => too_large(self, block),
            }
        }
    }

    /// Keeps a block; where it `repeats` perhaps, unless the same records are
    /// one already.
    fn push(&mut self, members: impl Iterator<Item = u32>, repeats: bool) {
        let start = self.members.len();
        self.members.extend(members);
        self.count(self.members.len() - start);
        if repeats && self.is_known(start) {
            self.members.truncate(start);
        } else {
            self.ends.push(self.members.len());
        }
    }

    /// Counts a block.
    fn count(&mut self, size: usize) {
        self.blocks += 1;
        self.size_max = self.size_max.max(size);
        self.pairs += pairs_of(size);
    }

    /// Whether the members from `start` on are a block already; if not, they
    /// are from now on.
    fn is_known(&mut self, start: usize) -> bool {
        let (before, block) = self.members.split_at(start);
        let hash = HASHER.hash_one(block);
        let ends = &self.ends;
        let same = |&(known, number): &(u64, u32)| known == hash && before[range(ends, number)] == *block;
        if self.known.find(hash, same).is_some() {
            return true;
        }
        self.known.insert_unique(hash, (hash, self.ends.len() as u32), |&(hash, _)| hash);
        false
    }

    /// Splits an oversized block by each refiner, once; a part that is still
    /// too large is split by the refiners after that one.
    fn refine(&mut self, members: Vec<u32>, refiners: &[PreparedKey], size_max: usize) {
        let mut left = refiners.is_empty();
        for (at, refiner) in refiners.iter().enumerate() {
            let mut entries = Vec::with_capacity(members.len());
            for &record in &members {
                refiner.keys(record as usize, |hash| entries.push(entry(hash, record)));
            }
            let rest = &refiners[at + 1..];
            self.group(
                entries,
                &mut |result, block| {
                    let part: Vec<u32> = block.iter().map(|&entry| record_of(entry)).collect();
                    // A part as large as the whole would be split in vain again.
                    if part.len() < members.len() && !rest.is_empty() {
                        result.refine(part, rest, size_max);
                    } else {
                        left = true;
                    }
                },
                size_max,
                true,
            );
        }
        if left && let Some(&example) = members.first() {
            self.oversized.push((example, members.len() as u32));
        }
    }

    /// The number of blocks, those that were not kept included.
    pub fn len(&self) -> usize {
        self.blocks
    }

    pub fn is_empty(&self) -> bool {
        self.blocks == 0
    }

    /// Records in the largest block.
    pub fn size_max(&self) -> usize {
        self.size_max
    }

    /// Pairs in all blocks, counting a pair once per block that holds it.
    pub fn pairs(&self) -> u64 {
        self.pairs
    }
}

/// The keys that `keys` calls its function with, of each of `holders`.
fn entries(holders: impl Iterator<Item = u32>, keys: impl Fn(u32, &mut dyn FnMut(KeyHash))) -> Vec<Entry> {
    let expected = holders.size_hint().0;
    let mut entries: Vec<Entry> = Vec::new();
    for (at, holder) in holders.enumerate() {
        if at == HOLDERS_SAMPLED {
            // The first ones foretell the rest, so that growing does not copy
            // what is there.
            let all = expected.max(at) * entries.len() / at;
            entries.reserve_exact(all + all / 16);
        }
        keys(holder, &mut |hash| entries.push(entry(hash, holder)));
    }
    entries
}

/// Entries from which on sorting by digits is quicker than by comparing.
const SORTED_BY_DIGITS: usize = 1 << 10;

/// Sorts entries that are ascending by holder already, and keeps each once.
fn group_equal(entries: &mut Vec<Entry>) {
    if entries.len() < SORTED_BY_DIGITS {
        entries.sort_unstable();
    } else {
        // Stable, so that the holders of a key stay ascending.
        radsort::sort_by_key(entries, |&entry| (entry >> 32) as u32);
    }
    debug_assert!(entries.is_sorted());
    entries.dedup();
}

/// Blocks of one record that are looked up together.
const BLOCKS_AT_ONCE: usize = 16;

/// Records, or sets of them, whose keys foretell how many keys there will be.
const HOLDERS_SAMPLED: usize = 1024;

const HASHER: FixedState = FixedState::with_seed(0xb10c5);

/// Pairs among that many records.
fn pairs_of(size: usize) -> u64 {
    size as u64 * (size as u64).saturating_sub(1) / 2
}

/// Where the members of a block stand.
fn range(ends: &[usize], block: u32) -> std::ops::Range<usize> {
    let block = block as usize;
    let start = if block == 0 { 0 } else { ends[block - 1] };
    start..ends[block]
}

impl Blocks {
    /// Puts the blocks of all rules together; `per_rule` in rule order.
    pub fn new(per_rule: Vec<RuleBlocks>, records: usize) -> Self {
        let mut result = Self::default();
        result.members.reserve_exact(per_rule.iter().map(|blocks| blocks.members.len()).sum());
        result.ends.reserve_exact(per_rule.iter().map(|blocks| blocks.ends.len()).sum());
        for (rule, blocks) in per_rule.into_iter().enumerate() {
            let start = result.members.len();
            result.pairs += blocks.pairs;
            result.members.extend(blocks.members);
            result.ends.extend(blocks.ends.iter().map(|end| start + end));
            result.rules.resize(result.ends.len(), rule as u16);
            let oversized = blocks.oversized.into_iter();
            result.oversized.extend(oversized.map(|(example, records)| Oversized {
                rule: rule as u16,
                example,
                records,
            }));
        }
        result.index_records(records);
        result
    }

    fn index_records(&mut self, records: usize) {
        let mut counts = vec![0usize; records + 1];
        for &record in &self.members {
            counts[record as usize + 1] += 1;
        }
        for record in 0..records {
            counts[record + 1] += counts[record];
        }
        self.blocks_of = vec![0; self.members.len()];
        let mut next = counts.clone();
        for block in 0..self.ends.len() {
            for at in self.range(block) {
                let record = self.members[at] as usize;
                self.blocks_of[next[record]] = block as u32;
                next[record] += 1;
            }
        }
        self.record_ends = counts;
    }

    fn range(&self, block: usize) -> std::ops::Range<usize> {
        range(&self.ends, block as u32)
    }

    /// The number of blocks.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The rule that made `block`.
    pub fn rule(&self, block: usize) -> usize {
        usize::from(self.rules[block])
    }

    /// The records of `block`, ascending.
    pub fn members(&self, block: usize) -> &[u32] {
        &self.members[self.range(block)]
    }

    /// The blocks of `record`, ascending.
    pub fn of_record(&self, record: usize) -> &[u32] {
        &self.blocks_of[self.record_ends[record]..self.record_ends[record + 1]]
    }

    /// The first block that holds both records, if any.
    pub fn first_common(&self, a: usize, b: usize) -> Option<u32> {
        let (mut left, mut right) = (self.of_record(a).iter(), self.of_record(b).iter());
        let (mut x, mut y) = (left.next()?, right.next()?);
        loop {
            match x.cmp(y) {
                std::cmp::Ordering::Less => x = left.next()?,
                std::cmp::Ordering::Greater => y = right.next()?,
                std::cmp::Ordering::Equal => return Some(*x),
            }
        }
    }

    /// Calls `found` with each pair (smaller number first) for which `block` is
    /// the first common block, so that over all blocks each pair comes once.
    /// Only pairs whose smaller record `take` accepts are listed.
    pub fn pairs(&self, block: usize, take: impl Fn(u32) -> bool, mut found: impl FnMut(u32, u32)) {
        let members = self.members(block);
        for (at, &a) in members.iter().enumerate().filter(|&(_, &a)| take(a)) {
            for &b in &members[at + 1..] {
                if self.first_common(a as usize, b as usize) == Some(block as u32) {
                    found(a, b);
                }
            }
        }
    }

    /// Puts the candidate partners of `record` that come after it into `found`,
    /// ascending, so that over all records each pair comes once.
    ///
    /// The same pairs as [`Blocks::pairs`] over all blocks, but one look-up per
    /// block of the record instead of one per pair of a block: both records of
    /// a pair stand far apart in memory, and most pairs share many blocks.
    pub fn partners(&self, record: u32, found: &mut Vec<Partner>) {
        found.clear();
        let blocks = self.of_record(record as usize);
        // Where the blocks stand is asked of many at once, and then their
        // members, so that the waits for memory overlap.
        for blocks in blocks.chunks(BLOCKS_AT_ONCE) {
            let mut ranges = [(0, 0); BLOCKS_AT_ONCE];
            for (range, &block) in ranges.iter_mut().zip(blocks) {
                let of_block = self.range(block as usize);
                *range = (of_block.start, of_block.end);
            }
            let first = |&(start, _): &(usize, usize)| self.members.get(start).copied().unwrap_or(0);
            std::hint::black_box(
                ranges.iter().take(blocks.len()).map(first).fold(0, |all, first| all ^ first),
            );
            for (&(start, end), &block) in ranges.iter().zip(blocks) {
                let members = &self.members[start..end];
                found.extend(members.iter().map(|&member| Partner::new(member, block)));
            }
        }
        found.retain(|partner| partner.record() > record);
        found.sort_unstable();
        found.dedup_by_key(|partner| partner.record());
    }

    /// Pairs in all blocks, counting a pair once per block that brought it.
    pub fn pairs_forecast(&self) -> u64 {
        self.pairs
    }

    /// Bytes held, for the memory budget.
    pub fn bytes(&self) -> usize {
        (self.members.capacity() + self.blocks_of.capacity()) * 4
            + (self.ends.capacity() + self.record_ends.capacity()) * 8
            + self.rules.capacity() * 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocking::Listed;

    fn rule(blocks: &[&[u32]]) -> RuleBlocks {
        let mut result = RuleBlocks::default();
        blocks.iter().for_each(|block| result.push(block.iter().copied(), true));
        result
    }

    #[test]
    fn repeated_blocks_are_counted_and_not_kept() {
        let made = rule(&[&[0, 1, 2], &[1, 2], &[0, 1, 2]]);
        assert_eq!((made.len(), made.pairs(), made.size_max()), (3, 7, 3));
        let blocks = Blocks::new(vec![made], 3);
        assert_eq!((blocks.len(), blocks.pairs_forecast()), (2, 7));
        assert_eq!(blocks.of_record(1), [0, 1]);
    }

    #[test]
    fn partners_are_the_pairs_of_all_blocks() {
        let blocks = Blocks::new(vec![rule(&[&[0, 3, 4], &[1, 2]]), rule(&[&[0, 1, 2, 4], &[3, 4]])], 5);
        let mut by_block = Vec::new();
        for block in 0..blocks.len() {
            blocks.pairs(block, |_| true, |a, b| by_block.push((a, b, block as u32)));
        }
        by_block.sort_unstable();
        let (mut by_record, mut partners) = (Vec::new(), Vec::new());
        for a in 0..5 {
            blocks.partners(a, &mut partners);
            by_record.extend(partners.iter().map(|partner| (a, partner.record(), partner.block() as u32)));
        }
        assert_eq!(by_record, by_block);
        // The same by stretches, of records that stand in another order.
        let order = [3, 1, 4, 0, 2];
        let place_of = [3, 1, 4, 0, 2];
        let mut by_stretch = Vec::new();
        for places in [0..2, 2..5] {
            let listed = Listed::new(&blocks, &place_of, places.clone());
            for (at, place) in places.enumerate() {
                let a = order[place as usize];
                listed.partners(at, &mut partners);
                by_stretch
                    .extend(partners.iter().map(|partner| (a, partner.record(), partner.block() as u32)));
            }
        }
        by_stretch.sort_unstable();
        assert_eq!(by_stretch, by_block);
    }
}
