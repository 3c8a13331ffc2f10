//! Rows of the store as they will be once the changes in hand are made.

use super::bundle::Bundle;
use crate::error::Result;
use crate::store::{Family, NormalRow, Number, Store};
use hashbrown::HashMap;
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

    /// The normalised records of those numbers that are there.
    pub fn normals(&self, numbers: &[Number]) -> Result<Vec<(Number, Arc<NormalRow>)>> {
        let mut known = self.normals.borrow_mut();
        let unknown: Vec<Number> =
            numbers.iter().copied().filter(|number| !known.contains_key(number)).collect();
        if !unknown.is_empty() {
            let rows = self.store.by_number(Family::Normals, &unknown, NormalRow::decode)?;
            known.extend(unknown.into_iter().zip(rows.into_iter().map(|row| row.map(Arc::new))));
        }
        let row = |number: &Number| Some((*number, Arc::clone(known.get(number)?.as_ref()?)));
        Ok(numbers.iter().filter_map(row).collect())
    }
}
