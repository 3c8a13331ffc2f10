//! Brings stores of earlier formats up to the present one, when they are opened
//! for writing.

use super::search;
use crate::error::Result;
use crate::store::{Batch, CustomerRow, FORMAT_VERSION, Family, Store};
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
    store.put_new_line(&mut batch)?;
    store.put_format(&mut batch);
    store.db.commit(batch)?;
    store.format = FORMAT_VERSION;
    Ok(())
}
