//! Where a street begins and ends in a piece of an address line: a house's
//! name may stand before it (`The Book Club 100 Leonard St`), and unit, town or
//! a house's name behind it (`123 Main St Apt 4 Oakland`).

use super::extra;
use super::town;
use super::words::{
    Words, is_direction, is_firm_kind, is_highway_variant, is_kind, is_numbered_kind, opens_street,
};
use crate::normalise::{Context, Tables, street, text};

/// Where the street's line begins, if not at the piece's start.
pub fn start(piece: &str, tables: &Tables) -> Option<usize> {
    let words = Words::of(piece, tables);
    if words.len() < 2 {
        return None;
    }
    let index = number_inside(&words).or_else(|| {
        let numbered = street::is_house_number(words.at(0)) || street::is_grid_number(words.at(0));
        if numbered { None } else { opener_inside(&words).or_else(|| behind_house_name(&words)) }
    })?;
    words.start(index)
}

/// `The Book Club 100-106 Leonard St`: the number inside the piece with a kind
/// of street behind it.
fn number_inside(words: &Words) -> Option<usize> {
    if street::is_house_number(words.at(0)) || street::is_grid_number(words.at(0)) {
        return None;
    }
    (1..words.len()).find(|&index| {
        let before = words.at(index - 1);
        if !street::is_house_number(words.at(index))
            || is_kind(before, words.tables)
            || is_numbered_kind(before)
            || !words.is_letters(index + 1)
        {
            return false;
        }
        let kind_behind =
            (index + 2..words.len().min(index + 7)).any(|at| is_kind(words.at(at), words.tables));
        let directed = is_direction(words.at(index + 1)) && words.is_letters(index + 2);
        let french = matches!(
            text::fold(words.at(index + 1)).as_str(),
            "avenue" | "boulevard" | "bd" | "place" | "bis" | "ter"
        ) && words.is_letters(index + 2);
        kind_behind || directed || french || opens_street(words.at(index + 1), words.at(index + 2))
    })
}

/// `Museo del Prado C. de Ruiz de Alarcón`: a Romance kind of street with
/// another name before it.
fn opener_inside(words: &Words) -> Option<usize> {
    let particles = ["de", "del", "della", "des", "du", "la", "le", "the", "al", "à", "a"];
    (1..words.len().saturating_sub(1)).find(|&index| {
        opens_street(words.at(index), words.at(index + 1))
            // `Berliner Allee 3` is no avenue of the name `3`.
            && (words.is_letters(index + 1) || words.at(index).to_lowercase() != "allee")
            && !particles.contains(&words.at(index - 1).to_lowercase().as_str())
            && !is_kind(words.at(index - 1), words.tables)
            && !is_kind(words.at(words.len() - 1), words.tables)
    })
}

/// `Castle Court Shopping Centre Castle Street`, `Brauerei Triftstraße 67`: a
/// word that ends a house's name, with a street behind it.
fn behind_house_name(words: &Words) -> Option<usize> {
    let ends_house = |index: usize| {
        let before = text::fold(words.at(index - 1));
        match text::fold(words.at(index)).as_str() {
            "park" => matches!(
                before.as_str(),
                "retail"
                    | "business"
                    | "industrial"
                    | "science"
                    | "trade"
                    | "office"
                    | "technology"
                    | "leisure"
            ),
            "estate" => matches!(before.as_str(), "industrial" | "trading"),
            "centre" | "center" | "mall" | "building" | "hospital" | "hotel" | "university"
            | "apartments" | "flats" | "supermarket" | "works" => true,
            _ => false,
        }
    };
    let last_kind = (2..words.len()).rev().find(|&index| is_kind(words.at(index), words.tables))?;
    let english = (1..last_kind.saturating_sub(1)).rev().find(|&index| ends_house(index));
    english.map(|index| index + 1).or_else(|| before_compound(words))
}

