//! Normalises all records: each distinct raw value once per country, on all
//! threads, then spread over the records by code. How one value is cleaned is
//! `normalise`'s work.

use super::hubs::{self, HubMarks};
use super::load::Loaded;
use super::owner_names::{self, NameWords};
use crate::normalise::{Context, Normalised, Tables, normalise};
use crate::recognise::ColumnDecision;
use crate::record::{
    ABSENT, Attribute, Code, Field, NormalColumn, NormalRecords, RawColumn, RecordKeys, Verdict,
};
use crate::rules::{DateOrder, Rules};
use hashbrown::HashMap;
use rayon::prelude::*;
use std::borrow::Cow;

/// Values of one field that one record can hold; further ones are carried by
/// other records of the customer or lost to comparison, never to the store.
const SLOTS_MAX: usize = 4;

/// Raw values that go through the machine at once.
const VALUES_AT_ONCE: usize = 1 << 16;

/// What normalising reads of the data as a whole. Frozen with a model, it makes
/// a record's normal form a function of that record.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Surroundings {
    /// The fields that the data had, sorted.
    pub fields: Vec<Field>,
    /// How often words are names; `None` where none were inferred.
    pub names: Option<NameWords>,
    /// Whether dates of birth were put together from their parts.
    pub composes_birth_date: bool,
}

/// How values are read, besides what their columns hold.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    pub rules: &'a Rules,
    /// As the rules change them.
    pub tables: &'a Tables,
    /// ISO 3166-1 alpha-2; assumed where a record names none.
    pub default_country: Option<&'a str>,
}

/// Normalises the records of `loaded` as `decisions` say. `known_hubs` are
/// those of a model that was learned before, which are marked and not listed
/// again; else they are found. Returns what
/// was read of the data as a whole, unless that is `frozen`.
pub fn normalise_all(
    loaded: &Loaded,
    keys: RecordKeys,
    decisions: &[ColumnDecision],
    reading: Reading,
    known_hubs: Option<&HubMarks>,
    frozen: Option<&Surroundings>,
) -> (NormalRecords, Surroundings) {
    let Reading { rules, tables, .. } = reading;
    let places = Places::new(loaded);
    let countries = Countries::new(loaded, decisions, &places, reading);
    let mut fields = Fields { records: keys.len(), columns: Vec::new() };
    for field in frozen.iter().flat_map(|frozen| &frozen.fields) {
        fields.first_slot(field);
    }
    let placeholders = placeholders(rules);
    // Values that stand in a column of their own come before those found
    // inside others, so that they take the first slot.
    let mut order: Vec<&ColumnDecision> =
        decisions.iter().filter(|decision| is_read(decision.attribute)).collect();
    order.sort_by_key(|decision| (is_composite(decision.attribute), decision.table, decision.column));
    let read = |decision| {
        let &ColumnDecision { table, column, .. } = decision;
        let (column, rows) = (&loaded.tables[table].columns[column], &places.record_of[table]);
        Read { decision, column, rows, countries: &countries, rules, tables, placeholders: &placeholders }
    };
    fields.take_all(&order.into_iter().map(read).collect::<Vec<_>>());
    let mut columns = fields.columns;
    let composes = frozen.map(|frozen| frozen.composes_birth_date);
    let composes_birth_date = super::birth_date::compose(&mut columns, keys.len(), composes);
    let hubs = match known_hubs {
        Some(known) => {
            known.mark(&mut columns);
            Vec::new()
        }
        None => {
            let found = hubs::find(&columns);
            HubMarks::new(&found).mark(&mut columns);
            found
        }
    };
    let infers = frozen.map_or(!rules.without.inferred_names, |frozen| frozen.names.is_some());
    let known_names = frozen.and_then(|frozen| frozen.names.as_ref());
    let names = infers.then(|| owner_names::infer(&mut columns, &tables.lexicon, known_names)).flatten();
    let updated_at = updated_at(loaded, decisions, &places, keys.len());
    columns.iter_mut().for_each(NormalColumn::freeze);
    // Slots of one field stand together, fields in a fixed order.
    columns.sort_by(|a, b| a.field.cmp(&b.field));
    let mut of_fields: Vec<Field> = columns.iter().map(|column| column.field.clone()).collect();
    of_fields.dedup();
    let learned = Surroundings { fields: of_fields, names, composes_birth_date };
    (NormalRecords { keys, columns, updated_at, hubs }, learned)
}

