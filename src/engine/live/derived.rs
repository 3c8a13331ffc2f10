//! Everything that follows from normalised records under a model, as files that
//! the database takes in whole: normal forms, block trees, kept pairs. What a
//! batch load and working a store out anew have in common.

use super::bundle::Bundle;
use super::gather::{NEAR_TOGETHER, RowMaker};
use super::keys::{self, Refining, TreeSink};
use crate::blocking::PreparedKey;
use crate::engine::clustering;
use crate::engine::matching::{Matcher, Pair};
use crate::engine::thresholds::Bits;
use crate::error::Result;
use crate::record::NormalRecords;
use crate::store::{
    BlockPath, BlockRow, BulkBlocks, BulkFile, BulkOptions, Family, Link, Number, crowd_key, encode_links,
};
use std::path::PathBuf;

/// Files on their way into the database.
pub type Files = Result<Vec<(Family, PathBuf)>>;

/// Records and what a run found out about them.
pub struct Derived<'a> {
    pub bulk: &'a BulkOptions,
    pub bundle: &'a Bundle,
    pub records: &'a NormalRecords,
    /// Per record, its number in the store.
    pub numbers: &'a [Number],
    /// The records in the order of their numbers.
    pub by_number: &'a [u32],
}

impl Derived<'_> {
    /// The normal form of each record.
    pub fn normals(&self, rows: &RowMaker) -> Files {
        let mut file = self.bulk.file(Family::Normals, 0)?;
        for some in self.by_number.chunks(NEAR_TOGETHER) {
            rows.bring_near(self.records, some);
            for &record in some {
                let row = rows.row(self.records, record as usize);
                file.put(&self.numbers[record as usize].to_be_bytes(), &row.encode())?;
            }
        }
        finish([file])
    }

    /// The kept pairs, each at both its records.
    pub fn links(&self, matcher: &Matcher, pairs: &[Pair], bits: Bits) -> Files {
        let mut both: Vec<(Number, Link)> = Vec::with_capacity(pairs.len() * 2);
        for pair in pairs {
            let joins = clustering::decided(matcher, pair, bits.link) >= bits.link;
            let link = |other| Link { other, bits: pair.weight.bits, joins };
            let (a, b) = (self.numbers[pair.a as usize], self.numbers[pair.b as usize]);
            both.push((a, link(b)));
            both.push((b, link(a)));
        }
        radsort::sort_by_key(&mut both, |(record, link)| u64::from(*record) << 32 | u64::from(link.other));
        let mut links = self.bulk.file(Family::Links, 0)?;
        for of_record in both.chunk_by(|a, b| a.0 == b.0) {
            let row: Vec<Link> = of_record.iter().map(|(_, link)| *link).collect();
            links.put(&of_record[0].0.to_be_bytes(), &encode_links(&row))?;
        }
        finish([links])
    }

    /// The blocks of every key.
    pub fn blocks(&self) -> Files {
        let (rules, refiners) = (self.bundle.keys(), self.bundle.model.refiners.as_slice());
        let expressions = keys::evaluate(rules.iter().chain(refiners), self.records);
        let refined = Refined::new(&keys::prepare(refiners, &expressions, self.records), self);
        let refining =
            Refining { size_max: self.bundle.block_size_max(), keys_of: &|number| refined.of(number) };
        let prepared = keys::prepare(rules, &expressions, self.records);
        // Two rules at a time: what each sorts is held meanwhile.
        let some = |first: usize| -> Files {
            let mut files = Vec::new();
            for (rule, key) in prepared.iter().skip(first).step_by(2) {
                files.extend(self.blocks_of(*rule, key, &refining)?);
            }
            Ok(files)
        };
        let (even, odd) = rayon::join(|| some(0), || some(1));
        let mut files = even?;
        files.extend(odd?);
        Ok(files)
    }

    /// The upper half of each key's hash over the record's number.
    fn entries(&self, key: &PreparedKey) -> Vec<u64> {
        let mut entries: Vec<u64> = Vec::with_capacity(self.records.len());
        let entry = |hash: u32, number: Number| u64::from(hash) << 32 | u64::from(number);
        if !(key.is_multiple() && key.is_narrow()) {
            for (record, number) in self.numbers.iter().enumerate() {
                key.keys(record, |hash| entries.push(entry(keys::upper(hash), *number)));
            }
            return entries;
        }
        // Many keys of a few values are made once for all records that hold these.
        let held = |record: usize| Some((key.values(record)?, record));
        let mut held: Vec<(u64, usize)> = (0..self.numbers.len()).filter_map(held).collect();
        radsort::sort_by_key(&mut held, |&(values, _)| values);
        let mut hashes: Vec<u32> = Vec::new();
        let mut done = 0;
        for set in held.chunk_by(|a, b| a.0 == b.0) {
            hashes.clear();
            if let Some(&(_, first)) = set.first() {
                key.keys(first, |hash| hashes.push(keys::upper(hash)));
            }
            for &(_, record) in set {
                entries.extend(hashes.iter().map(|&hash| entry(hash, self.numbers[record])));
            }
            // The first ones foretell the rest, so that growing does not copy what is
            // there.
            let before = done;
            done += set.len();
            if before < RECORDS_SAMPLED && done >= RECORDS_SAMPLED {
                let all = held.len() * entries.len() / done;
                entries.reserve_exact((all + all / 16).saturating_sub(entries.len()));
            }
        }
        entries
    }

    fn blocks_of(&self, rule: usize, key: &PreparedKey, refining: &Refining) -> Files {
        let mut entries = self.entries(key);
        // By one thread, since another has its own rule, and where they stand.
        entries.sort_unstable();
        entries.dedup();
        let whole = entries.chunk_by(|a, b| a >> 32 == b >> 32).count() as u64;
        let mut sink = TreeFiles {
            blocks: self.bulk.blocks(rule as u16, whole)?,
            crowds: self.bulk.file(Family::Crowds, rule)?,
            row: Vec::new(),
        };
        let mut members = Vec::new();
        for block in entries.chunk_by(|a, b| a >> 32 == b >> 32) {
            if let &[only] = block
                && refining.size_max > 0
            {
                sink.blocks.put_only((only >> 32) as u32, only as Number)?;
                continue;
            }
            members.clear();
            members.extend(block.iter().map(|&entry| entry as Number));
            refining.root(rule as u16, (block[0] >> 32) as u32, &members, &mut sink)?;
        }
        let mut files = sink.blocks.finish()?;
        files.extend(sink.crowds.finish()?);
        Ok(files)
    }
}

