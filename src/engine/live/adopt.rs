//! Takes a model bundle into force over the whole store: every record is
//! normalised, blocked, weighed and clustered anew, and customers keep their
//! ids by overlap. Seen first as a comparison; then worked in whole, even where
//! the process is killed in between. What a change does not reach is left as it
//! is. Learning the model is `retrain`'s work.

use super::Graph;
use super::bundle::Bundle;
use super::compared::{Compared, Shelf};
use super::customers::CustomerMaker;
use super::derived::{Derived, by_number};
use super::gather::{Gathered, RowMaker};
use super::identity::Former;
use super::judge;
use super::operation::Change;
use super::pin;
use super::reach::Reach;
use super::rows;
use super::search;
use super::told::{Telling, Told};
use super::witness::Witness;
use crate::engine::clustering;
use crate::engine::golden::Golden;
use crate::engine::matching::{Matcher, Pair};
use crate::engine::progress::{Progress, Silent};
use crate::error::Result;
use crate::rules::Without;
use crate::store::{
    Batch, CustomerRow, Deed, EventKind, EventRow, EventState, Family, NameRow, NormalRow, Number, Pending,
    Store, name_key,
};
use compact_str::CompactString;
use hashbrown::HashMap;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

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

/// How a bundle is tried out, or taken into force.
pub(super) struct Trial<'a> {
    pub reach: Reach,
    pub is_applied: bool,
    /// The weight from which on the store's links have every pair, where they
    /// are to be gone by.
    pub kept_from: Option<f32>,
    /// Where compared pairs stand between trials.
    pub shelf: Option<&'a Shelf>,
    pub progress: &'a dyn Progress,
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
        let reach = Reach::between(&self.bundle, &bundle);
        let kept_from = Some(self.bundle.bits().review);
        let before = std::mem::replace(&mut self.bundle, bundle.into());
        let mut told = Told::of("comparison".into(), now);
        let trial = Trial { reach, is_applied: false, kept_from, shelf: None, progress: &Silent };
        let found = self.work(&mut Batch::default(), &mut told, &trial);
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
        trial: &Trial,
    ) -> Result<(Adoption, Witness, Store)> {
        self.bundle = bundle.into();
        let mut told = Told::of("comparison".into(), now);
        told.witness = Some(witness);
        let found = self.work(&mut Batch::default(), &mut told, trial)?;
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
        self.complete(pending, false)
    }

    /// Completes what an interrupted process began.
    pub(super) fn complete_pending(&mut self) -> Result<()> {
        match self.store.pending()? {
            Some(pending) => self.complete(pending, true).map(|_| ()),
            None => Ok(()),
        }
    }

    fn complete(&mut self, pending: Pending, is_resumed: bool) -> Result<Adoption> {
        self.hot = super::Hot::default();
        let bundle: Arc<Bundle> = Bundle::of_version(&self.store, pending.version)?.into();
        let former = std::mem::replace(&mut self.bundle, bundle);
        let mut trial =
            Trial { reach: Reach::ALL, is_applied: true, kept_from: None, shelf: None, progress: &Silent };
        // What an interrupted process left of derived rows is not trusted.
        if !pending.is_repair() && !is_resumed {
            trial.reach = Reach::between(&former, &self.bundle);
        }
        let mut batch = Batch::default();
        let mut told = Told::of(pending.cause.as_str().into(), pending.at);
        if pending.is_repair() {
            self.mend_primary(&mut batch)?;
            self.store.db.clear(Family::Words)?;
            told.latest = Some(latest_told(&self.store)?);
        }
        let found = self.work(&mut batch, &mut told, &trial)?;
        self.store.put_pending(&mut batch, None);
        self.store.counters.model = pending.version;
        if !pending.is_repair() {
            self.store.put_entry(&mut batch, pending.at, Deed::Model(pending.version, pending.cause));
        }
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
        self.complete(pending, false)
    }

    /// Works out what the bundle in hand changes, as far as it reaches. Where it
    /// is applied the derived families are replaced on disk; what became of
    /// customers goes to `batch`.
    fn work(&mut self, batch: &mut Batch, told: &mut Told, trial: &Trial) -> Result<Adoption> {
        let records = self.store.counters.records;
        let customers_before = self.store.counters.customers;
        match trial.reach {
            Reach { records: true, .. } => return self.work_anew(batch, told, trial),
            reach if reach.is_nothing() => {}
            _ => self.work_again(batch, told, trial)?,
        }
        Ok(self.adoption(records, customers_before, told))
    }

    fn adoption(&self, records: u64, customers_before: u64, told: &mut Told) -> Adoption {
        let changes = std::mem::take(&mut told.changes);
        let mut kinds = BTreeMap::new();
        changes.iter().for_each(|change| *kinds.entry(change.kind).or_default() += 1);
        let customers = self.store.counters.customers;
        Adoption { version: self.bundle.version, records, customers_before, customers, kinds, changes }
    }

    /// As [`Graph::work_anew`], where records stay what they are: pairs are
    /// weighed anew, those compared before without being compared again, and
    /// only customers of which other records or values come are looked at.
    fn work_again(&mut self, batch: &mut Batch, told: &mut Told, trial: &Trial) -> Result<()> {
        let Trial { reach, progress, .. } = *trial;
        let bundle = self.bundle.clone();
        let found = trial.shelf.filter(|_| !reach.pairs).and_then(|shelf| shelf.found(&self.store));
        // The stored links have every pair that a higher threshold may link.
        let by_links = found.is_none() && !reach.weights && trial.kept_from <= Some(bundle.bits().link);
        let by_links = by_links && trial.kept_from.is_some();
        let compared = match (found, trial.shelf) {
            (Some(found), _) => found,
            _ if !reach.regroups() || by_links => {
                Compared::uncompared(&self.store, &bundle, progress)?.into()
            }
            (None, Some(shelf)) if !reach.pairs => shelf.get(&self.store, &bundle, progress)?,
            _ => Compared::new(&self.store, &bundle, progress)?.into(),
        };
        let gathered = &compared.gathered;
        let mut leader_of = None;
        if reach.regroups() {
            progress.begin("cluster", None);
            let mut matcher = bundle.matcher(&gathered.records);
            matcher.judged = judge::of_records(&self.store, gathered);
            let pairs = match by_links {
                true => compared.kept_pairs(&self.store, &matcher)?,
                false => compared.pairs(&matcher, &bundle),
            };
            leader_of =
                Some(clustering::cluster(&matcher, &pairs, bundle.bits().link, Without::default()).leader_of);
            if trial.is_applied {
                self.replace(&bundle, gathered, &matcher, &pairs, reach)?;
            }
        }
        progress.begin("compare customers", None);
        let leader_of = leader_of.as_deref().unwrap_or(&compared.leader_of);
        let concerned: Vec<u32> = match reach.golden {
            true => (0..gathered.len() as u32).collect(),
            false => regrouped(&compared.leader_of, leader_of),
        };
        let numbers: Vec<Number> = concerned.iter().map(|&place| gathered.numbers[place as usize]).collect();
        let normals = rows::by_number(&self.store, Family::Normals, &numbers, NormalRow::decode)?;
        let normals: Vec<_> =
            numbers.iter().zip(normals).filter_map(|(number, row)| Some((*number, row?.into()))).collect();
        let part = Gathered::new(&normals, &self.store.terms, &bundle);
        let place = |leader: u32| concerned.binary_search(&leader).unwrap_or_default() as u32;
        let leader_of: Vec<u32> = concerned.iter().map(|&record| place(leader_of[record as usize])).collect();
        let mut golden = Golden::new(&part.records, &leader_of, &bundle.rules);
        let is_there = |(source, id): &judge::Name| Ok(self.store.name(source, id)?.number.is_some());
        golden.pin(pin::of_records(&self.store, &part, is_there)?);
        let former = self.former(&[], &part, told)?;
        self.identify(&former, &part, &golden, batch, told)
    }

    /// Works everything out from the records as they came.
    fn work_anew(&mut self, batch: &mut Batch, told: &mut Told, trial: &Trial) -> Result<Adoption> {
        let progress = trial.progress;
        let bundle = self.bundle.clone();
        progress.begin("normalise", None);
        let gathered = Gathered::from_raw(&self.store, &bundle)?;
        let worked = work_out(&self.store, &bundle, &gathered, progress);
        progress.begin("compare customers", None);
        if trial.is_applied {
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
        Ok(self.adoption(gathered.len() as u64, customers_before, told))
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

    /// Replaces kept pairs on disk, and block trees where they are others.
    fn replace(
        &self,
        bundle: &Bundle,
        gathered: &Gathered,
        matcher: &Matcher,
        pairs: &[Pair],
        reach: Reach,
    ) -> Result<()> {
        let order = by_number(&gathered.numbers);
        let bulk = self.store.db.bulk()?;
        let (records, numbers) = (&gathered.records, gathered.numbers.as_slice());
        let derived = Derived { bulk: &bulk, bundle, records, numbers, by_number: &order };
        let mut files = derived.links(matcher, pairs, bundle.bits())?;
        let mut families = vec![Family::Links];
        if reach.pairs {
            files.extend(derived.blocks()?);
            families.extend([Family::Blocks, Family::Crowds]);
        }
        drop(bulk);
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
        let mut tell = Telling::new(self, batch, told);
        for id in gone {
            tell.event(EventKind::Retired, &id, Vec::new(), None);
        }
    }
}

/// The records whose customer is made up of others than before, ascending, and
/// all that were or are one with them.
fn regrouped(before: &[u32], after: &[u32]) -> Vec<u32> {
    let mut concerned = [vec![false; before.len()], vec![false; before.len()]];
    for (old, new) in before.iter().zip(after).filter(|(old, new)| old != new) {
        concerned[0][*old as usize] = true;
        concerned[1][*new as usize] = true;
    }
    let is_concerned = |record: &u32| {
        let at = *record as usize;
        concerned[0][before[at] as usize] || concerned[1][after[at] as usize]
    };
    (0..before.len() as u32).filter(is_concerned).collect()
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
    let clusters = clustering::cluster(&matcher, &pairs, bits.link, Without::default());
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

#[cfg(test)]
mod tests {
    use super::regrouped;

    #[test]
    fn whole_groups_are_concerned() {
        assert_eq!(regrouped(&[0, 0, 2, 3, 3], &[0, 0, 2, 3, 3]), [0u32; 0]);
        assert_eq!(regrouped(&[0, 0, 2, 3, 3], &[0, 1, 2, 3, 3]), [0, 1]);
        // The third record moves between groups that others stay in.
        assert_eq!(regrouped(&[0, 0, 0, 3, 3, 5], &[0, 0, 2, 2, 2, 5]), [0, 1, 2, 3, 4]);
        assert_eq!(regrouped(&[0, 1, 1, 3], &[0, 0, 0, 3]), [0, 1, 2]);
    }
}
