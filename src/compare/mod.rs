//! Compares two normalised records attribute by attribute and says for each
//! how far they agree. It weighs nothing: what agreement is worth is `score`'s.

mod address;
mod column;
mod contact;
mod date;
mod frequency;
mod growing;
mod known;
pub mod metric;
mod name;
mod outline;
mod plan;
mod signature;
mod text;
mod vector;

pub use frequency::{Frequencies, ValueCounts};
pub use growing::{Growing, Taker};
pub use plan::{Comparison, Kind, Role, plan};
pub use text::Words;
pub use vector::{COMPARISONS_MAX, FREQUENCY_CLASSES, Grade, Vector, frequency_class};

use crate::normalise::Tables;
use crate::record::{ABSENT, Attribute, Code, Dictionary, NormalRecords};
use crate::rules::Level;
use address::{Agreement, Part};
use column::Values;
use frequency::{COUNT_MIN, address_hash, value_hash};
use known::Known;
use outline::Outline;
use signature::Signature;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

/// The comparisons of a plan, made ready for one set of records.
pub struct Comparators<'a> {
    plan: Vec<Comparison>,
    comparators: Vec<Comparator<'a>>,
    /// All codes of all comparisons, record by record, so that comparing two
    /// records touches two stretches of memory and not two per column.
    rows: Vec<Code>,
    /// Per record, the place of its row.
    row_of: Vec<u32>,
    /// The records in the order of their rows: those of one name together, since
    /// they are compared with each other most.
    order: Vec<u32>,
    /// Codes per record.
    width: usize,
    /// Places of the given and family name comparisons, to find swapped names.
    names: Option<(usize, usize)>,
    /// Which names are forms of one another, and where anybody may have an address.
    tables: Tables,
}

/// One comparison over its columns.
struct Comparator<'a> {
    kind: Kind,
    /// Where its codes stand in a row: the slots of the field, then for
    /// addresses the four parts.
    start: usize,
    slots: usize,
    values: Values<'a>,
    /// For addresses: the texts of street, number, postcode and city.
    parts: [Option<Cow<'a, Dictionary>>; 4],
    /// For dates: parsed, by code.
    dates: Vec<date::Parts>,
    /// For texts: what each word says.
    words: Arc<Words>,
    /// Per code: how many records hold the value, here or where the counts
    /// were frozen.
    counts: Vec<u32>,
    /// Records that hold any value.
    filled: u32,
    /// How far unequal values agree that were met before; of addresses those of
    /// each part.
    known: Vec<Known>,
    /// Where the signatures of its values stand in a row, two codes for each
    /// slot, of comparisons whose values are many; of addresses the street's.
    signatures: Option<usize>,
    /// For names: the outline of each, by code. Empty where records come one by one.
    outlines: Vec<Outline>,
    /// For addresses: the signatures of postcodes and cities, by code; likewise.
    places: [Vec<Signature>; 2],
}

/// One comparison made ready apart from the others, with its codes.
pub struct Draft<'a> {
    /// Its codes stand as if it were the first.
    comparator: Comparator<'a>,
    columns: Vec<Vec<Code>>,
}

impl<'a> Draft<'a> {
    /// Makes the comparison at that place of `plan` ready, as
    /// [`Comparators::new`] does.
    pub fn new(
        plan: &[Comparison],
        at: usize,
        records: &'a NormalRecords,
        tables: &Tables,
        frozen: Option<&'a Frequencies>,
    ) -> Self {
        let known = frozen.and_then(|frozen| frozen.comparisons.get(at));
        let mut columns = Vec::new();
        let mut comparator = Comparator::new(&plan[at], records, known, &mut columns);
        comparator.outlines = match comparator.kind {
            Kind::GivenName => {
                comparator.values.each(|name| Outline::new(name, tables.nicknames.groups(name)))
            }
            Kind::FamilyName => comparator.values.each(|name| Outline::new(name, &[])),
            _ => Vec::new(),
        };
        Self { comparator, columns }
    }
}

/// Rows that are filled together: few enough to stay near while each column is
/// gone through, many enough that a column is not fetched anew for each.
const ROWS_AT_ONCE: usize = 4096;

