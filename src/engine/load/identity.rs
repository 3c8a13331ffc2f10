//! Names every record: source, record id, and so its place in the canonical
//! order. A record without an id, or with another record's id, is quarantined.

use super::id_column::{IdColumn, asked_column, id_column};
use super::{LoadOptions, Loaded, RowAt};
use crate::error::{Error, Result};
use crate::record::{ABSENT, Attribute, Quarantined, RecordKeys, Table};
use rayon::prelude::*;
use std::cmp::Ordering;

/// One row on its way to its place.
#[derive(Clone, Copy)]
struct Entry {
    /// The rank of the source's name, then the id's first 14 bytes,
    /// so that few comparisons need the id itself.
    key: [u64; 2],
    at: RowAt,
}

impl Entry {
    fn new(source: u16, id: &str, at: RowAt) -> Self {
        let mut bytes = [0_u8; 16];
        let (rank, prefix) = bytes.split_at_mut(2);
        rank.copy_from_slice(&source.to_be_bytes());
        for (to, from) in prefix.iter_mut().zip(id.bytes()) {
            *to = from;
        }
        let whole = u128::from_be_bytes(bytes);
        Self { key: [(whole >> 64) as u64, whole as u64], at }
    }

    fn source(&self) -> u16 {
        (self.key[0] >> 48) as u16
    }

    /// Whether the key holds all of the id.
    fn is_whole(&self) -> bool {
        self.key[1] & 0xff == 0
    }
}

/// Gives every row its name and puts the records in order.
pub fn name_records(
    tables: Vec<Table>,
    mut quarantine: Vec<Quarantined>,
    options: &LoadOptions,
) -> Result<Loaded> {
    let source_columns = tables
        .iter()
        .map(|table| {
            let asked = options.source_column.as_deref();
            asked_column(table, options.named(asked, Attribute::Source, table))
        })
        .collect::<Result<Vec<_>>>()?;
    let id_columns = tables
        .iter()
        .zip(&source_columns)
        .map(|(table, source)| {
            let asked = options.named(options.id.as_deref(), Attribute::RecordId, table);
            id_column(table, *source, asked)
        })
        .collect::<Result<Vec<_>>>()?;
    check_row_numbers(&tables, &id_columns, &source_columns)?;
    let sources = sources(&tables, &source_columns)?;
    let naming = Naming { tables: &tables, id_columns: &id_columns, source_columns: &source_columns };
    let mut entries = naming.entries(&sources, &mut quarantine);
    entries.par_sort_unstable_by(|a, b| naming.compare(a, b));
    naming.drop_repeats(&mut entries, &sources, &mut quarantine);
    let mut buffer = String::new();
    let mut keys = RecordKeys::from_sorted(sources, std::iter::empty());
    keys.reserve(entries.len());
    for entry in &entries {
        keys.push(entry.source(), naming.id(entry.at, &mut buffer));
    }
    let rows = entries.iter().map(|entry| entry.at).collect();
    quarantine.sort_unstable();
    Ok(Loaded { tables, keys, rows, quarantine, id_columns, source_columns })
}

/// Row numbers name no record where one source is spread over several inputs.
fn check_row_numbers(tables: &[Table], ids: &[IdColumn], sources: &[Option<usize>]) -> Result<()> {
    let mut numbered: Vec<&str> = Vec::new();
    for ((table, id), source) in tables.iter().zip(ids).zip(sources) {
        if id.column.is_none() && source.is_none() {
            numbered.push(&table.source);
        }
    }
    numbered.sort_unstable();
    match numbered.windows(2).find_map(|pair| pair.first().filter(|name| pair.get(1) == Some(name))) {
        None => Ok(()),
        Some(name) => Err(Error::usage(format!(
            "source `{name}` is read from several inputs in which no column names the records"
        ))
        .with_hint("name the column with `--id COLUMN`, or give each input a source of its own with `--source NAME=PATH`")),
    }
}

/// The names of all sources, sorted.
fn sources(tables: &[Table], columns: &[Option<usize>]) -> Result<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    for (table, column) in tables.iter().zip(columns) {
        match column.and_then(|column| table.columns.get(column)) {
            Some(column) => names.extend(column.values.iter().map(|name| name.trim().to_owned())),
            None => names.push(table.source.clone()),
        }
    }
    names.sort_unstable();
    names.dedup();
    if names.len() > usize::from(u16::MAX) {
        let message =
            format!("{} sources are more than the {} that can be told apart", names.len(), u16::MAX);
        return Err(
            Error::usage(message).with_hint("`--source-column` wants a column that names the channel")
        );
    }
    Ok(names)
}

/// A row without a name: its source's rank if known, the column at fault, why.
type Nameless = (Option<u16>, Option<usize>, &'static str);

/// The tables with the columns that name their records.
struct Naming<'a> {
    tables: &'a [Table],
    id_columns: &'a [IdColumn],
    source_columns: &'a [Option<usize>],
}

