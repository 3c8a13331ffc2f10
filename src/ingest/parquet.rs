//! Reads Parquet and spells every value as text: dates and times as ISO 8601,
//! numbers as they are, a list's values joined like those of JSON, a struct's
//! fields as columns of their own (`outer.inner`).

use super::dialect::column_names;
use super::json::LIST_JOINT;
use super::open::ParquetInput;
use super::parsed::{Fault, FaultKind, ParsedBlock, Span};
use super::{COLUMNS_MAX, FIELD_BYTES_MAX, no_rows};
use crate::error::{Error, Result};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayAccessor, ArrayRef, RecordBatch};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_schema::{DataType, Fields};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::file::reader::ChunkReader;
use std::path::Path;

/// Rows that are read in one go.
const BATCH_ROWS: usize = 8192;

/// An opened Parquet file.
pub struct ParquetReader {
    batches: ParquetRecordBatchReader,
    names: Vec<String>,
}

/// The names of the columns, structs unfolded.
#[derive(Debug, Clone)]
pub struct ParquetLayout {
    names: Vec<String>,
}

impl ParquetReader {
    /// Opens the file and reads its schema.
    pub fn open(path: &Path, input: ParquetInput) -> Result<Self> {
        let refused = |error: parquet::errors::ParquetError| broken(path, &error);
        let (fields, rows, batches) = match input {
            ParquetInput::File(file) => open_bytes(file).map_err(refused)?,
            ParquetInput::Memory(bytes) => open_bytes(bytes::Bytes::from(bytes)).map_err(refused)?,
        };
        let mut names = Vec::new();
        unfold_names(&fields, "", &mut names);
        if names.is_empty() || rows == 0 {
            return Err(no_rows(path));
        }
        if names.len() > COLUMNS_MAX {
            let message = format!(
                "`{}` has {} columns, more than the {COLUMNS_MAX} that can be read",
                path.display(),
                names.len()
            );
            return Err(Error::failed(message));
        }
        Ok(Self { batches, names: column_names(&names) })
    }

    /// What parsing a batch needs to know.
    pub fn layout(&self) -> ParquetLayout {
        ParquetLayout { names: self.names.clone() }
    }

    /// The next rows; `None` at the end.
    pub fn next_batch(&mut self, path: &Path) -> Result<Option<RecordBatch>> {
        self.batches.next().transpose().map_err(|error| broken(path, &error))
    }
}

fn open_bytes<B: ChunkReader + 'static>(
    bytes: B,
) -> parquet::errors::Result<(Fields, i64, ParquetRecordBatchReader)> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes)?;
    let rows = builder.metadata().file_metadata().num_rows();
    let fields = builder.schema().fields().clone();
    Ok((fields, rows, builder.with_batch_size(BATCH_ROWS).build()?))
}

fn broken(path: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::failed(format!("cannot read `{}` as Parquet: {error}", path.display()))
        .with_hint("the file may be cut short: export it again")
}

fn unfold_names(fields: &Fields, before: &str, names: &mut Vec<String>) {
    for field in fields {
        let name = format!("{before}{}", field.name().trim());
        match field.data_type() {
            DataType::Struct(inner) => unfold_names(inner, &format!("{name}."), names),
            _ => names.push(name),
        }
    }
}

impl ParquetLayout {
    /// The names of the columns.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Spells a batch as text.
    pub fn parse(&self, batch: &RecordBatch) -> ParsedBlock {
        let rows = batch.num_rows();
        let columns = Vec::with_capacity(self.names.len());
        let mut spelt = Spelt { text: String::new(), columns, rows, faults: Vec::new() };
        for column in batch.columns() {
            spelt.unfold(column, &[]);
        }
        spelt.into_block()
    }
}

/// Columns being spelt.
struct Spelt {
    text: String,
    columns: Vec<Vec<Span>>,
    rows: usize,
    faults: Vec<Fault>,
}

impl Spelt {
    /// Spells a column, or each field of a struct. A row that is missing in
    /// one of the structs around it (`outer`) is missing in their fields too.
    fn unfold(&mut self, column: &ArrayRef, outer: &[ArrayRef]) {
        if let Some(fields) = column.as_struct_opt() {
            let around: Vec<ArrayRef> = outer.iter().cloned().chain([column.clone()]).collect();
            for field in fields.columns() {
                self.unfold(field, &around);
            }
            return;
        }
        let spell = speller(column);
        let mut spans = Vec::with_capacity(self.rows);
        for row in 0..self.rows {
            let start = self.text.len();
            if !column.is_null(row) && !outer.iter().any(|array| array.is_null(row)) {
                spell(row, &mut self.text);
            }
            spans.push(Span { start: start as u32, end: self.text.len() as u32 });
            self.check(row, start);
        }
        self.columns.push(spans);
    }