/// Whether a column's values reach the normalised records.
fn is_read(attribute: Attribute) -> bool {
    !matches!(attribute, Attribute::RecordId | Attribute::Source | Attribute::UpdatedAt | Attribute::Ignored)
}

/// Whether one value gives several attributes.
fn is_composite(attribute: Attribute) -> bool {
    matches!(attribute, Attribute::FullName | Attribute::Address)
}

/// Whether the country decides how a value is read.
fn is_by_country(attribute: Attribute) -> bool {
    matches!(
        attribute,
        Attribute::Phone
            | Attribute::Postcode
            | Attribute::Street
            | Attribute::Address
            | Attribute::Region
            | Attribute::VatId
    )
}

/// Where each row of each table stands among the records.
struct Places {
    /// Per table and row, the record; `u32::MAX` for a quarantined row.
    record_of: Vec<Vec<u32>>,
}

impl Places {
    fn new(loaded: &Loaded) -> Self {
        let mut record_of: Vec<Vec<u32>> =
            loaded.tables.iter().map(|table| vec![u32::MAX; table.rows()]).collect();
        for (record, at) in loaded.rows.iter().enumerate() {
            record_of[at.table as usize][at.row as usize] = record as u32;
        }
        Self { record_of }
    }
}

/// The country of each record.
struct Countries {
    /// Distinct countries met; place 0 is the default.
    names: Vec<Option<String>>,
    /// Per record, a place in `names`; empty where no column names one.
    of_record: Vec<u8>,
}

impl Countries {
    fn new(loaded: &Loaded, decisions: &[ColumnDecision], places: &Places, reading: Reading) -> Self {
        let default = reading.rules.normalise.country.as_deref().or(reading.default_country);
        let context = Context { tables: reading.tables, ..Context::default() };
        let mut result = Self { names: vec![default.map(str::to_owned)], of_record: Vec::new() };
        for decision in decisions.iter().filter(|decision| decision.attribute == Attribute::Country) {
            let column = &loaded.tables[decision.table].columns[decision.column];
            let names: Vec<u8> = std::iter::once(0)
                .chain(column.values.iter().map(|raw| result.place(raw, &context)))
                .collect();
            result.of_record.resize(loaded.rows.len(), 0);
            for (row, &record) in places.record_of[decision.table].iter().enumerate() {
                if record != u32::MAX {
                    result.of_record[record as usize] = names[column.codes[row] as usize];
                }
            }
        }
        result
    }

    /// The place of the country that `raw` names; 0 where it names none.
    fn place(&mut self, raw: &str, context: &Context) -> u8 {
        let found = normalise(Attribute::Country, raw, context);
        let Some(part) = found.parts.first().filter(|_| found.verdict.is_evidence()) else { return 0 };
        let name = Some(part.canonical.to_string());
        let at = self.names.iter().position(|known| *known == name).unwrap_or_else(|| {
            self.names.push(name);
            self.names.len() - 1
        });
        u8::try_from(at).unwrap_or(0)
    }

    fn differ(&self) -> bool {
        !self.of_record.is_empty()
    }

    fn of(&self, record: u32) -> u8 {
        self.of_record.get(record as usize).copied().unwrap_or(0)
    }
}

/// Values that the rule file declares to mean nothing, lower case, per attribute.
fn placeholders(rules: &Rules) -> HashMap<Attribute, Vec<String>> {
    let listed = rules.normalise.placeholders.iter();
    listed
        .map(|(attribute, values)| {
            (*attribute, values.iter().map(|value| value.trim().to_lowercase()).collect())
        })
        .collect()
}

