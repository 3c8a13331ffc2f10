//! Times the stages of a run, and says what each took of the machine.

use super::machine;
use super::progress::Progress;
use std::time::{Duration, Instant};

/// One stage that is over.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    pub name: &'static str,
    pub seconds: f64,
    /// Processor seconds of all threads; `None` where the system does not tell.
    pub cpu_seconds: Option<f64>,
    /// What it worked through.
    pub unit: &'static str,
    pub items: u64,
    /// Bytes read or written, of the stages that do.
    pub bytes: Option<u64>,
    /// Bytes that the process held when the stage was over, and at most until then.
    pub memory_bytes: Option<u64>,
    pub memory_bytes_max: Option<u64>,
}

/// A stage under way.
pub struct Clock {
    start: Instant,
    cpu: Option<Duration>,
}

/// The stages of a run so far.
#[derive(Debug, Default)]
pub struct Stages {
    done: Vec<Stage>,
}

impl Clock {
    pub fn start() -> Self {
        Self { start: Instant::now(), cpu: machine::cpu_time() }
    }

    /// The stage that began with the clock, now over. Never part of another
    /// function, since counting instructions stage by stage goes by its name.
    #[inline(never)]
    pub fn stop(&self, name: &'static str, unit: &'static str, items: u64) -> Stage {
        let cpu = self.cpu.and_then(|before| machine::cpu_time()?.checked_sub(before));
        Stage {
            name,
            seconds: self.start.elapsed().as_secs_f64(),
            cpu_seconds: cpu.map(|time| time.as_secs_f64()),
            unit,
            items,
            bytes: None,
            memory_bytes: machine::memory_bytes(),
            memory_bytes_max: machine::memory_bytes_max(),
        }
    }
}

impl Stages {
    /// Runs one stage and takes its time.
    pub fn run<T>(
        &mut self,
        progress: &dyn Progress,
        name: &'static str,
        unit: &'static str,
        items: u64,
        work: impl FnOnce() -> T,
    ) -> T {
        progress.begin(name, (items > 0).then_some(items));
        let clock = Clock::start();
        let result = work();
        self.done.push(clock.stop(name, unit, items));
        result
    }

    /// Puts what the last stage consisted of in its place.
    pub fn split(&mut self, parts: Vec<Stage>) {
        self.done.pop();
        self.done.extend(parts);
    }

    /// Says how much the last stage worked through, where only it could tell.
    pub fn set_items(&mut self, items: u64) {
        if let Some(stage) = self.done.last_mut() {
            stage.items = items;
        }
    }

    /// Says how many bytes the last stage read or wrote.
    pub fn set_bytes(&mut self, bytes: u64) {
        if let Some(stage) = self.done.last_mut() {
            stage.bytes = Some(bytes);
        }
    }

    pub fn finish(self) -> Vec<Stage> {
        self.done
    }
}
