//! Copies of a store, and readers that follow a writer.

use crate::error::{Error, Result};
use crate::store::{Batch, Db, Store};
use std::path::Path;

/// Writes a consistent copy of the store to `target`, which must not exist.
/// A process that writes to the store goes on meanwhile.
///
/// # Errors
/// There is no store, or the copy cannot be written.
pub fn backup(path: &Path, target: &Path) -> Result<()> {
    if target.exists() {
        return Err(Error::usage(format!("`{}` is there already", target.display()))
            .with_hint("name a folder that does not exist yet"));
    }
    Store::open_read_only(path)?.copy_to(target)
}

/// Puts a copy in place of a store that is gone.
///
/// # Errors
/// There is no copy, or there is a store already.
pub fn restore(from: &Path, target: &Path) -> Result<()> {
    if Db::is_there(target) {
        return Err(Error::usage(format!("there is a store in `{}` already", target.display()))
            .with_hint("move it away first; nothing is overwritten"));
    }
    Store::open_read_only(from)?.copy_to(target)?;
    // What happens to it from now on is not what happened to the other.
    let store = Store::open(target)?;
    let mut batch = Batch::default();
    store.put_new_line(&mut batch)?;
    store.db.commit(batch)
}

/// Opens a store that another process writes to; [`catch_up`] shows what it
/// wrote since.
///
/// # Errors
/// There is none.
pub fn follow(path: &Path) -> Result<Store> {
    Store::follow(path)
}

/// Sees what was written since.
///
/// # Errors
/// The store cannot be read.
pub fn catch_up(store: &mut Store) -> Result<()> {
    store.catch_up()
}
