//! Records as they came, one by one, made into tables and normalised as the
//! bundle says. Between any two calls nothing is remembered that could change
//! what a record becomes.

use super::bundle::Bundle;
use super::gather::number_of;
use super::layout::LayoutColumn;
use crate::engine::load::{Loaded, RowAt};
use crate::engine::{HubMarks, Reading, Surroundings, normalise_all};
use crate::error::Result;
use crate::normalise::Tables;
use crate::recognise::ColumnDecision;
use crate::record::{Dictionary, NormalRecords, RawColumn, RecordKeys, Table};
use crate::rules::Rules;
use crate::store::{Family, Number, RecordRow, Store, TermKind};
use hashbrown::HashMap;
use std::path::PathBuf;

/// Takes raw records in canonical order.
pub struct Intake<'a> {
    bundle: &'a Bundle,
    keys: RecordKeys,
    rows: Vec<RowAt>,
    at: Vec<Option<i64>>,
    tables: Vec<SourceTable>,
}

/// The records of one source.
struct SourceTable {
    source: String,
    layout: Vec<LayoutColumn>,
    place_of: HashMap<String, usize>,
    columns: Vec<RawColumn>,
    /// Columns that the layout knew.
    known: usize,
    rows: usize,
}

impl<'a> Intake<'a> {
    pub fn new(bundle: &'a Bundle) -> Self {
        Self { bundle, keys: RecordKeys::default(), rows: Vec::new(), at: Vec::new(), tables: Vec::new() }
    }

    /// Adds the record that comes next in canonical order. `at` is the version
    /// that came with it, in microseconds since 1970.
    pub fn push<'f>(
        &mut self,
        source: &str,
        id: &str,
        at: Option<i64>,
        fields: impl Iterator<Item = (&'f str, &'f str)>,
    ) {
        if self.tables.last().is_none_or(|table| table.source != source) {
            self.tables.push(SourceTable::new(source, self.bundle));
            self.keys.sources.push(source.to_owned());
        }
        let place = self.tables.len() - 1;
        if let Some(table) = self.tables.last_mut() {
            fields
                .filter(|(_, value)| !value.is_empty())
                .for_each(|(name, value)| table.set(name, value, self.bundle));
            table.rows += 1;
            self.rows.push(RowAt { table: place as u32, row: table.rows as u32 - 1 });
        }
        self.keys.push(place as u16, id);
        self.at.push(at);
    }

    /// Takes every record of the store; returns their numbers too, in canonical
    /// order.
    pub fn of_store(store: &Store, bundle: &'a Bundle) -> Result<(Self, Vec<Number>)> {
        let mut raw: Vec<(Number, RecordRow)> = Vec::with_capacity(store.counters.records as usize);
        store.db.scan(Family::Records, &[], &[], |key, value| {
            raw.push((number_of(key)?, RecordRow::decode(value)?));
            Ok(true)
        })?;
        Ok(Self::of_rows(store, bundle, raw))
    }

    /// As [`Intake::of_store`], of some records.
    pub fn of_rows(
        store: &Store,
        bundle: &'a Bundle,
        mut raw: Vec<(Number, RecordRow)>,
    ) -> (Self, Vec<Number>) {
        let source = |row: &RecordRow| store.terms.text(TermKind::Source, row.source);
        raw.sort_unstable_by(|(_, a), (_, b)| (source(a), &a.id).cmp(&(source(b), &b.id)));
        let mut intake = Self::new(bundle);
        for (_, row) in &raw {
            let fields = row.fields.iter();
            let fields =
                fields.map(|(column, value)| (store.terms.text(TermKind::Column, *column), value.as_str()));
            intake.push(source(row), &row.id, row.at, fields);
        }
        (intake, raw.into_iter().map(|(number, _)| number).collect())
    }

    /// The records as tables, a table per source.
    pub fn tables(self) -> Vec<Table> {
        self.tables.into_iter().enumerate().map(|(at, table)| table.finish(at).0).collect()
    }

    /// The records, normalised as the bundle says.
    pub fn finish(self) -> NormalRecords {
        let bundle = self.bundle;
        let frozen = (bundle.hub_marks(), &bundle.surroundings);
        self.normalised(&bundle.rules, &bundle.tables, Some(frozen)).0
    }

    /// The records, normalised under `rules`, and what was read of them as a
    /// whole, for a new model to be learned from.
    pub fn learn(self, rules: &Rules) -> (NormalRecords, Surroundings) {
        self.normalised(rules, &Tables::new(&rules.tables), None)
    }

    fn normalised(
        self,
        rules: &Rules,
        known: &Tables,
        frozen: Option<(&HubMarks, &Surroundings)>,
    ) -> (NormalRecords, Surroundings) {
        let mut decisions = Vec::new();
        let mut tables = Vec::with_capacity(self.tables.len());
        for (at, table) in self.tables.into_iter().enumerate() {
            let (table, mut decided) = table.finish(at);
            tables.push(table);
            decisions.append(&mut decided);
        }
        let loaded = Loaded {
            tables,
            keys: RecordKeys::default(),
            rows: self.rows,
            quarantine: Vec::new(),
            id_columns: Vec::new(),
            source_columns: Vec::new(),
        };
        let default_country = self.bundle.default_country.as_deref();
        let (mut records, surroundings) = normalise_all(
            &loaded,
            self.keys,
            &decisions,
            Reading { rules, tables: known, default_country },
            frozen.map(|(hubs, _)| hubs),
            frozen.map(|(_, surroundings)| surroundings),
        );
        take_versions(&mut records, &self.at);
        (records, surroundings)
    }
}

