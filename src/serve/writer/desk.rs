//! Where the graph is changed: works groups in, each while the one before is
//! being written, shows readers the outcome and answers whoever waits. Opens the
//! store anew after a failure.

use super::gather::{Group, Job, Set, Waiting};
use super::{Command, Work, stopped};
use crate::engine::live::{Answer, Graph, Name, OnItsWay, Position, Prepared, Receipt, Worked};
use crate::error::{Error, ErrorKind, Result};
use crate::serve::log::Log;
use crate::serve::metrics::Metrics;
use crate::serve::problem::{OVERLOADED, Problem};
use crate::serve::telemetry::{Span, Telemetry};
use crate::serve::views::Views;
use crate::store::Location;
use serde_json::json;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// How long an erasure waits for long reads, an export for one.
const READS_SECONDS_MAX: u64 = 60;
/// How long after a failure the store is opened anew.
const REOPEN_AFTER: Duration = Duration::from_secs(1);

/// The graph and who is to hear of it.
pub struct Desk {
    open: Option<Open>,
    location: Location,
    views: Arc<Views>,
    metrics: Arc<Metrics>,
    log: Log,
    telemetry: Arc<Telemetry>,
}

/// A graph, and what was worked in last and is being written.
struct Open {
    graph: Graph,
    on_its_way: Option<OnItsWay>,
}

/// Who hears of a group once it is on disk, or could not be written.
struct Hearing {
    waiting: Vec<Waiting>,
    operations: usize,
    /// Of those of its sets that are on disk.
    answers: Vec<Answer>,
    start: Instant,
    span: Span,
    metrics: Arc<Metrics>,
}

impl Desk {
    pub fn new(work: Work) -> Self {
        let Work { graph, location, views, metrics, log, telemetry, .. } = work;
        let open = Some(Open { graph, on_its_way: None });
        Self { open, location, views, metrics, log, telemetry }
    }

    /// Does what it is given, until nobody is left to give it anything; tells
    /// `done` of each.
    pub fn run(mut self, jobs: &Receiver<Job>, done: &mpsc::WeakUnboundedSender<Command>) {
        for job in jobs {
            match job {
                Job::Group(group) => self.apply(group),
                Job::Erase(names, reply, _room) => _ = reply.send(self.erase(&names)),
                Job::Change(change, _room) => change(&mut self),
            }
            if let Some(done) = done.upgrade() {
                let _ = done.send(Command::Done);
            }
        }
        self.close();
    }

    /// Works a group in, and leaves it to another thread to write it and to
    /// answer whoever waits.
    fn apply(&mut self, group: Group) {
        let Group { sets, passed, waiting } = group;
        let mut hearing = self.hearing(waiting);
        if self.open.as_mut().is_some_and(Open::is_written) {
            // What became of the group before is not this one's trouble.
            self.settle();
        }
        let open = match self.open() {
            Ok(open) => open,
            Err(problem) => return hearing.end(Err(problem)),
        };
        match open.work_in(&sets, &passed, &mut hearing.answers) {
            Ok(worked) => self.send(worked, hearing),
            Err(error) => hearing.end(Err(self.failed(&error))),
        }
    }

    fn hearing(&self, waiting: Vec<Waiting>) -> Hearing {
        let operations = waiting.iter().map(|waiting| waiting.operations).sum();
        let span = self.telemetry.write(operations, waiting.iter().map(|waiting| &waiting.span));
        let metrics = Arc::clone(&self.metrics);
        Hearing { waiting, operations, answers: Vec::new(), start: Instant::now(), span, metrics }
    }

    /// Has what was worked in written; then readers see it, and those who wait
    /// are answered.
    fn send(&mut self, worked: Worked, hearing: Hearing) {
        let Some(open) = self.open.as_mut() else { return hearing.end(Err(stopped())) };
        let (store, bundle) = (open.graph.store.sharer(), Arc::clone(&open.graph.bundle));
        let (views, log) = (Arc::clone(&self.views), self.log.clone());
        open.send(worked, move |written| {
            match written {
                Ok(answers) => {
                    views.publish_store(&store, bundle);
                    hearing.end(Ok(answers));
                }
                Err(error) => {
                    tell(&log, error);
                    hearing.end(Err(Problem::unavailable(error.to_string())));
                }
            }
            Vec::new()
        });
    }

    /// Changes the graph and shows readers the outcome. After a failure of the
    /// store it is opened anew: what memory holds may be ahead of the disk.
    pub fn with<T>(
        &mut self,
        change: impl FnOnce(&mut Graph) -> Result<T>,
    ) -> std::result::Result<T, Problem> {
        self.settle();
        let graph = &mut self.open()?.graph;
        match change(graph) {
            Ok(done) => {
                if let Some(open) = &self.open {
                    self.views.publish(&open.graph);
                }
                Ok(done)
            }
            Err(error) => Err(self.failed(&error)),
        }
    }

