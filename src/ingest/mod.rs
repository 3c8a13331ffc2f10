//! Layer 3: from the bytes of an export to the columns of a
//! [`Table`]. What a column means is not asked here, and
//! no thread is started here either: a [`Reader`] hands out blocks in file
//! order, [`Layout::parse`] is a pure function of one block, and each
//! [`ColumnBuilder`] takes the parsed blocks in file order, so whoever drives
//! them may parse blocks and fill columns in parallel and still gets the same
//! codes on every run.

mod build;
mod cut;
mod delimited;
mod dialect;
mod encoding;
mod json;
mod labels;
mod open;
#[cfg(feature = "parquet")]
mod parquet;
mod parsed;
mod reader;

pub use build::{ColumnBuilder, TableBuilder};
pub use dialect::Dialect;
pub use labels::{read_labels, write_labels};
pub use parsed::{Fault, FaultKind, ParsedBlock};
pub use reader::{Block, Layout, Reader};

use crate::error::{Error, Result};
use crate::record::{Quarantined, Table};
use std::path::Path;

/// Bytes of text that one block holds before it is cut at a record's end.
pub const BLOCK_BYTES: usize = 256 << 10;

/// The longest field that is taken, in bytes of UTF-8; a longer one puts its
/// row into quarantine.
pub const FIELD_BYTES_MAX: usize = 1 << 20;

/// The longest stretch without a record's end that is held in memory. Beyond
/// it the input is cut wherever it stands, and the pieces are quarantined.
pub const RECORD_BYTES_MAX: usize = 32 << 20;

/// The most columns an input may have.
pub const COLUMNS_MAX: usize = 4096;

/// Reads an opened input from beginning to end on this thread. `engine::load`
/// gives the same result sooner.
///
/// # Errors
/// The input fails while it is read. Faulty rows are in the second result.
pub fn read(mut reader: Reader, source: &str, path: &Path) -> Result<(Table, Vec<Quarantined>)> {
    let layout = reader.layout().clone();
    let mut builder = TableBuilder::new(source, path, layout.header(), &[]);
    while let Some(block) = reader.next_block()? {
        let blocks = [layout.parse(block)];
        for column in builder.begin(&blocks) {
            column.append(&blocks);
        }
    }
    Ok(builder.finish())
}

/// The failure of an input that has no data rows.
pub fn no_rows(path: &Path) -> Error {
    Error::failed(format!("`{}` has a header but no rows", path.display()))
        .with_hint("check that the export ran through, or leave the file out")
}

/// The failure of an input of which every row was quarantined.
pub fn no_good_rows(path: &Path, quarantine: &[Quarantined]) -> Error {
    let Some(first) = quarantine.first() else { return no_rows(path) };
    let (path, row, reason) = (path.display(), first.row, &first.reason);
    Error::failed(format!("no row of `{path}` can be read; row {row}: {reason}"))
        .with_hint("export it again, with one encoding, delimiter and quoting throughout")
}