/// A record that does not say when it last changed did when it came.
fn take_versions(records: &mut NormalRecords, versions: &[Option<i64>]) {
    if versions.iter().all(Option::is_none) {
        return;
    }
    records.updated_at.resize(records.keys.len(), None);
    for (known, at) in records.updated_at.iter_mut().zip(versions) {
        *known = known.or(at.map(|at| at.div_euclid(1_000_000)));
    }
}

impl SourceTable {
    fn new(source: &str, bundle: &Bundle) -> Self {
        let mut table = Self {
            source: source.to_owned(),
            layout: Vec::new(),
            place_of: HashMap::new(),
            columns: Vec::new(),
            known: 0,
            rows: 0,
        };
        bundle.layouts.of_source(source).into_iter().for_each(|column| table.add(column));
        table.known = table.columns.len();
        table
    }

    fn add(&mut self, column: LayoutColumn) {
        self.place_of.insert(column.name.clone(), self.columns.len());
        self.columns.push(RawColumn {
            name: column.name.clone(),
            values: Dictionary::new(),
            codes: Vec::new(),
        });
        self.layout.push(column);
    }

    fn set(&mut self, name: &str, value: &str, bundle: &Bundle) {
        let place = match self.place_of.get(name) {
            Some(&place) => place,
            None => {
                self.add(bundle.layouts.new_column(&self.source, name, &bundle.rules));
                self.columns.len() - 1
            }
        };
        if let Some(column) = self.columns.get_mut(place) {
            let code = column.values.intern(value);
            column.codes.resize(self.rows, 0);
            column.codes.push(code);
        }
    }

    /// The table and what its columns hold. Columns that the layout did not
    /// know come after those that it did, by name.
    fn finish(mut self, at: usize) -> (Table, Vec<ColumnDecision>) {
        let rows = self.rows;
        self.columns.iter_mut().for_each(|column| column.codes.resize(rows, 0));
        let mut both: Vec<(LayoutColumn, RawColumn)> = self.layout.into_iter().zip(self.columns).collect();
        both.get_mut(self.known..).unwrap_or_default().sort_by(|a, b| a.0.name.cmp(&b.0.name));
        let (layout, columns): (Vec<LayoutColumn>, Vec<RawColumn>) = both.into_iter().unzip();
        let decide = |(place, column): (usize, &LayoutColumn)| ColumnDecision {
            table: at,
            column: place,
            attribute: column.attribute,
            label: column.label.clone(),
            reason: String::new(),
            filled: 0.0,
            date_order: column.date_order,
        };
        let decisions = layout.iter().enumerate().map(decide).collect();
        let row_numbers = (1..=rows as u64).collect();
        (Table { source: self.source, path: PathBuf::new(), columns, row_numbers }, decisions)
    }
}
