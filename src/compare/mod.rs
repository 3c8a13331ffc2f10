//! Compares two normalised records attribute by attribute and says for each
//! how far they agree. It weighs nothing: what agreement is worth is `score`'s.

mod address;
mod column;
mod contact;
mod date;
pub mod metric;
mod name;
mod plan;
mod text;
mod vector;

pub use column::Column;
pub use plan::{Comparison, Kind, Role, plan};
pub use vector::{COMPARISONS_MAX, FREQUENCY_CLASSES, Grade, Vector, frequency_class};

use crate::normalise::nickname;
use crate::record::{ABSENT, Attribute, Code, NormalRecords};
use crate::rules::Level;
use address::Address;

/// The comparisons of a plan, made ready for one set of records.
pub struct Comparators<'a> {
    plan: Vec<Comparison>,
    comparators: Vec<Comparator<'a>>,
    /// Places of the given and family name comparisons, to find swapped names.
    names: Option<(usize, usize)>,
}

/// One comparison over its columns.
struct Comparator<'a> {
    kind: Kind,
    /// The slots of the compared field; for addresses the whole address.
    slots: Vec<Column<'a>>,
    /// For addresses: street, number, postcode and city, each with its first slot.
    parts: Vec<Option<Column<'a>>>,
    /// For dates: parsed once per distinct value.
    dates: Vec<Vec<date::Parts>>,
    /// For texts: what each word says.
    words: text::Words,
    /// Per code of the shared numbering: how many records hold the value.
    counts: Vec<u32>,
    /// Records that hold any value.
    filled: u32,
}

impl<'a> Comparators<'a> {
    /// Makes every comparison of `plan` ready: resolves columns, counts values,
    /// parses dates.
    pub fn new(plan: Vec<Comparison>, records: &'a NormalRecords) -> Self {
        let comparators: Vec<_> = plan.iter().map(|comparison| Comparator::new(comparison, records)).collect();
        let place = |kind| comparators.iter().position(|comparator| comparator.kind == kind);
        let names = place(Kind::GivenName).zip(place(Kind::FamilyName));
        Self { plan, comparators, names }
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

    /// Compares records `a` and `b`. `agreed` receives, per comparison, the
    /// count of the value agreed on where the level is `Same`, else 0.
    pub fn compare(&self, a: usize, b: usize, agreed: &mut [u32; COMPARISONS_MAX]) -> Vector {
        let mut levels = [Level::Missing; COMPARISONS_MAX];
        for (at, comparator) in self.comparators.iter().enumerate() {
            let (level, code) = comparator.compare(a, b);
            levels[at] = level;
            agreed[at] = if level == Level::Same { comparator.count(code) } else { 0 };
        }
        self.see_swapped_names(a, b, &mut levels);
        let mut vector = Vector::default();
        for at in 0..self.comparators.len() {
            vector.set(at, Grade::new(levels[at], frequency_class(agreed[at])));
        }
        vector
    }

    /// Given and family name in each other's place count as close, not as two
    /// different names.
    fn see_swapped_names(&self, a: usize, b: usize, levels: &mut [Level; COMPARISONS_MAX]) {
        let Some((given, family)) = self.names else { return };
        let unlike = |level| matches!(level, Level::Different | Level::Weak | Level::Similar);
        if !(unlike(levels[given]) && unlike(levels[family])) {
            return;
        }
        let text = |at: usize, record| self.comparators[at].slots.first().map_or("", |slot| slot.text(record));
        if name::swapped((text(given, a), text(family, a)), (text(given, b), text(family, b))) {
            levels[given] = Level::Close;
            levels[family] = Level::Close;
        }
    }

    /// How many records hold each distinct value of comparison `at`, and how
    /// many hold any.
    pub fn counts(&self, at: usize) -> (&[u32], u32) {
        (&self.comparators[at].counts, self.comparators[at].filled)
    }

    /// Whether `record` has evidence for comparison `at`.
    pub fn is_filled(&self, at: usize, record: usize) -> bool {
        self.comparators[at].slots.iter().any(|slot| slot.code(record) != ABSENT)
    }

    /// The codes, in the numbering of [`Comparators::counts`], of the values
    /// that `record` holds for comparison `at`.
    pub fn codes(&self, at: usize, record: usize) -> impl Iterator<Item = Code> {
        self.comparators[at].slots.iter().map(move |slot| slot.code(record)).filter(|&code| code != ABSENT)
    }

    /// The comparison form that `record` shows for comparison `at`, for people.
    pub fn text(&self, at: usize, record: usize) -> String {
        let slots = &self.comparators[at].slots;
        let texts: Vec<_> = slots.iter().map(|slot| slot.text(record)).filter(|text| !text.is_empty()).collect();
        texts.join(", ")
    }
}

impl<'a> Comparator<'a> {
    fn new(comparison: &Comparison, records: &'a NormalRecords) -> Self {
        let (slots, parts) = match comparison.kind {
            Kind::Address | Kind::Place => column::address(records, comparison.kind == Kind::Place),
            _ => (column::slots(records, &comparison.fields), Vec::new()),
        };
        let dates = match comparison.kind {
            Kind::BirthDate => slots.iter().map(|slot| slot.each(date::Parts::parse)).collect(),
            _ => Vec::new(),
        };
        let words = match comparison.kind {
            Kind::Organisation | Kind::Text => slots.first().map(Column::words).unwrap_or_default(),
            _ => text::Words::default(),
        };
        let (counts, filled) = column::count(&slots);
        Self { kind: comparison.kind, slots, parts, dates, words, counts, filled }
    }