/// `Eschenbräu Brauerei Triftstraße 67`: a German street of one word needs no
/// words before it, unless they are its own: adjectives, given names,
/// prepositions, titles.
fn before_compound(words: &Words) -> Option<usize> {
    let index = (2..words.len()).find(|&index| {
        words.at(index).chars().count() > 6
            && is_kind(words.at(index), words.tables)
            && !is_kind(words.at(index - 1), words.tables)
    })?;
    let own = (0..index).any(|at| {
        let word = text::fold(words.at(at));
        word.len() < 4
            || words.tables.lexicon.is_given_name(&word)
            || words.at(at).starts_with(char::is_lowercase)
            || words.at(at).ends_with('.')
            || (at + 1 == index
                && ["e", "er", "en", "es"].iter().any(|end| word.ends_with(end))
                && !ends_business(&word))
            || is_direction(&word)
            || matches!(
                word.as_str(),
                "sankt" | "doktor" | "professor" | "hinter" | "unter" | "alte" | "alter"
            )
    });
    (!own && street::is_house_number(words.at(index + 1))).then_some(index)
}

fn ends_business(word: &str) -> bool {
    ["erei", "haus", "hotel", "laden", "praxis", "apotheke", "schule", "werke"]
        .iter()
        .any(|end| word.ends_with(end))
}

/// The street line of a piece, and what follows it. With the town known from
/// elsewhere only a house's name can follow.
pub fn parted<'a>(
    piece: &'a str,
    town_is_elsewhere: bool,
    is_place: bool,
    context: &Context,
) -> (&'a str, Option<&'a str>) {
    let words = Words::of(piece, context.tables);
    let index = if town_is_elsewhere {
        house_name_behind(&words)
    } else {
        town_behind_kind(&words, context)
            .or_else(|| town_behind_number(&words))
            .or_else(|| is_place.then(|| town_at_end(&words)).flatten())
    };
    match index.and_then(|index| words.start(index)) {
        Some(at) => (piece[..at].trim_end(), Some(piece[at..].trim_start())),
        None => (piece, None),
    }
}

/// Whether a town stands behind the street and its number.
pub fn has_town_behind_number(piece: &str, tables: &Tables) -> bool {
    town_behind_number(&Words::of(piece, tables)).is_some()
}

/// The first word that is no house number.
fn behind_number(words: &Words) -> Option<usize> {
    let first = words.at(0);
    if street::is_grid_number(first) {
        return Some(1 + usize::from(street::is_grid_number(words.at(1))));
    }
    street::is_house_number(first).then_some(1)
}

/// `150 I St SE The Garrett`: a house's name of two words or more behind a
/// street that is surely over.
fn house_name_behind(words: &Words) -> Option<usize> {
    let name = behind_number(words)?;
    let kind = (name + 1..words.len()).find(|&index| {
        let saint = matches!(text::fold(words.at(index)).as_str(), "st") && is_direction(words.at(index - 1));
        (is_firm_kind(words.at(index)) || text::fold(words.at(index)) == "st") && !saint
    })?;
    let mut index = kind + 1;
    while index < words.len() && (is_direction(words.at(index)) || is_kind(words.at(index), words.tables)) {
        index += 1;
    }
    let last = words.at(words.len() - 1);
    let fits = words.len() >= index + 2
        && (index..words.len()).all(|at| words.is_letters(at))
        && !is_firm_kind(last)
        && text::fold(last) != "st"
        && !is_direction(last)
        && !extra::mentions_unit(words.rest(index), words.tables)
        && words.at(index).starts_with(char::is_uppercase)
        && !matches!(text::fold(words.at(index)).as_str(), "of" | "de" | "du" | "des" | "la");
    fits.then_some(index)
}

/// `Hauptstr. 12 Berlin`: the town behind a number that nothing else follows.
fn town_behind_number(words: &Words) -> Option<usize> {
    (1..words.len().saturating_sub(1)).find_map(|index| {
        let word = words.at(index);
        let next = words.at(index + 1);
        let before = &words.piece[..words.start(index)?];
        let fits = street::is_house_number(word)
            && word.len() <= 5
            && has_kind(before, words.tables)
            && next.starts_with(char::is_uppercase)
            && next.len() > 2
            && !extra::mentions_unit(words.rest(index + 1), words.tables);
        fits.then_some(index + 1)
    })
}

