//! Puts the outcome of a batch run into a new store, family by family, as
//! files that the database takes in whole.

use super::bundle::Bundle;
use super::customers::CustomerMaker;
use super::gather::RowMaker;
use super::judge;
use super::keys::{self, Refining, TreeSink};
use super::layout::Layouts;
use crate::blocking::PreparedKey;
use crate::engine::clustering;
use crate::engine::load::Loaded;
use crate::engine::unify::Outcome;
use crate::error::Result;
use crate::record::{ABSENT, NormalRecords};
use crate::store::{
    Batch, BlockPath, BlockRow, BulkFile, BulkOptions, EventKind, EventRow, Family, Link, NameRow, Number,
    RecordRow, Store, TermKind, crowd_key, encode_links, name_key,
};
use rayon::prelude::*;
use std::path::{Path, PathBuf};

type Files = Result<Vec<(Family, PathBuf)>>;

/// Writes a new store in `path`. `loaded` are the records as they came, `now`
/// is the time in microseconds since 1970.
///
/// # Errors
/// There is a store already, or it cannot be written.
pub fn load(path: &Path, outcome: &Outcome, loaded: &Loaded, bundle: &Bundle, now: i64) -> Result<()> {
    let mut store = Store::create(path)?;
    let records = outcome.records;
    let rows = RowMaker::new(records, &mut store.terms);
    let numbers: Vec<Number> = (0..records.len() as Number).collect();
    let customers = CustomerMaker::new(records, &outcome.golden, &numbers, &mut store.terms);
    let columns = column_terms(loaded, &mut store);
    store.counters.next_number = records.len() as Number;
    store.counters.records = records.len() as u64;
    store.counters.customers = outcome.golden.len() as u64;
    store.counters.last_change = outcome.golden.len() as u64;
    store.counters.model = bundle.version;
    store.counters.digest = (0..outcome.golden.len())
        .into_par_iter()
        .map(|customer| customers.digest(customer))
        .reduce(|| 0, u128::wrapping_add);
    let bulk = store.db.bulk()?;
    let writing = Writing { bulk: &bulk, store: &store, outcome, loaded, bundle, now };
    let tasks: Vec<Box<dyn Fn() -> Files + Sync + Send + '_>> = vec![
        Box::new(|| writing.blocks()),
        Box::new(|| writing.feed(&customers)),
        Box::new(|| writing.records(&columns)),
        Box::new(|| writing.normals(&rows)),
        Box::new(|| writing.customers(&customers)),
        Box::new(|| writing.names()),
        Box::new(|| writing.links()),
    ];
    let files = tasks.into_par_iter().with_max_len(1).map(|task| task()).collect::<Result<Vec<_>>>()?;
    drop(bulk);
    store.db.ingest(files.into_iter().flatten().collect())?;
    let mut batch = Batch::default();
    bundle.put(&store, &mut batch)?;
    judge::take_labels(&mut store, &mut batch, outcome, now);
    let Store { db, terms, .. } = &mut store;
    terms.write(db, &mut batch);
    store.put_counters(&mut batch);
    store.db.commit(batch)
}

/// Per table and column the column's term; `None` for those that name records
/// and sources, which the record's name keeps.
fn column_terms(loaded: &Loaded, store: &mut Store) -> Vec<Vec<Option<u32>>> {
    let mut all = Vec::with_capacity(loaded.tables.len());
    for (at, table) in loaded.tables.iter().enumerate() {
        let named = [loaded.id_columns[at].column, loaded.source_columns[at]];
        let mut terms = Vec::with_capacity(table.columns.len());
        for (place, column) in table.columns.iter().enumerate() {
            let is_name = named.contains(&Some(place));
            terms.push((!is_name).then(|| store.terms.number(TermKind::Column, &column.name)));
        }
        all.push(terms);
    }
    all
}

/// The layouts that a run's inputs had.
pub fn layouts(loaded: &Loaded, decisions: &[crate::recognise::ColumnDecision]) -> Layouts {
    let sources_of = |table: usize| match loaded.source_columns[table] {
        None => vec![loaded.tables[table].source.clone()],
        Some(column) => {
            let names = loaded.tables[table].columns[column].values.iter();
            let mut names: Vec<String> = names.map(|name| name.trim().to_owned()).collect();
            names.sort_unstable();
            names.dedup();
            names
        }
    };
    Layouts::new(&loaded.tables, decisions, sources_of)
}

