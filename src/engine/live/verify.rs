//! Works everything that is derived out anew from the stored records, and
//! compares it with what is stored: normal forms, blocks, links, customers,
//! golden values, digest, change feed, and every index both ways.

use super::bundle::Bundle;
use super::customers::CustomerMaker;
use super::gather::{Gathered, RowMaker, number_of};
use super::graph::{leaders, owners};
use super::judge;
use super::keys::{self, Refining, TreeSink};
use super::pin;
use super::search;
use crate::engine::clustering;
use crate::engine::golden::Golden;
use crate::engine::matching::Matcher;
use crate::engine::progress::Silent;
use crate::error::Result;
use crate::record::NormalRecords;
use crate::rules::Without;
use crate::store::{
    BlockPath, BlockRow, CustomerRow, EventKind, EventRow, EventState, Family, Link, NameRow, NormalRow,
    Number, Row, Store, crowd_key, decode_links, name_key, word_key,
};
use compact_str::CompactString;
use hashbrown::HashMap;
use serde::Serialize;
use std::collections::BTreeMap;

/// What was found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Findings {
    pub records: u64,
    pub customers: u64,
    pub links: u64,
    pub blocks: u64,
    pub changes: u64,
    /// The digest of the partition worked out anew: equal for equal customers,
    /// whatever their ids.
    pub digest: String,
    /// What differs, by kind, with how often and an example; empty: all is well.
    pub differences: BTreeMap<&'static str, Difference>,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct Difference {
    pub count: u64,
    /// Names the first; never a value.
    pub example: String,
}

impl Findings {
    pub fn is_clean(&self) -> bool {
        self.differences.is_empty()
    }

    fn differ(&mut self, kind: &'static str, example: impl FnOnce() -> String) {
        let difference = self.differences.entry(kind).or_default();
        difference.count += 1;
        if difference.count == 1 {
            difference.example = example();
        }
    }

    fn check(&mut self, holds: bool, kind: &'static str, example: impl FnOnce() -> String) {
        if !holds {
            self.differ(kind, example);
        }
    }
}

/// Checks the whole store.
///
/// # Errors
/// The store cannot be read at all; what can be read and is wrong is a finding.
pub fn verify(store: &Store, bundle: &Bundle) -> Result<Findings> {
    let mut findings = Findings::default();
    let gathered = renormalise(store, bundle, &mut findings)?;
    findings.records = gathered.len() as u64;
    check_names(store, &gathered, &mut findings)?;
    check_blocks(store, bundle, &gathered, &mut findings)?;
    let mut matcher = bundle.blocked(&gathered.records);
    matcher.judged = judge::of_records(store, &gathered);
    let bits = bundle.bits();
    let pairs = matcher.pairs(bits, &Silent);
    findings.links = pairs.len() as u64;
    check_links(store, &gathered, &matcher, &pairs, bits.link, &mut findings)?;
    let clusters = clustering::cluster(&matcher, &pairs, bits.link, Without::default());
    let owners = owners(store, &gathered)?;
    let stored_leaders = leaders(&owners);
    for (record, (found, stored)) in clusters.leader_of.iter().zip(&stored_leaders).enumerate() {
        findings.check(found == stored, "a record's customer", || name(&gathered.records, record));
    }
    let mut golden = Golden::new(&gathered.records, &clusters.leader_of, &bundle.rules);
    golden.pin(pin::of_all(store, &gathered));
    let mut terms = store.terms.clone();
    let maker = CustomerMaker::new(&gathered.records, &golden, &gathered.numbers, &mut terms);
    findings.customers = golden.len() as u64;
    let digest = (0..golden.len()).fold(0u128, |sum, customer| sum.wrapping_add(maker.digest(customer)));
    findings.digest = format!("{digest:032x}");
    let counters = store.counters;
    findings.check(counters.digest == digest, "the digest", || "stored digest".to_owned());
    findings.check(counters.records == findings.records, "the count of records", String::new);
    findings.check(counters.customers == findings.customers, "the count of customers", String::new);
    let states = check_customers(store, &maker, &owners, &mut findings)?;
    check_feed(store, states, &mut findings)?;
    check_journal(store, &mut findings)?;
    Ok(findings)
}

fn name(records: &NormalRecords, record: usize) -> String {
    format!("{}:{}", records.keys.source(record), records.keys.id(record))
}

/// The records, normalised anew from what came, and compared.
fn renormalise(store: &Store, bundle: &Bundle, findings: &mut Findings) -> Result<Gathered> {
    let gathered = Gathered::from_raw(store, bundle)?;
    let mut terms = store.terms.clone();
    let rows = RowMaker::new(&gathered.records, &mut terms);
    let mut seen = 0;
    store.db.scan(Family::Normals, &[], &[], |key, value| {
        let number = number_of(key)?;
        seen += 1;
        match gathered.place(number) {
            None => findings.differ("a normalised record without its record", || number.to_string()),
            Some(place) => {
                let same = NormalRow::decode(value)? == rows.row(&gathered.records, place as usize);
                findings.check(same, "a normalised record", || name(&gathered.records, place as usize));
            }
        }
        Ok(true)
    })?;
    findings.check(seen == gathered.len(), "a record without its normalised form", || seen.to_string());
    Ok(gathered)
}

