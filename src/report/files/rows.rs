//! The columns of each table, and how the engine's columns become its rows.
//! Which format they are written in is the sink's concern.

use super::number::push_fixed;
use super::sink::Sink;
use super::{CrosswalkRows, CustomerRows, EvidenceColumn, GoldenColumn, LineageRows, NO_EVIDENCE, PairRows};
use crate::record::Quarantined;
use compact_str::CompactString;
use std::io;

/// A table that can be written.
pub trait Table {
    /// The columns, in order.
    fn columns(&self) -> Vec<Column>;
    /// Hands every row's cells to the sink.
    fn write(&self, sink: &mut dyn Sink) -> io::Result<()>;
}

/// A column's name and kind.
pub struct Column {
    pub name: String,
    pub kind: Kind,
}

/// What a column's cells are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Weight,
    Probability,
    Count,
}

fn column(name: &str, kind: Kind) -> Column {
    Column { name: name.to_owned(), kind }
}

fn text_columns(names: &[&str]) -> Vec<Column> {
    names.iter().map(|name| column(name, Kind::Text)).collect()
}

pub struct CrosswalkTable<'a>(pub &'a CrosswalkRows<'a>);

impl Table for CrosswalkTable<'_> {
    fn columns(&self) -> Vec<Column> {
        text_columns(&["source", "record_id", "customer_id"])
    }

    fn write(&self, sink: &mut dyn Sink) -> io::Result<()> {
        let CrosswalkRows { keys, customer_of, customer_ids } = self.0;
        for (record, &customer) in customer_of.iter().enumerate() {
            sink.text(keys.source(record))?;
            sink.text(keys.id(record))?;
            sink.text(customer_ids.get(customer as usize).map_or("", |id| id.as_str()))?;
            sink.end_row()?;
        }
        Ok(())
    }
}

pub struct LineageTable<'a>(pub &'a LineageRows<'a>);

impl Table for LineageTable<'_> {
    fn columns(&self) -> Vec<Column> {
        text_columns(&["customer_id", "attribute", "source", "record_id", "pinned_by", "pinned_at"])
    }

    fn write(&self, sink: &mut dyn Sink) -> io::Result<()> {
        let LineageRows { keys, customer_ids, fields } = self.0;
        for customer in by_id(customer_ids) {
            for field in fields {
                let Some(record) = field.origin(customer).map(|origin| origin.record) else { continue };
                sink.text(customer_ids.get(customer).map_or("", |id| id.as_str()))?;
                sink.text(field.field.name())?;
                sink.text(keys.source(record as usize))?;
                sink.text(keys.id(record as usize))?;
                let pin = field.pin(customer);
                sink.text(pin.map_or("", |pin| pin.who.as_str()))?;
                let at = pin.and_then(|pin| jiff::Timestamp::from_microsecond(pin.at).ok());
                sink.text(&at.map(|at| at.to_string()).unwrap_or_default())?;
                sink.end_row()?;
            }
        }
        Ok(())
    }
}

pub struct CustomerTable<'a>(pub &'a CustomerRows<'a>);

impl Table for CustomerTable<'_> {
    fn columns(&self) -> Vec<Column> {
        let mut columns = text_columns(&["customer_id"]);
        columns.extend(self.0.columns.iter().map(|golden| column(&golden.name, Kind::Text)));
        columns.push(column("records", Kind::Count));
        columns
    }

    fn write(&self, sink: &mut dyn Sink) -> io::Result<()> {
        let CustomerRows { customer_ids, columns, records } = self.0;
        let order = by_id(customer_ids);
        // The values of neighbouring rows stand far apart in memory, so they are
        // gathered column by column for many rows before any is written.
        let mut gathered = Gathered::default();
        for customers in order.chunks(ROWS_GATHERED) {
            gathered.take(customers, columns);
            for (row, &customer) in customers.iter().enumerate() {
                sink.text(customer_ids.get(customer).map_or("", |id| id.as_str()))?;
                for column in 0..columns.len() {
                    sink.text(gathered.get(column * customers.len() + row))?;
                }
                sink.count(records.get(customer).copied().map_or(0, u64::from))?;
                sink.end_row()?;
            }
        }
        Ok(())
    }
}

/// Copies of the texts of some rows, column by column. With so many rows one
/// column at a time is near the processor, and out of core in memory.
#[derive(Default)]
struct Gathered {
    text: String,
    ends: Vec<usize>,
}

impl Gathered {
    fn take(&mut self, customers: &[usize], columns: &[GoldenColumn]) {
        self.text.clear();
        self.ends.clear();
        let mut texts = [""; ROWS_AT_ONCE];
        for golden in columns {
            // Looked up before any is copied, so that the waits for memory overlap.
            for customers in customers.chunks(ROWS_AT_ONCE) {
                for (text, &customer) in texts.iter_mut().zip(customers) {
                    *text = golden.codes.get(customer).map_or("", |&code| golden.values.get(code));
                }
                touch(&texts);
                for text in texts.iter().take(customers.len()) {
                    self.text.push_str(text);
                    self.ends.push(self.text.len());
                }
            }
        }
    }

    fn get(&self, at: usize) -> &str {
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.ends.get(at).and_then(|&end| self.text.get(start..end)).unwrap_or_default()
    }
}

/// Rows whose values are gathered together.
const ROWS_GATHERED: usize = 1 << 15;

