//! Holds a rule file against the model that stays in force with it: what only a
//! newly learned model can give is a fault, since it would silently do nothing.

use super::closest::{closest, list};
use super::document::Document;
use super::schema::schema;
use super::{ColumnRule, Fault, Faults, Rules, outline};
use serde::Deserialize;
use std::path::Path;
use toml::de::{DeTable, Deserializer};

/// The rules in force and what their model can do.
pub struct InForce<'a> {
    pub rules: &'a Rules,
    /// The names of the comparisons that the model has.
    pub compared: &'a [&'a str],
    /// Whether what a column is told to hold is compared, or never is.
    pub is_compared: &'a dyn Fn(&ColumnRule) -> bool,
}

/// What mends each of these faults.
const LEARN: &str = "have the model learned anew with this draft";

/// Checks the text of a rule file, already found sound by [`super::parse`].
/// `told_keys`: the model was learned with keys that a rule file named.
///
/// # Errors
/// Every setting that takes a newly learned model.
pub fn check_kept(text: &str, origin: &Path, in_force: &InForce, told_keys: bool) -> Result<(), Faults> {
    let (mut tree, _) = DeTable::parse_recoverable(text);
    outline::prune(&schema(), &mut tree, &mut Vec::new());
    let document = Document::deserialize(Deserializer::from(tree)).unwrap_or_default();
    let before = in_force.rules;
    let mut faults = Vec::new();
    for entry in &document.comparison {
        let name = entry.on.get_ref().as_str();
        let was_there = before.comparisons.iter().any(|rule| rule.on == name);
        if !was_there && !in_force.compared.contains(&name) {
            let hint = match closest(name, in_force.compared.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("it compares {}; {LEARN}", list(in_force.compared.iter().copied())),
            };
            let message = format!("the model in force does not compare `{name}`");
            faults.push(Fault::new(message, entry.on.span()).hint(hint));
        }
    }
    for entry in &document.column {
        let rule = ColumnRule {
            source: entry.source.as_ref().map(|source| source.get_ref().clone()),
            column: entry.column.get_ref().clone(),
            attribute: entry.is,
            label: entry.label.as_ref().map(|label| label.get_ref().clone()),
        };
        if !(in_force.is_compared)(&rule) {
            let message = format!("the model in force compares no `{}`", entry.is.name());
            faults.push(Fault::new(message, entry.column.span()).hint(LEARN));
        }
    }
    let prior = document.model.prior.as_ref();
    if let Some(prior) = prior.filter(|prior| Some(*prior.get_ref()) != before.model.prior) {
        faults.push(Fault::new("a model is learned with its `prior`", prior.span()).hint(LEARN));
    }
    if prior.is_none() && before.model.prior.is_some() {
        let message = "the model in force was learned with a `prior`, which is left out here";
        faults.push(Fault::new(message, 0..0).hint(LEARN));
    }
    if told_keys && document.blocking.keys.is_empty() && !before.blocking.keys.is_empty() {
        let message = "the keys in force are those of the rule file, which are left out here";
        faults.push(Fault::new(message, 0..0).hint(format!("{LEARN}, which derives keys from the fields")));
    }
    Faults::unless_none(origin, text, faults)
}
