//! Keeps the kept pairs current: weighs the pairs that became candidates, drops
//! those that are none any more, and says which records' components are to be
//! worked out anew.

use super::gather::Gathered;
use super::rows::{Rows, by_number};
use super::tree::{Candidates, Trees};
use super::warm::{Kept, Warm};
use crate::error::Result;
use crate::store::{Batch, Family, Link, NameRow, Number, TermKind, decode_links, encode_links, name_key};
use hashbrown::{HashMap, HashSet};
use rayon::prelude::*;
use std::collections::BTreeSet;

/// The links while a set of changes is worked in.
pub struct Links<'a> {
    rows: &'a Rows<'a>,
    /// Links of the records read so far, as they are to be.
    known: HashMap<Number, Vec<Link>>,
    changed: HashSet<Number>,
    /// Records whose components are to be worked out anew.
    pub stirred: BTreeSet<Number>,
}

impl<'a> Links<'a> {
    pub fn new(rows: &'a Rows<'a>) -> Self {
        Self { rows, known: HashMap::new(), changed: HashSet::new(), stirred: BTreeSet::new() }
    }

    /// Makes the links that the records' new state calls for. `moved` are the
    /// records that changed, and whether each is there.
    pub fn apply(
        &mut self,
        moved: &[(Number, bool)],
        candidates: &Candidates,
        trees: &Trees,
        warm: &mut Warm,
    ) -> Result<()> {
        let moving: HashSet<Number> = moved.iter().map(|(number, _)| *number).collect();
        self.forget(moved)?;
        self.close(candidates, trees, &moving)?;
        let judged = self.judged_with(moved)?;
        let pairs = pairs_of(candidates, &judged);
        let mut wanted: Vec<Number> = pairs.iter().flat_map(|&(a, b)| [a, b]).collect();
        wanted.sort_unstable();
        wanted.dedup();
        warm.bring(self.rows, &wanted)?;
        let kept = warm.weigh(self.rows, &pairs);
        let ends: Vec<Number> = kept.iter().flat_map(|kept| [kept.a, kept.b]).collect();
        self.load(&ends)?;
        kept.iter().for_each(|kept| self.link(kept));
        Ok(())
    }

    /// Pairs that stewards judged are kept whatever blocks say.
    fn judged_with(&self, moved: &[(Number, bool)]) -> Result<Vec<(Number, Number)>> {
        let store = self.rows.store;
        let mut found = Vec::new();
        if store.judged.is_empty() {
            return Ok(found);
        }
        let numbers: Vec<Number> = moved.iter().filter(|(_, is)| *is).map(|(number, _)| *number).collect();
        for (number, row) in self.rows.normals(&numbers)? {
            let name = name_key(store.terms.text(TermKind::Source, row.source), &row.id);
            for (other, _) in store.judged.of(&name) {
                // A record of this very set has its name only once it is written.
                let here = numbers.iter().copied().zip(self.rows.normals(&numbers)?).find(|(_, (_, row))| {
                    name_key(store.terms.text(TermKind::Source, row.source), &row.id) == *other
                });
                let stored = || -> Result<Option<Number>> {
                    let row = store.db.get(Family::Names, other)?;
                    Ok(row.as_deref().map(NameRow::decode).transpose()?.and_then(|row| row.number))
                };
                let other = match here {
                    Some((other, _)) => Some(other),
                    None => stored()?,
                };
                found.extend(other.map(|other| (number, other)));
            }
        }
        Ok(found)
    }

    /// Takes away all links of records that changed.
    fn forget(&mut self, moved: &[(Number, bool)]) -> Result<()> {
        let numbers: Vec<Number> = moved.iter().map(|(number, _)| *number).collect();
        self.load(&numbers)?;
        let others: Vec<Number> =
            numbers.iter().flat_map(|number| &self.known[number]).map(|link| link.other).collect();
        self.load(&others)?;
        for &(number, is_there) in moved {
            let links = self.known.get_mut(&number).map(std::mem::take).unwrap_or_default();
            for link in links {
                self.changed.insert(number);
                self.unlink(link.other, number);
                if link.joins {
                    self.stirred.insert(link.other);
                }
            }
            match is_there {
                true => _ = self.stirred.insert(number),
                false => _ = self.stirred.remove(&number),
            }
        }
        for (number, _) in moved.iter().filter(|(_, is)| !is) {
            self.stirred.remove(number);
        }
        Ok(())
    }

