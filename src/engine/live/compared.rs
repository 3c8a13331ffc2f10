//! All candidate pairs of a moment of the store, compared: what a change of
//! weights, rules or thresholds begins from. Made once, and kept from one trial
//! to the next as long as the store stays what it is.

use super::bundle::Bundle;
use super::gather::{Gathered, number_of};
use super::graph::{leaders, owners};
use crate::engine::matching::{Matcher, Pair};
use crate::engine::progress::Progress;
use crate::engine::vectors::Vectors;
use crate::error::Result;
use crate::store::{Family, Store, decode_links};
use rayon::prelude::*;
use std::sync::{Arc, Mutex, PoisonError};

/// The records of a moment and how they compare.
pub struct Compared {
    pub gathered: Gathered,
    /// Per record, the lowest record of its customer as it is stored.
    pub leader_of: Vec<u32>,
    vectors: Vec<Vectors>,
}

impl Compared {
    /// Reads the records and compares every pair that `bundle` calls for.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn new(store: &Store, bundle: &Bundle, progress: &dyn Progress) -> Result<Self> {
        let mut compared = Self::uncompared(store, bundle, progress)?;
        progress.begin("block", None);
        let matcher = bundle.blocked(&compared.gathered.records);
        progress.begin("compare", Some(compared.gathered.len() as u64));
        let vectors = matcher.compared(progress);
        compared.vectors = vectors;
        Ok(compared)
    }

    /// The records alone, for a change that concerns no pair.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn uncompared(store: &Store, bundle: &Bundle, progress: &dyn Progress) -> Result<Self> {
        progress.begin("read", None);
        let gathered = Gathered::all(store, bundle)?;
        let leader_of = leaders(&owners(store, &gathered)?);
        Ok(Self { gathered, leader_of, vectors: Vec::new() })
    }

    /// The pairs that the store keeps, weighed anew: every pair of at least the
    /// weight from which on they are kept.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn kept_pairs(&self, store: &Store, matcher: &Matcher) -> Result<Vec<Pair>> {
        let mut places = Vec::new();
        store.db.scan(Family::Links, &[], &[], |key, value| {
            let number = number_of(key)?;
            let Some(a) = self.gathered.place(number) else { return Ok(true) };
            let links = decode_links(value)?.into_iter().filter(|link| link.other > number);
            places.extend(links.filter_map(|link| Some((a, self.gathered.place(link.other)?))));
            Ok(true)
        })?;
        Ok(places.into_par_iter().map(|(a, b)| matcher.weigh(a, b)).collect())
    }

    /// The pairs worth keeping, as `matcher` weighs them.
    pub fn pairs(&self, matcher: &Matcher, bundle: &Bundle) -> Vec<Pair> {
        matcher.pairs_again(&self.vectors, bundle.bits())
    }
}

/// What of the store it was made of: of which write, and under which model.
type Stamp = (u64, u32);

fn stamp(store: &Store) -> Stamp {
    (store.db.writes(), store.counters.model)
}

/// Where compared pairs stand between trials.
#[derive(Default)]
pub struct Shelf(Mutex<Option<(Stamp, Arc<Compared>)>>);

impl Shelf {
    /// The compared pairs of `store`, made where they are not there. `bundle` is
    /// the one in force, or calls for the same pairs.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn get(&self, store: &Store, bundle: &Bundle, progress: &dyn Progress) -> Result<Arc<Compared>> {
        let stamp = stamp(store);
        if let Some(known) = self.known(stamp) {
            return Ok(known);
        }
        self.clear();
        let made = Arc::new(Compared::new(store, bundle, progress)?);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((stamp, Arc::clone(&made)));
        Ok(made)
    }

    /// Those of `store`, where they are there.
    pub fn found(&self, store: &Store) -> Option<Arc<Compared>> {
        self.known(stamp(store))
    }

    fn known(&self, stamp: Stamp) -> Option<Arc<Compared>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().filter(|(known, _)| *known == stamp).map(|(_, compared)| Arc::clone(compared))
    }

    /// Gives the memory back unless it is of this very moment.
    pub fn keep_only(&self, store: &Store) {
        if self.known(stamp(store)).is_none() {
            self.clear();
        }
    }

    /// Gives the memory back.
    pub fn clear(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
