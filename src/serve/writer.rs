//! The one thread that changes the graph. What waits is worked in together, so
//! that one write to disk serves many clients; each is answered once its
//! operations are on disk.

use super::log::Log;
use super::metrics::Metrics;
use super::problem::{OVERLOADED, Problem};
use super::telemetry::{Telemetry, Written};
use super::views::Views;
use crate::engine::live::{Answer, Graph, Name, Operation, Position, Receipt};
use crate::error::{Error, ErrorKind, Result};
use crate::store::Location;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

/// How long an erasure waits for long reads, an export for one.
const READS_SECONDS_MAX: u64 = 60;
/// How long after a failure the store is opened anew.
const REOPEN_AFTER: Duration = Duration::from_secs(1);
/// Operations of batches that may wait for the writer.
const BATCH_OPERATIONS_MAX: usize = 4096;

/// What the writer is asked to do.
enum Command {
    Apply(Vec<Operation>, Reply<Vec<Answer>>, OwnedSemaphorePermit),
    Erase(Vec<Name>, Reply<Receipt>, OwnedSemaphorePermit),
    /// Anything else that one request changes by itself.
    Change(Box<dyn FnOnce(&mut Desk) + Send>, OwnedSemaphorePermit),
}

type Reply<T> = oneshot::Sender<std::result::Result<T, Problem>>;

/// Where requests bring their changes.
#[derive(Clone)]
pub struct Writer {
    queue: mpsc::UnboundedSender<Command>,
    /// Room for operations of single requests, and for those of batches: a
    /// batch that fills its room leaves the other's free.
    room: Arc<Semaphore>,
    room_of_batches: Arc<Semaphore>,
    room_max: usize,
    is_refusing: Arc<AtomicBool>,
}

/// What the thread works with.
pub struct Work {
    pub graph: Graph,
    pub location: Location,
    pub views: Arc<Views>,
    pub metrics: Arc<Metrics>,
    pub log: Log,
    pub telemetry: Arc<Telemetry>,
    pub group_operations_max: usize,
}

impl Writer {
    /// Starts the thread. It ends when every `Writer` is gone and all that
    /// waited is done; then the store is closed.
    ///
    /// # Errors
    /// The system gives no more threads.
    pub fn start(work: Work, queue_operations_max: usize) -> Result<(Self, std::thread::JoinHandle<()>)> {
        let (queue, commands) = mpsc::unbounded_channel();
        let thread = std::thread::Builder::new().name("writer".to_owned()).spawn(move || {
            run(work, commands);
        });
        let thread = thread.map_err(|error| Error::failed(format!("cannot start a thread: {error}")))?;
        let writer = Self {
            queue,
            room: Arc::new(Semaphore::new(queue_operations_max)),
            room_of_batches: Arc::new(Semaphore::new(BATCH_OPERATIONS_MAX)),
            room_max: queue_operations_max,
            is_refusing: Arc::new(AtomicBool::new(false)),
        };
        Ok((writer, thread))
    }

    /// While the disk is nearly full, changes are refused.
    pub fn refuse(&self, refuses: bool) -> bool {
        self.is_refusing.swap(refuses, Ordering::Relaxed)
    }

    /// How many operations of single requests wait.
    pub fn waiting(&self) -> usize {
        self.room_max.saturating_sub(self.room.available_permits())
    }

    /// Works one operation in.
    ///
    /// # Errors
    /// Too many wait already, or the store cannot be written.
    pub async fn apply(&self, operation: Operation) -> std::result::Result<Answer, Problem> {
        let room = self.room_for_one()?;
        let answers = self.ask(|reply| Command::Apply(vec![operation], reply, room)).await?;
        answers.into_iter().next().ok_or_else(|| Problem::internal("the writer gave no answer"))
    }

    /// Hands part of a batch over, once there is room, and returns what its
    /// answers will come by.
    ///
    /// # Errors
    /// The service stops.
    pub async fn hand_over(
        &self,
        operations: Vec<Operation>,
    ) -> std::result::Result<oneshot::Receiver<std::result::Result<Vec<Answer>, Problem>>, Problem> {
        self.check_open()?;
        let count = u32::try_from(operations.len()).unwrap_or(u32::MAX).min(BATCH_OPERATIONS_MAX as u32);
        let room =
            Arc::clone(&self.room_of_batches).acquire_many_owned(count).await.map_err(|_| stopped())?;
        let (reply, answer) = oneshot::channel();
        self.queue.send(Command::Apply(operations, reply, room)).map_err(|_| stopped())?;
        Ok(answer)
    }

    /// Works a set of a consumed stream in, once there is room, and notes how
    /// far its streams came.
    ///
    /// # Errors
    /// The store cannot be written, or the service stops.
    pub async fn pass(
        &self,
        operations: Vec<Operation>,
        passed: Vec<Position>,
    ) -> std::result::Result<Vec<Answer>, Problem> {
        self.check_open()?;
        let count = u32::try_from(operations.len()).unwrap_or(u32::MAX).min(BATCH_OPERATIONS_MAX as u32);
        let room =
            Arc::clone(&self.room_of_batches).acquire_many_owned(count).await.map_err(|_| stopped())?;
        let work = move |desk: &mut Desk| desk.pass(&operations, &passed);
        self.ask(|reply| Command::Change(Box::new(move |desk| _ = reply.send(work(desk))), room)).await
    }

