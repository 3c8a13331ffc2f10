//! The thread that writes to disk what was worked in, so that what comes next
//! can be worked in meanwhile. What it writes is not known here.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

type Task = Box<dyn FnOnce() + Send>;

/// Begins with its first task, and ends with the last one when this goes.
#[derive(Default)]
pub struct Scribe {
    at_work: Option<AtWork>,
}

struct AtWork {
    tasks: Sender<Task>,
    thread: JoinHandle<()>,
}

impl Scribe {
    /// Has the thread do a task, after those before it. Where the system gives no
    /// thread, the task is done when this returns.
    pub fn give(&mut self, task: impl FnOnce() + Send + 'static) {
        let task: Task = Box::new(task);
        let at_work = self.at_work.take().or_else(AtWork::begin);
        let left = match &at_work {
            Some(at_work) => at_work.tasks.send(task).err().map(|unsent| unsent.0),
            None => Some(task),
        };
        match left {
            None => self.at_work = at_work,
            Some(task) => task(),
        }
    }
}

impl AtWork {
    fn begin() -> Option<Self> {
        let (tasks, given) = channel::<Task>();
        // Who waits for a task that panicked knows by its reply, which is dropped.
        let work = move || given.into_iter().for_each(|task| _ = catch_unwind(AssertUnwindSafe(task)));
        let thread = std::thread::Builder::new().name("scribe".to_owned()).spawn(work).ok()?;
        Some(Self { tasks, thread })
    }
}

impl Drop for Scribe {
    /// Waits: what a task holds, the database for one, is given back then.
    fn drop(&mut self) {
        if let Some(AtWork { tasks, thread }) = self.at_work.take() {
            drop(tasks);
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn tasks_are_done_in_order_and_by_the_end() {
        let (send, done) = channel();
        let mut scribe = Scribe::default();
        for number in 0..100 {
            let send = send.clone();
            scribe.give(move || send.send(number).unwrap());
        }
        drop(scribe);
        assert_eq!(done.try_iter().collect::<Vec<_>>(), (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn a_panic_is_the_end_of_one_task_only() {
        let (send, done) = channel();
        let (lost, of_lost) = channel::<()>();
        let mut scribe = Scribe::default();
        scribe.give(move || {
            let _lost = lost;
            panic!("on purpose");
        });
        scribe.give(move || send.send(2).unwrap());
        drop(scribe);
        assert!(of_lost.recv().is_err());
        assert_eq!(done.recv(), Ok(2));
    }
}
