//! Legal forms of companies and clubs in Europe and North America, as rows of
//! folded words, and taking them off a name.

use crate::normalise::table::Table;
use std::sync::LazyLock;

/// Forms as folded words; the longest that matches goes.
static FORMS: LazyLock<Table> = LazyLock::new(|| Table::parse(include_str!("../data/legal_forms.txt")));

/// Forms that no personal name contains.
static STRONG: LazyLock<Table> =
    LazyLock::new(|| Table::parse(include_str!("../data/legal_forms_strong.txt")));

/// Whether the folded word marks a company even in a field for persons.
pub fn is_strong_legal_form(word: &str) -> bool {
    STRONG.contains(word)
}

/// The words without the legal forms they end in; a name that is nothing but a
/// legal form is kept whole.
pub fn without<'w, 'a>(words: &'w [&'a str]) -> &'w [&'a str] {
    let mut kept = words;
    while let Some(length) = trailing(kept) {
        kept = &kept[..kept.len() - length];
    }
    // What binds a form to the name goes with it: `Müller und [Co. KG]`.
    match kept {
        [rest @ .., "und" | "and"] if !rest.is_empty() => rest,
        _ => kept,
    }
}

/// The number of words in the longest legal form that ends the name, leaving
/// at least one word.
fn trailing(words: &[&str]) -> Option<usize> {
    let longest = words.len().saturating_sub(1).min(8);
    (1..=longest).rev().find(|&length| is_form(&words[words.len() - length..]))
}

fn is_form(words: &[&str]) -> bool {
    FORMS.contains(&words.join(" "))
}
