//! Text as such: cleaning it for display and folding it for comparison. Knows
//! letters and scripts, not what a text means.

mod clean;
mod fold;

pub use clean::{clean, recase};
pub use fold::{capitals_and_digits, fold, fold_into_words};

use super::{Normalised, Part, Tables, placeholder};
use crate::record::Attribute;

/// Free text: compared by its fold.
pub(super) fn normalise(attribute: Attribute, clean: &str, tables: &Tables) -> Normalised {
    let canonical = fold(clean);
    if placeholder::is_placeholder(clean, &canonical, tables) {
        return Normalised::placeholder(attribute, clean, placeholder::REASON);
    }
    Normalised::valid(Part::new(attribute, clean, canonical))
}
