//! Groups records by their keys and lists each candidate pair exactly once.
//! A block too large to be compared whole is refined by further keys; what is
//! still too large is reported, never dropped in silence.

use super::expression::{KeyHash, PreparedKey};

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
    /// Blocks that no refinement made small enough.
    pub oversized: Vec<Oversized>,
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
        let mut entries: Vec<Entry> = Vec::with_capacity(records.size_hint().0);
        for record in records {
            key.keys(record as usize, |hash| entries.push(entry(hash, record)));
        }
        let mut result = Self::default();
        result.group(
            entries,
            &mut |result, block| {
                let members: Vec<u32> = block.iter().map(|&entry| record_of(entry)).collect();
                result.refine(members, refiners, size_max);
            },
            size_max,
        );
        result
    }

    /// Sorts `entries` and takes each group; `too_large` gets those over the limit.
    fn group(
        &mut self,
        mut entries: Vec<Entry>,
        too_large: &mut dyn FnMut(&mut Self, &[Entry]),
        size_max: usize,
    ) {
        entries.sort_unstable();
        entries.dedup();
        for block in entries.chunk_by(|a, b| a >> 32 == b >> 32) {
            match block.len() {
                0 | 1 => {}
                size if size <= size_max => self.push(block.iter().map(|&entry| record_of(entry))),
                _ => too_large(self, block),
            }
        }
    }

    fn push(&mut self, members: impl Iterator<Item = u32>) {
        self.members.extend(members);
        self.ends.push(self.members.len());
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
            );
        }
        if left && let Some(&example) = members.first() {
            self.oversized.push((example, members.len() as u32));
        }
    }

    /// The number of blocks.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Records in the largest block.
    pub fn size_max(&self) -> usize {
        let mut start = 0;
        self.ends.iter().map(|&end| end - std::mem::replace(&mut start, end)).max().unwrap_or(0)
    }

    /// Pairs in all blocks, counting a pair once per block that holds it.
    pub fn pairs(&self) -> u64 {
        let mut start = 0;
        self.ends
            .iter()
            .map(|&end| {
                let size = (end - std::mem::replace(&mut start, end)) as u64;
                size * (size - 1) / 2
            })
            .sum()
    }
}

impl Blocks {
    /// Puts the blocks of all rules together; `per_rule` in rule order.
    pub fn new(per_rule: Vec<RuleBlocks>, records: usize) -> Self {
        let mut result = Self::default();
        for (rule, blocks) in per_rule.into_iter().enumerate() {
            let start = result.members.len();
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
        let start = if block == 0 { 0 } else { self.ends[block - 1] };
        start..self.ends[block]
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

    /// Pairs in all blocks, counting a pair once per block that holds it.
    pub fn pairs_forecast(&self) -> u64 {
        (0..self.len()).map(|block| self.members(block).len() as u64).map(|size| size * (size - 1) / 2).sum()
    }

    /// Bytes held, for the memory budget.
    pub fn bytes(&self) -> usize {
        (self.members.capacity() + self.blocks_of.capacity()) * 4
            + (self.ends.capacity() + self.record_ends.capacity()) * 8
            + self.rules.capacity() * 2
    }
}
