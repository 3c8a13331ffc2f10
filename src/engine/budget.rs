//! Holds a run to its memory limit: before each stage that holds much it is
//! forecast what will be held, and what cannot be done within the limit is
//! refused at once rather than by the system an hour later. The forecasts are
//! of what runs were measured to hold; see docs/performance.md.

use super::load::Loaded;
use super::machine;
use super::matching::Matcher;
use crate::error::{Error, Result};
use crate::record::{NormalRecords, RawColumn};

/// What may be held.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Bytes; `None` where nobody says and the system does not tell.
    limit: Option<u64>,
    /// Whether the user set it.
    is_asked: bool,
}

/// Bytes that the normal form of a table holds per byte of the table.
const NORMAL_PER_RAW: f64 = 1.5;
/// Bytes held per record while blocks are made: a row of codes for comparing,
/// the keys of two rules with many keys, and the blocks.
const BLOCKING_PER_RECORD: u64 = 320;
/// Bytes held per record from comparing to writing: pairs, golden values, rows.
const RESULT_PER_RECORD: u64 = 200;

impl Budget {
    /// The limit asked for, else three quarters of what the machine or the
    /// process's control group has.
    pub fn new(asked: Option<u64>) -> Self {
        let most = || machine::memory_allowed().map(|allowed| allowed / 4 * 3);
        Self { limit: asked.or_else(most), is_asked: asked.is_some() }
    }

    /// Before the tables are normalised, which stay until that is done.
    pub fn before_normalising(self, loaded: &Loaded) -> Result<()> {
        let bytes = |column: &RawColumn| (column.values.bytes() + column.codes.capacity() * 4) as u64;
        let columns = || loaded.tables.iter().flat_map(|table| &table.columns);
        let raw: u64 = columns().map(bytes).sum();
        // What names the records cannot be left out.
        let spare = loaded.tables.iter().zip(&loaded.id_columns).flat_map(|(table, id)| {
            let columns = table.columns.iter().enumerate();
            columns.filter(|(at, _)| id.column != Some(*at)).map(|(_, column)| column)
        });
        let largest = spare.max_by_key(|column| bytes(column));
        self.check("normalising", (raw as f64 * NORMAL_PER_RAW) as u64, || {
            let name = largest.map_or("", |column| column.name.as_str());
            format!("the column `{name}` holds most; leave out with `--ignore` what nothing is matched by")
        })
    }

    /// Before the records are blocked.
    pub fn before_blocking(self, records: &NormalRecords) -> Result<()> {
        self.check("blocking", records.len() as u64 * BLOCKING_PER_RECORD, || {
            "give it more memory, or name few blocking keys in a rule file".to_owned()
        })
    }

    /// Before the pairs are compared.
    pub fn before_comparing(self, matcher: &Matcher) -> Result<()> {
        self.check("comparing", matcher.records.len() as u64 * RESULT_PER_RECORD, || {
            let used = matcher.key_reports.iter().filter(|report| !report.left_out);
            let largest = used.max_by_key(|report| report.pairs);
            let (name, pairs) = largest.map_or(("", 0), |report| (report.name.as_str(), report.pairs));
            let all = matcher.blocks.pairs_forecast();
            format!("the blocking key `{name}` brings {pairs} of {all} pairs; a rule file can leave it out")
        })
    }

    /// Refuses what would hold `more` bytes than are held now, if that is too much.
    fn check(self, stage: &str, more: u64, hint: impl Fn() -> String) -> Result<()> {
        match (self.limit, machine::memory_bytes()) {
            (Some(limit), Some(held)) if held.saturating_add(more) > limit => {
                let (forecast, limit) = ((held + more) >> 20, limit >> 20);
                let (than, else_wise) = match self.is_asked {
                    true => ("`--memory-max` allows", ""),
                    false => ("three quarters of the memory here", "`--memory-max` allows more; else "),
                };
                let message =
                    format!("{stage} would hold about {forecast} MiB, more than {than} ({limit} MiB)");
                Err(Error::failed(message).with_hint(format!("{else_wise}{}", hint())))
            }
            _ => Ok(()),
        }
    }
}
