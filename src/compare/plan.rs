//! Which comparisons a set of fields calls for. Attributes that hang together
//! become one comparison, so that no evidence is counted twice.

use super::COMPARISONS_MAX;
use crate::record::{Attribute, Field};
use serde::{Deserialize, Serialize};

/// One comparison of the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// The field's name, or `address`; unique in a plan.
    pub name: String,
    pub kind: Kind,
    pub role: Role,
    /// The fields it reads. Addresses read their parts by attribute.
    pub fields: Vec<Field>,
}

/// The comparator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    GivenName,
    FamilyName,
    BirthDate,
    Email,
    Phone,
    Identifier,
    SocialHandle,
    /// Street, number, postcode and city together.
    Address,
    /// Postcode and city, where no street is known.
    Place,
    Organisation,
    Category,
    Number,
    Text,
}

/// Who else shares a value: decides how kinds of non-matches are modelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Belongs to one person: given name, birth date, identifiers.
    Person,
    /// Shared in a family, but also a person's name; the name of a business,
    /// which its branches share.
    Family,
    /// Shared by those who live or work together: address, phone, e-mail.
    Shared,
    /// Where a business is, among records of businesses alone: tells the
    /// branches of one apart, and is shared by those of one building.
    Site,
    /// Anything else.
    Neutral,
}

/// The comparisons for these fields, most telling first, at most
/// [`COMPARISONS_MAX`].
pub fn plan(fields: &[Field]) -> Vec<Comparison> {
    let has = |attribute| fields.iter().any(|field| field.attribute == attribute);
    let mut plan = Vec::new();
    let add = |plan: &mut Vec<Comparison>, name: &str, kind, role, fields: Vec<Field>| {
        plan.push(Comparison { name: name.to_owned(), kind, role, fields });
    };
    for attribute in Attribute::ALL.iter().copied() {
        let Some((kind, role)) = comparator(attribute) else { continue };
        let skip = match attribute {
            Attribute::Age => has(Attribute::BirthDate),
            Attribute::Country | Attribute::Region => has(Attribute::Postcode) || has(Attribute::City),
            _ => false,
        };
        if skip {
            continue;
        }
        for field in distinct(fields, attribute) {
            add(&mut plan, field.name(), kind, role, vec![field.clone()]);
        }
    }
    let place = has(Attribute::Postcode) || has(Attribute::City);
    let persons = has(Attribute::GivenName) || has(Attribute::FamilyName);
    let businesses = has(Attribute::Organisation) && !persons;
    let role = if businesses { Role::Site } else { Role::Shared };
    if has(Attribute::Street) {
        add(&mut plan, "address", Kind::Address, role, Vec::new());
    } else if place {
        add(&mut plan, "place", Kind::Place, role, Vec::new());
    }
    if businesses {
        plan.iter_mut()
            .filter(|comparison| comparison.kind == Kind::Organisation)
            .for_each(|comparison| comparison.role = Role::Family);
    }
    plan.sort_by_key(|comparison| order(comparison.kind));
    plan.truncate(COMPARISONS_MAX);
    plan
}

/// How the attribute is compared on its own, if it is.
fn comparator(attribute: Attribute) -> Option<(Kind, Role)> {
    Some(match attribute {
        Attribute::GivenName => (Kind::GivenName, Role::Person),
        Attribute::MiddleName => (Kind::GivenName, Role::Person),
        Attribute::FamilyName => (Kind::FamilyName, Role::Family),
        Attribute::BirthName => (Kind::FamilyName, Role::Family),
        Attribute::BirthDate => (Kind::BirthDate, Role::Person),
        Attribute::Email => (Kind::Email, Role::Shared),
        Attribute::Phone => (Kind::Phone, Role::Shared),
        Attribute::Iban => (Kind::Identifier, Role::Shared),
        Attribute::Identifier | Attribute::VatId => (Kind::Identifier, Role::Person),
        Attribute::SocialHandle => (Kind::SocialHandle, Role::Person),
        Attribute::Organisation => (Kind::Organisation, Role::Shared),
        Attribute::Age => (Kind::Number, Role::Person),
        Attribute::Gender => (Kind::Category, Role::Person),
        Attribute::NameSuffix => (Kind::Category, Role::Person),
        Attribute::Region | Attribute::Country | Attribute::Nationality => (Kind::Category, Role::Neutral),
        Attribute::BirthPlace | Attribute::Occupation | Attribute::Text => (Kind::Text, Role::Neutral),
        Attribute::AddressExtra => (Kind::Text, Role::Shared),
        Attribute::Website => (Kind::Text, Role::Shared),
        _ => return None,
    })
}

fn order(kind: Kind) -> usize {
    const ORDER: [Kind; 13] = [
        Kind::GivenName,
        Kind::FamilyName,
        Kind::BirthDate,
        Kind::Email,
        Kind::Phone,
        Kind::Identifier,
        Kind::SocialHandle,
        Kind::Address,
        Kind::Place,
        Kind::Organisation,
        Kind::Category,
        Kind::Number,
        Kind::Text,
    ];
    ORDER.iter().position(|&other| other == kind).unwrap_or(ORDER.len())
}

/// The different fields of an attribute, sorted by name.
fn distinct(fields: &[Field], attribute: Attribute) -> Vec<&Field> {
    let mut found: Vec<_> = fields.iter().filter(|field| field.attribute == attribute).collect();
    found.sort();
    found.dedup();
    found
}