/// The distinct values of a column, and which one each row holds.
struct Values<'a> {
    distinct: Distinct,
    /// Per row, a place among the distinct values plus one; 0 where missing.
    of_row: Cow<'a, [u32]>,
}

/// The distinct values of a column.
enum Distinct {
    /// Each text is one value.
    Texts(usize),
    /// The same text in two countries is two.
    ByCountry(Vec<(Code, u8)>),
}

impl Distinct {
    fn len(&self) -> usize {
        match self {
            Self::Texts(count) => *count,
            Self::ByCountry(values) => values.len(),
        }
    }

    /// The text and the country of the value at that place.
    fn at(&self, place: usize) -> (Code, u8) {
        match self {
            Self::Texts(_) => (place as Code + 1, 0),
            Self::ByCountry(values) => values[place],
        }
    }
}

/// One column's reading.
struct Read<'a> {
    decision: &'a ColumnDecision,
    column: &'a RawColumn,
    rows: &'a [u32],
    countries: &'a Countries,
    rules: &'a Rules,
    tables: &'a Tables,
    placeholders: &'a HashMap<Attribute, Vec<String>>,
}

impl<'a> Read<'a> {
    /// The values, and what becomes of the first of them.
    fn begin(&self) -> (Values<'a>, Vec<Normalised>) {
        let values = self.values();
        let batch = self.batch(&values.distinct, 0);
        (values, batch)
    }

    fn values(&self) -> Values<'a> {
        if is_by_country(self.decision.attribute) && self.countries.differ() {
            return self.by_country();
        }
        let of_row = Cow::Borrowed(self.column.codes.as_slice());
        Values { distinct: Distinct::Texts(self.column.values.len()), of_row }
    }

    fn by_country(&self) -> Values<'a> {
        // Nearly every text is of one country.
        let mut first: Vec<(u8, u32)> = vec![(0, 0); self.column.values.len() + 1];
        let hasher = foldhash::fast::FixedState::with_seed(2);
        let mut further: HashMap<(Code, u8), u32, _> = HashMap::with_hasher(hasher);
        let mut values: Vec<(Code, u8)> = Vec::with_capacity(self.column.values.len());
        let of_row = self.column.codes.iter().zip(self.rows).map(|(&code, &record)| {
            if code == ABSENT || record == u32::MAX {
                return 0;
            }
            let country = self.countries.of(record);
            let mut add = || {
                values.push((code, country));
                values.len() as u32
            };
            match &mut first[code as usize] {
                known @ (_, 0) => {
                    *known = (country, add());
                    known.1
                }
                (known, place) if *known == country => *place,
                _ => *further.entry((code, country)).or_insert_with(add),
            }
        });
        let of_row = of_row.collect();
        Values { distinct: Distinct::ByCountry(values), of_row }
    }

    /// Normalises the distinct values from `start` on, as many as go through
    /// the machine at once.
    fn batch(&self, distinct: &Distinct, start: usize) -> Vec<Normalised> {
        (start..distinct.len().min(start + VALUES_AT_ONCE))
            .into_par_iter()
            .with_min_len(128)
            .map(|place| {
                let (code, country) = distinct.at(place);
                self.one(self.column.values.get(code), country)
            })
            .collect()
    }

    fn one(&self, raw: &str, country: u8) -> Normalised {
        let attribute = self.decision.attribute;
        let order = self.rules.normalise.date_order.or(self.decision.date_order).unwrap_or(DateOrder::Dmy);
        let country = self.countries.names[usize::from(country)].as_deref();
        let context = Context { country, date_order: order, tables: self.tables };
        let mut result = normalise(attribute, raw, &context);
        let declared = self
            .placeholders
            .get(&attribute)
            .is_some_and(|values| values.contains(&raw.trim().to_lowercase()));
        if declared {
            result.verdict = Verdict::Placeholder;
            result.reason = Some("declared a placeholder by the rule file");
        }
        result
    }
}

