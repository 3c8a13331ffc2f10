//! The engine's progress, drawn on standard error while somebody watches:
//! stage, share, rate and remaining time. Without a terminal it is silent, so
//! that logs stay readable.

use super::printer::Printer;
use crate::engine::progress::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

pub struct Drawn {
    bar: Option<ProgressBar>,
    /// Whether the stage has said how far it is.
    counts: AtomicBool,
    /// Notes are for people who watch or read the log, not for `--quiet`.
    quiet: bool,
}

impl Drawn {
    pub fn new(printer: &Printer) -> Self {
        let bar = printer.shows_progress().then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Self { bar, counts: AtomicBool::new(false), quiet: printer.is_quiet() }
    }

    /// Takes the drawing away.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Drawn {
    fn drop(&mut self) {
        self.finish();
    }
}

impl Progress for Drawn {
    fn begin(&self, stage: &'static str, items: Option<u64>) {
        let Some(bar) = &self.bar else { return };
        // A stage that does not say how far it is gets no bar to stand still.
        set_style(bar, "{spinner} {msg:18} {elapsed}");
        bar.set_length(items.unwrap_or(0));
        bar.reset();
        bar.set_message(stage);
        self.counts.store(false, Ordering::Relaxed);
    }

    fn advance(&self, items: u64) {
        let Some(bar) = &self.bar else { return };
        if !self.counts.swap(true, Ordering::Relaxed) {
            set_style(bar, "{spinner} {msg:18} [{bar:30}] {human_pos}/{human_len}  {per_sec}  {eta} left");
        }
        bar.inc(items);
    }

    fn note(&self, text: &str) {
        if self.quiet {
            return;
        }
        match &self.bar {
            Some(bar) => bar.suspend(|| super::printer::talk(text)),
            None => super::printer::talk(text),
        }
    }
}

fn set_style(bar: &ProgressBar, template: &str) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> ").tick_chars("|/-\\ "));
    }
}
