//! States, provinces, cantons and Bundesländer: compared by their usual code
//! where they have one.

use super::{Normalised, Part, Tables, placeholder, text};
use crate::record::Attribute;
use compact_str::CompactString;

/// The code of a region's folded name; countries are told apart only where a
/// code would stand for two regions in one of them.
pub fn code_of<'t>(folded: &str, tables: &'t Tables) -> Option<&'t str> {
    tables.regions.get(folded)
}

/// Codes of states and provinces that stand between town and postcode.
const STATE_CODES: &[&str] = &[
    "AB", "ACT", "AK", "AL", "AR", "AZ", "BC", "CA", "CO", "CT", "DC", "DE", "FL", "GA", "HI", "IA", "ID",
    "IL", "IN", "KS", "KY", "LA", "MA", "MB", "MD", "ME", "MI", "MN", "MO", "MS", "MT", "NB", "NC", "ND",
    "NE", "NH", "NJ", "NL", "NM", "NS", "NSW", "NT", "NV", "NY", "OH", "OK", "ON", "OR", "PA", "PE", "PR",
    "QC", "QLD", "RI", "SA", "SC", "SD", "SK", "TAS", "TN", "TX", "UT", "VA", "VIC", "VT", "WA", "WI", "WV",
    "WY",
];

/// Whether the words name a state or province, by code or name.
pub(super) fn is_state(words: &str, tables: &Tables) -> bool {
    is_code_only_of_state(words).is_some()
        || code_of(&text::fold(words), tables).is_some_and(|code| STATE_CODES.contains(&code))
}

/// The state's code, where the words are one in capitals, dots or not.
pub(super) fn is_code_only_of_state(words: &str) -> Option<&'static str> {
    if words.len() > 5 || words.chars().any(char::is_lowercase) && words.len() != 2 {
        return None;
    }
    let letters: CompactString =
        words.chars().filter(char::is_ascii_alphabetic).map(|ch| ch.to_ascii_uppercase()).collect();
    STATE_CODES.iter().find(|code| **code == letters).copied()
}

/// A region field.
pub(super) fn normalise(clean: &str, tables: &Tables) -> Normalised {
    let folded = text::fold(clean);
    // A short value is a code already, dots or not: `N.Y.`, `nsw`.
    let joined: String = folded.split(' ').collect();
    if let Some(code) = code_of(&folded, tables) {
        return Normalised::valid(Part::new(Attribute::Region, clean, text::fold(code)));
    }
    if placeholder::is_placeholder(clean, &folded, tables) && joined.len() != 2 {
        return Normalised::placeholder(Attribute::Region, clean, placeholder::REASON);
    }
    let canonical = if joined.len() <= 4 && folded.split(' ').all(|word| word.len() == 1) {
        joined.as_str()
    } else {
        &folded
    };
    Normalised::valid(Part::new(Attribute::Region, clean, canonical))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expect: &str) {
        assert_eq!(normalise(input, Tables::shipped()).parts[0].canonical, expect, "{input}");
    }

    #[test]
    fn names_and_codes_agree() {
        check("New York", "ny");
        check("N.Y.", "ny");
        check("NY", "ny");
        check("nsw", "nsw");
        check("New South Wales", "nsw");
        check("Bayern", "by");
        check("Oberösterreich", "oo");
        check("OÖ", "oo");
        check("Middle Earth", "middle earth");
    }
}
