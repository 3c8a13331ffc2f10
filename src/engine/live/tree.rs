//! Keeps the block trees current: takes records out of their blocks and puts
//! them in, splits blocks that grow too large and joins those that shrink, and
//! tells which pairs thereby become candidates or cease to be.

use super::gather::Gathered;
use super::keys::{RecordKeys, Refining, TreeSink, is_split, keys_of};
use super::rows::{Rows, by_key, let_go, put_all};
use crate::error::Result;
use crate::store::{
    Batch, BlockPath, BlockRow, Family, Members, Number, child_path, crowd_key, crowd_prefix, last_refiner,
    root_path,
};
use hashbrown::{HashMap, HashSet};
use rayon::prelude::*;
use smallvec::SmallVec;

/// A record whose keys changed. Both sides are empty where it was not there.
pub struct Moved {
    pub number: Number,
    pub before: RecordKeys,
    pub after: RecordKeys,
}

/// What changed about candidates.
#[derive(Default)]
pub struct Candidates {
    /// Moved records that are there, each with a record that shares a block with
    /// it; the smaller number first, some several times.
    pub pairs: Vec<(Number, Number)>,
    /// Groups whose pairs may be candidates now that were not.
    pub opened: Vec<Vec<Number>>,
    /// Groups whose pairs may be candidates no more.
    pub closed: Vec<Vec<Number>>,
}

/// What is remembered of the trees from one set of changes to the next.
#[derive(Default)]
pub struct Memory {
    /// Refiners' keys of records that are there, as far as they were asked for.
    refiners: HashMap<Number, Vec<(u8, u32)>>,
    /// A record that stands in a large block, by the block.
    standing: HashMap<BlockPath, Number>,
    /// The blocks that a record was so found in.
    found_in: HashMap<Number, Vec<BlockPath>>,
}

/// Records and blocks remembered at most.
const REMEMBERED_MAX: usize = 1 << 18;

impl Memory {
    /// Forgets a record that changes.
    fn forget(&mut self, number: Number) {
        self.refiners.remove(&number);
        for path in self.found_in.remove(&number).unwrap_or_default() {
            self.standing.remove(&path);
        }
    }
}

/// The block trees while a set of changes is worked in.
pub struct Trees<'a> {
    rows: &'a Rows<'a>,
    /// Rows of whole blocks that are not too large, as they are to be, in the order
    /// of their paths; `None`: deleted.
    whole: Vec<(BlockPath, Option<BlockRow>)>,
    /// All other rows as they are to be.
    changed: HashMap<BlockPath, Option<BlockRow>>,
    /// Members of large blocks that come and go.
    crowds: HashMap<(BlockPath, Number), bool>,
    memory: Memory,
    moved: HashSet<Number>,
    found: Candidates,
}

/// A block to look at: who comes, goes or stays in it.
struct Visit {
    path: BlockPath,
    /// Sizes before and after of the block that it is a part of.
    parent: Option<(usize, usize)>,
    touched: Touches,
}

/// A whole block: its rule and key, as they sort.
type RootKey = u64;

/// Mostly one record comes to a block, or leaves it, at a time.
type Touches = SmallVec<[Touch; 2]>;

#[derive(Clone, Copy)]
struct Touch {
    number: Number,
    was: bool,
    is: bool,
}

/// Blocks that one thread looks at at once.
const VISITS_TOGETHER: usize = 512;

/// What some visits to blocks gave.
#[derive(Default)]
struct Small {
    changed: Vec<(BlockPath, Option<BlockRow>)>,
    pairs: Vec<(Number, Number)>,
    /// Those to blocks that are too large, before or after, with what is stored.
    large: Vec<(Visit, BlockRow)>,
}

