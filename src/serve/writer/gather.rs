//! Gathers what waits into groups and makes them ready, beside the thread that
//! changes the graph and the one that writes. While they work, a group grows; so
//! there are large ones under load, and nobody waits where there is none.

use super::{Brought, Command, Content, Reply, Work};
use crate::engine::live::{Answer, Name, Operation, Position, Prepared, Receipt};
use crate::engine::threads;
use crate::serve::telemetry::Span;
use crate::serve::views::Views;
use foldhash::fast::FixedState;
use hashbrown::HashSet;
use std::collections::VecDeque;
use std::hash::BuildHasher as _;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, mpsc};

/// From so many operations on a group is made ready while the one before is still
/// being worked in, or where they are as many as that one has. Fewer would be
/// better off in a larger group.
const AHEAD_MIN: usize = 256;
/// Groups at the desk: one that is worked in, and one that is ready.
const AT_DESK_MAX: usize = 2;
/// Operations of batches and streams that are worked in together where nobody
/// waits for a single one.
const PARTS_TOGETHER_MAX: usize = 4096;
/// For so long after a single change it counts that another may come.
const SINGLES_LAST: Duration = Duration::from_secs(1);

/// What the desk is given.
pub enum Job {
    Group(Group),
    Erase(Vec<Name>, Reply<Receipt>, OwnedSemaphorePermit),
    Change(Box<dyn FnOnce(&mut super::Desk) + Send>, OwnedSemaphorePermit),
}

/// Operations that are worked in together, and who waits for which.
#[derive(Default)]
pub struct Group {
    pub sets: Vec<Set>,
    /// How far streams came with it.
    pub passed: Vec<Position>,
    pub waiting: Vec<Waiting>,
}

/// Operations on as many different records.
#[derive(Default)]
pub struct Set {
    pub operations: Vec<Operation>,
    /// `None` for moments in which the store is opened anew.
    pub prepared: Option<Prepared>,
    names: HashSet<u64>,
}

/// Who waits for so many of a group's operations.
pub struct Waiting {
    pub operations: usize,
    pub reply: Reply<Vec<Answer>>,
    pub span: Span,
    _room: OwnedSemaphorePermit,
}

/// What has come and was not handed on yet.
pub struct Gatherer {
    commands: mpsc::UnboundedReceiver<Command>,
    jobs: SyncSender<Job>,
    views: Arc<Views>,
    together_max: usize,
    singles: VecDeque<Brought>,
    parts: VecDeque<Brought>,
    others: VecDeque<Job>,
    /// Operations of `singles` and `parts`.
    operations: usize,
    last_single: Option<Instant>,
    /// How many operations each of the jobs has that the desk has not done yet.
    under_way: VecDeque<usize>,
    is_over: bool,
}

impl Gatherer {
    pub fn new(commands: mpsc::UnboundedReceiver<Command>, jobs: SyncSender<Job>, work: &Work) -> Self {
        Self {
            commands,
            jobs,
            views: Arc::clone(&work.views),
            together_max: work.group_operations_max,
            singles: VecDeque::new(),
            parts: VecDeque::new(),
            others: VecDeque::new(),
            operations: 0,
            last_single: None,
            under_way: VecDeque::new(),
            is_over: false,
        }
    }

    /// Takes what comes, until nobody is left to ask.
    pub fn run(mut self) {
        // The other threads are for the group before.
        let _ = threads::work_alone();
        loop {
            self.take();
            let (job, operations) = match self.others.pop_front() {
                Some(job) => (job, 0),
                None if self.is_empty() => return,
                None => {
                    let group = self.group().made_ready(&self.views);
                    let operations = group.len();
                    (Job::Group(group), operations)
                }
            };
            self.under_way.push_back(operations);
            if self.jobs.send(job).is_err() {
                return;
            }
        }
    }

    /// Takes what waits, until the desk should be given something, or all is over.
    fn take(&mut self) {
        while !self.is_over {
            while let Ok(command) = self.commands.try_recv() {
                self.sort_in(command);
            }
            if self.is_due() || !self.others.is_empty() {
                return;
            }
            match self.commands.blocking_recv() {
                Some(command) => self.sort_in(command),
                None => self.is_over = true,
            }
        }
    }

