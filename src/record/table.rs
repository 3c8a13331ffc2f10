//! Records as they came: one [`Table`] per input file, columnar, values
//! interned. Nothing here knows what a column means.

use super::dictionary::{Code, Dictionary};
use std::path::PathBuf;

/// One input file's rows, column by column, values exactly as they were read.
pub struct Table {
    /// The source's name: the file's stem, or as given on the command line.
    pub source: String,
    /// Where it was read from, for messages (`-` for standard input).
    pub path: PathBuf,
    pub columns: Vec<RawColumn>,
    /// 1-based number of each kept row among the file's data rows, so that
    /// quarantined rows leave a gap; also the default record id.
    pub row_numbers: Vec<u64>,
}

impl Table {
    /// The number of kept rows.
    pub fn rows(&self) -> usize {
        self.row_numbers.len()
    }

    /// The column of that exact name.
    pub fn column(&self, name: &str) -> Option<&RawColumn> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// One column of a [`Table`]: a code per row into its own dictionary.
pub struct RawColumn {
    /// As the header spells it, trimmed.
    pub name: String,
    pub values: Dictionary,
    pub codes: Vec<Code>,
}

impl RawColumn {
    /// The value in `row`; empty where it is missing.
    pub fn get(&self, row: usize) -> &str {
        self.values.get(self.codes[row])
    }
}

/// A row, or one field of it, that could not be taken, and why. The run goes on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quarantined {
    pub source: String,
    /// 1-based number among the file's data rows.
    pub row: u64,
    /// The column at fault; empty where the row as a whole is.
    pub field: String,
    /// What is wrong, without any value of the row in it.
    pub reason: String,
}
