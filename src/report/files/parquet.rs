//! The sink that writes a table as Parquet.

use super::atomic::{AtomicFile, cannot_write};
use super::rows::{Kind, Table};
use super::sink::Sink;
use crate::error::Result;
use arrow_array::builder::{Float32Builder, StringBuilder, UInt64Builder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

/// Rows gathered before they are encoded.
const BATCH_ROWS: usize = 16 << 10;

/// Writes a table as Parquet.
pub fn write(file: AtomicFile, table: &dyn Table) -> Result<PathBuf> {
    let target = file.target().to_owned();
    let reason = Reason::default();
    let failed = |error: io::Error| {
        cannot_write(&target, reason.get().map_or(error, |&number| io::Error::from_raw_os_error(number)))
    };
    let columns = table.columns();
    let fields: Vec<Field> = columns
        .iter()
        .map(|column| match column.kind {
            Kind::Text => Field::new(&column.name, DataType::Utf8, true),
            Kind::Weight | Kind::Probability => Field::new(&column.name, DataType::Float32, false),
            Kind::Count => Field::new(&column.name, DataType::UInt64, false),
        })
        .collect();
    let schema: SchemaRef = Arc::new(Schema::new(fields));
    // The library's name and version are left out, so that the bytes depend on
    // the content alone.
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_created_by("einklang".to_owned())
        .build();
    let file = Watched { file, reason: Arc::clone(&reason) };
    let writer = ArrowWriter::try_new(file, schema.clone(), Some(properties))
        .map_err(|error| failed(io::Error::other(error)))?;
    let builders = columns.iter().map(|column| Builder::new(column.kind)).collect();
    let mut sink = ParquetSink { writer, schema, builders, column: 0, rows: 0 };
    table.write(&mut sink).map_err(failed)?;
    sink.flush().map_err(failed)?;
    let whole = sink.writer.into_inner().map_err(|error| failed(io::Error::other(error)))?;
    whole.file.finish()
}

enum Builder {
    Text(StringBuilder),
    Float(Float32Builder),
    Count(UInt64Builder),
}

impl Builder {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text(StringBuilder::new()),
            Kind::Weight | Kind::Probability => Self::Float(Float32Builder::new()),
            Kind::Count => Self::Count(UInt64Builder::new()),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(builder) => Arc::new(builder.finish()),
            Self::Float(builder) => Arc::new(builder.finish()),
            Self::Count(builder) => Arc::new(builder.finish()),
        }
    }
}

struct ParquetSink {
    writer: ArrowWriter<Watched>,
    schema: SchemaRef,
    builders: Vec<Builder>,
    /// The column that the next cell belongs to.
    column: usize,
    rows: usize,
}

impl ParquetSink {
    fn next(&mut self) -> Option<&mut Builder> {
        self.column += 1;
        self.builders.get_mut(self.column - 1)
    }

    fn float(&mut self, value: f32) -> io::Result<()> {
        if let Some(Builder::Float(builder)) = self.next() {
            builder.append_value(value);
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        let columns = self.builders.iter_mut().map(Builder::finish).collect();
        let batch = RecordBatch::try_new(self.schema.clone(), columns).map_err(io::Error::other)?;
        self.rows = 0;
        self.writer.write(&batch).map_err(io::Error::other)
    }
}

impl Sink for ParquetSink {
    fn text(&mut self, value: &str) -> io::Result<()> {
        if let Some(Builder::Text(builder)) = self.next() {
            builder.append_option((!value.is_empty()).then_some(value));
        }
        Ok(())
    }

    fn weight(&mut self, value: f32) -> io::Result<()> {
        self.float(value)
    }

    fn probability(&mut self, value: f32) -> io::Result<()> {
        self.float(value)
    }

    fn count(&mut self, value: u64) -> io::Result<()> {
        if let Some(Builder::Count(builder)) = self.next() {
            builder.append_value(value);
        }
        Ok(())
    }

    fn end_row(&mut self) -> io::Result<()> {
        self.column = 0;
        self.rows += 1;
        if self.rows == BATCH_ROWS { self.flush() } else { Ok(()) }
    }
}

/// The file, and the system's own reason for its first failure: the library
/// puts that into words of its own, and a full disk must be told as such.
struct Watched {
    file: AtomicFile,
    reason: Reason,
}

/// The system's error number.
type Reason = Arc<OnceLock<i32>>;

impl Watched {
    fn note<T>(&self, done: io::Result<T>) -> io::Result<T> {
        if let Some(number) = done.as_ref().err().and_then(io::Error::raw_os_error) {
            // The first one stays.
            let _ = self.reason.set(number);
        }
        done
    }
}

impl Write for Watched {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let done = self.file.write(bytes);
        self.note(done)
    }

    fn flush(&mut self) -> io::Result<()> {
        let done = self.file.flush();
        self.note(done)
    }
}
