//! Finding customers by words of their golden values, mistyped by a letter or
//! cut short. Words are folded as comparison forms are, so that umlauts and
//! accents do not matter.

use super::inspect::{CustomerView, Resolved, customer};
use crate::error::Result;
use crate::normalise::text::fold;
use crate::record::Attribute;
use crate::store::{Batch, CustomerRow, Family, Store, Terms, word_key};
use compact_str::CompactString;
use hashbrown::HashMap;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeSet;

/// Letters of a word that is worth finding, and that may be mistyped.
const LENGTH_MIN: usize = 2;
const MISTYPED_LENGTH_MIN: usize = 4;
/// Letters of a word that are kept.
const LENGTH_MAX: usize = 40;
/// Digits by whose end a number is found, however it is prefixed.
const NUMBER_TAIL: usize = 8;
/// Customers read for one spelling at most.
const CUSTOMERS_MAX: usize = 20_000;

/// A customer that was found.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Hit {
    /// The words found, each by how well and how rare: the best come first.
    pub score: f32,
    #[serde(flatten)]
    pub customer: CustomerView,
}

/// The customers whose golden values hold most of the words of `query`, the
/// best first.
///
/// # Errors
/// The store cannot be read.
pub fn search(store: &Store, query: &str, limit: usize) -> Result<Vec<Hit>> {
    let asked: Vec<CompactString> = asked(query).into_iter().collect();
    let found: Vec<HashMap<CompactString, f32>> =
        asked.par_iter().map(|word| holders(store, word)).collect::<Result<_>>()?;
    let mut scores: HashMap<CompactString, f32> = HashMap::new();
    for of_word in found {
        // A word that few have tells more.
        let rarity = 1.0 / (1.0 + of_word.len() as f32).ln().max(1.0);
        for (id, quality) in of_word {
            *scores.entry(id).or_default() += quality * (1.0 + rarity);
        }
    }
    let mut ranked: Vec<(CompactString, f32)> = scores.into_iter().collect();
    ranked.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let mut hits = Vec::with_capacity(limit.min(ranked.len()));
    for (id, score) in ranked.into_iter().take(limit) {
        if let Resolved::Customer(customer) = customer(store, &id)? {
            hits.push(Hit { score, customer });
        }
    }
    Ok(hits)
}

/// The words that a customer is found by.
pub fn words_of(row: &CustomerRow, terms: &Terms) -> BTreeSet<CompactString> {
    let mut words = BTreeSet::new();
    for golden in &row.golden {
        let attribute = terms.field(golden.field).map(|field| field.attribute);
        words.extend(attribute.into_iter().flat_map(|attribute| words_of_value(attribute, &golden.value)));
    }
    words
}

/// The words of one golden value.
pub fn words_of_value(attribute: Attribute, value: &str) -> Vec<CompactString> {
    match attribute {
        Attribute::Phone => number_tail(value).into_iter().collect(),
        Attribute::Gender | Attribute::Country | Attribute::Consent => Vec::new(),
        _ => words_in(value).collect(),
    }
}

/// Puts what changed about a customer's words into `batch`.
pub fn put_words(
    store: &Store,
    batch: &mut Batch,
    id: &str,
    before: &BTreeSet<CompactString>,
    after: &BTreeSet<CompactString>,
) {
    for word in before.difference(after) {
        store.db.delete(batch, Family::Words, &word_key(word, id));
    }
    for word in after.difference(before) {
        store.db.put(batch, Family::Words, &word_key(word, id), &[]);
    }
}

fn words_in(text: &str) -> impl Iterator<Item = CompactString> {
    let folded = fold(text);
    let words: Vec<CompactString> = folded.split(' ').filter_map(cut).collect();
    words.into_iter()
}

fn cut(word: &str) -> Option<CompactString> {
    let word = word.get(..LENGTH_MAX).unwrap_or(word);
    (word.len() >= LENGTH_MIN).then(|| word.into())
}

