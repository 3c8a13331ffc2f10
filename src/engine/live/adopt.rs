//! Takes a model bundle into force over the whole store: every record is
//! normalised, blocked, weighed and clustered anew, and customers keep their
//! ids by overlap. Seen first as a comparison; then worked in whole, even where
//! the process is killed in between. Learning the model is `retrain`'s work.

use super::Graph;
use super::apply::{Telling, Told};
use super::bundle::Bundle;
use super::customers::CustomerMaker;
use super::derived::{Derived, by_number};
use super::gather::{Gathered, RowMaker};
use super::identity::Former;
use super::judge;
use super::operation::Change;
use super::pin;
use super::search;
use super::witness::Witness;
use crate::engine::clustering;
use crate::engine::golden::Golden;
use crate::engine::matching::{Matcher, Pair};
use crate::engine::progress::{Progress, Silent};
use crate::error::Result;
use crate::store::{
    Batch, CustomerRow, EventKind, EventRow, EventState, Family, NameRow, Number, Pending, Store, name_key,
};
use compact_str::CompactString;
use hashbrown::HashMap;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What a bundle changes about the customers.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Adoption {
    pub version: u32,
    pub records: u64,
    pub customers_before: u64,
    pub customers: u64,
    /// How many changes there are of each kind.
    pub kinds: BTreeMap<&'static str, u64>,
    #[serde(skip)]
    pub changes: Vec<Change>,
}

/// Everything that follows from the records under a bundle.
struct Worked<'a> {
    matcher: Matcher<'a>,
    pairs: Vec<Pair>,
    golden: Golden,
}

