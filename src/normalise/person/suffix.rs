//! What follows a name to tell generations apart: `jun.`, `Sr.`, `III`.

use super::words::{Word, join, words};
use crate::normalise::{Normalised, Part, Tables, placeholder};
use crate::record::Attribute;

/// Folded forms with the one they compare as.
const FORMS: &[(&str, &str)] = &[
    ("2nd", "2"),
    ("3rd", "3"),
    ("4th", "4"),
    ("i", "1"),
    ("ii", "2"),
    ("iii", "3"),
    ("iv", "4"),
    ("v", "5"),
    ("vi", "6"),
    ("jr", "jun"),
    ("jun", "jun"),
    ("junior", "jun"),
    ("jnr", "jun"),
    ("sr", "sen"),
    ("sen", "sen"),
    ("senior", "sen"),
    ("snr", "sen"),
    ("d a", "sen"),
    ("d j", "jun"),
    ("der altere", "sen"),
    ("der jungere", "jun"),
];

/// The comparison form of a generation suffix, or `None` where it is none.
pub fn canonical(fold: &str) -> Option<&'static str> {
    FORMS.iter().find(|(form, _)| *form == fold).map(|(_, to)| *to)
}

/// `d. Ä.` before the rest of what follows a name.
pub fn of_two_words<'w, 'a>(after: &'w [Word<'a>]) -> Option<(Part, &'w [Word<'a>])> {
    let [first, second, rest @ ..] = after else { return None };
    let to = match (first.fold.as_str(), second.fold.as_str()) {
        ("d", "a") | ("der", "altere") => "sen",
        ("d", "j") | ("der", "jungere") => "jun",
        _ => return None,
    };
    Some((Part::new(Attribute::NameSuffix, join(&after[..2]), to), rest))
}

/// How many of the last words are a generation suffix. One word is left.
pub fn trailing(words: &[Word]) -> usize {
    if words.len() > 2 && of_two_words(&words[words.len() - 2..]).is_some() {
        return 2;
    }
    let Some(last) = words.last().filter(|_| words.len() > 1) else { return 0 };
    // One letter is an initial, but for `V` without a dot behind a whole name.
    usize::from(
        last.fold.len() > 1 && canonical(&last.fold).is_some()
            || last.text.eq_ignore_ascii_case("v") && words.len() > 2,
    )
}

/// A suffix field.
pub fn name_suffix(clean: &str, tables: &Tables) -> Normalised {
    let words = words(clean, tables);
    let Some(word) = words.first() else {
        return Normalised::placeholder(Attribute::NameSuffix, clean, placeholder::REASON);
    };
    let folded = crate::normalise::text::fold(clean);
    if let Some(to) = canonical(&folded).or_else(|| canonical(&word.fold)) {
        return Normalised::valid(Part::new(Attribute::NameSuffix, clean, to));
    }
    if placeholder::is_placeholder(clean, &folded, tables) {
        return Normalised::placeholder(Attribute::NameSuffix, clean, placeholder::REASON);
    }
    Normalised::valid(Part::new(Attribute::NameSuffix, clean, folded))
}
