//! Turns raw values into clean, comparable ones: one file per kind of value.
//! A pure function of (attribute, value, context); it reads no files and never
//! looks at other values, and it keeps nothing: the caller has the raw value.

pub mod address;
pub mod city;
pub mod country;
pub mod date;
pub mod email;
pub mod gender;
pub mod iban;
pub mod identifier;
pub mod lexicon;
pub mod nickname;
pub mod number;
pub mod organisation;
pub mod person;
pub mod phone;
pub mod phonetic;
pub mod placeholder;
pub mod postcode;
pub mod region;
pub mod social;
pub mod street;
mod table;
mod tables;
pub mod text;
pub mod vat_id;
pub mod website;

pub use tables::Tables;

use crate::record::{Attribute, Verdict};
use crate::rules::DateOrder;
use compact_str::CompactString;
use smallvec::SmallVec;

/// What the surroundings of a value say about how to read it.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// ISO 3166-1 alpha-2, upper case: the record's country, else the default.
    pub country: Option<&'a str>,
    /// How a date whose parts are all small is read.
    pub date_order: DateOrder,
    pub tables: &'a Tables,
}

impl Default for Context<'_> {
    fn default() -> Self {
        Self { country: None, date_order: DateOrder::Dmy, tables: Tables::shipped() }
    }
}

/// What one raw value turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Normalised {
    /// Of the value as a whole.
    pub verdict: Verdict,
    /// Why the verdict is not `Valid`: a short phrase without the value in it.
    pub reason: Option<&'static str>,
    /// The values found in it, mostly one; a full name or an address gives
    /// several attributes, a field with two phones the same one twice.
    pub parts: SmallVec<[Part; 2]>,
}

/// One clean value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub attribute: Attribute,
    /// Fit to be shown: `Müller-Lüdenscheidt`, `+49 171 3096863`.
    pub display: CompactString,
    /// The comparison form: equal strings mean the same value. Folded to
    /// lower-case ASCII for text, E.164 for phones, ISO 8601 for dates.
    /// Empty where the value is no evidence.
    pub canonical: CompactString,
}

impl Part {
    fn new(
        attribute: Attribute,
        display: impl Into<CompactString>,
        canonical: impl Into<CompactString>,
    ) -> Self {
        Self { attribute, display: display.into(), canonical: canonical.into() }
    }
}

impl Normalised {
    /// No value at all: nothing in it but space.
    fn empty() -> Self {
        Self { verdict: Verdict::Placeholder, reason: Some("empty"), parts: SmallVec::new() }
    }

    fn valid(part: Part) -> Self {
        Self { verdict: Verdict::Valid, reason: None, parts: SmallVec::from_iter([part]) }
    }

    fn doubtful(part: Part, reason: &'static str) -> Self {
        Self::valid(part).doubted(reason)
    }

    fn placeholder(attribute: Attribute, display: impl Into<CompactString>, reason: &'static str) -> Self {
        Self {
            verdict: Verdict::Placeholder,
            reason: Some(reason),
            parts: SmallVec::from_iter([Part::new(attribute, display, "")]),
        }
    }

    fn invalid(attribute: Attribute, display: impl Into<CompactString>, reason: &'static str) -> Self {
        Self { verdict: Verdict::Invalid, ..Self::placeholder(attribute, display, reason) }
    }

    fn of_parts(parts: SmallVec<[Part; 2]>) -> Self {
        Self { verdict: Verdict::Valid, reason: None, parts }
    }

    /// Lowers the verdict to doubtful, keeping the first reason found.
    fn doubted(mut self, reason: &'static str) -> Self {
        if self.verdict == Verdict::Valid {
            self.verdict = Verdict::Doubtful;
            self.reason = Some(reason);
        }
        self
    }
}

/// Normalises `raw` as a value of `attribute`.
///
/// Total: any Unicode text gives a result, and normalising a display form
/// again gives the same canonical form.
pub fn normalise(attribute: Attribute, raw: &str, context: &Context) -> Normalised {
    use Attribute as A;
    // The lines of an address part it as commas do.
    let joined = (attribute == A::Address && raw.contains('\n')).then(|| raw.replace('\n', ", "));
    let clean = text::clean(joined.as_deref().unwrap_or(raw));
    let clean = clean.as_ref();
    if clean.is_empty() {
        return Normalised::empty();
    }
    let normal = once(attribute, clean, context);
    let unsure = attribute == Attribute::Phone && normal.verdict == Verdict::Doubtful;
    if unsure || takes_values_apart(attribute) { settled(normal, attribute, clean, context) } else { normal }
}

