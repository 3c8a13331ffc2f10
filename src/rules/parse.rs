//! Reads a rule file and reports everything that is wrong with it at once. What
//! has the wrong form is cut out and the rest checked all the same.

use super::build::build;
use super::document::Document;
use super::schema::schema;
use super::{Fault, Faults, Rules, outline};
use serde::Deserialize;
use std::path::Path;
use toml::de::{DeTable, Deserializer};

/// Parses the text of a rule file; `origin` names it in messages.
///
/// # Errors
/// Every fault of the text, each with its place and mostly a hint.
pub fn parse(text: &str, origin: &Path) -> Result<Rules, Faults> {
    let (rules, faults) = read(text);
    Faults::unless_none(origin, text, faults)?;
    Ok(rules)
}

fn read(text: &str) -> (Rules, Vec<Fault>) {
    let (mut tree, errors) = DeTable::parse_recoverable(text);
    let mut faults: Vec<Fault> = errors.iter().map(syntax).collect();
    outline::prune(&schema(), &mut tree, &mut faults);
    let document = match Document::deserialize(Deserializer::from(tree)) {
        Ok(document) => document,
        Err(error) => {
            // The outline lets nothing pass that the types refuse; should the
            // two ever differ, the fault is still reported.
            if faults.is_empty() {
                faults.push(syntax(&error));
            }
            Document::default()
        }
    };
    let rules = build(document, text, &mut faults);
    (rules, faults)
}

/// A fault of TOML itself.
fn syntax(error: &toml::de::Error) -> Fault {
    let message = error.message().lines().next().unwrap_or("not TOML").to_owned();
    let fault = Fault::new(message, error.span().unwrap_or(0..0));
    match error.message().contains("duplicate key") {
        true => fault.hint("leave one of them out"),
        false => fault,
    }
}
