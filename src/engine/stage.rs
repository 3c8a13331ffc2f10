//! Times the stages of a run.

use super::progress::Progress;
use std::time::Instant;

/// One stage that is over.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    pub name: &'static str,
    pub seconds: f64,
    /// What it worked through.
    pub unit: &'static str,
    pub items: u64,
}

/// The stages of a run so far.
#[derive(Debug, Default)]
pub struct Stages {
    done: Vec<Stage>,
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
        let start = Instant::now();
        let result = work();
        self.done.push(Stage { name, seconds: start.elapsed().as_secs_f64(), unit, items });
        result
    }

    /// Says how much the last stage worked through, where only it could tell.
    pub fn set_items(&mut self, items: u64) {
        if let Some(stage) = self.done.last_mut() {
            stage.items = items;
        }
    }

    pub fn finish(self) -> Vec<Stage> {
        self.done
    }
}
