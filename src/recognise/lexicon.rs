//! Which words are names and places: the door to `normalise`'s lists, so that
//! recognising does not depend on how they are kept.

use crate::normalise::{Tables, city, text};

/// How far a value's first word leans to being a given name rather than a
/// family name, from 0 to 1; `None` where it is known as neither.
pub(super) fn given_name_share(value: &str, tables: &Tables) -> Option<f64> {
    let folded = text::fold(value);
    tables.lexicon.given_name_share(text::fold_into_words(&folded).next()?)
}

/// Two to four words, two of them known as names and one as a given name.
pub(super) fn is_whole_name(value: &str, tables: &Tables) -> bool {
    let folded = text::fold(value);
    let words: Vec<&str> = text::fold_into_words(&folded).filter(|word| word.len() > 1).collect();
    let lexicon = &tables.lexicon;
    let given = words.iter().filter(|word| lexicon.is_given_name(word)).count();
    let known =
        words.iter().filter(|word| lexicon.is_given_name(word) || lexicon.is_family_name(word)).count();
    (2..=4).contains(&words.len()) && known >= 2 && given >= 1
}

/// Whether the text names a known town.
pub(super) fn is_city(value: &str, tables: &Tables) -> bool {
    tables.lexicon.is_city(&city::canonical(value, tables))
}
