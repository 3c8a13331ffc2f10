//! Who a record would be, without storing it: the records that it would be
//! compared with, how alike they are, and the customer that it would belong to.
//! The same trees, weights and partition as when it were stored.

use super::apply::owner_of;
use super::bundle::Bundle;
use super::gather::{Gathered, RowMaker};
use super::intake::Intake;
use super::keys::{RecordKeys, is_split, keys_of};
use crate::engine::clustering::{self, COMPONENT_SIZE_MAX};
use crate::engine::matching::{self, Matcher, Pair};
use crate::error::Result;
use crate::rules::{Level, Without};
use crate::store::{
    BlockPath, BlockRow, Family, Link, NormalRow, Number, Store, Terms, child_path, decode_links,
    last_refiner, root_path,
};
use compact_str::CompactString;
use hashbrown::{HashMap, HashSet};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A record that is not stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// Decides what its columns mean.
    pub source: String,
    /// Column and value.
    pub fields: Vec<(String, String)>,
    /// How many alike records are listed at most.
    pub candidates_max: usize,
}

/// Who a record would be.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Found {
    /// The customer that it would belong to; `null`: a new one.
    pub customer_id: Option<String>,
    /// Further customers that it would join to that one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub would_merge: Vec<String>,
    /// The most alike stored records, the likeliest first.
    pub candidates: Vec<Candidate>,
    /// How many stored records it was compared with.
    pub compared: u64,
}

/// A stored record that is alike.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Candidate {
    pub customer_id: String,
    pub source: String,
    pub record_id: String,
    /// Match weight in bits.
    pub weight: f32,
    pub probability: f32,
    /// `link`, `review` or `none`.
    pub band: &'static str,
    /// The decision rule that applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What each comparison with evidence on both sides added.
    pub evidence: Vec<Evidence>,
}

/// What one comparison added.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Evidence {
    pub comparison: String,
    pub level: Level,
    /// In bits.
    pub weight: f32,
}

/// Finds who each of `probes` would be, each by itself; lists as many records
/// as it asks for at most. Together they are found sooner than one by one.
///
/// # Errors
/// The store cannot be read.
pub fn probe(store: &Store, bundle: &Bundle, probes: &[Probe]) -> Result<Vec<Found>> {
    let prepared = Probing::new(store, bundle, probes);
    let candidates = prepared.candidates()?;
    let gathered = prepared.gather(candidates.iter().flatten())?;
    let matcher = bundle.matcher(&gathered.records);
    let weighed: Vec<Vec<Pair>> =
        candidates.iter().enumerate().map(|(at, others)| weighed(at, others, &gathered, &matcher)).collect();
    let joined = prepared.joined(&weighed, &gathered, &matcher)?;
    let mut found = Vec::with_capacity(probes.len());
    for ((probe, pairs), customers) in probes.iter().zip(weighed).zip(joined) {
        found.push(prepared.found(probe.candidates_max, pairs, customers, &gathered, &matcher)?);
    }
    Ok(found)
}

/// The number that stands for a probe in place of a record's; none is ever
/// given one of these.
fn number_of_probe(at: usize) -> Number {
    Number::MAX - at as Number
}

/// Records that are not stored, made ready to be compared.
struct Probing<'a> {
    store: &'a Store,
    bundle: &'a Bundle,
    terms: Terms,
    /// Per probe, what it is after normalising, and its keys.
    rows: Vec<Arc<NormalRow>>,
    keys: Vec<RecordKeys>,
}

