//! Particles of family names: `von der`, `van`, `de la`, `bin`, `Mc`. Those
//! that sources leave out as they please do not count in comparison; those
//! that belong to the name are joined to it.

use super::words::Word;
use crate::normalise::Tables;
use compact_str::CompactString;

/// Particles that are one with the name that follows.
const BOUND: &[&str] = &[
    "ap", "dal", "dalla", "degli", "del", "dell", "della", "dello", "di", "fitz", "la", "le", "li", "lo",
    "mac", "mc",
];

/// Whether a family name may begin with this word. A single capital is an
/// initial, whatever particle it abbreviates in small.
pub fn opens_family_name(word: &Word, tables: &Tables) -> bool {
    let initial = word.fold.len() == 1 && word.text.starts_with(char::is_uppercase);
    !initial && tables.particles_opening.contains(first(&word.fold))
}

/// Whether the folded word may stand between an opening particle and the core.
pub fn is_particle(fold: &str, tables: &Tables) -> bool {
    let known = |part| tables.particles.contains(part) || tables.particles_opening.contains(part);
    fold.split(' ').all(|part| known(part) || BOUND.contains(&part))
}

fn first(fold: &str) -> &str {
    fold.split(' ').next().unwrap_or("")
}

/// The comparison form of a family name: its core words without loose
/// particles, bound ones joined. `von der Heide` → `heide`, `Mc Donald` →
/// `mcdonald`, `Müller-Lüdenscheidt` → `muller ludenscheidt`.
pub fn core(words: &[Word], tables: &Tables) -> CompactString {
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
        } else if !is_last && tables.particles.contains(part) && !joined {
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