    /// Whether what waits should go to the desk now. Clients that each wait for
    /// their answers take turns: while one group is worked in and the one before it
    /// is written, those of a third are there again.
    fn is_due(&self) -> bool {
        match self.under_way.front() {
            None => !self.is_empty(),
            Some(_) if self.under_way.len() >= AT_DESK_MAX => self.operations >= AHEAD_MIN,
            Some(first) => self.operations >= (*first).clamp(1, AHEAD_MIN),
        }
    }

    fn sort_in(&mut self, command: Command) {
        match command {
            Command::Apply(brought) => {
                self.operations += brought.len();
                if brought.is_part {
                    self.parts.push_back(brought);
                } else {
                    self.last_single = Some(Instant::now());
                    self.singles.push_back(brought);
                }
            }
            Command::Erase(names, reply, room) => self.others.push_back(Job::Erase(names, reply, room)),
            Command::Change(change, room) => self.others.push_back(Job::Change(change, room)),
            Command::Done => _ = self.under_way.pop_front(),
        }
    }

    fn is_empty(&self) -> bool {
        self.singles.is_empty() && self.parts.is_empty()
    }

    /// Single changes first, since somebody waits for each; of parts at least
    /// one, so that they come on whatever else there is.
    fn group(&mut self) -> Group {
        let is_hurried = self.last_single.is_some_and(|last| last.elapsed() < SINGLES_LAST);
        let most = if is_hurried { self.together_max } else { self.together_max.max(PARTS_TOGETHER_MAX) };
        let mut group = Group::default();
        let mut count = 0;
        while count < most
            && let Some(single) = self.singles.pop_front()
        {
            count += single.len();
            group.add(single);
        }
        if let Some(part) = self.parts.pop_front() {
            count += part.len();
            group.add(part);
        }
        while let Some(part) = self.parts.front()
            && count + part.len() <= most
            && let Some(part) = self.parts.pop_front()
        {
            count += part.len();
            group.add(part);
        }
        self.operations = self.operations.saturating_sub(count);
        group
    }
}

impl Group {
    /// How many operations it has.
    fn len(&self) -> usize {
        self.sets.iter().map(|set| set.operations.len()).sum()
    }

    fn add(&mut self, brought: Brought) {
        let operations = brought.len();
        let Brought { content, passed, span, reply, room, .. } = brought;
        self.waiting.push(Waiting { operations, reply, span, _room: room });
        self.passed.extend(passed);
        match content {
            Content::Operations(operations) => sort_into(&mut self.sets, operations),
            Content::Ready(sets) => self.sets.extend(sets),
        }
    }

    fn made_ready(mut self, views: &Views) -> Self {
        make_ready(&mut self.sets, views);
        self
    }
}

/// Operations as sets that are ready to be worked in.
pub fn made_ready(operations: Vec<Operation>, views: &Views) -> Vec<Set> {
    let mut sets = Vec::new();
    sort_into(&mut sets, operations);
    make_ready(&mut sets, views);
    sets
}

/// Adds operations to the last set, and from one on a record of that set on to
/// another.
fn sort_into(sets: &mut Vec<Set>, operations: Vec<Operation>) {
    for operation in operations {
        let name = FixedState::with_seed(0).hash_one((&operation.source, &operation.record_id));
        let has_room = |set: &&mut Set| set.prepared.is_none() && !set.names.contains(&name);
        match sets.last_mut().filter(has_room) {
            Some(set) => set.add(operation, name),
            None => {
                let mut set = Set::default();
                set.add(operation, name);
                sets.push(set);
            }
        }
    }
}

fn make_ready(sets: &mut [Set], views: &Views) {
    let Ok(view) = views.now() else { return };
    for set in sets.iter_mut().filter(|set| set.prepared.is_none()) {
        set.prepared = Some(Prepared::new(&view.bundle, &set.operations));
    }
}

impl Set {
    fn add(&mut self, operation: Operation, name: u64) {
        self.names.insert(name);
        self.operations.push(operation);
    }
}
