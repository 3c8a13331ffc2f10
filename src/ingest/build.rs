//! Gathers parsed blocks, in file order, into a [`Table`]. Each column is
//! built on its own, so columns can be filled side by side; a code depends on
//! the order of the rows in the file and on nothing else.

use super::parsed::ParsedBlock;
use crate::record::{ABSENT, Code, Dictionary, Quarantined, RawColumn, Table};
use std::path::PathBuf;

/// A table under construction.
pub struct TableBuilder {
    source: String,
    path: PathBuf,
    header: Vec<String>,
    ignore: Vec<String>,
    columns: Vec<ColumnBuilder>,
    row_numbers: Vec<u64>,
    rows_met: u64,
    quarantine: Vec<Quarantined>,
}

/// One column under construction.
pub struct ColumnBuilder {
    name: String,
    /// Its place in the header, for blocks that do not name their columns.
    position: usize,
    values: Dictionary,
    codes: Vec<Code>,
}

impl TableBuilder {
    /// A table with the columns known so far; blocks may bring more by name.
    /// Columns that `ignore` names are left out.
    pub fn new(source: &str, path: impl Into<PathBuf>, header: &[String], ignore: &[String]) -> Self {
        let columns = header.iter().enumerate().filter(|(_, name)| !ignore.contains(name));
        Self {
            source: source.to_owned(),
            path: path.into(),
            columns: columns.map(|(at, name)| ColumnBuilder::new(name.clone(), at, 0)).collect(),
            header: header.to_vec(),
            ignore: ignore.to_vec(),
            row_numbers: Vec::new(),
            rows_met: 0,
            quarantine: Vec::new(),
        }
    }

    /// Takes the row numbers and faults of the next blocks in file order, and
    /// gives the columns for each of which [`ColumnBuilder::append`] must then
    /// be called once with the same blocks, in any order or in parallel.
    pub fn begin(&mut self, blocks: &[ParsedBlock]) -> &mut [ColumnBuilder] {
        for block in blocks {
            self.add_columns(block);
            self.add_rows(block);
        }
        &mut self.columns
    }

    /// Makes room for about `rows` rows in all, and for as many values as the
    /// rows met so far foretell.
    pub fn reserve(&mut self, rows: usize) {
        let more = rows.saturating_sub(self.row_numbers.len());
        self.row_numbers.reserve_exact(more);
        for column in &mut self.columns {
            column.reserve(more);
        }
    }

    /// The names of all columns met so far, those left out included.
    pub fn columns_met(&self) -> impl Iterator<Item = String> {
        self.header.iter().cloned()
    }

    /// Rows kept so far.
    pub fn rows(&self) -> usize {
        self.row_numbers.len()
    }

    /// Rows met so far, kept or not.
    pub fn rows_met(&self) -> u64 {
        self.rows_met
    }

    /// The table, and the rows that could not be taken.
    pub fn finish(self) -> (Table, Vec<Quarantined>) {
        let columns = self.columns.into_iter().map(ColumnBuilder::finish).collect();
        let table = Table { source: self.source, path: self.path, columns, row_numbers: self.row_numbers };
        (table, self.quarantine)
    }

    fn add_columns(&mut self, block: &ParsedBlock) {
        for name in block.names.iter().flatten() {
            if self.header.contains(name) {
                continue;
            }
            self.header.push(name.clone());
            if !self.ignore.contains(name) {
                self.columns.push(ColumnBuilder::new(name.clone(), usize::MAX, self.row_numbers.len()));
            }
        }
    }

    fn add_rows(&mut self, block: &ParsedBlock) {
        let mut faults = block.faults.iter().peekable();
        for row in 0..block.rows_met {
            let number = self.rows_met + row + 1;
            let Some(fault) = faults.next_if(|fault| fault.row == row) else {
                self.row_numbers.push(number);
                continue;
            };
            let name = fault.column.and_then(|column| self.name_of(block, column)).unwrap_or_default();
            self.quarantine.push(Quarantined {
                source: self.source.clone(),
                row: number,
                field: name.to_owned(),
                reason: fault.kind.to_string(),
            });
        }
        self.rows_met += block.rows_met;
    }

    fn name_of<'a>(&'a self, block: &'a ParsedBlock, column: usize) -> Option<&'a str> {
        match &block.names {
            Some(names) => names.get(column).map(String::as_str),
            None => self.header.get(column).map(String::as_str),
        }
    }
}

impl ColumnBuilder {
    fn new(name: String, position: usize, rows_before: usize) -> Self {
        Self { name, position, values: Dictionary::new(), codes: vec![ABSENT; rows_before] }
    }

    /// Room is made for values only where most are new: elsewhere the first
    /// rows foretell far too many.
    fn reserve(&mut self, rows: usize) {
        let met = self.codes.len().max(1);
        let ratio = self.values.len() as f64 / met as f64;
        if ratio > 0.5 && met > 1000 {
            let bytes = self.values.text_bytes() as f64 / met as f64 * rows as f64 * 1.02;
            self.values.reserve((ratio * rows as f64) as usize, bytes as usize);
        }
        self.codes.reserve_exact(rows);
    }

    /// Interns this column's values of the blocks given to [`TableBuilder::begin`].
    pub fn append(&mut self, blocks: &[ParsedBlock]) {
        for block in blocks {
            let column = match &block.names {
                None => Some(self.position),
                Some(names) => names.iter().position(|name| *name == self.name),
            };
            match column {
                Some(column) => self.append_values(block, column),
                None => self.codes.resize(self.codes.len() + block.rows(), ABSENT),
            }
        }
    }

    fn append_values(&mut self, block: &ParsedBlock, column: usize) {
        let values = block.values(column).map(|value| if is_blank(value) { "" } else { value });
        self.values.intern_all(values, &mut self.codes);
    }

    fn finish(mut self) -> RawColumn {
        self.codes.shrink_to_fit();
        self.values.freeze();
        RawColumn { name: self.name, values: self.values, codes: self.codes }
    }
}

/// Whether a value is nothing but white space, and so missing.
fn is_blank(value: &str) -> bool {
    match value.as_bytes().first() {
        None => true,
        Some(byte) if byte.is_ascii_graphic() => false,
        Some(_) => value.chars().all(char::is_whitespace),
    }
}