/// Whether a value's display form may read differently from the value itself.
fn takes_values_apart(attribute: Attribute) -> bool {
    use Attribute as A;
    matches!(
        attribute,
        A::Title
            | A::GivenName
            | A::MiddleName
            | A::FamilyName
            | A::BirthName
            | A::NameSuffix
            | A::FullName
            | A::Organisation
            | A::Street
            | A::HouseNumber
            | A::AddressExtra
            | A::Address
            | A::City
            | A::BirthPlace
            | A::Postcode
    )
}

/// Whether nothing is left in the part's display form that could be taken off.
fn reads_the_same(part: &Part) -> bool {
    use Attribute as A;
    let display = part.display.as_bytes();
    match part.attribute {
        A::Street | A::City | A::BirthPlace => display
            .iter()
            .all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b' ' | b'-' | b'.') || *byte >= 0x80),
        A::HouseNumber => {
            display.first().is_some_and(|byte| matches!(byte, b'1'..=b'9'))
                && display.iter().all(u8::is_ascii_alphanumeric)
        }
        A::Postcode => display == part.canonical.as_bytes() && display.iter().all(u8::is_ascii_digit),
        A::Gender | A::Country => true,
        _ => false,
    }
}

/// Reads each display form again until that changes nothing, so that a golden
/// value that comes back as input is the same value.
fn settled(mut normal: Normalised, attribute: Attribute, clean: &str, context: &Context) -> Normalised {
    const ROUNDS_MAX: usize = 16;
    // The country that an address names is that of its parts.
    let named = normal.parts.iter().find(|part| part.attribute == Attribute::Country);
    let named = named.filter(|_| attribute == Attribute::Address).map(|part| part.canonical.clone());
    let context = &Context { country: named.as_deref().or(context.country), ..*context };
    let alone = normal.parts.len() == 1;
    normal.parts.retain(|part| {
        // Only capitals changed, and no sign asks for taking apart.
        let letters = || clean.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b' ' || byte == b'-');
        if alone && part.attribute == attribute && part.display.eq_ignore_ascii_case(clean) && letters() {
            return true;
        }
        for _ in 0..ROUNDS_MAX {
            if part.attribute == attribute && part.display == clean
                || part.canonical.is_empty()
                || reads_the_same(part)
            {
                return true;
            }
            let again = once(part.attribute, &text::clean(&part.display), context);
            let Some(next) = again.parts.into_iter().find(|next| next.attribute == part.attribute) else {
                return false;
            };
            if !again.verdict.is_evidence() {
                return false;
            }
            if next == *part {
                return true;
            }
            *part = next;
        }
        true
    });
    if normal.parts.is_empty() && normal.verdict.is_evidence() {
        return Normalised::placeholder(attribute, clean, placeholder::REASON);
    }
    normal
}

fn once(attribute: Attribute, clean: &str, context: &Context) -> Normalised {
    use Attribute as A;
    let tables = context.tables;
    match attribute {
        A::Title => person::title(clean, tables),
        A::GivenName | A::MiddleName => person::given_name(attribute, clean, tables),
        A::FamilyName | A::BirthName => person::family_name(attribute, clean, tables),
        A::NameSuffix => person::name_suffix(clean, tables),
        A::FullName => person::full_name(clean, tables),
        A::Organisation => organisation::normalise(clean, tables),
        A::Email => email::normalise(clean, tables),
        A::Phone => phone::normalise(clean, context),
        A::Street => street::normalise(clean, context),
        A::HouseNumber => street::house_number(clean, tables),
        A::AddressExtra => address::extra(clean, tables),
        A::Address => address::normalise(clean, context),
        A::Postcode => postcode::normalise(clean, context),
        A::City | A::BirthPlace => city::normalise(attribute, clean, context),
        A::Region => region::normalise(clean, tables),
        A::Country | A::Nationality => country::normalise(attribute, clean, tables),
        A::BirthDate => date::birth_date(clean, context),
        A::BirthYear => date::birth_year(clean, tables),
        A::BirthMonth => date::birth_month(clean, tables),
        A::BirthDay => date::birth_day(clean, tables),
        A::UpdatedAt => date::updated_at(clean, context),
        A::Age => number::age(clean, tables),
        A::Gender => gender::normalise(clean, tables),
        A::Consent => gender::consent(clean),
        A::Iban => iban::normalise(clean, tables),
        A::VatId => vat_id::normalise(clean, context),
        A::Website => website::normalise(clean, tables),
        A::SocialHandle => social::normalise(clean, tables),
        A::Identifier => identifier::normalise(clean, tables),
        A::Occupation | A::Text => text::normalise(attribute, clean, tables),
        A::Carried | A::RecordId | A::Source | A::Ignored => {
            Normalised::valid(Part::new(attribute, clean, clean))
        }
    }
}
