//! The way of messages: read a set, put dead letters away, work the operations
//! in with how far each partition came, publish what changed. One thread, so
//! that nothing is read while a topic cannot keep up, and at most one set while
//! the one before is being written.

use super::connection::{Connection, Listener, failed, partitions, said};
use super::letters::{Letters, Sent};
use super::message;
use super::outlet::Outlet;
use super::publisher::Publisher;
use super::settings::{Settings, Topic};
use super::{Progress, Target};
use crate::engine::live::{Operation, Position};
use crate::error::{Error, ErrorKind, Result};
use hashbrown::HashMap;
use rdkafka::ClientContext;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Message, OwnedMessage};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// How long the first message of a set is waited for.
const MESSAGE_WAIT_MAX: Duration = Duration::from_millis(100);
/// Bytes of a set of messages, but for its last one.
const SET_BYTES_MAX: usize = 16 << 20;
/// How often it is looked whether topics have more partitions.
const LOOKED_EVERY: Duration = Duration::from_secs(60);
/// How often dead letters are told of.
const LETTERS_TOLD_EVERY: Duration = Duration::from_secs(10);
/// How long the last changes may take to be published when the program ends.
const END_WAIT_MAX: Duration = Duration::from_secs(10);
/// After a failure all is begun anew after that long, and twice as long after
/// each further one.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
const AGAIN_AFTER_MAX: Duration = Duration::from_secs(30);

/// Consumes until told to stop. Failures of brokers and store are told, and all
/// is begun anew from what the store holds.
///
/// # Errors
/// The settings are wrong, or nothing but somebody's decision helps.
pub fn run(settings: &Settings, target: &Arc<dyn Target>, progress: &Progress) -> Result<()> {
    settings.check()?;
    let mut wait = AGAIN_AFTER;
    while !progress.stops() {
        let begun = progress.messages.load(Ordering::Relaxed);
        match consume(settings, target, progress) {
            Ok(()) => break,
            Err(error) if error.kind() == ErrorKind::Usage => return Err(error),
            Err(error) => {
                let about = json!({ "error": error.to_string(), "hint": error.hint() });
                target.warn("consuming failed and is begun anew", about);
            }
        }
        if progress.messages.load(Ordering::Relaxed) > begun {
            wait = AGAIN_AFTER;
        }
        let end = Instant::now() + wait;
        while Instant::now() < end && !progress.stops() {
            std::thread::sleep(MESSAGE_WAIT_MAX);
        }
        wait = (wait * 2).min(AGAIN_AFTER_MAX);
    }
    Ok(())
}

fn consume(settings: &Settings, target: &Arc<dyn Target>, progress: &Progress) -> Result<()> {
    let connection = Connection::new(settings, Arc::clone(target))?;
    let letters = Letters::open(&connection, settings, progress)?;
    let publisher = Publisher::open(&connection, settings, target.as_ref(), progress)?;
    let outlet = Outlet::new(&connection)?;
    let consumer = connection.consumer()?;
    let mut pump = Pump {
        settings,
        target,
        progress,
        letters,
        publisher,
        outlet,
        consumer,
        read: BTreeSet::new(),
        looked: Instant::now(),
        letters_untold: 0,
        letters_told: None,
        under_way: None,
    };
    pump.read_all_partitions()?;
    let names: Vec<&str> = settings.topics.iter().map(|topic| topic.name.as_str()).collect();
    let about = json!({ "topics": names, "partitions": pump.read.len(), "group": settings.group });
    target.tell("consuming", about);
    while !progress.stops() {
        pump.step()?;
    }
    pump.end()
}

struct Pump<'p> {
    settings: &'p Settings,
    target: &'p Arc<dyn Target>,
    progress: &'p Progress,
    letters: Letters,
    publisher: Option<Publisher>,
    outlet: Outlet,
    consumer: BaseConsumer<Listener>,
    /// The partitions that are read, and when it was looked which there are.
    read: BTreeSet<(String, i32)>,
    looked: Instant,
    /// Dead letters that the log does not know of yet, and when it was told last.
    letters_untold: usize,
    letters_told: Option<Instant>,
    /// What is being written.
    under_way: Option<UnderWay>,
}

/// How far a set came that was handed over.
struct UnderWay {
    last: HashMap<(String, i32), i64>,
    messages: u64,
}

/// A set of messages, told apart.
#[derive(Default)]
struct Set {
    operations: Vec<Operation>,
    /// What is no operation, and why.
    letters: Vec<(OwnedMessage, Error)>,
    /// The last offset of each partition.
    last: HashMap<(String, i32), i64>,
    messages: u64,
    bytes: usize,
}

