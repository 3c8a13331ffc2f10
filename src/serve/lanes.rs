//! Where look-ups are worked on: a few threads that each take what waits and
//! find it together, which is sooner than one by one.

use super::log::Log;
use super::problem::{OVERLOADED, Problem};
use super::views::Views;
use crate::engine::live::{self, Found, Probe};
use crate::engine::threads;
use crate::error::{Error, Result};
use serde_json::json;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use tokio::sync::oneshot;

/// Look-ups that may wait; further ones are turned away.
const WAITING_MAX: usize = 1024;
/// Look-ups that one thread takes at once.
const TOGETHER_MAX: usize = 16;

type Reply = oneshot::Sender<std::result::Result<Found, Problem>>;

pub struct Lanes {
    shared: Arc<Shared>,
}

struct Shared {
    waiting: Mutex<Waiting>,
    came: Condvar,
    views: Arc<Views>,
}

#[derive(Default)]
struct Waiting {
    probes: VecDeque<(Probe, Reply)>,
    is_over: bool,
}

impl Lanes {
    /// Starts so many threads.
    ///
    /// # Errors
    /// The system gives no more threads.
    pub fn start(count: usize, views: Arc<Views>, log: &Log) -> Result<Self> {
        let shared = Shared { waiting: Mutex::default(), came: Condvar::new(), views };
        let lanes = Self { shared: Arc::new(shared) };
        for number in 0..count {
            let (shared, log) = (Arc::clone(&lanes.shared), log.clone());
            let started = std::thread::Builder::new().name(format!("match-{number}")).spawn(move || {
                if let Err(error) = threads::work_alone() {
                    log.error("a thread shares its work", json!({ "error": error.to_string() }));
                }
                while let Some(taken) = shared.take() {
                    shared.find(taken, &log);
                }
            });
            started.map_err(|error| Error::failed(format!("cannot start a thread: {error}")))?;
        }
        Ok(lanes)
    }

    /// Finds who a record would be.
    ///
    /// # Errors
    /// Too many wait, or the store cannot be read.
    pub async fn find(&self, probe: Probe) -> std::result::Result<Found, Problem> {
        let (reply, found) = oneshot::channel();
        self.shared.put(probe, reply)?;
        found.await.map_err(|_| Problem::internal("the look-up panicked"))?
    }
}

impl Drop for Lanes {
    fn drop(&mut self) {
        self.shared.waiting.lock().unwrap_or_else(PoisonError::into_inner).is_over = true;
        self.shared.came.notify_all();
    }
}

impl Shared {
    fn put(&self, probe: Probe, reply: Reply) -> std::result::Result<(), Problem> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.probes.len() >= WAITING_MAX {
            return Err(Problem::new(&OVERLOADED, "too many look-ups wait to be worked on"));
        }
        waiting.probes.push_back((probe, reply));
        drop(waiting);
        self.came.notify_one();
        Ok(())
    }

    /// What waits, once anything does; `None` at the end.
    fn take(&self) -> Option<Vec<(Probe, Reply)>> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        while waiting.probes.is_empty() {
            if waiting.is_over {
                return None;
            }
            waiting = self.came.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        let count = waiting.probes.len().min(TOGETHER_MAX);
        Some(waiting.probes.drain(..count).collect())
    }

    fn find(&self, taken: Vec<(Probe, Reply)>, log: &Log) {
        // Who left needs no answer.
        let taken = taken.into_iter().filter(|(_, reply)| !reply.is_closed());
        let (probes, replies): (Vec<Probe>, Vec<Reply>) = taken.unzip();
        let looked_up = std::panic::AssertUnwindSafe(|| {
            let view = self.views.now()?;
            live::probe(&view.store, &view.bundle, &probes).map_err(|error| Problem::of(&error))
        });
        match std::panic::catch_unwind(looked_up) {
            Ok(Ok(found)) => {
                for (reply, found) in replies.into_iter().zip(found) {
                    let _ = reply.send(Ok(found));
                }
            }
            Ok(Err(problem)) => {
                for reply in replies {
                    let _ = reply.send(Err(problem.clone()));
                }
            }
            // The replies are dropped, which tells those who wait.
            Err(_) => log.error("a look-up panicked", json!({ "together": probes.len() })),
        }
    }
}
