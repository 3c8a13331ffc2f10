//! What kind of way a street is (street, Straße, rue, via), in every spelling,
//! and the comparison form of its name.

use crate::normalise::{Context, text};
use compact_str::CompactString;
use smallvec::SmallVec;

/// Folded words with the one form they compare as, wherever they stand.
const WORDS: &[(&str, &str)] = &[
    ("alee", "allee"),
    ("alley", "aly"),
    ("aly", "aly"),
    ("annex", "anx"),
    ("av", "ave"),
    ("avda", "ave"),
    ("avd", "ave"),
    ("ave", "ave"),
    ("aven", "ave"),
    ("avenida", "ave"),
    ("avenue", "ave"),
    ("avn", "ave"),
    ("avinguda", "ave"),
    ("bayou", "byu"),
    ("bd", "blvd"),
    ("bld", "blvd"),
    ("blv", "blvd"),
    ("blvd", "blvd"),
    ("bnd", "bnd"),
    ("bend", "bnd"),
    ("boul", "blvd"),
    ("boulevard", "blvd"),
    ("bridge", "brg"),
    ("brg", "brg"),
    ("canyon", "cyn"),
    ("carretera", "ctra"),
    ("causeway", "cswy"),
    ("center", "ctr"),
    ("centre", "ctr"),
    ("cir", "cir"),
    ("circ", "cir"),
    ("circle", "cir"),
    ("circuit", "cct"),
    ("cl", "cl"),
    ("close", "cl"),
    ("corner", "cor"),
    ("corso", "cso"),
    ("court", "ct"),
    ("cove", "cv"),
    ("cr", "cres"),
    ("cres", "cres"),
    ("crescent", "cres"),
    ("crest", "crst"),
    ("crossing", "xing"),
    ("crt", "ct"),
    ("ct", "ct"),
    ("ctra", "ctra"),
    ("dr", "dr"),
    ("drive", "dr"),
    ("drv", "dr"),
    ("east", "e"),
    ("esplanade", "esp"),
    ("estate", "est"),
    ("expressway", "expy"),
    ("extension", "ext"),
    ("faubourg", "fbg"),
    ("ferry", "fry"),
    ("fort", "ft"),
    ("freeway", "fwy"),
    ("garden", "gdn"),
    ("gardens", "gdns"),
    ("gateway", "gtwy"),
    ("glen", "gln"),
    ("grove", "gr"),
    ("grv", "gr"),
    ("gve", "gr"),
    ("harbor", "hbr"),
    ("heights", "hts"),
    ("highway", "hwy"),
    ("hiway", "hwy"),
    ("hollow", "holw"),
    ("impasse", "imp"),
    ("island", "is"),
    ("junction", "jct"),
    ("lane", "ln"),
    ("largo", "lgo"),
    ("mount", "mt"),
    ("mountain", "mtn"),
    ("north", "n"),
    ("northeast", "ne"),
    ("northwest", "nw"),
    ("parade", "pde"),
    ("parkway", "pkwy"),
    ("pkway", "pkwy"),
    ("pky", "pkwy"),
    ("paseo", "pso"),
    ("passage", "psge"),
    ("piazza", "pza"),
    ("place", "pl"),
    ("plac", "pl"),
    ("plaza", "plz"),
    ("plza", "plz"),
    ("point", "pt"),
    ("pzza", "pza"),
    ("ridge", "rdg"),
    ("road", "rd"),
    ("roadway", "rdwy"),
    ("route", "rte"),
    ("saint", "st"),
    ("sankt", "st"),
    ("south", "s"),
    ("southeast", "se"),
    ("southwest", "sw"),
    ("square", "sq"),
    ("station", "sta"),
    ("strasse", "str"),
    ("strase", "str"),
    ("strass", "str"),
    ("strse", "str"),
    ("starsse", "str"),
    ("straat", "str"),
    ("street", "st"),
    ("streets", "st"),
    ("strt", "st"),
    ("steet", "st"),
    ("terrace", "ter"),
    ("terr", "ter"),
    ("tce", "ter"),
    ("trail", "trl"),
    ("travessa", "tv"),
    ("turnpike", "tpke"),
    ("valley", "vly"),
    ("viale", "vle"),
    ("view", "vw"),
    ("villas", "vls"),
    ("vista", "vis"),
    ("walk", "wlk"),
    ("way", "way"),
    ("west", "w"),
    ("wy", "way"),
    ("eighth", "8th"),
    ("fifth", "5th"),
    ("first", "1st"),
    ("fourth", "4th"),
    ("ninth", "9th"),
    ("second", "2nd"),
    ("seventh", "7th"),
    ("sixth", "6th"),
    ("tenth", "10th"),
    ("third", "3rd"),
    ("eleventh", "11th"),
    ("twelfth", "12th"),
    ("doktor", "dr"),
    ("professor", "prof"),
    ("osiedle", "os"),
    ("aleja", "al"),
    ("aleje", "al"),
    ("platz", "platz"),
    ("plz", "platz"),
    ("gs", "gasse"),
    ("strasze", "str"),
];

