//! One request on its way to its handler: who asks, what for, and the parts of
//! it, each read with a problem that names the field; and the reply on its way
//! back.

use super::Service;
use super::problem::{BAD_REQUEST, MEDIA_TYPE, Problem};
use super::telemetry::Span;
use super::tokens::Role;
use crate::engine::live::{self, Name};
use axum::body::{Body, Bytes};
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use hyper::{StatusCode, Uri};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize};
use std::sync::{Arc, Mutex};

/// Bytes of a header that is kept: the purpose, an idempotency key.
const HEADER_BYTES_MAX: usize = 200;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// The token's name; `-` for nobody, `local` where no token is needed.
    pub name: String,
    pub roles: Vec<Role>,
}

/// A request.
pub struct Asked {
    pub service: Arc<Service>,
    pub who: Who,
    pub headers: HeaderMap,
    pub path: Vec<(String, String)>,
    pub query: Vec<(String, String)>,
    /// The body, where it is read whole.
    pub bytes: Bytes,
    /// The body, where it is read as it comes. The lock is for the compiler: a
    /// body cannot be shared between threads, a request can.
    pub body: Mutex<Body>,
    /// What traces are told of it.
    pub span: Span,
}

/// What a handler gives back.
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Body,
    /// Whose data it was about, for the audit log.
    pub subjects: Vec<String>,
}

impl Asked {
    /// A part of the path.
    pub fn part(&self, name: &str) -> Result<&str, Problem> {
        let found = self.path.iter().find(|(part, _)| part == name);
        found.map(|(_, value)| value.as_str()).ok_or_else(|| Problem::internal("a path without its part"))
    }

    /// The record that the path names.
    pub fn record_name(&self) -> Result<Name, Problem> {
        let checked = |name: &str| {
            let text = self.part(name)?.to_owned();
            live::checked_name(text, name).map_err(|error| Problem::invalid(name, error.to_string()))
        };
        Ok((checked("source")?, checked("record_id")?))
    }

    /// A parameter of the query.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(parameter, _)| parameter == name).map(|(_, value)| value.as_str())
    }

    /// A whole number in the query, within bounds.
    pub fn number(&self, name: &str, default: u64, max: u64) -> Result<u64, Problem> {
        let Some(text) = self.parameter(name) else { return Ok(default) };
        match text.parse::<u64>() {
            Ok(number) if number <= max => Ok(number),
            _ => Err(Problem::invalid(name, format!("`{name}` is a whole number of at most {max}"))),
        }
    }

    /// How many items a page may have.
    pub fn limit(&self) -> Result<usize, Problem> {
        match self.number("limit", 100, 1000)? {
            0 => Err(Problem::invalid("limit", "`limit` is at least 1")),
            limit => Ok(limit as usize),
        }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        if !is_media(&self.headers, "application/json") {
            return Err(Problem::new(&MEDIA_TYPE, "the body must be `application/json`"));
        }
        let mut reader = serde_json::Deserializer::from_slice(&self.bytes);
        let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            let field = pointer(error.path());
            let inner = error.into_inner();
            match inner.classify() {
                serde_json::error::Category::Data => Problem::invalid(field, without_place(&inner)),
                _ => Problem::new(&BAD_REQUEST, format!("the body is no JSON: {inner}")),
            }
        })?;
        reader.end().map_err(|_| Problem::new(&BAD_REQUEST, "something stands after the body's JSON"))?;
        Ok(value)
    }

    /// What the client says that it asks for.
    pub fn purpose(headers: &HeaderMap) -> Result<Option<String>, Problem> {
        short_header(headers, "einklang-purpose")
    }

    /// Runs `read` where it may take its time, on the store as it is now.
    pub async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&super::View) -> crate::error::Result<T> + Send + 'static,
    ) -> Result<T, Problem> {
        self.service.read(read).await
    }
}

