//! The tables that a run leaves in its output folder. Their names, columns and
//! order are a promise to other programs: the same input gives the same bytes.
//! Which records belong together is long decided when this is called.
//!
//! Nothing is copied to be written: the shapes here borrow the engine's columns.

mod atomic;
pub mod candidates;
mod number;
#[cfg(feature = "parquet")]
mod parquet;
mod rows;
mod sink;

use crate::engine::golden::GoldenField;
use crate::error::{Error, Result};
use crate::record::{Code, Dictionary, Quarantined, RecordKeys};
use atomic::AtomicFile;
use compact_str::CompactString;
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// How crosswalk, customers, links and review are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// UTF-8, RFC 4180, lines ended by `\n`.
    #[default]
    Csv,
    /// Zstandard-compressed; weights and probabilities as 32-bit floats.
    Parquet,
}

/// Which customer each record belongs to.
pub struct CrosswalkRows<'a> {
    pub keys: &'a RecordKeys,
    /// Per record, an index into `customer_ids`.
    pub customer_of: &'a [u32],
    pub customer_ids: &'a [CompactString],
}

/// The customers with their golden values.
pub struct CustomerRows<'a> {
    /// In any order; the file is sorted by them.
    pub customer_ids: &'a [CompactString],
    pub columns: Vec<GoldenColumn<'a>>,
    /// Per customer, the number of its records.
    pub records: &'a [u32],
}

/// One golden attribute.
pub struct GoldenColumn<'a> {
    /// The column's header.
    pub name: String,
    /// Per customer, a code into `values`; absent where it has none.
    pub codes: Cow<'a, [Code]>,
    pub values: &'a Dictionary,
}

/// Which record gave each golden value.
pub struct LineageRows<'a> {
    pub keys: &'a RecordKeys,
    pub customer_ids: &'a [CompactString],
    /// The golden attributes, in the order of the customers' columns.
    pub fields: Vec<&'a GoldenField>,
}

/// Pairs of records with what spoke for and against them.
pub struct PairRows<'a> {
    pub keys: &'a RecordKeys,
    /// Each gives one evidence column.
    pub comparisons: &'a [EvidenceColumn],
    /// The names of the rules that [`PairRow::rule`] points into.
    pub rules: &'a [String],
    /// In any order; the file is sorted.
    pub pairs: &'a [PairRow],
    /// Writes the evidence of the pair at that index of `pairs` into a cleared
    /// list: one entry per comparison, in their order.
    pub evidence: &'a dyn Fn(usize, &mut Vec<Evidence>),
    /// Is told of pairs whose evidence is asked for next, by their indices.
    pub near: &'a dyn Fn(&[u32]),
}

/// One comparison, as the header of its evidence column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceColumn {
    pub name: String,
    /// What each level is called: `same`, `similar`, `different`.
    pub levels: Vec<String>,
}

/// What one comparison said about one pair.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    /// Index into [`EvidenceColumn::levels`]; [`NO_EVIDENCE`] leaves the cell empty.
    pub level: u8,
    /// Match weight in bits.
    pub weight: f32,
}

/// The level of a comparison that had nothing to compare.
pub const NO_EVIDENCE: u8 = u8::MAX;

/// One pair of records.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairRow {
    /// The record that stands first in the canonical order.
    pub a: u32,
    pub b: u32,
    /// The match weight of all evidence, in bits (log2 of the odds).
    pub weight: f32,
    /// The match probability, 0 to 1.
    pub probability: f32,
    pub band: Band,
    /// Index into [`PairRows::rules`], where a rule decided.
    pub rule: Option<u16>,
}

/// What became of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Band {
    Link,
    Review,
}

impl Band {
    /// As the files spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Review => "review",
        }
    }
}

/// The folder that a run's results go to.
#[derive(Debug, Clone)]
pub struct OutputFolder {
    path: PathBuf,
    format: Format,
}

impl OutputFolder {
    /// Makes the folder if need be, and proves that it can be written to, so
    /// that a long run does not fail at its end.
    ///
    /// # Errors
    /// It cannot be made or written to, or this build writes no Parquet.
    pub fn create(path: &Path, format: Format) -> Result<Self> {
        if format == Format::Parquet && !cfg!(feature = "parquet") {
            return Err(Error::usage("this build writes no Parquet").with_hint("use `--format csv`"));
        }
        let failed = |error| atomic::cannot_write(path, error);
        std::fs::create_dir_all(path).map_err(failed)?;
        drop(AtomicFile::create(path, "probe")?);
        Ok(Self { path: path.to_owned(), format })
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// `crosswalk`: every record's customer, sorted by source and record id.
    pub fn crosswalk(&self, rows: &CrosswalkRows) -> Result<PathBuf> {
        self.table("crosswalk", &rows::CrosswalkTable(rows))
    }

    /// `customers`: every customer's golden values, sorted by id.
    pub fn customers(&self, rows: &CustomerRows) -> Result<PathBuf> {
        self.table("customers", &rows::CustomerTable(rows))
    }

    /// `links`: the pairs that were linked, sorted by their records.
    pub fn links(&self, rows: &PairRows) -> Result<PathBuf> {
        self.table("links", &rows::PairTable::by_records(rows))
    }

    /// `review`: the pairs that a steward should see, the most doubtful
    /// (nearest to weight 0) first.
    pub fn review(&self, rows: &PairRows) -> Result<PathBuf> {
        self.table("review", &rows::PairTable::by_doubt(rows))
    }

    /// `lineage`: the record that gave each golden value, sorted by customer id.
    pub fn lineage(&self, rows: &LineageRows) -> Result<PathBuf> {
        self.table("lineage", &rows::LineageTable(rows))
    }

    /// `candidates.bin`: the blocks of each record.
    pub fn candidates<'a>(&self, records: usize, blocks_of: impl Fn(usize) -> &'a [u32]) -> Result<PathBuf> {
        let mut bytes = Vec::new();
        candidates::write(&mut bytes, records, blocks_of)
            .map_err(|error| atomic::cannot_write(&self.path.join(candidates::NAME), error))?;
        self.write(candidates::NAME, &bytes)
    }

    /// `quarantine.csv`: the rows that could not be taken, sorted.
    pub fn quarantine(&self, rows: &[Quarantined]) -> Result<PathBuf> {
        let mut sorted: Vec<&Quarantined> = rows.iter().collect();
        sorted.sort_unstable();
        self.csv("quarantine", &rows::QuarantineTable(&sorted))
    }

    /// A file of any other kind, such as the report.
    pub fn write(&self, name: &str, content: &[u8]) -> Result<PathBuf> {
        let mut file = AtomicFile::create(&self.path, name)?;
        file.append(content)?;
        file.finish()
    }

    fn table(&self, name: &str, table: &dyn rows::Table) -> Result<PathBuf> {
        match self.format {
            Format::Csv => self.csv(name, table),
            #[cfg(feature = "parquet")]
            Format::Parquet => {
                let file = AtomicFile::create(&self.path, &format!("{name}.parquet"))?;
                parquet::write(file, table)
            }
            #[cfg(not(feature = "parquet"))]
            Format::Parquet => Err(Error::usage("this build writes no Parquet")),
        }
    }

    fn csv(&self, name: &str, table: &dyn rows::Table) -> Result<PathBuf> {
        let file = AtomicFile::create(&self.path, &format!("{name}.csv"))?;
        sink::write_csv(file, table)
    }
}

#[cfg(test)]
mod tests;
