//! Brings stores of earlier formats up to the present one, when they are opened
//! for writing.

use super::search;
use crate::engine::machine;
use crate::error::Result;
use crate::store::{Batch, CustomerRow, FORMAT_VERSION, Family, Pending, Store};
use std::collections::BTreeSet;

/// Adds what the store's format lacks, in one atomic write.
pub fn migrate(store: &mut Store) -> Result<()> {
    if store.format == FORMAT_VERSION {
        return Ok(());
    }
    let mut batch = Batch::default();
    // Format 1 had no words to find customers by.
    if store.format < 2 {
        store.db.scan(Family::Customers, &[], &[], |key, value| {
            let words = search::words_of(&CustomerRow::decode(value)?, &store.terms);
            search::put_words(store, &mut batch, &String::from_utf8_lossy(key), &BTreeSet::new(), &words);
            Ok(true)
        })?;
    }
    // Format 2 had no pins and no journal; what it has is written the same in
    // format 3.
    if store.format < 3 {
        store.put_new_line(&mut batch)?;
    }
    // Format 3 had whole blocks among the rows of their parts. They follow from the
    // records, and whoever opens the store works them out anew.
    if store.pending()?.is_none() {
        let repair = Pending::repair(store.counters.model, machine::now());
        store.put_pending(&mut batch, Some(&repair));
    }
    store.put_format(&mut batch);
    store.db.commit(batch)?;
    store.format = FORMAT_VERSION;
    Ok(())
}