impl Graph {
    /// What `bundle` would change; nothing is changed.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn compare(&mut self, bundle: Bundle, now: i64) -> Result<Adoption> {
        let (counters, terms) = (self.store.counters, self.store.terms.clone());
        let before = std::mem::replace(&mut self.bundle, bundle.into());
        let mut told = Told::of("comparison".into(), now);
        let found = self.work_anew(&mut Batch::default(), &mut told, false, &Silent);
        self.bundle = before;
        (self.store.counters, self.store.terms) = (counters, terms);
        found
    }

    /// What `bundle` would change, each change as `witness` keeps it. The graph
    /// in hand is of no further use; nothing is written.
    ///
    /// # Errors
    /// The store cannot be read.
    pub(super) fn foresee(
        mut self,
        bundle: Bundle,
        witness: Witness,
        now: i64,
        progress: &dyn Progress,
    ) -> Result<(Adoption, Witness, Store)> {
        self.bundle = bundle.into();
        let mut told = Told::of("comparison".into(), now);
        told.witness = Some(witness);
        let found = self.work_anew(&mut Batch::default(), &mut told, false, progress)?;
        Ok((found, told.witness.unwrap_or_default(), self.store))
    }

    /// Takes `bundle` into force; when this returns, it is on disk.
    ///
    /// # Errors
    /// The store cannot be read or written. What was begun is completed when
    /// the store is opened next.
    pub fn adopt(&mut self, bundle: Bundle, cause: &str, now: i64) -> Result<Adoption> {
        self.adopt_with(bundle, cause, now, |_, _| {})
    }

    /// As [`Graph::adopt`]; what `more` adds is written together with the note
    /// that the change is being made.
    pub(super) fn adopt_with(
        &mut self,
        bundle: Bundle,
        cause: &str,
        now: i64,
        more: impl FnOnce(&Store, &mut Batch),
    ) -> Result<Adoption> {
        let mut batch = Batch::default();
        bundle.put(&self.store, &mut batch)?;
        more(&self.store, &mut batch);
        let pending = Pending { version: bundle.version, cause: cause.to_owned(), at: now };
        self.store.put_pending(&mut batch, Some(&pending));
        self.store.db.commit(batch)?;
        self.complete(pending)
    }

    /// Completes what an interrupted process began.
    pub(super) fn complete_pending(&mut self) -> Result<()> {
        match self.store.pending()? {
            Some(pending) => self.complete(pending).map(|_| ()),
            None => Ok(()),
        }
    }

    fn complete(&mut self, pending: Pending) -> Result<Adoption> {
        self.hot = super::Hot::default();
        self.bundle = Bundle::of_version(&self.store, pending.version)?.into();
        let mut batch = Batch::default();
        let mut told = Told::of(pending.cause.as_str().into(), pending.at);
        if pending.is_repair() {
            self.mend_primary(&mut batch)?;
            self.store.db.clear(Family::Words)?;
            told.latest = Some(latest_told(&self.store)?);
        }
        let found = self.work_anew(&mut batch, &mut told, true, &Silent)?;
        self.store.put_pending(&mut batch, None);
        self.store.counters.model = pending.version;
        self.commit(batch)?;
        Ok(found)
    }

    /// Works all that is derived out anew from the records as they came, under
    /// the bundle in force, so that `verify` finds nothing.
    ///
    /// # Errors
    /// A record itself cannot be read, or the store cannot be written.
    pub fn repair(&mut self, now: i64) -> Result<Adoption> {
        let mut batch = Batch::default();
        let pending = Pending::repair(self.bundle.version, now);
        self.store.put_pending(&mut batch, Some(&pending));
        self.store.db.commit(batch)?;
        self.complete(pending)
    }

    /// Works everything out under the bundle in hand. With `is_applied` the
    /// derived families are replaced on disk; what became of customers goes to
    /// `batch`.
    fn work_anew(
        &mut self,
        batch: &mut Batch,
        told: &mut Told,
        is_applied: bool,
        progress: &dyn Progress,
    ) -> Result<Adoption> {
        let bundle = self.bundle.clone();
        progress.begin("normalise", None);
        let gathered = Gathered::from_raw(&self.store, &bundle)?;
        let worked = work_out(&self.store, &bundle, &gathered, progress);
        progress.begin("compare customers", None);
        if is_applied {
            self.replace_derived(&bundle, &gathered, &worked)?;
        }
        let former = self.all_former(&gathered, batch, told)?;
        let customers_before = former.len() as u64;
        self.store.counters.records = gathered.len() as u64;
        self.store.counters.customers = customers_before;
        self.store.counters.digest = 0;
        self.identify(&former, &gathered, &worked.golden, batch, told)?;
        if told.latest.is_some() {
            self.put_all_words(&worked.golden, &gathered, batch, told);
        }
        self.retire_mistold(batch, told);
        let changes = std::mem::take(&mut told.changes);
        let mut kinds = BTreeMap::new();
        changes.iter().for_each(|change| *kinds.entry(change.kind).or_default() += 1);
        Ok(Adoption {
            version: bundle.version,
            records: gathered.len() as u64,
            customers_before,
            customers: worked.golden.len() as u64,
            kinds,
            changes,
        })
    }

    /// Replaces normal forms, block trees and kept pairs on disk.
    fn replace_derived(&mut self, bundle: &Bundle, gathered: &Gathered, worked: &Worked) -> Result<()> {
        let rows = RowMaker::new(&gathered.records, &mut self.store.terms);
        let mut batch = Batch::default();
        let Store { db, terms, .. } = &mut self.store;
        terms.write(db, &mut batch);
        db.commit(batch)?;
        let order = by_number(&gathered.numbers);
        let bulk = self.store.db.bulk()?;
        let derived = Derived {
            bulk: &bulk,
            bundle,
            records: &gathered.records,
            numbers: &gathered.numbers,
            by_number: &order,
        };
        let mut files = derived.blocks()?;
        files.extend(derived.normals(&rows)?);
        files.extend(derived.links(&worked.matcher, &worked.pairs, bundle.bits())?);
        drop(bulk);
        let families = [Family::Normals, Family::Blocks, Family::Crowds, Family::Links];
        families.into_iter().try_for_each(|family| self.store.db.clear(family))?;
        self.store.db.ingest(files)
    }

    /// All customers as they were. One whose row is lost is known by its
    /// records; records that are gone own nothing.
    fn all_former(&self, gathered: &Gathered, batch: &mut Batch, told: &mut Told) -> Result<Vec<Former>> {
        let db = &self.store.db;
        let mut members: BTreeMap<CompactString, Vec<(u32, Number)>> = BTreeMap::new();
        db.scan(Family::Owners, &[], &[], |key, value| {
            let (number, owner) = (super::gather::number_of(key)?, super::apply::owner_of(value)?);
            match gathered.place(number) {
                None => db.delete(batch, Family::Owners, key),
                Some(place) => {
                    members.entry(owner.clone()).or_default().push((place, number));
                    told.former_owners.insert(number, owner);
                }
            }
            Ok(true)
        })?;
        let mut rows: BTreeMap<CompactString, CustomerRow> = BTreeMap::new();
        db.scan(Family::Customers, &[], &[], |key, value| {
            let id: CompactString = String::from_utf8_lossy(key).into();
            let row = CustomerRow::decode(value).unwrap_or_default();
            rows.insert(id, row);
            Ok(true)
        })?;
        for (id, mut of_customer) in members {
            of_customer.sort_unstable();
            let row = rows.entry(id).or_default();
            if row.members.is_empty() {
                row.members = of_customer.into_iter().map(|(_, number)| number).collect();
            }
        }
        Ok(rows.into_iter().map(|(id, row)| Former { id, row }).collect())
    }

    /// Puts what names and counters must be right for everything else, by the
    /// records that are there.
    fn mend_primary(&mut self, batch: &mut Batch) -> Result<()> {
        let gathered = Gathered::from_raw(&self.store, &self.bundle)?;
        let keys = &gathered.records.keys;
        let mut named = vec![false; gathered.len()];
        let db = &self.store.db;
        db.scan(Family::Names, &[], &[], |key, value| {
            let row = NameRow::decode(value).unwrap_or_default();
            let place = row.number.and_then(|number| gathered.place(number)).map(|place| place as usize);
            let right = place.filter(|&place| key == name_key(keys.source(place), keys.id(place)).as_slice());
            match right {
                Some(place) => named[place] = true,
                None if row.number.is_some() => {
                    db.put(batch, Family::Names, key, &NameRow { number: None, at: row.at }.encode());
                }
                None => {}
            }
            Ok(true)
        })?;
        for place in (0..gathered.len()).filter(|&place| !named[place]) {
            let row = NameRow { number: Some(gathered.numbers[place]), at: None };
            db.put(batch, Family::Names, &name_key(keys.source(place), keys.id(place)), &row.encode());
        }
        let next = gathered.numbers.iter().max().map_or(0, |number| number.saturating_add(1));
        self.store.counters.next_number = self.store.counters.next_number.max(next);
        let last = self.store.db.last(Family::Feed, &[])?;
        let last = last.map_or(Ok(0), |(key, _)| crate::store::Reader::new("change", &key).key_wide())?;
        self.store.counters.last_change = last;
        Ok(())
    }

    /// The words of every customer, where those that are stored are not trusted.
    fn put_all_words(&self, golden: &Golden, gathered: &Gathered, batch: &mut Batch, told: &Told) {
        let mut terms = self.store.terms.clone();
        let maker = CustomerMaker::new(&gathered.records, golden, &gathered.numbers, &mut terms);
        for customer in 0..golden.len() {
            let row = maker.row(customer, 0);
            let owner = row.members.first().and_then(|member| told.owner(*member));
            if let Some(id) = owner {
                let words = search::words_of(&row, &terms);
                search::put_words(&self.store, batch, id, &BTreeSet::new(), &words);
            }
        }
    }

    /// Retires customers of which the feed tells, and which are none.
    fn retire_mistold(&mut self, batch: &mut Batch, told: &mut Told) {
        let Some(latest) = told.latest.take() else { return };
        let current: hashbrown::HashSet<CompactString> = told.owners().cloned().collect();
        let mut gone: Vec<CompactString> = latest.into_keys().filter(|id| !current.contains(id)).collect();
        gone.retain(|id| told.changes.iter().all(|change| change.customer_id != *id));
        gone.sort_unstable();
        let mut tell = Telling { graph: self, batch, told };
        for id in gone {
            tell.event(EventKind::Retired, &id, Vec::new(), None);
        }
    }
}