/// Per distinct value of a raw column, its parts as (column, display code).
#[derive(Default)]
struct Parts {
    ends: Vec<usize>,
    found: Vec<(u32, Code)>,
    /// The column of each attribute met so far.
    columns: Vec<(Attribute, usize)>,
}

impl Parts {
    fn of(&self, value: usize) -> &[(u32, Code)] {
        let start = if value == 0 { 0 } else { self.ends[value - 1] };
        &self.found[start..self.ends[value]]
    }
}

/// All fields under construction.
struct Fields {
    records: usize,
    columns: Vec<NormalColumn>,
}

impl Fields {
    /// Normalises raw columns, one after the other, and spreads their values over
    /// the records; meanwhile the next column begins.
    fn take_all(&mut self, reads: &[Read]) {
        let mut begun = reads.first().map(Read::begin);
        for (at, read) in reads.iter().enumerate() {
            let Some((values, batch)) = begun.take() else { return };
            let parts = self.take(read, &values, batch);
            let next = reads.get(at + 1);
            (begun, ()) = rayon::join(|| next.map(Read::begin), || self.spread(read, &values, &parts));
        }
    }

    /// Normalises one raw column, of which the first batch is given. While one
    /// thread gathers what came out of a batch of values, in order, the others
    /// normalise the next.
    fn take(&mut self, read: &Read, values: &Values, mut batch: Vec<Normalised>) -> Parts {
        let mut parts = Parts::default();
        parts.ends.reserve_exact(values.distinct.len());
        parts.found.reserve(values.distinct.len());
        let sizes: Vec<usize> = self.columns.iter().map(|column| column.display.len()).collect();
        while !batch.is_empty() {
            if parts.ends.len() == VALUES_AT_ONCE {
                self.expect(&sizes, values.distinct.len() - VALUES_AT_ONCE);
            }
            let next = parts.ends.len() + batch.len();
            if next >= values.distinct.len() {
                batch.iter().for_each(|value| self.gather(read.decision, value, &mut parts));
                break;
            }
            (batch, ()) = rayon::join(
                || read.batch(&values.distinct, next),
                || batch.iter().for_each(|value| self.gather(read.decision, value, &mut parts)),
            );
        }
        parts
    }

    /// Gives every record the parts of the value that it holds.
    fn spread(&mut self, read: &Read, values: &Values, parts: &Parts) {
        for (&place, &record) in values.of_row.iter().zip(read.rows) {
            if place == 0 || record == u32::MAX {
                continue;
            }
            for &(column, code) in parts.of(place as usize - 1) {
                self.place(column as usize, record as usize, code);
            }
        }
    }

    /// Makes room for what `more` values will bring, as the first
    /// [`VALUES_AT_ONCE`] foretell it: growing copies what is there. Only where
    /// nearly each brings something new; elsewhere the first tell too much.
    /// `sizes` are those of the columns before them.
    fn expect(&mut self, sizes: &[usize], more: usize) {
        for (at, column) in self.columns.iter_mut().enumerate() {
            let brought = column.display.len() - sizes.get(at).copied().unwrap_or(0);
            if brought * 2 > VALUES_AT_ONCE {
                column.reserve(brought * more / VALUES_AT_ONCE);
            }
        }
    }

    /// Interns the parts of the next value.
    fn gather(&mut self, decision: &ColumnDecision, value: &Normalised, parts: &mut Parts) {
        for part in &value.parts {
            let known = parts.columns.iter().find(|(attribute, _)| *attribute == part.attribute);
            let column = known.map_or_else(|| self.column(decision, part.attribute), |(_, column)| *column);
            if known.is_none() {
                parts.columns.push((part.attribute, column));
            }
            let code = self.columns[column].intern(&part.display, &part.canonical, value.verdict);
            parts.found.push((column as u32, code));
        }
        parts.ends.push(parts.found.len());
    }

