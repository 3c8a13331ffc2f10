//! Towns at the end of words that also hold a street: `12 Main St North Palm
//! Beach` ends in a town of three words, `4411 Stone Way North Seattle` in one
//! of one. Only a list of the towns there are can tell.

use super::words::Words;
use crate::normalise::{Tables, city, text};
use compact_str::CompactString;
use foldhash::fast::FixedState;
use hashbrown::HashSet;
use smallvec::SmallVec;

/// Names of towns, in one form each.
#[derive(Default)]
pub struct Towns(HashSet<CompactString, FixedState>);

impl Towns {
    pub(in crate::normalise) fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        Self(names.map(key).collect())
    }
}

/// The most words in a name that is looked for.
const WORDS_MAX: usize = 5;

/// Cities before whose names their quarters stand without a comma.
const WITH_QUARTERS: &[&str] = &[
    "london",
    "new york",
    "brooklyn",
    "queens",
    "bronx",
    "chicago",
    "los angeles",
    "san francisco",
    "boston",
    "philadelphia",
    "toronto",
    "montreal",
    "vancouver",
    "sydney",
    "melbourne",
    "brisbane",
    "perth",
    "auckland",
    "manchester",
    "birmingham",
    "glasgow",
    "edinburgh",
    "leeds",
    "liverpool",
    "bristol",
    "sheffield",
    "nottingham",
    "cardiff",
    "belfast",
    "dublin",
];

/// Words that open a town's name rather than end a quarter's.
const OPENERS: &[&str] = &[
    "new", "north", "south", "east", "west", "upper", "lower", "old", "port", "fort", "lake", "mount", "st",
    "great", "little", "los", "san", "el", "la", "de", "of", "the", "in", "near", "n", "s", "e", "w",
];

/// Whether the words are a town's name.
pub fn is_town(name: &str, tables: &Tables) -> bool {
    let key = key(name);
    tables.towns.0.contains(&key) || name.len() > 2 && city::local_name(&key, tables).is_some()
}

/// Where the longest known town begins that ends the words, at `from` or later.
pub fn at_end(words: &Words, from: usize) -> Option<usize> {
    let first = from.max(words.len().saturating_sub(WORDS_MAX));
    (first..words.len()).find(|&index| is_town(words.rest(index), words.tables))
}

/// Where the city begins behind the name of one of its quarters: `Shoreditch
/// London`, `Jackson Heights Queens`.
pub fn behind_quarter(words: &Words, from: usize) -> Option<usize> {
    if is_town(words.rest(from), words.tables) {
        return None;
    }
    let fits = |index: &usize| {
        WITH_QUARTERS.contains(&key(words.rest(*index)).as_str())
            && !OPENERS.contains(&text::fold(words.at(index - 1)).as_str())
    };
    (from + 1..words.len()).find(fits)
}

/// One form of names with `St.`, `Ft.` and initials of directions.
fn key(name: &str) -> CompactString {
    let folded = text::fold(name);
    let words: SmallVec<[&str; 6]> = text::fold_into_words(&folded).collect();
    let mut out = CompactString::default();
    for (at, word) in words.iter().enumerate() {
        if at > 0 && matches!(*word, "twp" | "township") {
            continue;
        }
        if at > 0 {
            out.push(' ');
        }
        out.push_str(match *word {
            "saint" => "st",
            "ft" => "fort",
            "mt" => "mount",
            "n" if at == 0 && words.len() > 1 => "north",
            "s" if at == 0 && words.len() > 1 => "south",
            "e" if at == 0 && words.len() > 1 => "east",
            "w" if at == 0 && words.len() > 1 => "west",
            word => word,
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_several_spellings() {
        for (name, expect) in [
            ("St. Louis", true),
            ("Saint Louis", true),
            ("w. palm beach", true),
            ("Seattle", true),
            ("North Seattle", false),
            ("Xqzt", false),
        ] {
            assert_eq!(is_town(name, Tables::shipped()), expect, "{name}");
        }
    }

    #[test]
    fn the_longest_town_at_the_end() {
        let words = Words::of("Westwind Dr North Palm Beach", Tables::shipped());
        assert_eq!(at_end(&words, 1), Some(2));
        let words = Words::of("Shoreditch London", Tables::shipped());
        assert_eq!(behind_quarter(&words, 0), Some(1));
        assert_eq!(behind_quarter(&Words::of("New London", Tables::shipped()), 0), None);
    }
}