fn work_out<'a>(
    store: &Store,
    bundle: &'a Bundle,
    gathered: &'a Gathered,
    progress: &dyn Progress,
) -> Worked<'a> {
    let bits = bundle.bits();
    progress.begin("block", None);
    let mut matcher = bundle.blocked(&gathered.records);
    matcher.judged = judge::of_records(store, gathered);
    progress.begin("compare", Some(gathered.len() as u64));
    let pairs = matcher.pairs(bits, progress);
    progress.begin("cluster", None);
    let clusters = clustering::cluster(&matcher, &pairs, bits.link, true);
    let mut golden = Golden::new(&gathered.records, &clusters.leader_of, &bundle.rules);
    golden.pin(pin::of_all(store, gathered));
    Worked { matcher, pairs, golden }
}

/// The latest state that the feed tells of each customer that is none of it
/// retired; what cannot be read tells nothing.
fn latest_told(store: &Store) -> Result<HashMap<CompactString, EventState>> {
    let mut latest: HashMap<CompactString, EventState> = HashMap::new();
    store.db.scan(Family::Feed, &[], &[], |_, value| {
        if let Ok(event) = EventRow::decode(value) {
            let is_gone = matches!(event.kind, EventKind::Retired | EventKind::Erased);
            match event.state.filter(|_| !is_gone) {
                Some(state) => drop(latest.insert(event.customer, state)),
                None => drop(latest.remove(&event.customer)),
            }
        }
        Ok(true)
    })?;
    Ok(latest)
}
