//! Finds the column that names a table's records. What the other columns hold
//! is `recognise`'s concern.

use crate::error::{Error, Result};
use crate::record::{ABSENT, Code, Table};

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

/// Column names that say "id of this row", best first, as [`plain`] spells
/// them. They name the row and nothing else, so a few repeated or empty values
/// are faults of their rows, which go into quarantine.
const ROW_NAMES: &str = "\
    recordid recid id uniqueid rowid recno recordno recordnumber rowno uuid guid uid datensatzid datensatznr datensatznummer satzid satznr \
    satznummer";

/// Column names that may as well refer to another table's row, so that they
/// are taken only where every row has a value of its own; best first.
const PARTY_NAMES: &str = "\
    externalid externeid customerid customerno customernr customernum customernumber custid custno clientid \
    clientno clientnumber kundenid kundennr kundennummer kundenno kdnr kdnummer kndnr userid userno \
    benutzerid benutzernr nutzerid memberid memberno membernumber mitgliedsid mitgliedsnr mitgliedsnummer \
    mitgliedid mitgliednr contactid contactno kontaktid kontaktnr kontaktnummer personid personenid \
    personennr personnr personennummer partnerid partnernr geschaeftspartner gpnr accountid accountno \
    accountnumber kontonummerkunde subscriberid subscriberno abonnentid abonnentennr empfaengerid leadid ticketid \
    ticketno ticketnr ticketnummer caseid fallnr fallnummer vorgangsnr vorgangsnummer adressnr adressnummer adressid \
    debitor debitorennr debitorennummer kreditor kreditorennr kreditorennummer lieferantennr lieferantennummer \
    lieferantenid supplierid supplierno vendorid vendorno belegnr belegnummer rechnungsnr rechnungsnummer \
    invoiceno invoicenumber patientid patientenid patientennr lfdnr laufendenummer laufnr";

/// Names that say "id of this row" in the first column and something else in
/// others, such as a house's number.
const FIRST_COLUMN_NAMES: &str = "nr nummer no number index key schluessel";

/// How well a column's name says "id of this row": the less, the better.
fn rank(name: &str, column: usize) -> Option<(Trust, usize)> {
    let name = plain(name);
    let place = |names: &str| names.split_ascii_whitespace().position(|known| known == name);
    let row = place(ROW_NAMES).map(|place| (Trust::Row, place));
    let party = || place(PARTY_NAMES).map(|place| (Trust::Party, place));
    let first = || place(FIRST_COLUMN_NAMES).filter(|_| column == 0).map(|place| (Trust::First, place));
    row.or_else(party).or_else(first)
}

/// Which list a column's name stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Trust {
    Row,
    Party,
    First,
}

/// The place of the column that the command line asks for.
pub fn asked_column(table: &Table, asked: Option<&str>) -> Result<Option<usize>> {
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
pub fn id_column(table: &Table, source: Option<usize>, asked: Option<&str>) -> Result<IdColumn> {
    if let Some(column) = asked_column(table, asked)? {
        return Ok(IdColumn { column: Some(column), reason: IdReason::Told });
    }
    let mut candidates: Vec<((Trust, usize), usize)> = Vec::new();
    for (column, raw) in table.columns.iter().enumerate().filter(|(column, _)| Some(*column) != source) {
        candidates.extend(rank(&raw.name, column).map(|rank| (rank, column)));
    }
    candidates.sort_unstable();
    let found = candidates.into_iter().find(|&((trust, _), column)| {
        let faults = unnamed_rows(table, column, source);
        let few = faults <= (table.rows() / 100).max(1) && faults * 3 <= table.rows();
        faults == 0 || (trust == Trust::Row && few)
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
