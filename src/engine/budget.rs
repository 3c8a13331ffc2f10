//! Holds a run to its memory limit: before it reads, and before each stage that
//! holds much, it is forecast what will be held. What is more than the limit
//! goes out of core, and what cannot be done within it even so is refused at
//! once rather than by the system an hour later. The forecasts are of what runs
//! were measured to hold; see docs/performance.md.

use super::load::{Input, Loaded};
use super::machine;
use super::matching::Matcher;
use super::progress::Progress;
use super::scratch::Scratch;
use crate::error::{Error, Result};
use crate::record::{NormalRecords, RawColumn};
use std::path::PathBuf;

/// What may be held, and where the rest goes.
pub struct Budget {
    /// Bytes; `None` where nobody says and the system does not tell.
    limit: Option<u64>,
    /// Whether the user set it.
    is_asked: bool,
    /// A folder for what memory cannot hold; `None`: that is refused.
    folder: Option<PathBuf>,
    scratch: Option<Scratch>,
}

/// Bytes that every run holds: the program and its tables.
const ALWAYS: u64 = 96 << 20;
/// Bytes that a run in core holds at most per byte of text that it reads.
const RUN_PER_TEXT: u64 = 5;
/// Bytes of text per byte of a compressed input.
const TEXT_PER_COMPRESSED: u64 = 6;
/// Bytes that the normal form of a table holds per byte of the table.
const NORMAL_PER_RAW: f64 = 1.5;
/// Bytes held per record while blocks are made: a row of codes for comparing,
/// the keys of two rules with many keys, and the blocks.
const BLOCKING_PER_RECORD: u64 = 320;
/// Bytes held per record from comparing to writing: pairs, golden values, rows.
const RESULT_PER_RECORD: u64 = 200;
/// Bytes per record that stay in memory out of core too, being in small pieces.
const STAYS_PER_RECORD: u64 = 45;

impl Budget {
    /// The limit asked for, else three quarters of what the machine or the
    /// process's control group has. What is more goes to `folder`, if there is
    /// one.
    pub fn new(asked: Option<u64>, folder: Option<PathBuf>) -> Self {
        let most = || machine::memory_allowed().map(|allowed| allowed / 4 * 3);
        Self { limit: asked.or_else(most), is_asked: asked.is_some(), folder, scratch: None }
    }

    /// Before the inputs are read: what the whole run will hold, as far as the
    /// inputs tell.
    ///
    /// # Errors
    /// The run has to go out of core, and the folder for that has no room.
    pub fn before_reading(&mut self, inputs: &[Input], progress: &dyn Progress) -> Result<()> {
        let (Some(limit), true) = (self.limit, self.folder.is_some()) else { return Ok(()) };
        let text: Option<u64> = inputs.iter().map(text_bytes).sum();
        let Some(text) = text else { return Ok(()) };
        let forecast = ALWAYS + text.saturating_mul(RUN_PER_TEXT);
        if forecast > limit {
            return self.go_out(limit, forecast, progress);
        }
        if self.is_asked {
            let (forecast, limit) = (forecast >> 20, limit >> 20);
            progress
                .note(&format!("about {forecast} MiB of {limit} MiB will be held: the run stays in core"));
        }
        Ok(())
    }

    /// Before the tables are normalised, which stay until that is done.
    ///
    /// # Errors
    /// The limit cannot be kept.
    pub fn before_normalising(&mut self, loaded: &Loaded, progress: &dyn Progress) -> Result<()> {
        let bytes = |column: &RawColumn| (column.values.bytes() + column.codes.capacity() * 4) as u64;
        let columns = || loaded.tables.iter().flat_map(|table| &table.columns);
        let raw: u64 = columns().map(bytes).sum();
        // What names the records cannot be left out.
        let spare = loaded.tables.iter().zip(&loaded.id_columns).flat_map(|(table, id)| {
            let columns = table.columns.iter().enumerate();
            columns.filter(|(at, _)| id.column != Some(*at)).map(|(_, column)| column)
        });
        let largest = spare.max_by_key(|column| bytes(column));
        let more = (raw as f64 * NORMAL_PER_RAW) as u64;
        self.check("normalising", more, loaded.rows.len(), progress, || {
            let name = largest.map_or("", |column| column.name.as_str());
            format!("the column `{name}` holds most; leave out with `--ignore` what nothing is matched by")
        })
    }

