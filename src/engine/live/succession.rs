//! Sets of operations one after the other, each worked in while the one before
//! is being written to disk: what is on its way there is read as if it were
//! there. Answers are given once their set is on disk, as everywhere.

use super::Graph;
use super::apply::Worked;
use super::operation::{Answer, Operation};
use super::prepared::Prepared;
use crate::error::Result;
use crate::store::InFlight;
use std::sync::Arc;

/// Takes sets in. What is not settled when this goes is not done.
pub struct Succession<'g> {
    graph: &'g mut Graph,
    /// What is worked in and not on disk, or why it could not be.
    open: Option<Result<Worked>>,
}

impl Graph {
    /// Takes in sets of operations one after the other.
    pub fn succession(&mut self) -> Succession<'_> {
        Succession { graph: self, open: None }
    }
}

impl Succession<'_> {
    /// Works a set in, and returns the answers that were still to be given of
    /// those before: they are on disk.
    ///
    /// # Errors
    /// The store cannot be read or written. Whatever was not answered may be
    /// missing then, the latest sets first; nothing is half done.
    pub fn apply(&mut self, operations: &[Operation], prepared: &Prepared, now: i64) -> Result<Vec<Answer>> {
        if !self.graph.can_take(operations, prepared) {
            let mut answers = self.settle()?;
            answers.extend(self.graph.apply(operations, now)?);
            return Ok(answers);
        }
        let Some(Worked { batch, answers, counters }) = self.open.take().transpose()? else {
            self.open = Some(self.graph.work_set(operations, prepared, &[], now));
            return Ok(Vec::new());
        };
        let changes = Arc::new(InFlight::new(batch));
        let db = self.graph.store.db.sharer();
        self.graph.store.db.read_through(Some(Arc::clone(&changes)));
        let (written, worked) = std::thread::scope(|scope| {
            let writing = scope.spawn(|| db.write(&changes));
            let worked = self.graph.work_set(operations, prepared, &[], now);
            (writing.join(), worked)
        });
        self.graph.store.db.read_through(None);
        if let Err(error) = written.unwrap_or_else(|panic| std::panic::resume_unwind(panic)) {
            self.graph.take_back(counters);
            return Err(error);
        }
        self.open = Some(worked);
        Ok(answers)
    }

    /// Writes what is worked in, and returns the answers that were still to be
    /// given.
    ///
    /// # Errors
    /// As [`Succession::apply`].
    pub fn settle(&mut self) -> Result<Vec<Answer>> {
        match self.open.take().transpose()? {
            Some(worked) => self.graph.settle(worked),
            None => Ok(Vec::new()),
        }
    }
}

impl Drop for Succession<'_> {
    fn drop(&mut self) {
        if let Some(Ok(worked)) = self.open.take() {
            self.graph.take_back(worked.counters);
        }
    }
}
