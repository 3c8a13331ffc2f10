//! Splits one block of JSON lines into the places of its values. One object a
//! line; nested objects are flattened to `outer.inner`, a list of plain values
//! is joined by ` | `, and the objects in a list are numbered from 1
//! (`addresses.1.city`). Numbers keep their spelling, `null` is missing.

use super::delimited::into_text;
use super::parsed::{Fault, FaultKind, ParsedBlock, Span};
use super::{COLUMNS_MAX, FIELD_BYTES_MAX};
use hashbrown::HashMap;
use std::path::Path;

/// What joins the plain values of a list.
pub const LIST_JOINT: &str = " | ";

/// Objects and lists inside one another beyond this are not read.
const DEPTH_MAX: usize = 32;

/// Whether the text is made of JSON objects, one a line.
pub fn is_lines(sample: &str) -> bool {
    let first = sample.lines().map(str::trim).find(|line| !line.is_empty());
    first.is_some_and(|line| line.starts_with('{') && serde_json::from_str::<serde_json::Value>(line).is_ok())
}

/// Whether the file's name promises JSON.
pub fn names_json(path: &Path) -> bool {
    let name = path.to_string_lossy().to_lowercase();
    [".json", ".ndjson", ".jsonl"].iter().any(|ending| name.contains(ending))
}

/// Parses a block of lines.
pub fn parse(bytes: Vec<u8>, decoded: bool) -> ParsedBlock {
    let (text, broken) = into_text(bytes, decoded);
    let mut gather = Gather::default();
    let mut faults = Vec::new();
    let mut rows_met = 0;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        let row = line.trim();
        if !row.is_empty() {
            let damaged = broken.iter().any(|place| (start..end).contains(place));
            let fault = if damaged { Err((None, FaultKind::Encoding)) } else { gather.row(row) };
            if let Err((column, kind)) = fault {
                faults.push(Fault { row: rows_met, column, kind });
            }
            rows_met += 1;
        }
        start = end;
    }
    gather.finish();
    let Gather { text, names, columns, rows, .. } = gather;
    ParsedBlock { text, columns, names: Some(names), rows, rows_met, faults }
}

/// The values of a block while they are gathered.
#[derive(Default)]
struct Gather {
    text: String,
    names: Vec<String>,
    place_of: HashMap<String, usize>,
    columns: Vec<Vec<Span>>,
    rows: usize,
    /// The row at hand: column and value.
    row: Vec<(usize, Span)>,
}

type Outcome<T> = Result<T, (Option<usize>, FaultKind)>;

const NOT_JSON: (Option<usize>, FaultKind) = (None, FaultKind::Json);

impl Gather {
    /// Takes one line; on a fault nothing of it stays.
    fn row(&mut self, line: &str) -> Outcome<()> {
        let before = self.text.len();
        self.row.clear();
        let mut cursor = Cursor { line, at: 0 };
        let taken = self.object(&mut cursor, &mut String::new(), 0);
        cursor.skip_space();
        let outcome = if cursor.at < line.len() { taken.and(Err(NOT_JSON)) } else { taken };
        if outcome.is_err() {
            self.text.truncate(before);
            return outcome;
        }
        for (column, span) in self.row.drain(..) {
            let Some(spans) = self.columns.get_mut(column) else { continue };
            // Of a key that stands twice in one object the last counts.
            spans.truncate(self.rows);
            spans.resize(self.rows, Span::default());
            spans.push(span);
        }
        self.rows += 1;
        Ok(())
    }

    /// Reads an object; `path` is its place in the row, with a dot behind it.
    fn object(&mut self, cursor: &mut Cursor, path: &mut String, depth: usize) -> Outcome<()> {
        cursor.expect(b'{')?;
        if depth > DEPTH_MAX {
            return Err(NOT_JSON);
        }
        if cursor.take(b'}') {
            return Ok(());
        }
        loop {
            let key = cursor.string()?;
            cursor.expect(b':')?;
            let length = path.len();
            path.push_str(key.trim());
            self.value(cursor, path, depth + 1)?;
            path.truncate(length);
            if !cursor.take(b',') {
                return cursor.expect(b'}');
            }
        }
    }

    fn value(&mut self, cursor: &mut Cursor, path: &mut String, depth: usize) -> Outcome<()> {
        match cursor.peek() {
            Some(b'{') => {
                let length = path.len();
                path.push('.');
                self.object(cursor, path, depth)?;
                path.truncate(length);
                Ok(())
            }
            Some(b'[') => self.list(cursor, path, depth),
            _ => {
                let start = self.text.len();
                if cursor.plain(&mut self.text)? {
                    self.take(path, start)?;
                }
                Ok(())
            }
        }
    }

    /// Reads a list: plain values are joined, objects and lists numbered.
    fn list(&mut self, cursor: &mut Cursor, path: &mut String, depth: usize) -> Outcome<()> {
        cursor.expect(b'[')?;
        if depth > DEPTH_MAX {
            return Err(NOT_JSON);
        }
        let mut joined = String::new();
        let mut number = 0;
        if !cursor.take(b']') {
            loop {
                number += 1;
                if matches!(cursor.peek(), Some(b'{' | b'[')) {
                    let length = path.len();
                    path.push_str(&format!(".{number}"));
                    self.value(cursor, path, depth + 1)?;
                    path.truncate(length);
                } else {
                    let length = joined.len();
                    if length > 0 {
                        joined.push_str(LIST_JOINT);
                    }
                    let start = joined.len();
                    if !cursor.plain(&mut joined)? || joined.len() == start {
                        joined.truncate(length);
                    }
                }
                if !cursor.take(b',') {
                    cursor.expect(b']')?;
                    break;
                }
            }
        }
        if joined.is_empty() {
            return Ok(());
        }
        let start = self.text.len();
        self.text.push_str(&joined);
        self.take(path, start)
    }

