//! Splits one block of delimited text into the places of its values. Faulty
//! rows are named and left out; nothing is interned, trimmed or interpreted.

use super::FIELD_BYTES_MAX;
use super::cut::{Closing, closing_quote, opens};
use super::dialect::Dialect;
use super::parsed::{Fault, FaultKind, ParsedBlock, Span};
use memchr::{memchr, memchr2};

/// Parses a block whose rows must have `width` fields. `decoded` says that the
/// text was decoded from another encoding, so that a replacement character
/// marks a broken place.
pub fn parse(bytes: Vec<u8>, dialect: Dialect, width: usize, decoded: bool) -> ParsedBlock {
    let (text, broken) = into_text(bytes, decoded);
    let has_nul = memchr(0, text.as_bytes()).is_some();
    let rows_guess = text.len() / (width * 8 + 8) + 1;
    let columns = (0..width).map(|_| Vec::with_capacity(rows_guess)).collect();
    let mut block = ParsedBlock { columns, ..ParsedBlock::default() };
    let mut rewritten = String::new();
    let mut walk =
        Walk { text: &text, dialect, at: 0, row: Vec::with_capacity(width), rewritten: &mut rewritten };
    while let Some(whole) = walk.next_row() {
        let (start, end) = whole;
        let suspect = Suspect { has_nul, broken: &broken, start, end };
        let fault = walk.fault(width, &suspect);
        match fault {
            None => {
                for (column, field) in block.columns.iter_mut().zip(&walk.row) {
                    column.push(field.span);
                }
                block.rows += 1;
            }
            Some((column, kind)) => block.faults.push(Fault { row: block.rows_met, column, kind }),
        }
        block.rows_met += 1;
    }
    block.text = text;
    block.text.push_str(&rewritten);
    block
}

/// One record of a sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleRecord {
    pub fields: Vec<String>,
    pub badly_quoted: bool,
    /// Where the next record begins.
    pub end: usize,
}

/// The first records of a text that are not blank, at most `count`.
pub fn sample(text: &str, dialect: Dialect, count: usize) -> Vec<SampleRecord> {
    let mut rewritten = String::new();
    let mut records = Vec::new();
    let mut walk = Walk { text, dialect, at: 0, row: Vec::new(), rewritten: &mut rewritten };
    while records.len() < count && walk.next_row().is_some() {
        let fields = walk.row.iter().map(|field| walk.value(field).to_owned()).collect();
        let badly_quoted = walk.row.iter().any(|field| field.badly_quoted);
        records.push(SampleRecord { fields, badly_quoted, end: walk.at });
    }
    records
}

/// The bytes as text of the same length, and the places that were no text.
pub fn into_text(bytes: Vec<u8>, decoded: bool) -> (String, Vec<usize>) {
    let bytes = match String::from_utf8(bytes) {
        Ok(text) => {
            let broken = if decoded { undecodable(&text) } else { Vec::new() };
            return (text, broken);
        }
        Err(error) => error.into_bytes(),
    };
    let mut text = String::with_capacity(bytes.len());
    let mut broken = Vec::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for _ in chunk.invalid() {
            broken.push(text.len());
            text.push('?');
        }
    }
    (text, broken)
}

/// Where decoding met what the encoding does not know: it leaves a
/// replacement character, or a control character that no text has.
fn undecodable(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let control =
        memchr::memchr_iter(0xc2, bytes).filter(|at| matches!(bytes.get(at + 1), Some(0x80..=0x9f)));
    let mut broken: Vec<usize> = control.chain(memchr::memmem::find_iter(bytes, "\u{fffd}")).collect();
    broken.sort_unstable();
    broken
}

/// One field of the row at hand.
#[derive(Clone, Copy)]
struct Field {
    span: Span,
    /// Where the field stands in the block, quotes included.
    start: u32,
    badly_quoted: bool,
}

impl Field {
    fn range(&self) -> std::ops::Range<usize> {
        self.span.start as usize..self.span.end as usize
    }
}

/// What the block as a whole gives reason to look for in each row.
struct Suspect<'a> {
    has_nul: bool,
    broken: &'a [usize],
    start: usize,
    end: usize,
}

/// A walk over the rows of a block.
struct Walk<'a> {
    text: &'a str,
    dialect: Dialect,
    at: usize,
    row: Vec<Field>,
    /// Values whose doubled quotes were made single; their spans lie behind `text`.
    rewritten: &'a mut String,
}

