//! What a message means: an operation, nothing, or what cannot be told. Why a
//! message is refused is said without its values.

use super::debezium;
use super::settings::Topic;
use crate::engine::live::{OPERATION_BYTES_MAX, Operation};
use crate::error::{Error, Result};
use serde_json::Value;

/// Bytes of a message at most: a row before and after, and its schema.
pub const MESSAGE_BYTES_MAX: usize = 4 * OPERATION_BYTES_MAX;

/// Reads a message. `None` asks for nothing: a tombstone, a mark of the log.
///
/// # Errors
/// It is neither an operation nor a change of a database's row.
pub fn read(topic: &Topic, key: Option<&[u8]>, payload: Option<&[u8]>) -> Result<Option<Operation>> {
    let Some(payload) = payload else { return Ok(None) };
    if payload.len() > MESSAGE_BYTES_MAX {
        return Err(Error::failed(format!("a message is at most {MESSAGE_BYTES_MAX} bytes long")));
    }
    let value: Value = serde_json::from_slice(payload).map_err(|error| {
        let place = format!("line {} column {}", error.line(), error.column());
        Error::failed(format!("this is not JSON, from {place} on"))
    })?;
    if let Some(envelope) = debezium::envelope(&value) {
        return debezium::read(topic, key, &value, envelope);
    }
    if value.get("payload").is_some_and(Value::is_null) {
        return Ok(None);
    }
    if payload.len() > OPERATION_BYTES_MAX {
        return Err(Error::failed(format!("an operation is at most {OPERATION_BYTES_MAX} bytes long")));
    }
    let operation = Operation::from_json(value)?;
    match operation.position {
        None => Ok(Some(operation)),
        Some(_) => Err(Error::failed("an operation of a topic has no `stream` and `place` of its own")
            .with_hint("its partition and offset are its place")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic() -> Topic {
        Topic { name: "records".to_owned(), ..Topic::default() }
    }

    #[test]
    fn operations_are_those_of_upsert() {
        let line = br#"{"op":"upsert","source":"shop","record_id":17,"fields":{"email":"eva@web.de"}}"#;
        let read = read(&topic(), None, Some(line)).expect("it is one").expect("it asks for something");
        assert_eq!((read.source.as_str(), read.record_id.as_str()), ("shop", "17"));
        assert_eq!(read.fields, Some(vec![("email".to_owned(), "eva@web.de".to_owned())]));
    }

    #[test]
    fn tombstones_ask_for_nothing() {
        assert_eq!(read(&topic(), Some(b"17"), None).expect("no fault"), None);
        let marked = read(&topic(), None, Some(br#"{"schema":null,"payload":null}"#));
        assert_eq!(marked.expect("no fault"), None);
    }

    #[test]
    fn what_cannot_be_told_is_refused_without_its_values() {
        let deep = format!("{}1{}", "[".repeat(5000), "]".repeat(5000));
        let long = "x".repeat(MESSAGE_BYTES_MAX + 1);
        let placed = r#"{"op":"delete","source":"s","record_id":"1","stream":"geheim","place":1}"#;
        let cases = ["geheim", "{\"geheim\":", "[]", "\"geheim\"", "\u{0}", &deep, &long, placed];
        for payload in cases {
            let refused = read(&topic(), None, Some(payload.as_bytes())).expect_err(payload);
            assert!(!refused.to_string().contains("geheim"), "{refused}");
        }
        assert!(read(&topic(), None, Some(&[0xff, 0xfe, 0x00])).is_err());
    }
}
