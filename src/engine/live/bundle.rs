//! The model bundle: everything that normalising a record or weighing a pair
//! depends on besides the records themselves, frozen under a version. With it
//! both are pure functions, and the customers a function of the records.

use super::layout::{Layout, LayoutColumn, Layouts};
use crate::compare::{Comparators, Frequencies, ValueCounts, Words};
use crate::engine::matching::Matcher;
use crate::engine::thresholds::Bits;
use crate::engine::{HubMarks, NameWords, Surroundings, blocking};
use crate::error::{Error, Result};
use crate::normalise::Tables;
use crate::record::{Attribute, Field, NormalRecords};
use crate::rules::{self, DateOrder, KeyRule, Rules};
use crate::score::Model;
use crate::store::{Batch, Family, Reader, Store, Writer, broken};
use hashbrown::HashMap;
use std::borrow::Cow;
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// A model and all that was frozen with it.
#[derive(Debug, Clone)]
pub struct Bundle {
    pub version: u32,
    pub rules: Rules,
    /// As the rules change them.
    pub tables: Tables,
    /// With the rules' weights applied.
    pub model: Model,
    pub layouts: Layouts,
    pub default_country: Option<String>,
    pub surroundings: Surroundings,
    pub frequencies: Frequencies,
    pub ready: Ready,
}

/// What follows from a bundle and is made ready once, since each change needs
/// it. A copy begins anew: it may be changed.
#[derive(Default)]
pub struct Ready {
    marks: OnceLock<HubMarks>,
}

impl Clone for Ready {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl std::fmt::Debug for Ready {
    fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        formatter.write_str("Ready")
    }
}

impl Bundle {
    /// The blocking keys in force.
    pub fn keys(&self) -> &[KeyRule] {
        if self.rules.blocking.keys.is_empty() { &self.model.keys } else { &self.rules.blocking.keys }
    }

    /// The model's hubs, made ready to be found.
    pub fn hub_marks(&self) -> &HubMarks {
        self.ready.marks.get_or_init(|| HubMarks::new(&self.model.hubs))
    }

    /// From which odds on pairs are kept and linked.
    pub fn bits(&self) -> Bits {
        Bits::new(&self.rules.thresholds)
    }

    /// Records that may share a block before it is refined.
    pub fn block_size_max(&self) -> usize {
        blocking::block_size_max(&self.rules)
    }

    /// A matcher that weighs any pair of `records` as this bundle says.
    pub fn matcher<'a>(&'a self, records: &'a NormalRecords) -> Matcher<'a> {
        let plan = self.model.comparisons.clone();
        let comparators = Comparators::new(plan, records, &self.tables, Some(&self.frequencies));
        Matcher::over(records, comparators, Cow::Borrowed(&self.model), &self.rules)
    }

    /// A matcher that has blocked `records` as well.
    pub fn blocked<'a>(&'a self, records: &'a NormalRecords) -> Matcher<'a> {
        Matcher::new(records, &self.rules, Some(self.model.clone()), Some(&self.frequencies))
    }

    /// Reads the bundle in force.
    pub fn load(store: &Store) -> Result<Self> {
        Self::of_version(store, store.counters.model)
    }

    /// Whether the store has a bundle of that version.
    pub fn is_there(store: &Store, version: u32) -> Result<bool> {
        Ok(store.db.get(Family::Models, &part_key(version, "rules"))?.is_some())
    }

    /// Reads a bundle that is or was in force.
    pub fn of_version(store: &Store, version: u32) -> Result<Self> {
        let part = |name: &str| -> Result<Vec<u8>> {
            store.db.get(Family::Models, &part_key(version, name))?.ok_or_else(|| broken("model"))
        };
        let text = |name: &str| String::from_utf8(part(name)?).map_err(|_| broken("model"));
        let rules = rules::parse(&text("rules")?, Path::new("rules of the store"))?;
        let model: Model =
            serde_json::from_str(&text("model")?).map_err(|error| broken("model").with_source(error))?;
        let bytes = part("context")?;
        let mut reader = Reader::new("model", &bytes);
        let (layouts, default_country, surroundings) = read_context(&mut reader)?;
        let bytes = part("frequencies")?;
        let frequencies = read_frequencies(&mut Reader::new("model", &bytes))?;
        let tables = Tables::new(&rules.tables);
        Ok(Self {
            version,
            rules,
            tables,
            model,
            layouts,
            default_country,
            surroundings,
            frequencies,
            ready: Ready::default(),
        })
    }

    /// Adds the bundle to `batch`.
    pub fn put(&self, store: &Store, batch: &mut Batch) -> Result<()> {
        let model = serde_json::to_vec(&self.model)
            .map_err(|error| Error::failed(format!("cannot write the model: {error}")))?;
        let mut context = Writer::new();
        self.write_context(&mut context);
        let mut frequencies = Writer::new();
        write_frequencies(&self.frequencies, &mut frequencies);
        let rules = rules::write(&self.rules, &[]);
        let parts = [
            ("rules", rules.into_bytes()),
            ("model", model),
            ("context", context.bytes),
            ("frequencies", frequencies.bytes),
        ];
        for (name, bytes) in parts {
            store.db.put(batch, Family::Models, &part_key(self.version, name), &bytes);
        }
        Ok(())
    }