impl<'a> Probing<'a> {
    fn new(store: &'a Store, bundle: &'a Bundle, probes: &[Probe]) -> Self {
        let mut order: Vec<usize> = (0..probes.len()).collect();
        order.sort_by_key(|at| probes.get(*at).map(|probe| &probe.source));
        let mut intake = Intake::new(bundle);
        for (place, probe) in order.iter().filter_map(|at| probes.get(*at)).enumerate() {
            let fields = probe.fields.iter().map(|(column, value)| (column.as_str(), value.as_str()));
            // No record's name has a NUL, so that none is called as a probe is.
            intake.push(&probe.source, &format!("\0{place:08}"), None, fields);
        }
        let records = intake.finish();
        let mut terms = store.terms.clone();
        let maker = RowMaker::new(&records, &mut terms);
        let mut both: Vec<(usize, Arc<NormalRow>, RecordKeys)> = keys_of(bundle, &records)
            .into_iter()
            .zip(&order)
            .enumerate()
            .map(|(place, (keys, at))| (*at, Arc::new(maker.row(&records, place)), keys))
            .collect();
        both.sort_unstable_by_key(|(at, ..)| *at);
        let (rows, keys) = both.into_iter().map(|(_, row, keys)| (row, keys)).unzip();
        Self { store, bundle, terms, rows, keys }
    }

    /// Per probe, the records that share a block with it, ascending.
    fn candidates(&self) -> Result<Vec<Vec<Number>>> {
        let mut found: Vec<HashSet<Number>> = vec![HashSet::new(); self.keys.len()];
        let mut open: Vec<(BlockPath, Option<usize>, usize)> = Vec::new();
        for (at, keys) in self.keys.iter().enumerate() {
            open.extend(keys.roots.iter().map(|&(rule, key)| (root_path(rule, key), None, at)));
        }
        while !open.is_empty() {
            open.sort_unstable();
            let paths: Vec<&BlockPath> = open.iter().map(|(path, ..)| path).collect();
            let rows = self.store.db.get_many(Family::Blocks, &paths, BlockRow::decode)?;
            let mut next = Vec::new();
            for ((path, parent, at), row) in open.iter().zip(rows) {
                let Some(row) = row else { continue };
                match (row.members, found.get_mut(*at)) {
                    (Some(members), Some(found)) => found.extend(members),
                    (None, _) if is_split(row.size as usize, *parent, self.bundle.block_size_max()) => {
                        next.extend(self.parts(path, *at).map(|part| (part, Some(row.size as usize), *at)));
                    }
                    _ => {}
                }
            }
            open = next;
        }
        let sorted = |found: HashSet<Number>| {
            let mut numbers: Vec<Number> = found.into_iter().collect();
            numbers.sort_unstable();
            numbers
        };
        Ok(found.into_iter().map(sorted).collect())
    }

    /// The parts of a large block that a probe would fall into.
    fn parts(&self, path: &BlockPath, at: usize) -> impl Iterator<Item = BlockPath> {
        let from = last_refiner(path).map_or(0, |last| last + 1);
        let refiners = self.keys.get(at).into_iter().flat_map(|keys| &keys.refiners);
        let refiners = refiners.filter(move |(refiner, _)| *refiner >= from);
        refiners.map(move |&(refiner, key)| child_path(path, refiner, key))
    }