impl Small {
    fn of(visits: impl Iterator<Item = (Visit, Option<BlockRow>)>, max: usize) -> Self {
        let mut result = Self::default();
        for (visit, row) in visits {
            let row = row.unwrap_or_else(|| BlockRow { size: 0, members: Some(Members::new()) });
            let (before, after) = sizes(&row, &visit.touched);
            if before > max || after > max {
                result.large.push((visit, row));
                continue;
            }
            let is_changed = visit.touched.iter().any(|touch| touch.was != touch.is);
            let members = changed_members(row.members.unwrap_or_default(), &visit.touched);
            result.pairs.extend(met(&members, &visit.touched));
            if is_changed {
                let row = BlockRow { size: members.len() as u32, members: Some(members) };
                result.changed.push((visit.path, (row.size > 0).then_some(row)));
            }
        }
        result
    }
}

/// Members of a block before and after.
fn sizes(row: &BlockRow, touched: &[Touch]) -> (usize, usize) {
    let before = row.size as usize;
    let gone = touched.iter().filter(|touch| touch.was && !touch.is).count();
    let come = touched.iter().filter(|touch| touch.is && !touch.was).count();
    (before, (before + come).saturating_sub(gone))
}

/// Those of `touched` that are there, each with every other member.
fn met<'t>(members: &'t [Number], touched: &'t [Touch]) -> impl Iterator<Item = (Number, Number)> + 't {
    touched.iter().filter(|touch| touch.is).flat_map(move |touch| {
        let others = members.iter().filter(move |member| **member != touch.number);
        others.map(move |&other| (touch.number.min(other), touch.number.max(other)))
    })
}

impl<'a> Trees<'a> {
    pub fn new(rows: &'a Rows<'a>, memory: Memory) -> Self {
        let is_full = memory.refiners.len().max(memory.standing.len()) > REMEMBERED_MAX;
        Self {
            rows,
            whole: Vec::new(),
            changed: HashMap::new(),
            crowds: HashMap::new(),
            memory: if is_full { Memory::default() } else { memory },
            moved: HashSet::new(),
            found: Candidates::default(),
        }
    }

    /// Works `moved` in, and returns what changed about candidates.
    pub fn apply(&mut self, moved: &[Moved]) -> Result<Candidates> {
        // Per rule, the keys of the records and what becomes of them there.
        let mut roots: Vec<Vec<(RootKey, Touch)>> = Vec::new();
        let mut keys: HashMap<Number, &Moved> = HashMap::with_capacity(moved.len());
        for record in moved {
            self.moved.insert(record.number);
            self.memory.forget(record.number);
            keys.insert(record.number, record);
            if !record.after.roots.is_empty() || !record.after.refiners.is_empty() {
                self.memory.refiners.insert(record.number, record.after.refiners.clone());
            }
            for ((rule, key), was, is) in both(&record.before.roots, &record.after.roots) {
                if roots.len() <= usize::from(rule) {
                    roots.resize(usize::from(rule) + 1, Vec::new());
                }
                let key = u64::from(rule) << 32 | u64::from(key);
                roots[usize::from(rule)].push((key, Touch { number: record.number, was, is }));
            }
        }
        let parts = self.look_at_whole(roots)?;
        let mut next = Vec::new();
        self.take_in(parts, &keys, &mut next, |trees, changed| trees.whole.extend(changed))?;
        while !next.is_empty() {
            let parts = self.look_at(std::mem::take(&mut next))?;
            self.take_in(parts, &keys, &mut next, |trees, changed| trees.changed.extend(changed))?;
        }
        Ok(std::mem::take(&mut self.found))
    }

