//! Finds the values that improbably many different people hold, and marks the
//! records that hold them: a hub is shown, and is no evidence. How many people
//! are improbable is `score`'s judgement. The result depends on the set of
//! records alone.

use crate::record::{ABSENT, Attribute, Field, Hub, NormalColumn};
use crate::score;
use foldhash::fast::FixedState;
use hashbrown::HashSet;
use rayon::prelude::*;
use std::cmp::Reverse;
use std::hash::BuildHasher;

/// Attributes whose value is one person's, or few people's.
const PERSONAL: [Attribute; 7] = [
    Attribute::Email,
    Attribute::Phone,
    Attribute::Iban,
    Attribute::SocialHandle,
    Attribute::VatId,
    Attribute::Identifier,
    Attribute::BirthDate,
];

/// Values made up of several fields. A town alone is no one's, nor is a
/// street; the town stands in only where there is no postcode.
const COMPOSED: [&[Attribute]; 3] = [
    &[Attribute::GivenName, Attribute::FamilyName],
    &[Attribute::Street, Attribute::HouseNumber, Attribute::Postcode],
    &[Attribute::Street, Attribute::HouseNumber, Attribute::City],
];

/// The hubs among the values of `columns`, the most shared first.
pub fn find(columns: &[NormalColumn]) -> Vec<Hub> {
    let people = People::new(columns);
    let mut hubs: Vec<Hub> = shareable(columns)
        .into_par_iter()
        .flat_map_iter(|fields| of_fields(columns, fields, &people))
        .collect();
    hubs.sort_by(|a, b| (Reverse(a.people), a).cmp(&(Reverse(b.people), b)));
    hubs
}

/// Hubs made ready to be found in records.
pub struct HubMarks {
    /// Per kind of hub, the hashes of its values.
    kinds: Vec<(Vec<Field>, HashSet<u64, FixedState>)>,
}

impl HubMarks {
    pub fn new(hubs: &[Hub]) -> Self {
        let mut kinds: Vec<(Vec<Field>, HashSet<u64, FixedState>)> = Vec::new();
        let mut sorted: Vec<&Hub> = hubs.iter().collect();
        sorted.sort_by(|a, b| a.fields.cmp(&b.fields));
        for of_kind in sorted.chunk_by(|a, b| a.fields == b.fields) {
            let values = of_kind.iter().map(|hub| hash_of(&hub.values)).collect();
            kinds.extend(of_kind.first().map(|hub| (hub.fields.clone(), values)));
        }
        Self { kinds }
    }

    /// Marks the records that hold one of the hubs.
    pub fn mark(&self, columns: &mut [NormalColumn]) {
        for (fields, values) in &self.kinds {
            if let [only] = fields.as_slice() {
                for column in columns.iter_mut().filter(|column| column.field == *only) {
                    let hashes = Hashes::new(column);
                    let held =
                        (0..column.codes.len()).map(|record| values.contains(&hashes.of(column, record)));
                    column.hub = held.collect();
                }
                continue;
            }
            let held: Vec<bool> =
                composed_of(columns, fields).iter().map(|whole| values.contains(whole)).collect();
            let mute = |attribute| !matches!(attribute, Attribute::Postcode | Attribute::City);
            for column in columns.iter_mut().filter(|column| fields.contains(&column.field)) {
                if mute(column.field.attribute) {
                    column.hub.resize(held.len(), false);
                    column.hub.iter_mut().zip(&held).for_each(|(hub, held)| *hub |= held);
                }
            }
        }
    }
}

/// What can be a hub, of what the records have.
fn shareable(columns: &[NormalColumn]) -> Vec<Vec<Field>> {
    let mut fields: Vec<&Field> = columns.iter().map(|column| &column.field).collect();
    fields.sort_unstable();
    fields.dedup();
    let single =
        fields.iter().filter(|field| PERSONAL.contains(&field.attribute)).map(|&field| vec![field.clone()]);
    let whole = COMPOSED.iter().map(|parts| parts.iter().map(|&part| Field::of(part)).collect::<Vec<_>>());
    single.chain(whole.filter(|parts| parts.iter().all(|part| fields.contains(&part)))).collect()
}

/// The hubs among the values that `fields` make up.
fn of_fields(columns: &[NormalColumn], fields: Vec<Field>, people: &People) -> Vec<Hub> {
    let mut holders = holders(columns, &fields);
    holders.par_sort_unstable();
    holders.dedup();
    let shared: Vec<(u32, &[(u64, u32)])> = holders
        .chunk_by(|a, b| a.0 == b.0)
        .map(|holders| (people.among(&fields, holders), holders))
        .filter(|(people, _)| *people > 0)
        .collect();
    let mut counts: Vec<u32> = shared.iter().map(|(people, _)| *people).collect();
    let Some(likely_max) = score::people_likely_max(&mut counts) else { return Vec::new() };
    let hub = |&(people, holders): &(u32, &[(u64, u32)])| {
        let &(value, record) = holders.first().filter(|_| people > likely_max)?;
        Some(Hub {
            values: texts(columns, &fields, value, record as usize),
            fields: fields.clone(),
            people,
            people_likely_max: likely_max,
            records: holders.len() as u32,
        })
    };
    shared.iter().filter_map(hub).collect()
}

/// Each value with each record that holds it, as (hash, record).
fn holders(columns: &[NormalColumn], fields: &[Field]) -> Vec<(u64, u32)> {
    if let [only] = fields {
        let slots = columns.iter().filter(|column| column.field == *only);
        return slots
            .flat_map(|column| {
                let hashes = Hashes::new(column);
                (0..column.codes.len()).map(move |record| (hashes.of(column, record), record as u32))
            })
            .filter(|(value, _)| *value != NONE)
            .collect();
    }
    let whole = composed_of(columns, fields).into_iter();
    whole.zip(0..).filter(|(value, _)| *value != NONE).collect()
}

