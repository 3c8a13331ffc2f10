//! Between stored rows and the columns that the stages read: a few records, or
//! all of them, put side by side in canonical order.

use super::bundle::Bundle;
use super::intake::Intake;
use crate::error::Result;
use crate::record::{ABSENT, Field, NormalColumn, NormalRecords, RecordKeys};
use crate::store::{Family, NormalRow, NormalValue, Number, Store, TermKind, Terms, broken};
use hashbrown::HashMap;
use rayon::prelude::*;
use std::sync::Arc;

/// Some records of the store, in canonical order.
pub struct Gathered {
    pub records: NormalRecords,
    /// Per record, its number in the store.
    pub numbers: Vec<Number>,
    place_of: HashMap<Number, u32>,
}

impl Gathered {
    /// Puts the rows side by side.
    pub fn new(rows: &[(Number, Arc<NormalRow>)], terms: &Terms, bundle: &Bundle) -> Self {
        let mut order: Vec<usize> = (0..rows.len()).collect();
        let name = |at: &usize| {
            let row = &rows[*at].1;
            (terms.text(TermKind::Source, row.source), row.id.as_str())
        };
        match rows.len() {
            ..ALONE_MAX => order.sort_unstable_by(|a, b| name(a).cmp(&name(b))),
            _ => order.par_sort_unstable_by(|a, b| name(a).cmp(&name(b))),
        }
        let mut keys = RecordKeys::default();
        let mut updated_at = Vec::new();
        let mut numbers = Vec::with_capacity(rows.len());
        for (record, &at) in order.iter().enumerate() {
            let (number, row) = &rows[at];
            let source = terms.text(TermKind::Source, row.source);
            if keys.sources.last().is_none_or(|last| last != source) {
                keys.sources.push(source.to_owned());
            }
            keys.push(keys.sources.len() as u16 - 1, &row.id);
            if row.updated_at.is_some() {
                updated_at.resize(rows.len(), None);
                updated_at[record] = row.updated_at;
            }
            numbers.push(*number);
        }
        let columns = columns(rows, &order, terms, bundle);
        // Hubs are marked in the rows; what they are only a report tells.
        let records = NormalRecords { keys, columns, updated_at, hubs: Vec::new() };
        Self::from_parts(records, numbers)
    }

    /// Records in canonical order, and their numbers in the store.
    pub fn from_parts(records: NormalRecords, numbers: Vec<Number>) -> Self {
        let place_of = numbers.iter().enumerate().map(|(at, &number)| (number, at as u32)).collect();
        Self { records, numbers, place_of }
    }

    /// Every record of the store.
    pub fn all(store: &Store, bundle: &Bundle) -> Result<Self> {
        let threads = rayon::current_num_threads() as Number;
        let step = store.counters.next_number / (threads * RANGES_PER_THREAD) + 1;
        let starts: Vec<Number> = (0..store.counters.next_number).step_by(step as usize).collect();
        let read = |&start: &Number| -> Result<Vec<(Number, Arc<NormalRow>)>> {
            let mut rows = Vec::with_capacity(step as usize);
            store.db.scan(Family::Normals, &[], &start.to_be_bytes(), |key, value| {
                let number = number_of(key)?;
                if number - start < step {
                    rows.push((number, Arc::new(NormalRow::decode(value)?)));
                }
                Ok(number - start < step)
            })?;
            Ok(rows)
        };
        let rows = starts.par_iter().with_max_len(1).map(read).collect::<Result<Vec<_>>>()?.concat();
        let mut gathered = Self::new(&rows, &store.terms, bundle);
        gathered.records.hubs = bundle.model.hubs.clone();
        Ok(gathered)
    }

    /// Every record of the store, normalised anew from what came.
    pub fn from_raw(store: &Store, bundle: &Bundle) -> Result<Self> {
        let (intake, numbers) = Intake::of_store(store, bundle)?;
        Ok(Self::from_parts(intake.finish(), numbers))
    }

    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// The place of the record of that number.
    pub fn place(&self, number: Number) -> Option<u32> {
        self.place_of.get(&number).copied()
    }
}

/// Fewer records than this are put side by side by one thread.
const ALONE_MAX: usize = 1 << 13;
/// Parts of a store that a thread reads one after the other.
const RANGES_PER_THREAD: Number = 8;

/// The columns of the rows in their order. Many rows are gone through by each
/// thread for some of the fields.
fn columns(
    rows: &[(Number, Arc<NormalRow>)],
    order: &[usize],
    terms: &Terms,
    bundle: &Bundle,
) -> Vec<NormalColumn> {
    let threads = if rows.len() < ALONE_MAX { 1 } else { rayon::current_num_threads() as u32 };
    let part = |share: u32| {
        let mut columns = Columns::new(rows.len(), terms, bundle, (share, threads));
        for (record, &at) in order.iter().enumerate() {
            columns.take(record, &rows[at].1);
        }
        columns.columns
    };
    let mut columns: Vec<NormalColumn> = match threads {
        1 => part(0),
        _ => (0..threads).into_par_iter().flat_map_iter(part).collect(),
    };
    // Slots of one field stand together, fields in a fixed order.
    columns.sort_by(|a, b| a.field.cmp(&b.field));
    columns
}

