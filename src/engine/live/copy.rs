//! Copies of a store, and readers that follow a writer.

use crate::error::{Error, Result};
use crate::store::{Batch, Location, Store};

/// Writes a consistent copy of the store to `target`, which must not exist, and
/// has the key that is given with it. A process that writes to the store goes on
/// meanwhile.
///
/// # Errors
/// There is no store, or the copy cannot be written.
pub fn backup(from: impl Into<Location>, target: impl Into<Location>) -> Result<()> {
    let target = target.into();
    if target.path.exists() {
        return Err(Error::usage(format!("`{}` is there already", target.path.display()))
            .with_hint("name a folder that does not exist yet"));
    }
    Store::open_read_only(from)?.copy_to(&target)
}

/// Puts a copy in place of a store that is gone.
///
/// # Errors
/// There is no copy, or there is a store already.
pub fn restore(from: impl Into<Location>, target: impl Into<Location>) -> Result<()> {
    let target = target.into();
    if target.holds_store() {
        return Err(Error::usage(format!("there is a store in `{}` already", target.path.display()))
            .with_hint("move it away first; nothing is overwritten"));
    }
    Store::open_read_only(from)?.copy_to(&target)?;
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
pub fn follow(location: impl Into<Location>) -> Result<Store> {
    Store::follow(location)
}

/// Sees what was written since.
///
/// # Errors
/// The store cannot be read.
pub fn catch_up(store: &mut Store) -> Result<()> {
    store.catch_up()
}
