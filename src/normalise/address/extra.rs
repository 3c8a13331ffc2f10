//! What stands beside street and number: `3. OG`, `Top 7`, `Apt. 4`, `c/o
//! Maier`, `Postfach 1234`, `Packstation 101`.

use crate::normalise::{Normalised, Part, Tables, placeholder, street, text};
use crate::record::Attribute;
use compact_str::CompactString;

/// Words that say less than the number beside them.
const FILLING: &[&str] = &["no", "nr", "postnr", "postnummer", "nummer", "number", "num", "the", "im", "in"];

/// Whether the word, as written, names a part of a building.
pub fn is_unit_word(word: &str, tables: &Tables) -> bool {
    let folded = text::fold(word);
    // One-letter and very short forms need more than themselves.
    folded.len() > 2
        && !matches!(
            folded.as_str(),
            "top"
                | "box"
                | "block"
                | "int"
                | "m"
                | "haus"
                | "sec"
                | "space"
                | "office"
                | "tower"
                | "lot"
                | "level"
                | "piano"
                | "ground"
                | "stock"
                | "door"
                | "keller"
                | "mitte"
        )
        && tables.unit_words.contains(&folded)
        || matches!(folded.as_str(), "fl" | "rm")
}

/// Whether the text begins with something about a part of a building.
pub fn mentions_unit(text: &str, tables: &Tables) -> bool {
    let folded = text::fold(text.trim_start_matches(['/', '-', ' ']));
    let mut words = text::fold_into_words(&folded);
    let Some(first) = words.next() else { return false };
    let second = words.next().unwrap_or("");
    if first == "c" && second == "o" || text.starts_with(['#', '(']) {
        return true;
    }
    tables.unit_words.contains(first)
        || (first.bytes().next().is_some_and(|byte| byte.is_ascii_digit()) || is_ordinal_word(first))
            && tables.unit_words.contains(second)
}

/// Whether the word, as written, is an ordinal: `3rd`, `3.`, `third`.
pub fn is_ordinal(word: &str) -> bool {
    let folded = text::fold(word);
    let digits = folded.bytes().take_while(u8::is_ascii_digit).count();
    digits > 0
        && (matches!(&folded[digits..], "st" | "nd" | "rd" | "th")
            || word.ends_with('.') && digits == folded.len())
        || is_ordinal_word(&folded)
}

fn is_ordinal_word(word: &str) -> bool {
    matches!(
        word,
        "first"
            | "second"
            | "third"
            | "fourth"
            | "fifth"
            | "sixth"
            | "seventh"
            | "eighth"
            | "ninth"
            | "tenth"
            | "erster"
            | "zweiter"
            | "dritter"
            | "vierter"
    )
}

/// A field beside street and number.
pub fn extra(clean: &str, tables: &Tables) -> Normalised {
    if let Some(normal) = post_box(clean) {
        return normal;
    }
    let canonical = canonical(clean, tables);
    if canonical.is_empty() || placeholder::is_placeholder(clean, &text::fold(clean), tables) {
        return Normalised::placeholder(Attribute::AddressExtra, clean, placeholder::REASON);
    }
    Normalised::valid(Part::new(Attribute::AddressExtra, clean, canonical))
}

fn canonical(clean: &str, tables: &Tables) -> CompactString {
    let folded = text::fold(clean);
    let mut out = CompactString::default();
    for word in text::fold_into_words(&folded).filter(|word| !FILLING.contains(word)) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(match word {
            "first" => "1",
            "second" => "2",
            "third" => "3",
            "fourth" => "4",
            "fifth" => "5",
            "sixth" => "6",
            word => tables.unit_words.get(word).unwrap_or_else(|| ordinal_number(word)),
        });
    }
    out
}

/// `6th` → `6`.
fn ordinal_number(word: &str) -> &str {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    if digits > 0 && matches!(&word[digits..], "st" | "nd" | "rd" | "th" | "er" | "e") {
        &word[..digits]
    } else {
        word
    }
}