    /// Before the records are blocked.
    ///
    /// # Errors
    /// The limit cannot be kept.
    pub fn before_blocking(&mut self, records: &NormalRecords, progress: &dyn Progress) -> Result<()> {
        let size = records.len();
        self.check("blocking", size as u64 * BLOCKING_PER_RECORD, size, progress, || {
            "give it more memory, or name few blocking keys in a rule file".to_owned()
        })
    }

    /// Before the pairs are compared.
    ///
    /// # Errors
    /// The limit cannot be kept.
    pub fn before_comparing(&mut self, matcher: &Matcher, progress: &dyn Progress) -> Result<()> {
        let size = matcher.records.len();
        self.check("comparing", size as u64 * RESULT_PER_RECORD, size, progress, || {
            let used = matcher.key_reports.iter().filter(|report| !report.left_out);
            let largest = used.max_by_key(|report| report.pairs);
            let (name, pairs) = largest.map_or(("", 0), |report| (report.name.as_str(), report.pairs));
            let all = matcher.blocks.pairs_forecast();
            format!("the blocking key `{name}` brings {pairs} of {all} pairs; a rule file can leave it out")
        })
    }

    /// After a stage out of core.
    ///
    /// # Errors
    /// There was no room for what should not stay in memory.
    pub fn after_stage(&self) -> Result<()> {
        self.scratch.as_ref().map_or(Ok(()), Scratch::check)
    }

    /// Sees to it that `more` bytes than are held now can be held: in memory, or
    /// out of core.
    fn check(
        &mut self,
        stage: &str,
        more: u64,
        records: usize,
        progress: &dyn Progress,
        hint: impl Fn() -> String,
    ) -> Result<()> {
        self.after_stage()?;
        let (Some(limit), Some(held)) = (self.limit, machine::memory_bytes()) else { return Ok(()) };
        let forecast = held.saturating_add(more);
        if self.folder.is_none() {
            let refusal = || self.refusal(stage, forecast, "", limit, &hint());
            return if forecast <= limit { Ok(()) } else { Err(refusal()) };
        }
        let least = ALWAYS + records as u64 * STAYS_PER_RECORD;
        if forecast > limit && least > limit {
            return Err(self.refusal(stage, least, " even out of core", limit, &hint()));
        }
        if forecast > limit && self.scratch.is_none() {
            return self.go_out(limit, forecast, progress);
        }
        Ok(())
    }

    /// Goes out of core with a run that would hold `forecast` bytes in core.
    fn go_out(&mut self, limit: u64, forecast: u64, progress: &dyn Progress) -> Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        // All that is large goes there, and it may be all at once.
        self.scratch = Some(Scratch::start(folder, limit, forecast)?);
        progress.note(&format!(
            "about {} MiB would be held, more than {}: the run goes out of core, with about as much scratch in `{}`",
            forecast >> 20,
            self.allowed(limit),
            folder.display()
        ));
        Ok(())
    }

    /// The limit, as messages put it.
    fn allowed(&self, limit: u64) -> String {
        let whose = if self.is_asked { "`--memory-max` allows" } else { "three quarters of the memory here" };
        format!("{whose} ({} MiB)", limit >> 20)
    }

    fn refusal(&self, stage: &str, forecast: u64, how: &str, limit: u64, hint: &str) -> Error {
        let than = self.allowed(limit);
        let message = format!("{stage} would hold about {} MiB{how}, more than {than}", forecast >> 20);
        let else_wise = if self.is_asked { "" } else { "`--memory-max` allows more; else " };
        Error::failed(message).with_hint(format!("{else_wise}{hint}"))
    }
}

/// Bytes of text in an input, as far as its file tells.
fn text_bytes(input: &Input) -> Option<u64> {
    let file = input.path.metadata().ok().filter(|file| file.is_file())?;
    let ending = input.path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    let is_compressed = matches!(ending.as_str(), "gz" | "gzip" | "zst" | "zstd" | "parquet" | "pq");
    Some(if is_compressed { file.len().saturating_mul(TEXT_PER_COMPRESSED) } else { file.len() })
}