impl<'a> Comparators<'a> {
    /// Makes every comparison of `plan` ready: resolves columns, counts values
    /// (or takes their `frozen` counts), parses dates.
    pub fn new(
        plan: Vec<Comparison>,
        records: &'a NormalRecords,
        tables: &Tables,
        frozen: Option<&'a Frequencies>,
    ) -> Self {
        let drafts = (0..plan.len()).map(|at| Draft::new(&plan, at, records, tables, frozen)).collect();
        Self::of_drafts(plan, drafts, records.len(), tables, |rows, size, fill| {
            rows.chunks_mut(size).enumerate().for_each(|(at, rows)| fill(at, rows));
        })
    }

    /// Puts drafts together, one of each comparison of `plan`, in its order.
    /// `each` is given all rows, a size, and what is to be called with every
    /// piece of that size and its number, in any order.
    pub fn of_drafts(
        plan: Vec<Comparison>,
        drafts: Vec<Draft<'a>>,
        records: usize,
        tables: &Tables,
        each: impl FnOnce(&mut [Code], usize, &(dyn Fn(usize, &mut [Code]) + Sync)),
    ) -> Self {
        let mut columns: Vec<Vec<Code>> = Vec::new();
        let mut comparators: Vec<Comparator> = Vec::with_capacity(drafts.len());
        for Draft { mut comparator, columns: own } in drafts {
            comparator.start += columns.len();
            comparator.signatures = comparator.signatures.map(|at| at + columns.len());
            comparators.push(comparator);
            columns.extend(own);
        }
        let place = |kind| comparators.iter().position(|comparator| comparator.kind == kind);
        let names = place(Kind::GivenName).zip(place(Kind::FamilyName));
        let width = columns.len();
        let start = |at: usize| comparators.get(at).map(|comparator: &Comparator| comparator.start);
        let by = match names {
            Some((given, family)) => [start(given), start(family)],
            None => [None, start(0)],
        };
        let by = by.into_iter().flatten().filter_map(|at| columns.get(at).map(Vec::as_slice));
        let order = column::order(records, by);
        let mut rows = vec![ABSENT; width * records];
        // Some rows after the other, so that they stay near for all columns.
        let fill = |number: usize, rows: &mut [Code]| {
            let records = &order[number * ROWS_AT_ONCE..];
            for (at, column) in columns.iter().enumerate() {
                for (row, &record) in rows.chunks_exact_mut(width).zip(records) {
                    row[at] = column[record as usize];
                }
            }
        };
        each(&mut rows, ROWS_AT_ONCE * width.max(1), &fill);
        let mut row_of = vec![0; order.len()];
        order.iter().zip(0..).for_each(|(&record, row)| row_of[record as usize] = row);
        Self { plan, comparators, rows, row_of, order, width, names, tables: tables.clone() }
    }

    /// What is compared, in the order of the vector.
    pub fn plan(&self) -> &[Comparison] {
        &self.plan
    }

    pub fn len(&self) -> usize {
        self.comparators.len()
    }

    pub fn is_empty(&self) -> bool {
        self.comparators.is_empty()
    }

    /// The records, those together that are compared with each other most.
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// Per record, where it stands in [`Comparators::order`].
    pub fn places(&self) -> &[u32] {
        &self.row_of
    }

    /// Has the values of these records brought near, all at once, so that the
    /// waits for memory overlap. For records that are compared next.
    pub fn bring_near(&self, records: impl Iterator<Item = u32>) {
        let ends = |record: u32| {
            let row = self.row(record as usize);
            row.first().copied().unwrap_or(0) ^ row.last().copied().unwrap_or(0)
        };
        std::hint::black_box(records.map(ends).fold(0, |all, ends| all ^ ends));
    }

    #[inline]
    fn row(&self, record: usize) -> &[Code] {
        let row = self.row_of[record] as usize;
        &self.rows[row * self.width..(row + 1) * self.width]
    }

    /// Compares records `a` and `b`. `agreed` receives, per comparison, how many
    /// records hold the value agreed on where the level is `Same`; below, how
    /// many hold the rarer of the two values, 0 where that says nothing.
    pub fn compare(&self, a: usize, b: usize, agreed: &mut [u32; COMPARISONS_MAX]) -> Vector {
        let (row_a, row_b) = (self.row(a), self.row(b));
        let mut levels = [Level::Missing; COMPARISONS_MAX];
        for (at, comparator) in self.comparators.iter().enumerate() {
            (levels[at], agreed[at]) = comparator.compare(row_a, row_b, &self.tables);
        }
        if let Some((given, family)) = self.swapped_names(row_a, row_b, &levels) {
            (levels[given], agreed[given]) = (Level::Close, 0);
            (levels[family], agreed[family]) = (Level::Close, 0);
        }
        let mut vector = Vector::default();
        for at in 0..self.comparators.len() {
            vector.set(at, Grade::new(levels[at], frequency_class(agreed[at])));
        }
        vector
    }

