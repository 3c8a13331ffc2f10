//! Rows of whole blocks, packed: a key is a rule and half a hash in one word, and
//! a block of one record, as most are, is the record's number. A page holds the
//! rows of some keys of one rule; changes hold those of all rules on their way to
//! pages. What a row means is known here no further than which rows are short.

use super::codec::{Reader, Writer, broken, put_number};
use crate::error::Result;
use smallvec::SmallVec;

/// The path of a whole block: rule and key's hash, as they sort.
pub type RootKey = u64;

/// Bytes of the path of a whole block.
const ROOT_BYTES: usize = 6;
/// The word of a row that is taken away.
const GONE: u32 = u32::MAX;
/// Words from here on say where in the tail the row stands.
const IN_TAIL: u32 = 1 << 31;
/// How the row of a block of one record begins.
const ONE: [u8; 2] = [0, 1];
/// Bytes of a page before its hashes, and of a hash or word.
const WORD_BYTES: usize = 4;

/// The key of a path, where it is that of a whole block.
pub fn root_key(path: &[u8]) -> Option<RootKey> {
    let path: [u8; ROOT_BYTES] = path.try_into().ok()?;
    Some(path.iter().fold(0, |key, byte| key << 8 | u64::from(*byte)))
}

/// The path that a key stands for.
pub fn root_path_of(key: RootKey) -> [u8; ROOT_BYTES] {
    let [_, _, path @ ..] = key.to_be_bytes();
    path
}

pub fn rule_of(key: RootKey) -> u16 {
    (key >> 32) as u16
}

/// What stands under a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held<'a> {
    /// No row, and none that an earlier change or a page has.
    Gone,
    /// The row of a block of that one record.
    One(u32),
    /// Any other row.
    Row(&'a [u8]),
}

impl<'a> Held<'a> {
    pub fn new(row: Option<&'a [u8]>) -> Self {
        match row {
            None => Self::Gone,
            Some(row) => only(row).map_or(Self::Row(row), Self::One),
        }
    }

    /// What `read` makes of the row, if there is one.
    pub fn read<T>(self, read: impl FnOnce(&[u8]) -> Result<T>) -> Result<Option<T>> {
        match self {
            Self::Gone => Ok(None),
            Self::Row(row) => read(row).map(Some),
            Self::One(number) => read(&spelled(number)).map(Some),
        }
    }
}

/// The row of a block of one record.
fn spelled(number: u32) -> SmallVec<[u8; 8]> {
    let mut row = SmallVec::from_slice(&ONE);
    put_number(u64::from(number), |byte| row.push(byte));
    row
}

/// The number that a row of one record names, spelled as the codec does.
fn only(row: &[u8]) -> Option<u32> {
    let rest = row.strip_prefix(&ONE)?;
    let mut reader = Reader::new("block", rest);
    let number = reader.small().ok().filter(|number| *number < IN_TAIL && reader.is_empty())?;
    // The last of several bytes of a number is 0 only where another wrote it.
    (rest.len() == 1 || rest.last() != Some(&0)).then_some(number)
}

/// Rows that are not as short as a word, one after the other.
fn put_in_tail(tail: &mut Vec<u8>, row: &[u8]) -> u32 {
    let at = u32::try_from(tail.len()).ok().filter(|at| *at < GONE - IN_TAIL);
    let mut writer = Writer { bytes: std::mem::take(tail) };
    writer.sized(row);
    *tail = writer.bytes;
    IN_TAIL | at.expect("rows that are packed together are shorter than two gigabytes")
}

fn word_of(held: Held, tail: &mut Vec<u8>) -> u32 {
    match held {
        Held::Gone => GONE,
        Held::One(number) => number,
        Held::Row(row) => put_in_tail(tail, row),
    }
}

/// What a word says; a row of a damaged tail reads as an empty one, which no
/// block has.
fn held_by(word: u32, tail: &[u8]) -> Held<'_> {
    match word {
        GONE => Held::Gone,
        ..IN_TAIL => Held::One(word),
        _ => {
            let mut reader = Reader::new("block", tail.get((word - IN_TAIL) as usize..).unwrap_or_default());
            Held::Row(reader.sized().unwrap_or_default())
        }
    }
}

