//! Where a table's cells go, one after the other, and the sink that writes
//! them as CSV.

use super::atomic::{AtomicFile, cannot_write};
use super::number::{push_fixed, push_integer, push_probability};
use super::rows::Table;
use crate::error::Result;
use std::io::{self, Write};
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

/// Writes a table as CSV (RFC 4180, but lines ended by `\n` alone).
pub fn write_csv(file: AtomicFile, table: &dyn Table) -> Result<PathBuf> {
    let target = file.target().to_owned();
    let failed = |error| cannot_write(&target, error);
    let mut sink = CsvSink { file, line: String::with_capacity(BUFFER_BYTES * 2) };
    for column in table.columns() {
        sink.text(&column.name).map_err(failed)?;
    }
    sink.end_row().map_err(failed)?;
    table.write(&mut sink).map_err(failed)?;
    sink.flush().map_err(failed)?;
    sink.file.finish()
}

/// A general CSV writer decides about quotes byte by byte and field by field;
/// tables of twenty columns are written several times faster by knowing which
/// cells are numbers. `tests/ingest_properties.rs` reads back what it writes.
struct CsvSink {
    file: AtomicFile,
    /// Rows not handed to the system yet; each cell ends with a comma.
    line: String,
}

impl CsvSink {
    fn flush(&mut self) -> io::Result<()> {
        let written = self.file.write_all(self.line.as_bytes());
        self.line.clear();
        written
    }
}

/// Whether a cell with this byte must stand in quotes.
const QUOTED: [bool; 256] = {
    let mut quoted = [false; 256];
    quoted[b',' as usize] = true;
    quoted[b'"' as usize] = true;
    quoted[b'\n' as usize] = true;
    quoted[b'\r' as usize] = true;
    quoted
};

impl Sink for CsvSink {
    fn text(&mut self, value: &str) -> io::Result<()> {
        if value.bytes().any(|byte| QUOTED[usize::from(byte)]) {
            self.line.push('"');
            for (number, part) in value.split('"').enumerate() {
                self.line.push_str(if number > 0 { "\"\"" } else { "" });
                self.line.push_str(part);
            }
            self.line.push('"');
        } else {
            self.line.push_str(value);
        }
        self.line.push(',');
        Ok(())
    }

    fn weight(&mut self, value: f32) -> io::Result<()> {
        push_fixed(&mut self.line, value, 2, false);
        self.line.push(',');
        Ok(())
    }

    fn probability(&mut self, value: f32) -> io::Result<()> {
        push_probability(&mut self.line, value);
        self.line.push(',');
        Ok(())
    }

    fn count(&mut self, value: u64) -> io::Result<()> {
        push_integer(&mut self.line, value);
        self.line.push(',');
        Ok(())
    }

    fn end_row(&mut self) -> io::Result<()> {
        self.line.pop();
        self.line.push('\n');
        if self.line.len() < BUFFER_BYTES { Ok(()) } else { self.flush() }
    }
}
