//! Topics that are consumed into the served store, beside the requests or
//! without any: by the same writer, into the same log.

use super::audit::{Audit, Entry};
use super::log::Log;
use super::metrics::Metrics;
use super::problem::Problem;
use super::settings::Settings;
use super::telemetry::Telemetry;
use super::views::Views;
use super::writer::{self, Answers, Work, Writer};
use super::{CARE_EVERY, Sink, guard_disk, open_store, tell_of_panics, told_to_stop};
use crate::consume::{self, Progress, Target};
use crate::engine::live::{self, ChangeView, Operation, Position};
use crate::engine::threads;
use crate::error::{Error, Result};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// A thread that consumes.
pub struct Consuming {
    pub progress: Arc<Progress>,
    thread: JoinHandle<Result<()>>,
}

/// The served store, as what messages go into.
struct Bridge {
    views: Arc<Views>,
    writer: Writer,
    log: Log,
    runtime: Handle,
    /// What tells that the last set is on disk.
    under_way: Mutex<Option<Answers>>,
}

impl Target for Bridge {
    fn position(&self, stream: &str) -> Result<Option<u64>> {
        self.views.now().map_err(|problem| failed(&problem))?.store.position(stream)
    }

    fn begin(&self, operations: Vec<Operation>, passed: Vec<Position>) -> Result<()> {
        let sets = writer::made_ready(operations, &self.views);
        self.settle()?;
        let answers = self.runtime.block_on(self.writer.pass(sets, passed));
        *self.under_way() = Some(answers.map_err(|problem| failed(&problem))?);
        Ok(())
    }

    fn settle(&self) -> Result<()> {
        let Some(answers) = self.under_way().take() else { return Ok(()) };
        let done = self.runtime.block_on(answers).unwrap_or_else(|_| Err(writer::stopped()));
        done.map(|_| ()).map_err(|problem| failed(&problem))
    }

    fn last_change(&self) -> u64 {
        self.views.counters().map_or(0, |counters| counters.last_change)
    }

    fn changes_after(&self, after: u64, count: usize) -> Result<Vec<ChangeView>> {
        let view = self.views.now().map_err(|problem| failed(&problem))?;
        live::changes_after(&view.store, after, count)
    }

    fn tell(&self, message: &str, about: Value) {
        self.log.info(message, about);
    }

    fn warn(&self, message: &str, about: Value) {
        self.log.error(message, about);
    }
}

impl Bridge {
    fn under_way(&self) -> MutexGuard<'_, Option<Answers>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn failed(problem: &Problem) -> Error {
    Error::failed(problem.cause().unwrap_or(problem.detail()).to_owned())
}

impl Consuming {
    /// Starts the thread. The last word is sent to `ended`, where consuming ends
    /// by itself.
    ///
    /// # Errors
    /// The settings are wrong, the audit log cannot be written, or the system
    /// gives no more threads.
    pub fn start(
        settings: consume::Settings,
        views: &Arc<Views>,
        writer: &Writer,
        log: &Log,
        audit: &Audit,
        ended: oneshot::Sender<()>,
    ) -> Result<Self> {
        settings.check()?;
        settings.properties()?;
        if let Some(topic) = &settings.changes_topic {
            audit.add(published(topic))?;
        }
        let progress = Arc::new(Progress::default());
        let bridge = Bridge {
            views: Arc::clone(views),
            writer: writer.clone(),
            log: log.clone(),
            runtime: Handle::current(),
            under_way: Mutex::default(),
        };
        let (log, seen) = (log.clone(), Arc::clone(&progress));
        let work = move || {
            // The other threads are for the set before the one that is made ready.
            let _ = threads::work_alone();
            let target: Arc<dyn Target> = Arc::new(bridge);
            let result = consume::run(&settings, &target, &seen);
            if let Err(error) = &result {
                let about = json!({ "error": error.to_string(), "hint": error.hint() });
                log.error("consuming ended", about);
            }
            let _ = ended.send(());
            result
        };
        let thread = std::thread::Builder::new().name("consumer".to_owned()).spawn(work);
        let thread = thread.map_err(|error| Error::failed(format!("cannot start a thread: {error}")))?;
        Ok(Self { progress, thread })
    }

    /// Ends it once what it has in hand is done.
    ///
    /// # Errors
    /// Those by which it had ended before.
    pub fn stop(self) -> Result<()> {
        self.progress.stop();
        self.thread.join().unwrap_or_else(|_| Err(Error::failed("the consumer panicked")))
    }
}

/// That changes are told to a topic is told in the audit log once; who reads the
/// topic is the brokers' to say.
fn published(topic: &str) -> Entry {
    Entry {
        seq: 0,
        at: jiff::Timestamp::now().to_string(),
        who: "-".to_owned(),
        action: "publishChanges".to_owned(),
        subjects: vec![format!("topic:{topic}")],
        why: None,
        status: 200,
        request_id: "-".to_owned(),
    }
}

/// Consumes topics into a store until the process is told to end; serves nobody.
///
/// # Errors
/// The settings are wrong, the store cannot be had, or consuming ended by
/// itself.
pub fn run(settings: Settings, sink: Sink) -> Result<()> {
    let log = Log::new(sink);
    tell_of_panics(log.clone());
    let kafka = settings.kafka.clone().unwrap_or_default();
    kafka.check()?;
    let telemetry = Arc::new(Telemetry::start(&settings, &log)?);
    let graph = open_store(&settings, &log)?;
    let audit = Audit::open(&settings.state())?;
    let views = Arc::new(Views::new(&graph));
    let work = Work {
        graph,
        location: settings.location(),
        views: Arc::clone(&views),
        metrics: Arc::new(Metrics::new(std::iter::empty())),
        log: log.clone(),
        telemetry: Arc::clone(&telemetry),
        group_operations_max: settings.group_operations_max,
    };
    let (writer, thread) = Writer::start(work, settings.queue_operations_max)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| Error::failed(format!("cannot start threads: {error}")))?;
    let result = runtime.block_on(async {
        let (ended, mut end) = oneshot::channel();
        let consuming = Consuming::start(kafka, &views, &writer, &log, &audit, ended)?;
        tokio::select! {
            () = told_to_stop() => {}
            _ = &mut end => {}
            () = care(&settings, &writer, &log) => {}
        }
        tokio::task::spawn_blocking(move || consuming.stop())
            .await
            .unwrap_or_else(|_| Err(Error::failed("the consumer panicked")))
    });
    runtime.shutdown_timeout(Duration::from_secs(2));
    audit.sync();
    drop(writer);
    // The writer ends once nobody can ask it any more.
    let _ = thread.join();
    telemetry.stop();
    log.info("stopped", json!({}));
    result
}

/// Has changes refused while the disk is nearly full.
async fn care(settings: &Settings, writer: &Writer, log: &Log) {
    loop {
        guard_disk(settings, writer, log);
        tokio::time::sleep(CARE_EVERY).await;
    }
}
