//! Names every record: source, record id, and so its place in the canonical
//! order. A record without an id, or with another record's id, is quarantined.

use super::{Input, LoadOptions, Loaded, RowAt};
use crate::error::{Error, Result};
use crate::record::{ABSENT, Code, Quarantined, RecordKeys, Table};
use rayon::prelude::*;
use std::cmp::Ordering;
use std::path::Path;

/// Which column names a table's records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdColumn {
    /// Index into the table's columns; `None`: the 1-based row number.
    pub column: Option<usize>,
    pub reason: IdReason,
}

/// Why that column names the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdReason {
    /// The command line says so.
    Told,
    /// It is named like an id, and its values are unique.
    Found,
    /// No column would do, so rows are named by their number.
    RowNumber,
}

/// Column names that say "id of this row", best first, as [`plain`] spells them.
const ID_NAMES: &[&str] = &[
    "recordid",
    "recid",
    "id",
    "uniqueid",
    "rowid",
    "uuid",
    "guid",
    "uid",
    "datensatzid",
    "datensatznr",
    "datensatznummer",
    "satzid",
    "satznr",
    "satznummer",
    "externalid",
    "externeid",
    "customerid",
    "customerno",
    "customernr",
    "customernum",
    "customernumber",
    "custid",
    "custno",
    "clientid",
    "clientno",
    "clientnumber",
    "kundenid",
    "kundennr",
    "kundennummer",
    "kundenno",
    "kdnr",
    "kdnummer",
    "kndnr",
    "kunde",
    "userid",
    "userno",
    "benutzerid",
    "benutzernr",
    "nutzerid",
    "memberid",
    "memberno",
    "membernumber",
    "mitgliedsid",
    "mitgliedsnr",
    "mitgliedsnummer",
    "mitgliedid",
    "mitgliednr",
    "contactid",
    "contactno",
    "kontaktid",
    "kontaktnr",
    "kontaktnummer",
    "personid",
    "personenid",
    "personennr",
    "personnr",
    "personennummer",
    "partnerid",
    "partnernr",
    "geschaeftspartner",
    "gpnr",
    "accountid",
    "accountno",
    "accountnumber",
    "kontonummerkunde",
    "subscriberid",
    "abonnentid",
    "abonnentennr",
    "empfaengerid",
    "leadid",
    "ticketid",
    "ticketnr",
    "ticketnummer",
    "caseid",
    "fallnr",
    "fallnummer",
    "vorgangsnr",
    "vorgangsnummer",
    "adressnr",
    "adressnummer",
    "adressid",
    "debitor",
    "debitorennr",
    "debitorennummer",
    "patientid",
    "patientenid",
    "patientennr",
    "lfdnr",
    "laufendenummer",
    "laufnr",
    "nr",
    "nummer",
    "no",
    "number",
    "index",
    "key",
    "schluessel",
];

/// How many of [`ID_NAMES`] may have a few repeated or empty values: they name
/// the row and nothing else, so such rows are faults and go into quarantine.
const ROW_NAMES: usize = 13;

/// The source's name for each input: as told, or the file's stem; inputs that
/// share a stem are told apart by their folder.
pub fn source_names(inputs: &[Input]) -> Vec<String> {
    let stems: Vec<String> =
        inputs.iter().map(|input| input.source.clone().unwrap_or_else(|| stem(&input.path))).collect();
    inputs
        .iter()
        .zip(&stems)
        .map(|(input, name)| {
            let shared = stems.iter().filter(|other| *other == name).count() > 1;
            let folder = input.path.parent().and_then(Path::file_name);
            match folder {
                Some(folder) if shared && input.source.is_none() => {
                    format!("{}/{name}", folder.to_string_lossy())
                }
                _ => name.clone(),
            }
        })
        .collect()
}

/// The file's name without its format's and compression's endings.
fn stem(path: &Path) -> String {
    if path.as_os_str() == "-" {
        return "stdin".to_owned();
    }
    const ENDINGS: &[&str] = &[
        ".gz", ".gzip", ".zst", ".zstd", ".csv", ".tsv", ".tab", ".txt", ".psv", ".ndjson", ".jsonl",
        ".json", ".parquet", ".pq",
    ];
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let mut rest = name.as_str();
    while let Some(shorter) = ENDINGS.iter().find_map(|ending| strip_ending(rest, ending)) {
        rest = shorter;
    }
    rest.to_owned()
}

