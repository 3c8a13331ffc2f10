//! Layer 5: changes of records from Kafka's topics into the graph, and the
//! graph's changes to a topic. What a message means, how far each partition
//! came and what was published already is decided here; who works operations
//! in, and where talk goes, is the caller's business. The only part of the
//! crate that calls other machines, and only the brokers it is told of.

mod connection;
mod debezium;
mod letters;
mod message;
mod outlet;
mod publisher;
mod pump;
mod settings;

pub use pump::run;
pub use settings::{Settings, Topic};

use crate::engine::live::{ChangeView, Operation, Position};
use crate::error::Result;
use serde_json::Value;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The graph that messages go into.
pub trait Target: Send + Sync {
    /// How far a stream came; `None`: nothing came of it yet.
    ///
    /// # Errors
    /// The store cannot be read.
    fn position(&self, stream: &str) -> Result<Option<u64>>;

    /// Makes operations ready, waits until those handed over before are on disk,
    /// and hands these over, with how far streams came past what was no
    /// operation: all of it is one write.
    ///
    /// # Errors
    /// Those handed over before could not be written, and these were not handed
    /// over then; or the store cannot be written. Nothing or a first part is
    /// done, which doing it again does not repeat.
    fn begin(&self, operations: Vec<Operation>, passed: Vec<Position>) -> Result<()>;

    /// Waits until what was handed over is on disk.
    ///
    /// # Errors
    /// It could not be written.
    fn settle(&self) -> Result<()>;

    /// The number of the last change.
    fn last_change(&self) -> u64;

    /// Changes after that number, in their order.
    ///
    /// # Errors
    /// The store cannot be read.
    fn changes_after(&self, after: u64, count: usize) -> Result<Vec<ChangeView>>;

    /// Something that happened; `about` is an object without values of records.
    fn tell(&self, message: &str, about: Value);

    /// Something that somebody should look at.
    fn warn(&self, message: &str, about: Value);
}

/// What was done since the start, and whether to end.
#[derive(Debug, Default)]
pub struct Progress {
    pub messages: AtomicU64,
    pub dead_letters: AtomicU64,
    pub published: AtomicU64,
    stops: AtomicBool,
}

impl Progress {
    /// Asks the consumer to end once what it has in hand is done.
    pub fn stop(&self) {
        self.stops.store(true, Ordering::Relaxed);
    }

    pub fn stops(&self) -> bool {
        self.stops.load(Ordering::Relaxed)
    }
}
