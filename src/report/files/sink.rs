//! Where a table's cells go, one after the other, and the sink that writes
//! them as CSV.

use super::atomic::{AtomicFile, cannot_write};
use super::number::{push_fixed, push_integer, push_probability};
use super::rows::Table;
use crate::error::Result;
use std::io;
use std::path::PathBuf;

/// Takes the cells of one row after another, in the order of the columns.
pub trait Sink {
    /// A text; empty: missing.
    fn text(&mut self, value: &str) -> io::Result<()>;
    /// A match weight in bits.
    fn weight(&mut self, value: f32) -> io::Result<()>;
    /// A probability, 0 to 1.
    fn probability(&mut self, value: f32) -> io::Result<()>;
    /// A count.
    fn count(&mut self, value: u64) -> io::Result<()>;
    /// The row is complete.
    fn end_row(&mut self) -> io::Result<()>;
}

/// Bytes gathered before they are handed to the system.
const BUFFER_BYTES: usize = 1 << 20;

/// Writes a table as CSV.
pub fn write_csv(file: AtomicFile, table: &dyn Table) -> Result<PathBuf> {
    let target = file.target().to_owned();
    let failed = |error| cannot_write(&target, error);
    let writer = csv::WriterBuilder::new().buffer_capacity(BUFFER_BYTES).from_writer(file);
    let mut sink = CsvSink { writer, scratch: String::new() };
    let header = table.columns().into_iter().map(|column| column.name);
    sink.writer.write_record(header).map_err(|error| failed(error.into()))?;
    table.write(&mut sink).map_err(failed)?;
    let file = sink.writer.into_inner().map_err(|error| failed(error.into_error()))?;
    file.finish()
}

struct CsvSink {
    writer: csv::Writer<AtomicFile>,
    scratch: String,
}

impl CsvSink {
    fn put(&mut self, spell: impl FnOnce(&mut String)) -> io::Result<()> {
        self.scratch.clear();
        spell(&mut self.scratch);
        self.writer.write_field(&self.scratch).map_err(io::Error::from)
    }
}

impl Sink for CsvSink {
    fn text(&mut self, value: &str) -> io::Result<()> {
        self.writer.write_field(value).map_err(io::Error::from)
    }

    fn weight(&mut self, value: f32) -> io::Result<()> {
        self.put(|out| push_fixed(out, value, 2, false))
    }

    fn probability(&mut self, value: f32) -> io::Result<()> {
        self.put(|out| push_probability(out, value))
    }

    fn count(&mut self, value: u64) -> io::Result<()> {
        self.put(|out| push_integer(out, value))
    }

    fn end_row(&mut self) -> io::Result<()> {
        self.writer.write_record(None::<&[u8]>).map_err(io::Error::from)
    }
}