impl Naming<'_> {
    /// Every row that has a name, in no order yet; the others are quarantined.
    fn entries(&self, sources: &[String], quarantine: &mut Vec<Quarantined>) -> Vec<Entry> {
        let mut entries = Vec::with_capacity(self.tables.iter().map(Table::rows).sum());
        for (number, table) in self.tables.iter().enumerate() {
            let ranks = self.source_ranks(number, sources);
            let entry_of = |row: usize| self.entry(number, row, &ranks);
            let from = entries.len();
            entries.par_extend((0..table.rows()).into_par_iter().filter_map(|row| entry_of(row).ok()));
            if entries.len() - from < table.rows() {
                for row in 0..table.rows() {
                    if let Err((source, column, reason)) = entry_of(row) {
                        let source = source.map_or(table.source.as_str(), |rank| &sources[usize::from(rank)]);
                        quarantine.push(quarantined(table, source, row, column, reason));
                    }
                }
            }
        }
        entries
    }

    /// One row's entry, or which column left it without a name.
    fn entry(
        &self,
        number: usize,
        row: usize,
        ranks: &[Option<u16>],
    ) -> std::result::Result<Entry, Nameless> {
        let table = &self.tables[number];
        let source_column = self.source_columns[number];
        let code = source_column.map_or(ABSENT, |column| table.columns[column].codes[row]);
        let Some(source) = ranks[code as usize] else { return Err((None, source_column, "no source")) };
        let at = RowAt { table: number as u32, row: row as u32 };
        let id_column = self.id_columns[number].column;
        match id_column.map(|column| table.columns[column].get(row)) {
            Some("") => Err((Some(source), id_column, "no record id")),
            Some(id) => Ok(Entry::new(source, id, at)),
            None => Ok(Entry::new(source, &table.row_numbers[row].to_string(), at)),
        }
    }

    /// Per code of the table's source column (code 0 alone where it has none)
    /// the source's rank; `None` for an empty one.
    fn source_ranks(&self, table: usize, sources: &[String]) -> Vec<Option<u16>> {
        let rank = |name: &str| {
            sources.binary_search_by(|other| other.as_str().cmp(name)).ok().map(|rank| rank as u16)
        };
        match self.source_columns[table] {
            None => vec![rank(&self.tables[table].source)],
            Some(column) => {
                let names = self.tables[table].columns[column].values.iter();
                std::iter::once(None).chain(names.map(|name| rank(name.trim()))).collect()
            }
        }
    }

    /// The id of one row; `buffer` holds it where it is the row's number.
    fn id<'a>(&'a self, at: RowAt, buffer: &'a mut String) -> &'a str {
        let table = &self.tables[at.table as usize];
        match self.id_columns[at.table as usize].column {
            Some(column) => table.columns[column].get(at.row as usize),
            None => {
                *buffer = table.row_numbers[at.row as usize].to_string();
                buffer
            }
        }
    }

    /// The canonical order, then the order of inputs and rows.
    fn compare(&self, a: &Entry, b: &Entry) -> Ordering {
        let place = |entry: &Entry| (entry.at.table, entry.at.row);
        self.compare_names(a, b).then_with(|| place(a).cmp(&place(b)))
    }

    fn compare_names(&self, a: &Entry, b: &Entry) -> Ordering {
        a.key.cmp(&b.key).then_with(|| {
            if a.is_whole() {
                return Ordering::Equal;
            }
            self.id(a.at, &mut String::new()).cmp(self.id(b.at, &mut String::new()))
        })
    }

    /// Of the rows that share a name the one whose content sorts first stays,
    /// so that the choice does not depend on the order of rows.
    fn drop_repeats(&self, entries: &mut Vec<Entry>, sources: &[String], quarantine: &mut Vec<Quarantined>) {
        let mut kept = 0;
        let mut from = 0;
        while from < entries.len() {
            let first = entries[from];
            let same =
                entries[from..].iter().take_while(|entry| self.compare_names(&first, entry).is_eq()).count();
            let group = &entries[from..from + same];
            let stays = match group {
                [only] => *only,
                _ => *group.iter().min_by_key(|entry| self.content(entry.at)).unwrap_or(&first),
            };
            for entry in group.iter().filter(|entry| entry.at != stays.at) {
                let table = &self.tables[entry.at.table as usize];
                let column = self.id_columns[entry.at.table as usize].column;
                let source = &sources[usize::from(entry.source())];
                quarantine.push(quarantined(
                    table,
                    source,
                    entry.at.row as usize,
                    column,
                    "duplicate record id",
                ));
            }
            entries[kept] = stays;
            (kept, from) = (kept + 1, from + same);
        }
        entries.truncate(kept);
    }

    /// A row's values by column name, in an order that no input's layout changes.
    fn content(&self, at: RowAt) -> Vec<(&str, &str)> {
        let columns = self.tables[at.table as usize].columns.iter();
        let values = columns.map(|column| (column.name.as_str(), column.get(at.row as usize)));
        let mut content: Vec<_> = values.filter(|(_, value)| !value.is_empty()).collect();
        content.sort_unstable();
        content
    }
}

fn quarantined(table: &Table, source: &str, row: usize, column: Option<usize>, reason: &str) -> Quarantined {
    Quarantined {
        source: source.to_owned(),
        row: table.row_numbers.get(row).copied().unwrap_or_default(),
        field: column
            .and_then(|column| table.columns.get(column))
            .map(|column| column.name.clone())
            .unwrap_or_default(),
        reason: reason.to_owned(),
    }
}
