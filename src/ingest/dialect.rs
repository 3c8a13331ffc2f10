//! How a delimited text is written: delimiter, quote, header or none. Found
//! from a sample of its first records; reading the rest by it is `delimited`'s
//! work.

/// The delimiter and quote of a delimited text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    pub delimiter: u8,
    pub quote: u8,
}

impl Default for Dialect {
    fn default() -> Self {
        Self { delimiter: b',', quote: b'"' }
    }
}
