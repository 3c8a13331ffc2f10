//! VAT identification numbers: the country's prefix, form and check digits.

mod check_digit;

use super::{Context, Normalised, Part, placeholder, text};
use crate::record::Attribute;
use compact_str::CompactString;

/// What may follow the prefix: `9` a digit, `A` a letter, `*` either.
const FORMS: &[(&str, &[&str])] = &[
    ("ATU", &["99999999"]),
    ("BE", &["9999999999", "999999999"]),
    ("BG", &["999999999", "9999999999"]),
    ("CHE", &["999999999", "999999999MWST", "999999999TVA", "999999999IVA"]),
    ("CY", &["99999999A"]),
    ("CZ", &["99999999", "999999999", "9999999999"]),
    ("DE", &["999999999"]),
    ("DK", &["99999999"]),
    ("EE", &["999999999"]),
    ("EL", &["999999999"]),
    ("ES", &["*9999999*"]),
    ("FI", &["99999999"]),
    ("FR", &["**999999999"]),
    ("GB", &["999999999", "999999999999", "GD999", "HA999"]),
    ("HR", &["99999999999"]),
    ("HU", &["99999999"]),
    ("IE", &["9*99999A", "9999999AA"]),
    ("IT", &["99999999999"]),
    ("LI", &["99999"]),
    ("LT", &["999999999", "999999999999"]),
    ("LU", &["99999999"]),
    ("LV", &["99999999999"]),
    ("MT", &["99999999"]),
    ("NL", &["999999999B99"]),
    ("NO", &["999999999", "999999999MVA"]),
    ("PL", &["9999999999"]),
    ("PT", &["999999999"]),
    ("RO", &["99", "999", "9999", "99999", "999999", "9999999", "99999999", "999999999", "9999999999"]),
    ("SE", &["999999999999"]),
    ("SI", &["99999999"]),
    ("SK", &["9999999999"]),
    ("XI", &["999999999"]),
];

/// What stands before a number to say that it is one, without signs.
const LABELS: &[&str] =
    &["USTIDNR", "USTID", "USTNR", "UIDNR", "UID", "VATNO", "VATID", "VAT", "MWSTNR", "MWST"];

/// A VAT id field.
pub(super) fn normalise(clean: &str, context: &Context) -> Normalised {
    if placeholder::is_placeholder(clean, &text::fold(clean), context.tables) {
        return Normalised::placeholder(Attribute::VatId, clean, placeholder::REASON);
    }
    let mut compact: CompactString =
        clean.chars().filter(char::is_ascii_alphanumeric).map(|ch| ch.to_ascii_uppercase()).collect();
    // `USt-IdNr.: DE 136 695 976` says what it is.
    while let Some(bare) = LABELS.iter().find_map(|label| compact.strip_prefix(label)) {
        compact = bare.into();
    }
    // Without a prefix the record's country gives it.
    if compact.starts_with(|ch: char| ch.is_ascii_digit())
        && let Some(country) = context.country
        && let Some((prefix, _)) = FORMS.iter().find(|(prefix, _)| prefix.starts_with(country))
    {
        compact.insert_str(0, prefix);
    }
    let digits: CompactString = compact.chars().filter(char::is_ascii_digit).collect();
    if digits.is_empty() {
        return Normalised::invalid(Attribute::VatId, clean, "not a VAT id");
    }
    if placeholder::is_digit_filler(digits.as_bytes()) && digits.len() >= 5 {
        return Normalised::placeholder(Attribute::VatId, clean, "filled with one digit or a count");
    }
    // Swiss numbers are shown with and without the tax's name.
    let canonical = match compact.strip_prefix("CHE") {
        Some(_) => CompactString::from(compact.trim_end_matches(|ch: char| ch.is_ascii_alphabetic())),
        None => compact.clone(),
    };
    let known = FORMS.iter().find(|(prefix, _)| compact.starts_with(prefix));
    let has_form =
        known.is_some_and(|(prefix, forms)| forms.iter().any(|form| fits(&compact[prefix.len()..], form)));
    let checked = known.and_then(|(prefix, _)| check_digit::fits(prefix, &compact[prefix.len()..]));
    let normal = Normalised::valid(Part::new(Attribute::VatId, compact, canonical));
    match (has_form, checked) {
        (false, _) => normal.doubted("not in its country's form"),
        (true, Some(false)) => normal.doubted("check digits do not fit"),
        (true, _) => normal,
    }
}

fn fits(text: &str, form: &str) -> bool {
    text.len() == form.len()
        && text.bytes().zip(form.bytes()).all(|(byte, kind)| match kind {
            b'9' => byte.is_ascii_digit(),
            b'A' => byte.is_ascii_uppercase(),
            b'*' => true,
            literal => byte == literal,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Verdict;

    fn check(input: &str, expect: &str, verdict: Verdict) {
        let normal = normalise(input, &Context { country: Some("DE"), ..Context::default() });
        assert_eq!((normal.parts[0].canonical.as_str(), normal.verdict), (expect, verdict), "{input}");
    }

    #[test]
    fn forms_per_country() {
        check("DE 136 695 976", "DE136695976", Verdict::Valid);
        check("136695976", "DE136695976", Verdict::Valid);
        check("ATU12345675", "ATU12345675", Verdict::Valid);
        check("CHE-109.322.551 MWST", "CHE109322551", Verdict::Valid);
        check("FR 40 303 265 045", "FR40303265045", Verdict::Valid);
        check("DE136695978", "DE136695978", Verdict::Doubtful);
        check("DE12", "DE12", Verdict::Doubtful);
    }
}
