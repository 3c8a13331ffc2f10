//! The blocking keys that a set of fields calls for where the rule file names
//! none. Each key must be selective on its own; together they must bring every
//! pair that a typing error, a move or a marriage leaves comparable.

use crate::record::{Attribute, Field};
use crate::rules::{KeyExpression, KeyFunction, KeyRule};
use KeyFunction::{Cologne, Deletion, First, LocalPart, MonthDay, Prefix, Suffix, Value, Word, Year};

/// The candidate keys for these fields, most selective first.
pub fn plan(fields: &[Field]) -> Vec<KeyRule> {
    let mut keys = Keys { fields, rules: Vec::new() };
    for field in fields {
        if matches!(
            field.attribute,
            Attribute::Identifier | Attribute::Iban | Attribute::VatId | Attribute::SocialHandle
        ) {
            keys.add(&[(Value, field.name(), 0)]);
        }
    }
    for key in TEMPLATES {
        keys.add(key);
    }
    for field in fields.iter().filter(|field| field.attribute == Attribute::Text) {
        for partner in ["family_name", "given_name", "birth_date", "organisation"] {
            keys.add(&[(Value, partner, 0), (Value, field.name(), 0)]);
        }
    }
    keys.rules
}

/// What splits a block that is too large, in this order.
pub fn refiners(fields: &[Field]) -> Vec<KeyRule> {
    let mut keys = Keys { fields, rules: Vec::new() };
    for refiner in REFINERS {
        keys.add(&[*refiner]);
    }
    keys.rules
}

/// A function, the field it reads, and its length.
type Term = (KeyFunction, &'static str, u8);

const TEMPLATES: &[&[Term]] = &[
    &[(Value, "email", 0)],
    &[(Value, "phone", 0)],
    &[(First, "given_name", 0), (Value, "family_name", 0)],
    &[(Value, "family_name", 0), (Value, "birth_date", 0)],
    &[(First, "given_name", 0), (Value, "birth_date", 0)],
    &[(LocalPart, "email", 0)],
    &[(Suffix, "phone", 7)],
    &[(Value, "birth_date", 0), (Value, "postcode", 0)],
    &[(Value, "birth_date", 0), (Value, "city", 0)],
    &[(Value, "street", 0), (Value, "house_number", 0), (Value, "postcode", 0)],
    &[(Value, "street", 0), (Value, "house_number", 0), (Prefix, "given_name", 1)],
    &[(Value, "family_name", 0), (Value, "postcode", 0)],
    &[(Value, "family_name", 0), (Value, "street", 0)],
    &[(First, "given_name", 0), (Value, "postcode", 0)],
    &[(First, "given_name", 0), (Value, "street", 0)],
    &[(Cologne, "family_name", 0), (Cologne, "given_name", 0)],
    &[(Deletion, "family_name", 0), (First, "given_name", 0)],
    &[(Deletion, "given_name", 0), (Value, "family_name", 0)],
    &[(Prefix, "given_name", 1), (Prefix, "family_name", 1), (MonthDay, "birth_date", 0)],
    &[(Cologne, "family_name", 0), (Year, "birth_date", 0), (Prefix, "given_name", 1)],
    &[(Value, "family_name", 0), (Value, "city", 0)],
    &[(First, "given_name", 0), (Value, "city", 0), (Year, "birth_date", 0)],
    &[(Deletion, "birth_date", 0), (Prefix, "given_name", 2)],
    &[(Deletion, "birth_date", 0), (Prefix, "family_name", 2)],
    &[(Value, "birth_date", 0)],
    &[(Deletion, "email", 0)],
    &[(Value, "organisation", 0)],
    &[(Word, "organisation", 0), (Value, "postcode", 0)],
    &[(Word, "organisation", 0), (Value, "city", 0)],
    &[(Word, "organisation", 0), (Value, "street", 0)],
    &[(Deletion, "organisation", 0)],
    &[(Value, "street", 0), (Value, "house_number", 0)],
];

const REFINERS: &[Term] = &[
    (First, "given_name", 0),
    (Value, "birth_date", 0),
    (Value, "family_name", 0),
    (Value, "postcode", 0),
    (Value, "email", 0),
    (Value, "phone", 0),
    (Value, "street", 0),
    (Value, "city", 0),
];

struct Keys<'a> {
    fields: &'a [Field],
    rules: Vec<KeyRule>,
}

impl Keys<'_> {
    /// Adds the conjunction of `terms`, if every field is there.
    fn add(&mut self, terms: &[(KeyFunction, &str, u8)]) {
        let known = |name: &str| self.fields.iter().any(|field| field.name() == name);
        if !terms.iter().all(|(_, field, _)| known(field)) {
            return;
        }
        let expressions: Vec<_> = terms
            .iter()
            .map(|&(function, field, length)| KeyExpression { function, field: field.to_owned(), length })
            .collect();
        let name = expressions.iter().map(KeyExpression::to_string).collect::<Vec<_>>().join(" + ");
        if self.rules.iter().all(|rule| rule.name != name) {
            self.rules.push(KeyRule { name, expressions });
        }
    }
}
