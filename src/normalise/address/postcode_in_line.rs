//! Finding postcode, town and state in the pieces of an address line.

use super::town;
use super::words::Words;
use crate::normalise::{Context, Tables, postcode, region, street, text};
use smallvec::SmallVec;

/// The place that an address ends in, as written.
#[derive(Debug, Default)]
pub struct Place<'a> {
    pub code: Option<&'a str>,
    pub city: Option<&'a str>,
    pub region: Option<&'a str>,
    /// The town stood in a piece of its own or right behind the code, so no
    /// part of it can still be in the street's piece.
    pub city_is_certain: bool,
}

/// Takes the place out of `pieces`, which keep the rest.
pub fn place_of<'a>(pieces: &mut SmallVec<[&'a str; 6]>, context: &Context) -> Place<'a> {
    let mut place = Place::default();
    for index in (0..pieces.len()).rev() {
        let piece = pieces[index];
        let Some((start, end)) = find_code(piece, index == 0, context) else { continue };
        place.code = Some(&piece[start..end]);
        let before = without_country_sign(piece[..start].trim(), &piece[start..end], context);
        let after = piece[end..].trim();
        if has_letters(after) {
            // `13353 Berlin`: the town follows its code.
            let (town, province) = split_province(after, context);
            place.city = Some(town);
            place.region = province;
            place.city_is_certain = true;
            replace(pieces, index, before);
            return place;
        }
        return town_before(place, pieces, index, before, context.tables);
    }
    state_without_code(&mut place, pieces, context);
    state_at_end(place, pieces, context.tables)
}

/// `Louisville KY` at the end, with no code behind it.
fn state_without_code<'a>(place: &mut Place<'a>, pieces: &mut SmallVec<[&'a str; 6]>, context: &Context) {
    let Some(&last) = pieces.last() else { return };
    let (rest, Some(state)) = split_state(last, context.tables) else { return };
    let words = Words::of(rest, context.tables);
    let expected = match context.country {
        Some("US" | "CA" | "AU") => true,
        None => state.chars().all(|ch| !ch.is_lowercase()) && town::at_end(&words, 0).is_some(),
        _ => false,
    };
    let numbered = pieces.first().is_some_and(|first| first.starts_with(|ch: char| ch.is_ascii_digit()));
    if rest.is_empty() || !expected || !numbered {
        return;
    }
    place.region = Some(state);
    let index = pieces.len() - 1;
    if index > 0 && !is_street_like(rest, context.tables) {
        place.city = Some(rest);
        place.city_is_certain = true;
        pieces.pop();
    } else {
        pieces[index] = rest;
    }
}

/// `Milano MI`: Italian towns may bear their province.
fn split_province<'a>(town: &'a str, context: &Context) -> (&'a str, Option<&'a str>) {
    match town.rsplit_once(' ') {
        Some((name, province))
            if context.country == Some("IT")
                && province.len() == 2
                && province.bytes().all(|byte| byte.is_ascii_uppercase()) =>
        {
            (name, Some(province))
        }
        _ => (town, None),
    }
}

/// Town and state stand before the code: `Oakland CA 94789`, or in the pieces
/// before it.
fn town_before<'a>(
    mut place: Place<'a>,
    pieces: &mut SmallVec<[&'a str; 6]>,
    index: usize,
    before: &'a str,
    tables: &Tables,
) -> Place<'a> {
    let (rest, state) = split_state(before, tables);
    place.region = state;
    // What follows a code that ends the line in Britain is the country's part.
    pieces.truncate(index + 1);
    if !rest.is_empty() {
        if is_street_like(rest, tables) {
            replace(pieces, index, rest);
            return place;
        }
        place.city = Some(rest);
        place.city_is_certain = index > 0;
        pieces.truncate(index);
        skip_county(&mut place, pieces, tables);
        return place;
    }
    pieces.truncate(index);
    state_at_end(place, pieces, tables)
}

/// In Britain a county may stand between town and code; the town is then the
/// piece before it.
fn skip_county<'a>(place: &mut Place<'a>, pieces: &mut SmallVec<[&'a str; 6]>, tables: &Tables) {
    while let Some(name) = place.city
        && is_british_region(name)
        && pieces.len() > 1
        && let Some(&town) = pieces.last().filter(|piece| !is_street_like(piece, tables))
    {
        place.region = place.region.or(place.city);
        place.city = Some(town);
        pieces.pop();
    }
}

/// Counties and countries that stand behind a British town.
fn is_british_region(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "england",
        "scotland",
        "wales",
        "northern ireland",
        "greater london",
        "greater manchester",
        "cheshire east",
        "cheshire west",
        "kent",
        "surrey",
        "essex",
        "norfolk",
        "suffolk",
        "devon",
        "cornwall",
        "dorset",
        "somerset",
        "merseyside",
        "west midlands",
        "tyne and wear",
        "county durham",
        "cumbria",
    ];
    let folded = text::fold(name);
    let ends = ["shire", " sussex", " yorkshire", " county"].iter().any(|end| folded.ends_with(end));
    ends || NAMES.contains(&folded.as_str())
}

