//! Reads and writes the rows of the `blocks` family where they stand: those of
//! whole blocks, of which there are dozens a record, in pages and in changes on
//! their way there; those of parts of large blocks, of which there are few, as
//! rows of the database. Whoever uses the family sees rows and nothing of this.

use super::batch::InFlight;
use super::db::{Db, Row};
use super::family::Family;
use super::packed::{Held, Packed, Page, PageMaker, changed_rows, root_key, root_path_of};
use super::roots::{Due, Going, Layout, Roots, layout_key, page_key, page_of};
use crate::error::Result;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

/// Where the rows of whole blocks stand now, for all who share a database.
#[derive(Default)]
pub struct RootsNow {
    /// Read when it is first asked for.
    now: RwLock<Option<Arc<Roots>>>,
    /// Held by whoever writes, and by whoever must see what is written and what
    /// is held in memory at the same moment.
    writing: Mutex<()>,
    /// Changes that may be held, where it is said; 0: as the store's size has it.
    changes_max: AtomicU64,
}

/// Where they stood at a moment; read when it is first asked for where nobody
/// knew then.
pub type RootsThen = OnceLock<Arc<Roots>>;

/// The keys of one change, about: of fewer, pages are looked into where they
/// stand, since copies of pages that are asked for one row each take longer than
/// finding them one by one.
const FEW_KEYS: usize = 192;

/// One row to be written or taken away.
pub struct Put {
    pub family: Family,
    pub key: Vec<u8>,
    pub value: Option<Vec<u8>>,
}

/// What is written, and where rows stand after it.
pub struct Step {
    pub puts: Vec<Put>,
    /// Pages that were given up: those of a rule and of so many bits.
    pub given_up: Vec<(u16, u8)>,
    /// Stored changes before this one are in pages.
    pub until: Option<u64>,
    after: Roots,
}

impl Step {
    fn new(roots: &Roots) -> Self {
        Self { puts: Vec::new(), given_up: Vec::new(), until: None, after: roots.clone() }
    }

    /// Whether all pages are written that were to be.
    pub fn is_last(&self) -> bool {
        self.after.is_written()
    }

    /// Notes that changes are in pages which are safe.
    fn end(&mut self) {
        let (finished, until) = self.after.end();
        for (rule, layout) in finished {
            let (key, value) = (layout_key(rule).to_vec(), Some(layout.encode()));
            self.puts.push(Put { family: Family::Roots, key, value });
        }
        self.until = Some(until);
    }
}

impl RootsNow {
    pub fn lock(&self) -> MutexGuard<'_, ()> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn known(&self) -> Option<Arc<Roots>> {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, roots: Option<Arc<Roots>>) {
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = roots;
    }

    /// What the database has is to be read anew.
    pub fn forget(&self) {
        self.set(None);
    }

    /// What was written with a step is there.
    pub fn take(&self, step: Step) {
        self.set(Some(Arc::new(step.after)));
    }
}

impl Db {
    /// Has at most so many changes of whole blocks wait until they are worked into
    /// pages, for tests; otherwise it follows from the store's size.
    pub fn hold_changes_at_most(&self, changes_max: u64) {
        self.roots_now().changes_max.store(changes_max, Ordering::Relaxed);
    }

    fn changes_max(&self, roots: &Roots) -> u64 {
        match self.roots_now().changes_max.load(Ordering::Relaxed) {
            0 => roots.changes_max(),
            told => told,
        }
    }

    /// Where the rows of whole blocks stand, at the moment that this is of.
    fn roots(&self) -> Result<Arc<Roots>> {
        if let Some(then) = self.roots_then() {
            return match then.get() {
                Some(roots) => Ok(Arc::clone(roots)),
                None => {
                    let roots = Arc::new(self.read_roots()?);
                    Ok(Arc::clone(then.get_or_init(|| roots)))
                }
            };
        }
        if let Some(roots) = self.roots_now().known() {
            return Ok(roots);
        }
        let _writing = self.roots_now().lock();
        self.roots_alone()
    }

