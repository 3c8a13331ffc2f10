//! An opened input: finds out how it is written and hands out its blocks in
//! order. Parsing a block needs only the [`Layout`], which is shared.

use super::cut::{Cutter, Ends};
use super::dialect::Dialect;
use super::parsed::ParsedBlock;
use super::{BLOCK_BYTES, delimited};
use crate::error::{Error, Result};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// How an input is written.
#[derive(Debug, Clone)]
pub struct Layout {
    dialect: Dialect,
    header: Vec<String>,
}

/// One stretch of whole records, not parsed yet.
pub struct Block {
    bytes: Vec<u8>,
}

/// An opened input.
pub struct Reader {
    path: PathBuf,
    cutter: Cutter<Box<dyn Read + Send>>,
    layout: Layout,
    /// Bytes of the file, where it is known and uncompressed.
    length: Option<u64>,
}

impl Reader {
    /// Opens the input and finds out how it is written.
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|error| Error::io("read", path, error))?;
        let length = file.metadata().ok().map(|data| data.len());
        let mut cutter: Cutter<Box<dyn Read + Send>> = Cutter::new(Box::new(file));
        let sample = cutter.peek(BLOCK_BYTES).map_err(|error| Error::io("read", path, error))?;
        let sample = String::from_utf8_lossy(sample).into_owned();
        let dialect = Dialect::default();
        let Some((names, next)) = delimited::first_record(&sample, dialect) else {
            return Err(Error::failed(format!("`{}` is empty", path.display())));
        };
        cutter.skip(next);
        let header = names.iter().map(|name| name.trim().to_owned()).collect();
        Ok(Self { path: path.to_owned(), cutter, layout: Layout { dialect, header }, length })
    }

    /// How the input is written.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Bytes of the input, where known before it is read.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// The next block; `None` at the end.
    pub fn next_block(&mut self) -> Result<Option<Block>> {
        let ends = Ends::Quoted(self.layout.dialect);
        match self.cutter.next(ends, BLOCK_BYTES) {
            Ok(bytes) => Ok(bytes.map(|bytes| Block { bytes })),
            Err(error) => Err(Error::io("read", &self.path, error)),
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
        delimited::parse(block.bytes, self.dialect, self.header.len(), false)
    }
}

impl Block {
    /// Bytes of text in it.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }
}
