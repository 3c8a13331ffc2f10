//! What is asked of a live graph, and what it answers.

use crate::error::{Error, Result};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// A record that comes, changes or goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    pub source: String,
    pub record_id: String,
    /// The version, in microseconds since 1970: an older one than is known
    /// changes nothing.
    pub at: Option<i64>,
    /// Column and value; `None`: the record goes.
    pub fields: Option<Vec<(String, String)>>,
    /// Where in which stream it stands; one that was passed already changes
    /// nothing.
    pub position: Option<Position>,
}

/// A place in a stream of operations, such as a partition of a topic and an
/// offset in it. Places only grow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    pub stream: String,
    pub place: u64,
}

/// What became of an operation; it is on disk by then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Answer {
    pub source: String,
    pub record_id: String,
    /// The record's customer; `None` where the record is gone.
    pub customer_id: Option<String>,
    /// What happened to the customers that it belonged and belongs to.
    pub changes: Vec<Change>,
    /// The record was erased and is not taken again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub suppressed: bool,
    /// Its place in the stream was passed already.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub repeated: bool,
}

/// One change of a customer, as the feed tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Change {
    pub seq: u64,
    pub kind: &'static str,
    pub customer_id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<String>,
}

/// Bytes of one operation at most.
pub const OPERATION_BYTES_MAX: usize = 1 << 20;

impl Operation {
    /// Reads one line of JSON.
    ///
    /// # Errors
    /// It is not of the form that `docs/live.md` describes.
    pub fn parse(line: &str) -> Result<Self> {
        if line.len() > OPERATION_BYTES_MAX {
            return Err(Error::failed(format!("an operation is at most {OPERATION_BYTES_MAX} bytes long")));
        }
        let value: Value = serde_json::from_str(line)
            .map_err(|error| Error::failed(format!("this is not JSON: {error}")))?;
        Self::from_json(value)
    }

    /// Reads an operation that is JSON already.
    ///
    /// # Errors
    /// As [`Operation::parse`].
    pub fn from_json(value: Value) -> Result<Self> {
        let Value::Object(mut object) = value else {
            return Err(Error::failed("an operation is a JSON object").with_hint(FORM));
        };
        let op = object.remove("op");
        let at = object.remove("at").filter(|at| !at.is_null());
        let at = at.map(|at| checked_version(&at)).transpose()?;
        let mut operation = Self {
            source: name(object.remove("source"), "source")?,
            record_id: name(object.remove("record_id"), "record_id")?,
            at,
            fields: None,
            position: position(object.remove("stream"), object.remove("place"))?,
        };
        match op.as_ref().and_then(Value::as_str) {
            Some("delete") => {}
            Some("upsert") => operation.fields = Some(fields(object.remove("fields"))?),
            _ => {
                return Err(Error::failed("`op` is neither `upsert` nor `delete`").with_hint(FORM));
            }
        }
        match object.keys().next() {
            None => Ok(operation),
            Some(key) => Err(Error::failed(format!("`{key}` is no part of an operation")).with_hint(FORM)),
        }
    }
}

const FORM: &str = r#"write {"op":"upsert","source":"shop","record_id":"17","fields":{"email":"…"}} or {"op":"delete","source":"shop","record_id":"17"}"#;

fn name(value: Option<Value>, what: &str) -> Result<String> {
    let text = match value {
        Some(Value::String(text)) => text,
        Some(Value::Number(number)) => number.to_string(),
        _ => return Err(Error::failed(format!("`{what}` is missing")).with_hint(FORM)),
    };
    checked_name(text, what)
}

/// A source's name or a record's id, as `what` says.
///
/// # Errors
/// No record may be called so.
pub fn checked_name(text: String, what: &str) -> Result<String> {
    let text = if what == "source" { text.trim().to_owned() } else { text };
    if text.is_empty() || text.contains('\0') || text.len() > 1024 {
        let message = format!("`{what}` must be a text of 1 to 1024 bytes without NUL");
        return Err(Error::failed(message));
    }
    Ok(text)
}

/// A version: an RFC 3339 time, or a number that grows.
///
/// # Errors
/// It is neither.
pub fn checked_version(value: &Value) -> Result<i64> {
    let wrong = || {
        Error::failed("`at` is no time")
            .with_hint("write it as `2026-11-21T10:00:00Z`, or as a number that grows")
    };
    match value {
        Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)).ok_or_else(wrong),
        Value::String(text) => {
            let time: jiff::Timestamp = text.parse().map_err(|_| wrong())?;
            Ok(time.as_microsecond())
        }
        _ => Err(wrong()),
    }
}

/// A whole number that JSON spells as `17.0` or `1e6`.
fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() <= 9e18).then_some(number as i64)
}

fn position(stream: Option<Value>, place: Option<Value>) -> Result<Option<Position>> {
    let (Some(stream), Some(place)) = (&stream, &place) else {
        return match stream.or(place) {
            None => Ok(None),
            Some(_) => Err(Error::failed("`stream` and `place` go together")
                .with_hint("`place` is a whole number that grows with each operation of the stream")),
        };
    };
    let place = place.as_u64().ok_or_else(|| Error::failed("`place` is no whole number"))?;
    let stream = stream.as_str().ok_or_else(|| Error::failed("`stream` is no text"))?;
    Ok(Some(Position { stream: checked_name(stream.to_owned(), "stream")?, place }))
}

fn fields(value: Option<Value>) -> Result<Vec<(String, String)>> {
    let Some(Value::Object(object)) = value else {
        return Err(Error::failed("`fields` is missing or no object").with_hint(FORM));
    };
    checked_fields(object)
}

/// Column and value, nested objects by dotted names as when NDJSON is read as
/// a file; sorted by column.
///
/// # Errors
/// A value holds what no value may.
pub fn checked_fields(object: serde_json::Map<String, Value>) -> Result<Vec<(String, String)>> {
    let mut found = Vec::with_capacity(object.len());
    for (name, value) in object {
        flatten(name, value, &mut found)?;
    }
    found.sort_unstable();
    found.dedup_by(|later, earlier| later.0 == earlier.0);
    Ok(found)
}

fn flatten(name: String, value: Value, found: &mut Vec<(String, String)>) -> Result<()> {
    let text = match value {
        Value::Null => return Ok(()),
        Value::String(text) => text,
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Object(object) => {
            for (inner, value) in object {
                flatten(format!("{name}.{inner}"), value, found)?;
            }
            return Ok(());
        }
        Value::Array(values) => {
            if values.iter().any(|value| value.is_object() || value.is_array()) {
                for (at, value) in values.into_iter().enumerate() {
                    flatten(format!("{name}.{}", at + 1), value, found)?;
                }
                return Ok(());
            }
            let texts = values.into_iter().filter_map(|value| match value {
                Value::String(text) => Some(text),
                Value::Null => None,
                other => Some(other.to_string()),
            });
            texts.collect::<Vec<_>>().join(" | ")
        }
    };
    if text.contains('\0') {
        return Err(Error::failed(format!("`{name}` holds a NUL")));
    }
    if !text.is_empty() {
        found.push((name.trim().to_owned(), text));
    }
    Ok(())
}
