//! An opened input: finds out how it is written and hands out its blocks in
//! order. Parsing a block needs only the [`Layout`], which is shared.

use super::cut::{Cutter, Ends};
use super::dialect::{self, Dialect};
use super::encoding::{NotText, Utf8Stream};
use super::open::{self, Opened};
#[cfg(feature = "parquet")]
use super::parquet::{ParquetLayout, ParquetReader};
use super::parsed::ParsedBlock;
use super::{BLOCK_BYTES, COLUMNS_MAX, delimited, json, no_rows};
use crate::error::{Error, Result};
use std::io::Read;
use std::path::{Path, PathBuf};

/// How an input is written, and what its columns are called.
#[derive(Debug, Clone)]
pub struct Layout {
    format: Format,
    header: Vec<String>,
}

/// The shape of an input's rows.
#[derive(Debug, Clone)]
enum Format {
    Delimited(Dialect),
    Json,
    #[cfg(feature = "parquet")]
    Parquet(ParquetLayout),
}

/// Some rows of an input, not parsed yet.
pub struct Block(Content);

enum Content {
    Text {
        bytes: Vec<u8>,
        /// Decoded from another encoding than UTF-8.
        decoded: bool,
    },
    #[cfg(feature = "parquet")]
    Batch(arrow_array::RecordBatch),
}

/// An opened input.
pub struct Reader {
    path: PathBuf,
    rows: Rows,
    layout: Layout,
    length: Option<u64>,
}

type Text = Cutter<Utf8Stream<Box<dyn Read + Send>>>;

enum Rows {
    Text(Box<Text>),
    #[cfg(feature = "parquet")]
    Parquet(ParquetReader),
}

/// Bytes looked at to find out how a text is written.
const SAMPLE_BYTES: usize = 256 << 10;

impl Reader {
    /// Opens the input and finds out how it is written.
    ///
    /// # Errors
    /// It cannot be read, is no text or Parquet, is empty, or has a header only.
    pub fn open(path: &Path) -> Result<Self> {
        match open::open(path)? {
            Opened::Text { bytes, length } => Self::of_text(path, bytes, length),
            #[cfg(feature = "parquet")]
            Opened::Parquet(input) => {
                let reader = ParquetReader::open(path, input)?;
                let layout = reader.layout();
                let header = layout.names().to_vec();
                let layout = Layout { format: Format::Parquet(layout), header };
                Ok(Self { path: path.to_owned(), rows: Rows::Parquet(reader), layout, length: None })
            }
            #[cfg(not(feature = "parquet"))]
            Opened::Parquet(_) => Err(Error::failed(format!("`{}` is a Parquet file", path.display()))
                .with_hint(
                    "this build reads no Parquet: build with the feature `parquet`, or export it as CSV",
                )),
        }
    }

    fn of_text(path: &Path, bytes: Box<dyn Read + Send>, length: Option<u64>) -> Result<Self> {
        let read_error = |error| Error::io("read", path, error);
        let stream = match Utf8Stream::new(bytes).map_err(read_error)? {
            Ok(stream) => stream,
            Err(why) => return Err(not_text(path, why)),
        };
        let mut cutter: Text = Cutter::new(stream);
        let sample = cutter.peek(SAMPLE_BYTES).map_err(read_error)?.to_vec();
        let (mut sample, _) = delimited::into_text(sample, false);
        if sample.trim().is_empty() && cutter.finished() {
            return Err(Error::failed(format!("`{}` is empty", path.display()))
                .with_hint("check that the export ran through, or leave the file out"));
        }
        if !cutter.finished() {
            // The last record of the sample may be cut.
            sample.truncate(sample.rfind('\n').map_or(sample.len(), |at| at + 1));
        }
        let (layout, header_bytes) = layout_of(path, &sample)?;
        cutter.skip(header_bytes);
        if cutter.peek(1).map_err(read_error)?.is_empty() {
            return Err(no_rows(path));
        }
        Ok(Self { path: path.to_owned(), rows: Rows::Text(Box::new(cutter)), layout, length })
    }