    /// Takes away the links between members of blocks that are too large now,
    /// unless another block keeps them.
    fn close(&mut self, candidates: &Candidates, trees: &Trees, moving: &HashSet<Number>) -> Result<()> {
        let mut asked: BTreeSet<(Number, Number)> = BTreeSet::new();
        for group in &candidates.closed {
            self.load(group)?;
            for &number in group.iter().filter(|number| !moving.contains(*number)) {
                let inside = self.known[&number].iter().map(|link| link.other);
                let inside = inside.filter(|other| group.binary_search(other).is_ok());
                asked.extend(inside.map(|other| (number.min(other), number.max(other))));
            }
        }
        let asked: Vec<(Number, Number)> = asked.into_iter().collect();
        let mut still = trees.still_candidates(&asked)?;
        for (pair, still) in asked.iter().zip(&mut still).filter(|(_, still)| !**still) {
            *still = self.judged_with(&[(pair.0, true)])?.contains(pair);
        }
        for (&(a, b), _) in asked.iter().zip(still).filter(|(_, still)| !still) {
            for (from, to) in [(a, b), (b, a)] {
                if self.unlink(from, to) {
                    self.stirred.insert(from);
                }
            }
        }
        Ok(())
    }

    /// Takes away one direction; whether clustering followed it.
    fn unlink(&mut self, from: Number, to: Number) -> bool {
        let Some(links) = self.known.get_mut(&from) else { return false };
        let Some(at) = links.iter().position(|link| link.other == to) else { return false };
        self.changed.insert(from);
        links.remove(at).joins
    }

    /// Links a pair that is worth it.
    fn link(&mut self, kept: &Kept) {
        for (from, to) in [(kept.a, kept.b), (kept.b, kept.a)] {
            let links = self.known.entry(from).or_default();
            if let Err(at) = links.binary_search_by_key(&to, |link| link.other) {
                links.insert(at, Link { other: to, bits: kept.bits, joins: kept.joins });
                self.changed.insert(from);
                if kept.joins {
                    self.stirred.insert(from);
                }
            }
        }
    }

    /// Reads the links of those records that were not read yet.
    fn load(&mut self, numbers: &[Number]) -> Result<()> {
        let mut unknown: Vec<Number> =
            numbers.iter().copied().filter(|number| !self.known.contains_key(number)).collect();
        unknown.sort_unstable();
        unknown.dedup();
        if unknown.is_empty() {
            return Ok(());
        }
        let rows = by_number(self.rows.store, Family::Links, &unknown, decode_links)?;
        self.known.extend(unknown.into_iter().zip(rows.into_iter().map(Option::unwrap_or_default)));
        Ok(())
    }

    /// Every record that the stirred ones hang together with, ascending.
    pub fn components(&mut self) -> Result<Vec<Number>> {
        let mut found: BTreeSet<Number> = self.stirred.clone();
        let mut next: Vec<Number> = found.iter().copied().collect();
        while !next.is_empty() {
            self.load(&next)?;
            let joined = next.iter().flat_map(|number| &self.known[number]).filter(|link| link.joins);
            let mut further: Vec<Number> = joined.map(|link| link.other).collect();
            further.retain(|number| found.insert(*number));
            next = further;
        }
        Ok(found.into_iter().collect())
    }

    /// The kept pairs among records whose components were just found.
    pub fn among(&self, gathered: &Gathered) -> Vec<(u32, u32)> {
        let mut pairs = Vec::new();
        for (place, number) in gathered.numbers.iter().enumerate() {
            let links = self.known.get(number).map_or(&[][..], Vec::as_slice);
            for link in links {
                if let Some(other) = gathered.place(link.other).filter(|other| *other > place as u32) {
                    pairs.push((place as u32, other));
                }
            }
        }
        pairs.sort_unstable();
        pairs
    }

    /// Adds all changes to `batch`.
    pub fn write(self, batch: &mut Batch) {
        let db = &self.rows.store.db;
        for number in self.changed {
            match self.known.get(&number).filter(|links| !links.is_empty()) {
                Some(links) => db.put(batch, Family::Links, &number.to_be_bytes(), &encode_links(links)),
                None => db.delete(batch, Family::Links, &number.to_be_bytes()),
            }
        }
    }
}

/// The pairs to weigh, each once, the smaller number first.
fn pairs_of(candidates: &Candidates, judged: &[(Number, Number)]) -> Vec<(Number, Number)> {
    let mut pairs = candidates.pairs.clone();
    pairs.extend(judged.iter().map(|&(a, b)| (a.min(b), a.max(b))));
    for group in &candidates.opened {
        for (at, &a) in group.iter().enumerate() {
            pairs.extend(group.iter().skip(at + 1).map(|&b| (a.min(b), a.max(b))));
        }
    }
    pairs.retain(|(a, b)| a != b);
    pairs.par_sort_unstable();
    pairs.dedup();
    pairs
}