/// The first place in `0..length` that `is_before` does not hold of, found from
/// `from` by ever longer steps, since what is asked next mostly stands near.
fn place_from(from: usize, length: usize, is_before: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut step) = (from, 1);
    let mut high = from;
    while high < length && is_before(high) {
        low = high + 1;
        high = low + step;
        step *= 2;
    }
    let mut high = high.min(length);
    while low < high {
        let middle = low + (high - low) / 2;
        if is_before(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

/// Changes of rows in the order of their keys, each key once.
#[derive(Debug, Clone, Default)]
pub struct Packed {
    keys: Vec<RootKey>,
    words: Vec<u32>,
    tail: Vec<u8>,
}

impl Packed {
    pub fn with_room(rows: usize) -> Self {
        Self { keys: Vec::with_capacity(rows), words: Vec::with_capacity(rows), tail: Vec::new() }
    }

    /// Adds the row of a key that comes after all others.
    pub fn push(&mut self, key: RootKey, held: Held) {
        self.keys.push(key);
        self.words.push(word_of(held, &mut self.tail));
    }

    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// How much is held, in changes of one word: long rows count for several.
    pub fn held_in_words(&self) -> u64 {
        const CHANGE_BYTES: usize = size_of::<RootKey>() + WORD_BYTES;
        (self.len() + self.tail.len() / CHANGE_BYTES) as u64
    }

    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    pub fn key(&self, at: usize) -> Option<RootKey> {
        self.keys.get(at).copied()
    }

    pub fn held(&self, at: usize) -> Held<'_> {
        self.words.get(at).map_or(Held::Gone, |word| held_by(*word, &self.tail))
    }

    /// The change of a key. Of keys that come in order, `from` is how many
    /// changes are before the last of them, at first 0.
    pub fn find(&self, key: RootKey, from: &mut usize) -> Option<Held<'_>> {
        *from = self.place(key, *from);
        (self.key(*from) == Some(key)).then(|| self.held(*from))
    }

    /// How many changes are before a key; not fewer than `from`.
    pub fn place(&self, key: RootKey, from: usize) -> usize {
        place_from(from, self.len(), |at| self.keys.get(at).is_some_and(|known| *known < key))
    }

    /// Both changes one after the other: of one key `later` holds.
    pub fn followed_by(&self, later: &Self) -> Self {
        let mut both = Self::with_room(self.len() + later.len());
        both.tail.reserve(self.tail.len() + later.tail.len());
        let (mut at, mut at_later) = (0, 0);
        loop {
            let (known, new) = (self.key(at), later.key(at_later));
            match (known, new) {
                (None, None) => return both,
                (Some(key), new) if new.is_none_or(|new| key < new) => {
                    both.push(key, self.held(at));
                    at += 1;
                }
                (known, Some(key)) => {
                    both.push(key, later.held(at_later));
                    at += usize::from(known == Some(key));
                    at_later += 1;
                }
                (Some(_), None) => unreachable!("a key without another is before it"),
            }
        }
    }

    /// The changes as one stored row: per rule its number, and a page.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        let mut at = 0;
        for of_rule in self.keys.chunk_by(|a, b| rule_of(*a) == rule_of(*b)) {
            let mut page = PageMaker::default();
            for key in of_rule {
                page.push(*key as u32, self.held(at));
                at += 1;
            }
            let rule = of_rule.first().map_or(0, |key| rule_of(*key));
            writer.number(u64::from(rule)).sized(&page.finish());
        }
        writer.bytes
    }

    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new("change of blocks", bytes);
        let mut all = Self::default();
        while !reader.is_empty() {
            let rule = u64::from(reader.small()?);
            let page = Page::new(reader.sized()?)?;
            page.rows().for_each(|(hash, held)| all.push(rule << 32 | u64::from(hash), held));
        }
        Ok(all)
    }
}

/// Makes a page.
#[derive(Default)]
pub struct PageMaker {
    hashes: Vec<u8>,
    words: Vec<u8>,
    tail: Vec<u8>,
}

impl PageMaker {
    /// Adds the row of a hash that comes after all others.
    pub fn push(&mut self, hash: u32, held: Held) {
        self.hashes.extend_from_slice(&hash.to_le_bytes());
        let word = word_of(held, &mut self.tail);
        self.words.extend_from_slice(&word.to_le_bytes());
    }

