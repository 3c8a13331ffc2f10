//! Holds a parsed TOML tree against the JSON schema: every unknown key, wrong
//! type, unknown word and value out of bounds becomes a fault, and what is at
//! fault is cut out, so that the rest can still be read and checked.

use super::Fault;
use super::closest::{closest, suggestion};
use serde_json::Value;
use std::ops::Range;
use std::sync::LazyLock;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Prunes `table` to what `schema` allows, and says what was cut.
pub(super) fn prune(schema: &Value, table: &mut Spanned<DeTable<'_>>, faults: &mut Vec<Fault>) {
    let mut outline = Outline { root: schema, faults };
    let span = table.span();
    outline.table(schema, table.get_mut(), span, "the rule file");
}

type Map = serde_json::Map<String, Value>;

static NONE: LazyLock<Map> = LazyLock::new(Map::new);

struct Outline<'a> {
    root: &'a Value,
    faults: &'a mut Vec<Fault>,
}

impl<'a> Outline<'a> {
    /// Whether the value may stay; says why not. `name` is the key it stands under.
    fn value<'i>(&mut self, schema: &'a Value, value: &mut Spanned<DeValue<'i>>, name: &str) -> bool {
        let schema = self.resolve(schema);
        let span = value.span();
        if let Some(words) = words(schema) {
            return self.word(&words, value.get_ref(), span, name);
        }
        match (kind(schema), value.get_mut()) {
            ("object", DeValue::Table(table)) => self.table(schema, table, span, name),
            ("array", DeValue::Array(array)) => {
                let Some(items) = schema.get("items") else { return true };
                let kept = std::mem::replace(array, std::iter::empty().collect())
                    .into_iter()
                    .filter_map(|mut item| self.value(items, &mut item, name).then_some(item));
                let kept: Vec<_> = kept.collect();
                let least = schema.get("minItems").and_then(Value::as_u64).unwrap_or(0);
                let enough = kept.len() as u64 >= least;
                if !enough && kept.is_empty() && !self.faults.iter().any(|fault| within(&fault.span, &span)) {
                    self.faults.push(
                        Fault::new(format!("`{name}` is empty"), span)
                            .hint("name at least one, or leave it out"),
                    );
                }
                *array = kept.into_iter().collect();
                enough
            }
            ("string", DeValue::String(_)) | ("boolean", DeValue::Boolean(_)) => true,
            ("integer", DeValue::Integer(number)) => {
                let read = i64::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok();
                self.bounds(schema, read.map(|number| number as f64), span, name)
            }
            ("number", DeValue::Integer(number)) => {
                let read = i64::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok();
                self.bounds(schema, read.map(|number| number as f64), span, name)
            }
            ("number", DeValue::Float(number)) => {
                let read = number.as_str().replace('_', "").parse().ok();
                self.bounds(schema, read, span, name)
            }
            (expected, found) => {
                let message = format!("`{name}` must be {}, not {}", article(expected), found_kind(found));
                let fault = Fault::new(message, span).label(format!("expected {}", article(expected)));
                self.faults.push(match (expected, found.as_str()) {
                    ("number" | "integer" | "boolean", Some(text)) if is_value(expected, text) => {
                        fault.hint(format!("leave the quotes out: `{text}`"))
                    }
                    ("array", Some(text)) => fault.hint(format!("write `[\"{text}\"]`")),
                    ("object", _) => fault.hint(format!("write it as a table: `[{name}]`")),
                    _ => fault,
                });
                false
            }
        }
    }

    fn word(&mut self, words: &[&str], value: &DeValue, span: Range<usize>, name: &str) -> bool {
        match value.as_str() {
            Some(word) if words.contains(&word) => true,
            Some(word) => {
                let fault = Fault::new(format!("unknown value `{word}` for `{name}`"), span);
                self.faults.push(fault.hint(suggestion(word, words.iter().copied())));
                false
            }
            None => {
                let message = format!("`{name}` must be a word in quotes, not {}", found_kind(value));
                self.faults.push(Fault::new(message, span).hint(suggestion("", words.iter().copied())));
                false
            }
        }
    }

    /// Prunes a table; false where a required key is missing.
    fn table<'i>(
        &mut self,
        schema: &'a Value,
        table: &mut DeTable<'i>,
        span: Range<usize>,
        name: &str,
    ) -> bool {
        let properties: &'a Map = schema.get("properties").and_then(Value::as_object).unwrap_or(&NONE);
        let further = schema.get("additionalProperties").filter(|further| further.is_object());
        let key_words = schema.get("propertyNames").and_then(|names| words(self.resolve(names)));
        let known: Vec<&str> = key_words.unwrap_or_else(|| properties.keys().map(String::as_str).collect());
        let mut excused = Vec::new();
        for (key, mut value) in std::mem::take(table) {
            let word = key.get_ref().as_ref();
            let part = properties.get(word).or_else(|| further.filter(|_| known.contains(&word)));
            let kept = match part {
                Some(part) => self.value(part, &mut value, word),
                None => {
                    excused.extend(closest(word, known.iter().copied()).map(str::to_owned));
                    let fault = Fault::new(format!("unknown key `{word}` in {}", place(name)), key.span());
                    self.faults.push(fault.hint(suggestion(word, known.iter().copied())));
                    false
                }
            };
            if kept {
                table.insert(key, value);
            } else {
                excused.push(word.to_owned());
            }
        }
        let required =
            schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        let mut complete = true;
        for key in required.filter(|key| !table.contains_key(*key)) {
            complete = false;
            // What is misspelled or faulty has been said already.
            if !excused.iter().any(|word| word == key) {
                let purpose =
                    properties.get(key).and_then(|part| part.get("description")).and_then(Value::as_str);
                let fault = Fault::new(format!("key `{key}` is missing in {}", place(name)), span.clone());
                self.faults.push(match purpose {
                    Some(purpose) => fault.hint(format!("add `{key}`: {}", first_sentence(purpose))),
                    None => fault,
                });
            }
        }
        complete
    }

    fn bounds(&mut self, schema: &Value, number: Option<f64>, span: Range<usize>, name: &str) -> bool {
        let bound = |key| schema.get(key).and_then(Value::as_f64);
        let (low, high) = (bound("minimum"), bound("maximum"));
        let fits = |number: f64| {
            number.is_finite()
                && low.is_none_or(|low| number >= low)
                && high.is_none_or(|high| number <= high)
        };
        if number.is_some_and(fits) {
            return true;
        }
        let range = match (low, high) {
            (Some(low), Some(high)) => format!("a number from {low} to {high}"),
            _ => "a finite number".to_owned(),
        };
        self.faults
            .push(Fault::new(format!("`{name}` is out of bounds"), span).label(format!("must be {range}")));
        false
    }

    /// Follows references, and takes the type out of "this or nothing".
    fn resolve(&self, schema: &'a Value) -> &'a Value {
        if let Some(name) =
            schema.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix("#/$defs/"))
        {
            return self.root.get("$defs").and_then(|defs| defs.get(name)).unwrap_or(schema);
        }
        let either = schema.get("anyOf").and_then(Value::as_array);
        let real = either.and_then(|parts| parts.iter().find(|part| kind(part) != "null"));
        real.map_or(schema, |part| self.resolve(part))
    }
}

