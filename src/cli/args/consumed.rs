//! The command that consumes topics, each flag defined once.

use super::Process;
use clap::{Args, ValueHint};
use std::path::PathBuf;

#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Examples:\n  einklang consume --store graph --brokers localhost:9092 --topic records\n  \
                  einklang consume --store graph --brokers k1:9093,k2:9093 --client client.properties \\\n    \
                  --topic crm.public.customers --source crm.public.customers=crm --dead-letter-topic records.dead \\\n    \
                  --changes-topic customers\n\n\
                  Messages are operations as `upsert` takes them, or Debezium's change envelopes. How far each\n\
                  partition came is stored with its effects, so nothing is lost or worked in twice. Passwords\n\
                  belong into the client's file. With a table `kafka` in its file, `serve` consumes as well."
)]
pub struct Consume {
    #[command(flatten)]
    pub process: Process,
    /// Brokers to begin with; may be given several times
    #[arg(long, value_name = "HOST:PORT", env = "EINKLANG_KAFKA_BROKERS", value_delimiter = ',')]
    pub brokers: Option<Vec<String>>,
    /// The consumer group, `einklang` unless told otherwise; another one begins at the beginning
    #[arg(long, value_name = "NAME", env = "EINKLANG_KAFKA_GROUP")]
    pub group: Option<String>,
    /// A topic to read; may be given several times
    #[arg(long = "topic", value_name = "TOPIC", env = "EINKLANG_KAFKA_TOPICS", value_delimiter = ',')]
    pub topics: Option<Vec<String>>,
    /// The source of a topic's rows; otherwise the connector's name and the table's
    #[arg(long = "source", value_name = "TOPIC=SOURCE", value_parser = of_topic)]
    pub sources: Vec<(String, String)>,
    /// The column that names the records of a topic's rows; otherwise the key does
    #[arg(long = "id", value_name = "TOPIC=COLUMN", value_parser = of_topic)]
    pub ids: Vec<(String, String)>,
    /// Where changes of customers are written to
    #[arg(long, value_name = "TOPIC", env = "EINKLANG_KAFKA_CHANGES_TOPIC")]
    pub changes_topic: Option<String>,
    /// Where messages go that are no operation; without it the first one ends the command
    #[arg(long, value_name = "TOPIC", env = "EINKLANG_KAFKA_DEAD_LETTER_TOPIC")]
    pub dead_letter_topic: Option<String>,
    /// A file of librdkafka's properties, such as passwords: `name=value` lines
    #[arg(long, value_name = "FILE", env = "EINKLANG_KAFKA_CLIENT", value_hint = ValueHint::FilePath)]
    pub client: Option<PathBuf>,
    /// The certificate of the brokers' authority, PEM; with it TLS is spoken
    #[arg(long, value_name = "FILE", env = "EINKLANG_KAFKA_TLS_CA", value_hint = ValueHint::FilePath)]
    pub tls_ca: Option<PathBuf>,
    /// The certificate chain that brokers are shown, PEM
    #[arg(long, value_name = "FILE", env = "EINKLANG_KAFKA_TLS_CERTIFICATE", value_hint = ValueHint::FilePath)]
    pub tls_certificate: Option<PathBuf>,
    /// Its private key, PEM
    #[arg(long, value_name = "FILE", env = "EINKLANG_KAFKA_TLS_KEY", value_hint = ValueHint::FilePath)]
    pub tls_key: Option<PathBuf>,
    /// Messages that are worked in together, 1024 unless told otherwise, at most 4096
    #[arg(long, value_name = "N", env = "EINKLANG_KAFKA_SET_MESSAGES_MAX")]
    pub set_messages_max: Option<usize>,
}

fn of_topic(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((topic, told)) if !topic.is_empty() && !told.is_empty() => {
            Ok((topic.to_owned(), told.to_owned()))
        }
        _ => Err("write `TOPIC=…`".to_owned()),
    }
}