/// Words that mean a kind of way only at the start of the line.
const FIRST: &[(&str, &str)] = &[
    ("c", "calle"),
    ("cl", "calle"),
    ("cll", "calle"),
    ("carrer", "calle"),
    ("r", "rue"),
    ("ch", "ch"),
    ("chem", "ch"),
    ("chemin", "ch"),
    ("v", "via"),
    ("p", "pza"),
    ("pza", "pza"),
    ("pl", "pl"),
    ("plaza", "pza"),
    ("rua", "rue"),
    ("ul", ""),
    ("ulica", ""),
    ("u", ""),
    ("ulitsa", ""),
    ("ulice", ""),
    ("cra", "carrera"),
    ("str", "str"),
    ("strada", "str"),
];

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
    ("strae", "str"),
];

/// The comparison form of a street's name without its house number.
pub fn canonical(street: &str, context: &Context) -> CompactString {
    let folded = text::fold(street);
    let words: SmallVec<[&str; 8]> = text::fold_into_words(&folded).collect();
    let german = matches!(context.country, None | Some("DE" | "AT" | "CH" | "LI" | "LU"));
    let mut out = CompactString::default();
    let mut last = "";
    for (at, word) in words.iter().enumerate() {
        let is_last = at + 1 == words.len();
        let written = written_as(word, at == 0 && !is_last);
        if written.is_empty() {
            continue;
        }
        let written = match word {
            &"pl" if is_last && at > 0 && german && words.len() == 2 && !last.is_empty() => "platz",
            _ => written,
        };
        let joins = at > 0
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

fn written_as<'a>(word: &'a str, first_of_many: bool) -> &'a str {
    if first_of_many && let Some((_, to)) = FIRST.iter().find(|(from, _)| *from == word) {
        return to;
    }
    WORDS.iter().find(|(from, _)| *from == word).map_or(word, |(_, to)| to)
}

/// `hauptstrasse` → `haupt` and `str`; `marktpl` → `markt` and `platz`.
fn compound(word: &str) -> Option<(&str, &'static str)> {
    if word.len() < 6 {
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
pub fn is_street_kind(word: &str) -> bool {
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
    if KINDS.contains(&written_as(word, false)) {
        return true;
    }
    const ENDS: &[&str] = &[
        "str", "strasse", "straat", "weg", "platz", "gasse", "allee", "ring", "damm", "ufer", "stieg",
        "steig", "pfad", "chaussee", "zeile", "wall", "graben", "kamp", "hof", "laan", "plein", "gade",
        "vej", "gatan", "katu", "berg", "feld", "wiese",
    ];
    word.len() > 5 && ENDS.iter().any(|end| word.len() > end.len() + 1 && word.ends_with(end))
}
