//! Golden values that stewards pin: a pinned value is shown whatever the
//! records say, until it is superseded or released.
//!
//! A pin rests on the customer's records, those that gave most golden values
//! first, and belongs to the customer of the first of them that is there. So it
//! goes where the evidence goes on a split, outlasts the deletion of a record,
//! and is a function of the records and the pins. Of two pins that meet in a
//! merged customer the later is shown; the other comes back when they part.

use super::apply::owner_of;
use super::gather::{Gathered, is_shown};
use super::inspect::{MemberView, Resolved, customer, time};
use super::judge::{Name, known};
use super::operation::Change;
use super::rows::Rows;
use super::told::Told;
use super::{Graph, Hot};
use crate::engine::golden::Pin;
use crate::error::{Error, Result};
use crate::record::{Attribute, Field};
use crate::store::{
    Batch, CustomerRow, Deed, Family, NormalRow, Number, PinRow, Store, TermKind, Terms, broken, name_key,
};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Records that one pin rests on at most.
const RECORDS_MAX: usize = 16;
/// Bytes of a pinned value.
pub const PINNED_BYTES_MAX: usize = 1024;

/// Whose value is pinned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PinnedOf {
    Customer(String),
    /// The customer that the record belongs to; the pin rests on the record
    /// before all others.
    Record(Name),
}

/// What a steward pins, or releases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPin {
    pub of: PinnedOf,
    /// By its name in golden records.
    pub field: String,
    /// `None`: what is pinned of the field is released.
    pub value: Option<String>,
    pub who: String,
    pub why: String,
}

/// A pin as it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PinMade {
    /// Its place among all pins, from 0.
    pub number: u64,
    pub field: String,
    /// `null`: the pins that it takes the place of are released.
    pub value: Option<String>,
    /// The records that it rests on: it belongs to the customer of the first of
    /// them that is there.
    pub records: Vec<MemberView>,
    /// The pins that it takes the place of.
    pub supersedes: Vec<u64>,
    pub in_force: bool,
    pub who: String,
    /// Who approved it, where somebody else had to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approver: Option<String>,
    pub why: String,
    /// RFC 3339.
    pub at: String,
}

/// The pins that rest on records of `gathered`. `is_there` says whether a
/// record that is not among them is in the store.
pub fn of_records(
    store: &Store,
    gathered: &Gathered,
    is_there: impl Fn(&Name) -> Result<bool>,
) -> Result<Vec<Pin>> {
    if store.pinned.is_empty() {
        return Ok(Vec::new());
    }
    let keys = &gathered.records.keys;
    let names = (0..gathered.len()).map(|record| name_key(keys.source(record), keys.id(record)));
    let numbers: BTreeSet<u64> = names.flat_map(|name| store.pinned.of(&name).to_vec()).collect();
    let mut found = Vec::new();
    for number in numbers {
        let Some(row) = store.pinned.get(number) else { continue };
        if let (Some(record), Some(value)) = (rests_on(row, gathered, &is_there)?, &row.value) {
            let (field, value, who) = (row.field.clone(), value.clone(), row.who.clone());
            found.push(Pin { number, record, field, value, who, at: row.at });
        }
    }
    Ok(found)
}

/// As [`of_records`], where every record of the store is gathered.
pub fn of_all(store: &Store, gathered: &Gathered) -> Vec<Pin> {
    of_records(store, gathered, |_| Ok(false)).unwrap_or_default()
}

/// The first of the pin's records that is there; `None` where that is not one
/// of `gathered`.
fn rests_on(
    row: &PinRow,
    gathered: &Gathered,
    is_there: impl Fn(&Name) -> Result<bool>,
) -> Result<Option<u32>> {
    for name in &row.records {
        match gathered.records.keys.find(&name.0, &name.1) {
            Some(place) => return Ok(Some(place as u32)),
            None if is_there(name)? => return Ok(None),
            None => {}
        }
    }
    Ok(None)
}

/// Whether a record will be there once the changes in hand are made, of those
/// that are not gathered.
pub fn is_there(rows: &Rows, name: &Name) -> Result<bool> {
    let number = rows.store.name(&name.0, &name.1)?.number;
    Ok(number.is_some_and(|number| !matches!(rows.known(number), Some(None))))
}

/// Records whose customers may lose or get a pinned value because the records
/// of these names come or go.
pub fn stirred(store: &Store, names: &[Name]) -> Result<Vec<Number>> {
    let mut found = Vec::new();
    for (source, id) in names {
        for number in store.pinned.of(&name_key(source, id)) {
            let row = store.pinned.get(*number).ok_or_else(|| broken("pin"))?;
            for (source, id) in &row.records {
                found.extend(store.name(source, id)?.number);
            }
        }
    }
    Ok(found)
}

/// Pins from that number on, those that were superseded included.
///
/// # Errors
/// The store cannot be read.
pub fn pins_from(store: &Store, from: u64, count: usize) -> Result<Vec<PinMade>> {
    let mut found = Vec::new();
    store.pins(from, |number, row| {
        if found.len() < count {
            found.push(made(store, number, row));
        }
        Ok(found.len() < count)
    })?;
    Ok(found)
}