    /// Adds the row of a block of one record.
    pub fn push_only(&mut self, hash: u32, number: u32) {
        match number {
            ..IN_TAIL => self.push(hash, Held::One(number)),
            _ => self.push(hash, Held::Row(&spelled(number))),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// The page, with which a new one is begun.
    pub fn finish(&mut self) -> Vec<u8> {
        let count = (self.hashes.len() / WORD_BYTES) as u32;
        let parts = [&count.to_le_bytes(), &self.hashes[..], &self.words, &self.tail];
        let page = parts.concat();
        self.hashes.clear();
        self.words.clear();
        self.tail.clear();
        page
    }
}

/// A page as it is stored: how many rows, their hashes, their words, the tail.
#[derive(Clone, Copy)]
pub struct Page<'a> {
    hashes: &'a [[u8; WORD_BYTES]],
    words: &'a [[u8; WORD_BYTES]],
    tail: &'a [u8],
}

impl<'a> Page<'a> {
    pub fn new(bytes: &'a [u8]) -> Result<Self> {
        let damaged = || broken("page of blocks");
        let (count, rest) = bytes.split_first_chunk().ok_or_else(damaged)?;
        let length = u32::from_le_bytes(*count) as usize * WORD_BYTES;
        let (hashes, rest) = rest.split_at_checked(length).ok_or_else(damaged)?;
        let (words, tail) = rest.split_at_checked(length).ok_or_else(damaged)?;
        Ok(Self { hashes: hashes.as_chunks().0, words: words.as_chunks().0, tail })
    }

    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    fn hash(&self, at: usize) -> Option<u32> {
        self.hashes.get(at).map(|hash| u32::from_le_bytes(*hash))
    }

    fn held(&self, at: usize) -> Held<'a> {
        self.words.get(at).map_or(Held::Gone, |word| held_by(u32::from_le_bytes(*word), self.tail))
    }

    /// What stands under a hash, of which so many leading bits are the page's.
    pub fn find(&self, hash: u32, bits: u8) -> Option<Held<'a>> {
        /// Rows on either side of where a hash is expected: about one and a half
        /// times as far as it is mostly off, in a page of 2,048.
        const NEAR: usize = 32;
        let is_before = |known: &[u8; WORD_BYTES]| u32::from_le_bytes(*known) < hash;
        // Hashes are spread evenly, so that how far one is into the page's says
        // where it stands: two lines of memory are looked at instead of four.
        let within = u64::from(hash.checked_shl(u32::from(bits)).unwrap_or(0));
        let expected = ((within * self.len() as u64) >> u32::BITS) as usize;
        let (from, to) = (expected.saturating_sub(NEAR), self.len().min(expected + NEAR));
        let is_after = |at: usize| self.hashes.get(at).is_some_and(|known| !is_before(known));
        let (from, to) = match (from == 0 || !is_after(from - 1), to == self.len() || is_after(to)) {
            (true, true) => (from, to),
            _ => (0, self.len()),
        };
        let near = self.hashes.get(from..to).unwrap_or_default();
        let at = from + near.partition_point(is_before);
        (self.hash(at) == Some(hash)).then(|| self.held(at))
    }

    /// The rows in the order of their hashes.
    pub fn rows(self) -> impl Iterator<Item = (u32, Held<'a>)> {
        self.hashes.iter().enumerate().map(move |(at, hash)| (u32::from_le_bytes(*hash), self.held(at)))
    }
}

/// The rows of a page of one rule with the changes `from..to` made to them.
pub fn changed_rows<'a>(
    page: Option<Page<'a>>,
    changes: &'a Packed,
    (mut from, to): (usize, usize),
) -> Vec<(u32, Held<'a>)> {
    let mut rows = Vec::with_capacity(page.map_or(0, |page| page.len()) + to.saturating_sub(from));
    let mut put = |hash, held| {
        if held != Held::Gone {
            rows.push((hash, held));
        }
    };
    let changed = |at: usize| changes.key(at).filter(|_| at < to).map(|key| key as u32);
    for (hash, held) in page.into_iter().flat_map(Page::rows) {
        while let Some(before) = changed(from).filter(|before| *before < hash) {
            put(before, changes.held(from));
            from += 1;
        }
        if changed(from) == Some(hash) {
            put(hash, changes.held(from));
            from += 1;
        } else {
            put(hash, held);
        }
    }
    while let Some(hash) = changed(from) {
        put(hash, changes.held(from));
        from += 1;
    }
    rows
}