    /// Those records and all probes, side by side.
    fn gather<'n>(&self, numbers: impl Iterator<Item = &'n Number>) -> Result<Gathered> {
        let mut numbers: Vec<Number> = numbers.copied().collect();
        numbers.sort_unstable();
        numbers.dedup();
        let rows = self.store.by_number(Family::Normals, &numbers, NormalRow::decode)?;
        let rows = numbers.iter().zip(rows).filter_map(|(number, row)| Some((*number, Arc::new(row?))));
        let mut rows: Vec<(Number, Arc<NormalRow>)> = rows.collect();
        let probes = self.rows.iter().enumerate();
        rows.extend(probes.map(|(at, row)| (number_of_probe(at), Arc::clone(row))));
        Ok(Gathered::new(&rows, &self.terms, self.bundle))
    }

    /// Per probe, the customers that it would belong to: the one that would
    /// last, and those that would be joined to it. Everything that hangs
    /// together with a probe is partitioned with it, as if it were stored.
    fn joined(
        &self,
        weighed: &[Vec<Pair>],
        gathered: &Gathered,
        matcher: &Matcher,
    ) -> Result<Vec<Vec<String>>> {
        let bits = self.bundle.bits();
        let linked = |(at, pairs): (usize, &Vec<Pair>)| -> Vec<Number> {
            let joins = |pair: &&Pair| clustering::decided(matcher, pair, bits.link) >= bits.link;
            pairs.iter().filter(joins).filter_map(|pair| other(at, gathered, pair)).collect()
        };
        let linked: Vec<Vec<Number>> = weighed.iter().enumerate().map(linked).collect();
        let mut links: HashMap<Number, Vec<Link>> = HashMap::new();
        let mut components = Vec::with_capacity(linked.len());
        for linked in &linked {
            components.push(self.component(linked, &mut links)?);
        }
        if components.iter().all(Vec::is_empty) {
            return Ok(vec![Vec::new(); weighed.len()]);
        }
        let gathered = self.gather(components.iter().flatten())?;
        let mut matcher = self.bundle.matcher(&gathered.records);
        matcher.judged = super::judge::of_records(self.store, &gathered);
        let mut joined = Vec::with_capacity(components.len());
        for (at, component) in components.iter().enumerate() {
            joined.push(match component.is_empty() {
                true => Vec::new(),
                false => self.oldest_first(&self.fellows(at, component, &links, &gathered, &matcher))?,
            });
        }
        Ok(joined)
    }

    /// Every record that hangs together with `linked`, ascending; as many as a
    /// component may have. `links` are those read so far.
    fn component(&self, linked: &[Number], links: &mut HashMap<Number, Vec<Link>>) -> Result<Vec<Number>> {
        let mut found: BTreeSet<Number> = linked.iter().copied().collect();
        let mut next: Vec<Number> = found.iter().copied().collect();
        while !next.is_empty() && found.len() < COMPONENT_SIZE_MAX {
            let unknown: Vec<Number> =
                next.iter().copied().filter(|number| !links.contains_key(number)).collect();
            let rows = self.store.by_number(Family::Links, &unknown, decode_links)?;
            links.extend(unknown.into_iter().zip(rows.into_iter().map(Option::unwrap_or_default)));
            let joined = next.iter().filter_map(|number| links.get(number)).flatten();
            let mut further: Vec<Number> = joined.filter(|link| link.joins).map(|link| link.other).collect();
            further.sort_unstable();
            further.retain(|number| found.insert(*number));
            next = further;
        }
        Ok(found.into_iter().collect())
    }

    /// The records that would be one customer with a probe.
    fn fellows(
        &self,
        at: usize,
        component: &[Number],
        links: &HashMap<Number, Vec<Link>>,
        gathered: &Gathered,
        matcher: &Matcher,
    ) -> Vec<Number> {
        let bits = self.bundle.bits();
        let mut pairs: Vec<Pair> = weighed(at, component, gathered, matcher);
        pairs.retain(|pair| matching::is_kept(pair, bits));
        for number in component {
            let Some(a) = gathered.place(*number) else { continue };
            let others = links.get(number).into_iter().flatten();
            let others = others.filter(|link| component.binary_search(&link.other).is_ok());
            let others = others.filter_map(|link| gathered.place(link.other));
            pairs.extend(others.filter(|b| *b > a).map(|b| matcher.weigh(a, b)));
        }
        pairs.sort_unstable_by_key(|pair| (pair.a, pair.b));
        let clusters = clustering::cluster(matcher, &pairs, bits.link, Without::default());
        let leader = |number: Number| {
            gathered.place(number).and_then(|place| clusters.leader_of.get(place as usize)).copied()
        };
        let own = leader(number_of_probe(at));
        component.iter().copied().filter(|number| leader(*number) == own).collect()
    }

    /// The customers of those records, the one that would last first.
    fn oldest_first(&self, fellows: &[Number]) -> Result<Vec<String>> {
        let owners = self.store.by_number(Family::Owners, fellows, owner_of)?;
        let mut ids: Vec<CompactString> = owners.into_iter().flatten().collect();
        ids.sort_unstable();
        ids.dedup();
        if let [only] = ids.as_slice() {
            return Ok(vec![only.to_string()]);
        }
        let mut aged = Vec::with_capacity(ids.len());
        for id in ids {
            let born = self.store.customer(&id)?.map_or(u64::MAX, |row| row.born);
            aged.push((born, String::from(id)));
        }
        aged.sort_unstable();
        Ok(aged.into_iter().map(|(_, id)| id).collect())
    }

    /// What is told of one probe.
    fn found(
        &self,
        candidates_max: usize,
        mut pairs: Vec<Pair>,
        customers: Vec<String>,
        gathered: &Gathered,
        matcher: &Matcher,
    ) -> Result<Found> {
        let bits = self.bundle.bits();
        let decided = |pair: &Pair| clustering::decided(matcher, pair, bits.link);
        let compared = pairs.len() as u64;
        pairs.sort_by(|a, b| decided(b).total_cmp(&decided(a)));
        pairs.truncate(candidates_max);
        // A probe's number is above all that are given.
        let stored = |pair: &Pair| {
            let number = |place: u32| gathered.numbers.get(place as usize).copied().unwrap_or(Number::MAX);
            if number(pair.a) < number(pair.b) { pair.a } else { pair.b }
        };
        let numbers: Vec<Number> =
            pairs.iter().filter_map(|pair| gathered.numbers.get(stored(pair) as usize).copied()).collect();
        let owners = self.store.by_number(Family::Owners, &numbers, owner_of)?;
        let keys = &gathered.records.keys;
        let shown = pairs.iter().zip(owners).map(|(pair, owner)| Candidate {
            customer_id: owner.unwrap_or_default().to_string(),
            source: keys.source(stored(pair) as usize).to_owned(),
            record_id: keys.id(stored(pair) as usize).to_owned(),
            weight: pair.weight.bits,
            probability: pair.weight.probability(),
            band: match decided(pair) {
                weight if weight >= bits.link => "link",
                weight if weight >= bits.review => "review",
                _ => "none",
            },
            rule: pair
                .rule
                .and_then(|rule| matcher.decisions.get(usize::from(rule)))
                .map(|rule| rule.name.clone()),
            evidence: evidence(matcher, pair),
        });
        let candidates = shown.collect();
        let mut customers = customers.into_iter();
        Ok(Found { customer_id: customers.next(), would_merge: customers.collect(), candidates, compared })
    }
}

