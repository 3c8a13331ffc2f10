//! What can go wrong, said so that the reader can mend it. An [`Error`] stops
//! a command; a fault in one row never does, it becomes a
//! [`crate::record::Quarantined`] row instead. Printing is not done here.

use std::fmt;
use std::path::{Path, PathBuf};

/// The result of everything in this crate that can fail as a whole.
pub type Result<T> = std::result::Result<T, Error>;

/// A failure that ends the command: what happened, where, and how to mend it.
///
/// Messages follow one form: lower case, no full stop, literals in backticks.
#[derive(Debug)]
pub struct Error(Box<Detail>);

/// Apart, so that a result costs one pointer where nothing fails.
#[derive(Debug)]
struct Detail {
    message: String,
    place: Option<Place>,
    hint: Option<String>,
    kind: ErrorKind,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// Where in the user's files a failure lies; `line` is 1-based.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub path: PathBuf,
    pub line: Option<u64>,
    pub field: Option<String>,
}

/// Who has to act on a failure; the command line turns it into an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The command was called wrongly: exit code 2.
    Usage,
    /// The data, rules or machine made the work impossible: exit code 1.
    Failed,
}

impl Error {
    /// A failure of the work itself.
    pub fn failed(message: impl Into<String>) -> Self {
        let message = message.into();
        Self(Box::new(Detail { message, place: None, hint: None, kind: ErrorKind::Failed, source: None }))
    }

    /// A command that was called wrongly.
    pub fn usage(message: impl Into<String>) -> Self {
        let mut error = Self::failed(message);
        error.0.kind = ErrorKind::Usage;
        error
    }

    /// An I/O failure on `path`, with the operation that failed as `doing`
    /// (`read`, `write`, `create`).
    pub fn io(doing: &str, path: &Path, source: std::io::Error) -> Self {
        let message = format!("cannot {doing} `{}`: {}", path.display(), io_reason(&source));
        let mut error = Self::failed(message);
        error.0.source = Some(Box::new(source));
        error
    }

    /// An I/O failure on one of the process's own streams, such as
    /// `standard output`; `doing` as in `write to`.
    pub fn stream(doing: &str, stream: &str, source: std::io::Error) -> Self {
        let message = format!("cannot {doing} {stream}: {}", io_reason(&source));
        Self::failed(message).with_source(source)
    }

    /// Adds how to mend it.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Adds where it lies.
    pub fn at(mut self, path: &Path, line: Option<u64>, field: Option<&str>) -> Self {
        self.0.place = Some(Place { path: path.to_owned(), line, field: field.map(str::to_owned) });
        self
    }

    /// Adds the failure beneath it.
    pub fn with_source(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.0.source = Some(Box::new(source));
        self
    }

    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    pub fn place(&self) -> Option<&Place> {
        self.0.place.as_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// The system's reason without the error number that `std` appends to it.
fn io_reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(end) => text[..end].to_lowercase(),
        None => text,
    }
}
