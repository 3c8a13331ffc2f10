//! What working changes in tells: the events of the change feed as they are
//! written, and what those who asked are answered.

use super::Graph;
use super::apply::Dirty;
use super::operation::Change;
use super::rows::{let_go, put_all};
use super::witness::Witness;
use crate::store::{Batch, EventKind, EventRow, EventState, Family, Number};
use compact_str::CompactString;
use hashbrown::HashMap;

/// What is told to those who asked for the changes.
#[derive(Default)]
pub(super) struct Told {
    pub changes: Vec<Change>,
    /// The places of each customer's changes.
    by_customer: HashMap<CompactString, Vec<usize>>,
    /// What brings the changes about, and when, in microseconds since 1970.
    cause: CompactString,
    now: i64,
    /// The customers of the records in hand, after and before.
    pub owners: HashMap<Number, CompactString>,
    pub former_owners: HashMap<Number, CompactString>,
    /// The latest state of each customer that the feed tells, where that is in
    /// doubt.
    pub latest: Option<HashMap<CompactString, EventState>>,
    /// Hears of every change in full, where somebody wants to foresee it.
    pub witness: Option<Witness>,
}

impl Told {
    /// When the changes are made, in microseconds since 1970.
    pub fn now(&self) -> i64 {
        self.now
    }

    pub fn of(cause: CompactString, now: i64) -> Self {
        Self { cause, now, ..Self::default() }
    }

    /// The customer of one of the records in hand, as it is now.
    pub fn owner(&self, number: Number) -> Option<&CompactString> {
        self.owners.get(&number)
    }

    /// The customers of the records in hand, as they are now.
    pub fn owners(&self) -> impl Iterator<Item = &CompactString> {
        self.owners.values()
    }

    /// The changes of these customers, as the feed tells them.
    pub fn changes_of<'c>(&self, customers: impl Iterator<Item = &'c CompactString>) -> Vec<Change> {
        let mut places: Vec<usize> =
            customers.filter_map(|id| self.by_customer.get(id)).flatten().copied().collect();
        places.sort_unstable();
        places.dedup();
        places.into_iter().filter_map(|at| self.changes.get(at).cloned()).collect()
    }

    /// Whether the feed tells of the customer as it is.
    pub fn is_told(&self, id: &CompactString, state: &EventState) -> bool {
        self.latest.as_ref().is_none_or(|latest| latest.get(id) == Some(state))
    }
}

/// Tells events. They are added to the feed some thousands together, and the last
/// when this goes.
pub(super) struct Telling<'t> {
    pub graph: &'t mut Graph,
    pub batch: &'t mut Batch,
    pub told: &'t mut Told,
    events: Vec<(u64, EventRow)>,
}

impl Drop for Telling<'_> {
    fn drop(&mut self) {
        self.put_events();
    }
}

impl<'t> Telling<'t> {
    pub fn new(graph: &'t mut Graph, batch: &'t mut Batch, told: &'t mut Told) -> Self {
        Self { graph, batch, told, events: Vec::new() }
    }

    /// Returns the event's sequence number.
    pub fn event(
        &mut self,
        kind: EventKind,
        customer: &CompactString,
        others: Vec<CompactString>,
        state: Option<EventState>,
    ) -> u64 {
        let store = &mut self.graph.store;
        store.counters.last_change += 1;
        let seq = store.counters.last_change;
        self.told.by_customer.entry(customer.clone()).or_default().push(self.told.changes.len());
        self.told.changes.push(Change {
            seq,
            kind: kind.name(),
            customer_id: customer.to_string(),
            others: others.iter().map(ToString::to_string).collect(),
        });
        let model = self.graph.bundle.version;
        let event = EventRow {
            kind,
            at: self.told.now,
            customer: customer.clone(),
            others,
            cause: self.told.cause.clone(),
            model,
            state,
        };
        if let Some(witness) = &mut self.told.witness {
            witness.see(store, &event);
        }
        self.events.push((seq, event));
        seq
    }

    /// Adds the events told so far to what is to be written.
    pub fn put_events(&mut self) {
        let (db, events) = (&self.graph.store.db, std::mem::take(&mut self.events));
        put_all(self.batch, &events, |some, batch| {
            for (seq, event) in some {
                let seq = seq.to_be_bytes();
                db.put(batch, Family::Feed, &seq, &event.encode());
                db.put(batch, Family::History, &[event.customer.as_bytes(), &seq].concat(), &[]);
            }
        });
        let_go(events.len(), events);
    }
}

/// The operation that changed the records, where it is one.
pub(super) fn cause(dirty: &[Dirty]) -> CompactString {
    match dirty {
        [only] => only.of.as_str().into(),
        [first, ..] => format!("{} and {} more", first.of, dirty.len() - 1).into(),
        [] => CompactString::default(),
    }
}
