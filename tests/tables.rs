//! A rule file changes the tables that the normalisers read, and with them the
//! result.

#![allow(clippy::unwrap_used)]

use einklang::engine::load::Input;
use einklang::engine::progress::Silent;
use einklang::engine::unify::{UnifyRequest, prepare};
use einklang::record::Attribute;
use einklang::rules;
use std::path::Path;

const RULES: &str = r#"
[[table]]
name = "legal_forms"
add = ["Kramladen"]
remove = ["gmbh"]

[[table]]
name = "titles"
add = ["Bergrat"]

[[table]]
name = "email_domains"
replace = true
add = ["gmx.dr = gmx.de"]
"#;

/// The comparison forms of one field under a rule file.
fn forms(rule_file: &str, attribute: Attribute) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crm.csv");
    std::fs::write(
        &path,
        "id,firma,nachname,email\n1,Huber Kramladen,Bergrat Huber,anna@gmx.dr\n2,Maier GmbH,Maier,otto@gmial.com\n",
    )
    .unwrap();
    let request = UnifyRequest {
        inputs: vec![Input { path, source: None }],
        rules: rules::parse(rule_file, Path::new("rules.toml"))
            .unwrap_or_else(|faults| panic!("{}", faults.render(false))),
        ..UnifyRequest::default()
    };
    let records = prepare(&request, &Silent).unwrap().records;
    let column = records.columns.iter().find(|column| column.field.attribute == attribute).unwrap();
    (0..records.len()).map(|record| column.canonical.get(column.canonical_code(record)).to_owned()).collect()
}

#[test]
fn a_rule_file_changes_the_tables() {
    for (attribute, shipped, changed) in [
        (Attribute::Organisation, ["huber kramladen", "maier"], ["huber", "maier gmbh"]),
        (Attribute::FamilyName, ["bergrat huber", "maier"], ["huber", "maier"]),
        (Attribute::Email, ["anna@gmx.dr", "otto@gmail.com"], ["anna@gmx.de", "otto@gmial.com"]),
    ] {
        assert_eq!(forms("", attribute), shipped);
        assert_eq!(forms(RULES, attribute), changed);
    }
}
