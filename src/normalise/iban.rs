//! International bank account numbers: structure per country and check digits
//! (ISO 13616, ISO 7064 MOD 97-10).

use super::{Normalised, Part, Tables, placeholder, text};
use crate::record::Attribute;
use compact_str::CompactString;

/// What follows the check digits in each country of the IBAN registry, in runs:
/// `n` digits, `a` capital letters, `c` either, with how many.
const STRUCTURES: &[(&str, &str)] = &[
    ("AD", "n8c12"),
    ("AE", "n19"),
    ("AL", "n8c16"),
    ("AT", "n16"),
    ("AZ", "a4c20"),
    ("BA", "n16"),
    ("BE", "n12"),
    ("BG", "a4n6c8"),
    ("BH", "a4c14"),
    ("BI", "n23"),
    ("BR", "n23a1c1"),
    ("BY", "c4n4c16"),
    ("CH", "n5c12"),
    ("CR", "n18"),
    ("CY", "n8c16"),
    ("CZ", "n20"),
    ("DE", "n18"),
    ("DJ", "n23"),
    ("DK", "n14"),
    ("DO", "c4n20"),
    ("EE", "n16"),
    ("EG", "n25"),
    ("ES", "n20"),
    ("FI", "n14"),
    ("FK", "a2n12"),
    ("FO", "n14"),
    ("FR", "n10c11n2"),
    ("GB", "a4n14"),
    ("GE", "a2n16"),
    ("GI", "a4c15"),
    ("GL", "n14"),
    ("GR", "n7c16"),
    ("GT", "c24"),
    ("HN", "a4n20"),
    ("HR", "n17"),
    ("HU", "n24"),
    ("IE", "a4n14"),
    ("IL", "n19"),
    ("IQ", "a4n15"),
    ("IS", "n22"),
    ("IT", "a1n10c12"),
    ("JO", "a4n4c18"),
    ("KW", "a4c22"),
    ("KZ", "n3c13"),
    ("LB", "n4c20"),
    ("LC", "a4c24"),
    ("LI", "n5c12"),
    ("LT", "n16"),
    ("LU", "n3c13"),
    ("LV", "a4c13"),
    ("LY", "n21"),
    ("MC", "n10c11n2"),
    ("MD", "c20"),
    ("ME", "n18"),
    ("MK", "n3c10n2"),
    ("MN", "n16"),
    ("MR", "n23"),
    ("MT", "a4n5c18"),
    ("MU", "a4n19a3"),
    ("NI", "a4n20"),
    ("NL", "a4n10"),
    ("NO", "n11"),
    ("OM", "n3c16"),
    ("PK", "a4c16"),
    ("PL", "n24"),
    ("PS", "a4c21"),
    ("PT", "n21"),
    ("QA", "a4c21"),
    ("RO", "a4c16"),
    ("RS", "n18"),
    ("RU", "n14c15"),
    ("SA", "n2c18"),
    ("SC", "a4n20a3"),
    ("SD", "n14"),
    ("SE", "n20"),
    ("SI", "n15"),
    ("SK", "n20"),
    ("SM", "a1n10c12"),
    ("SO", "n19"),
    ("ST", "n21"),
    ("SV", "a4n20"),
    ("TL", "n19"),
    ("TN", "n20"),
    ("TR", "n6c16"),
    ("UA", "n6c19"),
    ("VA", "n18"),
    ("VG", "a4n16"),
    ("XK", "n16"),
    ("YE", "a4n4c18"),
];