    /// For a pair whose comparison gave `vector`: what [`Comparators::compare`]
    /// says of the values' frequencies.
    pub fn agreed(&self, a: usize, b: usize, vector: Vector) -> [u32; COMPARISONS_MAX] {
        let (row_a, row_b) = (self.row(a), self.row(b));
        let mut agreed = [0; COMPARISONS_MAX];
        for (at, comparator) in self.comparators.iter().enumerate() {
            let level = vector.grade(at).level();
            if level == Level::Same || (level != Level::Missing && comparator.tells_rarity()) {
                let (found, count) = comparator.compare(row_a, row_b, &self.tables);
                // Names that are swapped were unlike before.
                agreed[at] = if found == level { count } else { 0 };
            }
        }
        agreed
    }

    /// The places of given and family name, where they stand in each other's
    /// place: that counts as close, not as two different names.
    fn swapped_names(
        &self,
        a: &[Code],
        b: &[Code],
        levels: &[Level; COMPARISONS_MAX],
    ) -> Option<(usize, usize)> {
        let (given, family) = self.names?;
        let unlike = |level| matches!(level, Level::Different | Level::Weak | Level::Similar);
        if !(unlike(levels[given]) && unlike(levels[family])) {
            return None;
        }
        let text = |at: usize, row: &[Code]| {
            let comparator = &self.comparators[at];
            comparator.values.get(row[comparator.start])
        };
        let are_swapped = name::swapped((text(given, a), text(family, a)), (text(given, b), text(family, b)));
        are_swapped.then_some((given, family))
    }

    /// How many records hold each distinct value of comparison `at`, and how
    /// many hold any.
    pub fn counts(&self, at: usize) -> (&[u32], u32) {
        (&self.comparators[at].counts, self.comparators[at].filled)
    }

    /// The codes, in the numbering of [`Comparators::counts`], of the values
    /// that `record` holds for comparison `at`.
    pub fn codes(&self, at: usize, record: usize) -> impl Iterator<Item = Code> {
        let comparator = &self.comparators[at];
        let held = &self.row(record)[comparator.start..comparator.start + comparator.slots];
        held.iter().copied().filter(|&code| code != ABSENT)
    }

    /// The counts as they are now, apart from these records.
    pub fn frequencies(&self) -> Frequencies {
        let records = self.rows.len().checked_div(self.width).unwrap_or(0);
        let freeze = |comparator: &Comparator| {
            let mut values = hashbrown::HashMap::new();
            let mut seen = vec![false; comparator.counts.len()];
            for row in (0..records).map(|record| self.row(record)) {
                for &code in &row[comparator.start..comparator.start + comparator.slots] {
                    let count = comparator.count(code);
                    if count > COUNT_MIN && !std::mem::replace(&mut seen[code as usize], true) {
                        values.insert(comparator.hash(row, code), count);
                    }
                }
            }
            ValueCounts { values, words: Arc::clone(&comparator.words) }
        };
        Frequencies { comparisons: self.comparators.iter().map(freeze).collect() }
    }

    /// The comparison form that `record` shows for comparison `at`, for people;
    /// empty where it has none.
    pub fn text(&self, at: usize, record: usize) -> String {
        let comparator = &self.comparators[at];
        let row = self.row(record);
        let parts = comparator.parts.iter().enumerate();
        let of_parts =
            parts.filter_map(|(part, values)| Some(values.as_ref()?.get(comparator.part(row, part))));
        let of_slots = self.codes(at, record).map(|code| comparator.values.get(code));
        let texts: Vec<&str> = of_slots.chain(of_parts).filter(|text| !text.is_empty()).collect();
        texts.join(", ")
    }
}

