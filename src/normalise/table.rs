//! Look-up tables that ship as data files beside the code: one entry a line,
//! key and meaning parted by a tab, `#` before a comment. `data/README.md`
//! tells where each comes from.

use compact_str::CompactString;
use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// Keys with what they mean; in a list without meanings, with "".
#[derive(Default)]
pub struct Table {
    entries: HashMap<CompactString, CompactString, FixedState>,
    sieve: Sieve,
}

impl Table {
    /// A table of such entries; of two with one key the later counts. An empty
    /// key is none.
    pub fn of(entries: impl Iterator<Item = (CompactString, CompactString)>) -> Self {
        let entries: HashMap<_, _, _> = entries.filter(|(key, _)| !key.is_empty()).collect();
        let mut sieve = Sieve::default();
        entries.keys().for_each(|key: &CompactString| sieve.add(key.as_bytes()));
        Self { entries, sieve }
    }

    #[inline]
    pub fn get(&self, key: &str) -> Option<&str> {
        if !self.sieve.may_hold(key.as_bytes()) {
            return None;
        }
        self.entries.get(key).map(CompactString::as_str)
    }

    #[inline]
    pub fn contains(&self, key: &str) -> bool {
        self.sieve.may_hold(key.as_bytes()) && self.entries.contains_key(key)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().map(|(key, meaning)| (key.as_str(), meaning.as_str()))
    }
}

/// Rules most words out by their first and last byte and their length, before
/// anything is hashed: tables are small, and most words are in none of them.
#[derive(Default)]
struct Sieve([u64; 32]);

impl Sieve {
    /// Row and bit of a key.
    #[inline]
    fn place(key: &[u8]) -> (usize, u32) {
        let (first, last) = match key {
            [first, .., last] => (*first, *last),
            [only] => (*only, *only),
            [] => (0, 0),
        };
        (usize::from(first & 31), u32::from(last & 31) | (key.len() as u32 & 1) << 5)
    }

    fn add(&mut self, key: &[u8]) {
        let (row, bit) = Self::place(key);
        self.0[row] |= 1 << bit;
    }

    #[inline]
    fn may_hold(&self, key: &[u8]) -> bool {
        let (row, bit) = Self::place(key);
        self.0[row] >> bit & 1 == 1
    }
}

/// The entries of a data file.
pub fn entries(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split_once('\t').unwrap_or((line, "")))
}