impl Pump<'_> {
    /// Reads every partition, each from where the store says. A store has one
    /// consumer, so there is nothing to share out among a group's members, and
    /// nobody to wait for after a kill.
    fn read_all_partitions(&mut self) -> Result<()> {
        self.looked = Instant::now();
        let mut found = BTreeSet::new();
        for Topic { name, .. } in &self.settings.topics {
            found.extend(partitions(&self.consumer, name)?.into_iter().map(|id| (name.clone(), id)));
        }
        if found == self.read {
            return Ok(());
        }
        let mut list = TopicPartitionList::new();
        for (topic, partition) in &found {
            let passed = self.target.position(&stream(&self.settings.group, topic, *partition))?;
            let from = match passed.and_then(|place| i64::try_from(place).ok()) {
                Some(last) => Offset::Offset(last + 1),
                None => Offset::Beginning,
            };
            let added = list.add_partition_offset(topic, *partition, from);
            added.map_err(|error| failed("read", topic, &error))?;
        }
        self.consumer.assign(&list).map_err(|error| failed("read", "of the settings", &error))?;
        self.read = found;
        Ok(())
    }

    fn step(&mut self) -> Result<()> {
        if self.looked.elapsed() > LOOKED_EVERY {
            // Brokers that are away are told of by the client.
            let _ = self.read_all_partitions();
        }
        let set = self.gather()?;
        // What may be the last for a while is not left waiting for the next.
        let is_last = set.messages < self.settings.set_messages_max as u64;
        if set.messages > 0 && !self.take(set)? {
            return Ok(());
        }
        if is_last {
            self.settle()?;
        }
        self.outlet.look(Duration::ZERO)?;
        if let Some(publisher) = &mut self.publisher {
            publisher.forward(&self.outlet, self.target.as_ref(), self.progress)?;
        }
        Ok(())
    }

    /// Reads what waits, at least for a moment.
    fn gather(&self) -> Result<Set> {
        let mut set = Set::default();
        let mut wait = MESSAGE_WAIT_MAX;
        while set.messages < self.settings.set_messages_max as u64 && set.bytes < SET_BYTES_MAX {
            let polled = self.consumer.poll(wait);
            match polled {
                None => break,
                Some(Ok(message)) => {
                    wait = Duration::ZERO;
                    set.add(self.settings, &message)?;
                }
                Some(Err(error)) => self.hear(&error)?,
            }
        }
        Ok(set)
    }

    /// Ends where waiting does not help.
    fn hear(&self, error: &KafkaError) -> Result<()> {
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange) => Err(
                Error::usage("a topic does not have the messages any more that the store would go on with")
                    .with_hint(
                        "some were removed before they were read, or the topic was made anew; \
                         under another `--group` all that is there is read from its beginning",
                    ),
            ),
            Some(RDKafkaErrorCode::NotImplemented) => {
                Err(Error::usage("a topic has messages that are packed in a way this program cannot read")
                    .with_hint("have them written plain, or packed by gzip, snappy or lz4"))
            }
            code => {
                if matches!(error, KafkaError::MessageConsumptionFatal(_)) {
                    return Err(Error::failed(format!("the Kafka client gave up: {error}")));
                }
                let text = code.map_or_else(|| error.to_string(), said);
                self.consumer.context().error(error.clone(), &text);
                Ok(())
            }
        }
    }

    /// Puts a set away, and hands it over once the one before is on disk. Returns
    /// whether it is done: not where the program ends before.
    fn take(&mut self, mut set: Set) -> Result<bool> {
        for (message, why) in &set.letters {
            match self.letters.send(&self.outlet, message, why, self.progress)? {
                Sent::Now => _ = self.progress.dead_letters.fetch_add(1, Ordering::Relaxed),
                Sent::Before => {}
                Sent::Not => return Ok(false),
            }
        }
        while self.outlet.letters_waiting() > 0 {
            if self.progress.stops() {
                return Ok(false);
            }
            self.outlet.look(MESSAGE_WAIT_MAX)?;
        }
        let mut passed: Vec<Position> =
            set.last.iter().map(|(place, last)| self.position(place, *last)).collect();
        passed.extend(self.publisher.as_mut().and_then(|publisher| publisher.mark(&self.outlet)));
        self.target.begin(std::mem::take(&mut set.operations), passed)?;
        self.tell_done();
        self.tell_letters(set.letters.len());
        self.under_way = Some(UnderWay { last: set.last, messages: set.messages });
        Ok(true)
    }

    /// Waits until the set that was handed over is on disk.
    fn settle(&mut self) -> Result<()> {
        self.target.settle()?;
        self.tell_done();
        Ok(())
    }

    /// Tells how far the set came that is on disk now.
    fn tell_done(&mut self) {
        if let Some(done) = self.under_way.take() {
            self.progress.messages.fetch_add(done.messages, Ordering::Relaxed);
            self.tell_brokers(&done);
        }
    }

    fn tell_letters(&mut self, count: usize) {
        self.letters_untold += count;
        if self.letters_untold > 0 && self.letters_told.is_none_or(|told| told.elapsed() > LETTERS_TOLD_EVERY)
        {
            let about = json!({ "count": self.letters_untold });
            self.target.warn("messages that are no operations went to the dead letters", about);
            (self.letters_untold, self.letters_told) = (0, Some(Instant::now()));
        }
    }

    fn position(&self, (topic, partition): &(String, i32), offset: i64) -> Position {
        let place = u64::try_from(offset).unwrap_or_default();
        Position { stream: stream(&self.settings.group, topic, *partition), place }
    }

    /// Tells the group how far it came, for those who watch over its lag.
    fn tell_brokers(&self, done: &UnderWay) {
        let mut list = TopicPartitionList::new();
        for ((topic, partition), last) in &done.last {
            let _ = list.add_partition_offset(topic, *partition, Offset::Offset(last + 1));
        }
        let _ = self.consumer.commit(&list, CommitMode::Async);
    }

    /// Publishes what is left, and notes it.
    fn end(mut self) -> Result<()> {
        self.settle()?;
        let end = Instant::now() + END_WAIT_MAX;
        if let Some(publisher) = &mut self.publisher {
            while !publisher.is_done(&self.outlet, self.target.as_ref()) && Instant::now() < end {
                publisher.forward(&self.outlet, self.target.as_ref(), self.progress)?;
                self.outlet.look(Duration::from_millis(20))?;
            }
            if let Some(mark) = publisher.mark(&self.outlet) {
                self.target.begin(Vec::new(), vec![mark])?;
                self.target.settle()?;
            }
        }
        let about = json!({
            "messages": self.progress.messages.load(Ordering::Relaxed),
            "dead_letters": self.progress.dead_letters.load(Ordering::Relaxed),
            "published": self.progress.published.load(Ordering::Relaxed),
        });
        self.target.tell("consuming ends", about);
        Ok(())
    }
}

