//! What kind of name a word usually is: given name (and of which gender),
//! family name, town. Weak knowledge, for telling columns and name order
//! apart, never evidence that two records are one.

use super::{city, nickname, table::entries, text::fold};
use compact_str::CompactString;
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};
use std::sync::OnceLock;

/// What is known of a word as a name.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    /// Bearers in the sample, as given and as family name.
    given: u32,
    family: u32,
    /// `m`, `f`, or 0 where both bear it or it is not known.
    gender: u8,
}

struct Lexicon {
    names: HashMap<CompactString, Known, FixedState>,
    cities: HashSet<CompactString, FixedState>,
}

/// Bearers assumed where a list gives no count.
const COUNT_LISTED: u32 = 500;
const COUNT_NICKNAME: u32 = 50;

fn lexicon() -> &'static Lexicon {
    static LEXICON: OnceLock<Lexicon> = OnceLock::new();
    LEXICON.get_or_init(|| Lexicon { names: names(), cities: cities() })
}

fn names() -> HashMap<CompactString, Known, FixedState> {
    let mut names: HashMap<CompactString, Known, FixedState> = HashMap::default();
    for (name, rest) in entries(include_str!("data/given_names_de.tsv"))
        .chain(entries(include_str!("data/given_names_world.tsv")))
    {
        let (gender, count) = rest.split_once(' ').unwrap_or((rest, ""));
        let known = names.entry(fold(name)).or_default();
        known.given = known.given.max(count.parse().unwrap_or(COUNT_LISTED));
        match gender.as_bytes().first() {
            Some(b'u') | None => {}
            Some(&gender) if known.gender == 0 => known.gender = gender,
            Some(_) => {}
        }
    }
    for name in nickname::known_names() {
        let known = names.entry(name.into()).or_default();
        known.given = known.given.max(COUNT_NICKNAME);
    }
    for (name, count) in entries(include_str!("data/family_names_de.tsv"))
        .chain(entries(include_str!("data/family_names_world.txt")))
    {
        let known = names.entry(fold(name)).or_default();
        known.family = known.family.max(count.parse().unwrap_or(COUNT_LISTED));
    }
    names
}

fn cities() -> HashSet<CompactString, FixedState> {
    entries(include_str!("data/cities_de.txt"))
        .map(|(name, _)| city::canonical(name))
        .chain(city::known_names())
        .collect()
}

fn known(folded: &str) -> Known {
    lexicon().names.get(folded).copied().unwrap_or_default()
}

/// Whether the folded word is a known given name.
pub fn is_given_name(folded: &str) -> bool {
    known(folded).given > 0
}

/// Whether the folded word is a known family name.
pub fn is_family_name(folded: &str) -> bool {
    known(folded).family > 0
}

/// How far the folded word leans to being a given name: 1 surely, 0 surely a
/// family name, `None` where it is neither.
pub fn given_name_share(folded: &str) -> Option<f64> {
    let known = known(folded);
    let all = f64::from(known.given) + f64::from(known.family);
    (all > 0.0).then(|| f64::from(known.given) / all)
}

/// The gender that bears the folded given name almost alone: `m` or `f`.
pub fn gender_of(folded: &str) -> Option<char> {
    match known(folded).gender {
        0 => None,
        gender => Some(char::from(gender)),
    }
}

/// Whether the canonical town is a known one.
pub fn is_city(canonical: &str) -> bool {
    lexicon().cities.contains(canonical)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_towns() {
        assert!(is_given_name("hans") && is_given_name("gunter") && is_given_name("kathi"));
        assert!(is_family_name("muller") && is_family_name("smith") && !is_family_name("xqzt"));
        assert!(given_name_share("peter").is_some_and(|share| share > 0.8));
        assert!(given_name_share("muller").is_some_and(|share| share < 0.2));
        assert_eq!(gender_of("sabine"), Some('f'));
        assert_eq!(gender_of("wolfgang"), Some('m'));
        assert!(is_city("munchen") && is_city("frankfurt") && is_city("zurich") && !is_city("xqzt"));
    }
}