/// An IBAN field.
pub(super) fn normalise(clean: &str, tables: &Tables) -> Normalised {
    let bare = clean.strip_prefix("IBAN").unwrap_or(clean).trim_start_matches([':', ' ']);
    let compact = text::capitals_and_digits(bare);
    if placeholder::is_placeholder(clean, &text::fold(clean), tables) {
        return Normalised::placeholder(Attribute::Iban, clean, placeholder::REASON);
    }
    let has_form = compact.bytes().take(2).all(|byte| byte.is_ascii_uppercase())
        && compact.bytes().skip(2).take(2).all(|byte| byte.is_ascii_digit());
    if compact.len() < 5 || !has_form {
        return Normalised::invalid(Attribute::Iban, clean, "not an IBAN");
    }
    if let Some(whole) = whole_before(&compact) {
        let part = Part::new(Attribute::Iban, grouped(whole), whole);
        return Normalised::doubtful(part, "text behind the IBAN");
    }
    let part = Part::new(Attribute::Iban, grouped(&compact), compact.clone());
    let Some(structure) = structure(&compact) else {
        return Normalised::doubtful(part, "country has no IBAN");
    };
    match () {
        () if length(structure) != compact.len() => {
            Normalised::doubtful(part, "wrong length for its country")
        }
        () if !fits(compact.as_bytes(), structure) => Normalised::doubtful(part, "not in its country's form"),
        () if remainder(&compact) != 1 => Normalised::doubtful(part, "check digits do not fit"),
        () if compact.bytes().skip(4).all(|byte| byte == b'0') => {
            Normalised::placeholder(Attribute::Iban, clean, placeholder::REASON)
        }
        () => Normalised::valid(part),
    }
}

fn structure(compact: &str) -> Option<&'static str> {
    let country = compact.get(..2)?;
    let at = STRUCTURES.binary_search_by_key(&country, |(country, _)| country).ok()?;
    STRUCTURES.get(at).map(|(_, structure)| *structure)
}

/// The runs of a structure: kind of sign, and how many.
fn runs(structure: &'static str) -> impl Iterator<Item = (u8, usize)> {
    let mut rest = structure.as_bytes();
    std::iter::from_fn(move || {
        let (&kind, tail) = rest.split_first()?;
        let (number, tail) = tail.split_at(tail.iter().take_while(|byte| byte.is_ascii_digit()).count());
        rest = tail;
        Some((kind, number.iter().fold(0, |sum, digit| sum * 10 + usize::from(digit - b'0'))))
    })
}

/// The length of a whole IBAN of that structure.
fn length(structure: &'static str) -> usize {
    4 + runs(structure).map(|(_, count)| count).sum::<usize>()
}

/// Whether what follows country and check digits has the structure's signs;
/// the length is known to fit.
/// A sound IBAN with more behind it, as a bank's code.
fn whole_before(compact: &str) -> Option<&str> {
    let structure = structure(compact)?;
    let whole = compact.get(..length(structure)).filter(|whole| whole.len() < compact.len())?;
    (fits(whole.as_bytes(), structure) && remainder(whole) == 1).then_some(whole)
}

fn fits(iban: &[u8], structure: &'static str) -> bool {
    let kinds = runs(structure).flat_map(|(kind, count)| std::iter::repeat_n(kind, count));
    iban.iter().skip(4).zip(kinds).all(|(byte, kind)| match kind {
        b'n' => byte.is_ascii_digit(),
        b'a' => byte.is_ascii_uppercase(),
        _ => true,
    })
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
        let good = normalise("de89 3704 0044 0532 0130 00", Tables::shipped());
        assert_eq!(
            (good.verdict, good.parts[0].canonical.as_str()),
            (Verdict::Valid, "DE89370400440532013000")
        );
        assert_eq!(normalise("DE88370400440532013000", Tables::shipped()).verdict, Verdict::Doubtful);
        assert_eq!(normalise("hello", Tables::shipped()).verdict, Verdict::Invalid);
    }

    #[test]
    fn structures_are_sorted_and_decide() {
        assert!(STRUCTURES.is_sorted());
        // A letter where Germany has digits.
        let letter = normalise("DE89370400440532O13000", Tables::shipped());
        assert_eq!(letter.reason, Some("not in its country's form"));
    }
}
