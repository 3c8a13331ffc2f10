//! Particles of family names: `von der`, `van`, `de la`, `bin`, `Mc`. Those
//! that sources leave out as they please do not count in comparison; those
//! that belong to the name are joined to it.

use super::words::Word;
use crate::normalise::table::Table;
use compact_str::CompactString;
use std::sync::LazyLock;

/// Nobility, prepositions and articles that may be missing elsewhere.
static LOOSE: LazyLock<Table> = LazyLock::new(|| Table::parse(include_str!("../data/particles_loose.txt")));

/// Particles that may open a family name on their own, in front of its core.
static OPENING: LazyLock<Table> =
    LazyLock::new(|| Table::parse(include_str!("../data/particles_opening.txt")));

/// Particles that are one with the name that follows.
const BOUND: &[&str] = &[
    "ap", "dal", "dalla", "degli", "del", "dell", "della", "dello", "di", "fitz", "la", "le", "li", "lo",
    "mac", "mc",
];

/// Whether a family name may begin with this word. A single capital is an
/// initial, whatever particle it abbreviates in small.
pub fn opens_family_name(word: &Word) -> bool {
    let initial = word.fold.len() == 1 && word.text.starts_with(char::is_uppercase);
    !initial && OPENING.contains(first(&word.fold))
}

/// Whether the folded word may stand between an opening particle and the core.
pub fn is_particle(fold: &str) -> bool {
    fold.split(' ').all(|part| LOOSE.contains(part) || BOUND.contains(&part) || OPENING.contains(part))
}

fn first(fold: &str) -> &str {
    fold.split(' ').next().unwrap_or("")
}

/// The comparison form of a family name: its core words without loose
/// particles, bound ones joined. `von der Heide` → `heide`, `Mc Donald` →
/// `mcdonald`, `Müller-Lüdenscheidt` → `muller ludenscheidt`.
pub fn core(words: &[Word]) -> CompactString {
    if let [word] = words
        && !word.fold.contains(' ')
    {
        return word.fold.clone();
    }
    let mut out = CompactString::default();
    let mut joined = false;
    let parts = || words.iter().flat_map(|word| word.fold.split(' '));
    let count = parts().count();
    for (at, part) in parts().enumerate() {
        let is_last = at + 1 == count;
        if !is_last && BOUND.contains(&part) {
            if !out.is_empty() && !joined {
                out.push(' ');
            }
            out.push_str(part);
            joined = true;
        } else if !is_last && LOOSE.contains(part) && !joined {
            continue;
        } else {
            if !out.is_empty() && !joined {
                out.push(' ');
            }
            out.push_str(part);
            joined = false;
        }
    }
    out
}
