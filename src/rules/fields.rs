//! Which names rules may use for fields, and what those mean that look right
//! but never come out of normalising: `street` is compared within `address`.

use super::closest::closest;
use crate::record::Attribute;

/// Names of comparisons that are no field's name.
const GROUPS: &[&str] = &["name", "address", "place"];

/// What is wrong with a name, and how to mend it.
pub(super) type Wrong = (String, String);

/// Whether a comparison may bear this name. A name that no attribute has may
/// be a label that recognising the columns will find, unless it is nearly an
/// attribute's name.
pub(super) fn comparison(name: &str, labels: &[String]) -> Result<(), Wrong> {
    let within = match name {
        "street" | "house_number" | "postcode" | "city" => Some("address"),
        "full_name" => Some("name"),
        "birth_year" | "birth_month" | "birth_day" => Some("birth_date"),
        _ => None,
    };
    if let Some(group) = within {
        return Err((format!("`{name}` is compared within `{group}`"), format!("write `{group}`")));
    }
    if GROUPS.contains(&name) { Ok(()) } else { field(name, labels) }
}

/// Whether a blocking key may read a field of this name.
pub(super) fn key(name: &str, labels: &[String]) -> Result<(), Wrong> {
    match name {
        "full_name" => Err(parts(name, "`given_name` and `family_name`")),
        "name" => Err(parts(name, "`given_name` and `family_name`")),
        "address" => Err(parts(name, "`street`, `house_number`, `postcode` or `city`")),
        "birth_year" | "birth_month" | "birth_day" => {
            Err(parts(name, "`year(birth_date)` or `month_day(birth_date)`"))
        }
        _ => field(name, labels),
    }
}

fn parts(name: &str, instead: &str) -> Wrong {
    (format!("`{name}` is no field of its own"), format!("use {instead}"))
}

/// Whether a golden record may have a field of this name.
pub(super) fn golden(name: &str, labels: &[String]) -> Result<(), Wrong> {
    match Attribute::from_name(name) {
        Some(Attribute::Consent | Attribute::Carried) => Ok(()),
        _ => field(name, labels),
    }
}

fn field(name: &str, labels: &[String]) -> Result<(), Wrong> {
    match Attribute::from_name(name) {
        Some(Attribute::Identifier | Attribute::Text) if !labels.iter().any(|label| label == name) => Err((
            format!("`{name}` is told apart by its label"),
            "write the column's label, such as `loyalty_id`".into(),
        )),
        Some(attribute) if !attribute.is_evidence() => {
            Err((format!("`{name}` is never evidence"), "use a field that says who the customer is".into()))
        }
        Some(_) => Ok(()),
        None if labels.iter().any(|label| label == name) => Ok(()),
        None => {
            let known = Attribute::ALL.iter().map(|attribute| attribute.name()).chain(GROUPS.iter().copied());
            match closest(name, known.chain(labels.iter().map(String::as_str))) {
                Some(meant) => Err((format!("unknown field `{name}`"), format!("did you mean `{meant}`?"))),
                None => Ok(()),
            }
        }
    }
}
