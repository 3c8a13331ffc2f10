//! Publishes the change feed: each change once, in its order. Which changes the
//! topic has is read from its end, since a process that was killed may have
//! written some that it did not hear of any more.

use super::connection::Connection;
use super::outlet::{Outgoing, Outlet, Ticket, header, headers};
use super::settings::Settings;
use super::{Progress, Target};
use crate::engine::live::{ChangeView, Position};
use crate::error::{Error, Result};
use hashbrown::HashSet;
use std::sync::atomic::Ordering;

/// Numbers of changes from the first that is on its way to the last. What was
/// written at the end of a topic need be looked for no further back.
const UNDER_WAY_MAX: u64 = 1024;
/// Changes that are read from the store together.
const READ_MAX: usize = 256;
const SEQ: &str = "einklang-seq";
const KIND: &str = "einklang-kind";

pub struct Publisher {
    topic: String,
    /// The last change that was sent, or found to be there.
    sent: u64,
    /// Changes after `sent` that the topic has already.
    there: HashSet<u64>,
    /// The last change that the store knows to be published.
    noted: u64,
}

impl Publisher {
    /// Finds out which changes the topic has; `None` where none is wanted.
    ///
    /// # Errors
    /// There is no such topic, or the brokers do not answer.
    pub fn open(
        connection: &Connection,
        settings: &Settings,
        target: &dyn Target,
        progress: &Progress,
    ) -> Result<Option<Self>> {
        let Some(topic) = &settings.changes_topic else { return Ok(None) };
        let mut there = HashSet::new();
        let count = i64::try_from(UNDER_WAY_MAX).unwrap_or(i64::MAX);
        let was_written = connection.last_messages(topic, count, progress, |message| {
            there.extend(header(message, SEQ).and_then(|seq| seq.parse::<u64>().ok()));
        })?;
        let noted = target.position(&stream(topic))?.unwrap_or_default();
        let sent = match was_written {
            // A topic that is new has nothing, whatever one of its name had.
            false => 0,
            true => {
                let last = there.iter().max().copied().unwrap_or_default();
                noted.max(last.saturating_sub(UNDER_WAY_MAX))
            }
        };
        if there.iter().max().is_some_and(|last| *last > target.last_change()) {
            return Err(Error::usage(format!("the topic `{topic}` has changes of another store")).with_hint(
                "name a topic that only this store writes to, or restore the store's last backup",
            ));
        }
        Ok(Some(Self { topic: topic.clone(), sent, there, noted }))
    }

    /// Sends what the feed has and the topic has not, as far as there is room.
    ///
    /// # Errors
    /// The store cannot be read, or the topic not be written to.
    pub fn forward(&mut self, outlet: &Outlet, target: &dyn Target, progress: &Progress) -> Result<()> {
        while self.sent < target.last_change() {
            let first = outlet.first_change_waiting().unwrap_or(self.sent + 1);
            let room = (first + UNDER_WAY_MAX).saturating_sub(self.sent + 1);
            let count = usize::try_from(room).unwrap_or(READ_MAX).min(READ_MAX);
            if count == 0 {
                return Ok(());
            }
            let changes = target.changes_after(self.sent, count)?;
            if changes.is_empty() {
                return Ok(());
            }
            for change in &changes {
                if !self.there.remove(&change.seq) {
                    if !self.send(outlet, change)? {
                        return Ok(());
                    }
                    progress.published.fetch_add(1, Ordering::Relaxed);
                }
                self.sent = change.seq;
            }
        }
        Ok(())
    }

    fn send(&self, outlet: &Outlet, change: &ChangeView) -> Result<bool> {
        let payload = serde_json::to_vec(change).map_err(|error| Error::failed(error.to_string()))?;
        outlet.send(Outgoing {
            topic: &self.topic,
            key: Some(change.customer_id.as_bytes()),
            payload: Some(&payload),
            headers: headers([(SEQ, &change.seq.to_string()), (KIND, change.kind)]),
            ticket: Ticket::Change(change.seq),
        })
    }

    /// Whether all that the feed has is with the brokers.
    pub fn is_done(&self, outlet: &Outlet, target: &dyn Target) -> bool {
        self.sent >= target.last_change() && outlet.first_change_waiting().is_none()
    }

    /// How far the topic is complete, to be noted in the store, where that is
    /// more than it knows.
    pub fn mark(&mut self, outlet: &Outlet) -> Option<Position> {
        let done = outlet.first_change_waiting().map_or(self.sent, |first| first.saturating_sub(1));
        (done > self.noted).then(|| {
            self.noted = done;
            Position { stream: stream(&self.topic), place: done }
        })
    }
}

/// Under which name the store keeps how far a topic of changes is complete.
fn stream(topic: &str) -> String {
    format!("kafka-changes/{topic}")
}
