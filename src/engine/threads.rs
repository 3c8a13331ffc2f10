//! How many threads the engine works on. The results never depend on it.

use crate::error::{Error, Result};

/// Settles the number of threads for the whole process, before any work.
///
/// # Errors
/// Work has begun already, or the system gives no more threads.
pub fn use_threads(count: usize) -> Result<()> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(count)
        .build_global()
        .map_err(|error| Error::failed(format!("cannot use {count} threads: {error}")))
}

/// The threads in use.
pub fn threads() -> usize {
    rayon::current_num_threads()
}
