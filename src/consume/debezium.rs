//! Debezium's change envelope: a database's row before and after. Creations,
//! updates and rows of a snapshot put the row's record in, deletions take it
//! out. A change bears no version: within a partition the log's order is the
//! truth, and a database's clock may run backwards after a fail-over.

use super::settings::Topic;
use crate::engine::live::{Operation, checked_fields, checked_name};
use crate::error::{Error, Result};
use serde_json::{Map, Value};

/// What stands for a long value that did not change and was not read.
const NOT_READ: &str = "__debezium_unavailable_value";

/// The envelope, with or without its schema around it.
pub fn envelope(message: &Value) -> Option<&Map<String, Value>> {
    let inner = message.get("payload").unwrap_or(message).as_object()?;
    let is_envelope = inner.get("op").is_some_and(Value::is_string)
        && inner.get("source").is_some_and(Value::is_object)
        && !inner.contains_key("record_id");
    is_envelope.then_some(inner)
}

/// Reads a change of a row; `None` asks for nothing.
///
/// # Errors
/// It names no record, or its row is not whole.
pub fn read(
    topic: &Topic,
    key: Option<&[u8]>,
    message: &Value,
    envelope: &Map<String, Value>,
) -> Result<Option<Operation>> {
    let row = |side: &str| envelope.get(side).and_then(Value::as_object);
    let (row, is_gone) = match envelope.get("op").and_then(Value::as_str) {
        Some("c" | "r" | "u") => (row("after"), false),
        Some("d") => (row("before"), true),
        // A message that a program wrote into the database's log.
        Some("m") => return Ok(None),
        Some("t") => {
            return Err(Error::failed("a table was emptied at once, which names no records")
                .with_hint("take the source's records out by deletions"));
        }
        _ => return Err(Error::failed("`op` is none of `c`, `r`, `u`, `d`, `m` and `t`")),
    };
    let record_id = checked_name(record_id(topic, key, row)?, "record_id")?;
    let source = checked_name(source(topic, envelope)?, "source")?;
    let fields = match (row, is_gone) {
        (_, true) => None,
        (None, false) => return Err(Error::failed("`after` is missing, so the row is not known")),
        (Some(row), false) => Some(checked_fields(whole(topic, message, envelope, row.clone())?)?),
    };
    Ok(Some(Operation { source, record_id, at: None, fields, position: None }))
}

/// The source that the topic's rows belong to.
fn source(topic: &Topic, envelope: &Map<String, Value>) -> Result<String> {
    if let Some(source) = &topic.source {
        return Ok(source.clone());
    }
    let told =
        |name: &str| envelope.get("source").and_then(|source| source.get(name)).and_then(Value::as_str);
    match (told("name"), told("table").or_else(|| told("collection"))) {
        (Some(name), Some(table)) => Ok(format!("{name}.{table}")),
        _ => Err(Error::failed("`source` does not name connector and table")
            .with_hint("name the source of the topic")),
    }
}

