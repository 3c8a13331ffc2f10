//! The hand-checked table of German, Austrian and Swiss values: each must give
//! its expected comparison form, and pairs must or must not agree.

#![allow(clippy::unwrap_used)]

use einklang::normalise::{Context, Normalised, normalise};
use einklang::record::{Attribute, Verdict};
use std::path::Path;

fn rows(name: &str) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/normalise").join(name);
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn context(country: &str) -> Context<'_> {
    Context { country: (!country.is_empty()).then_some(country), ..Context::default() }
}

/// The comparison forms, the field's own attribute first and without a name:
/// `muller; title=dr`.
fn spelled(attribute: Attribute, normal: &Normalised) -> String {
    let parts = normal.parts.iter().filter(|part| !part.canonical.is_empty());
    let named = parts.enumerate().map(|(at, part)| match part.attribute {
        own if own == attribute && at == 0 => part.canonical.to_string(),
        other => format!("{}={}", other.name(), part.canonical),
    });
    named.collect::<Vec<_>>().join("; ")
}

fn verdict(normal: &Normalised) -> &'static str {
    match normal.verdict {
        Verdict::Valid => "valid",
        Verdict::Doubtful => "doubtful",
        Verdict::Inferred => "inferred",
        Verdict::Hub => "hub",
        Verdict::Placeholder => "placeholder",
        Verdict::Invalid => "invalid",
    }
}

#[test]
fn every_value_has_its_expected_form() {
    let rows = rows("dach.csv");
    assert!(rows.len() >= 400, "only {} cases", rows.len());
    let mut misses = Vec::new();
    for row in &rows {
        let attribute = Attribute::from_name(&row[0]).unwrap();
        let normal = normalise(attribute, &row[2], &context(&row[1]));
        let found = (spelled(attribute, &normal), verdict(&normal));
        if found != (row[3].clone(), row[4].as_str()) {
            misses.push(format!(
                "{} {:?}: found {found:?} {:?}, expected {:?} {}",
                row[0], row[2], normal.reason, row[3], row[4]
            ));
        }
    }
    assert!(misses.is_empty(), "{} of {} cases miss:\n{}", misses.len(), rows.len(), misses.join("\n"));
}

#[test]
fn pairs_agree_where_they_must_and_nowhere_else() {
    let canonical = |attribute, raw: &str| {
        let normal = normalise(attribute, raw, &context("DE"));
        normal.parts.first().map(|part| part.canonical.to_string()).unwrap_or_default()
    };
    for row in rows("dach_pairs.csv") {
        let attribute = Attribute::from_name(&row[0]).unwrap();
        let same = canonical(attribute, &row[1]) == canonical(attribute, &row[2]);
        assert_eq!(same, row[3] == "same", "{row:?}");
    }
}