/// The customers in the order of their ids. Compared by the first sixteen bytes,
/// which are all of an id, side by side in memory.
fn by_id(customer_ids: &[CompactString]) -> Vec<usize> {
    let mut keyed: Vec<(u128, usize)> = customer_ids.iter().map(|id| head(id)).zip(0..).collect();
    let whole = |customer: usize| customer_ids.get(customer);
    keyed.sort_unstable_by(|x, y| x.0.cmp(&y.0).then_with(|| whole(x.1).cmp(&whole(y.1))));
    keyed.into_iter().map(|(_, customer)| customer).collect()
}

/// The first bytes of a text, filled up with zeros, as a number in their order.
fn head(text: &str) -> u128 {
    let mut head = [0; size_of::<u128>()];
    head.iter_mut().zip(text.bytes()).for_each(|(place, byte)| *place = byte);
    u128::from_be_bytes(head)
}

/// Rows whose values are looked up together.
const ROWS_AT_ONCE: usize = 128;

/// Has the beginning of each text brought near.
fn touch(texts: &[&str]) {
    let first = |text: &&str| text.as_bytes().first().copied().unwrap_or(0);
    std::hint::black_box(texts.iter().map(first).fold(0u8, u8::wrapping_add));
}

/// Links or review, with the order of the rows.
pub struct PairTable<'a> {
    rows: &'a PairRows<'a>,
    order: Vec<u32>,
}

impl<'a> PairTable<'a> {
    /// Sorted by first and second record.
    pub fn by_records(rows: &'a PairRows<'a>) -> Self {
        let mut order: Vec<u32> = (0..rows.pairs.len() as u32).collect();
        if !rows.pairs.is_sorted_by_key(|pair| (pair.a, pair.b)) {
            order.sort_unstable_by_key(|&at| rows.pairs.get(at as usize).map(|pair| (pair.a, pair.b)));
        }
        Self { rows, order }
    }

    /// Sorted by distance from weight 0, where a pair is as likely a match as not.
    pub fn by_doubt(rows: &'a PairRows<'a>) -> Self {
        let mut table = Self::by_records(rows);
        let doubt = |at: &u32| rows.pairs.get(*at as usize).map_or(f32::MAX, |pair| pair.weight.abs());
        table.order.sort_by(|x, y| doubt(x).total_cmp(&doubt(y)));
        table
    }
}

impl Table for PairTable<'_> {
    fn columns(&self) -> Vec<Column> {
        let mut columns = text_columns(&["source_a", "record_id_a", "source_b", "record_id_b"]);
        columns.push(column("weight", Kind::Weight));
        columns.push(column("probability", Kind::Probability));
        columns.extend(text_columns(&["band", "rule"]));
        columns.extend(self.rows.comparisons.iter().map(|comparison| column(&comparison.name, Kind::Text)));
        columns
    }

    fn write(&self, sink: &mut dyn Sink) -> io::Result<()> {
        let PairRows { keys, comparisons, rules, pairs, evidence, near } = self.rows;
        let mut found = Vec::with_capacity(comparisons.len());
        let mut cell = String::new();
        let mut names = [""; 2 * ROWS_AT_ONCE];
        for (number, &at) in self.order.iter().enumerate() {
            if number % ROWS_AT_ONCE == 0 {
                let next = &self.order[number..self.order.len().min(number + ROWS_AT_ONCE)];
                near(next);
                let records =
                    next.iter().filter_map(|&at| pairs.get(at as usize)).flat_map(|pair| [pair.a, pair.b]);
                names.iter_mut().zip(records).for_each(|(name, record)| *name = keys.id(record as usize));
                touch(&names);
            }
            let Some(pair) = pairs.get(at as usize) else { continue };
            for (side, record) in [pair.a, pair.b].into_iter().enumerate() {
                sink.text(keys.source(record as usize))?;
                sink.text(names[number % ROWS_AT_ONCE * 2 + side])?;
            }
            sink.weight(pair.weight)?;
            sink.probability(pair.probability)?;
            sink.text(pair.band.name())?;
            let rule = pair.rule.and_then(|rule| rules.get(usize::from(rule)));
            sink.text(rule.map_or("", String::as_str))?;
            found.clear();
            evidence(at as usize, &mut found);
            for (number, comparison) in comparisons.iter().enumerate() {
                cell.clear();
                if let Some(found) = found.get(number) {
                    push_evidence(&mut cell, comparison, found);
                }
                sink.text(&cell)?;
            }
            sink.end_row()?;
        }
        Ok(())
    }
}

/// `same +9.3`: the level, and what it weighs in bits.
fn push_evidence(cell: &mut String, comparison: &EvidenceColumn, found: &super::Evidence) {
    if found.level == NO_EVIDENCE {
        return;
    }
    if let Some(level) = comparison.levels.get(usize::from(found.level)) {
        cell.push_str(level);
        cell.push(' ');
    }
    push_fixed(cell, found.weight, 1, true);
}

pub struct QuarantineTable<'a>(pub &'a [&'a Quarantined]);

impl Table for QuarantineTable<'_> {
    fn columns(&self) -> Vec<Column> {
        let mut columns = text_columns(&["source", "row", "field", "reason"]);
        if let Some(row) = columns.get_mut(1) {
            row.kind = Kind::Count;
        }
        columns
    }

    fn write(&self, sink: &mut dyn Sink) -> io::Result<()> {
        for row in self.0 {
            sink.text(&row.source)?;
            sink.count(row.row)?;
            sink.text(&row.field)?;
            sink.text(&row.reason)?;
            sink.end_row()?;
        }
        Ok(())
    }
}