/// The pairs of a probe and each of those records that may be one customer.
fn weighed(at: usize, others: &[Number], gathered: &Gathered, matcher: &Matcher) -> Vec<Pair> {
    let Some(own) = gathered.place(number_of_probe(at)) else { return Vec::new() };
    let others = others.iter().filter_map(|other| gathered.place(*other));
    others.filter(|&other| matcher.is_allowed(own, other)).map(|other| matcher.weigh(own, other)).collect()
}

/// The record that a pair compares with a probe.
fn other(at: usize, gathered: &Gathered, pair: &Pair) -> Option<Number> {
    let own = gathered.place(number_of_probe(at));
    let place = if own == Some(pair.a) { pair.b } else { pair.a };
    gathered.numbers.get(place as usize).copied()
}

fn evidence(matcher: &Matcher, pair: &Pair) -> Vec<Evidence> {
    let totals = matcher.waterfall(pair.a, pair.b);
    let steps = matcher.comparisons().iter().zip(totals.windows(2)).enumerate();
    steps
        .filter_map(|(at, (comparison, total))| {
            let level = pair.vector.grade(at).level();
            let &[before, after] = total else { return None };
            let comparison = comparison.name.clone();
            (level != Level::Missing).then_some(Evidence { comparison, level, weight: after - before })
        })
        .collect()
}
