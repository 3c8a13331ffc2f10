//! Look-up tables that ship as data files beside the code: one entry a line,
//! key and meaning parted by a tab, `#` before a comment. `data/README.md`
//! tells where each comes from.

use super::text::fold;
use compact_str::CompactString;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::borrow::Cow;

/// Keys with what they mean; in a list without meanings, with "".
pub struct Table(HashMap<CompactString, Cow<'static, str>, FixedState>);

impl Table {
    /// A table whose keys are folded text.
    pub fn parse(text: &'static str) -> Self {
        Self(entries(text).map(|(key, meaning)| (fold(key), Cow::Borrowed(meaning))).collect())
    }

    /// A table of any entries whose keys are folded text.
    pub fn folded<'a>(entries: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        Self(entries.map(|(key, meaning)| (fold(key), Cow::Owned(meaning.to_owned()))).collect())
    }

    /// A table whose keys stand as they are: domains, addresses.
    pub fn verbatim<'a>(entries: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        Self(entries.map(|(key, meaning)| (key.into(), Cow::Owned(meaning.to_owned()))).collect())
    }

    #[inline]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(Cow::as_ref)
    }

    #[inline]
    pub fn contains(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, meaning)| (key.as_str(), meaning.as_ref()))
    }
}

/// The entries of a data file.
pub fn entries(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split_once('\t').unwrap_or((line, "")))
}
