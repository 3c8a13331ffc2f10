//! Which topics are consumed as what, and how the brokers are reached.

use crate::error::{Error, Result};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Messages that are worked in together, at most.
pub const SET_MESSAGES_MAX: usize = 4096;

/// Every setting. In the service's file: the table `kafka` with these names.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Host and port of one or more brokers.
    pub brokers: Vec<String>,
    /// The consumer group; how far it came is kept in the store under its name.
    pub group: String,
    /// What is read.
    pub topics: Vec<Topic>,
    /// Where changes of customers are written to.
    pub changes_topic: Option<String>,
    /// Where messages go that are no operation.
    pub dead_letter_topic: Option<String>,
    /// A file of properties of the Kafka client, such as passwords.
    pub client: Option<PathBuf>,
    /// Certificates of authorities that brokers are trusted by, PEM.
    pub tls_ca: Option<PathBuf>,
    /// Certificate chain and private key that brokers are shown, PEM.
    pub tls_certificate: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
    /// Messages that are worked in together.
    pub set_messages_max: usize,
}

/// A topic that is read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Topic {
    pub name: String,
    /// The source of the rows of a database's table; otherwise the connector's
    /// name and the table's.
    pub source: Option<String>,
    /// The column of a row that names its record; otherwise the message's key.
    pub id: Option<String>,
    /// Columns of a row that hold days since 1970, where messages bear no
    /// schema that tells.
    pub dates: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            brokers: Vec::new(),
            group: "einklang".to_owned(),
            topics: Vec::new(),
            changes_topic: None,
            dead_letter_topic: None,
            client: None,
            tls_ca: None,
            tls_certificate: None,
            tls_key: None,
            set_messages_max: 1024,
        }
    }
}

/// Properties that this program sets, since its promises hang on them.
const OWN: &[&str] = &[
    "bootstrap.servers",
    "metadata.broker.list",
    "group.id",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "auto.offset.reset",
    "isolation.level",
    "enable.idempotence",
    "acks",
    "request.required.acks",
    "transactional.id",
    "message.timeout.ms",
    "delivery.timeout.ms",
];

impl Settings {
    /// Refuses settings that make no sense.
    ///
    /// # Errors
    /// They do not.
    pub fn check(&self) -> Result<()> {
        if self.brokers.is_empty() {
            return Err(Error::usage("no broker is named").with_hint("give `--brokers HOST:PORT`"));
        }
        if self.topics.is_empty() {
            return Err(Error::usage("no topic is named").with_hint("give `--topic NAME`"));
        }
        if self.group.is_empty() || self.group.len() > 255 || self.group.contains('\0') {
            return Err(Error::usage("the group's name must be 1 to 255 bytes long, without NUL"));
        }
        if !(1..=SET_MESSAGES_MAX).contains(&self.set_messages_max) {
            return Err(Error::usage(format!("`set_messages_max` is between 1 and {SET_MESSAGES_MAX}")));
        }
        let mut names = BTreeSet::new();
        let written = [&self.changes_topic, &self.dead_letter_topic].into_iter().flatten();
        for name in self.topics.iter().map(|topic| &topic.name).chain(written) {
            if name.is_empty() {
                return Err(Error::usage("a topic has no name"));
            }
            if !names.insert(name) {
                return Err(Error::usage(format!("the topic `{name}` is named twice"))
                    .with_hint("what is read, changes and dead letters each have topics of their own"));
            }
        }
        Ok(())
    }

    /// The properties of the client's file, and those of TLS.
    ///
    /// # Errors
    /// It cannot be read, holds what is no property, or one that is not to be
    /// changed; what is told of TLS does not fit together.
    pub fn properties(&self) -> Result<BTreeMap<String, String>> {
        let mut found = match &self.client {
            None => BTreeMap::new(),
            Some(path) => {
                let text = std::fs::read_to_string(path).map_err(|error| Error::io("read", path, error))?;
                properties(&text, path)?
            }
        };
        self.add_tls(&mut found)?;
        Ok(found)
    }