impl<'a> Comparator<'a> {
    /// Makes one comparison ready and adds its codes to `columns`.
    fn new(
        comparison: &Comparison,
        records: &'a NormalRecords,
        frozen: Option<&'a ValueCounts>,
        columns: &mut Vec<Vec<Code>>,
    ) -> Self {
        let start = columns.len();
        if matches!(comparison.kind, Kind::Address | Kind::Place) {
            return Self::of_address(comparison.kind, records, frozen, columns);
        }
        let gathered = column::gather(records, &comparison.fields);
        let values = gathered.values;
        let dates =
            if comparison.kind == Kind::BirthDate { values.each(date::Parts::parse) } else { Vec::new() };
        let words = match (comparison.kind, frozen) {
            (Kind::Organisation | Kind::Text, Some(frozen)) => Arc::clone(&frozen.words),
            (Kind::Organisation | Kind::Text, None) => Arc::new(values.words()),
            _ => Arc::default(),
        };
        let (mut counts, filled) = column::count(&gathered.slots);
        if let Some(frozen) = frozen {
            for (code, count) in counts.iter_mut().enumerate().skip(1) {
                *count = frozen.of(value_hash(values.get(code as Code)));
            }
        }
        let slots = gathered.slots.len();
        columns.extend(gathered.slots);
        let signatures = signed(comparison.kind).map(|signed| {
            let of_values = values.each(|value| Signature::new(signed(value)));
            column::sign(columns, start..start + slots, &of_values)
        });
        let (kind, parts, known) = (comparison.kind, [const { None }; 4], vec![Known::new(counts.len())]);
        let (outlines, places) = Default::default();
        Self {
            kind,
            start,
            slots,
            values,
            parts,
            dates,
            words,
            counts,
            filled,
            known,
            signatures,
            outlines,
            places,
        }
    }

    fn of_address(
        kind: Kind,
        records: &'a NormalRecords,
        frozen: Option<&ValueCounts>,
        columns: &mut Vec<Vec<Code>>,
    ) -> Self {
        let start = columns.len();
        let parts = column::parts(records);
        let whole = [column::compose(&parts, records.len(), kind == Kind::Place)];
        let (counts, filled) = column::count(&whole);
        columns.extend(whole);
        let texts = parts.each_ref().map(|part| part.as_ref().map(|part| part.values));
        let absent = || vec![ABSENT; records.len()];
        columns.extend(parts.into_iter().map(|part| part.map_or_else(absent, |part| part.codes)));
        let street = start + 1 + Part::Street as usize;
        let signatures = texts[Part::Street as usize].map(|values| {
            let of_values = column::Values::Own(values).each(Signature::new);
            column::sign(columns, street..street + 1, &of_values)
        });
        let distinct = |values: &Option<&Dictionary>| values.map_or(0, Dictionary::len);
        let signed = |part: Part| {
            texts[part as usize].map_or(Vec::new(), |values| Values::Own(values).each(Signature::new))
        };
        let mut result = Self {
            known: texts.iter().map(|values| Known::new(distinct(values))).collect(),
            kind,
            start,
            slots: 1,
            values: Values::Composed,
            parts: texts.map(|values| values.map(Cow::Borrowed)),
            dates: Vec::new(),
            words: Arc::default(),
            counts,
            filled,
            signatures,
            outlines: Vec::new(),
            places: [signed(Part::Postcode), signed(Part::City)],
        };
        if let Some(frozen) = frozen {
            result.take_counts(frozen, columns, records.len());
        }
        result
    }

    /// Takes the frozen count of every address.
    fn take_counts(&mut self, frozen: &ValueCounts, columns: &[Vec<Code>], records: usize) {
        let mut seen = vec![false; self.counts.len()];
        let row = |record: usize| -> [Code; 5] { std::array::from_fn(|at| columns[self.start + at][record]) };
        for [code, parts @ ..] in (0..records).map(row) {
            if code != ABSENT && !std::mem::replace(&mut seen[code as usize], true) {
                self.counts[code as usize] = frozen.of(self.hash_of_parts(&parts));
            }
        }
    }

    /// How many records hold the value of that code; two at least, since it is
    /// asked of values that two agree on.
    fn count(&self, code: Code) -> u32 {
        match code {
            ABSENT => 0,
            code => self.counts.get(code as usize).copied().unwrap_or(0).max(COUNT_MIN),
        }
    }