/// The last digits of a number.
fn number_tail(text: &str) -> Option<CompactString> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits.get(digits.len().checked_sub(NUMBER_TAIL)?..).map(CompactString::from)
}

/// The words of a query. Digits in groups are one number where they are enough
/// for one, and no words.
fn asked(query: &str) -> BTreeSet<CompactString> {
    let in_number = |c: char| c.is_ascii_digit() || " +/()-.".contains(c);
    let mut words = BTreeSet::new();
    let mut rest = query;
    while let Some(first) = rest.chars().next() {
        let numeric = in_number(first);
        let end = rest.find(|c: char| in_number(c) != numeric).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        match number_tail(run) {
            Some(tail) if numeric => drop(words.insert(tail)),
            _ => words.extend(words_in(run)),
        }
        rest = after;
    }
    words
}

/// The customers that have the word, and how well: as it is, as a beginning,
/// or with one letter wrong.
fn holders(store: &Store, word: &str) -> Result<HashMap<CompactString, f32>> {
    let mut found: HashMap<CompactString, f32> = HashMap::new();
    let mut take = |spelling: &str, whole: bool, quality: f32| -> Result<()> {
        let mut prefix = spelling.as_bytes().to_vec();
        if whole {
            prefix.push(0);
        }
        let mut left = CUSTOMERS_MAX;
        store.db.scan(Family::Words, &prefix, &[], |key, _| {
            if let Some((held, id)) = part(key) {
                let quality = if held == spelling { quality } else { quality * 0.7 };
                let known = found.entry(id.into()).or_default();
                *known = known.max(quality);
            }
            left -= 1;
            Ok(left > 0)
        })
    };
    take(word, false, 1.0)?;
    let is_number = word.bytes().any(|byte| byte.is_ascii_digit());
    if word.len() >= MISTYPED_LENGTH_MIN && !is_number {
        for spelling in mistyped(word) {
            take(&spelling, true, 0.6)?;
        }
    }
    Ok(found)
}

/// A word and the customer under whose key it stands.
fn part(key: &[u8]) -> Option<(&str, &str)> {
    let at = key.iter().position(|&byte| byte == 0)?;
    Some((std::str::from_utf8(key.get(..at)?).ok()?, std::str::from_utf8(key.get(at + 1..)?).ok()?))
}

/// Every word one letter away, or with two neighbours swapped.
fn mistyped(word: &str) -> BTreeSet<String> {
    let letters: Vec<char> = word.chars().collect();
    let mut found = BTreeSet::new();
    for at in 0..=letters.len() {
        let (before, after) = letters.split_at(at);
        let mut add = |middle: Option<char>, rest: &[char]| {
            found
                .insert(before.iter().copied().chain(middle).chain(rest.iter().copied()).collect::<String>());
        };
        for letter in 'a'..='z' {
            add(Some(letter), after);
            if let Some((_, rest)) = after.split_first() {
                add(Some(letter), rest);
            }
        }
        match after {
            [first, second, rest @ ..] => {
                let swapped: Vec<char> = [*second, *first].into_iter().chain(rest.iter().copied()).collect();
                add(None, &swapped);
                add(None, &after[1..]);
            }
            [_] => add(None, &[]),
            [] => {}
        }
    }
    found.remove(word);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slip_of_one_letter_is_tried() {
        let near = mistyped("muler");
        for word in ["muller", "uler", "mulre", "mubler", "meler", "mule", "umler"] {
            assert!(near.contains(word), "{word}");
        }
        assert!(!near.contains("muler") && !near.contains("mueller"));
    }

    #[test]
    fn a_number_is_found_however_it_is_written() {
        for query in ["0711 6717416", "+49 711 6717416", "(0711) 671 74 16"] {
            assert_eq!(asked(query), BTreeSet::from(["16717416".into()]), "{query}");
        }
        assert_eq!(asked("Müller 12"), BTreeSet::from(["muller".into(), "12".into()]));
    }
}