impl Walk<'_> {
    /// Reads the next row that is not blank into `row`; gives its extent.
    fn next_row(&mut self) -> Option<(usize, usize)> {
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(self.at)? {
                b'\n' => self.at += 1,
                b'\r' if matches!(bytes.get(self.at + 1), None | Some(b'\n')) => self.at += 1,
                _ => break,
            }
        }
        self.row.clear();
        let start = self.at;
        while self.next_field(bytes) {}
        Some((start, self.at))
    }

    /// Reads one field; says whether the row has another.
    fn next_field(&mut self, bytes: &[u8]) -> bool {
        let start = self.at;
        let mut badly_quoted = false;
        if bytes.get(start) == Some(&self.dialect.quote) && opens(bytes, start, self.dialect) {
            match closing_quote(bytes, start, self.dialect) {
                Closing::At(end) => return self.take_quoted(bytes, start, end),
                Closing::Improper | Closing::Nowhere => badly_quoted = true,
            }
        }
        let rest = bytes.get(start..).unwrap_or_default();
        let length = memchr2(self.dialect.delimiter, b'\n', rest).unwrap_or(rest.len());
        let end = start + length;
        let more = bytes.get(end) == Some(&self.dialect.delimiter);
        self.at = (end + 1).min(bytes.len());
        // A carriage return belongs to the line's end, not to the value.
        let value_end = if !more && length > 0 && bytes.get(end - 1) == Some(&b'\r') { end - 1 } else { end };
        self.push(start, start, value_end, badly_quoted);
        more
    }

    fn take_quoted(&mut self, bytes: &[u8], open: usize, close: usize) -> bool {
        let inner = self.text.get(open + 1..close).unwrap_or_default();
        let quote = self.dialect.quote;
        if memchr(quote, inner.as_bytes()).is_some() {
            let from = self.text.len() + self.rewritten.len();
            let single = char::from(quote);
            let doubled: String = [single, single].iter().collect();
            for (number, part) in inner.split(doubled.as_str()).enumerate() {
                if number > 0 {
                    self.rewritten.push(single);
                }
                self.rewritten.push_str(part);
            }
            self.push(open, from, self.text.len() + self.rewritten.len(), false);
        } else {
            self.push(open, open + 1, close, false);
        }
        let mut next = close + 1;
        if bytes.get(next) == Some(&b'\r') {
            next += 1;
        }
        let more = bytes.get(next) == Some(&self.dialect.delimiter);
        self.at = (next + 1).min(bytes.len());
        more
    }

    fn push(&mut self, field_start: usize, start: usize, end: usize, badly_quoted: bool) {
        // Blocks stay far below 4 GiB: see `RECORD_BYTES_MAX`.
        let span = Span { start: start as u32, end: end as u32 };
        self.row.push(Field { span, start: field_start as u32, badly_quoted });
    }

    fn value(&self, field: &Field) -> &str {
        let (text, range) = (self.text, field.range());
        let value = match range.start.checked_sub(text.len()) {
            Some(start) if !range.is_empty() => self.rewritten.get(start..start + range.len()),
            _ => text.get(range),
        };
        value.unwrap_or_default()
    }

    /// Why the row at hand cannot be taken, if it cannot.
    fn fault(&self, width: usize, suspect: &Suspect) -> Option<(Option<usize>, FaultKind)> {
        // Some exports end every row, but not the header, with a delimiter.
        let beyond_is_empty = self.row.iter().skip(width).all(|field| field.range().is_empty());
        if self.row.len() < width || !beyond_is_empty {
            let quote = self.row.iter().any(|field| field.badly_quoted);
            let kind = if quote {
                FaultKind::Quote
            } else {
                FaultKind::Ragged { found: self.row.len(), expected: width }
            };
            return Some((None, kind));
        }
        if suspect.has_nul || !suspect.broken.is_empty() {
            let first_broken = suspect.broken.partition_point(|&place| place < suspect.start);
            if let Some(&place) = suspect.broken.get(first_broken).filter(|&&place| place < suspect.end) {
                let column = self.row.iter().rposition(|field| field.start as usize <= place);
                return Some((column, FaultKind::Encoding));
            }
            let row = self.text.as_bytes().get(suspect.start..suspect.end).unwrap_or_default();
            if let Some(offset) = memchr(0, row) {
                let place = suspect.start + offset;
                return Some((
                    self.row.iter().rposition(|field| field.start as usize <= place),
                    FaultKind::Nul,
                ));
            }
        }
        let quote = self.row.iter().position(|field| field.badly_quoted);
        if quote.is_some() {
            return Some((quote, FaultKind::Quote));
        }
        if suspect.end - suspect.start <= FIELD_BYTES_MAX {
            return None;
        }
        let long = self.row.iter().position(|field| field.range().len() > FIELD_BYTES_MAX);
        long.map(|column| (Some(column), FaultKind::Long))
    }
}
