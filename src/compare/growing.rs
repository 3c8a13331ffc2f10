//! Comparators whose records come one by one: for a store, where each change is
//! compared with some dozens of records that were met before. What comparing
//! two records gives is what [`Comparators`] made of both at once would give
//! with the same frozen counts.

use super::column::Values;
use super::frequency::{Frequencies, ValueCounts, value_hash};
use super::known::Known;
use super::plan::{Comparison, Kind};
use super::signature::Signature;
use super::vector::{COMPARISONS_MAX, Vector};
use super::{ADDRESS_PARTS, Comparator, Comparators, Part, date, signed};
use crate::normalise::Tables;
use crate::record::{ABSENT, Code, Dictionary, Field};
use hashbrown::HashMap;
use std::borrow::Cow;
use std::sync::Arc;

/// Comparators that records are added to.
pub struct Growing {
    comparators: Comparators<'static>,
    /// Per comparison, where its values come from.
    origins: Vec<Origin>,
    records: usize,
}

/// One comparison on its way to take its values of the next records.
pub struct Taker<'g> {
    at: usize,
    comparator: &'g mut Comparator<'static>,
    origin: &'g mut Origin,
}

/// Where the values of one comparison come from.
enum Origin {
    /// Field and slot of each of its slots, and the signature of each value.
    Slots(Vec<(Field, usize)>, Vec<Signature>),
    /// The parts of an address, the whole addresses met, and the signature of
    /// each street.
    Address([Field; 4], HashMap<[Code; 4], Code>, Vec<Signature>),
}

/// Distinct values that the tables of remembered comparisons are made for.
const DISTINCT: usize = 1 << 20;

impl Growing {
    /// The comparisons of `plan` over records that hold as many values of a
    /// field as `slots` says at most.
    pub fn new(
        plan: Vec<Comparison>,
        tables: &Tables,
        frozen: &Frequencies,
        slots: impl Fn(&Field) -> usize,
    ) -> Self {
        let (mut comparators, mut origins, mut width) = (Vec::new(), Vec::new(), 0);
        for (at, comparison) in plan.iter().enumerate() {
            let of_plan = frozen.comparisons.get(at);
            let (comparator, origin) = Comparator::growing(comparison, of_plan, &slots, width);
            width += comparator.width();
            comparators.push(comparator);
            origins.push(origin);
        }
        let place = |kind| comparators.iter().position(|comparator| comparator.kind == kind);
        let names = place(Kind::GivenName).zip(place(Kind::FamilyName));
        let comparators = Comparators {
            plan,
            comparators,
            rows: Vec::new(),
            row_of: Vec::new(),
            order: Vec::new(),
            width,
            names,
            tables: tables.clone(),
        };
        Self { comparators, origins, records: 0 }
    }

    /// The comparisons, each of which takes its values of the next records by
    /// itself; [`Growing::push`] then adds the records.
    pub fn takers(&mut self) -> Vec<Taker<'_>> {
        let parts = self.comparators.comparators.iter_mut().zip(&mut self.origins);
        parts.enumerate().map(|(at, (comparator, origin))| Taker { at, comparator, origin }).collect()
    }

    /// Adds `count` records, by what each of [`Growing::takers`] took of them.
    /// Returns the place of the first; the others follow it.
    pub fn push(&mut self, count: usize, taken: &[Vec<Code>]) -> u32 {
        let Self { comparators: Comparators { comparators, rows, row_of, width, .. }, records, .. } = self;
        rows.reserve(count * *width);
        for record in 0..count {
            for (comparator, codes) in comparators.iter().zip(taken) {
                let width = comparator.width();
                rows.extend_from_slice(codes.get(record * width..(record + 1) * width).unwrap_or_default());
            }
        }
        let first = *records as u32;
        row_of.extend((first..).take(count));
        *records += count;
        first
    }

    pub fn len(&self) -> usize {
        self.records
    }

    pub fn is_empty(&self) -> bool {
        self.records == 0
    }

    /// As [`Comparators::compare`].
    pub fn compare(&self, a: u32, b: u32, agreed: &mut [u32; COMPARISONS_MAX]) -> Vector {
        self.comparators.compare(a as usize, b as usize, agreed)
    }

    /// As [`Comparators::bring_near`].
    pub fn bring_near(&self, records: impl Iterator<Item = u32>) {
        self.comparators.bring_near(records);
    }

    /// Bytes held, about.
    pub fn bytes(&self) -> usize {
        let of_comparator = |comparator: &Comparator| {
            let parts = comparator.parts.iter().flatten().map(|values| values.bytes()).sum::<usize>();
            comparator.values.bytes()
                + parts
                + comparator.counts.capacity() * 4
                + comparator.dates.capacity() * 8
        };
        let of_origin = |origin: &Origin| match origin {
            Origin::Slots(_, signatures) => signatures.capacity() * 8,
            Origin::Address(_, wholes, signatures) => wholes.capacity() * 21 + signatures.capacity() * 8,
        };
        let inner = &self.comparators;
        (inner.rows.capacity() + inner.row_of.capacity()) * 4
            + inner.comparators.iter().map(of_comparator).sum::<usize>()
            + self.origins.iter().map(of_origin).sum::<usize>()
    }
}

impl Taker<'_> {
    /// The codes of the next `count` records, record by record. Of a field and
    /// slot, `values` gives what gives each record's comparison form, empty where
    /// it has no evidence.
    pub fn take<'v, V: Fn(usize) -> &'v str>(
        &mut self,
        frozen: &Frequencies,
        count: usize,
        values: impl Fn(&Field, usize) -> V,
    ) -> Vec<Code> {
        self.comparator.take(frozen.comparisons.get(self.at), self.origin, count, values)
    }
}