    /// Notes a fault in the value that stands at the end of the text.
    fn check(&mut self, row: usize, start: usize) {
        let value = self.text.as_bytes().get(start..).unwrap_or_default();
        let kind = match value {
            value if value.len() > FIELD_BYTES_MAX => FaultKind::Long,
            value if memchr::memchr(0, value).is_some() => FaultKind::Nul,
            _ => return,
        };
        self.faults.push(Fault { row: row as u64, column: Some(self.columns.len()), kind });
    }

    fn into_block(mut self) -> ParsedBlock {
        self.faults.sort_by_key(|fault| fault.row);
        self.faults.dedup_by_key(|fault| fault.row);
        let mut kept = vec![true; self.rows];
        for fault in &self.faults {
            if let Some(kept) = kept.get_mut(fault.row as usize) {
                *kept = false;
            }
        }
        if !self.faults.is_empty() {
            for spans in &mut self.columns {
                let mut kept = kept.iter();
                spans.retain(|_| kept.next() == Some(&true));
            }
        }
        ParsedBlock {
            text: self.text,
            columns: self.columns,
            names: None,
            rows: self.rows - self.faults.len(),
            rows_met: self.rows as u64,
            faults: self.faults,
        }
    }
}

/// Appends the value of one row, which is not missing, to a text.
type Speller<'a> = Box<dyn Fn(usize, &mut String) + 'a>;

fn speller(array: &ArrayRef) -> Speller<'_> {
    match array.data_type() {
        DataType::Utf8 => text_speller(array.as_string::<i32>()),
        DataType::LargeUtf8 => text_speller(array.as_string::<i64>()),
        DataType::Utf8View => text_speller(array.as_string_view()),
        DataType::Binary => binary_speller(array.as_binary::<i32>()),
        DataType::LargeBinary => binary_speller(array.as_binary::<i64>()),
        DataType::BinaryView => binary_speller(array.as_binary_view()),
        DataType::List(_) => {
            let lists = array.as_list::<i32>();
            Box::new(|row, out| spell_list(&lists.value(row), out))
        }
        DataType::LargeList(_) => {
            let lists = array.as_list::<i64>();
            Box::new(|row, out| spell_list(&lists.value(row), out))
        }
        DataType::FixedSizeList(_, _) => {
            let lists = array.as_fixed_size_list();
            Box::new(|row, out| spell_list(&lists.value(row), out))
        }
        DataType::Float16 | DataType::Float32 | DataType::Float64 => {
            let spell = formatted_speller(array);
            Box::new(move |row, out| {
                spell(row, out);
                // Whole numbers in a column that once had gaps: `1067.0` is `1067`.
                if out.ends_with(".0") {
                    out.truncate(out.len() - 2);
                }
            })
        }
        _ => formatted_speller(array),
    }
}

fn text_speller<'a, A: ArrayAccessor<Item = &'a str> + 'a>(array: A) -> Speller<'a> {
    Box::new(move |row, out| out.push_str(array.value(row)))
}

/// Binary values are text that was not declared as such, or else hexadecimal.
fn binary_speller<'a, A: ArrayAccessor<Item = &'a [u8]> + 'a>(array: A) -> Speller<'a> {
    Box::new(move |row, out| match std::str::from_utf8(array.value(row)) {
        Ok(text) => out.push_str(text),
        Err(_) => out.extend(array.value(row).iter().map(|byte| format!("{byte:02x}"))),
    })
}

fn spell_list(values: &ArrayRef, out: &mut String) {
    let spell = speller(values);
    let mut first = true;
    for row in (0..values.len()).filter(|&row| !values.is_null(row)) {
        if !std::mem::take(&mut first) {
            out.push_str(LIST_JOINT);
        }
        spell(row, out);
    }
}

fn formatted_speller(array: &ArrayRef) -> Speller<'_> {
    const OPTIONS: FormatOptions = FormatOptions::new();
    match ArrayFormatter::try_new(array.as_ref(), &OPTIONS) {
        Ok(formatter) => Box::new(move |row, out| {
            let before = out.len();
            if formatter.value(row).write(out).is_err() {
                out.truncate(before);
            }
        }),
        // A type without a spelling is carried as missing.
        Err(_) => Box::new(|_, _| {}),
    }
}
