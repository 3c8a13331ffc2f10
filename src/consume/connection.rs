//! Clients of the brokers: what they are told, what they say, and the last
//! messages of a topic.

use super::settings::Settings;
use super::{Progress, Target};
use crate::error::{Error, Result};
use hashbrown::{HashMap, HashSet};
use rdkafka::ClientContext;
use rdkafka::config::{ClientConfig, FromClientConfigAndContext, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::BorrowedMessage;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use serde_json::json;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a broker may take to answer a question.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(15);
/// How long the end of a topic may take to come.
const END_WAIT_MAX: Duration = Duration::from_secs(60);
/// The client's complaints of one kind are told as often.
const COMPLAINT_EVERY: Duration = Duration::from_secs(30);

/// Makes clients.
pub struct Connection {
    base: ClientConfig,
    group: String,
    target: Arc<dyn Target>,
}

impl Connection {
    /// Reads the client's properties; calls nobody yet.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn new(settings: &Settings, target: Arc<dyn Target>) -> Result<Self> {
        let mut base = ClientConfig::new();
        base.set("client.id", "einklang");
        base.extend(settings.properties()?);
        base.set("bootstrap.servers", settings.brokers.join(","));
        base.set_log_level(RDKafkaLogLevel::Warning);
        Ok(Self { base, group: settings.group.clone(), target })
    }

    /// What a client says goes here.
    pub fn listener(&self) -> Listener {
        Listener { target: Arc::clone(&self.target), complaints: Mutex::default() }
    }

    /// Something that reads, and tells the group how far it came.
    ///
    /// # Errors
    /// A property is none of the client's.
    pub fn consumer(&self) -> Result<BaseConsumer<Listener>> {
        let mut config = self.base.clone();
        config
            .set("group.id", &self.group)
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            // Where to go on is the store's to say, and nothing is skipped.
            .set("auto.offset.reset", "error")
            .set("isolation.level", "read_committed")
            .set("queued.max.messages.kbytes", "32768");
        create(&config, self.listener())
    }

    /// Something that writes; what was sent arrives once and in order.
    ///
    /// # Errors
    /// As [`Connection::consumer`].
    pub fn producer<C, P>(&self, context: C) -> Result<P>
    where
        C: ClientContext,
        P: FromClientConfigAndContext<C>,
    {
        let mut config = self.base.clone();
        // As clients in Java spread keys, so that topics can be joined.
        default(&mut config, "partitioner", "murmur2_random");
        config
            .set("enable.idempotence", "true")
            .set("acks", "all")
            // Sent until the broker has it or the program ends.
            .set("message.timeout.ms", "0");
        create(&config, context)
    }

    /// Hands the last `count` messages of each of a topic's partitions to
    /// `each`. Returns whether anything was ever written to the topic.
    ///
    /// # Errors
    /// There is no such topic, or the brokers do not answer.
    pub fn last_messages(
        &self,
        topic: &str,
        count: i64,
        progress: &Progress,
        mut each: impl FnMut(&BorrowedMessage),
    ) -> Result<bool> {
        let mut config = self.base.clone();
        config
            .set("group.id", &self.group)
            .set("enable.auto.commit", "false")
            .set("auto.offset.reset", "earliest")
            .set("enable.partition.eof", "true");
        let consumer: BaseConsumer<Listener> = create(&config, self.listener())?;
        let ends = ends(&consumer, topic)?;
        let mut list = TopicPartitionList::new();
        let mut open = HashSet::new();
        for &(partition, low, high) in ends.iter().filter(|(_, low, high)| low < high) {
            let from = Offset::Offset(low.max(high.saturating_sub(count)));
            list.add_partition_offset(topic, partition, from)
                .map_err(|error| failed("read", topic, &error))?;
            open.insert(partition);
        }
        consumer.assign(&list).map_err(|error| failed("read", topic, &error))?;
        let mut patience = Instant::now() + END_WAIT_MAX;
        while !open.is_empty() {
            if Instant::now() > patience || progress.stops() {
                return Err(Error::failed(format!("the end of the topic `{topic}` did not come")));
            }
            match consumer.poll(Duration::from_millis(200)) {
                Some(Ok(message)) => {
                    patience = Instant::now() + END_WAIT_MAX;
                    each(&message);
                }
                Some(Err(KafkaError::PartitionEOF(partition))) => _ = open.remove(&partition),
                // Tried again until patience ends.
                Some(Err(_)) | None => {}
            }
        }
        Ok(ends.iter().any(|(_, _, high)| *high > 0))
    }
}