fn state_at_end<'a>(mut place: Place<'a>, pieces: &mut SmallVec<[&'a str; 6]>, tables: &Tables) -> Place<'a> {
    let Some(&last) = pieces.last() else { return place };
    if pieces.len() > 1 && place.region.is_none() && region::is_state(last, tables) {
        place.region = Some(last);
        pieces.pop();
    }
    let Some(&last) = pieces.last() else { return place };
    // A county says nothing of the town, which stands at the end of the street's piece.
    if let [.., before, county] = pieces.as_slice()
        && is_british_region(county)
        && is_street_like(before, tables)
        && place.code.is_some()
    {
        pieces.pop();
        return place;
    }
    // Counties, states of Britain and regions stand behind the town.
    if pieces.len() > 1
        && !is_street_like(last, tables)
        && !last.bytes().any(|byte| byte.is_ascii_digit())
        && place.code.is_some()
    {
        let (rest, state) = split_state(last, tables);
        place.region = place.region.or(state);
        place.city = Some(if rest.is_empty() { last } else { rest });
        place.city_is_certain = true;
        pieces.pop();
        skip_county(&mut place, pieces, tables);
    }
    place
}

fn replace<'a>(pieces: &mut SmallVec<[&'a str; 6]>, index: usize, rest: &'a str) {
    if rest.is_empty() {
        pieces.remove(index);
    } else {
        pieces[index] = rest;
    }
}

/// `D 12345 Berlin`: the sign of the country stands apart from the code.
fn without_country_sign<'a>(before: &'a str, code: &str, context: &Context) -> &'a str {
    let european = matches!(context.country, None | Some("DE" | "AT" | "CH" | "LI"));
    let digits = code.bytes().all(|byte| byte.is_ascii_digit());
    let sign = matches!(before, "D" | "A" | "CH" | "F" | "I" | "B" | "L" | "NL");
    if european && digits && sign { "" } else { before }
}

/// `8021 Zürich 1`: the number of a post office behind the town.
fn without_office<'a>(town: &'a str, context: &Context) -> &'a str {
    let german = matches!(context.country, None | Some("DE" | "AT" | "CH" | "LI"));
    match town.rsplit_once(' ') {
        Some((name, office))
            if german
                && (1..=2).contains(&office.len())
                && office.bytes().all(|byte| byte.is_ascii_digit())
                && !name.contains(' ') =>
        {
            name
        }
        _ => town,
    }
}

fn has_letters(text: &str) -> bool {
    text.chars().filter(|ch| ch.is_alphabetic()).count() >= 2
}

/// Whether the piece holds a street rather than a town.
fn is_street_like(piece: &str, tables: &Tables) -> bool {
    if piece.bytes().any(|byte| byte.is_ascii_digit()) {
        return true;
    }
    let folded = text::fold(piece);
    text::fold_into_words(&folded).skip(1).any(|word| street::is_street_kind(word, tables))
}

/// `Brooklyn N.Y.` → `Brooklyn` and `N.Y.`; state names of two words as well.
fn split_state<'a>(text: &'a str, tables: &Tables) -> (&'a str, Option<&'a str>) {
    let text = text.trim();
    for words in [2, 1] {
        let mut at = text.len();
        for _ in 0..words {
            at = text[..at].trim_end().rfind(' ').map_or(0, |space| space);
        }
        let tail = text[at..].trim();
        if at > 0 && region::is_state(tail, tables) {
            return (text[..at].trim_end(), Some(tail));
        }
    }
    // `New York` and `Washington` alone are towns.
    let is_town = matches!(text::fold(text).as_str(), "new york" | "washington");
    if region::is_state(text, tables) && !is_town { ("", Some(text)) } else { (text, None) }
}

/// Where a postcode stands in the piece: the last place that has the form of
/// one and can't be a house number.
fn find_code(piece: &str, first_piece: bool, context: &Context) -> Option<(usize, usize)> {
    let starts: SmallVec<[usize; 8]> = starts(piece);
    for (index, &start) in starts.iter().enumerate().rev() {
        let end = end_of(piece, start);
        let word = &piece[start..end];
        let plain = word.chars().all(|ch| ch.is_ascii() || matches!(ch, '–' | '—' | '‐' | '‑'));
        if !plain || !word.bytes().any(|byte| byte.is_ascii_digit()) {
            continue;
        }
        let next = starts.get(index + 1).map(|&at| (at, end_of(piece, at)));
        if let Some(end) = code_end(piece, word, end, next, context) {
            // At the very start it is a house number, unless a town and no
            // street follows.
            let after = without_office(piece[end..].trim(), context);
            let lone = index == 0 && after.is_empty() && !first_piece;
            if index == 0 && !lone && (after.is_empty() || is_street_like(after, context.tables)) {
                continue;
            }
            // English lines begin with a house number of any length.
            if index == 0 && first_piece && !begins_with_codes(word, context) {
                continue;
            }
            // Four digits count only before a town, behind a state or alone.
            let four = word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit());
            if four
                && !lone
                && !has_letters(after)
                && !region::is_state(words_before(piece, start), context.tables)
            {
                continue;
            }
            return Some((start, end));
        }
    }
    None
}