    /// Whoever names a certificate wants TLS, and gets nothing less.
    fn add_tls(&self, found: &mut BTreeMap<String, String>) -> Result<()> {
        if self.tls_certificate.is_some() != self.tls_key.is_some() {
            return Err(Error::usage("a certificate and a private key go together")
                .with_hint("give both `--tls-certificate` and `--tls-key`, or neither"));
        }
        let told = [
            ("ssl.ca.location", &self.tls_ca),
            ("ssl.certificate.location", &self.tls_certificate),
            ("ssl.key.location", &self.tls_key),
        ];
        for (property, path) in told {
            let Some(path) = path else { continue };
            let text = path.to_str().ok_or_else(|| {
                Error::usage(format!("the name of the file `{}` is no UTF-8", path.display()))
            })?;
            found.insert(property.to_owned(), text.to_owned());
            let protocol = found.entry("security.protocol".to_owned()).or_insert_with(|| "ssl".to_owned());
            if !protocol.to_ascii_lowercase().ends_with("ssl") {
                return Err(Error::usage("certificates are told, and `security.protocol` is without TLS")
                    .with_hint("take `ssl` or `sasl_ssl`, or leave the property out"));
            }
        }
        Ok(())
    }

    pub fn topic(&self, name: &str) -> Option<&Topic> {
        self.topics.iter().find(|topic| topic.name == name)
    }
}

/// Lines of `name=value`; empty ones and those after `#` say nothing. Faults
/// name the property, never its value.
fn properties(text: &str, path: &Path) -> Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let number = Some(at as u64 + 1);
        let Some((name, value)) = line.split_once('=') else {
            return Err(Error::usage("a line is no `name=value`").at(path, number, None));
        };
        let name = name.trim();
        if OWN.contains(&name) {
            return Err(Error::usage(format!("`{name}` is not to be changed here"))
                .at(path, number, None)
                .with_hint("what is read once and only once hangs on it, or a flag sets it"));
        }
        found.insert(name.to_owned(), value.trim().to_owned());
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_read_and_some_refused() {
        let path = Path::new("client.properties");
        let read = properties("# to the broker\nsecurity.protocol = sasl_ssl\n\nsasl.password=a=b\n", path);
        let read = read.expect("it is well formed");
        assert_eq!(read.get("security.protocol").map(String::as_str), Some("sasl_ssl"));
        assert_eq!(read.get("sasl.password").map(String::as_str), Some("a=b"));
        let refused =
            properties("sasl.password=secret\nenable.idempotence=false", path).expect_err("refused");
        assert!(!refused.to_string().contains("secret"));
        assert_eq!(refused.place().and_then(|place| place.line), Some(2));
    }

    #[test]
    fn certificates_mean_tls() {
        let folder = tempfile::tempdir().expect("a folder");
        let client = folder.path().join("client.properties");
        let settings = |protocol: &str| {
            std::fs::write(&client, protocol).expect("it is written");
            let tls_ca = Some(PathBuf::from("ca.pem"));
            Settings { client: Some(client.clone()), tls_ca, ..Settings::default() }
        };
        let of =
            |protocol: &str| settings(protocol).properties().map(|found| found["security.protocol"].clone());
        assert_eq!(of("").ok().as_deref(), Some("ssl"));
        assert_eq!(of("security.protocol=SASL_SSL").ok().as_deref(), Some("SASL_SSL"));
        assert!(of("security.protocol=sasl_plaintext").is_err());
        let half = Settings { tls_certificate: Some("client.pem".into()), ..Settings::default() };
        assert!(half.properties().is_err());
        assert!(Settings::default().properties().expect("nothing is told").is_empty());
    }

    #[test]
    fn one_topic_is_not_both_read_and_written() {
        let topic = Topic { name: "records".to_owned(), ..Topic::default() };
        let settings = Settings {
            brokers: vec!["localhost:9092".to_owned()],
            topics: vec![topic],
            ..Settings::default()
        };
        assert!(settings.check().is_ok());
        let twice = Settings { dead_letter_topic: Some("records".to_owned()), ..settings };
        assert!(twice.check().is_err());
    }
}
