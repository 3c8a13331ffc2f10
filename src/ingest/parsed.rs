//! One block after parsing: where each value stands in the block's text, and
//! which rows could not be taken. Values are not interned yet, since codes
//! must be given in file order.

use std::fmt;

/// The place of one value in [`ParsedBlock::text`]; empty: missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

/// The rows of one block.
#[derive(Debug, Default)]
pub struct ParsedBlock {
    /// What the spans point into: the block, then values that had to be rewritten.
    pub(super) text: String,
    /// Per column, a span per kept row.
    pub(super) columns: Vec<Vec<Span>>,
    /// The columns' names where the block brings its own (JSON); else they are
    /// the header's, by position.
    pub(super) names: Option<Vec<String>>,
    /// Number of rows kept.
    pub(super) rows: usize,
    /// Number of rows met, kept or not.
    pub(super) rows_met: u64,
    /// The rows not taken, in order.
    pub(super) faults: Vec<Fault>,
}

/// A row that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// 0-based number of the row among those met in its block.
    pub row: u64,
    /// The column at fault, by position; `None`: the row as a whole.
    pub column: Option<usize>,
    pub kind: FaultKind,
}

/// Why a row was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The row has another number of fields than the header.
    Ragged { found: usize, expected: usize },
    /// A byte of value zero.
    Nul,
    /// Bytes that are no text in the input's encoding.
    Encoding,
    /// A quote that opens and never closes properly.
    Quote,
    /// A field beyond [`super::FIELD_BYTES_MAX`].
    Long,
    /// A line that is not a JSON object.
    Json,
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ragged { found, expected } => {
                let fields = if *found == 1 { "field" } else { "fields" };
                write!(f, "{found} {fields} where the header has {expected}")
            }
            Self::Nul => f.write_str("contains a NUL byte"),
            Self::Encoding => f.write_str("broken encoding"),
            Self::Quote => f.write_str("unbalanced quotes"),
            Self::Long => write!(f, "longer than {} bytes", super::FIELD_BYTES_MAX),
            Self::Json => f.write_str("not a JSON object"),
        }
    }
}

impl ParsedBlock {
    /// The number of kept rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The kept values of one column, in row order; empty where missing.
    pub(super) fn values(&self, column: usize) -> impl Iterator<Item = &str> {
        let spans = self.columns.get(column).map_or(&[][..], Vec::as_slice);
        spans.iter().map(|span| self.text.get(span.start as usize..span.end as usize).unwrap_or_default())
    }
}
