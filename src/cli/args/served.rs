//! The commands of the service, each flag defined once.

use super::KeyFile;
use clap::{Args, Subcommand, ValueEnum, ValueHint};
use std::net::SocketAddr;
use std::path::PathBuf;

/// What `serve` and `consume` share: both run until they are stopped, and one of
/// them has the store.
#[derive(Debug, Clone, Args)]
pub struct Process {
    /// A TOML file of settings, named as the flags with underscores
    #[arg(long, value_name = "FILE", env = "EINKLANG_CONFIG", value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// The store; an empty one is made where there is none
    #[arg(long, value_name = "DIR", env = "EINKLANG_STORE", value_hint = ValueHint::DirPath)]
    pub store: Option<PathBuf>,
    #[command(flatten)]
    pub key: KeyFile,
    /// The folder of tokens and audit log, instead of `service` in the store's
    #[arg(long, value_name = "DIR", env = "EINKLANG_STATE", value_hint = ValueHint::DirPath)]
    pub state: Option<PathBuf>,
    /// Bytes that must be free on the store's disk for changes to be taken
    #[arg(long, value_name = "BYTES", env = "EINKLANG_DISK_BYTES_MIN")]
    pub disk_bytes_min: Option<u64>,
    /// The OpenTelemetry collector that traces are sent to, `http://HOST:PORT` or `https://HOST:PORT`
    #[arg(long, value_name = "URL", env = "OTEL_EXPORTER_OTLP_ENDPOINT")]
    pub otlp_endpoint: Option<String>,
    /// The certificate of the collector's authority, PEM; otherwise the system's authorities count
    #[arg(long, value_name = "FILE", env = "OTEL_EXPORTER_OTLP_CERTIFICATE", value_hint = ValueHint::FilePath)]
    pub otlp_ca: Option<PathBuf>,
    /// The certificate chain that the collector is shown, PEM
    #[arg(long, value_name = "FILE", env = "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", value_hint = ValueHint::FilePath)]
    pub otlp_certificate: Option<PathBuf>,
    /// Its private key, PEM
    #[arg(long, value_name = "FILE", env = "OTEL_EXPORTER_OTLP_CLIENT_KEY", value_hint = ValueHint::FilePath)]
    pub otlp_key: Option<PathBuf>,
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:\n  einklang serve --store graph\n  \
                        einklang serve --store graph --listen 0.0.0.0:7700 --tls-certificate chain.pem --tls-key key.pem\n  \
                        einklang serve --config einklang.toml\n\n\
                        Flags come before the environment, that before the file. Off loopback a certificate and\n\
                        a token are needed. The addresses are listed at /docs.")]
pub struct Serve {
    #[command(flatten)]
    pub process: Process,
    /// Address and port; 127.0.0.1:7700 unless told otherwise
    #[arg(long, value_name = "ADDRESS", env = "EINKLANG_LISTEN")]
    pub listen: Option<SocketAddr>,
    /// The certificate chain, PEM
    #[arg(long, value_name = "FILE", env = "EINKLANG_TLS_CERTIFICATE", value_hint = ValueHint::FilePath)]
    pub tls_certificate: Option<PathBuf>,
    /// The certificate's private key, PEM
    #[arg(long, value_name = "FILE", env = "EINKLANG_TLS_KEY", value_hint = ValueHint::FilePath)]
    pub tls_key: Option<PathBuf>,
    /// A name that clients on this machine address the service by; may be given several times
    #[arg(long = "host", value_name = "NAME", env = "EINKLANG_HOSTS", value_delimiter = ',')]
    pub hosts: Option<Vec<String>>,
    /// Connections at once
    #[arg(long, value_name = "N", env = "EINKLANG_CONNECTIONS_MAX")]
    pub connections_max: Option<usize>,
    /// Bytes of a body, and of a line of a batch
    #[arg(long, value_name = "BYTES", env = "EINKLANG_BODY_BYTES_MAX")]
    pub body_bytes_max: Option<usize>,
    /// Seconds that a request may take to arrive, and to be worked on
    #[arg(long, value_name = "SECONDS", env = "EINKLANG_REQUEST_SECONDS_MAX")]
    pub request_seconds_max: Option<u64>,
    /// Operations that may wait to be written
    #[arg(long, value_name = "N", env = "EINKLANG_QUEUE_OPERATIONS_MAX")]
    pub queue_operations_max: Option<usize>,
    /// Operations that are written to disk together
    #[arg(long, value_name = "N", env = "EINKLANG_GROUP_OPERATIONS_MAX")]
    pub group_operations_max: Option<usize>,
    /// Requests a second that one token may make; 0: as many as it likes
    #[arg(long, value_name = "N", env = "EINKLANG_TOKEN_REQUESTS_PER_SECOND_MAX")]
    pub token_requests_per_second_max: Option<u32>,
    /// Seconds that requests under way get when the service is stopped
    #[arg(long, value_name = "SECONDS", env = "EINKLANG_STOP_SECONDS_MAX")]
    pub stop_seconds_max: Option<u64>,
    /// Whether each request gets a line in the log
    #[arg(long, value_name = "BOOL", env = "EINKLANG_LOG_REQUESTS", num_args = 0..=1, default_missing_value = "true")]
    pub log_requests: Option<bool>,
    /// Whether rules come into force only by somebody who did not write them
    #[arg(long, value_name = "BOOL", env = "EINKLANG_FOUR_EYES", num_args = 0..=1, default_missing_value = "true")]
    pub four_eyes: Option<bool>,
    /// Which decisions of stewards take effect only once somebody else approved them
    #[arg(long, value_name = "KIND", env = "EINKLANG_FOUR_EYES_DECISIONS")]
    pub four_eyes_decisions: Option<ApprovedChoice>,
    /// Also decisions that change a customer of so many records or more; 0: none
    #[arg(long, value_name = "RECORDS", env = "EINKLANG_FOUR_EYES_RECORDS_MIN")]
    pub four_eyes_records_min: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ApprovedChoice {
    /// None
    None,
    /// Those that join customers
    Joins,
    /// Every one that takes effect, pinned values included
    All,
}

/// Where the service keeps its tokens and its audit log.
#[derive(Debug, Clone, Args)]
pub struct State {
    /// The store that is served
    #[arg(long, value_name = "DIR", env = "EINKLANG_STORE", value_hint = ValueHint::DirPath, required_unless_present = "state")]
    pub store: Option<PathBuf>,
    /// The folder of tokens and audit log, instead of `service` in the store's
    #[arg(long, value_name = "DIR", env = "EINKLANG_STATE", value_hint = ValueHint::DirPath)]
    pub state: Option<PathBuf>,
}

#[derive(Debug, Clone, Subcommand)]
pub enum Token {
    /// Make a token and print it; it is shown only now
    #[command(
        after_help = "Example:\n  einklang token create --store graph crm-pipeline --role reader --role writer --days 365"
    )]
    Create {
        #[command(flatten)]
        state: State,
        /// Who uses it; the audit log has this name
        #[arg(value_name = "NAME", value_parser = token_name)]
        name: String,
        /// What it allows; may be given several times
        #[arg(long = "role", value_name = "ROLE", required = true)]
        roles: Vec<RoleChoice>,
        /// Days that it is valid; otherwise until it is revoked
        #[arg(long, value_name = "N")]
        days: Option<u32>,
    },
    /// List the tokens, never the secrets
    #[command(after_help = "Example:\n  einklang token list --store graph")]
    List {
        #[command(flatten)]
        state: State,
    },
    /// End a token; a running service refuses it within a second or two
    #[command(after_help = "Example:\n  einklang token revoke --store graph crm-pipeline")]
    Revoke {
        #[command(flatten)]
        state: State,
        /// The token's name
        #[arg(value_name = "NAME")]
        name: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RoleChoice {
    /// Look up
    Reader,
    /// Put records in and take them out
    Writer,
    /// Look up, and decide about pairs
    Steward,
    /// Look up, and answer for access and erasure
    Approver,
    /// Run the service: export, audit, tokens, figures
    Administrator,
}

#[derive(Debug, Clone, Subcommand)]
pub enum Audit {
    /// Check that no line of the audit log was changed, taken out or put in
    #[command(after_help = "Example:\n  einklang audit verify --store graph --known 5f1c…\n\n\
                            The hash of the last line, noted elsewhere, shows later that none was cut off.")]
    Verify {
        #[command(flatten)]
        state: State,
        /// The hash of a line that the log must still hold
        #[arg(long, value_name = "HASH")]
        known: Option<String>,
    },
}

fn token_name(text: &str) -> Result<String, String> {
    let fits = (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.@".contains(&byte));
    fits.then(|| text.to_owned()).ok_or_else(|| "1 to 64 letters, digits and `-_.@`".to_owned())
}
