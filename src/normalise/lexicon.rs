//! What kind of name a word usually is: given name (and of which gender),
//! family name, town. Weak knowledge, for telling columns and name order
//! apart, never evidence that two records are one.

use super::{Tables, city, text::fold};
use compact_str::CompactString;
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};

/// What is known of a word as a name.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    /// Bearers in the sample, as given and as family name.
    given: u32,
    family: u32,
    /// `m`, `f`, or 0 where both bear it or it is not known.
    gender: u8,
}

/// Names and towns.
#[derive(Default)]
pub struct Lexicon {
    names: HashMap<CompactString, Known, FixedState>,
    cities: HashSet<CompactString, FixedState>,
}

/// Bearers assumed where a list gives no count.
const COUNT_LISTED: u32 = 500;
const COUNT_NICKNAME: u32 = 50;

impl Lexicon {
    /// Of given names with gender and bearers, family names with bearers, and
    /// towns; nicknames and the cities that other tables name are known too.
    pub(super) fn new<'a>(
        given_names: impl Iterator<Item = (&'a str, &'a str)>,
        family_names: impl Iterator<Item = (&'a str, &'a str)>,
        towns: impl Iterator<Item = &'a str>,
        tables: &Tables,
    ) -> Self {
        let mut names: HashMap<CompactString, Known, FixedState> = HashMap::default();
        for (name, rest) in given_names {
            let (gender, count) = rest.split_once(' ').unwrap_or((rest, ""));
            let known = names.entry(fold(name)).or_default();
            known.given = known.given.max(count.parse().unwrap_or(COUNT_LISTED));
            match gender.as_bytes().first() {
                Some(b'u') | None => {}
                Some(&gender) if known.gender == 0 => known.gender = gender,
                Some(_) => {}
            }
        }
        for name in tables.nicknames.names() {
            let known = names.entry(name.into()).or_default();
            known.given = known.given.max(COUNT_NICKNAME);
        }
        for (name, count) in family_names {
            let known = names.entry(fold(name)).or_default();
            known.family = known.family.max(count.parse().unwrap_or(COUNT_LISTED));
        }
        let cities = towns.map(|name| city::canonical(name, tables)).chain(city::known_names(tables));
        Self { names, cities: cities.collect() }
    }

    fn known(&self, folded: &str) -> Known {
        self.names.get(folded).copied().unwrap_or_default()
    }

    /// Whether the folded word is a known given name.
    pub fn is_given_name(&self, folded: &str) -> bool {
        self.known(folded).given > 0
    }

    /// Whether the folded word is a known family name.
    pub fn is_family_name(&self, folded: &str) -> bool {
        self.known(folded).family > 0
    }

    /// How far the folded word leans to being a given name: 1 surely, 0 surely a
    /// family name, `None` where it is neither.
    pub fn given_name_share(&self, folded: &str) -> Option<f64> {
        let known = self.known(folded);
        let all = f64::from(known.given) + f64::from(known.family);
        (all > 0.0).then(|| f64::from(known.given) / all)
    }

    /// The gender that bears the folded given name almost alone: `m` or `f`.
    pub fn gender_of(&self, folded: &str) -> Option<char> {
        match self.known(folded).gender {
            0 => None,
            gender => Some(char::from(gender)),
        }
    }

    /// Whether the canonical town is a known one.
    pub fn is_city(&self, canonical: &str) -> bool {
        self.cities.contains(canonical)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_towns() {
        let known = &Tables::shipped().lexicon;
        for name in ["hans", "gunter", "kathi"] {
            assert!(known.is_given_name(name), "{name}");
        }
        assert!(known.is_family_name("muller") && known.is_family_name("smith"));
        assert!(!known.is_family_name("xqzt"));
        assert!(known.given_name_share("peter").is_some_and(|share| share > 0.8));
        assert!(known.given_name_share("muller").is_some_and(|share| share < 0.2));
        assert_eq!(known.gender_of("sabine"), Some('f'));
        assert_eq!(known.gender_of("wolfgang"), Some('m'));
        for town in ["munchen", "frankfurt", "zurich"] {
            assert!(known.is_city(town), "{town}");
        }
        assert!(!known.is_city("xqzt"));
    }
}
