//! Rule files that are tried out on a moment of the store, one at a time, while
//! reads and writes go on. A trial is asked for, looked at while it runs, and
//! kept until newer ones take its place.

use super::{Service, View};
use crate::engine::live::{self, Impact, Outlook, Shelf};
use crate::engine::progress::{Progress, Silent};
use crate::error::Result as EngineResult;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Trials that are kept.
const KEPT_MAX: usize = 8;
/// How long compared pairs are kept for a next trial.
const SHELF_LIFE: Duration = Duration::from_secs(15 * 60);

/// The trials of a service.
pub struct Trials {
    next: AtomicU64,
    kept: Mutex<VecDeque<(u64, Arc<Trial>)>>,
    /// One at a time: each takes the whole machine.
    turn: tokio::sync::Semaphore,
    /// What one trial leaves for the next, and when one was begun last.
    shelf: Shelf,
    used: Mutex<Instant>,
}

struct Trial {
    start: Instant,
    stage: Mutex<&'static str>,
    done: AtomicU64,
    /// 0 where it is not known.
    of: AtomicU64,
    /// What a sample says, until the exact answer is there.
    outlook: Mutex<Option<Outlook>>,
    result: Mutex<Option<Result<Arc<Impact>, String>>>,
}

/// How far a trial is.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TrialView {
    pub trial: u64,
    /// `waiting`, `running`, `done` or `failed`.
    pub state: &'static str,
    /// `learn`, `estimate`, `read`, `normalise`, `block`, `compare`, `cluster` or `compare
    /// customers`.
    pub stage: &'static str,
    /// The share of the stage that is done, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    pub seconds: f64,
    /// What a sample says of it; left out where the exact answer is as near.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outlook: Option<Outlook>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub impact: Option<Impact>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

impl Default for Trials {
    fn default() -> Self {
        let turn = tokio::sync::Semaphore::new(1);
        Self {
            next: AtomicU64::new(1),
            kept: Mutex::default(),
            turn,
            shelf: Shelf::default(),
            used: Mutex::new(Instant::now()),
        }
    }
}

impl Trials {
    /// Begins to try a rule file out; returns the trial's number.
    pub fn begin(&self, service: &Arc<Service>, text: String, learns: bool) -> u64 {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        *self.used.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        let trial = Arc::new(Trial {
            start: Instant::now(),
            stage: Mutex::new("waiting"),
            done: AtomicU64::new(0),
            of: AtomicU64::new(0),
            outlook: Mutex::new(None),
            result: Mutex::new(None),
        });
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT_MAX {
            kept.pop_front();
        }
        kept.push_back((number, Arc::clone(&trial)));
        drop(kept);
        let service = Arc::clone(service);
        tokio::spawn(async move {
            let Ok(_turn) = service.trials.turn.acquire().await else { return };
            let view = service.views.now();
            let (runs, of) = (Arc::clone(&trial), Arc::clone(&service));
            let done = tokio::task::spawn_blocking(move || match view {
                Ok(view) => {
                    let shelf = &of.trials.shelf;
                    tried(&view, &text, learns, shelf, &runs).map_err(|error| error.to_string())
                }
                Err(problem) => Err(problem.detail().to_owned()),
            });
            let result = done.await.unwrap_or_else(|_| Err("the trial panicked".to_owned()));
            *trial.result.lock().unwrap_or_else(PoisonError::into_inner) = Some(result.map(Arc::new));
        });
        number
    }

    /// Compares the candidate pairs beforehand, so that the first trial need not:
    /// asked for when somebody begins to write a draft.
    pub fn prepare(&self, service: &Arc<Service>) {
        *self.used.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        let service = Arc::clone(service);
        tokio::spawn(async move {
            let Ok(_turn) = service.trials.turn.acquire().await else { return };
            let Ok(view) = service.views.now() else { return };
            let of = Arc::clone(&service);
            let made = tokio::task::spawn_blocking(move || {
                of.trials.shelf.get(&view.store, &view.bundle, &Silent).map(|_| ())
            });
            // A store that cannot be read is told of by the trial itself.
            let _ = made.await;
        });
    }

    /// Gives back the memory of what no trial can begin from any more, or none
    /// did for a while: nothing erased stays in it.
    pub fn tidy(&self, view: &View) {
        let used = *self.used.lock().unwrap_or_else(PoisonError::into_inner);
        match used.elapsed() > SHELF_LIFE {
            true => self.shelf.clear(),
            false => self.shelf.keep_only(&view.store),
        }
    }

    /// How far a trial is; `None`: there is none of that number any more.
    pub fn of(&self, number: u64) -> Option<TrialView> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, trial) = kept.iter().find(|(known, _)| *known == number)?;
        Some(trial.view(number))
    }
}

fn tried(view: &View, text: &str, learns: bool, shelf: &Shelf, trial: &Trial) -> EngineResult<Impact> {
    trial.begin(if learns { "learn" } else { "read" }, None);
    let bundle = live::draft_bundle(&view.store, &view.bundle, text, learns)?;
    trial.begin("estimate", None);
    let outlook = live::outlook(&view.store, &view.bundle, &bundle, Some(shelf), live::SAMPLE_RECORDS)?;
    *trial.outlook.lock().unwrap_or_else(PoisonError::into_inner) = outlook;
    let now = jiff::Timestamp::now().as_microsecond();
    live::impact(&view.store, &view.bundle, bundle, now, Some(shelf), trial)
}

impl Trial {
    fn view(&self, number: u64) -> TrialView {
        let stage = *self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        let (done, of) = (self.done.load(Ordering::Relaxed), self.of.load(Ordering::Relaxed));
        let result = self.result.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (state, impact, fault) = match result {
            Some(Ok(impact)) => ("done", Some(Impact::clone(&impact)), None),
            Some(Err(fault)) => ("failed", None, Some(fault)),
            None if stage == "waiting" => ("waiting", None, None),
            None => ("running", None, None),
        };
        let seconds =
            impact.as_ref().map_or_else(|| self.start.elapsed().as_secs_f64(), |impact| impact.seconds);
        let share = (of > 0).then(|| (done as f64 / of as f64).min(1.0));
        let outlook = self.outlook.lock().unwrap_or_else(PoisonError::into_inner).clone();
        TrialView { trial: number, state, stage, share, seconds, outlook, impact, fault }
    }
}

impl Progress for Trial {
    fn begin(&self, stage: &'static str, items: Option<u64>) {
        *self.stage.lock().unwrap_or_else(PoisonError::into_inner) = stage;
        self.done.store(0, Ordering::Relaxed);
        self.of.store(items.unwrap_or(0), Ordering::Relaxed);
    }

    fn advance(&self, items: u64) {
        self.done.fetch_add(items, Ordering::Relaxed);
    }

    fn note(&self, _text: &str) {}
}
