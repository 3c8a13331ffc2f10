//! Countries by ISO code or by name in German, English and a dozen more
//! languages; compared by their alpha-2 code.

use super::{Normalised, Part, Tables, placeholder, text};
use crate::record::Attribute;

/// The alpha-2 code of a country's folded name or code.
pub fn code_of<'t>(folded: &str, tables: &'t Tables) -> Option<&'t str> {
    tables.countries.get(folded)
}

/// A country or nationality field.
pub(super) fn normalise(attribute: Attribute, clean: &str, tables: &Tables) -> Normalised {
    let folded = text::fold(clean);
    if let Some(code) = code_of(&folded, tables) {
        return Normalised::valid(Part::new(attribute, code, code));
    }
    if placeholder::is_placeholder(clean, &folded, tables) {
        return Normalised::placeholder(attribute, clean, placeholder::REASON);
    }
    Normalised::doubtful(Part::new(attribute, clean, folded), "country is not known")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expect: &str) {
        assert_eq!(
            normalise(Attribute::Country, input, Tables::shipped()).parts[0].canonical,
            expect,
            "{input}"
        );
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
