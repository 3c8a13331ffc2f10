//! Writes that fail on purpose, so that tests can say what a failure at each of
//! them leaves behind. Without a plan nothing ever fails.

use crate::error::{Error, Result};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Which write to a database fails. All later ones fail too, as they would
/// where the process or the disk is gone.
#[derive(Debug, Default)]
pub struct Faults {
    plan: Option<Plan>,
    /// How long what fails takes to.
    late: Duration,
    writes: AtomicU64,
}

#[derive(Debug)]
struct Plan {
    /// The first write that fails, from 0.
    first: u64,
    /// It is made even so, and its success is never told.
    is_made: bool,
}

impl Faults {
    /// The write of that number fails, from 0, and all after it. With `is_made`
    /// it takes place even so.
    pub fn at(first: u64, is_made: bool) -> Self {
        Self { plan: Some(Plan { first, is_made }), ..Self::default() }
    }

    /// What fails takes so long to, as with a disk that is tried again.
    pub fn late(self, late: Duration) -> Self {
        Self { late, ..self }
    }

    /// Writes that were tried.
    pub fn writes(&self) -> u64 {
        self.writes.load(Ordering::SeqCst)
    }

    /// Makes a write, unless it is to fail.
    pub(super) fn write<T>(&self, write: impl FnOnce() -> Result<T>) -> Result<T> {
        let number = self.writes.fetch_add(1, Ordering::SeqCst);
        match &self.plan {
            Some(plan) if number > plan.first || (number == plan.first && !plan.is_made) => self.fail(),
            Some(plan) if number == plan.first => write().and_then(|_| self.fail()),
            _ => write(),
        }
    }

    fn fail<T>(&self) -> Result<T> {
        std::thread::sleep(self.late);
        Err(Error::failed("the write failed on purpose"))
    }
}
