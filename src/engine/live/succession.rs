//! Sets of operations one after the other, each worked in while the one before
//! is being written to disk: what is on its way there is read as if it were
//! there. Answers are given once their set is on disk, as everywhere.

use super::Graph;
use super::apply::Worked;
use super::operation::{Answer, Operation, Position};
use super::prepared::Prepared;
use crate::error::{Error, Result};
use crate::store::{Counters, InFlight};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};

type Outcome = Result<Vec<Answer>>;

/// A set that another thread writes to disk.
#[must_use = "whether it came there is known from `Graph::arrived`"]
pub struct OnItsWay {
    outcome: Receiver<Outcome>,
    /// Where it was looked at before.
    known: Option<Outcome>,
    /// What was counted before it.
    counters: Counters,
}

impl OnItsWay {
    /// Whether [`Graph::arrived`] need not wait any more.
    pub fn is_over(&mut self) -> bool {
        if self.known.is_none() {
            self.known = match self.outcome.try_recv() {
                Err(TryRecvError::Empty) => None,
                Ok(outcome) => Some(outcome),
                Err(TryRecvError::Disconnected) => Some(Err(panicked())),
            };
        }
        self.known.is_some()
    }

    fn outcome(self) -> Outcome {
        self.known.unwrap_or_else(|| self.outcome.recv().unwrap_or_else(|_| Err(panicked())))
    }
}

fn panicked() -> Error {
    Error::failed("writing to the store panicked")
}

impl Graph {
    /// Works a set in, up to what is to be written, reading what is on its way to
    /// disk as if it were there. `None` where the operations were not made ready
    /// for the graph as it is, or name a record twice.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn take_in(
        &mut self,
        operations: &[Operation],
        prepared: &Prepared,
        passed: &[Position],
        now: i64,
    ) -> Result<Option<Worked>> {
        match self.can_take(operations, prepared) {
            true => self.work_set(operations, prepared, passed, now).map(Some),
            false => Ok(None),
        }
    }

    /// Has what was worked in written by another thread, which then calls `then`
    /// with the answers, or with why they cannot be given, and keeps what that
    /// leaves of them. Nothing else may be on its way.
    pub fn send(
        &mut self,
        worked: Worked,
        then: impl FnOnce(std::result::Result<Vec<Answer>, &Error>) -> Vec<Answer> + Send + 'static,
    ) -> OnItsWay {
        let Worked { batch, answers, counters } = worked;
        let changes = Arc::new(InFlight::new(batch));
        let (db, written) = (self.store.db.sharer(), Arc::clone(&changes));
        let write = move || match if written.is_empty() { Ok(()) } else { db.write(&written) } {
            Ok(()) => Ok(then(Ok(answers))),
            Err(error) => {
                then(Err(&error));
                Err(error)
            }
        };
        let (tell, outcome) = sync_channel(1);
        self.store.db.read_through(Some(changes));
        // The database is given back before the outcome is told: whoever hears of a
        // failure opens it anew.
        self.scribe.give(move || {
            let written = write();
            let _ = tell.send(written);
        });
        OnItsWay { outcome, known: None, counters }
    }

    /// Waits until a set is on disk, and returns those of its answers that are
    /// still to be given.
    ///
    /// # Errors
    /// It could not be written; whatever was worked in after it is to be
    /// forgotten as well.
    pub fn arrived(&mut self, on_its_way: OnItsWay) -> Result<Vec<Answer>> {
        let counters = on_its_way.counters;
        let outcome = on_its_way.outcome();
        self.store.db.read_through(None);
        if outcome.is_err() {
            self.take_back(counters);
        }
        outcome
    }

    /// Takes in sets of operations one after the other.
    pub fn succession(&mut self) -> Succession<'_> {
        Succession { graph: self, open: None }
    }
}

/// Takes sets in. Where the last is not settled when this goes, nobody hears
/// whether it was done.
pub struct Succession<'g> {
    graph: &'g mut Graph,
    /// What is on its way to disk, or why it could not be worked in.
    open: Option<Result<OnItsWay>>,
}

impl Succession<'_> {
    /// Works a set in, and returns the answers that were still to be given of
    /// those before: they are on disk.
    ///
    /// # Errors
    /// The store cannot be read or written. Whatever was not answered may be
    /// missing then, the latest sets first; nothing is half done.
    pub fn apply(&mut self, operations: &[Operation], prepared: &Prepared, now: i64) -> Result<Vec<Answer>> {
        if let Some(Err(error)) = self.open.take_if(|open| open.is_err()) {
            return Err(error);
        }
        let worked = self.graph.take_in(operations, prepared, &[], now);
        let mut answers = self.settle()?;
        match worked {
            Ok(Some(worked)) => {
                self.open = Some(Ok(self.graph.send(worked, |written| written.unwrap_or_default())));
            }
            Ok(None) => answers.extend(self.graph.apply(operations, now)?),
            Err(error) => self.open = Some(Err(error)),
        }
        Ok(answers)
    }

    /// Waits until what was worked in is on disk, and returns the answers that
    /// were still to be given.
    ///
    /// # Errors
    /// As [`Succession::apply`].
    pub fn settle(&mut self) -> Result<Vec<Answer>> {
        match self.open.take().transpose()? {
            Some(on_its_way) => self.graph.arrived(on_its_way),
            None => Ok(Vec::new()),
        }
    }
}

impl Drop for Succession<'_> {
    fn drop(&mut self) {
        if let Some(Ok(on_its_way)) = self.open.take() {
            let _ = self.graph.arrived(on_its_way);
        }
    }
}