/// Every pin that names one of the records.
pub(super) fn pins_naming(store: &Store, names: &[Name]) -> Result<Vec<(u64, PinRow)>> {
    let mut found = Vec::new();
    store.pins(0, |number, row| {
        if row.records.iter().any(|name| names.contains(name)) {
            found.push((number, row));
        }
        Ok(true)
    })?;
    Ok(found)
}

pub(super) fn made(store: &Store, number: u64, row: PinRow) -> PinMade {
    PinMade {
        number,
        field: row.field.name().to_owned(),
        in_force: store.pinned.get(number).is_some(),
        value: row.value,
        records: row
            .records
            .into_iter()
            .map(|(source, record_id)| MemberView { source, record_id })
            .collect(),
        supersedes: row.supersedes,
        who: row.who,
        approver: row.approver,
        why: row.why,
        at: time(row.at),
    }
}

impl Graph {
    /// Pins a golden value of a customer, or releases what is pinned. `now` is
    /// the time in microseconds since 1970.
    ///
    /// # Errors
    /// There is no such customer, record or field, nothing is pinned that could
    /// be released, or the store cannot be written.
    pub fn pin(&mut self, new: &NewPin, now: i64) -> Result<Vec<Change>> {
        let row = self.pin_row(new, now)?;
        self.put_pin(row, Batch::default(), now)
    }

    /// Puts a pin into force, or what it takes the place of out of it; what
    /// stands in `batch` is written with it.
    pub(super) fn put_pin(&mut self, row: PinRow, mut batch: Batch, now: i64) -> Result<Vec<Change>> {
        let first = row.records.first().ok_or_else(|| broken("customer"))?;
        let stirred = [self.known(first)?];
        let (counters, pinned) = (self.store.counters, self.store.pinned.clone());
        let what = if row.value.is_some() { "pinned by" } else { "pin released by" };
        let approved = row.approver.as_ref().map(|approver| format!(", approved by {approver}"));
        let cause = format!("{what} {}{}", row.who, approved.unwrap_or_default());
        let mut told = Told::of(cause.into(), now);
        let Store { db, pinned: held, .. } = &mut self.store;
        let deed = Deed::Pin(Arc::make_mut(held).write(db, &mut batch, row));
        let result = self.work_in(&[], &stirred, &mut batch, &mut told).and_then(|()| {
            self.store.put_entry(&mut batch, now, deed);
            self.commit(batch)
        });
        if result.is_err() {
            (self.store.counters, self.store.pinned) = (counters, pinned);
            self.hot = Hot::default();
        }
        result.map(|()| told.changes)
    }

    /// What is to be kept of a new pin.
    pub(super) fn pin_row(&self, new: &NewPin, now: i64) -> Result<PinRow> {
        let store = &self.store;
        let field = field_of_name(store, &new.field)?;
        let value = new.value.as_deref().map(checked_value).transpose()?;
        let (row, first) = self.pinned_customer(&new.of)?;
        let records = self.records_of(&row, first)?;
        let term = store.terms.find_field(&field);
        let shown = row.golden.iter().find(|golden| Some(golden.field) == term).and_then(|golden| golden.pin);
        let supersedes = self.held_with(shown, &field, &row)?;
        if value.is_none() && supersedes.is_empty() {
            return Err(Error::usage(format!("nothing is pinned of `{}`", new.field))
                .with_hint("`einklang customer` shows which values are pinned"));
        }
        let (who, why) = (new.who.clone(), new.why.clone());
        Ok(PinRow { records, field, value, supersedes, who, why, at: now, approver: None })
    }

    /// The customer, and the record that the pin is to rest on first.
    fn pinned_customer(&self, of: &PinnedOf) -> Result<(CustomerRow, Option<Number>)> {
        let store = &self.store;
        let (id, first) = match of {
            PinnedOf::Customer(id) => (id.clone(), None),
            PinnedOf::Record(name) => {
                let number = known(store, name)?;
                let owner = store.by_number(Family::Owners, &[number], owner_of)?.pop().flatten();
                (owner.ok_or_else(|| broken("record's customer"))?.to_string(), Some(number))
            }
        };
        match store.customer(&id)? {
            Some(row) => Ok((row, first)),
            None => match customer(store, &id)? {
                Resolved::Retired { successors, .. } => {
                    Err(Error::usage(format!("customer `{id}` is no more"))
                        .with_hint(format!("its records went to {}", successors.join(", "))))
                }
                Resolved::Customer(_) => Err(broken("customer")),
            },
        }
    }