/// A header that is kept, if it is there; short and printable.
pub fn short_header(headers: &HeaderMap, name: &'static str) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    match std::str::from_utf8(value.as_bytes()) {
        Ok(text) if text.len() <= HEADER_BYTES_MAX && !text.chars().any(char::is_control) => {
            Ok(Some(text.to_owned()))
        }
        _ => Err(Problem::invalid(
            name,
            format!("the header holds at most {HEADER_BYTES_MAX} bytes of printable text"),
        )),
    }
}

pub fn is_media(headers: &HeaderMap, media: &str) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let bare = value.split(';').next().unwrap_or_default().trim();
    bare.eq_ignore_ascii_case(media)
}

/// The query's parameters, decoded.
pub fn query(uri: &Uri) -> Result<Vec<(String, String)>, Problem> {
    let text = uri.query().unwrap_or_default();
    let parts = text.split('&').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            Ok((decoded(name)?, decoded(value)?))
        })
        .collect()
}

/// Text from its percent-encoded form, `+` for a space.
fn decoded(text: &str) -> Result<String, Problem> {
    let wrong = || Problem::new(&BAD_REQUEST, "the query is not percent-encoded UTF-8");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
                let (high, low) = (digit().ok_or_else(wrong)?, digit().ok_or_else(wrong)?);
                (high * 16 + low) as u8
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).map_err(|_| wrong())
}

/// A JSON pointer (RFC 6901) to where reading stopped.
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => {
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
            }
            Segment::Enum { variant } => pointer.push_str(&format!("/{variant}")),
            Segment::Unknown => {}
        }
    }
    pointer
}

/// The reader's words without where in the text it stopped. It may quote what
/// it met, which is the client's own.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rfind(" at line ").and_then(|end| text.get(..end)).unwrap_or(&text).to_owned()
}

impl Reply {
    pub fn new(status: StatusCode, media: &'static str, body: impl Into<Body>) -> Self {
        let mut headers = HeaderMap::new();
        if !media.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
        }
        Self { status, headers, body: body.into(), subjects: Vec::new() }
    }

    pub fn json(value: &impl Serialize) -> Result<Self, Problem> {
        let bytes = serde_json::to_vec(value).map_err(|error| Problem::internal(error.to_string()))?;
        Ok(Self::new(StatusCode::OK, "application/json", bytes))
    }

    pub fn about(mut self, subjects: impl IntoIterator<Item = String>) -> Self {
        self.subjects.extend(subjects);
        self
    }

    pub fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }
}

/// A whole number, which JSON may also spell `17.0`.
pub fn whole<'de, D: Deserializer<'de>, T: TryFrom<u64>>(deserializer: D) -> Result<T, D::Error> {
    let number = f64::deserialize(deserializer)?;
    from_float(number).ok_or_else(|| D::Error::custom("a whole number of that size is expected"))
}

/// As [`whole`], or nothing.
pub fn whole_or_none<'de, D: Deserializer<'de>, T: TryFrom<u64>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let Some(number) = Option::<f64>::deserialize(deserializer)? else { return Ok(None) };
    let whole = from_float(number);
    whole.map(Some).ok_or_else(|| D::Error::custom("a whole number of that size is expected"))
}

/// Beyond 2^53 a float no longer tells whole numbers apart.
fn from_float<T: TryFrom<u64>>(number: f64) -> Option<T> {
    let is_whole = number.fract() == 0.0 && (0.0..=9_007_199_254_740_992.0).contains(&number);
    is_whole.then(|| T::try_from(number as u64).ok()).flatten()
}

/// How the audit log names a customer.
pub fn of_customer(id: &str) -> String {
    format!("customer:{id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_decoded() {
        let parameters = |text: &str| query(&format!("/x?{text}").parse().unwrap()).ok();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(parameters("a=1&b=M%C3%BCller+x"), Some(vec![pair("a", "1"), pair("b", "Müller x")]));
        assert_eq!(parameters("a"), Some(vec![pair("a", "")]));
        assert_eq!(parameters(""), Some(Vec::new()));
        assert_eq!(parameters("a=%C3"), None);
        assert_eq!(parameters("a=%zz"), None);
        assert_eq!(parameters("a=%4"), None);
    }
}