    /// How the input is written.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Bytes of the input, where they are known and the text is not compressed.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// The next block; `None` at the end.
    pub fn next_block(&mut self) -> Result<Option<Block>> {
        match &mut self.rows {
            Rows::Text(cutter) => {
                let ends = self.layout.ends();
                let bytes =
                    cutter.next(ends, BLOCK_BYTES).map_err(|error| Error::io("read", &self.path, error))?;
                let decoded = cutter.input().is_decoded();
                Ok(bytes.map(|bytes| Block(Content::Text { bytes, decoded })))
            }
            #[cfg(feature = "parquet")]
            Rows::Parquet(reader) => {
                Ok(reader.next_batch(&self.path)?.map(|batch| Block(Content::Batch(batch))))
            }
        }
    }
}

impl Layout {
    /// The column names, where the input states them before its rows.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// Splits a block into the places of its values. A pure function, to be
    /// called on as many blocks at once as there are threads.
    pub fn parse(&self, block: Block) -> ParsedBlock {
        match (block.0, &self.format) {
            (Content::Text { bytes, decoded }, Format::Delimited(dialect)) => {
                delimited::parse(bytes, *dialect, self.header.len(), decoded)
            }
            (Content::Text { bytes, decoded }, _) => json::parse(bytes, decoded),
            #[cfg(feature = "parquet")]
            (Content::Batch(batch), Format::Parquet(layout)) => layout.parse(&batch),
            #[cfg(feature = "parquet")]
            (Content::Batch(_), _) => ParsedBlock::default(),
        }
    }

    fn ends(&self) -> Ends {
        match &self.format {
            Format::Delimited(dialect) => Ends::Quoted(*dialect),
            _ => Ends::Lines,
        }
    }
}

impl Block {
    /// Bytes of text in it; 0 where it is none.
    pub fn bytes(&self) -> usize {
        match &self.0 {
            Content::Text { bytes, .. } => bytes.len(),
            #[cfg(feature = "parquet")]
            Content::Batch(_) => 0,
        }
    }
}

/// How a text is written, from its first records, and how many bytes stand
/// before its first row.
fn layout_of(path: &Path, sample: &str) -> Result<(Layout, usize)> {
    if json::is_lines(sample) {
        return Ok((Layout { format: Format::Json, header: Vec::new() }, 0));
    }
    if sample.trim_start().starts_with(['[', '{']) && json::names_json(path) {
        return Err(Error::failed(format!("`{}` is not one JSON object a line", path.display()))
            .with_hint("write each record as one object on a line of its own, such as with `jq -c '.[]'`"));
    }
    let (stated, before) = match dialect::stated_delimiter(sample) {
        Some((delimiter, before)) => (Some(Dialect { delimiter, ..Dialect::default() }), before),
        None => (None, 0),
    };
    let rest = sample.get(before..).unwrap_or_default();
    let dialect = stated.unwrap_or_else(|| dialect::sniff(rest));
    let first = delimited::sample(rest, dialect, 1).into_iter().next();
    let Some(first) = first else { return Err(no_rows(path)) };
    let width = first.fields.len();
    if width > COLUMNS_MAX {
        let message =
            format!("`{}` has {width} columns, more than the {COLUMNS_MAX} that can be read", path.display());
        return Err(Error::failed(message));
    }
    let (header, header_bytes) = match dialect::has_header(rest, dialect) {
        true => (dialect::column_names(&first.fields), before + first.end),
        false => (dialect::numbered_names(width), before),
    };
    Ok((Layout { format: Format::Delimited(dialect), header }, header_bytes))
}

fn not_text(path: &Path, why: NotText) -> Error {
    let path = path.display();
    match why {
        NotText::Kind(kind) => Error::failed(format!("`{path}` is {kind}, not a text that can be read"))
            .with_hint("export it as CSV in UTF-8"),
        NotText::Binary => Error::failed(format!(
            "the encoding of `{path}` is unreadable: it holds mostly control characters"
        ))
        .with_hint(
            "save it as CSV in UTF-8, UTF-16 or Windows-1252; gzip, zstd and Parquet are read as they are",
        ),
    }
}
