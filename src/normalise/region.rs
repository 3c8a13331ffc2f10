//! States, provinces, cantons and Bundesländer: compared by their usual code
//! where they have one.

use super::{Context, Normalised, Part, placeholder, text};
use crate::normalise::table::Table;
use crate::record::Attribute;
use std::sync::LazyLock;

/// Folded names with their codes; countries apart only where a code would
/// stand for two regions in one of them.
static REGIONS: LazyLock<Table> = LazyLock::new(|| Table::parse(include_str!("data/regions.tsv")));

/// The code of a region's folded name.
pub fn code_of(folded: &str) -> Option<&'static str> {
    REGIONS.get(folded)
}

/// A region field.
pub(super) fn normalise(clean: &str, context: &Context) -> Normalised {
    let _ = context;
    let folded = text::fold(clean);
    // A short value is a code already, dots or not: `N.Y.`, `nsw`.
    let joined: String = folded.split(' ').collect();
    if let Some(code) = code_of(&folded) {
        return Normalised::valid(Part::new(Attribute::Region, clean, text::fold(code)));
    }
    if placeholder::is_placeholder(clean, &folded) && joined.len() != 2 {
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
        assert_eq!(normalise(input, &Context::default()).parts[0].canonical, expect, "{input}");
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
