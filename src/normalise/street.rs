//! Streets and house numbers: `Haupt Str. 12 a` is street `hauptstr` and house
//! number `12a`. Whole addresses are `address`'s concern.

mod house;
mod kind;
mod number_word;

pub use house::{Split, is_grid_number, is_house_number, split_number};
pub use kind::{canonical, is_kind_word, is_street_kind};

use super::{Context, Normalised, Part, Tables, address, placeholder, text};
use crate::record::Attribute;
use compact_str::CompactString;

/// A street field, which may hold the house number and what follows it.
pub(super) fn normalise(clean: &str, context: &Context) -> Normalised {
    if let Some(normal) = address::post_box(clean) {
        return normal;
    }
    if let Some((host, line)) = address::host_before(clean, context.tables) {
        return with_host(host, line, context);
    }
    let line = without_remark(clean);
    let split = split_number(line, context.tables);
    let canonical = canonical(split.street, context);
    if split.street.is_empty()
        || placeholder::is_placeholder(split.street, &canonical, context.tables)
        || is_no_street(&canonical, split.street)
    {
        return Normalised::placeholder(Attribute::Street, clean, placeholder::REASON);
    }
    let mut normal = Normalised::valid(Part::new(Attribute::Street, text::recase(split.street), canonical));
    push_number(&mut normal, &split, context.tables);
    normal
}

/// `c/o Müller, Hauptstr. 5`: the street, and with whom.
fn with_host(host: &str, line: &str, context: &Context) -> Normalised {
    let mut normal = normalise(line, context);
    let host = address::extra(host, context.tables);
    if normal.verdict.is_evidence() && host.verdict.is_evidence() {
        normal.parts.extend(host.parts);
    }
    normal
}

/// The line without a stop at its end, or words for having no number.
fn without_remark(clean: &str) -> &str {
    const NO_NUMBER: [&str; 6] =
        [" o. nr.", " o.nr.", " ohne nr.", " ohne nummer", " ohne hausnummer", " s/n"];
    let line = clean.trim_end_matches([',', ';', ' ']);
    let stop = line.strip_suffix('.').filter(|rest| rest.ends_with(|ch: char| ch.is_ascii_digit()));
    let line = stop.filter(|rest| rest.contains(' ')).unwrap_or(line);
    let lower = |length: usize| line.len().checked_sub(length).and_then(|at| line.get(at..));
    let no_number =
        NO_NUMBER.iter().find(|words| lower(words.len()).is_some_and(|end| end.eq_ignore_ascii_case(words)));
    no_number.and_then(|words| line.get(..line.len() - words.len())).unwrap_or(line)
}

/// Adds the house number and what followed it.
pub(super) fn push_number(normal: &mut Normalised, split: &Split, tables: &Tables) {
    if let Some(number) = split.number {
        let number = house_number(number, tables);
        if number.verdict.is_evidence() {
            normal.parts.extend(number.parts);
        }
    }
    if let Some(extra) = split.extra {
        let extra = address::extra(extra, tables);
        if extra.verdict.is_evidence() {
            normal.parts.extend(extra.parts);
        }
    }
}

/// `Postfach` without its number, a lone `Straße`.
fn is_no_street(canonical: &str, clean: &str) -> bool {
    matches!(
        canonical,
        "postfach" | "str" | "st" | "hausnummer" | "postlagernd" | "po box" | "strnr" | "musterstr"
    ) && !clean.contains(' ')
}

/// A house-number field.
pub(super) fn house_number(clean: &str, tables: &Tables) -> Normalised {
    let canonical = house::canonical(clean);
    let nothing = canonical.is_empty()
        || canonical.bytes().all(|byte| byte == b'0')
        || !canonical.bytes().any(|byte| byte.is_ascii_digit())
            && placeholder::is_placeholder(clean, &text::fold(clean), tables);
    if nothing {
        return Normalised::placeholder(Attribute::HouseNumber, clean, placeholder::REASON);
    }
    let normal = Normalised::valid(Part::new(Attribute::HouseNumber, shown(clean), canonical.clone()));
    if canonical.bytes().any(|byte| byte.is_ascii_digit()) {
        normal
    } else {
        normal.doubted("no digit in it")
    }
}