/// A post box or parcel station: `Postfach 12 34 56`, `P.O. Box 12`.
pub fn post_box(clean: &str) -> Option<Normalised> {
    let first = clean.as_bytes().first()?.to_ascii_lowercase();
    if first != b'p' && first != b'd' {
        return None;
    }
    let folded = text::fold(clean);
    let folded = folded.strip_prefix("dhl ").unwrap_or(&folded);
    let (kind, number) = [
        "postfach ",
        "postf ",
        "packst ",
        "po box ",
        "p o box ",
        "pobox ",
        "postbox ",
        "post box ",
        "post office box ",
        "pf ",
        "packstation ",
        "postbus ",
        "postafiok ",
        "postfiliale ",
        "paketbox ",
    ]
    .iter()
    .find_map(|name| folded.strip_prefix(name).map(|number| (*name, number)))?;
    let number: CompactString = number.chars().filter(char::is_ascii_alphanumeric).collect();
    if !number.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let kind = match kind {
        "packstation " | "packst " => "packstation",
        "postfiliale " => "postfiliale",
        "paketbox " => "packstation",
        _ => "postfach",
    };
    let mut canonical = CompactString::from(kind);
    canonical.push(' ');
    canonical.push_str(&number);
    Some(Normalised::valid(Part::new(Attribute::AddressExtra, clean, canonical)))
}

/// `c/o Müller, Hauptstr. 5`, `c/o Müller Hauptstr. 5`: with whom, and the
/// street's line.
pub fn host_before<'l>(line: &'l str, tables: &Tables) -> Option<(&'l str, &'l str)> {
    if !line.starts_with(['c', 'C']) || !line.get(1..3).is_some_and(|mark| matches!(mark, "/o" | "/O")) {
        return None;
    }
    let (host, street) = match line.split_once(',') {
        Some(parts) => parts,
        // The last kind of street begins or ends a street of one word.
        None => {
            let words = || line.match_indices(' ').map(|(at, _)| at + 1);
            let is_street = |at: &usize| {
                let word = line.get(*at..).and_then(|rest| rest.split(' ').next()).unwrap_or("");
                word.len() > 5 && street::is_street_kind(&text::fold(word), tables)
            };
            line.split_at(words().skip(1).find(is_street)?)
        }
    };
    let street = street.trim();
    (street.chars().any(char::is_alphabetic)).then_some((host.trim_end(), street))
}

/// Where a post box stands inside a piece with words behind its number.
pub fn post_box_inside(piece: &str) -> Option<(usize, usize)> {
    const NAMES: &[&str] = &["p.o. box ", "po box ", "p o box ", "p.o.box ", "post office box ", "postfach "];
    let lower = piece.to_ascii_lowercase();
    let (start, name) = NAMES.iter().find_map(|name| lower.find(name).map(|at| (at, *name)))?;
    let number = start + name.len();
    let mut end = number;
    for word in piece[number..].split_inclusive(' ') {
        let digits = word.trim_end();
        // The groups of one number; five digits after it are a postcode.
        let group = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.is_empty();
        if !group || end > number && digits.len() > 3 {
            break;
        }
        end += word.len();
    }
    let alone = start == 0 && piece[end..].trim().is_empty();
    let begins_word = start == 0 || piece[..start].ends_with(' ');
    (end > number && begins_word && !alone).then_some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expect: &str) {
        assert_eq!(extra(input, Tables::shipped()).parts[0].canonical, expect, "{input}");
    }

    #[test]
    fn parts_of_buildings() {
        check("3. OG", "3 fl");
        check("3. Etage links", "3 fl li");
        check("Apt. No 304", "apt 304");
        check("apt no 304", "apt 304");
        check("6th Floor", "6 fl");
        check("Postfach 12 34", "postfach 1234");
        check("P.O. Box 1234", "postfach 1234");
        check("Packstation 101", "packstation 101");
        check("DHL-Packstation 101", "packstation 101");
        check("Postnr. 1234567", "1234567");
    }
}
