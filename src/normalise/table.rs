//! Look-up tables that ship as data files beside the code: one entry a line,
//! key and meaning parted by a tab, `#` before a comment. `data/README.md`
//! tells where each comes from.

use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// Folded keys with what they mean; in a list without meanings, with "".
pub struct Table(HashMap<&'static str, &'static str, FixedState>);

impl Table {
    pub fn parse(text: &'static str) -> Self {
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        Self(lines.map(|line| line.split_once('\t').unwrap_or((line, ""))).collect())
    }

    #[inline]
    pub fn get(&self, key: &str) -> Option<&'static str> {
        self.0.get(key).copied()
    }

    #[inline]
    pub fn contains(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.0.iter().map(|(key, meaning)| (*key, *meaning))
    }
}