/// The number without its label and with its letter joined: `Nr. 12 a` → `12a`.
fn shown(clean: &str) -> CompactString {
    house::shown(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, street: &str, number: &str) {
        let normal = normalise(input, &Context::default());
        let part = |attribute| {
            normal
                .parts
                .iter()
                .find(|part| part.attribute == attribute)
                .map_or("", |part| part.canonical.as_str())
        };
        assert_eq!((part(Attribute::Street), part(Attribute::HouseNumber)), (street, number), "{input}");
    }

    #[test]
    fn german_streets() {
        for input in [
            "Hauptstraße",
            "Hauptstrasse",
            "Hauptstr.",
            "Haupt Str.",
            "Haupt-Straße",
            "HAUPTSTR",
            "Haupt Strasse",
        ] {
            check(input, "hauptstr", "");
        }
        check("Hauptstr. 12 a", "hauptstr", "12a");
        check("Hauptstraße 12a", "hauptstr", "12a");
        check("Otto-Hahn-Straße 5", "otto hahnstr", "5");
        check("Straße des 17. Juni 135", "str des 17 juni", "135");
        check("Am Sportplatz 3", "am sportplatz", "3");
        check("Hauptstr. 12-14", "hauptstr", "12-14");
        check("Wagramer Straße 12/3/7", "wagramerstr", "12/3/7");
        check("Hauptstr. 12, 3. OG", "hauptstr", "12");
        check("Hauptstr. Nr. 12", "hauptstr", "12");
        check("Hauptstr. 12.", "hauptstr", "12");
        check("Hauptstr. 12 A-C", "hauptstr", "12a-c");
        check("Hauptstr. 5 und 7", "hauptstr", "5-7");
        check("Hauptstr. 5 III", "hauptstr", "5");
        check("Hauptstr. ohne Nr.", "hauptstr", "");
        check("Str.d.Friedens 5", "str des friedens", "5");
        check("An d. Alster 5", "an der alster", "5");
        check("Wagramer Str. 12/Stg. 3/Top 7", "wagramerstr", "12");
        check("c/o Müller, Hauptstr. 5", "hauptstr", "5");
        check("c/o Müller Hauptstraße 5", "hauptstr", "5");
    }

    #[test]
    fn streets_elsewhere() {
        check("123 Main Street", "main st", "123");
        check("123 N Main St.", "n main st", "123");
        check("120 East 96th Street", "e 96th st", "120");
        check("120 East Ninety-sixth Street", "e 96th st", "120");
        check("Via XX Settembre 4", "via 20 settembre", "4");
        check("C/ Ocho 8", "calle 8", "8");
        check("12 rue de la Paix", "rue de la paix", "12");
        check("12 bis, rue Victor Hugo", "rue victor hugo", "12bis");
        check("Via Roma, 12", "via roma", "12");
        check("C/ Mayor 5", "calle mayor", "5");
        check("Kerkstraat 12", "kerkstr", "12");
        check("ul. Marszałkowska 10", "marszalkowska", "10");
    }

    #[test]
    fn house_numbers() {
        let check = |input: &str, expect: &str| {
            let normal = house_number(input, Tables::shipped());
            assert_eq!(normal.parts[0].canonical, expect, "{input}");
        };
        check("12 a", "12a");
        check("12A", "12a");
        check("12 - 14", "12-14");
        check("12/3/7", "12/3/7");
        check("Nr. 12", "12");
        check("12.0", "12");
        check("012", "12");
        check("#12", "12");
        check("12 bis", "12bis");
    }
}