    /// The records of a customer that a pin rests on: `first`, then those that
    /// gave most golden values.
    fn records_of(&self, row: &CustomerRow, first: Option<Number>) -> Result<Vec<Name>> {
        let given = |number: Number| row.golden.iter().filter(|golden| golden.origin == number).count();
        let mut members = row.members.clone();
        members.sort_by_key(|number| (Some(*number) != first, std::cmp::Reverse(given(*number))));
        members.truncate(RECORDS_MAX);
        let rows = self.store.by_number(Family::Normals, &members, NormalRow::decode)?;
        let name = |row: Option<NormalRow>| {
            let row = row.ok_or_else(|| broken("normalised record"))?;
            Ok((self.store.terms.text(TermKind::Source, row.source).to_owned(), row.id.to_string()))
        };
        rows.into_iter().map(name).collect()
    }

    /// The pins of a field that belong to the customer: the one that is shown,
    /// and those that it keeps from being shown.
    fn held_with(&self, shown: Option<u64>, field: &Field, row: &CustomerRow) -> Result<Vec<u64>> {
        let mut held: BTreeSet<u64> = shown.into_iter().collect();
        let members: BTreeSet<Number> = row.members.iter().copied().collect();
        let names = self.store.by_number(Family::Normals, &row.members, NormalRow::decode)?;
        for member in names.into_iter().flatten() {
            let name = name_key(self.store.terms.text(TermKind::Source, member.source), &member.id);
            for &number in self.store.pinned.of(&name) {
                let Some(pin) = self.store.pinned.get(number).filter(|pin| pin.field == *field) else {
                    continue;
                };
                let mut rests = None;
                for (source, id) in &pin.records {
                    rests = self.store.name(source, id)?.number;
                    if rests.is_some() {
                        break;
                    }
                }
                if rests.is_some_and(|number| members.contains(&number)) {
                    held.insert(number);
                }
            }
        }
        Ok(held.into_iter().collect())
    }

    /// Takes the values out of all pins that name one of the records, so that
    /// nothing shows them any more; returns the pins' numbers. The rows go with
    /// [`Graph::delete_pins`], after everything that goes by them.
    pub(super) fn strike_pins(&mut self, names: &[Name], now: i64) -> Result<BTreeSet<u64>> {
        let named = pins_naming(&self.store, names)?;
        let numbers: BTreeSet<u64> = named.iter().map(|(number, _)| *number).collect();
        let in_force = named.iter().filter(|(number, _)| self.store.pinned.get(*number).is_some());
        let mut stirred = BTreeSet::new();
        for (source, id) in in_force.flat_map(|(_, row)| &row.records) {
            stirred.extend(self.store.name(source, id)?.number);
        }
        if named.iter().all(|(_, row)| row.value.is_none() && row.who.is_empty()) {
            return Ok(numbers);
        }
        let (counters, pinned) = (self.store.counters, self.store.pinned.clone());
        let mut batch = Batch::default();
        let mut told = Told::of("erased".into(), now);
        let Store { db, pinned: held, .. } = &mut self.store;
        Arc::make_mut(held).strike(db, &mut batch, named);
        let stirred: Vec<Number> = stirred.into_iter().collect();
        let result = self.work_in(&[], &stirred, &mut batch, &mut told).and_then(|()| self.commit(batch));
        if result.is_err() {
            (self.store.counters, self.store.pinned) = (counters, pinned);
            self.hot = Hot::default();
        }
        result.map(|()| numbers)
    }

    /// Adds to `batch` that these pins are gone.
    pub(super) fn delete_pins(&self, numbers: &BTreeSet<u64>, batch: &mut Batch) {
        numbers.iter().for_each(|number| self.store.delete_pin(batch, *number));
    }
}

/// A value as it will be shown.
fn checked_value(value: &str) -> Result<String> {
    let value = value.trim();
    if value.is_empty() || value.len() > PINNED_BYTES_MAX || value.chars().any(char::is_control) {
        return Err(Error::usage(format!(
            "a pinned value is a text of 1 to {PINNED_BYTES_MAX} bytes without control characters"
        )));
    }
    Ok(value.to_owned())
}

/// The field that golden records show under that name.
fn field_of_name(store: &Store, name: &str) -> Result<Field> {
    let by_name: BTreeMap<&str, &Field> = fields(&store.terms).map(|field| (field.name(), field)).collect();
    if let Some(field) = by_name.get(name) {
        return Ok((*field).clone());
    }
    match Attribute::from_name(name).map(Field::of).filter(is_pinnable) {
        Some(field) if !field.attribute.is_labelled() => Ok(field),
        _ => {
            let names: Vec<&str> = by_name.into_keys().collect();
            Err(Error::usage(format!("golden records have no field `{name}`"))
                .with_hint(format!("there are {}", names.join(", "))))
        }
    }
}

fn fields(terms: &Terms) -> impl Iterator<Item = &Field> {
    let count = terms.all(TermKind::Field).len() as u32;
    (0..count).filter_map(|number| terms.field(number)).filter(|field| is_pinnable(field))
}

/// Names and addresses in one field are shown in their parts, dates whole.
fn is_pinnable(field: &Field) -> bool {
    let is_part =
        matches!(field.attribute, Attribute::BirthYear | Attribute::BirthMonth | Attribute::BirthDay);
    is_shown(field) && !is_part
}
