//! Dead letters: what is no operation goes to a topic of its own, as it came,
//! with the reason and where it stood. A letter is with the brokers before its
//! place in the stream is passed; what a process that was killed in between
//! had written already is found at the topic's end and not written again.

use super::Progress;
use super::connection::Connection;
use super::outlet::{Outgoing, Outlet, Ticket, header, headers};
use super::settings::{SET_MESSAGES_MAX, Settings};
use crate::error::{Error, Result};
use hashbrown::HashSet;
use rdkafka::Message;
use rdkafka::message::{Header, Headers, OwnedHeaders, OwnedMessage};
use std::time::Duration;

const REASON: &str = "einklang-reason";
const TOPIC: &str = "einklang-topic";
const PARTITION: &str = "einklang-partition";
const OFFSET: &str = "einklang-offset";

pub struct Letters {
    topic: Option<String>,
    /// Topic, partition and offset of what was written before the start.
    written: HashSet<(String, i32, i64)>,
}

/// What became of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    Now,
    /// Before this process began.
    Before,
    /// The program ends, and there was no room.
    Not,
}

impl Letters {
    /// Reads which letters were written last.
    ///
    /// # Errors
    /// There is no such topic, or the brokers do not answer.
    pub fn open(connection: &Connection, settings: &Settings, progress: &Progress) -> Result<Self> {
        let mut written = HashSet::new();
        if let Some(topic) = &settings.dead_letter_topic {
            // No more than two sets of messages were under way.
            connection.last_messages(topic, 2 * SET_MESSAGES_MAX as i64, progress, |letter| {
                let number = |name| header(letter, name)?.parse::<i64>().ok();
                if let (Some(topic), Some(partition), Some(offset)) =
                    (header(letter, TOPIC), number(PARTITION), number(OFFSET))
                    && let Ok(partition) = i32::try_from(partition)
                {
                    written.insert((topic.to_owned(), partition, offset));
                }
            })?;
        }
        Ok(Self { topic: settings.dead_letter_topic.clone(), written })
    }

    /// Writes a message that is no operation, unless it was written before. Where
    /// too many wait, it waits for room: a letter is never passed over.
    ///
    /// # Errors
    /// It cannot be written, or there is no topic for it.
    pub fn send(
        &self,
        outlet: &Outlet,
        message: &OwnedMessage,
        why: &Error,
        progress: &Progress,
    ) -> Result<Sent> {
        let (topic, partition, offset) = (message.topic(), message.partition(), message.offset());
        let Some(letters) = &self.topic else {
            let text = format!("the message at {topic}/{partition}/{offset} is no operation: {why}");
            return Err(
                Error::usage(text).with_hint("name a topic for such messages with `--dead-letter-topic`")
            );
        };
        if self.written.contains(&(topic.to_owned(), partition, offset)) {
            return Ok(Sent::Before);
        }
        let reason = match why.hint() {
            Some(hint) => format!("{why}; {hint}"),
            None => why.to_string(),
        };
        let place = (partition.to_string(), offset.to_string());
        let told = [(REASON, reason.as_str()), (TOPIC, topic), (PARTITION, &place.0), (OFFSET, &place.1)];
        loop {
            let outgoing = Outgoing {
                topic: letters,
                key: message.key(),
                payload: message.payload(),
                headers: with_headers_of(message, headers(told)),
                ticket: Ticket::Letter,
            };
            if outlet.send(outgoing)? {
                return Ok(Sent::Now);
            }
            if progress.stops() {
                return Ok(Sent::Not);
            }
            outlet.look(Duration::from_millis(50))?;
        }
    }
}

/// Adds the headers that the message came with.
fn with_headers_of(message: &OwnedMessage, told: OwnedHeaders) -> OwnedHeaders {
    let Some(own) = message.headers() else { return told };
    (0..own.count())
        .map(|at| own.get(at))
        .fold(told, |told, header| told.insert(Header { key: header.key, value: header.value }))
}