/// The numbers of a topic's partitions.
///
/// # Errors
/// There is no such topic, or the brokers do not answer.
pub fn partitions(consumer: &BaseConsumer<Listener>, topic: &str) -> Result<Vec<i32>> {
    let about = consumer.fetch_metadata(Some(topic), ANSWER_WAIT_MAX);
    let about = about.map_err(|error| failed("ask about", topic, &error))?;
    let known = about.topics().iter().find(|known| known.name() == topic && known.error().is_none());
    let partitions = known.map(|known| known.partitions()).filter(|partitions| !partitions.is_empty());
    let partitions = partitions.ok_or_else(|| {
        Error::failed(format!("the brokers have no topic `{topic}`"))
            .with_hint("make it; one partition keeps all of its messages in order")
    })?;
    Ok(partitions.iter().map(|partition| partition.id()).collect())
}

/// The topic's partitions, each with where it begins and ends.
fn ends(consumer: &BaseConsumer<Listener>, topic: &str) -> Result<Vec<(i32, i64, i64)>> {
    let end = |partition: i32| {
        let ends = consumer.fetch_watermarks(topic, partition, ANSWER_WAIT_MAX);
        let (low, high) = ends.map_err(|error| failed("ask about", topic, &error))?;
        Ok((partition, low, high))
    };
    partitions(consumer, topic)?.into_iter().map(end).collect()
}

/// Sets what the client's file does not.
fn default(config: &mut ClientConfig, property: &str, value: &str) {
    if config.get(property).is_none() {
        config.set(property, value);
    }
}

fn create<C, T>(config: &ClientConfig, context: C) -> Result<T>
where
    C: ClientContext,
    T: FromClientConfigAndContext<C>,
{
    config.create_with_context(context).map_err(|error| match error {
        // The library's message would tell the value.
        KafkaError::ClientConfig(_, _, property, _) => {
            Error::usage(format!("the Kafka client does not take the property `{property}` so"))
                .with_hint("the properties are those of librdkafka")
        }
        KafkaError::ClientCreation(why) => Error::usage(format!("no Kafka client can be made: {why}")),
        other => Error::failed(format!("no Kafka client can be made: {other}")),
    })
}

/// A failure with a topic.
pub fn failed(doing: &str, topic: &str, error: &KafkaError) -> Error {
    let why = error.rdkafka_error_code().map_or_else(|| error.to_string(), said);
    Error::failed(format!("cannot {doing} the topic `{topic}`: {why}"))
}

/// What a code means, without the library's names.
pub fn said(code: RDKafkaErrorCode) -> String {
    let text = code.to_string();
    // `NAME (what it means)`
    let inner = text.split_once(" (").and_then(|(_, rest)| rest.strip_suffix(')'));
    inner.unwrap_or(&text).to_owned()
}

/// Hears what a client says, and passes on what matters.
pub struct Listener {
    target: Arc<dyn Target>,
    /// What was complained of, and when last.
    complaints: Mutex<HashMap<String, Instant>>,
}

impl Listener {
    fn hear(&self, kind: &str, text: &str) {
        let mut complaints = self.complaints.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let is_new = complaints.get(kind).is_none_or(|last| now.duration_since(*last) > COMPLAINT_EVERY);
        if is_new {
            complaints.insert(kind.to_owned(), now);
            drop(complaints);
            self.target.warn("the Kafka client complains", json!({ "of": kind, "text": text }));
        }
    }
}

impl ClientContext for Listener {
    fn log(&self, level: RDKafkaLogLevel, kind: &str, text: &str) {
        let matters = matches!(
            level,
            RDKafkaLogLevel::Emerg
                | RDKafkaLogLevel::Alert
                | RDKafkaLogLevel::Critical
                | RDKafkaLogLevel::Error
                | RDKafkaLogLevel::Warning
        );
        // Properties of the file are those of readers and of writers together.
        if matters && kind != "CONFWARN" {
            self.hear(kind, text);
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::PartitionEOF) {
            return;
        }
        let kind = error.rdkafka_error_code().map_or_else(|| "error".to_owned(), said);
        self.hear(&kind, reason);
    }
}

impl ConsumerContext for Listener {}