fn check_names(store: &Store, gathered: &Gathered, findings: &mut Findings) -> Result<()> {
    let keys = &gathered.records.keys;
    let mut named = 0;
    store.db.scan(Family::Names, &[], &[], |key, value| {
        let Some(number) = NameRow::decode(value)?.number else { return Ok(true) };
        named += 1;
        let right = gathered.place(number).is_some_and(|place| {
            key == name_key(keys.source(place as usize), keys.id(place as usize)).as_slice()
        });
        findings.check(right, "a name without its record", || number.to_string());
        Ok(true)
    })?;
    findings.check(named == gathered.len(), "a record without its name", || named.to_string());
    Ok(())
}

/// Every block tree is made anew and compared row by row.
fn check_blocks(store: &Store, bundle: &Bundle, gathered: &Gathered, findings: &mut Findings) -> Result<()> {
    let all = keys::keys_of(bundle, &gathered.records);
    let none: &[(u8, u32)] = &[];
    let keys_of =
        |number: Number| gathered.place(number).map_or(none, |place| all[place as usize].refiners.as_slice());
    let refining = Refining { size_max: bundle.block_size_max(), keys_of: &keys_of };
    for rule in 0..bundle.keys().len() as u16 {
        let mut entries: Vec<(u32, Number)> = Vec::new();
        for (place, keys) in all.iter().enumerate() {
            let of_rule = keys.roots.iter().filter(|(of, _)| *of == rule);
            entries.extend(of_rule.map(|&(_, key)| (key, gathered.numbers[place])));
        }
        entries.sort_unstable();
        let prefix = rule.to_be_bytes();
        let mut compared = Compared {
            blocks: store.db.rows(Family::Blocks, &prefix).peekable(),
            crowds: store.db.rows(Family::Crowds, &prefix).peekable(),
            findings,
        };
        for block in entries.chunk_by(|a, b| a.0 == b.0) {
            let members: Vec<Number> = block.iter().map(|&(_, number)| number).collect();
            refining.root(rule, block[0].0, &members, &mut compared)?;
        }
        while compared.blocks.next().transpose()?.is_some() {
            compared.findings.differ("a block that should not be there", || format!("of key {rule}"));
        }
        while compared.crowds.next().transpose()?.is_some() {
            compared.findings.differ("a member of no large block", || format!("of key {rule}"));
        }
    }
    Ok(())
}

/// Compares trees with the stored rows as they come.
struct Compared<'a, B: Iterator<Item = Result<Row>>, C: Iterator<Item = Result<Row>>> {
    blocks: std::iter::Peekable<B>,
    crowds: std::iter::Peekable<C>,
    findings: &'a mut Findings,
}

impl<B: Iterator<Item = Result<Row>>, C: Iterator<Item = Result<Row>>> TreeSink for Compared<'_, B, C> {
    fn block(&mut self, path: &BlockPath, members: &[Number]) -> Result<()> {
        let row = BlockRow { size: members.len() as u32, members: Some(members.into()) };
        self.compare(path, &row)
    }

    fn large(&mut self, path: &BlockPath, size: usize) -> Result<()> {
        self.compare(path, &BlockRow { size: size as u32, members: None })
    }

    fn crowd(&mut self, path: &BlockPath, members: &[Number]) -> Result<()> {
        for &member in members {
            let key = crowd_key(path, member);
            let found = next_at(&mut self.crowds, &key, "a member of no large block", self.findings)?;
            self.findings.check(found.is_some(), "a large block's member", || member.to_string());
        }
        Ok(())
    }
}

impl<B: Iterator<Item = Result<Row>>, C: Iterator<Item = Result<Row>>> Compared<'_, B, C> {
    fn compare(&mut self, path: &BlockPath, row: &BlockRow) -> Result<()> {
        self.findings.blocks += 1;
        let place = || format!("at {path:02x?}");
        match next_at(&mut self.blocks, path, "a block that should not be there", self.findings)? {
            Some(value) => self.findings.check(BlockRow::decode(&value)? == *row, "a block's members", place),
            None => self.findings.differ("a block that is missing", place),
        }
        Ok(())
    }
}

/// The row at `key`, if it is the next; rows before it are `stray`.
fn next_at(
    rows: &mut std::iter::Peekable<impl Iterator<Item = Result<Row>>>,
    key: &[u8],
    stray: &'static str,
    findings: &mut Findings,
) -> Result<Option<Box<[u8]>>> {
    while let Some(row) = rows.next_if(|row| row.as_ref().map_or(true, |(found, _)| **found <= *key)) {
        let (found, value) = row?;
        if *found == *key {
            return Ok(Some(value));
        }
        findings.differ(stray, || format!("at {found:02x?}"));
    }
    Ok(None)
}