    /// Looks at the whole blocks of the keys in `roots`, on all threads where they are
    /// many.
    fn look_at_whole(&self, mut roots: Vec<Vec<(RootKey, Touch)>>) -> Result<Vec<Small>> {
        let (store, max) = (self.rows.store, self.rows.bundle.block_size_max());
        let sort =
            |of_rule: &mut Vec<(RootKey, Touch)>| radsort::sort_by_key(of_rule, |(key, _)| *key as u32);
        match roots.iter().map(Vec::len).sum() {
            ..=VISITS_TOGETHER => roots.iter_mut().for_each(sort),
            _ => roots.par_iter_mut().for_each(sort),
        }
        let keys = roots.concat();
        let look = |some: &[(RootKey, Touch)]| -> Result<Small> {
            let visit = |of_block: &[(RootKey, Touch)]| {
                let &(key, _) = of_block.first()?;
                let touched = of_block.iter().map(|(_, touch)| *touch).collect();
                Some(Visit { path: root_path((key >> 32) as u16, key as u32), parent: None, touched })
            };
            let visits: Vec<Visit> = some.chunk_by(|a, b| a.0 == b.0).filter_map(visit).collect();
            let paths: Vec<&BlockPath> = visits.iter().map(|visit| &visit.path).collect();
            let stored = store.db.get_many(Family::Blocks, &paths, BlockRow::decode)?;
            Ok(Small::of(visits.into_iter().zip(stored), max))
        };
        let parts: Vec<&[(RootKey, Touch)]> = parts_of(&keys).collect();
        match parts.as_slice() {
            [] => Ok(Vec::new()),
            [all] => Ok(vec![look(all)?]),
            parts => parts.par_iter().map(|some| look(some)).collect(),
        }
    }

    /// Looks at blocks, whole ones or parts of large ones.
    fn look_at(&self, visits: Vec<Visit>) -> Result<Vec<Small>> {
        let max = self.rows.bundle.block_size_max();
        let paths: Vec<&BlockPath> = visits.iter().map(|visit| &visit.path).collect();
        let stored = self.rows.blocks(&paths)?;
        let visits = visits.into_par_iter().zip(stored).chunks(VISITS_TOGETHER);
        Ok(visits.map(|visits| Small::of(visits.into_iter(), max)).collect())
    }

    /// Takes what was found in, and adds to `next` the parts of large blocks that are
    /// to be looked at. `change` keeps the rows of the others.
    fn take_in(
        &mut self,
        parts: Vec<Small>,
        keys: &HashMap<Number, &Moved>,
        next: &mut Vec<Visit>,
        change: impl Fn(&mut Self, Vec<(BlockPath, Option<BlockRow>)>),
    ) -> Result<()> {
        self.know_who_stays(parts.iter().flat_map(|small| &small.large))?;
        for Small { changed, pairs, large } in parts {
            change(self, changed);
            self.found.pairs.extend(pairs);
            for (visit, row) in large {
                self.visit(visit, row, keys, next)?;
            }
        }
        Ok(())
    }

    /// Looks at a block that is too large, before or after.
    fn visit(
        &mut self,
        visit: Visit,
        row: BlockRow,
        keys: &HashMap<Number, &Moved>,
        next: &mut Vec<Visit>,
    ) -> Result<()> {
        let max = self.rows.bundle.block_size_max();
        let Visit { path, parent, touched } = visit;
        let (before, after) = sizes(&row, &touched);
        let was_split = is_split(before, parent.map(|sizes| sizes.0), max);
        let will_split = is_split(after, parent.map(|sizes| sizes.1), max);
        if before > max && after > max {
            self.crowd_moves(&path, &touched);
            if before != after {
                self.changed.insert(path.clone(), Some(BlockRow { size: after as u32, members: None }));
            }
            match (was_split, will_split) {
                (true, true) => self.descend(&path, (before, after), &touched, keys, next)?,
                (true, false) => self.fell(&path)?,
                (false, true) => {
                    let members = changed_members(self.rows.crowd(&path)?, &touched);
                    self.grow(&path, &members, true)?;
                }
                (false, false) => {}
            }
            return Ok(());
        }
        if before > max {
            let old = self.rows.crowd(&path)?;
            old.iter().for_each(|&member| _ = self.crowds.insert((path.clone(), member), false));
            if was_split {
                self.fell(&path)?;
            }
            let members = changed_members(old, &touched);
            self.meet(&members, &touched);
            self.found.opened.push(members.to_vec());
            self.set(path, members);
            return Ok(());
        }
        let old = row.members.unwrap_or_default();
        let members = changed_members(old.clone(), &touched);
        self.found.closed.push(old.into_vec());
        members.iter().for_each(|&member| _ = self.crowds.insert((path.clone(), member), true));
        self.changed.insert(path.clone(), Some(BlockRow { size: after as u32, members: None }));
        if will_split {
            self.grow(&path, &members, false)?;
        }
        Ok(())
    }