    /// As [`Db::roots`], of whoever holds the lock.
    fn roots_alone(&self) -> Result<Arc<Roots>> {
        if let Some(roots) = self.roots_now().known() {
            return Ok(roots);
        }
        let roots = Arc::new(self.read_roots()?);
        self.roots_now().set(Some(Arc::clone(&roots)));
        Ok(roots)
    }

    fn read_roots(&self) -> Result<Roots> {
        let mut layouts: Vec<Option<Layout>> = Vec::new();
        let mut from = Some(0u16);
        while let Some(rule) = from {
            from = None;
            // What is noted of a rule comes after its pages, which are passed over.
            self.stored_scan(Family::Roots, &[], &layout_key(rule), |key, value| {
                if let &[a, b, ref rest @ ..] = key {
                    let found = u16::from_be_bytes([a, b]);
                    if *rest == [u8::MAX] {
                        layouts.resize(usize::from(found), None);
                        layouts.push(Some(Layout::decode(value)?));
                        from = found.checked_add(1);
                    } else {
                        from = Some(found);
                    }
                }
                Ok(false)
            })?;
        }
        let mut roots = Roots::new(layouts);
        self.stored_scan(Family::Recent, &[], &[], |key, value| {
            roots.next = super::codec::Reader::new("change of blocks", key).key_wide()?;
            roots.push(Packed::decode(value)?);
            Ok(true)
        })?;
        Ok(roots)
    }

    /// The rows of several keys of the `blocks` family, in their order.
    pub(super) fn block_rows<K: AsRef<[u8]>, T>(
        &self,
        keys: &[K],
        decode: impl Fn(&[u8]) -> Result<T>,
    ) -> Result<Vec<Option<T>>> {
        loop {
            let roots = self.roots()?;
            let found = self.block_rows_by(&roots, keys, &decode)?;
            // Pages that were given up meanwhile may have been asked for.
            if self.roots()?.round == roots.round {
                return Ok(found);
            }
        }
    }

