//! The journal: what changed the graph, kept with each change, and a copy of
//! the store brought to a later moment by it. Every change is a function of the
//! graph before it and of what was asked, so asking again gives the same graph.
//! What was erased in the meantime stays erased.

use super::Graph;
use super::apply::Planned;
use super::bundle::Bundle;
use super::judge::{By, Name};
use super::operation::{Operation, Position};
use super::told::Told;
use crate::error::{Error, Result};
use crate::store::{
    Batch, Deed, Entry, Family, JudgementRow, Location, NameRow, OperationRow, Reader, Store, TermKind,
    Terms, broken,
};
use hashbrown::HashSet;
use std::sync::Arc;

/// How long entries are kept, in microseconds.
const KEPT_MICROSECONDS: i64 = 30 * 24 * 3600 * 1_000_000;

/// Entries after which old ones are taken away.
const TRIMMED_EVERY: u64 = 4096;

/// Up to which moment, that included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// A sequence number of the change feed.
    Change(u64),
    /// Microseconds since 1970.
    Time(i64),
}

/// What bringing a copy to a moment did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Replayed {
    /// Sets of changes that were worked in again.
    pub entries: u64,
    /// Records of the copy that were erased since, and are again.
    pub erased: u64,
    /// The last change that the moment knows, in the numbers of the log.
    pub last_change: u64,
}

/// Makes a store in `target` as it was at a moment: of the copy `from`, made
/// before, and the journal of `log`, the store itself or a later copy of it.
/// `now` is the time in microseconds since 1970.
///
/// # Errors
/// The two are of different stores, the journal does not reach from the copy to
/// the moment, or one of them cannot be read or written.
pub fn restore_until(
    from: impl Into<Location>,
    log: impl Into<Location>,
    target: impl Into<Location>,
    until: Until,
    now: i64,
) -> Result<Replayed> {
    let (from, target) = (from.into(), target.into());
    let (copy, log) = (Store::open_read_only(&from)?, Store::open_read_only(log)?);
    check_line(&copy, &log)?;
    check_reach(&copy, &log, until)?;
    if target.holds_store() {
        return Err(Error::usage(format!("there is a store in `{}` already", target.path.display()))
            .with_hint("move it away first; nothing is overwritten"));
    }
    let part = super::part_of(&target)?;
    super::restore(&from, &part)?;
    let mut graph = Graph::open(&part)?;
    let mut found = Replayed { last_change: copy.counters.last_change, ..Replayed::default() };
    found.erased = graph.erase_again(&log, now)?;
    if found.erased > 0 {
        // Opening anew writes the list of files afresh, without the keys of old
        // ones.
        drop(graph);
        graph = Graph::open(&part)?;
    }
    log.entries(copy.counters.journal, |_, entry| {
        let is_within = until.holds(&entry);
        if is_within {
            found.entries += 1;
            found.last_change = entry.last_change;
            graph.do_again(&log, entry)?;
        }
        Ok(is_within)
    })?;
    graph.close()?;
    super::take_place(&part, &target)?;
    Ok(found)
}

/// Whether the journal of `log` goes on where the copy ends.
fn check_line(copy: &Store, log: &Store) -> Result<()> {
    let other = || {
        Error::usage("the copy and the log are not of one store")
            .with_hint("the log is the store that the copy was made of, or a later copy of it")
    };
    let (line, _) = copy.lines()?.last().copied().ok_or_else(other)?;
    let lines = log.lines()?;
    let at = lines.iter().position(|(known, _)| *known == line).ok_or_else(other)?;
    match lines.get(at + 1) {
        // The log is of a store that was made of an earlier copy.
        Some((_, from)) if *from < copy.counters.journal => Err(other()),
        _ => Ok(()),
    }
}

fn check_reach(copy: &Store, log: &Store, until: Until) -> Result<()> {
    let mut last = None;
    if let Some(number) = copy.counters.journal.checked_sub(1) {
        copy.entries(number, |_, entry| {
            last = Some(entry.at);
            Ok(false)
        })?;
    }
    let is_later = match until {
        Until::Change(change) => change < copy.counters.last_change,
        Until::Time(time) => last.is_some_and(|last| time < last),
    };
    if is_later {
        return Err(Error::usage("the copy was made after that moment").with_hint("take an earlier copy"));
    }
    let mut first = log.counters.journal;
    log.entries(0, |number, _| {
        first = number;
        Ok(false)
    })?;
    if first > copy.counters.journal {
        return Err(Error::usage("the journal does not reach back to the copy")
            .with_hint("it is kept for 30 days: take a later copy, or the journal of an earlier one"));
    }
    match until {
        Until::Change(change) if change > log.counters.last_change => {
            let last = log.counters.last_change;
            Err(Error::usage(format!("the journal ends with change {last}")))
        }
        _ => Ok(()),
    }
}

impl Until {
    fn holds(self, entry: &Entry) -> bool {
        match self {
            Self::Change(change) => entry.last_change <= change,
            Self::Time(time) => entry.at <= time,
        }
    }
}