    /// Those of `touched` that are there meet the members of an open block.
    fn meet(&mut self, members: &[Number], touched: &[Touch]) {
        self.found.pairs.extend(met(members, touched));
    }

    fn set(&mut self, path: BlockPath, members: Members) {
        let row = BlockRow { size: members.len() as u32, members: Some(members) };
        self.changed.insert(path, (row.size > 0).then_some(row));
    }

    fn crowd_moves(&mut self, path: &BlockPath, touched: &[Touch]) {
        for touch in touched.iter().filter(|touch| touch.was != touch.is) {
            self.crowds.insert((path.clone(), touch.number), touch.is);
        }
    }

    /// Goes on to the parts of a block that is split before and after.
    fn descend(
        &mut self,
        path: &BlockPath,
        sizes: (usize, usize),
        touched: &[Touch],
        keys: &HashMap<Number, &Moved>,
        next: &mut Vec<Visit>,
    ) -> Result<()> {
        let from = last_refiner(path).map_or(0, |last| last + 1);
        let mut parts: Vec<((u8, u32), Option<Touch>)> = Vec::new();
        let none: &[(u8, u32)] = &[];
        for touch in touched {
            let Some(moved) = keys.get(&touch.number) else { continue };
            let before = if touch.was { moved.before.refiners.as_slice() } else { none };
            let after = if touch.is { moved.after.refiners.as_slice() } else { none };
            let both = both(before, after).filter(|((refiner, _), ..)| *refiner >= from);
            parts.extend(both.map(|(key, was, is)| (key, Some(Touch { number: touch.number, was, is }))));
        }
        if touched.iter().any(|touch| touch.was != touch.is) {
            // A part as large as the whole is not split, and so may begin or
            // cease to be, though nobody comes to it or leaves it. Whoever
            // stays in the whole is in each such part.
            let whole = self.keys_of_one_who_stays(path, touched)?;
            parts.extend(whole.into_iter().filter(|key| key.0 >= from).map(|key| (key, None)));
        }
        parts.sort_by_key(|(key, _)| *key);
        for of_part in parts.chunk_by(|a, b| a.0 == b.0) {
            let Some(&((refiner, key), _)) = of_part.first() else { continue };
            next.push(Visit {
                path: child_path(path, refiner, key),
                parent: Some(sizes),
                touched: of_part.iter().filter_map(|(_, touch)| *touch).collect(),
            });
        }
        Ok(())
    }