    fn block_rows_by<K: AsRef<[u8]>, T>(
        &self,
        roots: &Roots,
        keys: &[K],
        decode: &impl Fn(&[u8]) -> Result<T>,
    ) -> Result<Vec<Option<T>>> {
        let mut found: Vec<Option<T>> = Vec::new();
        found.resize_with(keys.len(), || None);
        let in_order = keys.is_sorted_by(|a, b| a.as_ref() <= b.as_ref());
        let (mut going, mut before) = (Going::default(), 0);
        let mut pages: Vec<[u8; 7]> = Vec::new();
        // Where what is asked of each page begins.
        let mut asked: Vec<(usize, usize, u32, u8)> = Vec::new();
        let mut parts: Vec<usize> = Vec::new();
        for ((at, key), place) in keys.iter().enumerate().zip(&mut found) {
            let key = key.as_ref();
            if !in_order {
                (going, before) = (Going::default(), 0);
            }
            if let Some(changes) = self.in_flight()
                && let Some(changed) = changes.find_from(Family::Blocks, key, &mut before)
            {
                *place = changed.map(decode).transpose()?;
                continue;
            }
            let Some(key) = root_key(key) else {
                parts.push(at);
                continue;
            };
            if let Some(held) = roots.changed(key, &mut going) {
                *place = held.read(decode)?;
                continue;
            }
            let bits = roots.bits(key);
            let page = page_key((key >> 32) as u16, bits, page_of(bits, key as u32));
            if pages.last() != Some(&page) {
                pages.push(page);
            }
            asked.push((pages.len() - 1, at, key as u32, bits));
        }
        let mut asked = asked.into_iter().peekable();
        let take = |number: usize, page: Option<&[u8]>| {
            let page = page.map(Page::new).transpose()?;
            while let Some((_, at, hash, bits)) = asked.next_if(|(of, ..)| *of == number) {
                let held = page.as_ref().and_then(|page| page.find(hash, bits));
                if let (Some(place), Some(held)) = (found.get_mut(at), held) {
                    *place = held.read(decode)?;
                }
            }
            Ok(())
        };
        match keys.len() {
            ..FEW_KEYS => self.stored_each(Family::Roots, &pages, take)?,
            _ => self.stored_many(Family::Roots, &pages, take)?,
        }
        let keys_of_parts: Vec<&[u8]> = parts.iter().filter_map(|at| Some(keys.get(*at)?.as_ref())).collect();
        self.stored_many(Family::Blocks, &keys_of_parts, |number, row| {
            if let Some(place) = parts.get(number).and_then(|at| found.get_mut(*at)) {
                *place = row.map(decode).transpose()?;
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// All rows of the `blocks` family whose keys begin with `prefix`, in order.
    /// Not through changes that are on their way.
    pub(super) fn all_block_rows<'d>(
        &'d self,
        prefix: &[u8],
    ) -> Result<impl Iterator<Item = Result<Row>> + use<'d>> {
        let roots = self.roots()?;
        let changes = Arc::new(roots.changes());
        let begins = |rule: &u16| {
            let rule = rule.to_be_bytes();
            rule.starts_with(prefix) || prefix.starts_with(&rule)
        };
        let rules: Vec<u16> = roots.rules().into_iter().filter(begins).collect();
        let of_rule = move |rule: u16| {
            let (layout, changes) = (roots.layout(rule), Arc::clone(&changes));
            let mut from = changes.place(u64::from(rule) << 32, 0);
            let of_page = move |page| {
                let due = Due::listing(layout, rule, page, Arc::clone(&changes), &mut from);
                self.rows_due(&due)
                    .map_or_else(|error| vec![Err(error)], |rows| rows.into_iter().map(Ok).collect())
            };
            (0..layout.pages()).flat_map(of_page)
        };
        let prefix = prefix.to_vec();
        let parts = self.stored_rows(Family::Blocks, &prefix);
        let whole = rules.into_iter().flat_map(of_rule);
        let whole = whole.filter(move |row| row.as_ref().map_or(true, |(key, _)| key.starts_with(&prefix)));
        Ok(in_order(whole, parts))
    }

    /// The rows of a page with their changes made, as rows of the family.
    fn rows_due(&self, due: &Due) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        self.with_page(due, |found| {
            for (hash, held) in found {
                let path = root_path_of(u64::from(due.rule) << 32 | u64::from(*hash));
                let value = held.read(|row| Ok(Box::from(row)))?;
                rows.extend(value.map(|value| (Box::from(&path[..]), value)));
            }
            Ok(())
        })?;
        Ok(rows)
    }

    /// Reads a page and hands its rows to `take`, with their changes made.
    fn with_page<T>(&self, due: &Due, take: impl FnOnce(&[(u32, Held)]) -> Result<T>) -> Result<T> {
        let [first, last] = due.hashes();
        let key = page_key(due.rule, due.before.bits, page_of(due.before.bits, first));
        let stored = self.stored(Family::Roots, &key)?;
        let page = stored.as_deref().map(Page::new).transpose()?;
        let mut rows = changed_rows(page, &due.changes, due.places);
        if due.before.bits != due.after.bits {
            // It is a part of a page of before.
            rows.retain(|(hash, _)| (first..=last).contains(hash));
        }
        take(&rows)
    }

    /// What is to be written for the whole blocks that change; whoever asks holds
    /// the lock until it is written.
    pub(super) fn step(&self, changes: &InFlight) -> Result<Option<Step>> {
        let mut rows = Packed::default();
        for (key, row) in changes.rows(Family::Blocks) {
            if let Some(key) = root_key(key) {
                rows.push(key, Held::new(row));
            }
        }
        if rows.is_empty() {
            return Ok(None);
        }
        let roots = self.roots_alone()?;
        let mut step = Step::new(&roots);
        let key = roots.next.to_be_bytes().to_vec();
        step.puts.push(Put { family: Family::Recent, key, value: Some(rows.encode()) });
        step.after.push(rows);
        if roots.is_written() {
            step.end();
        }
        Ok(Some(step))
    }

    /// The pages to be written after so many changes were; none where few wait.
    pub(super) fn pages_due(&self, changes: u64) -> Result<Option<Step>> {
        let roots = self.roots_alone()?;
        let max = self.changes_max(&roots);
        if !roots.is_full(max) && roots.due().is_none() {
            return Ok(None);
        }
        self.pages_step(&roots, roots.share(changes, max)).map(Some)
    }

    /// Some pages to be written until no changes are left; none where none are.
    pub(super) fn pages_left(&self, pages: u64) -> Result<Option<Step>> {
        let roots = self.roots_alone()?;
        if !roots.is_full(0) && roots.due().is_none() {
            return Ok(None);
        }
        self.pages_step(&roots, pages).map(Some)
    }

    /// The end of working changes in; none where it is not reached.
    pub(super) fn end_due(&self) -> Result<Option<Step>> {
        let roots = self.roots_alone()?;
        Ok(roots.is_written().then(|| {
            let mut step = Step::new(&roots);
            step.end();
            step
        }))
    }

    fn pages_step(&self, roots: &Roots, pages: u64) -> Result<Step> {
        let mut step = Step::new(roots);
        if roots.due().is_none() {
            self.begin(&mut step)?;
        }
        self.fold(&mut step, pages)?;
        Ok(step)
    }

    /// Begins to work changes into pages. Pages that were given up before, or by
    /// whoever was stopped, go now: nobody reads them any more.
    fn begin(&self, step: &mut Step) -> Result<()> {
        for rule in step.after.rules() {
            let bits = step.after.layout(rule).bits;
            let mut from = 0;
            while from < u8::MAX {
                let mut next = u8::MAX;
                self.stored_scan(Family::Roots, &rule.to_be_bytes(), &page_key(rule, from, 0), |key, _| {
                    next = key.get(2).copied().unwrap_or(u8::MAX);
                    Ok(false)
                })?;
                if next != bits && next != u8::MAX {
                    step.given_up.push((rule, next));
                }
                from = next.saturating_add(1);
            }
        }
        step.after.begin();
        Ok(())
    }

    /// Works changes into that many pages.
    fn fold(&self, step: &mut Step, pages: u64) -> Result<()> {
        for _ in 0..pages {
            let Some(due) = step.after.due() else { return Ok(()) };
            let is_same = due.places.0 == due.places.1 && due.before.bits == due.after.bits;
            let rows = self.with_page(&due, |rows| {
                if !is_same {
                    let mut page = PageMaker::default();
                    rows.iter().for_each(|(hash, held)| page.push(*hash, *held));
                    let value = (!page.is_empty()).then(|| page.finish());
                    let key = page_key(due.rule, due.after.bits, due.page as u32).to_vec();
                    step.puts.push(Put { family: Family::Roots, key, value });
                }
                Ok(rows.len() as u64)
            })?;
            step.after.written(rows);
        }
        Ok(())
    }
}

/// Two sequences of rows in order as one; they have no key in common.
fn in_order<'i>(
    a: impl Iterator<Item = Result<Row>> + 'i,
    b: impl Iterator<Item = Result<Row>> + 'i,
) -> impl Iterator<Item = Result<Row>> + 'i {
    let (mut a, mut b) = (a.peekable(), b.peekable());
    std::iter::from_fn(move || match (a.peek(), b.peek()) {
        (Some(Ok(left)), Some(Ok(right))) if left.0 < right.0 => a.next(),
        (None, _) | (Some(Ok(_)), Some(_)) => b.next(),
        (Some(_), _) => a.next(),
    })
}

#[cfg(test)]
mod tests;