struct Writing<'a> {
    bulk: &'a BulkOptions,
    store: &'a Store,
    outcome: &'a Outcome<'a>,
    loaded: &'a Loaded,
    bundle: &'a Bundle,
    now: i64,
}

impl Writing<'_> {
    fn size(&self) -> usize {
        self.outcome.records.len()
    }

    fn names(&self) -> Files {
        let keys = &self.outcome.records.keys;
        let mut file = self.bulk.file(Family::Names, 0)?;
        for record in 0..self.size() {
            let row = NameRow { number: Some(record as Number), at: None };
            file.put(&name_key(keys.source(record), keys.id(record)), &row.encode())?;
        }
        finish([file])
    }

    fn records(&self, columns: &[Vec<Option<u32>>]) -> Files {
        let keys = &self.outcome.records.keys;
        let source_terms: Vec<u32> = keys
            .sources
            .iter()
            .map(|source| self.store.terms.find(TermKind::Source, source).unwrap_or_default())
            .collect();
        let mut file = self.bulk.file(Family::Records, 0)?;
        for (record, place) in self.loaded.rows.iter().enumerate() {
            let table = &self.loaded.tables[place.table as usize];
            let mut fields = Vec::new();
            for (column, term) in table.columns.iter().zip(&columns[place.table as usize]) {
                let code = column.codes[place.row as usize];
                if let (Some(term), true) = (*term, code != ABSENT) {
                    fields.push((term, column.values.get(code).into()));
                }
            }
            let source = source_terms[usize::from(keys.source_of[record])];
            let row = RecordRow { source, id: keys.id(record).to_owned(), at: None, fields };
            file.put(&(record as Number).to_be_bytes(), &row.encode())?;
        }
        finish([file])
    }

    fn normals(&self, rows: &RowMaker) -> Files {
        let mut file = self.bulk.file(Family::Normals, 0)?;
        for record in 0..self.size() {
            let row = rows.row(self.outcome.records, record);
            file.put(&(record as Number).to_be_bytes(), &row.encode())?;
        }
        finish([file])
    }

    /// The kept pairs, and each record's customer.
    fn links(&self) -> Files {
        let Outcome { pairs, matcher, bits, golden, customer_ids, .. } = self.outcome;
        let mut both: Vec<(Number, Link)> = Vec::with_capacity(pairs.len() * 2);
        for pair in pairs {
            let joins = clustering::decided(matcher, pair, bits.link) >= bits.link;
            let link = |other| Link { other, bits: pair.weight.bits, joins };
            both.push((pair.a, link(pair.b)));
            both.push((pair.b, link(pair.a)));
        }
        both.par_sort_unstable_by_key(|(record, link)| (*record, link.other));
        let mut links = self.bulk.file(Family::Links, 0)?;
        for of_record in both.chunk_by(|a, b| a.0 == b.0) {
            let row: Vec<Link> = of_record.iter().map(|(_, link)| *link).collect();
            links.put(&of_record[0].0.to_be_bytes(), &encode_links(&row))?;
        }
        let mut owners = self.bulk.file(Family::Owners, 0)?;
        for (record, &customer) in golden.customer_of.iter().enumerate() {
            owners.put(&(record as Number).to_be_bytes(), customer_ids[customer as usize].as_bytes())?;
        }
        finish([links, owners])
    }

    fn customers(&self, maker: &CustomerMaker) -> Files {
        let ids = &self.outcome.customer_ids;
        let mut order: Vec<u32> = (0..ids.len() as u32).collect();
        order.par_sort_unstable_by_key(|&customer| &ids[customer as usize]);
        let mut customers = self.bulk.file(Family::Customers, 0)?;
        let mut history = self.bulk.file(Family::History, 0)?;
        for customer in order {
            let born = u64::from(customer) + 1;
            let id = ids[customer as usize].as_bytes();
            customers.put(id, &maker.row(customer as usize, born).encode())?;
            let mut key = id.to_vec();
            key.extend_from_slice(&born.to_be_bytes());
            history.put(&key, &[])?;
        }
        finish([customers, history])
    }

    /// Every customer was created, in canonical order.
    fn feed(&self, maker: &CustomerMaker) -> Files {
        let mut file = self.bulk.file(Family::Feed, 0)?;
        for (customer, id) in self.outcome.customer_ids.iter().enumerate() {
            let born = customer as u64 + 1;
            let event = EventRow {
                kind: EventKind::Created,
                at: self.now,
                customer: id.clone(),
                others: Vec::new(),
                cause: "load".into(),
                model: self.bundle.version,
                state: Some(maker.state(customer, &maker.row(customer, born), &self.store.terms)),
            };
            file.put(&born.to_be_bytes(), &event.encode())?;
        }
        finish([file])
    }

    /// The blocks of every key, on all threads.
    fn blocks(&self) -> Files {
        let records = self.outcome.records;
        let (rules, refiners) = (self.bundle.keys(), self.bundle.model.refiners.as_slice());
        let expressions = keys::evaluate(rules.iter().chain(refiners), records);
        let refined = Refined::new(&keys::prepare(refiners, &expressions, records), records);
        let refining =
            Refining { size_max: self.bundle.block_size_max(), keys_of: &|record| refined.of(record) };
        let prepared = keys::prepare(rules, &expressions, records);
        let mut files = Vec::new();
        for (rule, key) in prepared {
            files.extend(self.blocks_of(rule, &key, &refining)?);
        }
        Ok(files)
    }

    fn blocks_of(&self, rule: usize, key: &PreparedKey, refining: &Refining) -> Files {
        let mut entries: Vec<u64> = Vec::with_capacity(self.size());
        for record in 0..self.size() {
            key.keys(record, |hash| entries.push(u64::from(keys::upper(hash)) << 32 | record as u64));
        }
        entries.par_sort_unstable();
        entries.dedup();
        let mut sink = TreeFiles {
            blocks: self.bulk.file(Family::Blocks, rule)?,
            crowds: self.bulk.file(Family::Crowds, rule)?,
        };
        let mut members = Vec::new();
        for block in entries.chunk_by(|a, b| a >> 32 == b >> 32) {
            members.clear();
            members.extend(block.iter().map(|&entry| entry as Number));
            refining.root(rule as u16, (block[0] >> 32) as u32, &members, &mut sink)?;
        }
        finish([sink.blocks, sink.crowds])
    }
}