    /// Makes ready what [`Trees::descend`] asks of large blocks, of all at once.
    fn know_who_stays<'v>(&mut self, large: impl Iterator<Item = &'v (Visit, BlockRow)>) -> Result<()> {
        let mut asked = Vec::new();
        for (visit, row) in large {
            if row.members.is_none() && visit.touched.iter().any(|touch| touch.was != touch.is) {
                asked.extend(self.one_who_stays(&visit.path, &visit.touched)?);
            }
        }
        self.know_refiners(&asked)
    }

    /// A member of a large block who was and will be there.
    fn one_who_stays(&mut self, path: &BlockPath, touched: &[Touch]) -> Result<Option<Number>> {
        if let Some(known) = self.memory.standing.get(path) {
            return Ok(Some(*known));
        }
        let prefix = crowd_prefix(path);
        let mut stays = None;
        self.rows.store.db.scan(Family::Crowds, &prefix, &[], |key, _| {
            let member = super::gather::number_of(key.get(prefix.len()..).unwrap_or_default())?;
            if touched.iter().all(|touch| touch.number != member) {
                stays = Some(member);
            }
            Ok(stays.is_none())
        })?;
        // One that changes in this set may leave without being touched here.
        if let Some(member) = stays.filter(|member| !self.moved.contains(member)) {
            self.memory.standing.insert(path.clone(), member);
            self.memory.found_in.entry(member).or_default().push(path.clone());
        }
        Ok(stays)
    }

    /// The refiners' keys of a member of a large block who was and will be there.
    fn keys_of_one_who_stays(&mut self, path: &BlockPath, touched: &[Touch]) -> Result<Vec<(u8, u32)>> {
        let Some(member) = self.one_who_stays(path, touched)? else { return Ok(Vec::new()) };
        self.know_refiners(&[member])?;
        Ok(self.memory.refiners.get(&member).cloned().unwrap_or_default())
    }

    /// Makes the parts of a block that is split from now on. With `opens` it
    /// was not compared whole before, so that its parts bring new candidates.
    fn grow(&mut self, path: &BlockPath, members: &[Number], opens: bool) -> Result<()> {
        self.know_refiners(members)?;
        let refiners = std::mem::take(&mut self.memory.refiners);
        let none: &[(u8, u32)] = &[];
        let keys_of = |number: Number| refiners.get(&number).map_or(none, Vec::as_slice);
        let refining = Refining { size_max: self.rows.bundle.block_size_max(), keys_of: &keys_of };
        let grown = refining.parts_of(path, members, &mut Grown { trees: self, opens });
        self.memory.refiners = refiners;
        grown
    }

    /// Takes away all parts of a block that is split no more.
    fn fell(&mut self, path: &BlockPath) -> Result<()> {
        for (part, row) in self.rows.parts(path)? {
            if row.members.is_none() {
                for member in self.rows.crowd(&part)? {
                    self.crowds.insert((part.clone(), member), false);
                }
            }
            self.changed.insert(part, None);
        }
        Ok(())
    }

    /// Works out the refiners' keys of records not asked for before.
    fn know_refiners(&mut self, members: &[Number]) -> Result<()> {
        let unknown: Vec<Number> =
            members.iter().copied().filter(|number| !self.memory.refiners.contains_key(number)).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        for (number, keys) in self.keys_of(&unknown)? {
            self.memory.refiners.insert(number, keys.refiners);
        }
        Ok(())
    }

    /// The keys of records that are there.
    fn keys_of(&self, numbers: &[Number]) -> Result<Vec<(Number, RecordKeys)>> {
        let gathered = self.rows.gather(numbers)?;
        let keys = keys_of(self.rows.bundle, &gathered.records);
        Ok(gathered.numbers.into_iter().zip(keys).collect())
    }

    /// Those of `pairs` that are candidates, by the trees as they are to be.
    pub fn still_candidates(&self, pairs: &[(Number, Number)]) -> Result<Vec<bool>> {
        let mut numbers: Vec<Number> = pairs.iter().flat_map(|&(a, b)| [a, b]).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let keys: HashMap<Number, RecordKeys> = self.keys_of(&numbers)?.into_iter().collect();
        let is = |&(a, b): &(Number, Number)| match (keys.get(&a), keys.get(&b)) {
            (Some(a), Some(b)) => self.share_block(a, b),
            _ => Ok(false),
        };
        pairs.iter().map(is).collect()
    }

    fn share_block(&self, a: &RecordKeys, b: &RecordKeys) -> Result<bool> {
        let refiners = common(&a.refiners, &b.refiners);
        for (rule, key) in common(&a.roots, &b.roots) {
            if self.is_open(&root_path(rule, key), None, &refiners)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// How many records share the key of that rule, where it was split so that
    /// the two stand in no block together; `None` where they do.
    pub fn split_apart(&self, rule: u16, numbers: [Number; 2]) -> Result<Option<u64>> {
        let keys = self.keys_of(&numbers)?;
        let [(_, a), (_, b)] = keys.as_slice() else { return Ok(None) };
        let refiners = common(&a.refiners, &b.refiners);
        let mut records = None;
        for (_, key) in common(&a.roots, &b.roots).into_iter().filter(|(of, _)| *of == rule) {
            let path = root_path(rule, key);
            if self.is_open(&path, None, &refiners)? {
                return Ok(None);
            }
            let row = self.rows.blocks(&[&path])?.pop().flatten();
            records = records.max(row.map(|row| u64::from(row.size)));
        }
        Ok(records)
    }

    /// A row as it is to be, where it changes.
    fn to_be(&self, path: &BlockPath) -> Option<&Option<BlockRow>> {
        let whole = || {
            let at = self.whole.binary_search_by(|(known, _)| known.cmp(path)).ok()?;
            self.whole.get(at).map(|(_, row)| row)
        };
        self.changed.get(path).or_else(whole)
    }

    /// Whether the block, or a part of it that these refiners lead to, is
    /// compared whole.
    fn is_open(&self, path: &BlockPath, parent: Option<usize>, refiners: &[(u8, u32)]) -> Result<bool> {
        let row = match self.to_be(path) {
            Some(row) => row.clone(),
            None => self.rows.blocks(&[path])?.pop().flatten(),
        };
        let Some(row) = row else { return Ok(false) };
        let size = row.size as usize;
        if row.members.is_some() {
            return Ok(true);
        }
        if !is_split(size, parent, self.rows.bundle.block_size_max()) {
            return Ok(false);
        }
        let from = last_refiner(path).map_or(0, |last| last + 1);
        for &(refiner, key) in refiners.iter().filter(|(refiner, _)| *refiner >= from) {
            if self.is_open(&child_path(path, refiner, key), Some(size), refiners)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Adds all changes to `batch`, and returns what may be remembered once they
    /// are made.
    pub fn write(self, batch: &mut Batch) -> Memory {
        let db = &self.rows.store.db;
        let mut changed: Vec<(BlockPath, Option<BlockRow>)> = self.changed.into_iter().collect();
        changed.par_sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let put = |rows: &[(BlockPath, Option<BlockRow>)], batch: &mut Batch| {
            let mut bytes = Vec::new();
            for (path, row) in rows {
                match row {
                    Some(row) => {
                        bytes = row.encode_over(std::mem::take(&mut bytes));
                        db.put(batch, Family::Blocks, path, &bytes);
                    }
                    None => db.delete(batch, Family::Blocks, path),
                }
            }
        };
        debug_assert!(self.whole.is_sorted_by(|a, b| a.0 < b.0));
        put_all(batch, &self.whole, put);
        put_all(batch, &changed, put);
        let_go(self.whole.len(), (self.whole, changed));
        let mut crowds: Vec<(Vec<u8>, bool)> = self
            .crowds
            .iter()
            .map(|((path, member), is_there)| (crowd_key(path, *member), *is_there))
            .collect();
        crowds.sort_unstable();
        for (key, is_there) in crowds {
            match is_there {
                true => db.put(batch, Family::Crowds, &key, &[]),
                false => db.delete(batch, Family::Crowds, &key),
            }
        }
        self.memory
    }
}

/// Takes the parts of a block that is split from now on.
struct Grown<'t, 'a> {
    trees: &'t mut Trees<'a>,
    opens: bool,
}

impl TreeSink for Grown<'_, '_> {
    fn large(&mut self, path: &BlockPath, size: usize) -> Result<()> {
        let row = BlockRow { size: size as u32, members: None };
        self.trees.changed.insert(path.clone(), Some(row));
        Ok(())
    }

    fn block(&mut self, path: &BlockPath, members: &[Number]) -> Result<()> {
        let row = BlockRow { size: members.len() as u32, members: Some(members.into()) };
        self.trees.changed.insert(path.clone(), Some(row));
        if self.opens {
            self.trees.found.opened.push(members.to_vec());
        }
        for &member in members {
            if self.trees.moved.contains(&member) {
                let others = members.iter().filter(|other| **other != member);
                let pairs = others.map(|&other| (member.min(other), member.max(other)));
                self.trees.found.pairs.extend(pairs);
            }
        }
        Ok(())
    }

    fn crowd(&mut self, path: &BlockPath, members: &[Number]) -> Result<()> {
        members.iter().for_each(|&member| _ = self.trees.crowds.insert((path.clone(), member), true));
        Ok(())
    }
}

/// Sorted members less those who go, with those who come.
fn changed_members(mut members: Members, touched: &[Touch]) -> Members {
    members.retain(|member| !touched.iter().any(|touch| touch.number == *member && !touch.is));
    let come = touched.iter().filter(|touch| touch.is && !touch.was);
    members.extend(come.map(|touch| touch.number));
    members.sort_unstable();
    members
}

/// Every key of two sorted lists in order, and in which it stands.
fn both<'k, T: Ord + Copy>(
    before: &'k [T],
    after: &'k [T],
) -> impl Iterator<Item = (T, bool, bool)> + use<'k, T> {
    let (mut before, mut after) = (before.iter().copied().peekable(), after.iter().copied().peekable());
    std::iter::from_fn(move || {
        let key = match (before.peek(), after.peek()) {
            (Some(old), Some(new)) => *old.min(new),
            (old, new) => *old.or(new)?,
        };
        Some((key, before.next_if_eq(&key).is_some(), after.next_if_eq(&key).is_some()))
    })
}

/// What one thread looks at at once; no key is parted.
fn parts_of(mut keys: &[(RootKey, Touch)]) -> impl Iterator<Item = &[(RootKey, Touch)]> {
    std::iter::from_fn(move || {
        let last = keys.get(VISITS_TOGETHER.min(keys.len()).checked_sub(1)?)?.0;
        let (some, rest) = keys.split_at(keys.partition_point(|(key, _)| *key <= last));
        keys = rest;
        Some(some)
    })
}

fn common<T: Ord + Copy>(a: &[T], b: &[T]) -> Vec<T> {
    a.iter().copied().filter(|key| b.binary_search(key).is_ok()).collect()
}

impl Rows<'_> {
    fn blocks(&self, paths: &[&BlockPath]) -> Result<Vec<Option<BlockRow>>> {
        by_key(self.store, Family::Blocks, paths, BlockRow::decode)
    }

    /// The members of a large block.
    fn crowd(&self, path: &BlockPath) -> Result<Members> {
        let prefix = crowd_prefix(path);
        let mut members = Members::new();
        self.store.db.scan(Family::Crowds, &prefix, &[], |key, _| {
            members.push(super::gather::number_of(key.get(prefix.len()..).unwrap_or_default())?);
            Ok(true)
        })?;
        Ok(members)
    }

    /// All that a block was split into, however deep.
    fn parts(&self, path: &BlockPath) -> Result<Vec<(BlockPath, BlockRow)>> {
        let mut parts = Vec::new();
        self.store.db.scan(Family::Blocks, path, &[], |key, value| {
            if key.len() > path.len() {
                parts.push((BlockPath::from_slice(key), BlockRow::decode(value)?));
            }
            Ok(true)
        })?;
        Ok(parts)
    }

    pub fn gather(&self, numbers: &[Number]) -> Result<Gathered> {
        Ok(Gathered::new(&self.normals(numbers)?, &self.store.terms, self.bundle))
    }
}
