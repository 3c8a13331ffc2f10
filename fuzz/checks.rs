//! What must hold of every normaliser for any text whatsoever: it does not
//! panic, what is no evidence has no comparison form, and a value that comes
//! back as it is shown is the same value. One check per kind of value; the
//! fuzzer's targets and `tests/fuzz_normalise.rs` both make them.

use einklang::normalise::{Context, normalise, phonetic, text};
use einklang::record::Attribute as A;
use einklang::rules::DateOrder;

/// Cleaning and folding, and values that are nothing more.
pub fn text(value: &str) {
    let clean = text::clean(value);
    assert_eq!(text::clean(&clean), clean, "cleaning twice differs");
    let folded = text::fold(value);
    assert!(
        folded.is_ascii() && folded.trim() == folded && !folded.contains("  "),
        "{folded:?} is not folded"
    );
    assert_eq!(text::fold(&folded), folded, "folding twice differs");
    fields(value, &[A::Text, A::Occupation, A::Gender, A::Consent, A::Age]);
}

pub fn person(value: &str) {
    fields(
        value,
        &[A::Title, A::GivenName, A::MiddleName, A::FamilyName, A::BirthName, A::NameSuffix, A::FullName],
    );
}

pub fn organisation(value: &str) {
    fields(value, &[A::Organisation]);
}

pub fn address(value: &str) {
    fields(value, &[A::Street, A::HouseNumber, A::AddressExtra, A::Address]);
}

pub fn place(value: &str) {
    fields(value, &[A::Postcode, A::City, A::BirthPlace, A::Region, A::Country, A::Nationality]);
}

pub fn email(value: &str) {
    fields(value, &[A::Email]);
}

pub fn phone(value: &str) {
    fields(value, &[A::Phone]);
}

pub fn date(value: &str) {
    fields(value, &[A::BirthDate, A::BirthYear, A::BirthMonth, A::BirthDay, A::UpdatedAt]);
}

pub fn identifier(value: &str) {
    fields(value, &[A::Iban, A::VatId, A::Identifier]);
}

pub fn website(value: &str) {
    fields(value, &[A::Website, A::SocialHandle]);
}

/// Keys are made of folded text, and are of few signs.
pub fn phonetic(value: &str) {
    let folded = text::fold(value);
    assert!(phonetic::cologne(&folded).bytes().all(|sign| sign.is_ascii_digit()));
    let (primary, alternate) = phonetic::double_metaphone_both(&folded);
    for key in [primary, alternate] {
        assert!(key.len() <= 8 && key.bytes().all(|sign| sign.is_ascii_uppercase() || sign == b'0'), "{key}");
    }
}

/// Normalises the value as each attribute, in contexts that read it differently.
fn fields(value: &str, attributes: &[A]) {
    for (country, date_order) in [
        (None, DateOrder::Dmy),
        (Some("DE"), DateOrder::Ymd),
        (Some("US"), DateOrder::Mdy),
        (Some("é"), DateOrder::Dmy),
    ] {
        let context = Context { country, date_order, ..Context::default() };
        attributes.iter().for_each(|&attribute| field(attribute, value, &context));
    }
}

fn field(attribute: A, value: &str, context: &Context) {
    let normal = normalise(attribute, value, context);
    // The country that an address names is that of its parts.
    let named = normal.parts.iter().find(|part| attribute == A::Address && part.attribute == A::Country);
    let country = named.map(|part| part.canonical.as_str()).or(context.country);
    let context = &Context { country, ..*context };
    for part in &normal.parts {
        let canonical = part.canonical.as_str();
        assert_eq!(canonical.trim_matches(' '), canonical, "{attribute:?}");
        if !normal.verdict.is_evidence() {
            assert!(canonical.is_empty(), "{attribute:?} has {canonical:?} and is no evidence");
            continue;
        }
        let again = normalise(part.attribute, &part.display, context);
        let same = again.parts.iter().find(|other| other.attribute == part.attribute);
        assert_eq!(
            same.map(|other| other.canonical.as_str()),
            Some(canonical),
            "{attribute:?} in {:?}, shown as {:?}",
            context.country,
            part.display
        );
    }
}
