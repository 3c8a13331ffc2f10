//! Where requests bring their changes. What waits is gathered, made ready and
//! worked in together, so that one write to disk serves many; each is answered
//! once its operations are on disk. One thread gathers (`gather`) while another
//! changes the graph (`desk`) and a third writes what was changed before.

mod desk;
mod gather;
#[cfg(test)]
mod tests;

use super::log::Log;
use super::metrics::Metrics;
use super::problem::{OVERLOADED, Problem};
use super::telemetry::{Span, Telemetry};
use super::views::Views;
use crate::engine::live::{Answer, Graph, Name, Operation, Position, Receipt};
use crate::error::{Error, Result};
use crate::store::Location;
use desk::Desk;
use gather::Gatherer;
pub use gather::{Set, made_ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread::JoinHandle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

/// Bytes of operations of batches and streams that may wait for the writer.
const BATCH_BYTES_MAX: usize = 32 << 20;
/// What an operation takes beside its texts, about.
const OPERATION_BYTES: usize = 256;

/// What the writer is asked to do.
enum Command {
    Apply(Brought),
    Erase(Vec<Name>, Reply<Receipt>, OwnedSemaphorePermit),
    /// Anything else that one request changes by itself.
    Change(Box<dyn FnOnce(&mut Desk) + Send>, OwnedSemaphorePermit),
    /// The desk is done with what it was given.
    Done,
}

/// Operations that came together, and who waits for them.
struct Brought {
    content: Content,
    /// How far their streams came, past what was no operation.
    passed: Vec<Position>,
    /// Part of a batch or of a stream, of which more comes.
    is_part: bool,
    span: Span,
    reply: Reply<Vec<Answer>>,
    room: OwnedSemaphorePermit,
}

enum Content {
    Operations(Vec<Operation>),
    /// Made ready by whoever brings them.
    Ready(Vec<Set>),
}

impl Brought {
    /// How many operations they are.
    fn len(&self) -> usize {
        match &self.content {
            Content::Operations(operations) => operations.len(),
            Content::Ready(sets) => sets.iter().map(|set| set.operations.len()).sum(),
        }
    }
}

type Reply<T> = oneshot::Sender<std::result::Result<T, Problem>>;

/// What answers come by.
pub type Answers = oneshot::Receiver<std::result::Result<Vec<Answer>, Problem>>;

/// Where requests bring their changes.
#[derive(Clone)]
pub struct Writer {
    queue: mpsc::UnboundedSender<Command>,
    /// Room for operations of single requests, by their number, and for those of
    /// batches, by their bytes: a batch that fills its room leaves the other's
    /// free.
    room: Arc<Semaphore>,
    room_of_batches: Arc<Semaphore>,
    room_max: usize,
    is_refusing: Arc<AtomicBool>,
}

/// What the threads work with.
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
    /// Starts the threads. The one returned ends when every `Writer` is gone and
    /// all that waited is done; then the store is closed.
    ///
    /// # Errors
    /// The system gives no more threads.
    pub fn start(work: Work, queue_operations_max: usize) -> Result<(Self, JoinHandle<()>)> {
        let (queue, commands) = mpsc::unbounded_channel();
        // One group is written, one worked in, one is ready, one being gathered.
        let (send_jobs, jobs) = sync_channel(1);
        let gatherer = Gatherer::new(commands, send_jobs, &work);
        let done = queue.downgrade();
        let desk = thread("writer", move || Desk::new(work).run(&jobs, &done))?;
        thread("gatherer", move || gatherer.run())?;
        let writer = Self {
            queue,
            room: Arc::new(Semaphore::new(queue_operations_max)),
            room_of_batches: Arc::new(Semaphore::new(BATCH_BYTES_MAX)),
            room_max: queue_operations_max,
            is_refusing: Arc::new(AtomicBool::new(false)),
        };
        Ok((writer, desk))
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
    pub async fn apply(&self, operation: Operation, span: Span) -> std::result::Result<Answer, Problem> {
        let room = self.room_for_one()?;
        let (content, passed) = (Content::Operations(vec![operation]), Vec::new());
        let brought = |reply| Brought { content, passed, is_part: false, span, reply, room };
        let answers = self.ask(|reply| Command::Apply(brought(reply))).await?;
        answers.into_iter().next().ok_or_else(|| Problem::internal("the writer gave no answer"))
    }

    /// Hands part of a batch over, once there is room, and returns what its
    /// answers will come by.
    ///
    /// # Errors
    /// The service stops, or the disk is nearly full.
    pub async fn hand_over(
        &self,
        operations: Vec<Operation>,
        span: Span,
    ) -> std::result::Result<Answers, Problem> {
        let room = self.room_for_part(&operations).await?;
        self.send_part(Content::Operations(operations), Vec::new(), span, room)
    }

    /// As [`Writer::hand_over`], of sets of a consumed stream, which is noted to
    /// have come so far with them.
    ///
    /// # Errors
    /// As [`Writer::hand_over`].
    pub async fn pass(&self, sets: Vec<Set>, passed: Vec<Position>) -> std::result::Result<Answers, Problem> {
        let room = self.room_for_part(sets.iter().flat_map(|set| &set.operations)).await?;
        self.send_part(Content::Ready(sets), passed, Span::default(), room)
    }

    async fn room_for_part<'o>(
        &self,
        operations: impl IntoIterator<Item = &'o Operation>,
    ) -> std::result::Result<OwnedSemaphorePermit, Problem> {
        self.check_open()?;
        let bytes: usize = operations.into_iter().map(bytes_of).sum();
        let bytes = u32::try_from(bytes.min(BATCH_BYTES_MAX)).unwrap_or(u32::MAX);
        Arc::clone(&self.room_of_batches).acquire_many_owned(bytes).await.map_err(|_| stopped())
    }

    fn send_part(
        &self,
        content: Content,
        passed: Vec<Position>,
        span: Span,
        room: OwnedSemaphorePermit,
    ) -> std::result::Result<Answers, Problem> {
        let (reply, answers) = oneshot::channel();
        let brought = Brought { content, passed, is_part: true, span, reply, room };
        self.queue.send(Command::Apply(brought)).map_err(|_| stopped())?;
        Ok(answers)
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

/// What an operation takes in memory, about.
fn bytes_of(operation: &Operation) -> usize {
    let fields = operation.fields.iter().flatten();
    let fields: usize = fields.map(|(column, value)| column.len() + value.len()).sum();
    OPERATION_BYTES + operation.source.len() + operation.record_id.len() + fields
}

fn thread(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    let started = std::thread::Builder::new().name(name.to_owned()).spawn(work);
    started.map_err(|error| Error::failed(format!("cannot start a thread: {error}")))
}

/// What is answered where nobody works any more.
pub fn stopped() -> Problem {
    Problem::unavailable("the writer has stopped")
}
