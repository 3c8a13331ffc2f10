//! Towns: the name without district, river, state or post-office number, and
//! English or French names of foreign cities as the people there call them.

use super::{Context, Normalised, Part, Tables, placeholder, postcode, text};
use crate::record::Attribute;
use compact_str::CompactString;
use smallvec::SmallVec;

/// Words that begin an addition when a name stands before and after.
const ADDITIONS: &[&str] = &[
    "a",
    "am",
    "an",
    "b",
    "bei",
    "d",
    "i",
    "im",
    "in",
    "ob",
    "unter",
    "unterm",
    "v",
    "vor",
    "auf",
    "aan",
    "upon",
    "sur",
    "ot",
    "ortsteil",
    "stadtteil",
    "bezirk",
    "post",
    "kreis",
    "s",
    "nad",
    "o",
    "od",
];

/// A town or birth-place field.
pub(super) fn normalise(attribute: Attribute, clean: &str, context: &Context) -> Normalised {
    let (code, name) =
        if clean.as_bytes().iter().any(u8::is_ascii_digit) { split_postcode(clean) } else { (None, clean) };
    let canonical = canonical(without_canton(name, context), context.tables);
    // One word has one fold, and a local name is no placeholder.
    let one_word = name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte >= 0x80);
    let folded_all = if one_word { canonical.clone() } else { text::fold(name) };
    if placeholder::is_placeholder(name, &folded_all, context.tables) {
        return Normalised::placeholder(attribute, clean, placeholder::REASON);
    }
    if canonical.is_empty() {
        return Normalised::placeholder(attribute, clean, placeholder::REASON);
    }
    let mut normal = Normalised::valid(Part::new(attribute, text::recase(name), canonical));
    if let Some(code) = code.filter(|_| attribute == Attribute::City) {
        normal.parts.extend(postcode::normalise(code, context).parts);
    }
    normal
}

/// `12345 Berlin`, `D-12345 Berlin`: the code and the rest.
fn split_postcode(clean: &str) -> (Option<&str>, &str) {
    let Some((first, rest)) = clean.split_once(' ') else { return (None, clean) };
    let (_, body) = postcode::split_prefix(first);
    let is_code = (4..=5).contains(&body.len()) && body.bytes().all(|byte| byte.is_ascii_digit());
    if is_code && rest.chars().any(char::is_alphabetic) {
        (Some(first), rest.trim_start())
    } else {
        (None, clean)
    }
}

/// `Buchs SG`: a Swiss town may bear its canton, which the postcode tells.
fn without_canton<'n>(name: &'n str, context: &Context) -> &'n str {
    const CANTONS: [&str; 26] = [
        "AG", "AI", "AR", "BE", "BL", "BS", "FR", "GE", "GL", "GR", "JU", "LU", "NE", "NW", "OW", "SG", "SH",
        "SO", "SZ", "TG", "TI", "UR", "VD", "VS", "ZG", "ZH",
    ];
    match name.rsplit_once(' ') {
        Some((town, canton)) if context.country == Some("CH") && CANTONS.contains(&canton) => town,
        _ => name,
    }
}

/// The comparison form of a town.
pub fn canonical(name: &str, tables: &Tables) -> CompactString {
    let head = name.split(['/', '(', ',', ';', '[']).next().unwrap_or(name);
    let folded = text::fold(if head.chars().any(char::is_alphabetic) { head } else { name });
    if let Some(local) = local_name(&folded, tables) {
        return local.into();
    }
    // One plain word is the common case.
    if !folded.contains(' ') {
        return folded;
    }
    let words: SmallVec<[&str; 6]> = text::fold_into_words(&folded).collect();
    let words = without_kind(&words, tables);
    let end = (1..words.len()).find(|&at| begins_addition(words, at, tables)).unwrap_or(words.len());
    let mut out = CompactString::default();
    for word in &words[..end] {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(match *word {
            "sankt" | "saint" | "skt" | "st" => "st",
            word => word,
        });
    }
    match local_name(&out, tables) {
        Some(local) => local.into(),
        None => out,
    }
}

/// The towns that the tables of this file name, in their comparison form.
pub(super) fn known_names(tables: &Tables) -> impl Iterator<Item = CompactString> {
    let local = tables.city_names.iter().map(|(_, local)| local.into());
    local.chain(tables.cities_with_districts.iter().map(|(city, _)| city.into()))
}

/// What people there call the city of this folded name.
pub(super) fn local_name<'t>(folded: &str, tables: &'t Tables) -> Option<&'t str> {
    tables.city_names.get(folded)
}

fn without_kind<'w, 'a>(words: &'w [&'a str], tables: &Tables) -> &'w [&'a str] {
    match words {
        [first, rest @ ..] if !rest.is_empty() && tables.city_kinds.contains(first) => rest,
        _ => words,
    }
}

fn begins_addition(words: &[&str], at: usize, tables: &Tables) -> bool {
    let word = words[at];
    let follows = at + 1 < words.len();
    // `Bad Neustadt a d Saale`; but `Am See` and `An der Alten Ziegelei` are names.
    follows && ADDITIONS.contains(&word)
        || at == 1 && tables.cities_with_districts.contains(words[0])
        || word == "cedex"
        || word.bytes().all(|byte| byte.is_ascii_digit())
        || !follows && matches!(word, "am" | "main" if words[0] == "frankfurt")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expect: &str) {
        assert_eq!(canonical(input, Tables::shipped()), expect, "{input}");
    }

    #[test]
    fn additions_do_not_count() {
        for name in [
            "Frankfurt/Main",
            "Frankfurt am Main",
            "Frankfurt a.M.",
            "Frankfurt a. M.",
            "FRANKFURT (MAIN)",
            "Frankfurt",
            "Frankfurt-Höchst",
        ] {
            check(name, "frankfurt");
        }
        check("Halle (Saale)", "halle");
        check("Mülheim an der Ruhr", "mulheim");
        check("Mülheim/Ruhr", "mulheim");
        check("Rothenburg ob der Tauber", "rothenburg");
        check("Berlin-Kreuzberg", "berlin");
        check("Wien, 3. Bezirk", "wien");
        check("Bern 7", "bern");
        check("Lyon CEDEX 03", "lyon");
        check("Landeshauptstadt München", "munchen");
        check("Freiburg im Breisgau", "freiburg");
    }

    #[test]
    fn names_that_stay_whole() {
        check("Garmisch-Partenkirchen", "garmisch partenkirchen");
        check("Bad Homburg v. d. Höhe", "bad homburg");
        check("St. Gallen", "st gallen");
        check("Sankt Gallen", "st gallen");
        check("Baden-Baden", "baden baden");
        check("New York", "new york");
    }

    #[test]
    fn local_names() {
        check("Munich", "munchen");
        check("Köln", "koln");
        check("Cologne", "koln");
        check("Vienna", "wien");
        check("Genf", "geneve");
        check("Genève", "geneve");
    }
}
