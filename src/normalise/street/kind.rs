//! What kind of way a street is (street, Straße, rue, via), in every spelling,
//! and the comparison form of its name.

use super::number_word;
use crate::normalise::{Context, Tables, text};
use compact_str::CompactString;
use smallvec::SmallVec;

/// Kinds that German joins to the name: they compare joined, however written.
const JOINED: &[&str] = &[
    "str",
    "weg",
    "platz",
    "gasse",
    "allee",
    "ring",
    "damm",
    "ufer",
    "steig",
    "stieg",
    "pfad",
    "chaussee",
    "zeile",
    "wall",
    "graben",
    "markt",
    "kai",
    "promenade",
    "gassl",
    "gasschen",
    "wegle",
    "strassle",
    "laan",
    "plein",
    "gade",
    "vej",
    "gatan",
    "vagen",
];

/// Words to which no kind is joined.
const PREPOSITIONS: &[&str] = &[
    "am", "an", "auf", "aus", "bei", "beim", "dem", "den", "der", "die", "das", "hinter", "im", "in", "nach",
    "ob", "unter", "vom", "von", "vor", "zu", "zum", "zur", "de", "du", "des", "la", "le", "del", "della",
    "of", "the",
];

/// Ends of compound words with what they are written as.
const ENDINGS: &[(&str, &str)] = &[
    ("strasse", "str"),
    ("strase", "str"),
    ("strass", "str"),
    ("straat", "str"),
    ("strsse", "str"),
    ("starsse", "str"),
    ("strassse", "str"),
    ("strasee", "str"),
    ("srasse", "str"),
    ("straae", "str"),
    ("straase", "str"),
    ("strae", "str"),
];

/// The comparison form of a street's name without its house number.
pub fn canonical(street: &str, context: &Context) -> CompactString {
    let folded = text::fold(street);
    let words: SmallVec<[&str; 8]> = text::fold_into_words(&folded).collect();
    let german = matches!(context.country, None | Some("DE" | "AT" | "CH" | "LI" | "LU"));
    let mut out = CompactString::default();
    let mut last = "";
    let mut counted = 0;
    for (at, word) in words.iter().enumerate() {
        let is_last = at + 1 == words.len();
        let written = written_as(word, at == 0 && !is_last, context.tables);
        let next = words.get(at + 1).copied().unwrap_or("");
        if written.is_empty() || at < counted || is_number_sign(word, next) {
            continue;
        }
        let pair = number_word::tens_and_ones(word, written_as(next, false, context.tables));
        let taken = if pair.is_some() { 2 } else { 1 };
        if let Some(number) = pair.or_else(|| number_word::spelled(word, last)) {
            counted = at + taken;
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(&number);
            last = "";
            continue;
        }
        let written = match *word {
            // `Str. d. Friedens`, `An d. Alster`.
            "d" if at > 0 && !is_last => article(&words[..at], next),
            "a" if at == 0 && next == "d" => "an",
            "pl" if is_last && at > 0 && german && words.len() == 2 && !last.is_empty() => "platz",
            _ => written,
        };
        // `Q 5, 14`: Mannheim writes its blocks joined and apart.
        let block = words.len() == 2 && is_last && last.len() == 1 && word.len() == 1;
        let block =
            block && word.bytes().all(|byte| byte.is_ascii_digit()) && !matches!(last, "b" | "l" | "k" | "a");
        let joins = block
            || at > 0
                && JOINED.contains(&written)
                && !PREPOSITIONS.contains(&last)
                && !out.is_empty()
                && !last.bytes().all(|byte| byte.is_ascii_digit())
                && last != "str";
        if !joins && !out.is_empty() {
            out.push(' ');
        }
        match compound(written) {
            Some((stem, kind)) => {
                out.push_str(stem);
                out.push_str(kind);
            }
            None => out.push_str(written),
        }
        last = written;
    }
    out
}

/// The article that a lone `d` stands for, by what is before and behind it.
fn article(before: &[&str], next: &str) -> &'static str {
    let after_preposition = before.last().is_some_and(|word| {
        matches!(*word, "a" | "an" | "auf" | "bei" | "hinter" | "in" | "unter" | "vor" | "zu")
    });
    let genitive = next.ends_with('s') || next.starts_with(|ch: char| ch.is_ascii_digit());
    if !after_preposition && genitive { "des" } else { "der" }
}

/// `number 5` and `no 5` are `5`.
fn is_number_sign(word: &str, next: &str) -> bool {
    matches!(word, "number" | "no" | "nr") && next.starts_with(|ch: char| ch.is_ascii_digit())
}

fn written_as<'w>(word: &'w str, first_of_many: bool, tables: &'w Tables) -> &'w str {
    if first_of_many && let Some(to) = tables.street_first_words.get(word) {
        return to;
    }
    tables.street_words.get(word).unwrap_or(word)
}

/// `hauptstrasse` → `haupt` and `str`; `marktpl` → `markt` and `platz`.
fn compound(word: &str) -> Option<(&str, &'static str)> {
    // The endings below end in no other letter.
    if word.len() < 6 || !word.ends_with(['e', 's', 't', 'l']) {
        return None;
    }
    for (ending, kind) in ENDINGS {
        if let Some(stem) = word.strip_suffix(ending)
            && stem.len() >= 2
        {
            return Some((stem, kind));
        }
    }
    match word.strip_suffix("pl") {
        Some(stem) if stem.len() >= 4 => Some((stem, "platz")),
        _ => None,
    }
}

/// Whether the folded word says what kind of way it is, alone or at its end.
pub fn is_street_kind(word: &str, tables: &Tables) -> bool {
    is_kind_word(word, tables) || ends_in_kind(word)
}

/// Whether the folded word is a kind of way and no more.
pub fn is_kind_word(word: &str, tables: &Tables) -> bool {
    const KINDS: &[&str] = &[
        "str",
        "st",
        "weg",
        "platz",
        "gasse",
        "allee",
        "ring",
        "damm",
        "ufer",
        "ave",
        "blvd",
        "rd",
        "ln",
        "dr",
        "ct",
        "pl",
        "sq",
        "ter",
        "cres",
        "hwy",
        "pkwy",
        "way",
        "cir",
        "trl",
        "rue",
        "via",
        "vle",
        "pza",
        "cso",
        "calle",
        "plz",
        "ch",
        "rte",
        "quai",
        "lgo",
        "pso",
        "ctra",
        "ul",
        "al",
        "os",
        "loop",
        "row",
        "path",
        "walk",
        "wlk",
        "mews",
        "gr",
        "cl",
        "gdns",
        "pike",
        "run",
        "pass",
        "cv",
        "pt",
        "expy",
        "fwy",
        "tpke",
        "xing",
        "chaussee",
        "promenade",
        "zeile",
        "hof",
        "steig",
        "pfad",
        "graben",
        "pde",
        "broadway",
        "drove",
        "hill",
        "esp",
        "imp",
        "fbg",
        "carrera",
        "tv",
    ];
    KINDS.contains(&written_as(word, false, tables))
}

/// `lindenweg`, `kerkstraat`.
fn ends_in_kind(word: &str) -> bool {
    const ENDS: &[&str] = &[
        "str", "strasse", "straat", "weg", "platz", "gasse", "allee", "ring", "damm", "ufer", "stieg",
        "steig", "pfad", "chaussee", "zeile", "wall", "graben", "kamp", "hof", "laan", "plein", "gade",
        "vej", "gatan", "katu", "berg", "feld", "wiese",
    ];
    word.len() > 5 && ENDS.iter().any(|end| word.len() > end.len() + 1 && word.ends_with(end))
}
