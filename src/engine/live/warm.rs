//! Records of the store that were met before, kept ready to be compared: each
//! change is weighed against some dozens of records, and reading and preparing
//! those anew every time would cost more than all else. A bounded cache of the
//! `normals` family, empty when the store is opened; it changes no result.

use super::apply::Dirty;
use super::bundle::Bundle;
use super::rows::{Rows, by_number};
use crate::compare::{COMPARISONS_MAX, Growing, Taker};
use crate::engine::clustering;
use crate::engine::matching;
use crate::engine::weights;
use crate::error::Result;
use crate::judgement::Judgement;
use crate::record::{Attribute, Code, Field, RecordKeys};
use crate::score::Weigher;
use crate::store::{Family, NormalRow, NormalValue, Number, Store, TermKind, Terms, name_key};
use hashbrown::HashMap;
use rayon::prelude::*;
use std::cmp::Ordering;
use std::sync::Arc;

/// Bytes that the cache holds, about; it begins anew where it would hold more.
pub const WARM_BYTES_MAX: usize = 512 << 20;

/// Fewer records than this are made ready on one thread.
const ALONE_MAX: usize = 64;

/// Records ready to be compared.
#[derive(Default)]
pub struct Warm {
    ready: Option<Ready>,
    /// How many values of a field records were seen to hold, where more than one.
    slots: HashMap<Field, usize>,
}

struct Ready {
    growing: Growing,
    weigher: Weigher,
    /// Of all records, in the order in which they were met.
    keys: RecordKeys,
    /// Per source, whether no two of its records may be one customer.
    free: Vec<bool>,
    place_of: HashMap<Number, u32>,
}

/// What a pair is worth that is kept.
#[derive(Debug, Clone, Copy)]
pub struct Kept {
    pub a: Number,
    pub b: Number,
    /// Match weight in bits.
    pub bits: f32,
    /// Whether clustering follows it.
    pub joins: bool,
}

impl Warm {
    /// Forgets records that change.
    pub fn forget(&mut self, dirty: &[Dirty]) {
        let Some(ready) = &mut self.ready else { return };
        dirty.iter().for_each(|dirty| _ = ready.place_of.remove(&dirty.number));
        if ready.bytes() > WARM_BYTES_MAX {
            self.ready = None;
        }
    }

    /// Makes those of the records ready that are there.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn bring(&mut self, rows: &Rows, numbers: &[Number]) -> Result<()> {
        loop {
            let ready = self.ready.get_or_insert_with(|| Ready::new(rows.bundle, &self.slots));
            let unknown: Vec<Number> =
                numbers.iter().copied().filter(|number| !ready.place_of.contains_key(number)).collect();
            let found = rows.read(&unknown)?;
            if !widen(&mut self.slots, found.iter().map(|(_, row)| &**row), &rows.store.terms) {
                ready.push(&found, rows);
                return Ok(());
            }
            self.ready = None;
        }
    }

    /// Weighs pairs of records that were made ready, on all threads; those worth
    /// keeping, in their order.
    pub fn weigh(&self, rows: &Rows, pairs: &[(Number, Number)]) -> Vec<Kept> {
        const PAIRS_TOGETHER: usize = 512;
        let Some(ready) = &self.ready else { return Vec::new() };
        let weighing = Weighing { ready, store: rows.store, bundle: rows.bundle };
        let some = |pairs: &[(Number, Number)]| -> Vec<Kept> {
            let place = |number: &Number| ready.place_of.get(number).copied();
            let placed: Vec<(u32, u32, &(Number, Number))> =
                pairs.iter().filter_map(|pair| Some((place(&pair.0)?, place(&pair.1)?, pair))).collect();
            ready.growing.bring_near(placed.iter().flat_map(|&(a, b, _)| [a, b]));
            placed.into_iter().filter_map(|(a, b, pair)| weighing.kept(a, b, *pair)).collect()
        };
        if pairs.len() <= PAIRS_TOGETHER {
            return some(pairs);
        }
        pairs.par_chunks(PAIRS_TOGETHER).flat_map_iter(some).collect()
    }
}

impl Ready {
    fn new(bundle: &Bundle, slots: &HashMap<Field, usize>) -> Self {
        let plan = bundle.model.comparisons.clone();
        let slots = |field: &Field| slots.get(field).copied().unwrap_or(1);
        let growing = Growing::new(plan, &bundle.tables, &bundle.frequencies, slots);
        Self {
            growing,
            weigher: Weigher::new(&bundle.model),
            keys: RecordKeys::default(),
            free: Vec::new(),
            place_of: HashMap::new(),
        }
    }

    fn push(&mut self, found: &[(Number, Arc<NormalRow>)], rows: &Rows) {
        let terms = &rows.store.terms;
        let values = |field: &Field, slot: usize| {
            let (term, attribute) = (terms.find_field(field), field.attribute);
            move |record: usize| {
                let values = found.get(record).map_or(&[][..], |(_, row)| row.values.as_slice());
                let held = values.iter().filter(|value| Some(value.field) == term).nth(slot);
                held.map_or("", |value| evidence(attribute, value))
            }
        };
        let frozen = &rows.bundle.frequencies;
        let take = |mut taker: Taker| taker.take(frozen, found.len(), values);
        let takers = self.growing.takers();
        let taken: Vec<Vec<Code>> = match found.len() {
            ..ALONE_MAX => takers.into_iter().map(take).collect(),
            _ => takers.into_par_iter().map(take).collect(),
        };
        let first = self.growing.push(found.len(), &taken);
        for ((number, row), place) in found.iter().zip(first..) {
            let source = self.source(terms.text(TermKind::Source, row.source), rows.bundle);
            self.keys.push(source, &row.id);
            self.place_of.insert(*number, place);
        }
    }

