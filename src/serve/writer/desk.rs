//! Where the graph is changed: works groups in, shows readers the outcome and
//! answers whoever waits. Opens the store anew after a failure.

use super::gather::{Group, Job, Set, Waiting};
use super::{Command, Work, stopped};
use crate::engine::live::{Answer, Graph, Name, Position, Receipt};
use crate::error::{ErrorKind, Result};
use crate::serve::log::Log;
use crate::serve::metrics::Metrics;
use crate::serve::problem::{OVERLOADED, Problem};
use crate::serve::telemetry::Telemetry;
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
    graph: Option<Graph>,
    location: Location,
    views: Arc<Views>,
    metrics: Arc<Metrics>,
    log: Log,
    telemetry: Arc<Telemetry>,
}

impl Desk {
    pub fn new(work: Work) -> Self {
        let Work { graph, location, views, metrics, log, telemetry, .. } = work;
        Self { graph: Some(graph), location, views, metrics, log, telemetry }
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

    fn apply(&mut self, group: Group) {
        let Group { sets, passed, waiting } = group;
        let start = Instant::now();
        let operations = waiting.iter().map(|waiting| waiting.operations).sum();
        let span = self.telemetry.write(operations, waiting.iter().map(|waiting| &waiting.span));
        let result = self.with(|graph| work_in(graph, &sets, &passed));
        self.metrics.group(operations, start.elapsed());
        span.written(result.is_ok());
        match result {
            Ok(answers) => {
                let mut answers = answers.into_iter();
                for Waiting { operations, reply, .. } in waiting {
                    let _ = reply.send(Ok(answers.by_ref().take(operations).collect()));
                }
            }
            Err(problem) => {
                for Waiting { reply, .. } in waiting {
                    let _ = reply.send(Err(problem.clone()));
                }
            }
        }
    }

    /// Changes the graph and shows readers the outcome. After a failure of the
    /// store it is opened anew: what memory holds may be ahead of the disk.
    pub fn with<T>(
        &mut self,
        change: impl FnOnce(&mut Graph) -> Result<T>,
    ) -> std::result::Result<T, Problem> {
        self.open()?;
        let Some(graph) = self.graph.as_mut() else { return Err(stopped()) };
        match change(graph) {
            Ok(done) => {
                self.views.publish(graph);
                Ok(done)
            }
            Err(error) if error.kind() == ErrorKind::Usage => Err(Problem::of(&error)),
            Err(error) => {
                self.log.error("the store cannot be written", json!({ "error": error.to_string() }));
                self.reopen();
                Err(Problem::unavailable(error.to_string()))
            }
        }
    }

    fn erase(&mut self, names: &[Name]) -> std::result::Result<Receipt, Problem> {
        self.open()?;
        let Some(graph) = self.graph.as_mut() else { return Err(stopped()) };
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

    /// Closes the store and opens it again.
    fn reopen(&mut self) {
        self.views.withdraw(Duration::from_secs(READS_SECONDS_MAX));
        self.graph = None;
        if self.open().is_err() {
            std::thread::sleep(REOPEN_AFTER);
        }
    }

    fn open(&mut self) -> std::result::Result<(), Problem> {
        if self.graph.is_some() {
            return Ok(());
        }
        match Graph::open(&self.location) {
            Ok(graph) => {
                self.views.publish(&graph);
                self.graph = Some(graph);
                Ok(())
            }
            Err(error) => {
                self.log.error("the store cannot be opened", json!({ "error": error.to_string() }));
                Err(Problem::unavailable(error.to_string()))
            }
        }
    }

    fn close(mut self) {
        self.views.withdraw(Duration::from_secs(1));
        if let Some(Err(error)) = self.graph.take().map(Graph::close) {
            self.log.error("the store was not closed in order", json!({ "error": error.to_string() }));
        }
    }
}

/// Works the sets of a group in, one after the other; how far streams came goes
/// with the last.
fn work_in(graph: &mut Graph, sets: &[Set], passed: &[Position]) -> Result<Vec<Answer>> {
    let Some((last, before)) = sets.split_last() else { return graph.apply_and_pass(&[], passed, now()) };
    let mut answers = Vec::new();
    for set in before {
        answers.extend(work_set_in(graph, set, &[])?);
    }
    answers.extend(work_set_in(graph, last, passed)?);
    Ok(answers)
}

fn work_set_in(graph: &mut Graph, set: &Set, passed: &[Position]) -> Result<Vec<Answer>> {
    match &set.prepared {
        Some(prepared) => graph.apply_prepared_and_pass(&set.operations, prepared, passed, now()),
        None => graph.apply_and_pass(&set.operations, passed, now()),
    }
}

/// Microseconds since 1970.
fn now() -> i64 {
    jiff::Timestamp::now().as_microsecond()
}