impl Set {
    fn add(&mut self, settings: &Settings, message: &impl Message) -> Result<()> {
        let place = (message.topic().to_owned(), message.partition());
        let (payload, offset) = (message.payload(), message.offset());
        let fallback = Topic::default();
        let topic = settings.topic(&place.0).unwrap_or(&fallback);
        match message::read(topic, message.key(), payload) {
            Ok(None) => {}
            Ok(Some(mut operation)) => {
                let at =
                    u64::try_from(offset).map_err(|_| Error::failed("a broker gave an offset below zero"))?;
                let stream = stream(&settings.group, &place.0, place.1);
                operation.position = Some(Position { stream, place: at });
                self.operations.push(operation);
            }
            Err(why) => self.letters.push((owned(message), why)),
        }
        self.bytes += bytes_of(message);
        self.messages += 1;
        self.last.insert(place, offset);
        Ok(())
    }
}

/// Bytes that a message takes, its key and headers included.
fn bytes_of(message: &impl Message) -> usize {
    use rdkafka::message::Headers;
    let of_headers = message.headers().map_or(0, |headers| {
        let header = |at| {
            let header = headers.get(at);
            header.key.len() + header.value.map_or(0, <[u8]>::len)
        };
        (0..headers.count()).map(header).sum()
    });
    message.payload().map_or(0, <[u8]>::len) + message.key().map_or(0, <[u8]>::len) + of_headers
}

fn owned(message: &impl Message) -> OwnedMessage {
    use rdkafka::message::{Header, Headers, OwnedHeaders};
    let headers = message.headers().map(|headers| {
        (0..headers.count()).map(|at| headers.get(at)).fold(OwnedHeaders::new(), |owned, header| {
            owned.insert(Header { key: header.key, value: header.value })
        })
    });
    OwnedMessage::new(
        message.payload().map(<[u8]>::to_vec),
        message.key().map(<[u8]>::to_vec),
        message.topic().to_owned(),
        message.timestamp(),
        message.partition(),
        message.offset(),
        headers,
    )
}

/// Under which name the store keeps how far a partition came.
fn stream(group: &str, topic: &str, partition: i32) -> String {
    format!("kafka/{group}/{topic}/{partition}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rdkafka::Timestamp;
    use rdkafka::message::{Header, OwnedHeaders};

    #[test]
    fn keys_and_headers_count_towards_a_sets_bytes() {
        let headers = OwnedHeaders::new().insert(Header { key: "trace", value: Some(&[7; 1000]) });
        let message = OwnedMessage::new(
            Some(b"no operation".to_vec()),
            Some(vec![7; 500]),
            "records".to_owned(),
            Timestamp::NotAvailable,
            0,
            9,
            Some(headers),
        );
        let mut set = Set::default();
        set.add(&Settings::default(), &message).unwrap();
        assert_eq!(set.bytes, 12 + 500 + 5 + 1000);
        assert_eq!((set.letters.len(), set.operations.len()), (1, 0));
        let bare = OwnedMessage::new(None, None, "records".to_owned(), Timestamp::NotAvailable, 0, 10, None);
        set.add(&Settings::default(), &bare).unwrap();
        assert_eq!(set.bytes, 12 + 500 + 5 + 1000);
    }
}
