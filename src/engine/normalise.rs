//! Normalises all records: each distinct raw value once per country, on all
//! threads, then spread over the records by code. How one value is cleaned is
//! `normalise`'s work.

use super::hubs;
use super::load::Loaded;
use super::owner_names::{self, NameWords};
use crate::normalise::{Context, Normalised, Tables, normalise};
use crate::recognise::ColumnDecision;
use crate::record::{
    ABSENT, Attribute, Code, Dictionary, Field, Hub, NormalColumn, NormalRecords, RecordKeys, Verdict,
};
use crate::rules::{DateOrder, Rules};
use hashbrown::HashMap;
use rayon::prelude::*;
use smallvec::SmallVec;

/// Values of one field that one record can hold; further ones are carried by
/// other records of the customer or lost to comparison, never to the store.
const SLOTS_MAX: usize = 4;

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

/// Normalises the records of `loaded` as `decisions` say. `default_country`
/// (ISO 3166-1 alpha-2) is assumed where a record names none. `known_hubs` are
/// those of a model that was learned before; else they are found. Returns what
/// was read of the data as a whole, unless that is `frozen`.
pub fn normalise_all(
    loaded: &Loaded,
    keys: RecordKeys,
    decisions: &[ColumnDecision],
    rules: &Rules,
    default_country: Option<&str>,
    known_hubs: Option<&[Hub]>,
    frozen: Option<&Surroundings>,
) -> (NormalRecords, Surroundings) {
    let places = Places::new(loaded);
    let countries = Countries::new(loaded, decisions, &places, rules, default_country);
    let mut fields = Fields { records: keys.len(), columns: Vec::new() };
    for field in frozen.iter().flat_map(|frozen| &frozen.fields) {
        fields.first_slot(field);
    }
    let placeholders = placeholders(rules);
    let changed = (!rules.tables.is_empty()).then(|| Tables::new(&rules.tables));
    let tables = changed.as_ref().unwrap_or_else(|| Tables::shipped());
    // Values that stand in a column of their own come before those found
    // inside others, so that they take the first slot.
    let mut order: Vec<&ColumnDecision> =
        decisions.iter().filter(|decision| is_read(decision.attribute)).collect();
    order.sort_by_key(|decision| (is_composite(decision.attribute), decision.table, decision.column));
    for decision in order {
        let column = &loaded.tables[decision.table].columns[decision.column];
        let rows = &places.record_of[decision.table];
        let read = Read { decision, rows, countries: &countries, rules, tables };
        let values = if is_by_country(decision.attribute) && countries.differ() {
            read.by_country(&column.values, &column.codes, &placeholders)
        } else {
            read.all(&column.values, &column.codes, &placeholders)
        };
        fields.take(decision, &values, rows);
    }
    let mut columns = fields.columns;
    let composes = frozen.map(|frozen| frozen.composes_birth_date);
    let composes_birth_date = super::birth_date::compose(&mut columns, keys.len(), composes);
    let hubs = match known_hubs {
        Some(known) => known.to_vec(),
        None => hubs::find(&columns),
    };
    hubs::mark(&mut columns, &hubs);
    let infers = frozen.map_or(!rules.without.inferred_names, |frozen| frozen.names.is_some());
    let known_names = frozen.and_then(|frozen| frozen.names.as_ref());
    let names = infers.then(|| owner_names::infer(&mut columns, known_names)).flatten();
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
    fn new(
        loaded: &Loaded,
        decisions: &[ColumnDecision],
        places: &Places,
        rules: &Rules,
        default: Option<&str>,
    ) -> Self {
        let default = rules.normalise.country.as_deref().or(default);
        let mut result = Self { names: vec![default.map(str::to_owned)], of_record: Vec::new() };
        for decision in decisions.iter().filter(|decision| decision.attribute == Attribute::Country) {
            let column = &loaded.tables[decision.table].columns[decision.column];
            let names: Vec<u8> =
                std::iter::once(0).chain(column.values.iter().map(|raw| result.place(raw))).collect();
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
    fn place(&mut self, raw: &str) -> u8 {
        let found = normalise(Attribute::Country, raw, &Context::default());
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

/// The distinct values of a column, normalised, and which one each row holds.
struct Values {
    distinct: Vec<Normalised>,
    /// Per row, a place in `distinct` plus one; 0 where missing.
    of_row: Vec<u32>,
}

/// One column's reading.
struct Read<'a> {
    decision: &'a ColumnDecision,
    rows: &'a [u32],
    countries: &'a Countries,
    rules: &'a Rules,
    tables: &'a Tables,
}

impl Read<'_> {
    fn all(
        &self,
        values: &Dictionary,
        codes: &[Code],
        placeholders: &HashMap<Attribute, Vec<String>>,
    ) -> Values {
        let distinct = (1..values.len() as Code + 1)
            .into_par_iter()
            .with_min_len(1024)
            .map(|code| self.one(values.get(code), 0, placeholders))
            .collect();
        Values { distinct, of_row: codes.to_vec() }
    }

    /// The same value in two countries is two values.
    fn by_country(
        &self,
        values: &Dictionary,
        codes: &[Code],
        placeholders: &HashMap<Attribute, Vec<String>>,
    ) -> Values {
        let hasher = foldhash::fast::FixedState::with_seed(2);
        let mut known: HashMap<(Code, u8), u32, _> = HashMap::with_capacity_and_hasher(values.len(), hasher);
        let mut pairs: Vec<(Code, u8)> = Vec::new();
        let of_row = codes
            .iter()
            .zip(self.rows)
            .map(|(&code, &record)| {
                if code == ABSENT || record == u32::MAX {
                    return 0;
                }
                let pair = (code, self.countries.of(record));
                *known.entry(pair).or_insert_with(|| {
                    pairs.push(pair);
                    pairs.len() as u32
                })
            })
            .collect();
        let distinct = pairs
            .par_iter()
            .with_min_len(1024)
            .map(|&(code, country)| self.one(values.get(code), country, placeholders))
            .collect();
        Values { distinct, of_row }
    }

    fn one(&self, raw: &str, country: u8, placeholders: &HashMap<Attribute, Vec<String>>) -> Normalised {
        let attribute = self.decision.attribute;
        let order = self.rules.normalise.date_order.or(self.decision.date_order).unwrap_or(DateOrder::Dmy);
        let country = self.countries.names[usize::from(country)].as_deref();
        let context = Context { country, date_order: order, tables: self.tables };
        let mut result = normalise(attribute, raw, &context);
        let declared =
            placeholders.get(&attribute).is_some_and(|values| values.contains(&raw.trim().to_lowercase()));
        if declared {
            result.verdict = Verdict::Placeholder;
            result.reason = Some("declared a placeholder by the rule file");
        }
        result
    }
}

/// All fields under construction.
struct Fields {
    records: usize,
    columns: Vec<NormalColumn>,
}

impl Fields {
    /// Spreads the values of one raw column over the records.
    fn take(&mut self, decision: &ColumnDecision, values: &Values, rows: &[u32]) {
        // Per distinct value: its parts as (field, display code, canonical code).
        let mut parts: Vec<SmallVec<[(usize, Code); 2]>> = Vec::with_capacity(values.distinct.len());
        for value in &values.distinct {
            let found = value.parts.iter().map(|part| {
                let field = if part.attribute == decision.attribute && part.attribute.is_labelled() {
                    Field::labelled(part.attribute, decision.label.clone())
                } else {
                    Field::of(part.attribute)
                };
                let column = self.first_slot(&field);
                (column, self.columns[column].intern(&part.display, &part.canonical, value.verdict))
            });
            parts.push(found.collect());
        }
        for (&place, &record) in values.of_row.iter().zip(rows) {
            if place == 0 || record == u32::MAX {
                continue;
            }
            for &(column, code) in &parts[place as usize - 1] {
                self.place(column, record as usize, code);
            }
        }
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
