//! `candidates.bin`: which records blocking brought together, so that an
//! evaluation can tell pairs that were never compared from pairs that were
//! compared and not linked.
//!
//! Layout: the eight bytes `EKCAND01`, the number of records as a little-endian
//! `u64`, then per record, in the order of the crosswalk, the number of its
//! blocks and the blocks ascending, each as its difference to the one before;
//! numbers as LEB128. Two records were compared where they share a block.

use std::io::{self, Read, Write};

const MAGIC: &[u8; 8] = b"EKCAND01";

/// The file's name in the output folder.
pub const NAME: &str = "candidates.bin";

/// Writes the blocks of `records` records.
pub fn write<'a>(
    out: &mut impl Write,
    records: usize,
    blocks_of: impl Fn(usize) -> &'a [u32],
) -> io::Result<()> {
    out.write_all(MAGIC)?;
    out.write_all(&(records as u64).to_le_bytes())?;
    for record in 0..records {
        let blocks = blocks_of(record);
        number(out, blocks.len() as u32)?;
        let mut before = 0;
        for &block in blocks {
            number(out, block - before)?;
            before = block;
        }
    }
    Ok(())
}

/// Leb128: seven bits a byte, the lowest first.
fn number(out: &mut impl Write, mut value: u32) -> io::Result<()> {
    while value >= 0x80 {
        out.write_all(&[value as u8 | 0x80])?;
        value >>= 7;
    }
    out.write_all(&[value as u8])
}

/// Per record, its blocks, ascending.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Candidates {
    ends: Vec<usize>,
    blocks: Vec<u32>,
}

impl Candidates {
    /// Reads what [`write()`] wrote.
    ///
    /// # Errors
    /// The bytes are no such file, or end too soon.
    pub fn read(input: &mut impl Read) -> io::Result<Self> {
        let broken = || io::Error::new(io::ErrorKind::InvalidData, "not a list of candidates");
        let mut bytes = Vec::new();
        input.read_to_end(&mut bytes)?;
        let rest = bytes.strip_prefix(MAGIC).ok_or_else(broken)?;
        let (count, rest) = rest.split_first_chunk::<8>().ok_or_else(broken)?;
        let mut rest = rest.iter();
        let mut next = || {
            let (mut value, mut shift) = (0u32, 0);
            loop {
                let &byte = rest.next()?;
                value |= u32::from(byte & 0x7f).checked_shl(shift)?;
                shift += 7;
                if byte & 0x80 == 0 {
                    return Some(value);
                }
            }
        };
        let mut result = Self::default();
        for _ in 0..u64::from_le_bytes(*count) {
            let mut block = 0u32;
            for _ in 0..next().ok_or_else(broken)? {
                block = block.checked_add(next().ok_or_else(broken)?).ok_or_else(broken)?;
                result.blocks.push(block);
            }
            result.ends.push(result.blocks.len());
        }
        Ok(result)
    }

    /// The number of records.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    fn of(&self, record: usize) -> &[u32] {
        let start = record.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.ends.get(record).and_then(|&end| self.blocks.get(start..end)).unwrap_or_default()
    }

    /// Whether the two records share a block.
    pub fn share(&self, a: usize, b: usize) -> bool {
        let of_b = self.of(b);
        self.of(a).iter().any(|block| of_b.binary_search(block).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let blocks: [&[u32]; 4] = [&[0, 3, 900_000], &[], &[3, 4], &[900_000]];
        let mut bytes = Vec::new();
        write(&mut bytes, blocks.len(), |record| blocks[record]).unwrap();
        let read = Candidates::read(&mut bytes.as_slice()).unwrap();
        assert_eq!(read.len(), 4);
        for (a, b, expect) in [(0, 2, true), (0, 3, true), (2, 3, false), (0, 1, false)] {
            assert_eq!(read.share(a, b), expect, "{a} {b}");
        }
        assert!(Candidates::read(&mut &bytes[..bytes.len() - 1]).is_err());
        assert!(Candidates::read(&mut &b"something else"[..]).is_err());
    }
}
