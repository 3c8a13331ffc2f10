//! Look-up tables that ship as data files beside the code: one entry a line,
//! key and meaning parted by a tab, `#` before a comment. `data/README.md`
//! tells where each comes from.

use super::text::fold;
use compact_str::CompactString;
use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// Keys with what they mean; in a list without meanings, with "".
pub struct Table(HashMap<CompactString, &'static str, FixedState>);

impl Table {
    /// A table whose keys are folded text.
    pub fn parse(text: &'static str) -> Self {
        Self(entries(text).map(|(key, meaning)| (fold(key), meaning)).collect())
    }

    /// A table whose keys stand as they are: domains, addresses.
    pub fn verbatim(text: &'static str) -> Self {
        Self(entries(text).map(|(key, meaning)| (key.into(), meaning)).collect())
    }

    #[inline]
    pub fn get(&self, key: &str) -> Option<&'static str> {
        self.0.get(key).copied()
    }

    #[inline]
    pub fn contains(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &'static str)> {
        self.0.iter().map(|(key, meaning)| (key.as_str(), *meaning))
    }
}

/// The entries of a data file.
pub fn entries(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split_once('\t').unwrap_or((line, "")))
}
