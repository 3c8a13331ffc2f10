//! Works operations into the graph: a set of them at a time, each set one
//! atomic write. Whatever the sets, the graph ends as a batch over the records
//! that are left would make it.

use super::customers::{CustomerMaker, Formed, digest};
use super::gather::{Gathered, RowMaker};
use super::identity::{self, Former};
use super::judge;
use super::keys::{RecordKeys, keys_of};
use super::operation::{Answer, Operation, Position};
use super::pin;
use super::prepared::Prepared;
use super::relink::Links;
use super::rows::{Rows, by_key, by_number, let_go, put_all};
use super::search;
use super::told::{Telling, Told, cause};
use super::tree::{Moved, Trees};
use super::{Graph, Hot};
use crate::engine::clustering;
use crate::engine::golden::Golden;
use crate::engine::matching::Pair;
use crate::error::{Error, Result};
use crate::rules::Without;
use crate::store::{
    Batch, Counters, CustomerRow, EventKind, Family, NameRow, NormalRow, Number, RecordRow, Store, TermKind,
    broken, name_key,
};
use compact_str::CompactString;
use hashbrown::{HashMap, HashSet};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Fewer operations than this are worked in on one thread.
const ALONE_MAX: usize = 8;
/// Records that one thread makes rows of at once.
const ROWS_TOGETHER: usize = 256;
/// Customers that are formed before they are told: where rules change they may
/// be all that the store has.
const CUSTOMERS_TOGETHER: usize = 1 << 13;

impl Graph {
    /// Works `operations` in, in their order. When this returns they are on
    /// disk. `now` is the time in microseconds since 1970.
    ///
    /// # Errors
    /// The store cannot be read or written; nothing is half done then.
    pub fn apply(&mut self, operations: &[Operation], now: i64) -> Result<Vec<Answer>> {
        self.apply_and_pass(operations, &[], now)
    }

    /// As [`Graph::apply`]; with the last of the operations goes how far their
    /// streams came, past what was no operation.
    ///
    /// # Errors
    /// As [`Graph::apply`].
    pub fn apply_and_pass(
        &mut self,
        operations: &[Operation],
        passed: &[Position],
        now: i64,
    ) -> Result<Vec<Answer>> {
        let mut answers = Vec::with_capacity(operations.len());
        let mut rest = operations;
        while !rest.is_empty() {
            let (set, later) = rest.split_at(length_without_repeat(rest));
            let passed = if later.is_empty() { passed } else { &[] };
            let prepared = Prepared::new(&self.bundle, set);
            answers.extend(self.apply_set(set, &prepared, passed, now)?);
            rest = later;
        }
        if operations.is_empty() && !passed.is_empty() {
            let prepared = Prepared::new(&self.bundle, &[]);
            self.apply_set(&[], &prepared, passed, now)?;
        }
        Ok(answers)
    }

    /// Whether these operations can be worked in together, as they were made
    /// ready.
    pub(super) fn can_take(&self, operations: &[Operation], prepared: &Prepared) -> bool {
        prepared.is_under(&self.bundle)
            && prepared.len() == operations.len()
            && length_without_repeat(operations) == operations.len()
    }

    /// Operations on as many different records.
    fn apply_set(
        &mut self,
        operations: &[Operation],
        prepared: &Prepared,
        passed: &[Position],
        now: i64,
    ) -> Result<Vec<Answer>> {
        let worked = self.work_set(operations, prepared, passed, now)?;
        self.settle(worked)
    }

    /// Writes what was worked in to disk, and returns its answers.
    pub(super) fn settle(&mut self, worked: Worked) -> Result<Vec<Answer>> {
        let Worked { batch, answers, counters } = worked;
        if !batch.is_empty()
            && let Err(error) = self.store.db.commit(batch)
        {
            self.take_back(counters);
            return Err(error);
        }
        Ok(answers)
    }

    /// Forgets what was worked in and could not be written.
    pub(super) fn take_back(&mut self, counters: Counters) {
        self.store.counters = counters;
        self.hot = Hot::default();
    }