/// The record's id: a column, or the row's key.
fn record_id(topic: &Topic, key: Option<&[u8]>, row: Option<&Map<String, Value>>) -> Result<String> {
    if let Some(column) = &topic.id {
        let value = row.and_then(|row| row.get(column)).filter(|value| !value.is_null());
        let value = value.ok_or_else(|| Error::failed(format!("the row has no `{column}`")))?;
        return Ok(plain(value));
    }
    let no_key = || {
        Error::failed("the message has no key that names the row")
            .with_hint("name the column that holds the record's id, or give the table a primary key")
    };
    let key: Value = serde_json::from_slice(key.ok_or_else(no_key)?).map_err(|_| no_key())?;
    match key.get("payload").unwrap_or(&key) {
        Value::Null | Value::Array(_) => Err(no_key()),
        Value::Object(columns) if columns.is_empty() => Err(no_key()),
        Value::Object(columns) if columns.len() == 1 => {
            columns.values().next().filter(|value| !value.is_null()).map(plain).ok_or_else(no_key)
        }
        // Several columns: told apart by colons, which the values' own are not.
        Value::Object(columns) => {
            let escaped =
                columns.values().map(|value| plain(value).replace('\\', "\\\\").replace(':', "\\:"));
            Ok(escaped.collect::<Vec<_>>().join(":"))
        }
        value => Ok(plain(value)),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The row with its dates spelled, and with what was not read taken from the
/// row before.
fn whole(
    topic: &Topic,
    message: &Value,
    envelope: &Map<String, Value>,
    mut row: Map<String, Value>,
) -> Result<Map<String, Value>> {
    for (column, value) in &mut row {
        if value.as_str() == Some(NOT_READ) {
            let before = envelope.get("before").and_then(|before| before.get(column));
            let before = before.filter(|before| before.as_str() != Some(NOT_READ));
            *value = before.cloned().ok_or_else(|| {
                Error::failed(format!("the value of `{column}` is not in the message"))
                    .with_hint("have the database log whole rows: `REPLICA IDENTITY FULL`")
            })?;
        }
        let kind = match topic.dates.contains(column) {
            true => Some("io.debezium.time.Date"),
            false => kind_of(message, column),
        };
        if let Some(spelled) = kind.and_then(|kind| spelled(kind, value)) {
            *value = Value::String(spelled);
        }
    }
    Ok(row)
}

/// What the schema says that a column holds.
fn kind_of<'m>(message: &'m Value, column: &str) -> Option<&'m str> {
    let sides = message.get("schema")?.get("fields")?.as_array()?;
    let of = |fields: &'m [Value], name: &str| {
        fields.iter().find(|field| field.get("field").and_then(Value::as_str) == Some(name))
    };
    let columns = of(sides, "after")?.get("fields")?.as_array()?;
    of(columns, column)?.get("name")?.as_str()
}

/// A date or time that is a count, as text.
fn spelled(kind: &str, value: &Value) -> Option<String> {
    let count = value.as_i64()?;
    let time = match kind {
        "io.debezium.time.Date" | "org.apache.kafka.connect.data.Date" => {
            let days = jiff::Span::new().try_days(count).ok()?;
            return Some(jiff::civil::date(1970, 1, 1).checked_add(days).ok()?.to_string());
        }
        "io.debezium.time.Timestamp" | "org.apache.kafka.connect.data.Timestamp" => {
            jiff::Timestamp::from_millisecond(count)
        }
        "io.debezium.time.MicroTimestamp" => jiff::Timestamp::from_microsecond(count),
        "io.debezium.time.NanoTimestamp" => jiff::Timestamp::from_nanosecond(i128::from(count)),
        _ => return None,
    };
    Some(time.ok()?.to_zoned(jiff::tz::TimeZone::UTC).datetime().to_string())
}

#[cfg(test)]
mod tests {
    use super::super::message;
    use super::*;
    use serde_json::json;

    fn told(topic: &Topic, key: &Value, value: &Value) -> Result<Option<Operation>> {
        message::read(topic, Some(key.to_string().as_bytes()), Some(value.to_string().as_bytes()))
    }

    fn crm() -> Topic {
        Topic { name: "crm.public.customers".to_owned(), ..Topic::default() }
    }

    fn change(op: &str, before: &Value, after: &Value) -> Value {
        json!({ "op": op, "before": before, "after": after, "ts_ms": 1_700_000_000_000_u64,
                "source": { "connector": "postgresql", "name": "crm", "table": "customers" } })
    }

    fn name_of(operation: &Operation) -> (&str, &str) {
        (&operation.source, &operation.record_id)
    }