/// `123 Main St NW Apt 4 Oakland`: the town behind kind of street, highway's
/// number, direction and unit.
fn town_behind_kind(words: &Words, context: &Context) -> Option<usize> {
    let Some(name) = behind_number(words) else {
        // Without a number only a known town is trusted.
        let kind = (1..words.len()).rev().find(|&index| is_firm_kind(words.at(index)))?;
        return town::is_town(words.rest(kind + 1), words.tables).then_some(kind + 1);
    };
    let highway = (name..words.len())
        .find(|&index| is_numbered_kind(words.at(index)) && street::is_house_number(words.at(index + 1)));
    let mut index = match highway {
        Some(index) => index + 2,
        None => {
            let kinds = name + 1..words.len();
            let firm = kinds.clone().rev().find(|&index| is_firm_kind(words.at(index)));
            firm.or_else(|| kinds.clone().find(|&index| is_kind(words.at(index), words.tables)))? + 1
        }
    };
    while highway.is_some() && is_highway_variant(words.at(index)) {
        index += 1;
    }
    let kind_end = index;
    while index < words.len() && goes_on(words.at(index), words.tables) {
        index += 1;
    }
    // `Ave East Providence`: a direction may begin the town's name.
    if context.country.is_none_or(speaks_english) {
        for start in kind_end..index {
            if town::is_town(words.rest(start), words.tables) && index < words.len() {
                return Some(start);
            }
        }
    }
    let index = after_units(words, index);
    (index < words.len()).then_some(index)
}

/// `610 East Main Marion`: no kind of street, but a known town at the end.
fn town_at_end(words: &Words) -> Option<usize> {
    let name = behind_number(words)?;
    let name = name + usize::from(is_direction(words.at(name)));
    let index = town::at_end(words, name + 1)?;
    // A bare unit number before the town is not the street's.
    let unit = index > name + 1 && words.at(index - 1).bytes().all(|byte| byte.is_ascii_digit());
    Some(index - usize::from(unit))
}

fn speaks_english(country: &str) -> bool {
    matches!(country, "US" | "CA" | "GB" | "IE" | "AU" | "NZ" | "ZA")
}

/// Whether kinds and directions go on; a saint or a fort begins a town.
fn goes_on(word: &str, tables: &Tables) -> bool {
    let folded = text::fold(word);
    is_direction(word)
        || street::is_kind_word(&folded, tables)
            && !matches!(folded.as_str(), "st" | "saint" | "fort" | "mount" | "hill" | "park")
}

/// The word at which no unit stands any more: `Apt 4 Oakland` → `Oakland`.
pub fn after_units(words: &Words, from: usize) -> usize {
    let mut index = from;
    while index < words.len() {
        let word = words.at(index);
        let next = words.at(index + 1);
        if word.starts_with('#') {
            let apart = word.len() == 1;
            index += 1 + usize::from(apart && !extra::is_unit_word(next, words.tables));
        } else if extra::is_unit_word(word, words.tables) {
            let label = matches!(next.trim_end_matches('.').to_ascii_lowercase().as_str(), "no" | "nr" | "#");
            index += 2 + usize::from(label);
        } else if extra::is_ordinal(word) && extra::is_unit_word(next, words.tables) {
            index += 2;
        } else {
            break;
        }
    }
    index.min(words.len())
}

/// Whether a kind of street stands in the text. A lone `St` before a name is a
/// saint.
pub fn has_kind(piece: &str, tables: &Tables) -> bool {
    let folded = text::fold(piece);
    let mut words = text::fold_into_words(&folded);
    if words.next().is_some_and(|first| first.len() > 1 && opens_street(first, words.next().unwrap_or(""))) {
        return true;
    }
    text::fold_into_words(&folded).enumerate().any(|(at, word)| {
        street::is_street_kind(word, tables)
            && (at > 0 || word.len() > 3 && !matches!(word, "hof" | "berg" | "saint" | "sankt"))
    })
}