    /// Notes the value that stands at the end of the text, from `start` on.
    fn take(&mut self, path: &str, start: usize) -> Outcome<()> {
        let column = match self.place_of.get(path) {
            Some(&column) => column,
            None if self.names.len() >= COLUMNS_MAX => return Err(NOT_JSON),
            None => {
                self.place_of.insert(path.to_owned(), self.names.len());
                self.names.push(path.to_owned());
                self.columns.push(Vec::new());
                self.names.len() - 1
            }
        };
        let end = self.text.len();
        if end - start > FIELD_BYTES_MAX {
            return Err((Some(column), FaultKind::Long));
        }
        if self.text.get(start..).is_some_and(|value| value.contains('\0')) {
            return Err((Some(column), FaultKind::Nul));
        }
        self.row.push((column, Span { start: start as u32, end: end as u32 }));
        Ok(())
    }

    /// Fills up the columns that the last rows did not have.
    fn finish(&mut self) {
        for spans in &mut self.columns {
            spans.resize(self.rows, Span::default());
        }
    }
}

/// A place in a line of JSON.
struct Cursor<'a> {
    line: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn skip_space(&mut self) {
        let rest = self.line.as_bytes().get(self.at..).unwrap_or_default();
        self.at += rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count();
    }

    fn peek(&mut self) -> Option<u8> {
        self.skip_space();
        self.line.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn expect(&mut self, byte: u8) -> Outcome<()> {
        if self.take(byte) { Ok(()) } else { Err(NOT_JSON) }
    }

    /// A string, its escapes resolved.
    fn string(&mut self) -> Outcome<std::borrow::Cow<'a, str>> {
        self.expect(b'"')?;
        let start = self.at;
        let bytes = self.line.as_bytes();
        let mut escaped = false;
        loop {
            let rest = bytes.get(self.at..).unwrap_or_default();
            self.at += memchr::memchr2(b'"', b'\\', rest).ok_or(NOT_JSON)?;
            if bytes.get(self.at) == Some(&b'"') {
                break;
            }
            escaped = true;
            self.at += 2;
        }
        self.at += 1;
        if escaped {
            let quoted = self.line.get(start - 1..self.at).unwrap_or_default();
            return serde_json::from_str::<String>(quoted).map(Into::into).map_err(|_| NOT_JSON);
        }
        Ok(self.line.get(start..self.at - 1).unwrap_or_default().into())
    }

    /// Appends a string, number or truth value to `out` as text; false for `null`.
    fn plain(&mut self, out: &mut String) -> Outcome<bool> {
        if self.peek() == Some(b'"') {
            out.push_str(&self.string()?);
            return Ok(true);
        }
        let rest = self.line.get(self.at..).unwrap_or_default();
        let length = rest.find([',', '}', ']', ' ', '\t', '\r', '\n']).unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or_default();
        let is_number = word.starts_with(|first: char| first == '-' || first.is_ascii_digit())
            && serde_json::from_str::<serde::de::IgnoredAny>(word).is_ok();
        if !is_number && !matches!(word, "true" | "false" | "null") {
            return Err(NOT_JSON);
        }
        self.at += length;
        if word == "null" {
            return Ok(false);
        }
        out.push_str(word);
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<String>, Vec<Vec<String>>, Vec<Fault>) {
        let block = parse(text.as_bytes().to_vec(), false);
        let columns = 0..block.columns.len();
        let values = columns.map(|column| block.values(column).map(str::to_owned).collect()).collect();
        (block.names.unwrap_or_default(), values, block.faults)
    }

    #[test]
    fn objects_are_flattened_and_lists_joined_or_numbered() {
        let (names, values, faults) = read(concat!(
            r#"{"id": 7, "name": {"first": "Jos\u00e9", "last": "M\"ller"}, "mail": ["a@x.de", null, "b@x.de"]}"#,
            "\n\n",
            r#"{"id": 12345678901234567890, "vip": true, "ort": [{"plz": "01067"}, {"plz": null}], "mail": []}"#,
            "\n"
        ));
        assert_eq!(faults, []);
        assert_eq!(names, ["id", "name.first", "name.last", "mail", "vip", "ort.1.plz"]);
        assert_eq!(values[0], ["7", "12345678901234567890"]);
        assert_eq!(values[1], ["José", ""]);
        assert_eq!(values[2], ["M\"ller", ""]);
        assert_eq!(values[3], ["a@x.de | b@x.de", ""]);
        assert_eq!(values[4], ["", "true"]);
        assert_eq!(values[5], ["", "01067"]);
    }

    #[test]
    fn a_line_that_is_no_object_is_a_fault_of_its_own() {
        let (_, values, faults) =
            read("{\"a\":1}\n[1]\n{\"a\":2\n{\"a\":01}\n{\"a\":\"x\\u0000\"}\n{\"a\":3}\n");
        assert_eq!(values, [["1", "3"]]);
        let kinds: Vec<_> = faults.iter().map(|fault| (fault.row, fault.kind)).collect();
        let json = FaultKind::Json;
        assert_eq!(kinds, [(1, json), (2, json), (3, json), (4, FaultKind::Nul)]);
    }

    #[test]
    fn the_last_of_two_like_keys_counts() {
        let (_, values, _) = read("{\"a\":1,\"a\":2}\n{\"b\":3}\n{\"a\":4}\n");
        assert_eq!(values, [["2", "", "4"], ["", "3", ""]]);
    }

    #[test]
    fn deep_nesting_is_refused_and_not_followed() {
        let deep = format!("{}1{}\n", "{\"a\":".repeat(9000), "}".repeat(9000));
        let (_, _, faults) = read(&deep);
        assert_eq!(faults.len(), 1);
    }
}
