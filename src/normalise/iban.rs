//! International bank account numbers: form, length per country and check
//! digits (ISO 13616, ISO 7064 MOD 97-10).

use super::{Normalised, Part, placeholder, text};
use crate::record::Attribute;
use compact_str::CompactString;

/// Length by country, as the IBAN registry lists them.
const LENGTHS: &[(&str, usize)] = &[
    ("AD", 24),
    ("AE", 23),
    ("AL", 28),
    ("AT", 20),
    ("AZ", 28),
    ("BA", 20),
    ("BE", 16),
    ("BG", 22),
    ("BH", 22),
    ("BI", 27),
    ("BR", 29),
    ("BY", 28),
    ("CH", 21),
    ("CR", 22),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DJ", 27),
    ("DK", 18),
    ("DO", 28),
    ("EE", 20),
    ("EG", 29),
    ("ES", 24),
    ("FI", 18),
    ("FK", 18),
    ("FO", 18),
    ("FR", 27),
    ("GB", 22),
    ("GE", 22),
    ("GI", 23),
    ("GL", 18),
    ("GR", 27),
    ("GT", 28),
    ("HN", 28),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IL", 23),
    ("IQ", 23),
    ("IS", 26),
    ("IT", 27),
    ("JO", 30),
    ("KW", 30),
    ("KZ", 20),
    ("LB", 28),
    ("LC", 32),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("LY", 25),
    ("MC", 27),
    ("MD", 24),
    ("ME", 22),
    ("MK", 19),
    ("MN", 20),
    ("MR", 27),
    ("MT", 31),
    ("MU", 30),
    ("NI", 28),
    ("NL", 18),
    ("NO", 15),
    ("OM", 23),
    ("PK", 24),
    ("PL", 28),
    ("PS", 29),
    ("PT", 25),
    ("QA", 29),
    ("RO", 24),
    ("RS", 22),
    ("RU", 33),
    ("SA", 24),
    ("SC", 31),
    ("SD", 18),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
    ("SM", 27),
    ("SO", 23),
    ("ST", 25),
    ("SV", 28),
    ("TL", 23),
    ("TN", 24),
    ("TR", 26),
    ("UA", 29),
    ("VA", 22),
    ("VG", 24),
    ("XK", 20),
    ("YE", 30),
];

/// An IBAN field.
pub(super) fn normalise(clean: &str) -> Normalised {
    let bare = clean.strip_prefix("IBAN").unwrap_or(clean).trim_start_matches([':', ' ']);
    let compact = text::capitals_and_digits(bare);
    if placeholder::is_placeholder(clean, &text::fold(clean)) {
        return Normalised::placeholder(Attribute::Iban, clean, placeholder::REASON);
    }
    let has_form = compact.bytes().take(2).all(|byte| byte.is_ascii_uppercase())
        && compact.bytes().skip(2).take(2).all(|byte| byte.is_ascii_digit());
    if compact.len() < 5 || !has_form {
        return Normalised::invalid(Attribute::Iban, clean, "not an IBAN");
    }
    let part = Part::new(Attribute::Iban, grouped(&compact), compact.clone());
    match LENGTHS.iter().find(|(country, _)| compact.starts_with(country)) {
        None => Normalised::doubtful(part, "country has no IBAN"),
        Some((_, length)) if *length != compact.len() => {
            Normalised::doubtful(part, "wrong length for its country")
        }
        Some(_) if remainder(&compact) != 1 => Normalised::doubtful(part, "check digits do not fit"),
        Some(_) if compact.bytes().skip(4).all(|byte| byte == b'0') => {
            Normalised::placeholder(Attribute::Iban, clean, placeholder::REASON)
        }
        Some(_) => Normalised::valid(part),
    }
}

fn grouped(compact: &str) -> CompactString {
    let mut out = CompactString::with_capacity(compact.len() + compact.len() / 4);
    for (at, ch) in compact.chars().enumerate() {
        if at > 0 && at % 4 == 0 {
            out.push(' ');
        }
        out.push(ch);
    }
    out
}

/// The number's remainder by 97, its first four characters moved to the end.
fn remainder(compact: &str) -> u32 {
    let bytes = compact.as_bytes();
    bytes[4..].iter().chain(&bytes[..4]).fold(0, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        letter => (rest * 100 + u32::from(letter.saturating_sub(b'A')) + 10) % 97,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Verdict;

    #[test]
    fn check_digits_decide() {
        let good = normalise("de89 3704 0044 0532 0130 00");
        assert_eq!(
            (good.verdict, good.parts[0].canonical.as_str()),
            (Verdict::Valid, "DE89370400440532013000")
        );
        assert_eq!(normalise("DE88370400440532013000").verdict, Verdict::Doubtful);
        assert_eq!(normalise("hello").verdict, Verdict::Invalid);
    }
}
