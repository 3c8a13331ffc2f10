//! Postcodes: form per country, country prefixes, a leading zero that a
//! spreadsheet lost, placeholders.

use super::{Context, Normalised, Part, Tables, placeholder, text};
use crate::record::Attribute;
use compact_str::{CompactString, format_compact};

/// Prefixes before the number with the country they stand for.
const PREFIXES: &[(&str, &str)] = &[
    ("D", "DE"),
    ("DE", "DE"),
    ("A", "AT"),
    ("AT", "AT"),
    ("CH", "CH"),
    ("FL", "LI"),
    ("LI", "LI"),
    ("F", "FR"),
    ("FR", "FR"),
    ("I", "IT"),
    ("IT", "IT"),
    ("L", "LU"),
    ("LU", "LU"),
    ("B", "BE"),
    ("BE", "BE"),
    ("NL", "NL"),
    ("PL", "PL"),
    ("DK", "DK"),
    ("E", "ES"),
    ("ES", "ES"),
    ("CZ", "CZ"),
    ("SK", "SK"),
    ("H", "HU"),
    ("HU", "HU"),
    ("S", "SE"),
    ("SE", "SE"),
    ("N", "NO"),
    ("NO", "NO"),
    ("P", "PT"),
    ("PT", "PT"),
    ("FIN", "FI"),
    ("FI", "FI"),
    ("SLO", "SI"),
    ("SI", "SI"),
    ("HR", "HR"),
    ("US", "US"),
    ("LV", "LV"),
    ("LT", "LT"),
    ("LT", "LT"),
    ("RO", "RO"),
    ("BG", "BG"),
];

/// A postcode field.
pub(super) fn normalise(clean: &str, context: &Context) -> Normalised {
    let trimmed = clean.trim_end_matches([',', '.', ';', ' ']).trim_end_matches(".0");
    let (prefixed, body) = split_prefix(trimmed);
    let country = prefixed.or(context.country);
    // `12345 Berlin` in one field.
    if let Some((code, city)) = split_city(body) {
        let mut normal = abroad(number(clean, code, country, context.tables), prefixed, context);
        normal.parts.extend(super::city::normalise(Attribute::City, city, context).parts);
        return normal;
    }
    abroad(number(clean, body, country, context.tables), prefixed, context)
}

/// Shows a code of another country with the sign that told so.
fn abroad(mut normal: Normalised, prefixed: Option<&str>, context: &Context) -> Normalised {
    let told = prefixed.filter(|country| context.country.is_some_and(|own| own != *country));
    let sign = told.and_then(|country| PREFIXES.iter().find(|(_, of)| *of == country));
    if let (Some((sign, _)), Some(part)) = (sign, normal.parts.first_mut())
        && normal.verdict.is_evidence()
    {
        part.display = format_compact!("{sign}-{}", part.display);
    }
    normal
}

/// Splits a country prefix off: `D-12345`, `CH 8001`.
pub fn split_prefix(text: &str) -> (Option<&'static str>, &str) {
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    if letters == 0 || letters > 3 {
        return (None, text);
    }
    let (prefix, rest) = text.split_at(letters);
    let body = rest.trim_start_matches(['-', ' ', '–']);
    // Without a separator the letters belong to the code (`SW1A`), unless
    // four digits or more follow.
    let digits = body.bytes().take_while(u8::is_ascii_digit).count();
    if digits < 4 || body.len() > digits && !body[digits..].starts_with([' ', '-']) {
        return (None, text);
    }
    let upper = prefix.to_ascii_uppercase();
    match PREFIXES.iter().find(|(known, _)| *known == upper) {
        Some((_, country)) => (Some(country), body),
        None => (None, text),
    }
}

fn split_city(body: &str) -> Option<(&str, &str)> {
    let (code, rest) = body.split_once(' ')?;
    let digits = code.bytes().all(|byte| byte.is_ascii_digit()) && code.len() >= 4;
    let letters = rest.chars().filter(|ch| ch.is_alphabetic()).count();
    (digits && letters >= 3 && !rest.bytes().any(|byte| byte.is_ascii_digit())).then_some((code, rest))
}

