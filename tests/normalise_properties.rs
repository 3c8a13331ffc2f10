//! What holds for every text, as property tests: the normalisers never panic,
//! and normalising a display form again changes nothing.

use einklang::normalise::{Context, normalise};
use einklang::record::Attribute;
use einklang::rules::DateOrder;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

fn contexts() -> impl Strategy<Value = Context<'static>> {
    let countries = prop::sample::select(vec![
        None,
        Some("DE"),
        Some("AT"),
        Some("CH"),
        Some("US"),
        Some("GB"),
        Some("NL"),
        Some("ZZ"),
        Some("é"),
    ]);
    let orders = prop::sample::select(vec![DateOrder::Dmy, DateOrder::Mdy, DateOrder::Ymd]);
    (countries, orders).prop_map(|(country, date_order)| Context {
        country,
        date_order,
        ..Context::default()
    })
}

/// Text in the shapes that customer data have, beside wholly arbitrary text.
fn values() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "Müller",
        "MÃ¼ller",
        "von",
        "der",
        "Dr.",
        "Hans-Peter",
        "und",
        "&",
        "(",
        ")",
        "geb.",
        "GmbH",
        "Co.",
        "KG",
        "Hauptstr.",
        "Straße",
        "12",
        "12a",
        "12/3/7",
        "12345",
        "D-12345",
        "Berlin",
        "Frankfurt/Main",
        "@",
        "hans@web.de",
        "+49",
        "(0)",
        "0171",
        "3096863",
        "1980",
        "07",
        ".",
        "-",
        ",",
        ";",
        "/",
        "jun.",
        "Top",
        "Apt",
        "#4",
        "DE",
        "St",
        "O'Neal",
        "ﬁ",
        "Иван",
        "王",
        "½",
        "\u{301}",
        "\u{200b}",
        "\"",
        "T12:30",
        "März",
        "00000",
        "x",
        "e.V.",
        "Prof.",
        "Herr",
        "Mc",
        "GB",
        "CA",
        "ss",
        "ue",
        "oe",
        "1.0",
        "Nr.",
        "postfach",
    ]);
    prop_oneof![
        3 => any::<String>(),
        3 => "\\PC{0,24}",
        6 => (prop::collection::vec(words, 0..7), prop::sample::select(vec![" ", "", "-"])).prop_map(|(words, gap)| words.join(gap)),
        1 => "[0-9 +./()-]{0,24}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, rng_seed: RngSeed::Fixed(0xe1a6), ..ProptestConfig::default() })]

    #[test]
    fn any_text_gives_a_stable_result(raw in values(), context in contexts()) {
        for &attribute in Attribute::ALL {
            let normal = normalise(attribute, &raw, &context);
            if !normal.verdict.is_evidence() {
                continue;
            }
            for part in &normal.parts {
                let again = normalise(part.attribute, &part.display, &context);
                let same = again.parts.iter().find(|other| other.attribute == part.attribute);
                prop_assert_eq!(
                    same.map(|other| other.canonical.as_str()), Some(part.canonical.as_str()),
                    "{:?} of {:?} shown as {:?}", attribute, &raw, &part.display
                );
            }
        }
    }

    #[test]
    fn comparison_forms_are_plain(raw in values()) {
        for &attribute in Attribute::ALL {
            let plain = !matches!(attribute, Attribute::Carried | Attribute::RecordId | Attribute::Source | Attribute::Ignored | Attribute::UpdatedAt | Attribute::Consent | Attribute::Email | Attribute::Website);
            for part in normalise(attribute, &raw, &Context::default()).parts {
                if plain {
                    prop_assert!(part.canonical.is_ascii(), "{:?} {:?}", attribute, &raw);
                }
                prop_assert!(!part.canonical.starts_with(' ') && !part.canonical.ends_with(' '), "{:?} {:?}", attribute, &raw);
            }
        }
    }
}
