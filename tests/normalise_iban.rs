//! The IBAN registry's example of every country that has IBANs: each must be
//! valid as it stands and in groups of four, and doubtful with a check digit
//! changed, a sign lost, or a letter where its country has digits.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use einklang::normalise::{Context, normalise};
use einklang::record::{Attribute, Verdict};

#[test]
fn registry_examples() {
    let examples: Vec<&str> =
        include_str!("../testdata/normalise/iban_registry.csv").lines().skip(1).collect();
    let mut passed = 0;
    for example in &examples {
        let read = |text: &str| normalise(Attribute::Iban, text, &Context::default());
        let whole = read(example);
        let grouped = read(&whole.parts[0].display);
        let wrong_check = if example.as_bytes()[3] == b'9' { '0' } else { '9' };
        let mistyped = format!("{}{wrong_check}{}", &example[..3], &example[4..]);
        let fits = whole.verdict == Verdict::Valid
            && whole.parts[0].canonical == *example
            && grouped.parts[0].canonical == *example
            && read(&mistyped).verdict == Verdict::Doubtful
            && read(&example[..example.len() - 1]).reason == Some("wrong length for its country")
            && strays(example).all(|stray| read(&stray).reason == Some("not in its country's form"));
        if fits {
            passed += 1;
        } else {
            println!("  {example}: {:?} {:?}", whole.verdict, whole.reason);
        }
    }
    println!("IBAN registry examples: {passed} of {} passed", examples.len());
    assert_eq!(passed, examples.len());
}

/// The example with a sign where its country's structure has none such: a
/// letter for the first digit that no letter may replace, a digit for the first
/// letter of those four that name a bank.
fn strays(example: &str) -> impl Iterator<Item = String> {
    // Countries whose whole account part may hold letters have no such place.
    const ALL_DIGITS: &[&str] = &[
        "AE", "AT", "BA", "BE", "BI", "CR", "CZ", "DE", "DJ", "DK", "EE", "EG", "ES", "FI", "FO", "GL", "HR",
        "HU", "IL", "IS", "LT", "LY", "ME", "MN", "MR", "NO", "PL", "PT", "RS", "SD", "SE", "SI", "SK", "SO",
        "ST", "TL", "TN", "VA", "XK",
    ];
    const BANK_LETTERS: &[&str] = &[
        "AZ", "BG", "BH", "GB", "GI", "HN", "IE", "IQ", "JO", "KW", "LC", "LV", "MT", "MU", "NI", "NL", "PK",
        "PS", "QA", "RO", "SC", "SV", "VG", "YE",
    ];
    let (country, last) = (&example[..2], example.len() - 1);
    let letter = ALL_DIGITS.contains(&country).then(|| format!("{}X", &example[..last]));
    let digit = BANK_LETTERS.contains(&country).then(|| format!("{}7{}", &example[..4], &example[5..]));
    letter.into_iter().chain(digit)
}
