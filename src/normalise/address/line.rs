//! An address in one line, taken apart from its ends: country, postcode, town
//! and state behind, street with number before.

use super::extra;
use super::postcode_in_line::{Place, place_of};
use super::street_in_line::{self, after_units};
use super::town;
use super::words::Words;
use crate::normalise::{
    Context, Normalised, Part, Tables, city, country, placeholder, postcode, region, street, text,
};
use crate::record::Attribute;
use smallvec::SmallVec;

type Pieces<'a> = SmallVec<[&'a str; 6]>;

/// An address field.
pub fn normalise(clean: &str, context: &Context) -> Normalised {
    if placeholder::is_placeholder(clean, &text::fold(clean), context.tables) {
        return Normalised::placeholder(Attribute::Address, clean, placeholder::REASON);
    }
    let mut pieces: Pieces = clean
        .split([',', ';', '|'])
        .flat_map(around_post_box)
        .map(|piece| piece.trim().trim_start_matches(['-', '–', '*', '•', ' ']))
        .filter(|piece| piece.bytes().any(|byte| byte.is_ascii_alphanumeric() || byte >= 0x80))
        .collect();
    let land = take_country(&mut pieces, context.tables);
    let context = Context { country: land.or(context.country), ..*context };
    let place = place_of(&mut pieces, &context);
    let mut found = Found::default();
    sort_pieces(&pieces, &place, &context, &mut found);
    build(clean, land, &place, &found, &context)
}

/// A post box with words before or behind it is a piece of its own.
fn around_post_box(piece: &str) -> impl Iterator<Item = &str> {
    let (before, from) = match extra::post_box_inside(piece) {
        Some((start, end)) => (&piece[..start], Some((&piece[start..end], &piece[end..]))),
        None => (piece, None),
    };
    let (post_box, after) = from.unzip();
    [Some(before), post_box, after].into_iter().flatten()
}

/// What the pieces before the place turned out to be.
#[derive(Default)]
struct Found<'a> {
    street: Option<&'a str>,
    /// A house number that stood in a piece of its own.
    number: Option<&'a str>,
    city: Option<&'a str>,
    extras: SmallVec<[&'a str; 2]>,
}

/// Takes the country off the end: a piece of its own, or the last words.
fn take_country<'t>(pieces: &mut Pieces, tables: &'t Tables) -> Option<&'t str> {
    let last = *pieces.last()?;
    if pieces.len() > 1
        && let Some(code) = country::code_of(&text::fold(last), tables)
        && (last.len() > 2 || last.chars().all(char::is_uppercase))
        && (last.len() > 2 || region::is_code_only_of_state(last).is_none())
    {
        pieces.pop();
        return Some(code);
    }
    let mut start = last.len();
    let mut best = None;
    for _ in 0..3 {
        let Some(at) = last[..start].trim_end().rfind(' ') else { break };
        start = at;
        let tail = &last[at + 1..];
        let is_code = tail.len() <= 3
            && tail.chars().all(char::is_uppercase)
            && !tail.chars().any(|ch| ch.is_ascii_digit());
        let plain = text::fold(tail).len() > 3 && region::code_of(&text::fold(tail), tables).is_none();
        // Two capitals behind a town may be a state: only a continental
        // postcode before them tells.
        let code_fits = is_code
            && (matches!(tail, "UK" | "USA" | "GBR" | "DEU" | "AUT" | "CHE")
                || has_continental_code(&last[..at]));
        if (plain || code_fits)
            && let Some(code) = country::code_of(&text::fold(tail), tables)
        {
            best = Some((at, code));
        }
    }
    let (at, code) = best?;
    let rest = last[..at].trim_end();
    pieces.pop();
    pieces.push(rest);
    Some(code)
}

/// Five digits with a word behind them.
fn has_continental_code(text: &str) -> bool {
    let mut words = text.split(' ').peekable();
    while let Some(word) = words.next() {
        if word.len() == 5
            && word.bytes().all(|byte| byte.is_ascii_digit())
            && words.peek().is_some_and(|next| next.starts_with(char::is_alphabetic))
        {
            return true;
        }
    }
    false
}