    /// The stored hash of the value of that code, which `row` holds.
    fn hash(&self, row: &[Code], code: Code) -> u64 {
        match self.values {
            Values::Composed => self.hash_of_parts(&row[self.start + 1..self.start + 5]),
            _ => value_hash(self.values.get(code)),
        }
    }

    /// The stored hash of an address: of what tells it apart from others, as
    /// [`column::compose`] sees it.
    fn hash_of_parts(&self, codes: &[Code]) -> u64 {
        let text = |part: usize| self.parts[part].as_ref().map_or("", |values| values.get(codes[part]));
        let place = if codes[2] == ABSENT { ["", text(3)] } else { [text(2), ""] };
        match self.kind {
            Kind::Place => address_hash(["", "", place[0], place[1]]),
            _ => address_hash([text(0), text(1), place[0], place[1]]),
        }
    }

    fn part(&self, row: &[Code], part: usize) -> Code {
        row[self.start + 1 + part]
    }

    /// The best level over all slots, and how many records hold the value
    /// agreed on; where rarity tells something, below `Same` the rarer of the two.
    fn compare(&self, a: &[Code], b: &[Code], tables: &Tables) -> (Level, u32) {
        if matches!(self.kind, Kind::Address | Kind::Place) {
            let (level, code) = self.compare_address(a, b);
            return (level, if level == Level::Same { self.count(code) } else { 0 });
        }
        let mut best = (Level::Missing, 0);
        for (slot_a, &code_a) in a[self.start..self.start + self.slots].iter().enumerate() {
            for (slot_b, &code_b) in b[self.start..self.start + self.slots].iter().enumerate() {
                if code_a == ABSENT || code_b == ABSENT {
                    continue;
                }
                if code_a == code_b {
                    return (Level::Same, self.count(code_a));
                }
                let level = match self.signature(a, slot_a).zip(self.signature(b, slot_b)) {
                    Some((x, y)) if !self.may_agree(x, y) => Level::Different,
                    None if self.are_strangers(code_a, code_b) => Level::Different,
                    _ => self.level(code_a, code_b, tables),
                };
                let rarer = if self.tells_rarity() { self.count(code_a).min(self.count(code_b)) } else { 0 };
                best = match level.cmp(&best.0) {
                    Ordering::Greater => (level, rarer),
                    Ordering::Equal => (level, best.1.min(rarer)),
                    Ordering::Less => best,
                };
            }
        }
        best
    }

    /// Whether the rarer of two unequal values says how they came to differ: of
    /// values that people bear and misspell, not of dates and numbers.
    fn tells_rarity(&self) -> bool {
        matches!(self.kind, Kind::GivenName | Kind::FamilyName | Kind::Organisation | Kind::Text)
    }

    /// The signature of the value in a slot of a row.
    fn signature(&self, row: &[Code], slot: usize) -> Option<Signature> {
        let at = self.signatures? + 2 * slot;
        Some(Signature::from_halves(row[at], row[at + 1]))
    }

    /// Whether unequal names of these codes are seen to be different at a glance.
    fn are_strangers(&self, a: Code, b: Code) -> bool {
        let outline = |code: Code| self.outlines.get(code as usize);
        outline(a).zip(outline(b)).is_some_and(|(x, y)| x.are_strangers(*y))
    }

    /// Whether values of these signatures may be anything but different.
    fn may_agree(&self, x: Signature, y: Signature) -> bool {
        match self.kind {
            Kind::Email => x.may_be_edited(y, 2) || x.may_resemble(y, contact::LOCAL_PARTS_ALIKE),
            Kind::Phone => x.may_be_edited(y, 1),
            Kind::Identifier => x.may_be_edited(y, 2),
            _ => true,
        }
    }

    /// As [`Comparator::unequal`], remembered where that is the quicker way.
    fn level(&self, a: Code, b: Code, tables: &Tables) -> Level {
        let compare = || self.unequal(a, b, tables) as u8;
        match self.known.first() {
            Some(known) if !matches!(self.kind, Kind::Category | Kind::BirthDate) => {
                Level::ALL[usize::from(known.or_compare(a, b, compare))]
            }
            _ => self.unequal(a, b, tables),
        }
    }

