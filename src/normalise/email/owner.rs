//! What an e-mail address says about its owner's name. Many are made of it,
//! and a record that has nothing but the address is then not without a name.

use crate::normalise::text;
use compact_str::CompactString;

/// The names found in an address; either may be missing. A given name of one
/// letter is an initial.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Owner {
    pub given: Option<CompactString>,
    pub family: Option<CompactString>,
}

/// Letters that a name must have to be seen where nothing separates it.
const JOINED_MIN: usize = 3;

/// Two words are read as names from this likelihood on.
const LIKELIHOOD_MIN: f32 = 0.3;
/// A word in which nothing separates two names, from this one.
const LIKELIHOOD_JOINED_MIN: f32 = 0.6;

/// Reads the local part of `address`. `given_share` says of a folded word that
/// is known as a name how often it is a given rather than a family name (0 to
/// 1), and `None` of any other.
pub fn owner(address: &str, given_share: impl Fn(&str) -> Option<f32>) -> Owner {
    let local = address.split(['@', '+']).next().unwrap_or_default();
    let words: Vec<CompactString> = local
        .split(|letter: char| !letter.is_alphabetic())
        .filter(|word| !word.is_empty())
        .map(text::fold)
        .collect();
    let read = match words.as_slice() {
        [only] => joined(only, &given_share),
        [first, last] => pair(first, last, &given_share),
        _ => None,
    };
    read.map(|(given, family)| Owner { given: Some(given.into()), family: Some(family.into()) })
        .unwrap_or_default()
}

/// Two separate words as (given, family) name, the likelier way round.
fn pair<'a>(
    first: &'a str,
    last: &'a str,
    given_share: &impl Fn(&str) -> Option<f32>,
) -> Option<(&'a str, &'a str)> {
    let share = |word: &str| if word.len() == 1 { Some(0.9) } else { given_share(word) };
    // An initial says that it is a name only beside one.
    let known = [first, last].iter().any(|word| word.len() > 1 && given_share(word).is_some());
    if !known || first.len().max(last.len()) < 2 {
        return None;
    }
    let likelihood =
        |given: &str, family: &str| share(given).unwrap_or(0.5) * (1.0 - share(family).unwrap_or(0.5));
    let (straight, turned) = (likelihood(first, last), likelihood(last, first));
    let (best, read) = if straight >= turned { (straight, (first, last)) } else { (turned, (last, first)) };
    (best >= LIKELIHOOD_MIN).then_some(read)
}

/// One word such as `annamuller` as (given, family) name, where both halves
/// are known and no other way to split it is as likely.
fn joined<'a>(word: &'a str, given_share: &impl Fn(&str) -> Option<f32>) -> Option<(&'a str, &'a str)> {
    let mut best: (f32, Option<(&str, &str)>) = (LIKELIHOOD_JOINED_MIN, None);
    for at in JOINED_MIN..word.len().saturating_sub(JOINED_MIN - 1) {
        let (Some(left), Some(right)) = (word.get(..at), word.get(at..)) else { continue };
        let (Some(x), Some(y)) = (given_share(left), given_share(right)) else { continue };
        for (likelihood, read) in [(x * (1.0 - y), (left, right)), (y * (1.0 - x), (right, left))] {
            if likelihood > best.0 {
                best = (likelihood, Some(read));
            }
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_addresses() {
        let share = |word: &str| match word {
            "anna" | "armin" => Some(0.99),
            "muller" | "dreifischer" => Some(0.01),
            "hanna" => Some(0.8),
            "schneider" => Some(0.1),
            _ => None,
        };
        for (address, expect) in [
            ("anna.mueller@web.de", ("anna", "muller")),
            ("mueller_anna87@web.de", ("anna", "muller")),
            ("a.mueller@web.de", ("a", "muller")),
            ("armindreifischer81+shop@gmail.com", ("armin", "dreifischer")),
            ("anna.unbekannt@web.de", ("anna", "unbekannt")),
            ("schneider.hanna51@web.de", ("hanna", "schneider")),
            ("info@web.de", ("", "")),
            ("fussball99@web.de", ("", "")),
        ] {
            let found = owner(address, share);
            let text = |name: Option<CompactString>| name.unwrap_or_default();
            assert_eq!((text(found.given).as_str(), text(found.family).as_str()), expect, "{address}");
        }
    }
}