fn within(inner: &Range<usize>, outer: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// The words that a schema of named values allows.
pub(super) fn words(schema: &Value) -> Option<Vec<&str>> {
    let parts =
        schema.get("oneOf").and_then(Value::as_array).map_or(std::slice::from_ref(schema), Vec::as_slice);
    let words: Vec<&str> = parts
        .iter()
        .flat_map(|part| {
            part.get("enum").and_then(Value::as_array).into_iter().flatten().chain(part.get("const"))
        })
        .filter_map(Value::as_str)
        .collect();
    (!words.is_empty()).then_some(words)
}

/// The type a schema asks for, without the "or null" of optional keys.
pub(super) fn kind(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::Array(kinds)) => {
            kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or("")
        }
        Some(Value::String(kind)) => kind,
        _ => "",
    }
}

fn article(kind: &str) -> &'static str {
    match kind {
        "object" => "a table",
        "array" => "a list",
        "string" => "text in quotes",
        "boolean" => "`true` or `false`",
        "integer" => "a whole number",
        _ => "a number",
    }
}

fn found_kind(value: &DeValue) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with decimals",
        DeValue::Boolean(_) => "`true` or `false`",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn place(name: &str) -> String {
    if name.starts_with("the ") { name.to_owned() } else { format!("`{name}`") }
}

fn first_sentence(text: &str) -> String {
    let line = text.replace('\n', " ");
    let end = line.find(". ").unwrap_or(line.len());
    line.get(..end).unwrap_or(&line).trim_end_matches('.').to_lowercase()
}

/// Whether the text would be such a value if it had no quotes.
fn is_value(expected: &str, text: &str) -> bool {
    match expected {
        "integer" => text.parse::<i64>().is_ok(),
        "number" => text.parse::<f64>().is_ok_and(f64::is_finite),
        _ => matches!(text, "true" | "false"),
    }
}