    /// The level of two present values that are not equal.
    fn unequal(&self, a: Code, b: Code, tables: &Tables) -> Level {
        let texts = || (self.values.get(a), self.values.get(b));
        match self.kind {
            Kind::Category => return Level::Different,
            Kind::BirthDate => {
                let parts = |code: Code| self.dates.get(code as usize).copied().unwrap_or_default();
                return date::birth(parts(a), parts(b), texts);
            }
            _ => {}
        }
        let (x, y) = texts();
        match self.kind {
            Kind::GivenName => name::given(x, y, |a, b| tables.nicknames.same_person_name(a, b)),
            Kind::FamilyName => name::family(x, y),
            Kind::Email => contact::email(x, y, tables),
            Kind::Phone => contact::phone(x, y),
            Kind::Identifier => contact::identifier(x, y),
            Kind::SocialHandle => contact::social_handle(x, y),
            Kind::Number => text::number(x, y),
            Kind::BirthDate | Kind::Category => Level::Different,
            Kind::Organisation | Kind::Text | Kind::Address | Kind::Place => text::text(x, y, &self.words),
        }
    }

    fn compare_address(&self, a: &[Code], b: &[Code]) -> (Level, Code) {
        let (code_a, code_b) = (a[self.start], b[self.start]);
        if code_a == ABSENT || code_b == ABSENT {
            return (Level::Missing, ABSENT);
        }
        if code_a == code_b {
            let whole = self.kind == Kind::Place || self.part(a, Part::Street as usize) != ABSENT;
            return (if whole { Level::Same } else { Level::Weak }, code_a);
        }
        let level = address::address(|part| self.agree(part, a, b));
        match (self.kind, level) {
            (Kind::Place, Level::Weak) => (Level::Close, ABSENT),
            // Equal but for a slip in the postcode or the city: weighed by the
            // more frequent of the two.
            (_, Level::Same) => {
                (Level::Same, if self.count(code_a) >= self.count(code_b) { code_a } else { code_b })
            }
            (_, level) => (level, ABSENT),
        }
    }

    /// Whether the streets of two rows may nearly be equal.
    fn may_be_near(&self, a: &[Code], b: &[Code]) -> bool {
        let signed = self.signature(a, 0).zip(self.signature(b, 0));
        signed.is_none_or(|(x, y)| x.may_be_edited(y, 2) || x.may_resemble(y, address::STREETS_ALIKE))
    }

    /// Whether unequal values of a part may nearly be equal.
    fn may_be_alike(&self, part: Part, (a, b): (&[Code], Code), (c, d): (&[Code], Code)) -> bool {
        let (places, slips) = match part {
            Part::Street => return self.may_be_near(a, c),
            Part::Number => return true,
            Part::Postcode => (&self.places[0], address::POSTCODE_SLIPS),
            Part::City => (&self.places[1], address::CITY_SLIPS),
        };
        let signature = |code: Code| places.get(code as usize);
        signature(b).zip(signature(d)).is_none_or(|(x, y)| x.may_be_edited(*y, slips))
    }

    fn agree(&self, part: Part, a: &[Code], b: &[Code]) -> Agreement {
        let (code_a, code_b) = (self.part(a, part as usize), self.part(b, part as usize));
        match &self.parts[part as usize] {
            Some(values) if code_a != ABSENT && code_b != ABSENT => match code_a == code_b {
                true => Agreement::Same,
                false if !self.may_be_alike(part, (a, code_a), (b, code_b)) => Agreement::Unlike,
                false => {
                    let compare = || u8::from(address::is_near(part, values.get(code_a), values.get(code_b)));
                    let is_near = self.known[part as usize].or_compare(code_a, code_b, compare);
                    if is_near == 1 { Agreement::Near } else { Agreement::Unlike }
                }
            },
            _ => Agreement::Unknown,
        }
    }
}

/// Of comparisons whose values are many and mostly one person's: what of a value
/// its signature is of, so that values whose signatures rule out slips differ.
fn signed(kind: Kind) -> Option<fn(&str) -> &str> {
    match kind {
        Kind::Email => Some(contact::local_part),
        Kind::Phone => Some(contact::tail),
        Kind::Identifier => Some(|value| value),
        _ => None,
    }
}

/// The attributes that one address comparison reads, in the order of [`Part`].
pub(crate) const ADDRESS_PARTS: [Attribute; 4] =
    [Attribute::Street, Attribute::HouseNumber, Attribute::Postcode, Attribute::City];