    /// Works operations on as many different records in, up to what is to be
    /// written.
    pub(super) fn work_set(
        &mut self,
        operations: &[Operation],
        prepared: &Prepared,
        passed: &[Position],
        now: i64,
    ) -> Result<Worked> {
        let counters = self.store.counters;
        // Large sets are on the pool from the start: going there for each small
        // piece of work would take longer than the work, and for a few changes
        // waking another thread would.
        let result = match operations.len() {
            ..ALONE_MAX => self.try_work_set(operations, prepared, passed, now),
            _ => rayon::scope(|_| self.try_work_set(operations, prepared, passed, now)),
        };
        if result.is_err() {
            self.take_back(counters);
        }
        result.map(|(batch, answers)| Worked { batch, answers, counters })
    }

    fn try_work_set(
        &mut self,
        operations: &[Operation],
        prepared: &Prepared,
        passed: &[Position],
        now: i64,
    ) -> Result<(Batch, Vec<Answer>)> {
        let mut batch = Batch::default();
        let plan = self.plan(operations)?;
        self.put_positions(&plan, &mut batch);
        for Position { stream, place } in passed {
            self.store.put_position(&mut batch, stream, *place);
        }
        let dirty = match plan.iter().any(|planned| planned.is_void && planned.operation.fields.is_some()) {
            // What is not taken must leave no name behind.
            true => {
                let prepared = Prepared::of_some(&self.bundle, operations, |at| !plan[at].is_void);
                self.dirty(&plan, &prepared, &mut batch)?
            }
            false => self.dirty(&plan, prepared, &mut batch)?,
        };
        let mut told = Told::of(cause(&dirty), now);
        if !dirty.is_empty() {
            let stirred = self.stirred_by_pins(&dirty)?;
            self.work_in(&dirty, &stirred, &mut batch, &mut told)?;
        }
        for planned in &plan {
            let key = name_key(&planned.operation.source, &planned.operation.record_id);
            match planned.name_after {
                Some(row) if row == planned.name => {}
                Some(row) => self.store.db.put(&mut batch, Family::Names, &key, &row.encode()),
                None if planned.name.number.is_some() => {
                    self.store.db.delete(&mut batch, Family::Names, &key)
                }
                None => {}
            }
        }
        let answers = plan.iter().map(|planned| self.answer(planned, &told)).collect::<Result<_>>()?;
        if !batch.is_empty() {
            self.put_operations(&plan, passed, &mut batch, &told)?;
            self.put_state(&mut batch);
        }
        let_go(dirty.len(), (dirty, told));
        Ok((batch, answers))
    }

    /// Adds the names and counts that changed to `batch`.
    fn put_state(&mut self, batch: &mut Batch) {
        let Store { db, terms, .. } = &mut self.store;
        terms.write(db, batch);
        self.store.put_counters(batch);
    }

    /// Writes `batch`, with the names and counts that changed, to disk.
    pub(super) fn commit(&mut self, mut batch: Batch) -> Result<()> {
        self.put_state(&mut batch);
        self.store.db.commit(batch)
    }

    /// The answer to an operation. The customer of a record that is not in hand
    /// stays what it was.
    fn answer(&self, planned: &Planned, told: &Told) -> Result<Answer> {
        let number = planned.name_after.and_then(|row| row.number);
        let after = match number {
            None => None,
            Some(number) => match told.owners.get(&number) {
                Some(owner) => Some(owner.clone()),
                None => self.owner(number)?,
            },
        };
        let before = planned.name.number.and_then(|number| told.former_owners.get(&number));
        let concerned = [after.as_ref(), before].into_iter().flatten().filter(|_| !planned.is_void);
        Ok(Answer {
            source: planned.operation.source.clone(),
            record_id: planned.operation.record_id.clone(),
            changes: told.changes_of(concerned),
            customer_id: after.map(String::from),
            suppressed: planned.is_suppressed,
            repeated: planned.is_repeated,
        })
    }