/// Tells street, further lines and town among the pieces that are left.
fn sort_pieces<'a>(pieces: &Pieces<'a>, place: &Place<'a>, context: &Context, found: &mut Found<'a>) {
    let tables = context.tables;
    let numbered = |piece: &str| is_numbered_street(piece, tables) && !extra::mentions_unit(piece, tables);
    let street_at = pieces
        .iter()
        .position(|piece| numbered(piece))
        .or_else(|| pieces.iter().position(|piece| street_in_line::has_kind(piece, tables)))
        // `LÓPEZ MATEOS, 106`: the number is a piece of its own.
        .or_else(|| {
            pieces.iter().position(|piece| street::is_house_number(piece)).and_then(|at| at.checked_sub(1))
        });
    let Some(at) = street_at else {
        // Without a street the last piece is the town, where none is found yet.
        let (town, rest) = match pieces.split_last() {
            Some((last, rest)) if place.city.is_none() && place.code.is_none() => (Some(*last), rest),
            _ => (None, pieces.as_slice()),
        };
        found.city = town;
        if place.city.is_some() && rest.len() == 1 && !extra::mentions_unit(rest[0], tables) {
            found.street = Some(rest[0]);
        } else {
            found.extras.extend(rest.iter().copied());
        }
        return;
    };
    let mut before = &pieces[..at];
    // `115, Main Road`: the number stands before a comma of its own.
    if let [rest @ .., number] = before
        && street::is_house_number(number)
        && street::split_number(pieces[at], tables).number.is_none()
    {
        found.number = Some(*number);
        before = rest;
    }
    found.extras.extend(before.iter().copied());
    let mut piece = pieces[at];
    if let Some(start) = street_in_line::start(piece, tables) {
        found.extras.push(piece[..start].trim_end());
        piece = &piece[start..];
    }
    let is_place = place.code.is_some() || place.region.is_some();
    let town_is_elsewhere =
        place.city_is_certain || pieces.get(at + 1).is_some_and(|next| town::is_town(next, tables));
    let (line, rest) = street_in_line::parted(piece, town_is_elsewhere, is_place, context);
    found.street = Some(line);
    if town_is_elsewhere {
        found.extras.extend(rest);
        sort_rest(&pieces[at + 1..], place, found, tables);
    } else {
        let after: Pieces = rest.into_iter().chain(pieces[at + 1..].iter().copied()).collect();
        sort_rest(&after, place, found, tables);
    }
}

/// The pieces behind the street: units, a number left behind, the town.
fn sort_rest<'a>(after: &[&'a str], place: &Place, found: &mut Found<'a>, tables: &Tables) {
    for &piece in after {
        let numbered = found.street.is_some_and(|line| street::split_number(line, tables).number.is_some());
        let digit_first = piece.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
        if street::is_house_number(piece) && found.number.is_none() && !numbered {
            found.number = Some(piece);
        } else if extra::mentions_unit(piece, tables) {
            unit_and_town(piece, place, found, tables);
        } else if extra::post_box(piece).is_some()
            || digit_first
            || piece.to_ascii_lowercase().ends_with(" county")
        {
            found.extras.push(piece);
        } else if place.city.is_none() {
            // The town stands last, its quarters before it.
            let words = Words::of(piece, tables);
            let at = town::behind_quarter(&words, 0).and_then(|index| words.start(index)).unwrap_or(0);
            found.extras.extend(found.city.replace(&piece[at..]));
            found.extras.extend((at > 0).then(|| piece[..at].trim_end()));
        } else {
            found.extras.push(piece);
        }
    }
}

/// `# 234 Santa Fe`: a town may follow the unit.
fn unit_and_town<'a>(piece: &'a str, place: &Place, found: &mut Found<'a>, tables: &Tables) {
    let words = Words::of(piece, tables);
    let index = after_units(&words, 0);
    match words.start(index).filter(|&at| at > 0 && place.city.is_none()) {
        Some(at) => {
            found.extras.push(piece[..at].trim_end());
            found.city = Some(&piece[at..]);
        }
        None => found.extras.push(piece),
    }
}

fn is_numbered_street(piece: &str, tables: &Tables) -> bool {
    let split = street::split_number(piece, tables);
    split.number.is_some()
        || street_in_line::start(piece, tables).is_some()
        || street_in_line::has_town_behind_number(piece, tables)
}