/// The number that a key is or begins with.
pub fn number_of(key: &[u8]) -> Result<Number> {
    let (number, _) = key.split_first_chunk::<4>().ok_or_else(|| broken("key"))?;
    Ok(Number::from_be_bytes(*number))
}

/// Columns being filled, found by the field's term and slot.
struct Columns<'a> {
    terms: &'a Terms,
    size: usize,
    columns: Vec<NormalColumn>,
    /// Per term, the columns of the field's slots.
    slots: Vec<Vec<usize>>,
    /// Which share of the terms, and of how many shares.
    share: (u32, u32),
}

impl<'a> Columns<'a> {
    fn new(size: usize, terms: &'a Terms, bundle: &Bundle, share: (u32, u32)) -> Self {
        let mut columns = Self { terms, size, columns: Vec::new(), slots: Vec::new(), share };
        columns.slots.resize(terms.all(TermKind::Field).len(), Vec::new());
        for field in &bundle.surroundings.fields {
            let term = terms.find_field(field);
            if !columns.is_own(term.unwrap_or_default()) {
                continue;
            }
            let at = columns.columns.len();
            columns.columns.push(NormalColumn::empty(field.clone(), size));
            if let Some(slots) = term.and_then(|term| columns.slots.get_mut(term as usize)) {
                slots.push(at);
            }
        }
        columns
    }

    fn is_own(&self, term: u32) -> bool {
        term % self.share.1 == self.share.0
    }

    fn take(&mut self, record: usize, row: &NormalRow) {
        for (at, value) in row.values.iter().enumerate() {
            if !self.is_own(value.field) {
                continue;
            }
            let slot = row.values[..at].iter().filter(|other| other.field == value.field).count();
            let Some(column) = self.column(value.field, slot) else { continue };
            let canonical = value.canonical.as_deref().unwrap_or_default();
            let column = &mut self.columns[column];
            column.codes[record] = column.intern(&value.display, canonical, value.verdict);
            if value.is_hub {
                column.hub.resize(self.size, false);
                column.hub[record] = true;
            }
        }
    }

    fn column(&mut self, field: u32, slot: usize) -> Option<usize> {
        if let Some(&known) = self.slots.get(field as usize)?.get(slot) {
            return Some(known);
        }
        let at = self.columns.len();
        self.columns.push(NormalColumn::empty(self.terms.field(field)?.clone(), self.size));
        self.slots.get_mut(field as usize)?.push(at);
        Some(at)
    }
}

/// Makes rows of normalised records.
pub struct RowMaker {
    /// Per column, the field's term.
    fields: Vec<u32>,
    /// Per source of the records, its term.
    sources: Vec<u32>,
}

impl RowMaker {
    pub fn new(records: &NormalRecords, terms: &mut Terms) -> Self {
        let fields = records.columns.iter().map(|column| terms.field_number(&column.field)).collect();
        let sources = records.keys.sources.iter().map(|source| terms.number(TermKind::Source, source));
        Self { fields, sources: sources.collect() }
    }

    /// Has what the rows of these records are made of brought near, that of all
    /// at once: it stands far apart in memory.
    pub fn bring_near(&self, records: &NormalRecords, some: &[u32]) {
        let mut sum = 0u8;
        for column in &records.columns {
            let held = some.iter().filter_map(|&record| column.codes.get(record as usize).copied());
            for code in held.filter(|code| *code != ABSENT) {
                let place = code as usize - 1;
                let canonical = column.canonical_of.get(place).copied().unwrap_or(ABSENT);
                sum ^= column.verdicts.get(place).map_or(0, |verdict| *verdict as u8);
                sum ^= first_byte(column.display.get(code)) ^ first_byte(column.canonical.get(canonical));
            }
        }
        std::hint::black_box(sum);
    }

    /// The row of one record.
    pub fn row(&self, records: &NormalRecords, record: usize) -> NormalRow {
        let mut values = Vec::new();
        for (column, &field) in records.columns.iter().zip(&self.fields) {
            let code = column.codes[record];
            if code == ABSENT {
                continue;
            }
            let canonical = column.canonical_of[code as usize - 1];
            values.push(NormalValue {
                field,
                display: column.display.get(code).into(),
                canonical: (canonical != ABSENT).then(|| column.canonical.get(canonical).into()),
                verdict: column.verdicts[code as usize - 1],
                is_hub: column.is_hub(record),
            });
        }
        NormalRow {
            source: self.sources[usize::from(records.keys.source_of[record])],
            id: records.keys.id(record).into(),
            updated_at: records.updated_at.get(record).copied().flatten(),
            values,
        }
    }
}

/// Records and customers whose values are brought near together.
pub const NEAR_TOGETHER: usize = 64;

/// Reading it has the beginning of a text brought near.
pub fn first_byte(text: &str) -> u8 {
    text.as_bytes().first().copied().unwrap_or_default()
}

/// Whether a golden record shows the field.
pub fn is_shown(field: &Field) -> bool {
    use crate::record::Attribute;
    !matches!(field.attribute, Attribute::FullName | Attribute::Address)
}