/// Per record, the value that `fields` make up; [`NONE`] where one is missing.
fn composed_of(columns: &[NormalColumn], fields: &[Field]) -> Vec<u64> {
    let first = |attribute| columns.iter().find(|column| column.field == Field::of(attribute));
    let parts: Vec<(&NormalColumn, Hashes)> = fields
        .iter()
        .filter_map(|field| first(field.attribute))
        .map(|column| (column, Hashes::new(column)))
        .collect();
    let records = columns.first().map_or(0, |column| column.codes.len());
    let by_city = fields.iter().any(|field| field.attribute == Attribute::City);
    let postcode = first(Attribute::Postcode).filter(|_| by_city);
    let whole = |record: usize| {
        let located = postcode.is_some_and(|column| column.canonical_code(record) != ABSENT);
        if located || parts.len() < fields.len() {
            return NONE;
        }
        let hashes = parts.iter().map(|(column, hashes)| hashes.of(column, record));
        let mut hashes = hashes;
        hashes.try_fold(0, |whole, part| (part != NONE).then_some(composed(whole, part))).unwrap_or(NONE)
    };
    (0..records).map(whole).collect()
}

/// The comparison forms behind a value of `record`.
fn texts(columns: &[NormalColumn], fields: &[Field], value: u64, record: usize) -> Vec<String> {
    let text = |column: &NormalColumn| column.canonical.get(column.canonical_code(record)).to_owned();
    if let [only] = fields {
        let slots = columns.iter().filter(|column| column.field == *only).map(text);
        return slots.filter(|text| hash(text) == value).take(1).collect();
    }
    let first = |field: &Field| columns.iter().find(|column| column.field == *field);
    fields.iter().filter_map(first).map(text).collect()
}

/// Who the records are, by what is known of them.
struct People {
    /// Per record: given and family name, else the organisation.
    names: Vec<u64>,
    birth_dates: Vec<u64>,
}

impl People {
    fn new(columns: &[NormalColumn]) -> Self {
        let whole = |parts: &[Attribute]| {
            let fields: Vec<Field> = parts.iter().map(|&part| Field::of(part)).collect();
            composed_of(columns, &fields)
        };
        let organisations = whole(&[Attribute::Organisation]);
        let names = whole(&[Attribute::GivenName, Attribute::FamilyName]);
        let named = names.into_iter().zip(organisations);
        Self {
            names: named.map(|(name, organisation)| if name == NONE { organisation } else { name }).collect(),
            birth_dates: whole(&[Attribute::BirthDate]),
        }
    }

    /// How many different people hold the value of `fields`. One person's
    /// records differ by slips in the name or in the birth date, seldom in
    /// both, so the lower count holds of those that most records have.
    fn among(&self, fields: &[Field], holders: &[(u64, u32)]) -> u32 {
        let is = |attribute| fields.iter().any(|field| field.attribute == attribute);
        if let [(_, record)] = *holders {
            // Most values: one person, where anything is known of them.
            let known =
                |of_record: &[u64]| of_record.get(record as usize).is_some_and(|&value| value != NONE);
            let by_name = !is(Attribute::GivenName) && known(&self.names);
            return u32::from(by_name || !is(Attribute::BirthDate) && known(&self.birth_dates));
        }
        let by_name = (!is(Attribute::GivenName)).then(|| Distinct::new(&self.names, holders));
        let by_date = (!is(Attribute::BirthDate)).then(|| Distinct::new(&self.birth_dates, holders));
        let counts = [by_name, by_date].into_iter().flatten();
        let telling = counts.clone().filter(|count| count.filled * 2 >= holders.len());
        let fewest = telling.map(|count| count.values).min();
        fewest.or(counts.map(|count| count.values).max()).unwrap_or(0)
    }
}

/// The different values of some records, and how many have one.
#[derive(Clone)]
struct Distinct {
    values: u32,
    filled: usize,
}

impl Distinct {
    fn new(of_record: &[u64], holders: &[(u64, u32)]) -> Self {
        let held = |(_, record): &(u64, u32)| of_record.get(*record as usize).copied();
        let mut held: Vec<u64> = holders.iter().filter_map(held).filter(|value| *value != NONE).collect();
        let filled = held.len();
        held.sort_unstable();
        held.dedup();
        Self { values: held.len() as u32, filled }
    }
}

const HASHER: FixedState = FixedState::with_seed(0x40b5);

/// The hash of no value.
const NONE: u64 = 0;

fn hash(text: &str) -> u64 {
    HASHER.hash_one(text).max(1)
}

/// The hash of a value, by its comparison form or those of its parts.
fn hash_of(values: &[String]) -> u64 {
    match values {
        [only] => hash(only),
        parts => parts.iter().fold(0, |whole, part| composed(whole, hash(part))),
    }
}

/// Adds a part to a value made up of several.
fn composed(whole: u64, part: u64) -> u64 {
    (whole.rotate_left(23) ^ part).wrapping_mul(0x9e37_79b9_7f4a_7c15).max(1)
}

/// The hash of each comparison form of a column, by code.
struct Hashes(Vec<u64>);

impl Hashes {
    fn new(column: &NormalColumn) -> Self {
        Self(std::iter::once(NONE).chain(column.canonical.iter().map(hash)).collect())
    }

    fn of(&self, column: &NormalColumn, record: usize) -> u64 {
        self.0.get(column.canonical_code(record) as usize).copied().unwrap_or(NONE)
    }
}
