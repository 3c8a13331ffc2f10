//! Writes messages to topics, and knows which of them the brokers have.

use super::connection::{Connection, Listener, said};
use crate::error::{Error, Result};
use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub struct Outlet {
    producer: BaseProducer<Deliveries>,
}

/// What is written.
pub struct Outgoing<'o> {
    pub topic: &'o str,
    pub key: Option<&'o [u8]>,
    pub payload: Option<&'o [u8]>,
    pub headers: OwnedHeaders,
    pub ticket: Ticket,
}

/// By which a message is known once it arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ticket {
    Letter,
    /// A change's number.
    Change(u64),
}

/// What is on its way.
#[derive(Default)]
struct Waiting {
    letters: usize,
    changes: BTreeSet<u64>,
    failed: Option<Error>,
}

struct Deliveries {
    listener: Listener,
    waiting: Mutex<Waiting>,
}

impl Outlet {
    /// # Errors
    /// A property is none of the client's.
    pub fn new(connection: &Connection) -> Result<Self> {
        let deliveries = Deliveries { listener: connection.listener(), waiting: Mutex::default() };
        Ok(Self { producer: connection.producer(deliveries)? })
    }

    /// Takes a message to be written; `false` where too many wait already.
    ///
    /// # Errors
    /// It cannot be written, or one before it could not.
    pub fn send(&self, outgoing: Outgoing) -> Result<bool> {
        let Outgoing { topic, key, payload, headers, ticket } = outgoing;
        self.check()?;
        self.waiting().add(ticket);
        let mut record = BaseRecord::with_opaque_to(topic, Box::new(ticket)).headers(headers);
        if let Some(key) = key {
            record = record.key(key);
        }
        if let Some(payload) = payload {
            record = record.payload(payload);
        }
        match self.producer.send(record) {
            Ok(()) => Ok(true),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), _)) => {
                self.waiting().remove(ticket);
                Ok(false)
            }
            Err((error, _)) => {
                self.waiting().remove(ticket);
                Err(unwritten(topic, &error))
            }
        }
    }

    /// Hears what has arrived meanwhile.
    ///
    /// # Errors
    /// A message could not be written.
    pub fn look(&self, wait: Duration) -> Result<()> {
        self.producer.poll(wait);
        self.check()
    }

    /// Dead letters that are on their way.
    pub fn letters_waiting(&self) -> usize {
        self.waiting().letters
    }

    /// The first change that is on its way.
    pub fn first_change_waiting(&self) -> Option<u64> {
        self.waiting().changes.first().copied()
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.producer.context().waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check(&self) -> Result<()> {
        self.waiting().failed.take().map_or(Ok(()), Err)
    }
}

impl Waiting {
    fn add(&mut self, ticket: Ticket) {
        match ticket {
            Ticket::Letter => self.letters += 1,
            Ticket::Change(number) => _ = self.changes.insert(number),
        }
    }

    fn remove(&mut self, ticket: Ticket) {
        match ticket {
            Ticket::Letter => self.letters = self.letters.saturating_sub(1),
            Ticket::Change(number) => _ = self.changes.remove(&number),
        }
    }
}

fn unwritten(topic: &str, error: &KafkaError) -> Error {
    let code = error.rdkafka_error_code();
    let why = code.map_or_else(|| error.to_string(), said);
    let failed = Error::failed(format!("cannot write to the topic `{topic}`: {why}"));
    match code {
        Some(RDKafkaErrorCode::MessageSizeTooLarge) => {
            failed.with_hint("raise `max.message.bytes` of the topic, and `message.max.bytes` of the client")
        }
        _ => failed,
    }
}

impl ClientContext for Deliveries {
    fn log(&self, level: RDKafkaLogLevel, kind: &str, text: &str) {
        self.listener.log(level, kind, text);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.listener.error(error, reason);
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = Box<Ticket>;

    fn delivery(&self, result: &DeliveryResult<'_>, ticket: Box<Ticket>) {
        use rdkafka::message::Message;
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        match result {
            Ok(_) => waiting.remove(*ticket),
            // It stays among what waits: it has not arrived.
            Err((error, message)) => {
                waiting.failed.get_or_insert_with(|| unwritten(message.topic(), error));
            }
        }
    }
}

/// Headers of text.
pub fn headers<const N: usize>(told: [(&str, &str); N]) -> OwnedHeaders {
    told.into_iter()
        .fold(OwnedHeaders::new(), |headers, (key, value)| headers.insert(Header { key, value: Some(value) }))
}

/// A header's text, where it is one.
pub fn header<'m>(message: &'m impl rdkafka::Message, name: &str) -> Option<&'m str> {
    use rdkafka::message::Headers;
    let headers = message.headers()?;
    let found = (0..headers.count()).map(|at| headers.get(at)).find(|header| header.key == name)?;
    std::str::from_utf8(found.value?).ok()
}