/// Records whose keys foretell how many keys all have.
const RECORDS_SAMPLED: usize = 4096;

/// The records in the order of their numbers.
pub fn by_number(numbers: &[Number]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..numbers.len() as u32).collect();
    order.sort_unstable_by_key(|&record| numbers[record as usize]);
    order
}

/// The refiners' keys of all records, by number.
struct Refined {
    /// Per number, where the keys of the records up to it end.
    ends: Vec<u32>,
    keys: Vec<(u8, u32)>,
}

impl Refined {
    fn new(refiners: &[(usize, PreparedKey)], of: &Derived) -> Self {
        let mut result = Self { ends: Vec::with_capacity(of.records.len()), keys: Vec::new() };
        for &record in of.by_number {
            result.ends.resize(of.numbers[record as usize] as usize, result.keys.len() as u32);
            let start = result.keys.len();
            for (refiner, key) in refiners {
                key.keys(record as usize, |hash| result.keys.push((*refiner as u8, keys::upper(hash))));
            }
            result.keys[start..].sort_unstable();
            result.ends.push(result.keys.len() as u32);
        }
        result
    }

    fn of(&self, number: Number) -> &[(u8, u32)] {
        let start = if number == 0 { 0 } else { self.ends[number as usize - 1] as usize };
        &self.keys[start..self.ends[number as usize] as usize]
    }
}

/// Block trees on their way to files.
struct TreeFiles<'a> {
    blocks: BulkBlocks<'a>,
    crowds: BulkFile<'a>,
    /// The row being written.
    row: Vec<u8>,
}

impl TreeSink for TreeFiles<'_> {
    fn block(&mut self, path: &BlockPath, members: &[Number]) -> Result<()> {
        self.row = BlockRow::encode_members(members, std::mem::take(&mut self.row));
        self.blocks.put(path, &self.row)
    }

    fn large(&mut self, path: &BlockPath, size: usize) -> Result<()> {
        self.blocks.put(path, &BlockRow { size: size as u32, members: None }.encode())
    }

    fn crowd(&mut self, path: &BlockPath, members: &[Number]) -> Result<()> {
        members.iter().try_for_each(|&member| self.crowds.put(&crowd_key(path, member), &[]))
    }
}

/// Completes files.
pub fn finish<const N: usize>(files: [BulkFile; N]) -> Files {
    let finished = files.into_iter().map(BulkFile::finish).collect::<Result<Vec<_>>>()?;
    Ok(finished.into_iter().flatten().collect())
}