    /// The place of a source, given now if it has none yet.
    fn source(&mut self, name: &str, bundle: &Bundle) -> u16 {
        let known = self.keys.sources.iter().position(|known| known == name);
        let place = known.unwrap_or_else(|| {
            self.keys.sources.push(name.to_owned());
            self.free = bundle.rules.free_of_duplicates(&self.keys.sources);
            self.keys.sources.len() - 1
        });
        place as u16
    }

    /// Bytes held, about.
    fn bytes(&self) -> usize {
        self.growing.bytes() + self.keys.bytes() + self.place_of.capacity() * 9
    }

    /// The two in canonical order.
    fn in_order(&self, a: u32, b: u32) -> (u32, u32) {
        let (x, y) = (a as usize, b as usize);
        let sources = match self.keys.source_of[x] == self.keys.source_of[y] {
            true => Ordering::Equal,
            false => self.keys.source(x).cmp(self.keys.source(y)),
        };
        match sources.then_with(|| self.keys.id(x).cmp(self.keys.id(y))) {
            Ordering::Greater => (b, a),
            _ => (a, b),
        }
    }

    fn is_allowed(&self, a: u32, b: u32) -> bool {
        let (x, y) = (self.keys.source_of[a as usize], self.keys.source_of[b as usize]);
        x != y || !self.free[usize::from(x)]
    }
}

/// What weighing a pair goes by.
struct Weighing<'a> {
    ready: &'a Ready,
    store: &'a Store,
    bundle: &'a Bundle,
}

impl Weighing<'_> {
    /// Weighs a pair; `None` where it is not worth keeping. As
    /// [`matching::Matcher::weigh`] and what follows it would.
    fn kept(&self, a: u32, b: u32, pair: (Number, Number)) -> Option<Kept> {
        let Self { ready, bundle, .. } = self;
        let bits = bundle.bits();
        let (x, y) = ready.in_order(a, b);
        let mut agreed = [0; COMPARISONS_MAX];
        let vector = ready.growing.compare(x, y, &mut agreed);
        let weight = ready.weigher.weigh(vector, &agreed).bits;
        let decisions = &bundle.rules.decisions;
        let rule = weights::decide(decisions, &bundle.model.comparisons, vector);
        let is_allowed = ready.is_allowed(x, y);
        let judgement = self.judgement(x, y);
        if !(is_allowed && matching::is_worth_keeping(weight, rule, bits)) && judgement.is_none() {
            return None;
        }
        let decision = rule.and_then(|rule| decisions.get(usize::from(rule))).map(|rule| rule.then);
        let decided = clustering::ruled(is_allowed, judgement, decision, weight, bits.link);
        Some(Kept { a: pair.0, b: pair.1, bits: weight, joins: decided >= bits.link })
    }

    /// What a steward said of the pair.
    fn judgement(&self, a: u32, b: u32) -> Option<Judgement> {
        let judged = &self.store.judged;
        if judged.is_empty() {
            return None;
        }
        let keys = &self.ready.keys;
        let name = |place: u32| name_key(keys.source(place as usize), keys.id(place as usize));
        let other = name(b);
        judged.of(&name(a)).iter().find(|(of, _)| *of == other).map(|(_, judgement)| *judgement)
    }
}

/// The comparison form of a value; empty where it is no evidence.
fn evidence(attribute: Attribute, value: &NormalValue) -> &str {
    let is_name = matches!(attribute, Attribute::GivenName | Attribute::FamilyName);
    let is_evidence = value.verdict.is_evidence() && attribute.is_evidence();
    match &value.canonical {
        Some(canonical) if is_evidence && (is_name || !value.is_hub) => canonical,
        _ => "",
    }
}

/// Remembers where rows hold more values of a field than were seen before, and
/// says whether one does.
fn widen<'r>(
    slots: &mut HashMap<Field, usize>,
    rows: impl Iterator<Item = &'r NormalRow>,
    terms: &Terms,
) -> bool {
    let mut wider = false;
    for row in rows {
        for (at, value) in row.values.iter().enumerate() {
            // Values of one field stand together.
            let before = row.values[..at].iter().rev().take_while(|other| other.field == value.field).count();
            if before > 0
                && let Some(field) = terms.field(value.field)
            {
                let known = slots.entry(field.clone()).or_insert(1);
                wider |= *known < before + 1;
                *known = (*known).max(before + 1);
            }
        }
    }
    wider
}

impl Rows<'_> {
    /// The normalised records of those numbers that are there, not remembered.
    fn read(&self, numbers: &[Number]) -> Result<Vec<(Number, Arc<NormalRow>)>> {
        let mut unknown = Vec::with_capacity(numbers.len());
        let mut found = Vec::with_capacity(numbers.len());
        for &number in numbers {
            match self.known(number) {
                Some(row) => found.extend(row.map(|row| (number, row))),
                None => unknown.push(number),
            }
        }
        let rows = by_number(self.store, Family::Normals, &unknown, NormalRow::decode)?;
        let there = unknown.into_iter().zip(rows).filter_map(|(number, row)| Some((number, Arc::new(row?))));
        found.extend(there);
        Ok(found)
    }
}
