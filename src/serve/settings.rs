//! What the service can be told, with its defaults and bounds. Flags, the
//! environment and a file are brought together by the command line; here they
//! are one.

use crate::engine::live::{Approved, FourEyes};
use crate::error::{Error, Result};
use crate::store::{Key, Location};
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Every setting. In a file: TOML with the same names.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The store to serve.
    pub store: PathBuf,
    /// The file that holds its key, where it is encrypted.
    pub key_file: Option<PathBuf>,
    /// The key itself, which no file of settings may hold.
    #[serde(skip)]
    pub key: Option<Key>,
    /// Where tokens and the audit log stand; beside the rows in the store's
    /// folder unless told otherwise.
    pub state: Option<PathBuf>,
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// Certificate chain and private key, PEM.
    pub tls_certificate: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
    /// Names under which clients may address the service on loopback, besides
    /// `localhost` and addresses.
    pub hosts: Vec<String>,
    /// Connections at once; further ones wait.
    pub connections_max: usize,
    /// Bytes of a body, and of a line of a batch.
    pub body_bytes_max: usize,
    /// Seconds that a request may take to arrive, and to be worked on.
    pub request_seconds_max: u64,
    /// Operations of single requests that may wait for the writer.
    pub queue_operations_max: usize,
    /// Operations that are written to disk together.
    pub group_operations_max: usize,
    /// Requests a second that one token may make on average; 0: as many as it
    /// likes.
    pub token_requests_per_second_max: u32,
    /// Seconds that requests under way get when the service is stopped.
    pub stop_seconds_max: u64,
    /// Whether each request gets a line in the log.
    pub log_requests: bool,
    /// The OpenTelemetry collector that traces go to, `http://HOST:PORT` or
    /// `https://HOST:PORT`.
    pub otlp_endpoint: Option<String>,
    /// Certificates of authorities that it is trusted by, PEM; the system's
    /// unless told otherwise.
    pub otlp_ca: Option<PathBuf>,
    /// Certificate chain and private key that the collector is shown, PEM.
    pub otlp_certificate: Option<PathBuf>,
    pub otlp_key: Option<PathBuf>,
    /// Bytes that must be free on the store's disk for writes to be taken.
    pub disk_bytes_min: u64,
    /// Whether rules come into force only by somebody who did not write them.
    pub four_eyes: bool,
    /// Which stewards' decisions take effect only once somebody else approved
    /// them.
    pub four_eyes_decisions: Approved,
    /// Also decisions that change a customer of so many records or more; 0: none.
    pub four_eyes_records_min: usize,
    /// Topics that are consumed into the store.
    #[cfg(feature = "kafka")]
    pub kafka: Option<crate::consume::Settings>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            store: PathBuf::new(),
            key_file: None,
            key: None,
            state: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 7700)),
            tls_certificate: None,
            tls_key: None,
            hosts: Vec::new(),
            connections_max: 1024,
            body_bytes_max: crate::engine::live::OPERATION_BYTES_MAX,
            request_seconds_max: 30,
            queue_operations_max: 4096,
            group_operations_max: 512,
            token_requests_per_second_max: 0,
            stop_seconds_max: 20,
            log_requests: false,
            otlp_endpoint: None,
            otlp_ca: None,
            otlp_certificate: None,
            otlp_key: None,
            disk_bytes_min: 512 << 20,
            four_eyes: false,
            four_eyes_decisions: Approved::None,
            four_eyes_records_min: 0,
            #[cfg(feature = "kafka")]
            kafka: None,
        }
    }
}

impl Settings {
    /// Reads a file of settings.
    ///
    /// # Errors
    /// It cannot be read, or holds what is no setting.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|error| Error::io("read", path, error))?;
        toml::from_str(&text).map_err(|error| {
            let line =
                error.span().map(|span| 1 + text.get(..span.start).unwrap_or("").matches('\n').count());
            Error::usage(error.message().to_owned())
                .at(path, line.map(|line| line as u64), None)
                .with_hint("docs/service.md lists the settings")
        })
    }

    /// The store and its key.
    pub fn location(&self) -> Location {
        Location { path: self.store.clone(), key: self.key.clone() }
    }

    /// The folder of tokens and audit log.
    pub fn state(&self) -> PathBuf {
        self.state.clone().unwrap_or_else(|| self.store.join("service"))
    }

    /// Which decisions need somebody else's approval.
    pub fn four_eyes_for_decisions(&self) -> FourEyes {
        let least = self.four_eyes_records_min;
        FourEyes { of: self.four_eyes_decisions, records_min: (least > 0).then_some(least) }
    }

    pub fn has_tls(&self) -> bool {
        self.tls_certificate.is_some()
    }

    /// Whether only this machine can reach the service.
    pub fn is_loopback(&self) -> bool {
        self.listen.ip().is_loopback()
    }

    /// Refuses settings that would be unsafe or senseless.
    ///
    /// # Errors
    /// They are.
    pub fn check(&self, has_tokens: bool) -> Result<()> {
        if self.tls_certificate.is_some() != self.tls_key.is_some() {
            return Err(Error::usage("a certificate and a private key go together")
                .with_hint("give both `--tls-certificate` and `--tls-key`, or neither"));
        }
        if !self.is_loopback() && !self.has_tls() {
            return Err(Error::usage(format!(
                "`{}` can be reached from other machines, so a certificate is needed",
                self.listen
            ))
            .with_hint("give `--tls-certificate` and `--tls-key`, or listen on 127.0.0.1 behind a proxy"));
        }
        if !self.is_loopback() && !has_tokens {
            return Err(Error::usage(format!(
                "`{}` can be reached from other machines, and there is no token yet",
                self.listen
            ))
            .with_hint("make one with `einklang token create`"));
        }
        let positive = [
            (self.connections_max, "connections_max"),
            (self.body_bytes_max, "body_bytes_max"),
            (self.request_seconds_max as usize, "request_seconds_max"),
            (self.queue_operations_max, "queue_operations_max"),
            (self.group_operations_max, "group_operations_max"),
        ];
        match positive.iter().find(|(value, _)| *value == 0) {
            Some((_, name)) => Err(Error::usage(format!("`{name}` must be at least 1"))),
            None => Ok(()),
        }
    }
}