/// The word before `start`: `NSW` in `Sydney NSW 2000`.
fn words_before(piece: &str, start: usize) -> &str {
    piece[..start].trim_end().rsplit(' ').next().unwrap_or("")
}

/// Whether an address there may begin with its postcode.
fn begins_with_codes(word: &str, context: &Context) -> bool {
    match context.country {
        Some("US" | "CA" | "GB" | "IE" | "AU" | "NZ" | "ZA" | "IN" | "FR") => false,
        Some("AT" | "CH" | "LI" | "LU" | "BE" | "DK" | "NO" | "HU" | "SI" | "NL") => true,
        _ => word.bytes().filter(u8::is_ascii_digit).count() != 4,
    }
}

/// The end of the code that begins with `word`, where it is one.
fn code_end(
    piece: &str,
    word: &str,
    end: usize,
    next: Option<(usize, usize)>,
    context: &Context,
) -> Option<usize> {
    if !word.is_ascii() {
        let zip = word.split_once(['–', '—', '‐', '‑']).is_some_and(|(zip, four)| {
            zip.len() == 5
                && four.len() == 4
                && [zip, four].concat().bytes().all(|byte| byte.is_ascii_digit())
        });
        return zip.then_some(end);
    }
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (_, body) = postcode::split_prefix(word);
    if body.len() < word.len() {
        return Some(end);
    }
    let next_word = next.map(|(start, end)| &piece[start..end]).filter(|word| word.is_ascii()).unwrap_or("");
    let upper = |text: &str| text.to_ascii_uppercase();
    // `EC2A 4RH`, `H3Z 2Y7`: outward and inward part.
    let inward = next_word.len() == 3 && next_word.as_bytes()[0].is_ascii_digit();
    if inward
        && (2..=4).contains(&word.len())
        && word.as_bytes()[0].is_ascii_alphabetic()
        && upper(next_word)[1..].bytes().any(|byte| byte.is_ascii_uppercase())
    {
        return next.map(|(_, end)| end);
    }
    if digits(word) {
        let dutch = word.len() == 4
            && next_word.len() == 2
            && next_word.chars().all(|ch| ch.is_ascii_uppercase())
            && next.is_some_and(|(_, end)| end < piece.len());
        if dutch {
            return next.map(|(_, end)| end);
        }
        let spaced = word.len() == 3
            && next_word.len() == 2
            && digits(next_word)
            && matches!(context.country, Some("SE" | "CZ" | "SK" | "GR"));
        if spaced {
            return next.map(|(_, end)| end);
        }
        let six = word.len() == 6 && matches!(context.country, Some("IN" | "RO" | "RU" | "CN" | "SG"));
        let american = matches!(context.country, Some("US"));
        let nine = american && word.len() == 9;
        // A ZIP that has lost its zero ends the line.
        let four = word.len() == 4 && (!american || next.is_none());
        return (word.len() == 5 || four || six || nine).then_some(end);
    }
    // ZIP+4, Polish and Portuguese codes, and British ones without the space.
    let hyphen = word.split_once('-').is_some_and(|(a, b)| {
        digits(a) && digits(b) && matches!((a.len(), b.len()), (5, 4) | (2, 3) | (4, 3))
    });
    let dutch = word.len() == 6 && digits(&word[..4]) && word[4..].chars().all(|ch| ch.is_ascii_uppercase());
    let british = (5..=7).contains(&word.len()) && word.is_ascii() && {
        let word = upper(word);
        let bytes = word.as_bytes();
        let inward = &bytes[bytes.len() - 3..];
        bytes[0].is_ascii_uppercase()
            && inward[0].is_ascii_digit()
            && inward[1..].iter().all(u8::is_ascii_uppercase)
            && bytes[..bytes.len() - 3].iter().any(u8::is_ascii_digit)
    };
    (hyphen || dutch || british).then_some(end)
}

fn starts(piece: &str) -> SmallVec<[usize; 8]> {
    let mut starts = SmallVec::new();
    let mut in_word = false;
    for (at, ch) in piece.char_indices() {
        if ch != ' ' && !in_word {
            starts.push(at);
        }
        in_word = ch != ' ';
    }
    starts
}

fn end_of(piece: &str, start: usize) -> usize {
    piece[start..].find(' ').map_or(piece.len(), |length| start + length)
}