    /// What each operation will do to its record's name.
    fn plan<'o>(&mut self, operations: &'o [Operation]) -> Result<Vec<Planned<'o>>> {
        let keys: Vec<Vec<u8>> =
            operations.iter().map(|operation| name_key(&operation.source, &operation.record_id)).collect();
        let names = by_key(&self.store, Family::Names, &keys, NameRow::decode)?;
        let mut plan = Vec::with_capacity(operations.len());
        let mut passed = HashMap::new();
        for (operation, name) in operations.iter().zip(names) {
            let name = name.unwrap_or_default();
            let is_suppressed =
                !self.is_erasing && self.store.is_suppressed(&operation.source, &operation.record_id)?;
            let is_repeated = self.is_repeated(operation, &mut passed)?;
            let is_late = is_suppressed
                || is_repeated
                || matches!((operation.at, name.at), (Some(at), Some(known)) if at < known);
            let at = operation.at.max(name.at);
            let name_after = match (&operation.fields, is_late) {
                (_, true) => (name.number.is_some() || name.at.is_some()).then_some(name),
                (Some(_), false) => Some(NameRow { number: Some(self.number(name.number)?), at }),
                // The version of a deleted record is kept, so that what comes
                // late does not bring it back.
                (None, false) => at.map(|at| NameRow { number: None, at: Some(at) }),
            };
            let is_void = is_late || (operation.fields.is_none() && name.number.is_none());
            plan.push(Planned { operation, name, name_after, is_void, is_late, is_suppressed, is_repeated });
        }
        Ok(plan)
    }

    /// Whether the operation's place in its stream was passed, in the store or
    /// by an operation before it.
    fn is_repeated<'o>(
        &self,
        operation: &'o Operation,
        passed: &mut HashMap<&'o str, Option<u64>>,
    ) -> Result<bool> {
        let Some(Position { stream, place }) = &operation.position else { return Ok(false) };
        let last = match passed.get(stream.as_str()) {
            Some(last) => *last,
            None => self.store.position(stream)?,
        };
        passed.insert(stream, last.max(Some(*place)));
        Ok(last.is_some_and(|last| *place <= last))
    }

    /// Remembers how far each stream came, together with its effects.
    fn put_positions(&self, plan: &[Planned], batch: &mut Batch) {
        for planned in plan.iter().filter(|planned| !planned.is_repeated) {
            if let Some(Position { stream, place }) = &planned.operation.position {
                self.store.put_position(batch, stream, *place);
            }
        }
    }

    fn number(&mut self, known: Option<Number>) -> Result<Number> {
        if let Some(number) = known {
            return Ok(number);
        }
        let number = self.store.counters.next_number;
        self.store.counters.next_number = number.checked_add(1).ok_or_else(|| {
            Error::failed("the store has given away all its record numbers")
                .with_hint("load its records into a new store")
        })?;
        Ok(number)
    }

    /// The records that differ from what is stored.
    fn dirty(&mut self, plan: &[Planned], prepared: &Prepared, batch: &mut Batch) -> Result<Vec<Dirty>> {
        let known: Vec<Number> = plan.iter().filter_map(|planned| planned.name.number).collect();
        let normals = by_number(&self.store, Family::Normals, &known, NormalRow::decode)?;
        let mut stored: HashMap<Number, NormalRow> =
            known.into_iter().zip(normals).filter_map(|(number, row)| Some((number, row?))).collect();
        let mut dirty = Vec::new();
        let mut coming: Vec<(&Planned, usize, RecordRow)> = Vec::new();
        for (at, planned) in plan.iter().enumerate().filter(|(_, planned)| !planned.is_void) {
            let (Some(fields), Some(place)) = (&planned.operation.fields, prepared.place(at)) else {
                let Some(number) = planned.name.number else { continue };
                let before = stored.remove(&number).map(Arc::new);
                self.store.db.delete(batch, Family::Records, &number.to_be_bytes());
                dirty.push(Dirty { number, before, after: None, keys: None, of: planned.cause() });
                continue;
            };
            let terms = &mut self.store.terms;
            let row = RecordRow {
                source: terms.number(TermKind::Source, &planned.operation.source),
                id: planned.operation.record_id.clone(),
                at: planned.name_after.and_then(|name| name.at),
                fields: fields
                    .iter()
                    .map(|(column, value)| (terms.number(TermKind::Column, column), value.into()))
                    .collect(),
            };
            coming.push((planned, place, row));
        }
        coming.sort_unstable_by_key(|(_, place, _)| *place);
        let records = &prepared.records;
        let rows = RowMaker::new(records, &mut self.store.terms);
        let normal = |(_, place, row): &(&Planned, usize, RecordRow)| {
            let mut normal = rows.row(records, *place);
            // A record that does not say when it last changed did when it came.
            normal.updated_at = normal.updated_at.or(row.at.map(|at| at.div_euclid(1_000_000)));
            normal
        };
        // Waking the pool would take longer than a few rows do.
        let normals: Vec<NormalRow> = match coming.len() {
            ..ROWS_TOGETHER => coming.iter().map(normal).collect(),
            _ => coming.par_iter().with_min_len(ROWS_TOGETHER).map(normal).collect(),
        };
        for ((planned, place, row), after) in coming.into_iter().zip(normals) {
            let Some(number) = planned.name_after.and_then(|name| name.number) else { continue };
            let before = planned.name.number.and_then(|number| stored.remove(&number));
            let is_same = before.as_ref() == Some(&after);
            // A record that came before need not be written again.
            let raw = if is_same { self.raw(number)? } else { None };
            if raw.is_some_and(|raw| same_content(&raw, &row)) {
                continue;
            }
            self.store.db.put(batch, Family::Records, &number.to_be_bytes(), &row.encode());
            if !is_same {
                let (before, after) = (before.map(Arc::new), Some(Arc::new(after)));
                let keys = Some(prepared.keys(place));
                dirty.push(Dirty { number, before, after, keys, of: planned.cause() });
            }
        }
        Ok(dirty)
    }

    /// A record as it came.
    fn raw(&self, number: Number) -> Result<Option<RecordRow>> {
        Ok(self.store.by_number(Family::Records, &[number], RecordRow::decode)?.pop().flatten())
    }

    /// Records whose customers are to be worked out anew because a pin of
    /// theirs rests on a record that comes or goes.
    fn stirred_by_pins(&self, dirty: &[Dirty]) -> Result<Vec<Number>> {
        if self.store.pinned.is_empty() {
            return Ok(Vec::new());
        }
        let moves = dirty.iter().filter(|dirty| dirty.before.is_none() != dirty.after.is_none());
        let name = |row: &NormalRow| {
            (self.store.terms.text(TermKind::Source, row.source).to_owned(), row.id.to_string())
        };
        let rows = moves.filter_map(|dirty| dirty.after.as_ref().or(dirty.before.as_ref()));
        let mut stirred = pin::stirred(&self.store, &rows.map(|row| name(row)).collect::<Vec<_>>())?;
        let gone: HashSet<Number> =
            dirty.iter().filter(|dirty| dirty.after.is_none()).map(|dirty| dirty.number).collect();
        stirred.retain(|number| !gone.contains(number));
        Ok(stirred)
    }

    /// Works records that differ into blocks, links and customers. The customers
    /// of `stirred` records are worked out anew as well.
    pub(super) fn work_in(
        &mut self,
        dirty: &[Dirty],
        stirred: &[Number],
        batch: &mut Batch,
        told: &mut Told,
    ) -> Result<()> {
        let moved = self.moved(dirty);
        let changed = dirty.iter().map(|dirty| (dirty.number, dirty.after.clone())).collect();
        let Hot { mut warm, trees } = std::mem::take(&mut self.hot);
        warm.forget(dirty);
        let rows = Rows::new(&self.store, &self.bundle, changed);
        let mut trees = Trees::new(&rows, trees);
        let candidates = trees.apply(&moved)?;
        let mut links = Links::new(&rows);
        let moving: Vec<(Number, bool)> =
            dirty.iter().map(|dirty| (dirty.number, dirty.after.is_some())).collect();
        links.apply(&moving, &candidates, &trees, &mut warm)?;
        links.stirred.extend(stirred);
        let numbers = links.components()?;
        let gathered = rows.gather(&numbers)?;
        let golden = self.partition(&gathered, &links, &rows)?;
        let trees = trees.write(batch);
        links.write(batch);
        self.hot = Hot { warm, trees };
        let_go(dirty.len(), (rows.into_read(), candidates, moved));
        let db = &self.store.db;
        put_all(batch, dirty, |some, batch| {
            for dirty in some {
                let key = dirty.number.to_be_bytes();
                match &dirty.after {
                    Some(row) => db.put(batch, Family::Normals, &key, &row.encode()),
                    None => db.delete(batch, Family::Normals, &key),
                }
            }
        });
        let come = dirty.iter().filter(|dirty| dirty.before.is_none() && dirty.after.is_some()).count();
        let gone = dirty.iter().filter(|dirty| dirty.before.is_some() && dirty.after.is_none()).count();
        self.store.counters.records = (self.store.counters.records + come as u64).saturating_sub(gone as u64);
        let former = self.former(dirty, &gathered, told)?;
        self.identify(&former, &gathered, &golden, batch, told)?;
        for dirty in dirty.iter().filter(|dirty| dirty.after.is_none()) {
            self.store.db.delete(batch, Family::Owners, &dirty.number.to_be_bytes());
        }
        let_go(numbers.len(), (former, golden, gathered));
        Ok(())
    }

    /// The keys of each record before and after.
    fn moved(&self, dirty: &[Dirty]) -> Vec<Moved> {
        let side = |pick: fn(&Dirty) -> Option<&Arc<NormalRow>>| -> HashMap<Number, RecordKeys> {
            let rows: Vec<(Number, Arc<NormalRow>)> =
                dirty.iter().filter_map(|dirty| Some((dirty.number, pick(dirty)?.clone()))).collect();
            if rows.is_empty() {
                return HashMap::new();
            }
            let gathered = Gathered::new(&rows, &self.store.terms, &self.bundle);
            let keys = keys_of(&self.bundle, &gathered.records);
            gathered.numbers.into_iter().zip(keys).collect()
        };
        let mut before = side(|dirty| dirty.before.as_ref());
        let mut after = side(|dirty| dirty.after.as_ref().filter(|_| dirty.keys.is_none()));
        let moved = |dirty: &Dirty| Moved {
            number: dirty.number,
            before: before.remove(&dirty.number).unwrap_or_default(),
            after: dirty.keys.clone().or_else(|| after.remove(&dirty.number)).unwrap_or_default(),
        };
        dirty.iter().map(moved).collect()
    }

    /// The customers that whole components make.
    fn partition(&self, gathered: &Gathered, links: &Links, rows: &Rows) -> Result<Golden> {
        let mut matcher = self.bundle.matcher(&gathered.records);
        matcher.judged = judge::of_records(&self.store, gathered);
        let pairs = links.among(gathered);
        let weigh = |&(a, b): &(u32, u32)| matcher.weigh(a, b);
        let pairs: Vec<Pair> = match pairs.len() {
            ..ROWS_TOGETHER => pairs.iter().map(weigh).collect(),
            _ => pairs.par_iter().with_min_len(ROWS_TOGETHER).map(weigh).collect(),
        };
        let clusters = clustering::cluster(&matcher, &pairs, self.bundle.bits().link, Without::default());
        let mut golden = Golden::new(&gathered.records, &clusters.leader_of, &self.bundle.rules);
        golden.pin(pin::of_records(&self.store, gathered, |name| pin::is_there(rows, name))?);
        Ok(golden)
    }

    /// Settles which customer each cluster is, and tells what changed.
    pub(super) fn identify(
        &mut self,
        former: &[Former],
        gathered: &Gathered,
        golden: &Golden,
        batch: &mut Batch,
        told: &mut Told,
    ) -> Result<()> {
        let mut terms = std::mem::take(&mut self.store.terms);
        let maker = CustomerMaker::new(&gathered.records, golden, &gathered.numbers, &mut terms);
        self.store.terms = terms;
        let clusters: Vec<Vec<Number>> = (0..golden.len()).map(|at| maker.members(at)).collect();
        let settled = identity::settle(former, &clusters);
        let mut ids: Vec<CompactString> = Vec::with_capacity(clusters.len());
        let mut given: HashSet<CompactString> = HashSet::new();
        for (cluster, kept) in settled.kept.iter().enumerate() {
            ids.push(match kept {
                Some(at) => former[*at].id.clone(),
                None => {
                    let first = golden.members(cluster)[0] as usize;
                    let keys = &gathered.records.keys;
                    let id = identity::new_id(keys.source(first), keys.id(first), |id| {
                        Ok::<_, Error>(given.contains(id) || self.is_taken(id)?)
                    })?;
                    given.insert(id.clone());
                    id
                }
            });
        }
        let mut tell = Telling::new(self, batch, told);
        for start in (0..ids.len()).step_by(CUSTOMERS_TOGETHER) {
            let some = start..ids.len().min(start + CUSTOMERS_TOGETHER);
            let terms = &tell.graph.store.terms;
            let formed =
                |cluster: usize| maker.formed(cluster, settled.kept[cluster].map(|at| &former[at]), terms);
            let formed: Vec<Formed> = match some.len() {
                ..ROWS_TOGETHER => some.clone().map(formed).collect(),
                _ => some.clone().into_par_iter().with_min_len(ROWS_TOGETHER).map(formed).collect(),
            };
            let mut changed = Vec::with_capacity(some.len());
            for (cluster, formed) in some.zip(formed) {
                let id = &ids[cluster];
                let kept = settled.kept[cluster].map(|at| &former[at]);
                let Formed { mut row, state, digest, words } = formed;
                let taken_in: Vec<CompactString> =
                    settled.merged[cluster].iter().map(|&at| former[at].id.clone()).collect();
                let split: Vec<CompactString> = match settled.kept[cluster] {
                    Some(at) => settled.parts[at]
                        .iter()
                        .filter(|part| **part != cluster)
                        .map(|part| ids[*part].clone())
                        .collect(),
                    None => Vec::new(),
                };
                if !taken_in.is_empty() {
                    tell.event(EventKind::Merged, id, taken_in, Some(state.clone()));
                }
                if !split.is_empty() {
                    tell.event(EventKind::Split, id, split, Some(state.clone()));
                }
                match kept {
                    None => row.born = tell.event(EventKind::Created, id, Vec::new(), Some(state)),
                    Some(_) if words.is_none() && tell.told.is_told(id, &state) => {}
                    Some(_)
                        if settled.merged[cluster].is_empty()
                            && settled.parts[settled.kept[cluster].unwrap_or_default()].len() == 1 =>
                    {
                        tell.event(EventKind::Changed, id, Vec::new(), Some(state));
                    }
                    Some(_) => {}
                }
                let counters = &mut tell.graph.store.counters;
                counters.digest = counters.digest.wrapping_add(digest);
                for &member in &row.members {
                    if tell.told.former_owners.get(&member) != Some(id) {
                        let key = member.to_be_bytes();
                        tell.graph.store.db.put(tell.batch, Family::Owners, &key, id.as_bytes());
                    }
                    tell.told.owners.insert(member, id.clone());
                }
                changed.extend(words.map(|words| (cluster, row, words)));
            }
            let store = &tell.graph.store;
            put_all(tell.batch, &changed, |some, batch| {
                for (cluster, row, [before, after]) in some {
                    let id = &ids[*cluster];
                    store.db.put(batch, Family::Customers, id.as_bytes(), &row.encode());
                    search::put_words(store, batch, id, before, after);
                }
            });
            let_go(changed.len(), changed);
            tell.put_events();
        }
        let mut survived = vec![false; former.len()];
        settled.kept.iter().flatten().for_each(|&at| survived[at] = true);
        for (at, customer) in former.iter().enumerate() {
            if survived[at] {
                continue;
            }
            let successors: Vec<CompactString> =
                settled.parts[at].iter().map(|part| ids[*part].clone()).collect();
            let row = successors.join("\n");
            tell.graph.store.db.put(tell.batch, Family::Lineage, customer.id.as_bytes(), row.as_bytes());
            tell.graph.store.db.delete(tell.batch, Family::Customers, customer.id.as_bytes());
            let words = search::words_of(&customer.row, &tell.graph.store.terms);
            search::put_words(&tell.graph.store, tell.batch, &customer.id, &words, &BTreeSet::new());
            let is_erased = tell.graph.is_erasing && successors.is_empty();
            let kind = if is_erased { EventKind::Erased } else { EventKind::Retired };
            tell.event(kind, &customer.id, successors, None);
        }
        drop(tell);
        let counters = &mut self.store.counters;
        counters.customers = (counters.customers + clusters.len() as u64).saturating_sub(former.len() as u64);
        Ok(())
    }

    /// The customers that the records belonged to, by id. Their share of the
    /// digest is taken out.
    pub(super) fn former(
        &mut self,
        dirty: &[Dirty],
        gathered: &Gathered,
        told: &mut Told,
    ) -> Result<Vec<Former>> {
        let mut numbers = gathered.numbers.clone();
        numbers.extend(dirty.iter().filter(|dirty| dirty.after.is_none()).map(|dirty| dirty.number));
        let owners = by_number(&self.store, Family::Owners, &numbers, owner_of)?;
        for (number, owner) in numbers.iter().zip(&owners) {
            if let Some(owner) = owner {
                told.former_owners.insert(*number, owner.clone());
            }
        }
        let mut ids: Vec<CompactString> = owners.into_iter().flatten().collect();
        ids.sort_unstable();
        ids.dedup();
        let customers = by_key(&self.store, Family::Customers, &ids, CustomerRow::decode)?;
        let mut former = Vec::with_capacity(ids.len());
        let gone: HashMap<Number, &Arc<NormalRow>> = dirty
            .iter()
            .filter(|dirty| dirty.after.is_none())
            .filter_map(|dirty| Some((dirty.number, dirty.before.as_ref()?)))
            .collect();
        for (id, row) in ids.into_iter().zip(customers) {
            let row = row.ok_or_else(|| broken("customer"))?;
            let names = row.members.iter().map(|member| match gathered.place(*member) {
                Some(place) => {
                    let keys = &gathered.records.keys;
                    Ok((keys.source(place as usize), keys.id(place as usize)))
                }
                None => {
                    let row = gone.get(member).ok_or_else(|| broken("customer"))?;
                    Ok((self.store.terms.text(TermKind::Source, row.source), row.id.as_str()))
                }
            });
            let names = names.collect::<Result<Vec<_>>>()?;
            let share = digest(names.into_iter());
            self.store.counters.digest = self.store.counters.digest.wrapping_sub(share);
            former.push(Former { id, row });
        }
        Ok(former)
    }

    fn is_taken(&self, id: &str) -> Result<bool> {
        let db = &self.store.db;
        Ok(db.get(Family::Customers, id.as_bytes())?.is_some()
            || db.get(Family::Lineage, id.as_bytes())?.is_some())
    }

    /// The customer that a record belongs to.
    pub fn owner(&self, number: Number) -> Result<Option<CompactString>> {
        Ok(self.store.by_number(Family::Owners, &[number], owner_of)?.pop().flatten())
    }
}

