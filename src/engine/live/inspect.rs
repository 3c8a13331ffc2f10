//! What the stored graph holds about a record, a customer or a change, as plain
//! data for the faces to show.

use super::apply::owner_of;
use super::judge::{Name, known};
use super::pin::{PinMade, made, pins_naming};
use crate::error::{Error, Result};
use crate::store::{
    CustomerRow, EventRow, EventState, Family, NormalRow, Number, Reader, RecordRow, Store, TermKind,
    ToldValue, name_key,
};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// A record as it came, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RecordView {
    pub source: String,
    pub record_id: String,
    pub customer_id: String,
    /// As they came, by column.
    pub fields: BTreeMap<String, String>,
    /// After cleaning.
    pub values: Vec<ValueView>,
    pub judgements: Vec<JudgementView>,
}

/// One cleaned value.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ValueView {
    pub field: String,
    pub value: String,
    /// What is compared; `None` where it is no evidence.
    pub compared: Option<String>,
}

/// A judgement in force.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct JudgementView {
    pub source: String,
    pub record_id: String,
    pub judgement: crate::judgement::Judgement,
}

/// A customer: golden values with their lineage, and members.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CustomerView {
    pub customer_id: String,
    /// The sequence number of the change that made it.
    pub born: u64,
    pub golden: BTreeMap<String, GoldenView>,
    pub members: Vec<MemberView>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct GoldenView {
    pub value: String,
    /// The record that it comes from, or its pin rests on.
    pub source: String,
    pub record_id: String,
    /// Who pinned it, where somebody did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pinned: Option<PinView>,
}

/// That a value is pinned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PinView {
    /// The pin's place among all pins.
    pub number: u64,
    pub who: String,
    pub why: String,
    /// RFC 3339.
    pub at: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MemberView {
    pub source: String,
    pub record_id: String,
}

/// One change of the feed.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ChangeView {
    pub seq: u64,
    pub kind: &'static str,
    pub customer_id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<String>,
    /// RFC 3339.
    pub at: String,
    pub cause: String,
    pub model_version: u32,
    /// The customer after the change; left out where it is no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub members: Option<Vec<MemberView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub golden: Option<BTreeMap<String, GoldenView>>,
}

/// What an id stands for.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Resolved {
    Customer(CustomerView),
    /// The id was retired; where its records went, in the end.
    Retired {
        customer_id: String,
        successors: Vec<String>,
    },
}

/// What is stored about a record.
///
/// # Errors
/// There is no such record.
pub fn record(store: &Store, name: &Name) -> Result<RecordView> {
    let number = known(store, name)?;
    let raw = one(store, Family::Records, number, RecordRow::decode)?;
    let normal = one(store, Family::Normals, number, NormalRow::decode)?;
    let fields = raw.fields.into_iter();
    let judged = store.judged.of(&name_key(&name.0, &name.1)).iter();
    Ok(RecordView {
        source: name.0.clone(),
        record_id: name.1.clone(),
        customer_id: one(store, Family::Owners, number, owner_of)?.to_string(),
        fields: fields
            .map(|(column, value)| (store.terms.text(TermKind::Column, column).to_owned(), value.to_string()))
            .collect(),
        values: normal
            .values
            .into_iter()
            .map(|value| ValueView {
                field: field_name(store, value.field),
                value: value.display.to_string(),
                compared: value.canonical.map(String::from),
            })
            .collect(),
        judgements: judged
            .filter_map(|(other, judgement)| {
                let (source, id) = crate::store::Terms::part_name(other)?;
                let (source, record_id) = (source.to_owned(), id.to_owned());
                Some(JudgementView { source, record_id, judgement: *judgement })
            })
            .collect(),
    })
}

/// What an id stands for, however long ago it was given.
///
/// # Errors
/// No customer ever had it.
pub fn customer(store: &Store, id: &str) -> Result<Resolved> {
    if let Some(row) = store.customer(id)? {
        return Ok(Resolved::Customer(view(store, id, &row)?));
    }
    let mut open = vec![id.to_owned()];
    let mut met = Vec::new();
    let mut successors = Vec::new();
    let mut ever = false;
    while let Some(next) = open.pop() {
        if met.contains(&next) {
            continue;
        }
        match store.successors(&next)? {
            Some(further) if store.customer(&next)?.is_none() => {
                ever = true;
                open.extend(further);
            }
            _ if store.customer(&next)?.is_some() => successors.push(next.clone()),
            _ => {}
        }
        met.push(next);
    }
    if !ever {
        return Err(Error::usage(format!("no customer has or had the id `{id}`")));
    }
    successors.sort_unstable();
    Ok(Resolved::Retired { customer_id: id.to_owned(), successors })
}