    fn erase(&mut self, names: &[Name]) -> std::result::Result<Receipt, Problem> {
        self.settle();
        self.open()?;
        let Some(Open { graph, .. }) = self.open.as_mut() else { return Err(stopped()) };
        if !self.views.unfreeze(graph, Duration::from_secs(READS_SECONDS_MAX)) {
            self.views.publish(graph);
            return Err(Problem::new(&OVERLOADED, "a long read, such as an export, is under way"));
        }
        let result = graph.erase(names, now());
        match &result {
            Err(error) if error.kind() == ErrorKind::Usage => self.views.publish(graph),
            // Opening anew writes the list of files afresh, without the keys of
            // old ones.
            _ => self.reopen(),
        }
        result.map_err(|error| match error.kind() {
            ErrorKind::Usage => Problem::of(&error),
            ErrorKind::Failed => Problem::unavailable(error.to_string()),
        })
    }

    /// Waits until the group that was worked in last is on disk.
    fn settle(&mut self) {
        if self.open.as_mut().is_some_and(|open| open.settle().is_err()) {
            self.reopen();
        }
    }

    /// What is answered where the graph could not be changed. After a failure of
    /// the store it is opened anew.
    fn failed(&mut self, error: &Error) -> Problem {
        match error.kind() {
            ErrorKind::Usage => Problem::of(error),
            ErrorKind::Failed => {
                tell(&self.log, error);
                self.reopen();
                Problem::unavailable(error.to_string())
            }
        }
    }

    /// Closes the store and opens it again.
    fn reopen(&mut self) {
        let _ = self.open.as_mut().map(Open::settle);
        self.views.withdraw(Duration::from_secs(READS_SECONDS_MAX));
        self.open = None;
        if self.open().is_err() {
            std::thread::sleep(REOPEN_AFTER);
        }
    }

    fn open(&mut self) -> std::result::Result<&mut Open, Problem> {
        if self.open.is_none() {
            match Graph::open(&self.location) {
                Ok(graph) => {
                    self.views.publish(&graph);
                    self.open = Some(Open { graph, on_its_way: None });
                }
                Err(error) => {
                    self.log.error("the store cannot be opened", json!({ "error": error.to_string() }));
                    return Err(Problem::unavailable(error.to_string()));
                }
            }
        }
        self.open.as_mut().ok_or_else(stopped)
    }

    fn close(mut self) {
        self.settle();
        self.views.withdraw(Duration::from_secs(1));
        if let Some(Err(error)) = self.open.take().map(|open| open.graph.close()) {
            self.log.error("the store was not closed in order", json!({ "error": error.to_string() }));
        }
    }
}

impl Open {
    /// Works sets in, one after the other, and returns the last, worked in and not
    /// sent to disk yet; how far streams came goes with it. `answers` are those of
    /// the sets before, which are on disk, as is what was on its way.
    fn work_in(&mut self, sets: &[Set], passed: &[Position], answers: &mut Vec<Answer>) -> Result<Worked> {
        let none = Set::default();
        let (last, before) = sets.split_last().unwrap_or((&none, &[]));
        for set in before {
            let worked = self.work_set_in(set, &[], answers)?;
            self.send(worked, |written| written.unwrap_or_default());
        }
        self.work_set_in(last, passed, answers)
    }

    fn work_set_in(&mut self, set: &Set, passed: &[Position], answers: &mut Vec<Answer>) -> Result<Worked> {
        let mut work = |prepared: &Prepared| self.graph.take_in(&set.operations, prepared, passed, now());
        let mut worked = match &set.prepared {
            Some(prepared) => work(prepared)?,
            None => None,
        };
        if worked.is_none() {
            // It was not made ready, or the rules or the model have changed since.
            let prepared = Prepared::new(&self.graph.bundle, &set.operations);
            worked = self.graph.take_in(&set.operations, &prepared, passed, now())?;
        }
        answers.extend(self.settle()?);
        worked.ok_or_else(|| Error::failed("a set of changes names a record twice"))
    }

    fn send(
        &mut self,
        worked: Worked,
        then: impl FnOnce(std::result::Result<Vec<Answer>, &Error>) -> Vec<Answer> + Send + 'static,
    ) {
        self.on_its_way = Some(self.graph.send(worked, then));
    }

    fn is_written(&mut self) -> bool {
        self.on_its_way.as_mut().is_some_and(OnItsWay::is_over)
    }

    /// Waits for what is on its way, and returns those of its answers that are
    /// still to be given.
    fn settle(&mut self) -> Result<Vec<Answer>> {
        match self.on_its_way.take() {
            Some(on_its_way) => self.graph.arrived(on_its_way),
            None => Ok(Vec::new()),
        }
    }
}

impl Hearing {
    /// Answers everyone; `last` are the answers of the last set.
    fn end(self, last: std::result::Result<Vec<Answer>, Problem>) {
        self.metrics.group(self.operations, self.start.elapsed());
        self.span.written(last.is_ok());
        let mut answers = self.answers.into_iter();
        let mut last = last.map(Vec::into_iter);
        for Waiting { operations, reply, .. } in self.waiting {
            let answer = match &mut last {
                Ok(last) => Ok(answers.by_ref().chain(last.by_ref()).take(operations).collect()),
                Err(problem) => Err(problem.clone()),
            };
            let _ = reply.send(answer);
        }
    }
}

fn tell(log: &Log, error: &Error) {
    log.error("the store cannot be written", json!({ "error": error.to_string() }));
}

/// Microseconds since 1970.
fn now() -> i64 {
    jiff::Timestamp::now().as_microsecond()
}
