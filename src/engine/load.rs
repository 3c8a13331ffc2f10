//! Loads whole inputs, on all threads, and names their records: which source,
//! which id, in which order. Reading bytes is `ingest`'s work, saying what a
//! column holds is `recognise`'s.
//!
//! The result depends on the inputs alone: blocks are parsed side by side but
//! interned in file order, and records are sorted by their names.

mod id_column;
mod identity;
mod source_name;

pub use id_column::{IdColumn, IdReason};

use crate::error::{Error, Result};
use crate::ingest::{self, ColumnBuilder, ParsedBlock, Reader, TableBuilder};
use crate::record::{Attribute, Quarantined, RecordKeys, Table};
use crate::rules::ColumnRule;
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// One input as the command line names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// A file, or `-` for standard input.
    pub path: PathBuf,
    /// The source's name; `None`: the file's stem.
    pub source: Option<String>,
}

/// What the command line says about the inputs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LoadOptions {
    /// The column that names a record within its source, in every input.
    pub id: Option<String>,
    /// The column that names the source, in every input.
    pub source_column: Option<String>,
    /// Columns that are not read at all (unless one of the two above).
    pub ignore: Vec<String>,
    /// What the rule file says of columns: those that it calls record ids or
    /// sources name them where the two above do not.
    pub told: Vec<ColumnRule>,
}

impl LoadOptions {
    /// The column of `table` that holds `attribute`, by the command line's word
    /// for all tables, else by the rule file's for this one.
    fn named<'a>(&'a self, asked: Option<&'a str>, attribute: Attribute, table: &Table) -> Option<&'a str> {
        let of_table = |rule: &&ColumnRule| {
            let source = rule.source.as_ref().is_none_or(|source| *source == table.source);
            rule.attribute == attribute && source && table.column(&rule.column).is_some()
        };
        let told = || self.told.iter().find(of_table).map(|rule| rule.column.as_str());
        asked.or_else(told)
    }
}

/// All inputs, and the names of their records.
pub struct Loaded {
    /// One per input, in the order of the inputs.
    pub tables: Vec<Table>,
    /// The records, sorted by (source, record id).
    pub keys: RecordKeys,
    /// Per record in the order of `keys`: where its row stands.
    pub rows: Vec<RowAt>,
    /// Rows that could not be taken, sorted.
    pub quarantine: Vec<Quarantined>,
    /// Per table: which column names its records, and why.
    pub id_columns: Vec<IdColumn>,
    /// Per table: the column that names the source, where one was asked for.
    pub source_columns: Vec<Option<usize>>,
}

/// The place of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowAt {
    /// Index into [`Loaded::tables`].
    pub table: u32,
    /// Index of the row among the table's kept rows.
    pub row: u32,
}

/// Reads every input and names every record.
///
/// # Errors
/// An input that cannot be opened or understood, that holds no rows, or that
/// lacks a column that `options` name. Faulty rows are no error, they are in
/// [`Loaded::quarantine`].
pub fn load(inputs: &[Input], options: &LoadOptions) -> Result<Loaded> {
    if inputs.is_empty() {
        return Err(
            Error::usage("no input given").with_hint("name one or more files, or `-` for standard input")
        );
    }
    if inputs.iter().filter(|input| input.path.as_os_str() == "-").count() > 1 {
        return Err(Error::usage("standard input `-` is given more than once"));
    }
    let names = source_name::source_names(inputs);
    let named = [&options.id, &options.source_column];
    let ignore: Vec<String> =
        options.ignore.iter().filter(|name| !named.contains(&&Some((*name).clone()))).cloned().collect();
    let mut tables = Vec::with_capacity(inputs.len());
    let mut quarantine = Vec::new();
    let mut columns_met = Vec::new();
    for (input, source) in inputs.iter().zip(&names) {
        let (table, mut faults) = load_table(&input.path, source, &ignore, &mut columns_met)?;
        quarantine.append(&mut faults);
        tables.push(table);
    }
    if let Some(absent) = ignore.iter().find(|name| !columns_met.contains(name)) {
        return Err(id_column::no_such_column(absent, columns_met.iter().map(String::as_str)));
    }
    identity::name_records(tables, quarantine, options)
}

/// After so many waves the size of the whole is foretold.
const WAVES_SAMPLED: usize = 2;

/// Reads one input; the names of all its columns are added to `columns_met`.
fn load_table(
    path: &Path,
    source: &str,
    ignore: &[String],
    columns_met: &mut Vec<String>,
) -> Result<(Table, Vec<Quarantined>)> {
    let mut reader = Reader::open(path)?;
    let layout = reader.layout().clone();
    let mut builder = TableBuilder::new(source, path, layout.header(), ignore);
    let (mut bytes_met, mut waves) = (0, 0);
    let mut wave = read_wave(&mut reader)?;
    while !wave.is_empty() {
        bytes_met += wave.iter().map(ingest::Block::bytes).sum::<usize>();
        let process = || {
            let blocks: Vec<ParsedBlock> = wave.into_par_iter().map(|block| layout.parse(block)).collect();
            let columns: &mut [ColumnBuilder] = builder.begin(&blocks);
            columns.par_iter_mut().for_each(|column| column.append(&blocks));
        };
        let (next, ()) = rayon::join(|| read_wave(&mut reader), process);
        wave = next?;
        waves += 1;
        if waves == WAVES_SAMPLED {
            reserve(&mut builder, reader.length(), bytes_met);
        }
    }
    columns_met.extend(builder.columns_met());
    let (table, quarantine) = builder.finish();
    if table.rows() == 0 {
        return Err(ingest::no_good_rows(path, &quarantine));
    }
    Ok((table, quarantine))
}

/// The next blocks, as many as keep every thread busy; empty at the end.
fn read_wave(reader: &mut Reader) -> Result<Vec<ingest::Block>> {
    let blocks_max = rayon::current_num_threads() * 8;
    let mut wave = Vec::with_capacity(blocks_max);
    while wave.len() < blocks_max {
        match reader.next_block()? {
            Some(block) => wave.push(block),
            None => break,
        }
    }
    Ok(wave)
}

/// Makes room once for the rows to come, as far as the first ones foretell
/// their number: growing step by step would hold each column twice.
fn reserve(builder: &mut TableBuilder, length: Option<u64>, bytes_met: usize) {
    let Some(length) = length.and_then(|length| usize::try_from(length).ok()) else { return };
    if bytes_met > 0 && length > bytes_met {
        let rows = builder.rows() as f64 * (length as f64 / bytes_met as f64) * 1.02;
        builder.reserve(rows as usize);
    }
}