fn number(clean: &str, body: &str, country: Option<&str>, tables: &Tables) -> Normalised {
    let mut code = text::capitals_and_digits(body);
    if !code.bytes().any(|byte| byte.is_ascii_digit()) {
        if placeholder::is_placeholder(clean, &text::fold(clean), tables) {
            return Normalised::placeholder(Attribute::Postcode, clean, placeholder::REASON);
        }
        return Normalised::invalid(Attribute::Postcode, clean, "no digit in it");
    }
    let digits_only = code.bytes().all(|byte| byte.is_ascii_digit());
    if digits_only
        && matches!(
            code.as_str(),
            "0" | "00" | "000" | "0000" | "00000" | "000000" | "99999" | "9999" | "11111" | "999999" | "999"
        )
    {
        return Normalised::placeholder(Attribute::Postcode, clean, placeholder::REASON);
    }
    if code.len() > 10 {
        return Normalised::invalid(Attribute::Postcode, clean, "too long for a postcode");
    }
    let mut reason = None;
    if digits_only {
        let expected = digits_of(country);
        if country == Some("US") && code.len() == 9
            || country.is_none() && code.len() == 9 && body.contains('-')
        {
            code.truncate(5);
        }
        if expected == Some(code.len() + 1)
            && matches!(country, Some("DE" | "US" | "FR" | "IT" | "ES" | "FI"))
        {
            code = format_compact!("0{code}");
            reason = Some("a leading zero was missing");
        } else {
            let unassigned = country == Some("DE") && !("01001"..="99998").contains(&code.as_str());
            if unassigned || expected.is_some_and(|length| length != code.len()) {
                reason = Some("not in its country's form");
            }
        }
    } else if matches!(country, Some("DE" | "AT" | "CH")) {
        reason = Some("not in its country's form");
    }
    let normal = Normalised::valid(Part::new(Attribute::Postcode, shown(&code, country), code));
    match reason {
        Some(reason) => normal.doubted(reason),
        None => normal,
    }
}

/// The number of digits of a country's all-digit postcodes.
fn digits_of(country: Option<&str>) -> Option<usize> {
    Some(match country? {
        "DE" | "FR" | "IT" | "ES" | "US" | "FI" | "SE" | "CZ" | "SK" | "PL" | "HR" | "EE" | "TR" | "GR"
        | "RS" | "BA" | "UA" | "MX" => 5,
        "AT" | "CH" | "LI" | "LU" | "BE" | "DK" | "NO" | "HU" | "BG" | "SI" | "AU" | "NZ" | "ZA" | "LV" => 4,
        "PT" => 7,
        "RO" | "RU" | "IN" | "CN" => 6,
        _ => return None,
    })
}

/// The usual spelling of a code.
fn shown(code: &str, country: Option<&str>) -> CompactString {
    let bytes = code.as_bytes();
    let digits_then_letters = code.len() == 6
        && bytes[..4].iter().all(u8::is_ascii_digit)
        && bytes[4..].iter().all(u8::is_ascii_uppercase);
    let british = (5..=7).contains(&code.len())
        && bytes[0].is_ascii_uppercase()
        && bytes[code.len() - 3].is_ascii_digit()
        && bytes[code.len() - 2..].iter().all(u8::is_ascii_uppercase);
    let canadian = code.len() == 6
        && bytes
            .iter()
            .enumerate()
            .all(|(at, byte)| if at % 2 == 0 { byte.is_ascii_uppercase() } else { byte.is_ascii_digit() });
    let split = match country {
        _ if digits_then_letters => 4,
        _ if british || canadian => code.len() - 3,
        Some("PL") if code.len() == 5 => return format_compact!("{}-{}", &code[..2], &code[2..]),
        Some("SE" | "CZ" | "SK" | "GR") if code.len() == 5 => 3,
        _ => return code.into(),
    };
    format_compact!("{} {}", &code[..split], &code[split..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Verdict;

    fn check(input: &str, country: Option<&str>, expect: &str, verdict: Verdict) {
        let normal = normalise(input, &Context { country, ..Context::default() });
        assert_eq!((normal.parts[0].canonical.as_str(), normal.verdict), (expect, verdict), "{input}");
    }

    #[test]
    fn forms_per_country() {
        check("D-12345", None, "12345", Verdict::Valid);
        check("1067", Some("DE"), "01067", Verdict::Doubtful);
        check("1010", Some("AT"), "1010", Verdict::Valid);
        check("A-1010", None, "1010", Verdict::Valid);
        check("CH-8001", Some("DE"), "8001", Verdict::Valid);
        check("1234 ab", Some("NL"), "1234AB", Verdict::Valid);
        check("sw1a 1aa", Some("GB"), "SW1A1AA", Verdict::Valid);
        check("00-950", Some("PL"), "00950", Verdict::Valid);
        check("94789-1234", Some("US"), "94789", Verdict::Valid);
        check("49555,", Some("US"), "49555", Verdict::Valid);
        check("h3z 2y7", None, "H3Z2Y7", Verdict::Valid);
        check("00000", Some("DE"), "", Verdict::Placeholder);
        check("99999", None, "", Verdict::Placeholder);
        check("Berlin", Some("DE"), "", Verdict::Invalid);
        check("12345.0", Some("DE"), "12345", Verdict::Valid);
    }
}
