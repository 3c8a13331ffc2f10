//! Cuts a stream of text into blocks that end where a record ends, so that
//! blocks can be parsed apart from one another. Newlines inside quotes end no
//! record; which quotes count is decided by [`closing_quote`], and the parser
//! asks the same function, so the two never disagree about where a row ends.

use super::dialect::Dialect;
use super::{FIELD_BYTES_MAX, RECORD_BYTES_MAX};
use memchr::{memchr, memrchr};
use std::io::{self, Read};

/// Where records end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// At each newline outside quotes.
    Quoted(Dialect),
    /// At each newline.
    Lines,
}

/// A stream being cut.
pub struct Cutter<R> {
    input: R,
    /// Read, but not handed out yet.
    carry: Vec<u8>,
    finished: bool,
}

impl<R: Read> Cutter<R> {
    pub fn new(input: R) -> Self {
        Self { input, carry: Vec::new(), finished: false }
    }

    /// Reads ahead until `bytes` are at hand or the input ends, and shows them.
    pub fn peek(&mut self, bytes: usize) -> io::Result<&[u8]> {
        let mut carry = std::mem::take(&mut self.carry);
        self.fill(&mut carry, bytes)?;
        self.carry = carry;
        Ok(&self.carry)
    }

    /// The stream itself.
    pub fn input(&self) -> &R {
        &self.input
    }

    /// Whether all of the input has been read (not necessarily handed out).
    pub fn finished(&self) -> bool {
        self.finished
    }

    /// Drops the first `bytes` of what [`Cutter::peek`] showed.
    pub fn skip(&mut self, bytes: usize) {
        self.carry.drain(..bytes.min(self.carry.len()));
    }

    /// The next block of about `bytes`, ending at a record's end; `None` at
    /// the input's end.
    pub fn next(&mut self, ends: Ends, bytes: usize) -> io::Result<Option<Vec<u8>>> {
        let mut wanted = bytes;
        let mut block = Vec::new();
        std::mem::swap(&mut block, &mut self.carry);
        block.reserve(wanted.saturating_sub(block.len()));
        loop {
            self.fill(&mut block, wanted)?;
            if block.is_empty() {
                return Ok(None);
            }
            if self.finished {
                return Ok(Some(block));
            }
            let cut = match last_end(&block, ends) {
                0 if block.len() < RECORD_BYTES_MAX => {
                    wanted = block.len() * 2;
                    continue;
                }
                0 => block.len(),
                cut => cut,
            };
            self.carry = block.split_off(cut);
            return Ok(Some(block));
        }
    }

    fn fill(&mut self, buffer: &mut Vec<u8>, bytes: usize) -> io::Result<()> {
        while !self.finished && buffer.len() < bytes {
            let missing = (bytes - buffer.len()) as u64;
            self.finished = self.input.by_ref().take(missing).read_to_end(buffer)? == 0;
        }
        Ok(())
    }
}

/// Just behind the last newline that surely ends a record; 0 where none does.
fn last_end(block: &[u8], ends: Ends) -> usize {
    let Ends::Quoted(dialect) = ends else {
        return memrchr(b'\n', block).map_or(0, |at| at + 1);
    };
    let mut last = 0;
    let mut outside = 0;
    let mut from = 0;
    while let Some(offset) = block.get(from..).and_then(|rest| memchr(dialect.quote, rest)) {
        let quote = from + offset;
        from = quote + 1;
        if !opens(block, quote, dialect) {
            continue;
        }
        let closed = closing_quote(block, quote, dialect);
        // An undecided quote may turn out to hold what follows.
        let undecided = match closed {
            Closing::At(end) => end + 2 >= block.len(),
            Closing::Nowhere => block.len() - quote <= FIELD_BYTES_MAX + 2,
            Closing::Improper => false,
        };
        if let Closing::At(_) = closed {
            last = end_within(block, outside, quote).unwrap_or(last);
        }
        match closed {
            _ if undecided => return end_within(block, outside, quote).unwrap_or(last),
            Closing::At(end) => (from, outside) = (end + 1, end + 1),
            Closing::Nowhere | Closing::Improper => {}
        }
    }
    end_within(block, outside, block.len()).unwrap_or(last)
}

fn end_within(block: &[u8], from: usize, to: usize) -> Option<usize> {
    block.get(from..to).and_then(|part| memrchr(b'\n', part)).map(|at| from + at + 1)
}

/// Whether the quote at `at` stands where a field begins.
pub fn opens(text: &[u8], at: usize, dialect: Dialect) -> bool {
    match at.checked_sub(1).and_then(|before| text.get(before)) {
        None => true,
        Some(&before) => before == dialect.delimiter || before == b'\n',
    }
}

/// How a quoted field ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// With the quote at that place, followed by a delimiter or the record's end.
    At(usize),
    /// Its closing quote is followed by something else.
    Improper,
    /// There is none in reach.
    Nowhere,
}

/// Finds the quote that closes the field opened at `open`, not farther away
/// than the longest field allowed.
pub fn closing_quote(text: &[u8], open: usize, dialect: Dialect) -> Closing {
    let reach = text.len().min(open + 1 + FIELD_BYTES_MAX + 1);
    let mut from = open + 1;
    while let Some(offset) = text.get(from..reach).and_then(|rest| memchr(dialect.quote, rest)) {
        let quote = from + offset;
        match text.get(quote + 1) {
            Some(&next) if next == dialect.quote => from = quote + 2,
            None | Some(b'\n') => return Closing::At(quote),
            Some(b'\r') if matches!(text.get(quote + 2), None | Some(b'\n')) => return Closing::At(quote),
            Some(&next) if next == dialect.delimiter => return Closing::At(quote),
            Some(_) => return Closing::Improper,
        }
    }
    Closing::Nowhere
}