    /// Erases records for good.
    ///
    /// # Errors
    /// There is no such record, too many wait, or the store cannot be written.
    pub async fn erase(&self, names: Vec<Name>) -> std::result::Result<Receipt, Problem> {
        let room = self.room_for_one()?;
        self.ask(|reply| Command::Erase(names, reply, room)).await
    }

    /// Makes a change of its own, by itself.
    ///
    /// # Errors
    /// As [`Writer::erase`], and what `change` returns.
    pub async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Graph) -> Result<T> + Send + 'static,
    ) -> std::result::Result<T, Problem> {
        let room = self.room_for_one()?;
        self.ask(|reply| Command::Change(Box::new(move |desk| _ = reply.send(desk.with(change))), room)).await
    }

    fn check_open(&self) -> std::result::Result<(), Problem> {
        match self.is_refusing.load(Ordering::Relaxed) {
            false => Ok(()),
            true => Err(Problem::unavailable("the disk is nearly full")),
        }
    }

    fn room_for_one(&self) -> std::result::Result<OwnedSemaphorePermit, Problem> {
        self.check_open()?;
        let room = Arc::clone(&self.room).try_acquire_owned();
        room.map_err(|_| Problem::new(&OVERLOADED, "too many changes wait to be written"))
    }

    async fn ask<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> std::result::Result<T, Problem> {
        let (reply, answer) = oneshot::channel();
        self.queue.send(command(reply)).map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }
}

fn stopped() -> Problem {
    Problem::unavailable("the writer has stopped")
}

/// Operations that are worked in together, and who waits for which.
#[derive(Default)]
struct Group {
    operations: Vec<Operation>,
    replies: Vec<(usize, Reply<Vec<Answer>>)>,
    room: Vec<OwnedSemaphorePermit>,
}

/// The thread: takes what waits, until nobody is left to ask.
fn run(work: Work, mut commands: mpsc::UnboundedReceiver<Command>) {
    let Work { graph, location, views, metrics, log, telemetry, group_operations_max } = work;
    let mut desk = Desk { graph: Some(graph), location, views, metrics, log, telemetry };
    // Came after a group that it was no part of.
    let mut waiting = None;
    while let Some(command) = waiting.take().or_else(|| commands.blocking_recv()) {
        match command {
            Command::Apply(operations, reply, room) => {
                let mut group = Group::default();
                group.add(operations, reply, room);
                while group.operations.len() < group_operations_max
                    && let Ok(next) = commands.try_recv()
                {
                    match next {
                        Command::Apply(operations, reply, room) => group.add(operations, reply, room),
                        other => {
                            waiting = Some(other);
                            break;
                        }
                    }
                }
                desk.apply(group);
            }
            Command::Erase(names, reply, _room) => _ = reply.send(desk.erase(&names)),
            Command::Change(change, _room) => change(&mut desk),
        }
    }
    desk.close();
}

impl Group {
    fn add(&mut self, mut operations: Vec<Operation>, reply: Reply<Vec<Answer>>, room: OwnedSemaphorePermit) {
        self.replies.push((operations.len(), reply));
        self.operations.append(&mut operations);
        self.room.push(room);
    }
}

/// The graph and who is to hear of it.
struct Desk {
    graph: Option<Graph>,
    location: Location,
    views: Arc<Views>,
    metrics: Arc<Metrics>,
    log: Log,
    telemetry: Arc<Telemetry>,
}

impl Desk {
    fn apply(&mut self, group: Group) {
        let (start, began) = (Instant::now(), SystemTime::now());
        let (operations, requests) = (group.operations.len(), group.replies.len());
        let result = self.with(|graph| graph.apply(&group.operations, now()));
        self.metrics.group(operations, start.elapsed());
        self.telemetry.written(&Written { operations, requests, is_done: result.is_ok(), began });
        match result {
            Ok(answers) => {
                let mut answers = answers.into_iter();
                for (count, reply) in group.replies {
                    let _ = reply.send(Ok(answers.by_ref().take(count).collect()));
                }
            }
            Err(problem) => {
                for (_, reply) in group.replies {
                    let _ = reply.send(Err(problem.clone()));
                }
            }
        }
    }

    fn pass(
        &mut self,
        operations: &[Operation],
        passed: &[Position],
    ) -> std::result::Result<Vec<Answer>, Problem> {
        let (start, began) = (Instant::now(), SystemTime::now());
        let answers = self.with(|graph| graph.apply_and_pass(operations, passed, now()));
        self.metrics.group(operations.len(), start.elapsed());
        let operations = operations.len();
        self.telemetry.written(&Written { operations, requests: 0, is_done: answers.is_ok(), began });
        answers
    }

    /// Changes the graph and shows readers the outcome. After a failure of the
    /// store it is opened anew: what memory holds may be ahead of the disk.
    fn with<T>(&mut self, change: impl FnOnce(&mut Graph) -> Result<T>) -> std::result::Result<T, Problem> {
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

/// Microseconds since 1970.
fn now() -> i64 {
    jiff::Timestamp::now().as_microsecond()
}
