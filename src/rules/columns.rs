//! Holds a rule file against the inputs: a column or source that it names must
//! be there.

use super::closest::{closest, list};
use super::document::Document;
use super::schema::schema;
use super::{Fault, Faults, outline};
use serde::Deserialize;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeTable, Deserializer};

/// One source and the columns it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceColumns {
    pub source: String,
    pub columns: Vec<String>,
}

/// Checks the text of a rule file, already found sound by [`super::parse`],
/// against the sources that were read.
///
/// # Errors
/// Every source and column that the file names and no input has.
pub fn check_columns(text: &str, origin: &Path, inputs: &[SourceColumns]) -> Result<(), Faults> {
    let (mut tree, _) = DeTable::parse_recoverable(text);
    outline::prune(&schema(), &mut tree, &mut Vec::new());
    let document = Document::deserialize(Deserializer::from(tree)).unwrap_or_default();
    let mut faults = Vec::new();
    for entry in &document.source {
        source_is_there(&entry.name, inputs, &mut faults);
    }
    for entry in &document.column {
        let searched: Vec<&SourceColumns> = match &entry.source {
            Some(source) if !source_is_there(source, inputs, &mut faults) => continue,
            Some(source) => inputs.iter().filter(|input| input.source == *source.get_ref()).collect(),
            None => inputs.iter().collect(),
        };
        column_is_there(&entry.column, &searched, &mut faults);
    }
    Faults::unless_none(origin, text, faults)
}

fn source_is_there(name: &Spanned<String>, inputs: &[SourceColumns], faults: &mut Vec<Fault>) -> bool {
    let there = inputs.iter().any(|input| input.source == *name.get_ref());
    if !there {
        let sources = || inputs.iter().map(|input| input.source.as_str());
        let hint = match closest(name.get_ref(), sources()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("the sources are {}", list(sources())),
        };
        faults.push(Fault::new(format!("there is no source `{}`", name.get_ref()), name.span()).hint(hint));
    }
    there
}

fn column_is_there(name: &Spanned<String>, inputs: &[&SourceColumns], faults: &mut Vec<Fault>) {
    if inputs.iter().any(|input| input.columns.contains(name.get_ref())) {
        return;
    }
    let mut columns: Vec<&str> =
        inputs.iter().flat_map(|input| input.columns.iter().map(String::as_str)).collect();
    columns.sort_unstable();
    columns.dedup();
    let place = match inputs {
        [input] => format!("source `{}`", input.source),
        _ => "any source".to_owned(),
    };
    let hint = match closest(name.get_ref(), columns.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("the columns are {}", list(columns.iter().copied().take(40))),
    };
    faults.push(
        Fault::new(format!("there is no column `{}` in {place}", name.get_ref()), name.span()).hint(hint),
    );
}