    /// Where values of an attribute go that stand in the column that was decided on.
    fn column(&mut self, decision: &ColumnDecision, attribute: Attribute) -> usize {
        self.first_slot(&if attribute == decision.attribute && attribute.is_labelled() {
            Field::labelled(attribute, decision.label.clone())
        } else {
            Field::of(attribute)
        })
    }

    /// The first slot of `field`, made where it is new.
    fn first_slot(&mut self, field: &Field) -> usize {
        self.columns.iter().position(|column| column.field == *field).unwrap_or_else(|| {
            self.columns.push(NormalColumn::empty(field.clone(), self.records));
            self.columns.len() - 1
        })
    }

    /// Puts a value into the record's first free slot of its field. Fields that
    /// one customer has one of take a second value only as a further slot of
    /// multi-valued attributes.
    fn place(&mut self, first: usize, record: usize, code: Code) {
        let mut column = first;
        for _ in 0..SLOTS_MAX {
            if self.columns[column].codes[record] == ABSENT {
                let code = if column == first { code } else { self.carry_over(first, column, code) };
                self.columns[column].codes[record] = code;
                return;
            }
            if self.holds(first, column, record, code)
                || !is_multi_valued(self.columns[first].field.attribute)
            {
                return;
            }
            column = self.next_slot(first, column);
        }
    }

    fn holds(&self, first: usize, column: usize, record: usize, code: Code) -> bool {
        let held = self.columns[column].display.get(self.columns[column].codes[record]);
        held == self.columns[first].display.get(code)
    }

    /// The slot of the same field after `column`, made where there is none.
    fn next_slot(&mut self, first: usize, column: usize) -> usize {
        let field = self.columns[first].field.clone();
        let next = (column + 1..self.columns.len()).find(|&at| self.columns[at].field == field);
        next.unwrap_or_else(|| {
            self.columns.push(NormalColumn::empty(field, self.records));
            self.columns.len() - 1
        })
    }

    /// The code in a further slot for what `code` is in the first.
    fn carry_over(&mut self, first: usize, column: usize, code: Code) -> Code {
        let source = &self.columns[first];
        let display = source.display.get(code).to_owned();
        let canonical = source.canonical.get(source.canonical_of[code as usize - 1]).to_owned();
        let verdict = source.verdicts[code as usize - 1];
        self.columns[column].intern(&display, &canonical, verdict)
    }
}

/// Whether one customer record may rightly hold several.
fn is_multi_valued(attribute: Attribute) -> bool {
    matches!(
        attribute,
        Attribute::Email
            | Attribute::Phone
            | Attribute::Iban
            | Attribute::Website
            | Attribute::SocialHandle
            | Attribute::Identifier
    )
}

/// Per record, when it last changed, in seconds since 1970; empty where no
/// column says.
fn updated_at(
    loaded: &Loaded,
    decisions: &[ColumnDecision],
    places: &Places,
    records: usize,
) -> Vec<Option<i64>> {
    let mut result = Vec::new();
    for decision in decisions.iter().filter(|decision| decision.attribute == Attribute::UpdatedAt) {
        let column = &loaded.tables[decision.table].columns[decision.column];
        let order = decision.date_order.unwrap_or(DateOrder::Dmy);
        let values = &column.values;
        let times: Vec<Option<i64>> = (0..values.len() as Code + 1)
            .into_par_iter()
            .with_min_len(1024)
            .map(|code| super::time::seconds(values.get(code), order))
            .collect();
        result.resize(records, None);
        for (row, &record) in places.record_of[decision.table].iter().enumerate() {
            if record != u32::MAX {
                let time = times[column.codes[row] as usize];
                let known: &mut Option<i64> = &mut result[record as usize];
                *known = (*known).max(time);
            }
        }
    }
    result
}