fn check_links(
    store: &Store,
    gathered: &Gathered,
    matcher: &Matcher,
    pairs: &[crate::engine::matching::Pair],
    link_bits: f32,
    findings: &mut Findings,
) -> Result<()> {
    let mut expected: HashMap<Number, Vec<Link>> = HashMap::new();
    for pair in pairs {
        let joins = clustering::decided(matcher, pair, link_bits) >= link_bits;
        let (a, b) = (gathered.numbers[pair.a as usize], gathered.numbers[pair.b as usize]);
        for (from, to) in [(a, b), (b, a)] {
            expected.entry(from).or_default().push(Link { other: to, bits: pair.weight.bits, joins });
        }
    }
    expected.values_mut().for_each(|links| links.sort_unstable_by_key(|link| link.other));
    store.db.scan(Family::Links, &[], &[], |key, value| {
        let number = number_of(key)?;
        let same = expected
            .remove(&number)
            .is_some_and(|links| decode_links(value).is_ok_and(|stored| stored == links));
        let named = || {
            gathered
                .place(number)
                .map_or_else(|| number.to_string(), |place| name(&gathered.records, place as usize))
        };
        findings.check(same, "a record's links", named);
        Ok(true)
    })?;
    for number in expected.keys() {
        findings.differ("links that are missing", || number.to_string());
    }
    Ok(())
}

/// Compares the customers' rows; returns each stored customer's state.
fn check_customers(
    store: &Store,
    maker: &CustomerMaker,
    owners: &[CompactString],
    findings: &mut Findings,
) -> Result<HashMap<CompactString, EventState>> {
    let mut expected: HashMap<&str, usize> = HashMap::new();
    for customer in 0..maker.golden.len() {
        let first = maker.golden.members(customer)[0] as usize;
        let twice = expected.insert(owners[first].as_str(), customer).is_some();
        findings.check(!twice, "two customers of one id", || owners[first].to_string());
    }
    let mut states = HashMap::new();
    let mut words: Vec<Vec<u8>> = Vec::new();
    store.db.scan(Family::Customers, &[], &[], |key, value| {
        let id: CompactString = String::from_utf8_lossy(key).into();
        let row = CustomerRow::decode(value)?;
        let Some(customer) = expected.remove(id.as_str()) else {
            findings.differ("a customer without records", || id.to_string());
            return Ok(true);
        };
        findings.check(maker.row(customer, row.born) == row, "a customer's row", || id.to_string());
        words.extend(search::words_of(&row, &store.terms).iter().map(|word| word_key(word, &id)));
        states.insert(id, maker.state(customer, &row, &store.terms));
        Ok(true)
    })?;
    check_words(store, words, findings)?;
    for id in expected.keys() {
        findings.differ("a customer that is missing", || (*id).to_owned());
    }
    Ok(states)
}

/// Every customer stands under the words of its golden values, and no other.
fn check_words(store: &Store, mut expected: Vec<Vec<u8>>, findings: &mut Findings) -> Result<()> {
    expected.sort_unstable();
    let mut expected = expected.into_iter().peekable();
    store.db.scan(Family::Words, &[], &[], |key, _| {
        while expected.next_if(|next| next.as_slice() < key).is_some() {
            findings.differ("a word that a customer is not found by", String::new);
        }
        let is_next = expected.next_if(|next| next.as_slice() == key).is_some();
        findings.check(is_next, "a word of no customer", String::new);
        Ok(true)
    })?;
    expected.for_each(|_| findings.differ("a word that a customer is not found by", String::new));
    Ok(())
}

/// The journal has no gap, and ends where the counters say.
fn check_journal(store: &Store, findings: &mut Findings) -> Result<()> {
    let mut next = None;
    store.entries(0, |number, _| {
        findings.check(next.is_none_or(|next| next == number), "a gap in the journal", || {
            format!("before {number}")
        });
        next = Some(number + 1);
        Ok(true)
    })?;
    let is_right = next.is_none_or(|next| next == store.counters.journal);
    findings.check(is_right, "the count of the journal", || store.counters.journal.to_string());
    Ok(())
}

/// The feed has no gap, and replaying it gives the customers.
fn check_feed(
    store: &Store,
    mut states: HashMap<CompactString, EventState>,
    findings: &mut Findings,
) -> Result<()> {
    let mut latest: HashMap<CompactString, Option<EventState>> = HashMap::new();
    let mut next = 1;
    store.db.scan(Family::Feed, &[], &[], |key, value| {
        let sequence = crate::store::Reader::new("change", key).key_wide()?;
        findings.check(sequence == next, "a gap in the change feed", || format!("before {sequence}"));
        next = sequence + 1;
        let event = EventRow::decode(value)?;
        let gone = matches!(event.kind, EventKind::Retired | EventKind::Erased);
        latest.insert(event.customer, if gone { None } else { event.state });
        Ok(true)
    })?;
    findings.changes = next - 1;
    findings.check(store.counters.last_change + 1 == next, "the count of changes", || next.to_string());
    for (id, state) in latest {
        let stored = states.remove(&id);
        findings.check(stored == state, "a customer that the feed tells otherwise", || id.to_string());
    }
    for id in states.keys() {
        findings.differ("a customer that the feed does not tell of", || id.to_string());
    }
    Ok(())
}
