//! The one codec of stored bytes: how numbers, texts and lists are spelled.
//! Which fields a row has is said by the rows; `docs/design/store-format.md`
//! gives each.
//!
//! Numbers in keys are big-endian, so that keys sort as numbers do; numbers in
//! values are LEB128; floats are little-endian IEEE 754; texts are their length
//! in bytes and UTF-8.

use crate::error::{Error, Result};

/// Appends values to a row.
#[derive(Debug, Default)]
pub struct Writer {
    pub bytes: Vec<u8>,
}

/// A number as LEB128: seven bits a byte, the lowest first.
pub fn put_number(mut value: u64, mut put: impl FnMut(u8)) {
    while value >= 0x80 {
        put(value as u8 | 0x80);
        value >>= 7;
    }
    put(value as u8);
}

impl Writer {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn byte(&mut self, value: u8) -> &mut Self {
        self.bytes.push(value);
        self
    }

    pub fn number(&mut self, value: u64) -> &mut Self {
        put_number(value, |byte| self.bytes.push(byte));
        self
    }

    /// A number of either sign: zigzag, then LEB128.
    pub fn signed(&mut self, value: i64) -> &mut Self {
        self.number(((value << 1) ^ (value >> 63)) as u64)
    }

    pub fn float(&mut self, value: f32) -> &mut Self {
        self.bytes.extend_from_slice(&value.to_le_bytes());
        self
    }

    pub fn fixed(&mut self, value: u64) -> &mut Self {
        self.bytes.extend_from_slice(&value.to_le_bytes());
        self
    }

    pub fn wide(&mut self, value: u128) -> &mut Self {
        self.bytes.extend_from_slice(&value.to_le_bytes());
        self
    }

    pub fn text(&mut self, value: &str) -> &mut Self {
        self.sized(value.as_bytes())
    }

    /// Bytes after their number.
    pub fn sized(&mut self, value: &[u8]) -> &mut Self {
        self.number(value.len() as u64);
        self.bytes.extend_from_slice(value);
        self
    }

    /// 0 for none, else 1 and the value.
    pub fn optional<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) -> &mut Self {
        match value {
            None => self.byte(0),
            Some(value) => {
                self.byte(1);
                write(self, value);
                self
            }
        }
    }

    /// Numbers in ascending order, each as its difference to the one before.
    pub fn ascending(&mut self, values: &[u32]) -> &mut Self {
        self.number(values.len() as u64);
        let mut before = 0;
        for &value in values {
            self.number(u64::from(value.wrapping_sub(before)));
            before = value;
        }
        self
    }
}

/// Takes a row apart. Every fault means that the bytes are not what this
/// version wrote.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    rest: &'a [u8],
    /// Which row it is, for messages.
    what: &'static str,
}

impl<'a> Reader<'a> {
    pub fn new(what: &'static str, bytes: &'a [u8]) -> Self {
        Self { rest: bytes, what }
    }

    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    fn broken(&self) -> Error {
        broken(self.what)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(|| self.broken())?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk::<N>().ok_or_else(|| self.broken())?;
        self.rest = rest;
        Ok(*taken)
    }

    pub fn byte(&mut self) -> Result<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub fn number(&mut self) -> Result<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(self.broken())
    }

    pub fn small(&mut self) -> Result<u32> {
        u32::try_from(self.number()?).map_err(|_| self.broken())
    }

    /// A length of something that takes at least a byte each.
    pub fn length(&mut self) -> Result<usize> {
        usize::try_from(self.number()?)
            .ok()
            .filter(|length| *length <= self.rest.len())
            .ok_or_else(|| self.broken())
    }

    pub fn signed(&mut self) -> Result<i64> {
        let value = self.number()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    pub fn float(&mut self) -> Result<f32> {
        self.array().map(f32::from_le_bytes)
    }

    pub fn fixed(&mut self) -> Result<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub fn wide(&mut self) -> Result<u128> {
        self.array().map(u128::from_le_bytes)
    }

    /// A big-endian number, as keys have them.
    pub fn key_number(&mut self) -> Result<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub fn key_wide(&mut self) -> Result<u64> {
        self.array().map(u64::from_be_bytes)
    }

    pub fn text(&mut self) -> Result<&'a str> {
        let bytes = self.sized()?;
        std::str::from_utf8(bytes).map_err(|_| self.broken())
    }

    /// Bytes after their number.
    pub fn sized(&mut self) -> Result<&'a [u8]> {
        let length = self.length()?;
        self.take(length)
    }

    /// What is left, as text.
    pub fn rest_text(&mut self) -> Result<&'a str> {
        let bytes = std::mem::take(&mut self.rest);
        std::str::from_utf8(bytes).map_err(|_| self.broken())
    }

    pub fn optional<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<Option<T>> {
        match self.byte()? {
            0 => Ok(None),
            1 => read(self).map(Some),
            _ => Err(self.broken()),
        }
    }

    /// What [`Writer::ascending`] wrote.
    pub fn ascending<T: FromIterator<u32>>(&mut self) -> Result<T> {
        let length = self.length()?;
        let mut before = 0u32;
        (0..length)
            .map(|_| {
                before = before.wrapping_add(self.small()?);
                Ok(before)
            })
            .collect()
    }
}

/// A row that cannot be read.
pub fn broken(what: &'static str) -> Error {
    Error::failed(format!("a {what} of the store is damaged"))
        .with_hint("`einklang verify --repair` rebuilds what can be derived; records come back from a backup")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(
            number in any::<u64>(), signed in any::<i64>(), float in -1e9f32..1e9, text in ".*",
            mut list in proptest::collection::vec(any::<u32>(), 0..50), wide in any::<u128>(),
        ) {
            list.sort_unstable();
            let mut writer = Writer::new();
            writer.number(number).signed(signed).float(float).text(&text).ascending(&list).wide(wide);
            writer.optional(Some(7u64), |writer, value| _ = writer.number(value));
            let mut reader = Reader::new("row", &writer.bytes);
            prop_assert_eq!(reader.number().unwrap(), number);
            prop_assert_eq!(reader.signed().unwrap(), signed);
            prop_assert_eq!(reader.float().unwrap(), float);
            prop_assert_eq!(reader.text().unwrap(), text);
            prop_assert_eq!(reader.ascending::<Vec<u32>>().unwrap(), list);
            prop_assert_eq!(reader.wide().unwrap(), wide);
            prop_assert_eq!(reader.optional(Reader::number).unwrap(), Some(7));
            prop_assert!(reader.is_empty());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let mut reader = Reader::new("row", &bytes);
            let _ = (reader.clone().number(), reader.clone().text(), reader.clone().ascending::<Vec<u32>>(), reader.wide());
        }
    }
}
