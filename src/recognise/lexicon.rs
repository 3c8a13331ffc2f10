//! Which words are names and places: the door to `normalise`'s lists, so that
//! recognising does not depend on how they are kept.

use crate::normalise::{city, lexicon};

/// Whether a folded word is known as a given name.
pub(super) fn is_given_name(word: &str) -> bool {
    lexicon::is_given_name(word)
}

/// Whether a folded word is known as a family name.
pub(super) fn is_family_name(word: &str) -> bool {
    lexicon::is_family_name(word)
}

/// How far a folded word leans to being a given name, from 0 to 1.
pub(super) fn given_name_share(word: &str) -> Option<f64> {
    lexicon::given_name_share(word)
}

/// Whether the text names a known town.
pub(super) fn is_city(value: &str) -> bool {
    lexicon::is_city(&city::canonical(value))
}
