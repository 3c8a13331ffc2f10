//! How many threads the engine works on. The results never depend on it.

use crate::error::{Error, Result};
use rayon::prelude::*;

/// A piece of work that depends on no other.
pub type Task<'a, T> = Box<dyn FnOnce() -> T + Send + 'a>;

/// Works the tasks off on all threads, each as soon as a thread is free, in
/// their order; what they give comes back in that order.
pub fn share_out<T: Send>(tasks: Vec<Task<T>>) -> Vec<T> {
    let queue = tasks.into_iter().enumerate().par_bridge();
    let mut done: Vec<(usize, T)> = queue.map(|(at, task)| (at, task())).collect();
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, given)| given).collect()
}

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

/// Lets the calling thread do by itself what is otherwise shared out to all:
/// for threads that each have a small piece of work, which would take longer
/// to hand on than to do. For as long as the thread lives.
///
/// # Errors
/// The thread belongs to a pool already.
pub fn work_alone() -> Result<()> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .use_current_thread()
        .build()
        // The thread is the pool: it is left to it.
        .map(std::mem::forget)
        .map_err(|error| Error::failed(format!("cannot use a thread: {error}")))
}