impl Graph {
    /// Adds what a set of operations asked to `batch`. What came late or is
    /// kept from coming back asked nothing.
    pub(super) fn put_operations(
        &mut self,
        plan: &[Planned],
        passed: &[Position],
        batch: &mut Batch,
        told: &Told,
    ) -> Result<()> {
        if self.is_erasing {
            return Ok(());
        }
        if self.store.counters.journal.is_multiple_of(TRIMMED_EVERY) {
            self.trim_journal(told.now())?;
        }
        let terms = &mut self.store.terms;
        let asked = plan.iter().filter(|planned| !planned.is_late).map(|planned| {
            let Operation { source, record_id, at, fields, .. } = planned.operation;
            let field =
                |(column, value): &(String, String)| (terms.number(TermKind::Column, column), value.clone());
            OperationRow {
                source: source.clone(),
                id: record_id.clone(),
                at: *at,
                fields: fields.as_ref().map(|fields| fields.iter().map(field).collect()),
            }
        });
        let asked: Vec<OperationRow> = asked.collect();
        let worked = plan.iter().filter(|planned| !planned.is_repeated);
        let positions = worked.filter_map(|planned| planned.operation.position.as_ref()).chain(passed);
        let positions = positions.map(|position| (position.stream.clone(), position.place)).collect();
        self.store.put_entry(batch, told.now(), Deed::Operations(asked, positions));
        Ok(())
    }

    /// Takes old entries away.
    pub(super) fn trim_journal(&self, now: i64) -> Result<()> {
        self.store.trim_journal(now.saturating_sub(KEPT_MICROSECONDS))
    }

    /// Strikes what these records held, and their names, out of the journal.
    pub(super) fn strike_entries(&self, names: &[Name], batch: &mut Batch) -> Result<()> {
        let erased: HashSet<(&str, &str)> =
            names.iter().map(|(source, id)| (source.as_str(), id.as_str())).collect();
        self.store.entries(0, |number, mut entry| {
            if let Deed::Operations(operations, _) = &mut entry.deed {
                let count = operations.len();
                operations.retain(|row| !erased.contains(&(row.source.as_str(), row.id.as_str())));
                if operations.len() < count {
                    self.store.rewrite_entry(batch, number, &entry);
                }
            }
            Ok(true)
        })
    }

    /// Erases what the store of the log has erased, or ever will have when this
    /// is asked: a copy still holds it.
    fn erase_again(&mut self, log: &Store, now: i64) -> Result<u64> {
        let mut names: Vec<Name> = Vec::new();
        self.store.db.scan(Family::Names, &[], &[], |key, value| {
            let Some((source, id)) = Terms::part_name(key) else { return Err(broken("record name")) };
            if NameRow::decode(value)?.number.is_some() && log.is_suppressed(source, id)? {
                names.push((source.to_owned(), id.to_owned()));
            }
            Ok(true)
        })?;
        if !names.is_empty() {
            self.erase(&names, now)?;
        }
        let mut batch = Batch::default();
        let mut count = 0;
        log.db.scan(Family::Suppressed, &[], &[], |key, value| {
            self.store.db.put(&mut batch, Family::Suppressed, key, value);
            count += 1;
            Ok(true)
        })?;
        self.store.counters.suppressed = count;
        self.commit(batch)?;
        Ok(names.len() as u64)
    }

    /// Does what an entry of the log says.
    fn do_again(&mut self, log: &Store, entry: Entry) -> Result<()> {
        match entry.deed {
            Deed::Operations(rows, positions) => {
                let operation = |row: OperationRow| Operation {
                    source: row.source,
                    record_id: row.id,
                    at: row.at,
                    fields: row.fields.map(|fields| {
                        let column = |term| log.terms.text(TermKind::Column, term).to_owned();
                        fields.into_iter().map(|(term, value)| (column(term), value)).collect()
                    }),
                    position: None,
                };
                let operations: Vec<Operation> = rows.into_iter().map(operation).collect();
                let passed = positions.into_iter().map(|(stream, place)| Position { stream, place });
                self.apply_and_pass(&operations, &passed.collect::<Vec<_>>(), entry.at).map(drop)
            }
            Deed::Judgements(first, count) => {
                let mut rows = Vec::new();
                log.db.scan(Family::Judgements, &[], &first.to_be_bytes(), |key, value| {
                    let is_within = Reader::new("judgement", key).key_wide()? < first + count;
                    if is_within {
                        rows.push(JudgementRow::decode(value)?);
                    }
                    Ok(is_within)
                })?;
                // One that was erased may have left its number to a later one.
                rows.retain(|row| row.at == entry.at);
                let Some(JudgementRow { who, why, approver, .. }) = rows.first().cloned() else {
                    return Ok(());
                };
                Arc::make_mut(&mut self.store.judged).made = first;
                let pairs = rows.into_iter().map(|row| (row.a, row.b, row.judgement)).collect();
                let by = By { who: &who, why: &why, approver: approver.as_deref() };
                self.judge_pairs_by(pairs, by, Batch::default(), entry.at).map(drop)
            }
            Deed::Pin(number) => match log.pin(number)?.filter(|row| row.at == entry.at) {
                Some(row) => {
                    // Later pins name it by its number.
                    Arc::make_mut(&mut self.store.pinned).made = number;
                    self.put_pin(row, Batch::default(), entry.at).map(drop)
                }
                None => Ok(()),
            },
            Deed::Model(version, cause) => {
                let bundle = Bundle::of_version(log, version)?;
                let rules = log.rule_version(version)?;
                self.adopt_with(bundle, &cause, entry.at, |store, batch| {
                    if let Some(row) = &rules {
                        store.put_rule_version(batch, row);
                    }
                })
                .map(drop)
            }
        }
    }
}