    #[test]
    fn rows_come_change_and_go() {
        let (key, row) = (json!({ "id": 17 }), json!({ "id": 17, "email": "eva@web.de", "fax": null }));
        for op in ["c", "r", "u"] {
            let read = told(&crm(), &key, &change(op, &Value::Null, &row)).unwrap().unwrap();
            assert_eq!(name_of(&read), ("crm.customers", "17"));
            let fields = [("email", "eva@web.de"), ("id", "17")];
            assert_eq!(read.fields.unwrap(), fields.map(|(a, b)| (a.to_owned(), b.to_owned())));
        }
        let gone = told(&crm(), &key, &change("d", &row, &Value::Null)).unwrap().unwrap();
        assert_eq!((name_of(&gone), &gone.fields), (("crm.customers", "17"), &None));
        let with_schema = json!({ "schema": {}, "payload": change("d", &Value::Null, &Value::Null) });
        let key = json!({ "schema": {}, "payload": { "id": "17" } });
        assert_eq!(told(&crm(), &key, &with_schema).unwrap().unwrap(), gone);
    }

    #[test]
    fn records_are_named_by_key_or_column() {
        let row = json!({ "id": 17, "number": "K-1" });
        let change = change("u", &Value::Null, &row);
        let several = told(&crm(), &json!({ "a": "1:2", "b": 3 }), &change).unwrap().unwrap();
        assert_eq!(several.record_id, "1\\:2:3");
        let topic = Topic { source: Some("crm".into()), id: Some("number".into()), ..crm() };
        let named = told(&topic, &Value::Null, &change).unwrap().unwrap();
        assert_eq!(name_of(&named), ("crm", "K-1"));
        for key in [Value::Null, json!({}), json!([1]), json!({ "id": null })] {
            assert!(told(&crm(), &key, &change).is_err(), "{key}");
        }
        let absent = Topic { id: Some("nowhere".into()), ..crm() };
        assert!(told(&absent, &json!(1), &change).is_err());
    }

    #[test]
    fn dates_are_spelled() {
        let column = |name: &str, kind: &str| json!({ "field": name, "type": "int64", "name": kind });
        let columns = json!([
            column("birth", "io.debezium.time.Date"),
            column("seen", "io.debezium.time.Timestamp"),
            column("made", "io.debezium.time.MicroTimestamp"),
        ]);
        let row = json!({ "birth": -3653, "seen": 1_700_000_000_000_i64, "made": 1_000_000, "other": 5 });
        let message = json!({
            "schema": { "fields": [{ "field": "before" }, { "field": "after", "fields": columns }] },
            "payload": change("c", &Value::Null, &row),
        });
        let fields = told(&crm(), &json!(1), &message).unwrap().unwrap().fields.unwrap();
        let expected = [
            ("birth", "1960-01-01"),
            ("made", "1970-01-01T00:00:01"),
            ("other", "5"),
            ("seen", "2023-11-14T22:13:20"),
        ];
        assert_eq!(fields, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
        let topic = Topic { dates: vec!["birth".into()], ..crm() };
        let bare = told(&topic, &json!(1), &change("c", &Value::Null, &json!({ "birth": 0 }))).unwrap();
        assert_eq!(bare.unwrap().fields.unwrap(), [("birth".to_owned(), "1970-01-01".to_owned())]);
    }

    #[test]
    fn values_that_were_not_read_come_from_before_or_not_at_all() {
        let after = json!({ "id": 1, "notes": NOT_READ });
        let known = told(&crm(), &json!(1), &change("u", &json!({ "notes": "long" }), &after)).unwrap();
        assert!(known.unwrap().fields.unwrap().contains(&("notes".to_owned(), "long".to_owned())));
        for before in [Value::Null, json!({}), json!({ "notes": NOT_READ })] {
            assert!(told(&crm(), &json!(1), &change("u", &before, &after)).is_err());
        }
    }

    #[test]
    fn what_names_no_record_is_refused_or_passed_over() {
        assert!(told(&crm(), &json!(1), &change("t", &Value::Null, &Value::Null)).is_err());
        assert!(told(&crm(), &json!(1), &change("u", &Value::Null, &Value::Null)).is_err());
        assert!(told(&crm(), &json!(1), &change("x", &Value::Null, &json!({ "id": 1 }))).is_err());
        assert_eq!(told(&crm(), &json!(1), &change("m", &Value::Null, &Value::Null)).unwrap(), None);
        let nameless = json!({ "op": "d", "before": {}, "source": {} });
        assert!(told(&crm(), &json!(1), &nameless).is_err());
    }
}