fn strip_ending<'a>(name: &'a str, ending: &str) -> Option<&'a str> {
    let at = name.len().checked_sub(ending.len()).filter(|&at| at > 0)?;
    name.get(at..).filter(|tail| tail.eq_ignore_ascii_case(ending)).and_then(|_| name.get(..at))
}

/// A column asked for that is not there.
pub fn no_such_column<'a>(asked: &str, columns: impl Iterator<Item = &'a str>) -> Error {
    let columns: Vec<&str> = columns.collect();
    let wanted = plain(asked);
    let near = columns
        .iter()
        .map(|column| (strsim::jaro_winkler(&plain(column), &wanted), column))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let listed: Vec<String> = columns.iter().take(40).map(|column| format!("`{column}`")).collect();
    let hint = match near {
        Some((_, column)) => format!("did you mean `{column}`? the columns are {}", listed.join(", ")),
        None => format!("the columns are {}", listed.join(", ")),
    };
    Error::usage(format!("there is no column `{asked}`")).with_hint(hint)
}

/// A column's name without case, punctuation and umlauts.
fn plain(name: &str) -> String {
    let spelt =
        name.to_lowercase().replace('ä', "ae").replace('ö', "oe").replace('ü', "ue").replace('ß', "ss");
    spelt.chars().filter(char::is_ascii_alphanumeric).collect()
}

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
        .map(|table| asked_column(table, options.source_column.as_deref()))
        .collect::<Result<Vec<_>>>()?;
    let id_columns = tables
        .iter()
        .zip(&source_columns)
        .map(|(table, source)| id_column(table, *source, options.id.as_deref()))
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

/// The place of the column that the command line asks for.
fn asked_column(table: &Table, asked: Option<&str>) -> Result<Option<usize>> {
    let Some(asked) = asked else { return Ok(None) };
    match table.columns.iter().position(|column| column.name == asked) {
        Some(column) => Ok(Some(column)),
        None => {
            let columns = table.columns.iter().map(|column| column.name.as_str());
            Err(no_such_column(asked, columns).at(&table.path, None, None))
        }
    }
}

/// Finds the column that names a table's records.
fn id_column(table: &Table, source: Option<usize>, asked: Option<&str>) -> Result<IdColumn> {
    if let Some(column) = asked_column(table, asked)? {
        return Ok(IdColumn { column: Some(column), reason: IdReason::Told });
    }
    let mut candidates: Vec<(usize, usize)> = Vec::new();
    for (column, raw) in table.columns.iter().enumerate().filter(|(column, _)| Some(*column) != source) {
        let name = plain(&raw.name);
        candidates.extend(ID_NAMES.iter().position(|known| *known == name).map(|rank| (rank, column)));
    }
    candidates.sort_unstable();
    let found = candidates.into_iter().find(|&(rank, column)| {
        let faults = unnamed_rows(table, column, source);
        faults == 0 || (rank < ROW_NAMES && faults <= (table.rows() / 100).max(1) && faults < table.rows())
    });
    Ok(match found {
        Some((_, column)) => IdColumn { column: Some(column), reason: IdReason::Found },
        None => IdColumn { column: None, reason: IdReason::RowNumber },
    })
}

/// How many rows the column would leave without a name of their own.
fn unnamed_rows(table: &Table, column: usize, source: Option<usize>) -> usize {
    let Some(ids) = table.columns.get(column) else { return table.rows() };
    let empty = ids.codes.iter().filter(|&&code| code == ABSENT).count();
    let named = ids.codes.len() - empty;
    let distinct = ids.values.len();
    let Some(source) = source.and_then(|source| table.columns.get(source)).filter(|_| distinct < named)
    else {
        return empty + (named - distinct.min(named));
    };
    let mut names: Vec<(Code, Code)> = source.codes.iter().copied().zip(ids.codes.iter().copied()).collect();
    names.retain(|(_, id)| *id != ABSENT);
    names.sort_unstable();
    names.dedup();
    empty + (named - names.len())
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