pub(super) fn view(store: &Store, id: &str, row: &CustomerRow) -> Result<CustomerView> {
    let names = store.by_number(Family::Normals, &row.members, NormalRow::decode)?;
    let member = |number: Number| {
        let place = row.members.iter().position(|&member| member == number);
        let name = place.and_then(|place| names.get(place)?.as_ref());
        MemberView {
            source: name.map_or("", |row| store.terms.text(TermKind::Source, row.source)).to_owned(),
            record_id: name.map(|row| row.id.to_string()).unwrap_or_default(),
        }
    };
    let golden = row.golden.iter().map(|golden| {
        let MemberView { source, record_id } = member(golden.origin);
        let (value, pinned) = (golden.value.to_string(), pin_view(store, golden.pin)?);
        Ok((field_name(store, golden.field), GoldenView { value, source, record_id, pinned }))
    });
    Ok(CustomerView {
        customer_id: id.to_owned(),
        born: row.born,
        golden: golden.collect::<Result<_>>()?,
        members: row.members.iter().map(|&number| member(number)).collect(),
    })
}

/// Everything that is held about a customer.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Holdings {
    pub customer: CustomerView,
    pub records: Vec<RecordView>,
    /// What stewards pinned or released, and named one of the records.
    pub pins: Vec<PinMade>,
    pub history: Vec<ChangeView>,
}

/// Everything that is held about a customer.
///
/// # Errors
/// There is no such customer.
pub fn access(store: &Store, id: &str) -> Result<Holdings> {
    let Resolved::Customer(customer) = customer(store, id)? else {
        return Err(Error::usage(format!("customer `{id}` is no more"))
            .with_hint("`einklang customer` says where its records went"));
    };
    let names = customer.members.iter().map(|member| (member.source.clone(), member.record_id.clone()));
    let names: Vec<Name> = names.collect();
    let records = names.iter().map(|name| record(store, name)).collect::<Result<Vec<_>>>()?;
    let pins = pins_naming(store, &names)?.into_iter().map(|(number, row)| made(store, number, row));
    Ok(Holdings { records, pins: pins.collect(), history: history(store, id)?, customer })
}

/// Every change of a customer.
///
/// # Errors
/// The store cannot be read.
pub fn history(store: &Store, id: &str) -> Result<Vec<ChangeView>> {
    let mut found = Vec::new();
    store.db.scan(Family::History, id.as_bytes(), &[], |key, _| {
        let rest = key.get(id.len()..).unwrap_or_default();
        let seq = Reader::new("history", rest).key_wide()?;
        if let Some(event) = store.db.get(Family::Feed, &seq.to_be_bytes())? {
            found.push(change(store, seq, EventRow::decode(&event)?)?);
        }
        Ok(true)
    })?;
    Ok(found)
}

/// Hands each change after that sequence number to `each`, in order; returns
/// the last one's number.
///
/// # Errors
/// The store cannot be read, and what `each` returns.
pub fn changes(store: &Store, after: u64, mut each: impl FnMut(ChangeView) -> Result<()>) -> Result<u64> {
    let mut last = after;
    store.db.scan(Family::Feed, &[], &after.saturating_add(1).to_be_bytes(), |key, value| {
        last = Reader::new("change", key).key_wide()?;
        each(change(store, last, EventRow::decode(value)?)?)?;
        Ok(true)
    })?;
    Ok(last)
}

pub(super) fn change(store: &Store, seq: u64, event: EventRow) -> Result<ChangeView> {
    let member = |(source, id): &(u32, compact_str::CompactString)| MemberView {
        source: store.terms.text(TermKind::Source, *source).to_owned(),
        record_id: id.to_string(),
    };
    let golden = |state: &EventState| {
        let of = |told: &ToldValue| {
            let MemberView { source, record_id } = member(state.members.get(told.member as usize)?);
            let view = |pinned| GoldenView { value: told.value.to_string(), source, record_id, pinned };
            Some(pin_view(store, told.pin).map(|pinned| (field_name(store, told.field), view(pinned))))
        };
        state.golden.iter().filter_map(of).collect::<Result<BTreeMap<_, _>>>()
    };
    Ok(ChangeView {
        seq,
        kind: event.kind.name(),
        customer_id: event.customer.to_string(),
        others: event.others.iter().map(ToString::to_string).collect(),
        at: time(event.at),
        cause: event.cause.to_string(),
        model_version: event.model,
        members: event.state.as_ref().map(|state| state.members.iter().map(member).collect()),
        golden: event.state.as_ref().map(golden).transpose()?,
    })
}

/// Who pinned a value; `None` where nobody did.
fn pin_view(store: &Store, number: Option<u64>) -> Result<Option<PinView>> {
    let Some(number) = number else { return Ok(None) };
    let row = match store.pinned.get(number) {
        Some(row) => Some(row.clone()),
        None => store.pin(number)?,
    };
    Ok(row.map(|row| PinView { number, who: row.who, why: row.why, at: time(row.at) }))
}

/// Microseconds since 1970 as RFC 3339.
pub(super) fn time(at: i64) -> String {
    jiff::Timestamp::from_microsecond(at).map(|at| at.to_string()).unwrap_or_default()
}

fn field_name(store: &Store, term: u32) -> String {
    store.terms.field(term).map_or_else(String::new, |field| field.name().to_owned())
}

/// The row of a record that is there.
fn one<T>(store: &Store, family: Family, number: Number, decode: impl Fn(&[u8]) -> Result<T>) -> Result<T> {
    let row = store.by_number(family, &[number], decode)?.pop().flatten();
    row.ok_or_else(|| crate::store::broken("record"))
}
