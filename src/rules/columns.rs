//! Holds a rule file against the inputs: a column or source that it names must
//! be there.

use super::closest::{closest, list};
use super::document::Document;
use super::schema::schema;
use super::{Fault, Faults, outline};
use crate::record::Table;
use serde::Deserialize;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeTable, Deserializer};

/// Checks the text of a rule file, already found sound by [`super::parse`],
/// against the tables that were read.
///
/// # Errors
/// Every source and column that the file names and no table has.
pub fn check_columns(text: &str, origin: &Path, tables: &[Table]) -> Result<(), Faults> {
    let (mut tree, _) = DeTable::parse_recoverable(text);
    outline::prune(&schema(), &mut tree, &mut Vec::new());
    let document = Document::deserialize(Deserializer::from(tree)).unwrap_or_default();
    let mut faults = Vec::new();
    for entry in &document.source {
        source_is_there(&entry.name, tables, &mut faults);
    }
    for entry in &document.column {
        let searched: Vec<&Table> = match &entry.source {
            Some(source) if !source_is_there(source, tables, &mut faults) => continue,
            Some(source) => tables.iter().filter(|table| table.source == *source.get_ref()).collect(),
            None => tables.iter().collect(),
        };
        column_is_there(&entry.column, &searched, &mut faults);
    }
    Faults::unless_none(origin, text, faults)
}

fn source_is_there(name: &Spanned<String>, tables: &[Table], faults: &mut Vec<Fault>) -> bool {
    let there = tables.iter().any(|table| table.source == *name.get_ref());
    if !there {
        let sources = || tables.iter().map(|table| table.source.as_str());
        let hint = match closest(name.get_ref(), sources()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("the sources are {}", list(sources())),
        };
        faults.push(Fault::new(format!("there is no source `{}`", name.get_ref()), name.span()).hint(hint));
    }
    there
}

fn column_is_there(name: &Spanned<String>, tables: &[&Table], faults: &mut Vec<Fault>) {
    if tables.iter().any(|table| table.column(name.get_ref()).is_some()) {
        return;
    }
    let mut columns: Vec<&str> =
        tables.iter().flat_map(|table| table.columns.iter().map(|column| column.name.as_str())).collect();
    columns.sort_unstable();
    columns.dedup();
    let place = match tables {
        [table] => format!("source `{}`", table.source),
        _ => "any source".to_owned(),
    };
    let hint = match closest(name.get_ref(), columns.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("the columns are {}", list(columns.iter().copied().take(40))),
    };
    faults.push(Fault::new(format!("there is no column `{}` in {place}", name.get_ref()), name.span()).hint(hint));
}
