//! Puts the outcome of a batch run into a new store, family by family, as
//! files that the database takes in whole.

use super::bundle::Bundle;
use super::customers::CustomerMaker;
use super::derived::{Derived, Files, by_number, finish};
use super::gather::{NEAR_TOGETHER, RowMaker, first_byte, is_shown};
use super::judge;
use super::layout::Layouts;
use super::search;
use crate::engine::load::Loaded;
use crate::engine::unify::Outcome;
use crate::error::Result;
use crate::record::{ABSENT, Code, Dictionary};
use crate::store::{
    Batch, BulkOptions, EventKind, EventRow, Family, Location, NameRow, Number, RecordRow, Store, TermKind,
    name_key, word_key,
};
use compact_str::CompactString;
use hashbrown::HashMap;
use rayon::prelude::*;

/// Writes a new store. `loaded` are the records as they came, `now`
/// is the time in microseconds since 1970.
///
/// # Errors
/// There is a store already, or it cannot be written.
pub fn load(
    location: &Location,
    outcome: &Outcome,
    loaded: &Loaded,
    bundle: &Bundle,
    now: i64,
) -> Result<()> {
    let mut store = Store::create(location)?;
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
    let by_id = by_id(&outcome.customer_ids);
    let writing = Writing { bulk: &bulk, store: &store, outcome, loaded, bundle, now, by_id: &by_id };
    let order = by_number(&numbers);
    let derived = Derived { bulk: &bulk, bundle, records, numbers: &numbers, by_number: &order };
    let tasks: Vec<Box<dyn Fn() -> Files + Sync + Send + '_>> = vec![
        Box::new(|| derived.blocks()),
        Box::new(|| writing.records(&columns)),
        Box::new(|| derived.normals(&rows)),
        Box::new(|| writing.customers(&customers)),
        Box::new(|| writing.names()),
        Box::new(|| derived.links(outcome.matcher, &outcome.pairs, outcome.bits)),
        Box::new(|| writing.owners()),
        Box::new(|| writing.words()),
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
    /// The customers in the order of their ids.
    by_id: &'a [u32],
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
        let (mut fields, mut ends, mut row) = (Vec::new(), Vec::new(), Vec::new());
        let mut record = 0;
        for some in self.loaded.rows.chunks(NEAR_TOGETHER) {
            // Where all texts stand is looked up before the first is read, so that
            // the waits for memory overlap.
            fields.clear();
            ends.clear();
            for place in some {
                let table = &self.loaded.tables[place.table as usize];
                for (column, term) in table.columns.iter().zip(&columns[place.table as usize]) {
                    let code = column.codes[place.row as usize];
                    if let (Some(term), true) = (*term, code != ABSENT) {
                        fields.push((term, column.values.get(code)));
                    }
                }
                ends.push(fields.len());
            }
            std::hint::black_box(fields.iter().fold(0, |sum, (_, text)| sum ^ first_byte(text)));
            let mut start = 0;
            for &end in &ends {
                let source = source_terms[usize::from(keys.source_of[record])];
                let fields = fields[start..end].iter().copied();
                row = RecordRow::encode_over(source, keys.id(record), None, fields, row);
                file.put(&(record as Number).to_be_bytes(), &row)?;
                (start, record) = (end, record + 1);
            }
        }
        finish([file])
    }

    /// Each record's customer.
    fn owners(&self) -> Files {
        let Outcome { golden, customer_ids, .. } = self.outcome;
        let mut owners = self.bulk.file(Family::Owners, 0)?;
        for (record, &customer) in golden.customer_of.iter().enumerate() {
            owners.put(&(record as Number).to_be_bytes(), customer_ids[customer as usize].as_bytes())?;
        }
        finish([owners])
    }

    /// Every customer, that it was created, and that this is its history, in
    /// canonical order and in that of ids.
    fn customers(&self, maker: &CustomerMaker) -> Files {
        let ids = &self.outcome.customer_ids;
        let mut feed = self.bulk.file(Family::Feed, 0)?;
        let mut rows: Vec<Vec<u8>> = Vec::with_capacity(ids.len());
        let customers: Vec<usize> = (0..ids.len()).collect();
        for some in customers.chunks(CUSTOMERS_AT_ONCE) {
            let few = |few: &[usize]| -> Vec<(Vec<u8>, Vec<u8>)> {
                maker.bring_near(few);
                few.iter().map(|&customer| self.customer(maker, customer)).collect()
            };
            let encoded: Vec<_> = some.par_chunks(NEAR_TOGETHER).flat_map_iter(few).collect();
            for (row, event) in encoded {
                rows.push(row);
                feed.put(&(rows.len() as u64).to_be_bytes(), &event)?;
            }
        }
        let mut customers = self.bulk.file(Family::Customers, 0)?;
        let mut history = self.bulk.file(Family::History, 0)?;
        for &customer in self.by_id {
            let id = ids[customer as usize].as_bytes();
            customers.put(id, &rows[customer as usize])?;
            let mut key = id.to_vec();
            key.extend_from_slice(&(u64::from(customer) + 1).to_be_bytes());
            history.put(&key, &[])?;
        }
        finish([customers, history, feed])
    }

    /// A customer's row, and the change that made it.
    fn customer(&self, maker: &CustomerMaker, customer: usize) -> (Vec<u8>, Vec<u8>) {
        let row = maker.row(customer, customer as u64 + 1);
        let event = EventRow {
            kind: EventKind::Created,
            at: self.now,
            customer: self.outcome.customer_ids[customer].clone(),
            others: Vec::new(),
            cause: "load".into(),
            model: self.bundle.version,
            state: Some(maker.state(customer, &row, &self.store.terms)),
        };
        (row.encode(), event.encode())
    }

    /// The words that customers are found by; each distinct value is parted once.
    fn words(&self) -> Files {
        let Outcome { golden, records, customer_ids, .. } = self.outcome;
        let mut words = Dictionary::new();
        let mut held: Vec<(Code, u32)> = Vec::new();
        for field in golden.fields.iter().filter(|field| is_shown(&field.field)) {
            let mut known: HashMap<(u8, Code), Vec<Code>> = HashMap::new();
            for customer in 0..golden.len() {
                let Some(origin) = field.origin(customer) else { continue };
                let column = &records.columns[field.columns()[usize::from(origin.slot)]];
                let code = column.codes[origin.record as usize];
                let of_value = known.entry((origin.slot, code)).or_insert_with(|| {
                    let found = search::words_of_value(field.field.attribute, column.display.get(code));
                    found.iter().map(|word| words.intern(word)).collect()
                });
                held.extend(of_value.iter().map(|&word| (word, customer as u32)));
            }
        }
        let mut by_word: Vec<Code> = (1..=words.len() as Code).collect();
        by_word.par_sort_unstable_by_key(|&word| words.get(word));
        let rank_of_word = ranks(words.len() + 1, by_word.iter().map(|&word| word as usize));
        let by_id = self.by_id;
        let rank_of_id = ranks(by_id.len(), by_id.iter().map(|&customer| customer as usize));
        let rank = |(word, customer): (Code, u32)| {
            u64::from(rank_of_word[word as usize]) << 32 | u64::from(rank_of_id[customer as usize])
        };
        let mut entries: Vec<u64> = held.into_iter().map(rank).collect();
        entries.sort_unstable();
        entries.dedup();
        // In their order, so that a word's customers are met going forward.
        let ids: Vec<&str> = by_id.iter().map(|&customer| customer_ids[customer as usize].as_str()).collect();
        let mut file = self.bulk.file(Family::Words, 0)?;
        for some in entries.chunks(NEAR_TOGETHER) {
            let id = |entry: u64| ids[entry as u32 as usize];
            std::hint::black_box(some.iter().fold(0, |sum, &entry| sum ^ first_byte(id(entry))));
            for &entry in some {
                let word = words.get(by_word[(entry >> 32) as usize]);
                file.put(&word_key(word, id(entry)), &[])?;
            }
        }
        finish([file])
    }
}

/// The customers in the order of their ids.
fn by_id(ids: &[CompactString]) -> Vec<u32> {
    // The beginning of an id stands beside its place, and mostly decides.
    let beginning = |id: &CompactString| {
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(id.as_bytes()).for_each(|(byte, of_id)| *byte = *of_id);
        u128::from_be_bytes(bytes)
    };
    let mut order: Vec<(u128, u32)> = ids.iter().map(beginning).zip(0..).collect();
    order.par_sort_unstable_by(|(a, at_a), (b, at_b)| {
        a.cmp(b).then_with(|| ids[*at_a as usize].cmp(&ids[*at_b as usize]))
    });
    order.into_iter().map(|(_, customer)| customer).collect()
}

/// Customers whose rows are made at once, on all threads.
const CUSTOMERS_AT_ONCE: usize = 1 << 14;

/// The place of each of `size` things in `order`.
fn ranks(size: usize, order: impl Iterator<Item = usize>) -> Vec<u32> {
    let mut ranks = vec![0; size];
    order.zip(0..).for_each(|(thing, rank)| ranks[thing] = rank);
    ranks
}
