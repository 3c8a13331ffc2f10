//! Rows of the store as they will be once the changes in hand are made.

use super::bundle::Bundle;
use crate::error::Result;
use crate::store::{Batch, Family, NormalRow, Number, Store};
use hashbrown::HashMap;
use rayon::prelude::*;
use std::cell::RefCell;
use std::sync::Arc;

/// What is read while a set of changes is worked in.
pub struct Rows<'a> {
    pub store: &'a Store,
    pub bundle: &'a Bundle,
    /// Normalised records read so far, and those that changed; `None`: gone.
    normals: RefCell<HashMap<Number, Option<Arc<NormalRow>>>>,
}

impl<'a> Rows<'a> {
    /// `changed` are the normalised records as they are to be.
    pub fn new(
        store: &'a Store,
        bundle: &'a Bundle,
        changed: HashMap<Number, Option<Arc<NormalRow>>>,
    ) -> Self {
        Self { store, bundle, normals: RefCell::new(changed) }
    }

    /// What was read of a record so far; `Some(None)`: it is not there.
    pub fn known(&self, number: Number) -> Option<Option<Arc<NormalRow>>> {
        self.normals.borrow().get(&number).cloned()
    }

    /// The normalised records of those numbers that are there.
    pub fn normals(&self, numbers: &[Number]) -> Result<Vec<(Number, Arc<NormalRow>)>> {
        let mut known = self.normals.borrow_mut();
        let unknown: Vec<Number> =
            numbers.iter().copied().filter(|number| !known.contains_key(number)).collect();
        if !unknown.is_empty() {
            let rows = by_number(self.store, Family::Normals, &unknown, NormalRow::decode)?;
            known.extend(unknown.into_iter().zip(rows.into_iter().map(|row| row.map(Arc::new))));
        }
        let row = |number: &Number| Some((*number, Arc::clone(known.get(number)?.as_ref()?)));
        Ok(numbers.iter().filter_map(row).collect())
    }

    /// Ends reading; what was read may take a while to be dropped.
    pub fn into_read(self) -> impl Send + 'static {
        self.normals.into_inner()
    }
}

/// Rows that one thread reads at once.
const READ_TOGETHER: usize = 256;

/// Rows of a family by number, read on all threads where they are many.
///
/// # Errors
/// The store cannot be read.
pub fn by_number<T: Send>(
    store: &Store,
    family: Family,
    numbers: &[Number],
    decode: impl Fn(&[u8]) -> Result<T> + Sync,
) -> Result<Vec<Option<T>>> {
    let keys: Vec<[u8; 4]> = numbers.iter().map(|number| number.to_be_bytes()).collect();
    by_key(store, family, &keys, decode)
}

/// As [`by_number`], by keys of any kind.
///
/// # Errors
/// The store cannot be read.
pub fn by_key<K: AsRef<[u8]> + Sync, T: Send>(
    store: &Store,
    family: Family,
    keys: &[K],
    decode: impl Fn(&[u8]) -> Result<T> + Sync,
) -> Result<Vec<Option<T>>> {
    if keys.len() <= READ_TOGETHER {
        return store.db.get_many(family, keys, decode);
    }
    let read = |keys: &[K]| store.db.get_many(family, keys, &decode);
    let parts: Vec<_> = keys.par_chunks(READ_TOGETHER).map(read).collect::<Result<_>>()?;
    Ok(parts.into_iter().flatten().collect())
}

/// Things whose rows one thread makes at once.
const MADE_TOGETHER: usize = 1024;

/// Adds the rows of things to `batch` in their order, made on all threads where
/// they are many. `put` adds those of some.
pub fn put_all<T: Sync>(batch: &mut Batch, things: &[T], put: impl Fn(&[T], &mut Batch) + Sync) {
    if things.len() <= MADE_TOGETHER {
        return put(things, batch);
    }
    let part = |some: &[T]| {
        let mut part = Batch::default();
        put(some, &mut part);
        part
    };
    let parts: Vec<Batch> = things.par_chunks(MADE_TOGETHER).map(part).collect();
    parts.into_iter().for_each(|part| batch.append(part));
}

/// Drops what is not needed any more, so many things, while others are done:
/// thousands of rows take some milliseconds.
pub fn let_go(count: usize, things: impl Send + 'static) {
    if count > MADE_TOGETHER {
        rayon::spawn(move || drop(things));
    }
}