/// The refiners' keys of all records.
struct Refined {
    ends: Vec<u32>,
    keys: Vec<(u8, u32)>,
}

impl Refined {
    fn new(refiners: &[(usize, PreparedKey)], records: &NormalRecords) -> Self {
        let mut result = Self { ends: Vec::with_capacity(records.len()), keys: Vec::new() };
        for record in 0..records.len() {
            let start = result.keys.len();
            for (refiner, key) in refiners {
                key.keys(record, |hash| result.keys.push((*refiner as u8, keys::upper(hash))));
            }
            result.keys[start..].sort_unstable();
            result.ends.push(result.keys.len() as u32);
        }
        result
    }

    fn of(&self, record: Number) -> &[(u8, u32)] {
        let start = if record == 0 { 0 } else { self.ends[record as usize - 1] as usize };
        &self.keys[start..self.ends[record as usize] as usize]
    }
}

/// Block trees on their way to files.
struct TreeFiles<'a> {
    blocks: BulkFile<'a>,
    crowds: BulkFile<'a>,
}

impl TreeSink for TreeFiles<'_> {
    fn block(&mut self, path: &BlockPath, row: &BlockRow) -> Result<()> {
        self.blocks.put(path, &row.encode())
    }

    fn crowd(&mut self, path: &BlockPath, members: &[Number]) -> Result<()> {
        members.iter().try_for_each(|&member| self.crowds.put(&crowd_key(path, member), &[]))
    }
}

fn finish<const N: usize>(files: [BulkFile; N]) -> Files {
    let finished = files.into_iter().map(BulkFile::finish).collect::<Result<Vec<_>>>()?;
    Ok(finished.into_iter().flatten().collect())
}