fn build(clean: &str, land: Option<&str>, place: &Place, found: &Found, context: &Context) -> Normalised {
    let mut parts: SmallVec<[Part; 2]> = SmallVec::new();
    let mut push = |normal: Normalised| {
        if normal.verdict.is_evidence() {
            parts.extend(normal.parts);
        }
    };
    if let Some(street) = found.street {
        push(street::normalise(street, context));
    }
    if let Some(number) = found.number {
        push(street::house_number(number, context.tables));
    }
    for extra in &found.extras {
        push(extra::extra(extra, context.tables));
    }
    if let Some(code) = place.code {
        push(postcode::normalise(code, context));
    }
    if let Some(name) = place.city.or(found.city) {
        push(city::normalise(Attribute::City, name, context));
    }
    if let Some(state) = place.region {
        push(region::normalise(state, context.tables));
    }
    if let Some(code) = land {
        push(Normalised::valid(Part::new(Attribute::Country, code, code)));
    }
    let recognised = place.code.is_some()
        || found.street.is_some() && parts.iter().any(|part| part.attribute == Attribute::HouseNumber);
    if parts.is_empty() {
        return Normalised::placeholder(Attribute::Address, clean, placeholder::REASON);
    }
    let normal = Normalised::of_parts(parts);
    if recognised { normal } else { normal.doubted("neither a postcode nor a house number in it") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expect: &[(Attribute, &str)]) {
        let normal = normalise(input, &Context::default());
        let found: Vec<_> =
            normal.parts.iter().map(|part| (part.attribute, part.canonical.as_str())).collect();
        assert_eq!(found, expect, "{input}");
    }

    #[test]
    fn addresses_in_one_line() {
        use Attribute::{AddressExtra, City, Country, HouseNumber, Postcode, Region, Street};
        check(
            "Hauptstr. 12a, 13353 Berlin",
            &[(Street, "hauptstr"), (HouseNumber, "12a"), (Postcode, "13353"), (City, "berlin")],
        );
        check(
            "Triftstrasse 67 13353 Berlin Deutschland",
            &[
                (Street, "triftstr"),
                (HouseNumber, "67"),
                (Postcode, "13353"),
                (City, "berlin"),
                (Country, "DE"),
            ],
        );
        check(
            "Wagramer Straße 12/3/7, A-1220 Wien",
            &[(Street, "wagramerstr"), (HouseNumber, "12/3/7"), (Postcode, "1220"), (City, "wien")],
        );
        check(
            "12345 Musterstadt, Hauptstr. 1",
            &[(Street, "hauptstr"), (HouseNumber, "1"), (Postcode, "12345"), (City, "musterstadt")],
        );
        check(
            "123 Main St Apt 456 Oakland CA 94789",
            &[
                (Street, "main st"),
                (HouseNumber, "123"),
                (AddressExtra, "apt 456"),
                (Postcode, "94789"),
                (City, "oakland"),
                (Region, "ca"),
            ],
        );
        check(
            "1600 Pennsylvania Ave NW, Washington DC 20500",
            &[
                (Street, "pennsylvania ave nw"),
                (HouseNumber, "1600"),
                (Postcode, "20500"),
                (City, "washington"),
                (Region, "dc"),
            ],
        );
        check(
            "1A Egmont Road, Middlesbrough, TS4 2HT",
            &[(Street, "egmont rd"), (HouseNumber, "1a"), (Postcode, "TS42HT"), (City, "middlesbrough")],
        );
        check(
            "12 rue de la Paix, 75002 Paris, France",
            &[
                (Street, "rue de la paix"),
                (HouseNumber, "12"),
                (Postcode, "75002"),
                (City, "paris"),
                (Country, "FR"),
            ],
        );
        check(
            "Nieuwe Binnenweg 17-19, 3014 GC Rotterdam",
            &[
                (Street, "nieuwe binnenweg"),
                (HouseNumber, "17-19"),
                (Postcode, "3014GC"),
                (City, "rotterdam"),
            ],
        );
        check("65 w. 55th st.", &[(Street, "w 55th st"), (HouseNumber, "65")]);
        check(
            "Berliner Allee 3, 40212 Düsseldorf",
            &[(Street, "berlinerallee"), (HouseNumber, "3"), (Postcode, "40212"), (City, "dusseldorf")],
        );
        check(
            "Postfach 123, 8021 Zürich 1",
            &[(AddressExtra, "postfach 123"), (Postcode, "8021"), (City, "zurich")],
        );
        check(
            "12, rue du Rhône, 1204 Genève",
            &[(Street, "rue du rhone"), (HouseNumber, "12"), (Postcode, "1204"), (City, "geneve")],
        );
        check(
            "Hauptstr. 12, D 12345 Berlin",
            &[(Street, "hauptstr"), (HouseNumber, "12"), (Postcode, "12345"), (City, "berlin")],
        );
    }
}
