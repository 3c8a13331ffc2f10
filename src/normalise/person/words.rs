//! A name as a row of words, each with its fold; and the additions that are no
//! part of it (brackets, quoted nicknames) taken out.

use crate::normalise::{Tables, text::fold};
use compact_str::CompactString;
use smallvec::SmallVec;
use std::borrow::Cow;

/// One word between spaces, as written and folded. `Dipl.-Ing.` is one word
/// whose fold is `dipl ing`.
#[derive(Debug, Clone)]
pub struct Word<'a> {
    pub text: &'a str,
    pub fold: CompactString,
}

pub type Words<'a> = SmallVec<[Word<'a>; 4]>;

/// The words of `text`; signs without letters are left out.
pub fn words<'a>(text: &'a str, tables: &Tables) -> Words<'a> {
    text.split(|ch: char| ch.is_whitespace() || ch == ',' || ch == ';')
        .flat_map(|text| {
            let (head, tail) = split_glued_title(text, tables);
            [head, tail]
        })
        .map(|text| Word { text, fold: if matches!(text, "&" | "+") { "und".into() } else { fold(text) } })
        .filter(|word| !word.fold.is_empty())
        .collect()
}

/// `Dr.Hans` → `Dr.` and `Hans`; `geb.Huber` likewise.
fn split_glued_title<'a>(text: &'a str, tables: &Tables) -> (&'a str, &'a str) {
    if let Some(dot) = text.rfind('.')
        && text[dot + 1..].chars().count() > 2
        && text[dot + 1..].starts_with(char::is_uppercase)
        && is_title_or_born(&fold(&text[..dot]), tables)
    {
        return text.split_at(dot + 1);
    }
    (text, "")
}

fn is_title_or_born(folded: &str, tables: &Tables) -> bool {
    let mut words = folded.split(' ');
    super::family::BORN.contains(&folded) || words.all(|word| super::title::is_title_word(word, tables))
}

/// What binds two names set apart: `Hans&Eva`.
pub fn spaced(name: &str) -> Cow<'_, str> {
    if name.contains(['&', '+']) { name.replace('&', " & ").replace('+', " + ").into() } else { name.into() }
}

/// The words as written, with single spaces.
pub fn join(words: &[Word]) -> CompactString {
    let mut out = CompactString::default();
    for word in words {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word.text);
    }
    out
}

/// Takes out what stands in brackets or double quotes:
/// `charles wakefield (numismatist)`, `William "Bill" Clinton`.
///
/// Gives the rest and, for each addition, its text.
pub fn without_additions(text: &str) -> (Cow<'_, str>, SmallVec<[&str; 2]>) {
    let mut additions = SmallVec::new();
    if !text.contains(['(', '[', '"', '“', '„', '«', '{']) {
        return (Cow::Borrowed(text), additions);
    }
    let mut rest = String::with_capacity(text.len());
    let mut from = text;
    while let Some(at) = from.find(['(', '[', '"', '“', '„', '«', '{']) {
        let (before, opened) = from.split_at(at);
        let open = opened.chars().next().unwrap_or('(');
        let inner = &opened[open.len_utf8()..];
        let close: &[char] = match open {
            '(' => &[')'],
            '[' => &[']'],
            '{' => &['}'],
            '«' => &['»'],
            _ => &['"', '”', '“', '‟'],
        };
        rest.push_str(before);
        rest.push(' ');
        match inner.find(close) {
            Some(end) => {
                additions.push(inner[..end].trim());
                let closer = inner[end..].chars().next().map_or(0, char::len_utf8);
                from = &inner[end + closer..];
            }
            // An unclosed bracket was cut off by a field's length limit.
            None => {
                additions.push(inner.trim());
                from = "";
            }
        }
    }
    rest.push_str(from);
    let tidy: String = rest.split_whitespace().collect::<Vec<_>>().join(" ");
    // A name that stands wholly in brackets is still the name.
    if !tidy.chars().any(char::is_alphanumeric) {
        let unwrapped: String = text
            .chars()
            .map(|ch| {
                if matches!(ch, '(' | ')' | '[' | ']' | '{' | '}' | '"' | '“' | '”' | '„' | '‟' | '«' | '»')
                {
                    ' '
                } else {
                    ch
                }
            })
            .collect();
        return (Cow::Owned(unwrapped.split_whitespace().collect::<Vec<_>>().join(" ")), SmallVec::new());
    }
    (Cow::Owned(tidy), additions)
}
