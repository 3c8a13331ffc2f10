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

pub use plan::{Comparison, Kind, Role, plan};
pub use vector::{COMPARISONS_MAX, FREQUENCY_CLASSES, Grade, Vector, frequency_class};

use crate::normalise::nickname::Nicknames;
use crate::record::{ABSENT, Attribute, Code, Dictionary, NormalRecords};
use crate::rules::Level;
use address::{Agreement, Part};
use column::Values;

/// The comparisons of a plan, made ready for one set of records.
pub struct Comparators<'a> {
    plan: Vec<Comparison>,
    comparators: Vec<Comparator<'a>>,
    /// All codes of all comparisons, record by record, so that comparing two
    /// records touches two stretches of memory and not two per column.
    rows: Vec<Code>,
    /// Codes per record.
    width: usize,
    /// Places of the given and family name comparisons, to find swapped names.
    names: Option<(usize, usize)>,
    /// The rule file's nicknames, where it changes the shipped ones.
    nicknames: Option<Nicknames>,
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
    parts: [Option<&'a Dictionary>; 4],
    /// For dates: parsed, by code.
    dates: Vec<date::Parts>,
    /// For texts: what each word says.
    words: text::Words,
    /// Per code: how many records hold the value.
    counts: Vec<u32>,
    /// Records that hold any value.
    filled: u32,
}

impl<'a> Comparators<'a> {
    /// Makes every comparison of `plan` ready: resolves columns, counts values,
    /// parses dates.
    pub fn new(plan: Vec<Comparison>, records: &'a NormalRecords) -> Self {
        let mut columns: Vec<Vec<Code>> = Vec::new();
        let comparators: Vec<_> =
            plan.iter().map(|comparison| Comparator::new(comparison, records, &mut columns)).collect();
        let place = |kind| comparators.iter().position(|comparator| comparator.kind == kind);
        let names = place(Kind::GivenName).zip(place(Kind::FamilyName));
        let width = columns.len();
        let mut rows = vec![ABSENT; width * records.len()];
        for (at, column) in columns.into_iter().enumerate() {
            for (row, code) in rows.chunks_exact_mut(width).zip(column) {
                row[at] = code;
            }
        }
        Self { plan, comparators, rows, width, names, nicknames: None }
    }

