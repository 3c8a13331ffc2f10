//! Golden records of all customers, on all threads: for each field, which
//! record's value is shown. What to prefer is `survivorship`'s decision, and a
//! value that a steward pinned outranks it.

use crate::record::{ABSENT, Attribute, Field, NormalRecords, Verdict};
use crate::rules::Rules;
use crate::survivorship::{self, Candidate};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// The customers of a run and what their golden records show.
pub struct Golden {
    /// Per customer, the end of its records in `members`.
    ends: Vec<u32>,
    /// The records of all customers, each customer's ascending; customers in
    /// the order of their lowest record.
    members: Vec<u32>,
    /// Per record, its customer.
    pub customer_of: Vec<u32>,
    pub fields: Vec<GoldenField>,
}

/// One field of all golden records.
pub struct GoldenField {
    pub field: Field,
    /// The columns that hold the field's slots.
    columns: Vec<usize>,
    /// Per customer, where its value comes from.
    chosen: Vec<Chosen>,
    /// By customer, what is shown instead.
    pinned: BTreeMap<usize, Pin>,
}

/// A value that a steward pinned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// Its number among all pins.
    pub number: u64,
    /// The record that it rests on.
    pub record: u32,
    pub field: Field,
    pub value: String,
    pub who: String,
    /// Microseconds since 1970.
    pub at: i64,
}

/// The lineage of one golden value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    pub record: u32,
    pub slot: u8,
}

/// An origin or none, in one word: there are as many as golden values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Chosen(u32);

impl Chosen {
    const NONE: Self = Self(u32::MAX);
    /// Bits of the slot.
    const SLOT: u32 = 2;

    fn new(origin: Option<Origin>) -> Self {
        let Some(Origin { record, slot }) = origin else { return Self::NONE };
        assert!(
            record < u32::MAX >> Self::SLOT && slot < 1 << Self::SLOT,
            "a thousand million records, four slots"
        );
        Self(record << Self::SLOT | u32::from(slot))
    }

    fn origin(self) -> Option<Origin> {
        let slot = self.0 as u8 & ((1 << Self::SLOT) - 1);
        (self != Self::NONE).then_some(Origin { record: self.0 >> Self::SLOT, slot })
    }
}

impl Golden {
    /// Groups the records by `leader_of` (per record, the lowest record of its
    /// customer) and chooses every golden value.
    pub fn new(records: &NormalRecords, leader_of: &[u32], rules: &Rules) -> Self {
        let mut golden = group(leader_of);
        let priorities: Vec<u32> =
            records.keys.sources.iter().map(|source| priority(rules, source)).collect();
        let customers = golden.len();
        let mut fields: Vec<Field> = records.columns.iter().map(|column| column.field.clone()).collect();
        fields.dedup();
        fields.retain(|field| !is_part_of_birth_date(field.attribute, &records.columns));
        let choose = |field: &Field| {
            let columns: Vec<usize> =
                (0..records.columns.len()).filter(|&at| records.columns[at].field == *field).collect();
            let order = survivorship::order(&rules.survivorship, field.name(), field.attribute);
            let chosen = (0..customers)
                .into_par_iter()
                .with_min_len(4096)
                .map(|customer| {
                    let members = golden.members(customer);
                    Chosen::new(only(records, &columns, members).unwrap_or_else(|| {
                        let candidates = candidates(records, &columns, members, &priorities);
                        let best = candidates.get(survivorship::choose(&candidates, order)?)?;
                        Some(Origin { record: best.record, slot: best.slot })
                    }))
                })
                .collect();
            GoldenField { field: field.clone(), columns, chosen, pinned: BTreeMap::new() }
        };
        let mut chosen: Vec<GoldenField> = fields.iter().map(choose).collect();
        hold_addresses_together(records, &golden, &mut chosen);
        golden.fields = chosen;
        golden
    }

    /// Shows pinned values instead of chosen ones. Of two for one field of a
    /// customer the later holds, among equals the one that was made last.
    pub fn pin(&mut self, pins: Vec<Pin>) {
        for pin in pins {
            let customer = self.customer_of[pin.record as usize] as usize;
            let at = self.fields.partition_point(|known| known.field < pin.field);
            if self.fields.get(at).is_none_or(|known| known.field != pin.field) {
                let (field, chosen) = (pin.field.clone(), vec![Chosen::NONE; self.ends.len()]);
                let pinned = BTreeMap::new();
                self.fields.insert(at, GoldenField { field, columns: Vec::new(), chosen, pinned });
            }
            let pinned = &mut self.fields[at].pinned;
            if pinned.get(&customer).is_none_or(|held| (held.at, held.number) < (pin.at, pin.number)) {
                pinned.insert(customer, pin);
            }
        }
    }

    /// The number of customers.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The records of a customer, ascending.
    pub fn members(&self, customer: usize) -> &[u32] {
        let start = if customer == 0 { 0 } else { self.ends[customer - 1] as usize };
        &self.members[start..self.ends[customer] as usize]
    }
}

impl GoldenField {
    /// The value that the customer shows; empty where it has none.
    pub fn value<'a>(&'a self, records: &'a NormalRecords, customer: usize) -> &'a str {
        if let Some(pin) = self.pin(customer) {
            return &pin.value;
        }
        match self.chosen[customer].origin() {
            Some(origin) => {
                let column = &records.columns[self.columns[usize::from(origin.slot)]];
                column.display.get(column.codes[origin.record as usize])
            }
            None => "",
        }
    }