impl Comparator<'static> {
    /// A comparison that no record has values for yet; its codes stand in a row
    /// from `start` on.
    fn growing(
        comparison: &Comparison,
        frozen: Option<&ValueCounts>,
        slots: impl Fn(&Field) -> usize,
        start: usize,
    ) -> (Self, Origin) {
        let kind = comparison.kind;
        let words = match (kind, frozen) {
            (Kind::Organisation | Kind::Text, Some(frozen)) => Arc::clone(&frozen.words),
            _ => Arc::default(),
        };
        let mut result = Self {
            kind,
            start,
            slots: 1,
            values: Values::Composed,
            parts: [const { None }; 4],
            dates: vec![date::Parts::default()],
            words,
            counts: vec![0],
            filled: 0,
            known: vec![Known::new(DISTINCT)],
            signatures: None,
            outlines: Vec::new(),
            places: Default::default(),
        };
        if matches!(kind, Kind::Address | Kind::Place) {
            result.parts = std::array::from_fn(|_| Some(Cow::Owned(Dictionary::new())));
            result.known = (0..4).map(|_| Known::new(DISTINCT)).collect();
            result.signatures = Some(start + 5);
            let origin =
                Origin::Address(ADDRESS_PARTS.map(Field::of), HashMap::new(), vec![Signature::default()]);
            return (result, origin);
        }
        let mut fields = comparison.fields.clone();
        fields.sort();
        fields.dedup();
        let places = |field: Field| (0..slots(&field)).map(move |slot| (field.clone(), slot));
        let places: Vec<(Field, usize)> = fields.into_iter().flat_map(places).collect();
        result.slots = places.len();
        result.values = Values::Shared(Dictionary::new());
        result.signatures = signed(kind).map(|_| start + places.len());
        (result, Origin::Slots(places, vec![Signature::default()]))
    }

    /// Codes in a row.
    fn width(&self) -> usize {
        let values = if matches!(self.values, Values::Composed) { 5 } else { self.slots };
        values + self.signatures.map_or(0, |_| 2 * self.slots)
    }

    /// The codes of the next records, record by record.
    fn take<'v, V: Fn(usize) -> &'v str>(
        &mut self,
        frozen: Option<&ValueCounts>,
        origin: &mut Origin,
        count: usize,
        values: impl Fn(&Field, usize) -> V,
    ) -> Vec<Code> {
        let mut rows = Vec::with_capacity(count * self.width());
        match origin {
            Origin::Slots(places, signatures) => {
                let Values::Shared(known) = &mut self.values else { return rows };
                let columns = places.iter().map(|(field, slot)| {
                    let mut codes = Vec::with_capacity(count);
                    known.intern_all((0..count).map(values(field, *slot)), &mut codes);
                    codes
                });
                let columns: Vec<Vec<Code>> = columns.collect();
                self.know_new(frozen, signatures);
                let is_signed = self.signatures.is_some();
                for record in 0..count {
                    let codes = columns.iter().filter_map(|codes| codes.get(record).copied());
                    rows.extend(codes.clone());
                    let signature =
                        |code| signatures.get(code as usize).copied().unwrap_or_default().halves();
                    rows.extend(codes.filter(|_| is_signed).flat_map(signature));
                }
            }
            Origin::Address(fields, wholes, signatures) => {
                let mut columns = [const { Vec::new() }; 4];
                for ((codes, field), part) in columns.iter_mut().zip(fields).zip(&mut self.parts) {
                    let Some(Cow::Owned(known)) = part else { continue };
                    known.intern_all((0..count).map(values(field, 0)), codes);
                }
                if let Some(streets) = &self.parts[Part::Street as usize] {
                    let new = signatures.len()..streets.len() + 1;
                    signatures.extend(new.map(|code| Signature::new(streets.get(code as Code))));
                }
                for record in 0..count {
                    let codes =
                        std::array::from_fn(|part| columns[part].get(record).copied().unwrap_or(ABSENT));
                    let street = codes[Part::Street as usize];
                    rows.push(self.whole(codes, frozen, wholes));
                    rows.extend(codes);
                    rows.extend(signatures.get(street as usize).copied().unwrap_or_default().halves());
                }
            }
        }
        rows
    }

    /// Counts, parses and signs the values that are new.
    fn know_new(&mut self, frozen: Option<&ValueCounts>, signatures: &mut Vec<Signature>) {
        let Values::Shared(known) = &self.values else { return };
        for code in self.counts.len()..known.len() + 1 {
            let value = known.get(code as Code);
            self.counts.push(frozen.map_or(0, |frozen| frozen.of(value_hash(value))));
            if self.kind == Kind::BirthDate {
                self.dates.push(date::Parts::parse(value));
            }
            if let Some(signed) = signed(self.kind) {
                signatures.push(Signature::new(signed(value)));
            }
        }
    }

    /// The code of an address as a whole, as [`super::column::compose`] sees it.
    fn whole(
        &mut self,
        codes: [Code; 4],
        frozen: Option<&ValueCounts>,
        wholes: &mut HashMap<[Code; 4], Code>,
    ) -> Code {
        let [street, number, postcode, city] = codes;
        let (street, number) = if self.kind == Kind::Place { (ABSENT, ABSENT) } else { (street, number) };
        let place = if postcode == ABSENT { [ABSENT, city] } else { [postcode, ABSENT] };
        if street == ABSENT && place == [ABSENT; 2] {
            return ABSENT;
        }
        let next = wholes.len() as Code + 1;
        let code = *wholes.entry([street, number, place[0], place[1]]).or_insert(next);
        if code as usize == self.counts.len() {
            self.counts.push(frozen.map_or(0, |frozen| frozen.of(self.hash_of_parts(&codes))));
        }
        code
    }
}