    fn count(&self, code: Code) -> u32 {
        self.counts.get(code as usize).copied().unwrap_or(0)
    }

    /// The best level over all slots, and for `Same` the code agreed on.
    fn compare(&self, a: usize, b: usize) -> (Level, Code) {
        if matches!(self.kind, Kind::Address | Kind::Place) {
            return self.compare_address(a, b);
        }
        let mut best = (Level::Missing, ABSENT);
        for (at, slot_a) in self.slots.iter().enumerate() {
            let code_a = slot_a.code(a);
            if code_a == ABSENT {
                continue;
            }
            for (other, slot_b) in self.slots.iter().enumerate() {
                let code_b = slot_b.code(b);
                if code_b == ABSENT {
                    continue;
                }
                if code_a == code_b {
                    return (Level::Same, code_a);
                }
                best.0 = best.0.max(self.unequal((at, slot_a, a), (other, slot_b, b)));
            }
        }
        best
    }

    /// The level of two present values that are not equal.
    fn unequal(&self, a: (usize, &Column, usize), b: (usize, &Column, usize)) -> Level {
        let (x, y) = (a.1.text(a.2), b.1.text(b.2));
        match self.kind {
            Kind::GivenName => name::given(x, y, nickname::same_person_name),
            Kind::FamilyName => name::family(x, y),
            Kind::BirthDate => {
                let parts = |(at, slot, record): (usize, &Column, usize)| {
                    self.dates[at].get(slot.local_code(record) as usize).copied().unwrap_or_default()
                };
                date::birth(parts(a), parts(b), x, y)
            }
            Kind::Email => contact::email(x, y),
            Kind::Phone => contact::phone(x, y),
            Kind::Identifier => contact::identifier(x, y),
            Kind::Number => text::number(x, y),
            Kind::Category => Level::Different,
            Kind::Organisation | Kind::Text | Kind::Address | Kind::Place => text::text(x, y, &self.words),
        }
    }

    fn compare_address(&self, a: usize, b: usize) -> (Level, Code) {
        let (code_a, code_b) = match self.slots.first() {
            Some(slot) => (slot.code(a), slot.code(b)),
            None => (ABSENT, ABSENT),
        };
        if code_a == ABSENT || code_b == ABSENT {
            return (Level::Missing, ABSENT);
        }
        if code_a == code_b {
            let whole = self.kind == Kind::Place || self.has(0, a);
            return (if whole { Level::Same } else { Level::Weak }, code_a);
        }
        let level = address::address(&self.address(a), &self.address(b));
        match (self.kind, level) {
            (Kind::Place, Level::Weak) => (Level::Close, ABSENT),
            // Equal but for a slip in the postcode or the city: weighed by the
            // frequency of the one side's value.
            (_, Level::Same) => (Level::Same, if self.count(code_a) >= self.count(code_b) { code_a } else { code_b }),
            (_, level) => (level, ABSENT),
        }
    }

    fn has(&self, part: usize, record: usize) -> bool {
        self.parts.get(part).and_then(Option::as_ref).is_some_and(|column| column.code(record) != ABSENT)
    }

    fn address(&self, record: usize) -> Address<'_> {
        let part = |at: usize| self.parts.get(at).and_then(Option::as_ref).map_or("", |column| column.text(record));
        Address { street: part(0), number: part(1), postcode: part(2), city: part(3) }
    }
}

/// The attributes that one address comparison reads, in the order of
/// [`Comparator::parts`].
pub(crate) const ADDRESS_PARTS: [Attribute; 4] =
    [Attribute::Street, Attribute::HouseNumber, Attribute::Postcode, Attribute::City];