    /// Compares given names by these nicknames instead of the shipped ones.
    pub fn set_nicknames(&mut self, nicknames: Nicknames) {
        self.nicknames = Some(nicknames);
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

    fn row(&self, record: usize) -> &[Code] {
        &self.rows[record * self.width..(record + 1) * self.width]
    }

    /// Compares records `a` and `b`. `agreed` receives, per comparison, the
    /// count of the value agreed on where the level is `Same`, else 0.
    pub fn compare(&self, a: usize, b: usize, agreed: &mut [u32; COMPARISONS_MAX]) -> Vector {
        let (row_a, row_b) = (self.row(a), self.row(b));
        let mut levels = [Level::Missing; COMPARISONS_MAX];
        let nicknames = self.nicknames.as_ref().unwrap_or_else(|| Nicknames::table());
        for (at, comparator) in self.comparators.iter().enumerate() {
            let (level, code) = comparator.compare(row_a, row_b, nicknames);
            levels[at] = level;
            agreed[at] = if level == Level::Same { comparator.count(code) } else { 0 };
        }
        self.see_swapped_names(row_a, row_b, &mut levels);
        let mut vector = Vector::default();
        for at in 0..self.comparators.len() {
            vector.set(at, Grade::new(levels[at], frequency_class(agreed[at])));
        }
        vector
    }

    /// Given and family name in each other's place count as close, not as two
    /// different names.
    fn see_swapped_names(&self, a: &[Code], b: &[Code], levels: &mut [Level; COMPARISONS_MAX]) {
        let Some((given, family)) = self.names else { return };
        let unlike = |level| matches!(level, Level::Different | Level::Weak | Level::Similar);
        if !(unlike(levels[given]) && unlike(levels[family])) {
            return;
        }
        let text = |at: usize, row: &[Code]| {
            let comparator = &self.comparators[at];
            comparator.values.get(row[comparator.start])
        };
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

    /// The codes, in the numbering of [`Comparators::counts`], of the values
    /// that `record` holds for comparison `at`.
    pub fn codes(&self, at: usize, record: usize) -> impl Iterator<Item = Code> {
        let comparator = &self.comparators[at];
        let held = &self.row(record)[comparator.start..comparator.start + comparator.slots];
        held.iter().copied().filter(|&code| code != ABSENT)
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
    fn new(comparison: &Comparison, records: &'a NormalRecords, columns: &mut Vec<Vec<Code>>) -> Self {
        let start = columns.len();
        if matches!(comparison.kind, Kind::Address | Kind::Place) {
            return Self::of_address(comparison.kind, records, columns);
        }
        let gathered = column::gather(records, &comparison.fields);
        let values = gathered.values;
        let dates =
            if comparison.kind == Kind::BirthDate { values.each(date::Parts::parse) } else { Vec::new() };
        let words = match comparison.kind {
            Kind::Organisation | Kind::Text => values.words(),
            _ => text::Words::default(),
        };
        let (counts, filled) = column::count(&gathered.slots);
        let slots = gathered.slots.len();
        columns.extend(gathered.slots);
        Self { kind: comparison.kind, start, slots, values, parts: [None; 4], dates, words, counts, filled }
    }

    fn of_address(kind: Kind, records: &'a NormalRecords, columns: &mut Vec<Vec<Code>>) -> Self {
        let start = columns.len();
        let parts = column::parts(records);
        let whole = [column::compose(&parts, records.len(), kind == Kind::Place)];
        let (counts, filled) = column::count(&whole);
        columns.extend(whole);
        let texts = parts.each_ref().map(|part| part.as_ref().map(|part| part.values));
        let absent = || vec![ABSENT; records.len()];
        columns.extend(parts.into_iter().map(|part| part.map_or_else(absent, |part| part.codes)));
        Self {
            kind,
            start,
            slots: 1,
            values: Values::Composed,
            parts: texts,
            dates: Vec::new(),
            words: text::Words::default(),
            counts,
            filled,
        }
    }

    fn count(&self, code: Code) -> u32 {
        self.counts.get(code as usize).copied().unwrap_or(0)
    }

    fn part(&self, row: &[Code], part: usize) -> Code {
        row[self.start + 1 + part]
    }

    /// The best level over all slots, and for `Same` the code agreed on.
    fn compare(&self, a: &[Code], b: &[Code], nicknames: &Nicknames) -> (Level, Code) {
        if matches!(self.kind, Kind::Address | Kind::Place) {
            return self.compare_address(a, b);
        }
        let slots = self.start..self.start + self.slots;
        let mut best = (Level::Missing, ABSENT);
        for &code_a in a[slots.clone()].iter().filter(|&&code| code != ABSENT) {
            for &code_b in b[slots.clone()].iter().filter(|&&code| code != ABSENT) {
                if code_a == code_b {
                    return (Level::Same, code_a);
                }
                best.0 = best.0.max(self.unequal(code_a, code_b, nicknames));
            }
        }
        best
    }

    /// The level of two present values that are not equal.
    fn unequal(&self, a: Code, b: Code, nicknames: &Nicknames) -> Level {
        if self.kind == Kind::Category {
            return Level::Different;
        }
        let (x, y) = (self.values.get(a), self.values.get(b));
        match self.kind {
            Kind::GivenName => name::given(x, y, |a, b| nicknames.same_first_name(a, b)),
            Kind::FamilyName => name::family(x, y),
            Kind::BirthDate => {
                let parts = |code: Code| self.dates.get(code as usize).copied().unwrap_or_default();
                date::birth(parts(a), parts(b), x, y)
            }
            Kind::Email => contact::email(x, y),
            Kind::Phone => contact::phone(x, y),
            Kind::Identifier => contact::identifier(x, y),
            Kind::SocialHandle => contact::social_handle(x, y),
            Kind::Number => text::number(x, y),
            Kind::Category => Level::Different,
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

    fn agree(&self, part: Part, a: &[Code], b: &[Code]) -> Agreement {
        let (code_a, code_b) = (self.part(a, part as usize), self.part(b, part as usize));
        match self.parts[part as usize] {
            Some(values) if code_a != ABSENT && code_b != ABSENT => match code_a == code_b {
                true => Agreement::Same,
                false => address::unequal(part, values.get(code_a), values.get(code_b)),
            },
            _ => Agreement::Unknown,
        }
    }
}

/// The attributes that one address comparison reads, in the order of [`Part`].
pub(crate) const ADDRESS_PARTS: [Attribute; 4] =
    [Attribute::Street, Attribute::HouseNumber, Attribute::Postcode, Attribute::City];
