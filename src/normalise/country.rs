//! Countries by ISO code or by name in German, English and a dozen more
//! languages; compared by their alpha-2 code.

use super::{Normalised, Part, placeholder, text};
use crate::normalise::table::Table;
use crate::record::Attribute;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::sync::LazyLock;
use std::sync::OnceLock;

/// Alpha-2, alpha-3 and names, one country a line.
const TABLE: &str = include_str!("data/countries.tsv");

struct Countries {
    by_name: HashMap<Box<str>, &'static str, FixedState>,
}

fn countries() -> &'static Countries {
    static COUNTRIES: OnceLock<Countries> = OnceLock::new();
    COUNTRIES.get_or_init(|| {
        let mut by_name: HashMap<Box<str>, &'static str, FixedState> = HashMap::default();
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            let mut columns = line.split('\t');
            let (Some(code), Some(code3), Some(names)) = (columns.next(), columns.next(), columns.next())
            else {
                continue;
            };
            // Codes outrank names, which only a nickname could share.
            by_name.insert(code.to_lowercase().into(), code);
            by_name.insert(code3.to_lowercase().into(), code);
            for name in names.split('|') {
                let name = text::fold(name);
                if !name.is_empty() {
                    by_name.entry(name.as_str().into()).or_insert(code);
                }
            }
        }
        for (name, code) in NATIONALITIES.iter() {
            by_name.entry(name.into()).or_insert(code);
        }
        Countries { by_name }
    })
}

/// Adjectives of nationality, folded.
static NATIONALITIES: LazyLock<Table> =
    LazyLock::new(|| Table::parse(include_str!("data/nationalities.tsv")));

/// The alpha-2 code of a country's folded name or code.
pub fn code_of(folded: &str) -> Option<&'static str> {
    countries().by_name.get(folded).copied()
}

/// A country or nationality field.
pub(super) fn normalise(attribute: Attribute, clean: &str) -> Normalised {
    let folded = text::fold(clean);
    if let Some(code) = code_of(&folded) {
        return Normalised::valid(Part::new(attribute, code, code));
    }
    if placeholder::is_placeholder(clean, &folded) {
        return Normalised::placeholder(attribute, clean, placeholder::REASON);
    }
    Normalised::doubtful(Part::new(attribute, clean, folded), "country is not known")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expect: &str) {
        assert_eq!(normalise(Attribute::Country, input).parts[0].canonical, expect, "{input}");
    }

    #[test]
    fn names_and_codes_give_alpha_2() {
        for name in ["Deutschland", "Germany", "DE", "de", "DEU", "D", "Allemagne", "GERMANY"] {
            check(name, "DE");
        }
        check("Österreich", "AT");
        check("Oesterreich", "AT");
        check("Schweiz", "CH");
        check("Suisse", "CH");
        check("U.S.A.", "US");
        check("United Kingdom", "GB");
        check("Ukraina", "UA");
        check("Białoruś", "BY");
        check("no", "NO");
        check("Narnia", "narnia");
    }
}
