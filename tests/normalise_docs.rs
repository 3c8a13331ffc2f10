//! Every example in `docs/normalisers.md` is what the normalisers really give:
//! the rows of its tables that have attribute, country, value, comparison form
//! and verdict.

#![allow(clippy::unwrap_used)]

use einklang::normalise::{Context, Normalised, normalise};
use einklang::record::{Attribute, Verdict};

#[test]
fn examples_of_the_page() {
    let mut examples = 0;
    let mut misses = Vec::new();
    for line in include_str!("../docs/normalisers.md").lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let ["", attribute, country, value, form, verdict, ""] = cells[..] else { continue };
        let Some(attribute) = Attribute::from_name(attribute) else { continue };
        let unquoted = |cell: &str| cell.trim_matches('`').to_owned();
        let country = Some(country).filter(|country| !country.is_empty());
        let normal = normalise(attribute, &unquoted(value), &Context { country, ..Context::default() });
        let found = format!("{} | {}", spelled(attribute, &normal), judged(&normal));
        let expect = format!("{} | {verdict}", unquoted(form));
        examples += 1;
        if found != expect {
            misses.push(format!("{value}: found {found}, the page says {expect}"));
        }
    }
    assert!(examples >= 60, "only {examples} examples");
    assert!(misses.is_empty(), "{}", misses.join("\n"));
}

/// `muller; title=dr`: other attributes than the field's own with their names.
fn spelled(attribute: Attribute, normal: &Normalised) -> String {
    let parts = normal.parts.iter().filter(|part| !part.canonical.is_empty());
    let named = parts.map(|part| match part.attribute {
        own if own == attribute => part.canonical.to_string(),
        other => format!("{}={}", other.name(), part.canonical),
    });
    named.collect::<Vec<_>>().join("; ")
}

fn judged(normal: &Normalised) -> String {
    let word = match normal.verdict {
        Verdict::Valid => "valid",
        Verdict::Doubtful => "doubtful",
        Verdict::Inferred => "inferred",
        Verdict::Hub => "hub",
        Verdict::Placeholder => "placeholder",
        Verdict::Invalid => "invalid",
    };
    match normal.reason {
        Some(reason) => format!("{word}: {reason}"),
        None => word.to_owned(),
    }
}
