//! Customers as rows: members, golden values with their origin, the state that
//! the change feed tells, and the digest of the partition.

use super::gather::{first_byte, is_shown};
use super::identity::Former;
use super::search;
use crate::engine::golden::Golden;
use crate::record::NormalRecords;
use crate::store::{CustomerRow, EventState, GoldenValue, Number, TermKind, Terms, ToldValue};
use compact_str::CompactString;
use std::collections::BTreeSet;
use xxhash_rust::xxh3::xxh3_128;

/// A customer as it is to be stored and told.
pub struct Formed {
    pub row: CustomerRow,
    pub state: EventState,
    pub digest: u128,
    /// The words it was found by and those it is to be, where its row changed or
    /// is new.
    pub words: Option<[BTreeSet<CompactString>; 2]>,
}

/// Makes rows of a run's customers.
pub struct CustomerMaker<'a> {
    pub records: &'a NormalRecords,
    pub golden: &'a Golden,
    /// Per record, its number in the store.
    pub numbers: &'a [Number],
    /// Per golden field, its term; `None` where it is not shown.
    pub fields: Vec<Option<u32>>,
}

impl<'a> CustomerMaker<'a> {
    pub fn new(
        records: &'a NormalRecords,
        golden: &'a Golden,
        numbers: &'a [Number],
        terms: &mut Terms,
    ) -> Self {
        let term = |field: &crate::engine::golden::GoldenField| {
            is_shown(&field.field).then(|| terms.field_number(&field.field))
        };
        let fields = golden.fields.iter().map(term).collect();
        Self { records, golden, numbers, fields }
    }

    /// Has the golden values of these customers brought near, all at once.
    pub fn bring_near(&self, customers: &[usize]) {
        let mut sum = 0u8;
        for (field, _) in self.golden.fields.iter().zip(&self.fields).filter(|(_, term)| term.is_some()) {
            for &customer in customers {
                sum ^= first_byte(field.value(self.records, customer));
            }
        }
        std::hint::black_box(sum);
    }

    /// The row of one customer.
    pub fn row(&self, customer: usize, born: u64) -> CustomerRow {
        let mut golden = Vec::new();
        for (field, term) in self.golden.fields.iter().zip(&self.fields) {
            let (Some(field_term), Some(origin)) = (*term, field.origin(customer)) else { continue };
            golden.push(GoldenValue {
                field: field_term,
                value: field.value(self.records, customer).into(),
                origin: self.numbers[origin.record as usize],
                pin: field.pin(customer).map(|pin| pin.number),
            });
        }
        CustomerRow { born, members: self.members(customer), golden }
    }

    /// One customer, which was `kept` before.
    pub fn formed(&self, customer: usize, kept: Option<&Former>, terms: &Terms) -> Formed {
        let row = self.row(customer, kept.map_or(0, |former| former.row.born));
        let before = kept.map(|former| &former.row);
        let words = (before != Some(&row)).then(|| {
            let of_row = |row| search::words_of(row, terms);
            [before.map(of_row).unwrap_or_default(), of_row(&row)]
        });
        Formed { state: self.state(customer, &row, terms), digest: self.digest(customer), row, words }
    }

    /// The numbers of a customer's records.
    pub fn members(&self, customer: usize) -> Vec<Number> {
        self.golden.members(customer).iter().map(|&record| self.numbers[record as usize]).collect()
    }

    /// What the change feed tells of one customer; `row` is its row.
    pub fn state(&self, customer: usize, row: &CustomerRow, terms: &Terms) -> EventState {
        let keys = &self.records.keys;
        let name = |&record: &u32| {
            let source = terms.find(TermKind::Source, keys.source(record as usize)).unwrap_or_default();
            (source, keys.id(record as usize).into())
        };
        let place = |origin: Number| row.members.iter().position(|&member| member == origin);
        let golden = row.golden.iter();
        EventState {
            members: self.golden.members(customer).iter().map(name).collect(),
            golden: golden
                .map(|golden| ToldValue {
                    field: golden.field,
                    value: golden.value.clone(),
                    member: place(golden.origin).unwrap_or_default() as u32,
                    pin: golden.pin,
                })
                .collect(),
        }
    }

    /// The customer's share of the partition's digest.
    pub fn digest(&self, customer: usize) -> u128 {
        let keys = &self.records.keys;
        let members = self.golden.members(customer).iter();
        digest(members.map(|&record| (keys.source(record as usize), keys.id(record as usize))))
    }
}

/// The hash of one customer's members, in canonical order. The digest of a
/// partition is the sum over its customers, so that it does not depend on
/// their order and follows each change.
pub fn digest<'a>(members: impl Iterator<Item = (&'a str, &'a str)>) -> u128 {
    let mut text = Vec::new();
    for (source, id) in members {
        text.extend_from_slice(source.as_bytes());
        text.push(0);
        text.extend_from_slice(id.as_bytes());
        text.push(1);
    }
    xxh3_128(&text)
}