    fn write_context(&self, writer: &mut Writer) {
        writer.number(self.layouts.layouts.len() as u64);
        for layout in &self.layouts.layouts {
            writer.number(layout.sources.len() as u64);
            layout.sources.iter().for_each(|source| _ = writer.text(source));
            writer.number(layout.columns.len() as u64);
            for column in &layout.columns {
                writer.text(&column.name).text(column.attribute.name()).text(&column.label);
                writer.byte(date_order_code(column.date_order));
            }
        }
        writer.optional(self.default_country.as_deref(), |writer, country| _ = writer.text(country));
        writer.number(self.surroundings.fields.len() as u64);
        for field in &self.surroundings.fields {
            writer.text(field.attribute.name()).text(&field.label);
        }
        writer.byte(u8::from(self.surroundings.composes_birth_date));
        writer.optional(self.surroundings.names.as_ref(), |writer, names| {
            let mut words: Vec<_> = names.counts.iter().collect();
            words.sort_unstable();
            writer.number(words.len() as u64);
            for (word, [given, family]) in words {
                writer.fixed(*word).number(u64::from(*given)).number(u64::from(*family));
            }
        });
    }
}

fn part_key(version: u32, name: &str) -> Vec<u8> {
    let mut key = version.to_be_bytes().to_vec();
    key.extend_from_slice(name.as_bytes());
    key
}

fn read_context(reader: &mut Reader) -> Result<(Layouts, Option<String>, Surroundings)> {
    let mut layouts = Layouts::default();
    for _ in 0..reader.length()? {
        let mut layout = Layout::default();
        for _ in 0..reader.length()? {
            layout.sources.push(reader.text()?.to_owned());
        }
        for _ in 0..reader.length()? {
            layout.columns.push(LayoutColumn {
                name: reader.text()?.to_owned(),
                attribute: read_attribute(reader)?,
                label: reader.text()?.to_owned(),
                date_order: date_order(reader.byte()?),
            });
        }
        layouts.layouts.push(layout);
    }
    let country = reader.optional(|reader| reader.text().map(str::to_owned))?;
    let mut surroundings = Surroundings::default();
    for _ in 0..reader.length()? {
        let attribute = read_attribute(reader)?;
        surroundings.fields.push(Field::labelled(attribute, reader.text()?));
    }
    surroundings.composes_birth_date = reader.byte()? != 0;
    surroundings.names = reader.optional(|reader| {
        let length = reader.length()?;
        let mut counts = HashMap::with_capacity(length);
        for _ in 0..length {
            counts.insert(reader.fixed()?, [reader.small()?, reader.small()?]);
        }
        Ok(NameWords { counts })
    })?;
    Ok((layouts, country, surroundings))
}

fn read_attribute(reader: &mut Reader) -> Result<Attribute> {
    Attribute::from_name(reader.text()?).ok_or_else(|| broken("model"))
}

fn date_order_code(order: Option<DateOrder>) -> u8 {
    match order {
        None => 0,
        Some(DateOrder::Dmy) => 1,
        Some(DateOrder::Mdy) => 2,
        Some(DateOrder::Ymd) => 3,
    }
}

fn date_order(code: u8) -> Option<DateOrder> {
    match code {
        1 => Some(DateOrder::Dmy),
        2 => Some(DateOrder::Mdy),
        3 => Some(DateOrder::Ymd),
        _ => None,
    }
}

fn write_frequencies(frequencies: &Frequencies, writer: &mut Writer) {
    writer.number(frequencies.comparisons.len() as u64);
    for comparison in &frequencies.comparisons {
        write_counts(&comparison.values, writer);
        write_counts(&comparison.words.counts, writer);
        writer.number(u64::from(comparison.words.total));
    }
}

fn write_counts(counts: &HashMap<u64, u32>, writer: &mut Writer) {
    let mut sorted: Vec<(u64, u32)> = counts.iter().map(|(hash, count)| (*hash, *count)).collect();
    sorted.sort_unstable();
    writer.number(sorted.len() as u64);
    for (hash, count) in sorted {
        writer.fixed(hash).number(u64::from(count));
    }
}

fn read_frequencies(reader: &mut Reader) -> Result<Frequencies> {
    let mut frequencies = Frequencies::default();
    for _ in 0..reader.length()? {
        let values = read_counts(reader)?;
        let words = Arc::new(Words { counts: read_counts(reader)?, total: reader.small()? });
        frequencies.comparisons.push(ValueCounts { values, words });
    }
    Ok(frequencies)
}

fn read_counts(reader: &mut Reader) -> Result<HashMap<u64, u32>> {
    let length = reader.length()?;
    let mut counts = HashMap::with_capacity(length);
    for _ in 0..length {
        counts.insert(reader.fixed()?, reader.small()?);
    }
    Ok(counts)
}
