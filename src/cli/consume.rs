//! `einklang consume`: brings flags, environment and file together, and has
//! topics consumed into a store.

use super::Done;
use super::args::Consume;
use super::printer;
use crate::consume::Topic;
use crate::error::{Error, Result};
use crate::serve::{self, Settings};
use std::sync::Arc;

pub fn run(arguments: &Consume) -> Result<Done> {
    serve::consume(settings(arguments)?, Arc::new(printer::talk))?;
    Ok(Done::Clean)
}

/// Flags and environment (which clap brings together) before the file.
fn settings(arguments: &Consume) -> Result<Settings> {
    let mut settings = super::serve::settings_of(&arguments.process)?;
    let mut kafka = settings.kafka.take().unwrap_or_default();
    macro_rules! take {
        ($($place:expr => $name:ident),*) => { $(if let Some(told) = arguments.$name.clone() { $place = told; })* };
    }
    take!(
        kafka.brokers => brokers,
        kafka.group => group,
        kafka.set_messages_max => set_messages_max
    );
    kafka.changes_topic = arguments.changes_topic.clone().or(kafka.changes_topic);
    kafka.dead_letter_topic = arguments.dead_letter_topic.clone().or(kafka.dead_letter_topic);
    kafka.client = arguments.client.clone().or(kafka.client);
    kafka.tls_ca = arguments.tls_ca.clone().or(kafka.tls_ca);
    kafka.tls_certificate = arguments.tls_certificate.clone().or(kafka.tls_certificate);
    kafka.tls_key = arguments.tls_key.clone().or(kafka.tls_key);
    if let Some(names) = &arguments.topics {
        kafka.topics = names.iter().map(|name| Topic { name: name.clone(), ..Topic::default() }).collect();
    }
    for (name, source) in &arguments.sources {
        topic(&mut kafka.topics, name)?.source = Some(source.clone());
    }
    for (name, column) in &arguments.ids {
        topic(&mut kafka.topics, name)?.id = Some(column.clone());
    }
    settings.kafka = Some(kafka);
    Ok(settings)
}

fn topic<'t>(topics: &'t mut [Topic], name: &str) -> Result<&'t mut Topic> {
    let known = topics.iter_mut().find(|topic| topic.name == name);
    known.ok_or_else(|| {
        Error::usage(format!("the topic `{name}` is not read")).with_hint("name it with `--topic`")
    })
}