    /// The columns that hold the field's slots, by place in the records.
    pub fn columns(&self) -> &[usize] {
        &self.columns
    }

    /// Which record the value comes from, or its pin rests on.
    pub fn origin(&self, customer: usize) -> Option<Origin> {
        match self.pin(customer) {
            Some(pin) => Some(Origin { record: pin.record, slot: 0 }),
            None => self.chosen[customer].origin(),
        }
    }

    /// The pin that holds the customer's value.
    pub fn pin(&self, customer: usize) -> Option<&Pin> {
        self.pinned.get(&customer)
    }

    /// Whether each value is one that a record has.
    pub fn is_chosen(&self) -> bool {
        self.pinned.is_empty()
    }
}

fn group(leader_of: &[u32]) -> Golden {
    let mut keyed: Vec<(u32, u32)> =
        leader_of.iter().enumerate().map(|(record, &leader)| (leader, record as u32)).collect();
    keyed.par_sort_unstable();
    let mut golden = Golden {
        ends: Vec::new(),
        members: Vec::with_capacity(keyed.len()),
        customer_of: vec![0; keyed.len()],
        fields: Vec::new(),
    };
    for customer in keyed.chunk_by(|a, b| a.0 == b.0) {
        for &(_, record) in customer {
            golden.customer_of[record as usize] = golden.ends.len() as u32;
            golden.members.push(record);
        }
        golden.ends.push(golden.members.len() as u32);
    }
    golden
}

fn priority(rules: &Rules, source: &str) -> u32 {
    let rule = rules.sources.iter().find(|rule| rule.name == source);
    rule.and_then(|rule| rule.priority).unwrap_or(u32::MAX)
}

/// Year, month and day are shown as the date that they make up.
fn is_part_of_birth_date(attribute: Attribute, columns: &[crate::record::NormalColumn]) -> bool {
    matches!(attribute, Attribute::BirthYear | Attribute::BirthMonth | Attribute::BirthDay)
        && columns.iter().any(|column| column.field.attribute == Attribute::BirthDate)
}

/// What is chosen where at most one value stands to choose: most customers have
/// one record. `None` where there are more.
fn only(records: &NormalRecords, columns: &[usize], members: &[u32]) -> Option<Option<Origin>> {
    let mut found = None;
    for &record in members {
        for (slot, &column) in columns.iter().enumerate() {
            if records.columns[column].codes[record as usize] != ABSENT
                && found.replace(Origin { record, slot: slot as u8 }).is_some()
            {
                return None;
            }
        }
    }
    let verdict = |origin: &Origin| {
        let column = &records.columns[columns[usize::from(origin.slot)]];
        column.verdict(origin.record as usize)
    };
    Some(found.filter(|origin| verdict(origin).is_some_and(Verdict::is_shown)))
}

fn candidates<'a>(
    records: &'a NormalRecords,
    columns: &[usize],
    members: &[u32],
    priorities: &[u32],
) -> Vec<Candidate<'a>> {
    let mut found = Vec::new();
    for &record in members {
        for (slot, &column) in columns.iter().enumerate() {
            let column = &records.columns[column];
            let code = column.codes[record as usize];
            let Some(verdict) = column.verdict(record as usize) else { continue };
            found.push(Candidate {
                record,
                slot: slot as u8,
                display: column.display.get(code),
                canonical: column.canonical.get(column.canonical_of[code as usize - 1]),
                verdict,
                source_priority: priorities[usize::from(records.keys.source_of[record as usize])],
                updated_at: records.updated_at.get(record as usize).copied().flatten(),
            });
        }
    }
    found
}

/// The parts of an address, the telling one first.
const ADDRESS: [Attribute; 7] = [
    Attribute::Street,
    Attribute::HouseNumber,
    Attribute::AddressExtra,
    Attribute::Postcode,
    Attribute::City,
    Attribute::Region,
    Attribute::Country,
];

/// An address is shown as one record holds it, never put together from two:
/// the record that gave the street (else postcode, else city) gives the rest,
/// and only what it lacks altogether in place is taken from the others.
fn hold_addresses_together(records: &NormalRecords, golden: &Golden, fields: &mut [GoldenField]) {
    let place = |attribute| fields.iter().position(|field| field.field == Field::of(attribute));
    let parts: Vec<usize> = ADDRESS.into_iter().filter_map(place).collect();
    let is_place: Vec<bool> = parts
        .iter()
        .map(|&at| {
            matches!(
                fields[at].field.attribute,
                Attribute::Postcode | Attribute::City | Attribute::Region | Attribute::Country
            )
        })
        .collect();
    for customer in 0..golden.len() {
        if golden.members(customer).len() == 1 {
            continue;
        }
        let Some(lead) = parts.iter().find_map(|&at| fields[at].chosen[customer].origin()) else { continue };
        let held = |at: usize| {
            let column = &records.columns[fields[at].columns[0]];
            column.codes[lead.record as usize] != ABSENT
        };
        let mut any_place = false;
        let holds: Vec<bool> = parts.iter().map(|&at| held(at)).collect();
        for (part, holds) in holds.iter().enumerate() {
            any_place |= is_place[part] && *holds;
        }
        for (part, &at) in parts.iter().enumerate() {
            fields[at].chosen[customer] = match holds[part] {
                true => Chosen::new(Some(Origin { record: lead.record, slot: 0 })),
                // The record says where it is, so a part that it lacks would
                // come from another address.
                false if any_place || !is_place[part] => Chosen::NONE,
                false => fields[at].chosen[customer],
            };
        }
    }
}