/// Reads the row of a record's customer.
pub fn owner_of(bytes: &[u8]) -> Result<CompactString> {
    Ok(std::str::from_utf8(bytes).map_err(|_| broken("record's customer"))?.into())
}

/// A set of operations worked in, and not yet on disk.
pub struct Worked {
    pub(super) batch: Batch,
    pub(super) answers: Vec<Answer>,
    /// What the store counted before.
    pub(super) counters: Counters,
}

/// One operation and what it does to its record's name.
pub(super) struct Planned<'o> {
    pub operation: &'o Operation,
    name: NameRow,
    name_after: Option<NameRow>,
    /// It changes nothing: it is late, or deletes what is not there.
    is_void: bool,
    /// It is older than what is known, and changes not even that.
    pub is_late: bool,
    /// The record was erased, and is not taken again.
    is_suppressed: bool,
    /// Its place in its stream was passed already.
    pub is_repeated: bool,
}

impl Planned<'_> {
    fn cause(&self) -> String {
        let what = if self.operation.fields.is_some() { "upsert" } else { "delete" };
        format!("{what} {}:{}", self.operation.source, self.operation.record_id)
    }
}

/// A record whose normal form changes.
pub(super) struct Dirty {
    pub number: Number,
    pub before: Option<Arc<NormalRow>>,
    pub after: Option<Arc<NormalRow>>,
    /// Its blocks after, where they are known.
    pub keys: Option<RecordKeys>,
    /// What changes it.
    pub of: String,
}

/// Whether two versions of a record say the same, columns in any order.
fn same_content(a: &RecordRow, b: &RecordRow) -> bool {
    let sorted = |row: &RecordRow| {
        let mut fields = row.fields.clone();
        fields.sort_unstable();
        fields
    };
    a.at == b.at && sorted(a) == sorted(b)
}

/// How many operations come before one on a record met already.
fn length_without_repeat(operations: &[Operation]) -> usize {
    let mut met = HashSet::with_capacity(operations.len());
    let names = operations.iter().map(|operation| (operation.source.as_str(), operation.record_id.as_str()));
    names.take_while(|name| met.insert(*name)).count()
}
