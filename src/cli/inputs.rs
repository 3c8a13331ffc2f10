//! From arguments to what the engine asks for: inputs, how records are named,
//! and the rule file.

use super::args::Inputs;
use crate::engine::load::{Input, LoadOptions};
use crate::engine::unify::RuleFile;
use crate::error::{Error, Result};
use crate::judgement::Label;
use crate::record::Attribute;
use crate::rules::{ColumnRule, Rules};
use std::io::Read;
use std::path::Path;

/// The inputs, in the order of paths and then of `--source`.
pub fn inputs(arguments: &Inputs) -> Vec<Input> {
    let plain = arguments.paths.iter().map(|path| Input { path: path.clone(), source: None });
    let named =
        arguments.sources.iter().map(|(name, path)| Input { path: path.clone(), source: Some(name.clone()) });
    plain.chain(named).collect()
}

pub fn load_options(arguments: &Inputs) -> LoadOptions {
    LoadOptions {
        id: arguments.id.clone(),
        source_column: arguments.source_column.clone(),
        ignore: arguments.ignore.clone(),
        ..LoadOptions::default()
    }
}

/// The rules to follow: those of the file, if there is one, and what the
/// arguments say about columns that name records and sources.
///
/// # Errors
/// The file cannot be read, or has faults; these are the error's source.
pub fn rules(path: Option<&Path>, arguments: &Inputs) -> Result<(Rules, Option<RuleFile>)> {
    let (mut rules, file) = match path {
        Some(path) => {
            let text = read_text(path)?;
            (crate::rules::parse(&text, path)?, Some(RuleFile { path: path.to_owned(), text }))
        }
        None => (Rules::default(), None),
    };
    let named = [(&arguments.id, Attribute::RecordId), (&arguments.source_column, Attribute::Source)];
    for (column, attribute) in named {
        if let Some(column) = column {
            rules.columns.retain(|rule| rule.column != *column);
            rules.columns.push(ColumnRule { source: None, column: column.clone(), attribute, label: None });
        }
    }
    Ok((rules, file))
}

/// The labels of a file, if one is named.
///
/// # Errors
/// It cannot be read, or holds rows that are no labels.
pub fn labels(path: Option<&Path>) -> Result<Vec<Label>> {
    path.map_or_else(|| Ok(Vec::new()), crate::ingest::read_labels)
}

/// A text file, or standard input for `-`.
pub fn read_text(path: &Path) -> Result<String> {
    let failed = |error: std::io::Error| {
        let missing = error.kind() == std::io::ErrorKind::NotFound;
        let failure = Error::io("read", path, error);
        match missing {
            true => failure.with_hint("check the path; it is read from the current folder"),
            false => failure,
        }
    };
    let mut bytes = Vec::new();
    if path.as_os_str() == "-" {
        std::io::stdin().lock().read_to_end(&mut bytes).map_err(failed)?;
    } else {
        bytes = std::fs::read(path).map_err(failed)?;
    }
    String::from_utf8(bytes).map_err(|error| {
        let line = bytes_lines(error.as_bytes(), error.utf8_error().valid_up_to());
        Error::failed("the file is not UTF-8 text").at(path, Some(line), None).with_hint("save it as UTF-8")
    })
}

fn bytes_lines(bytes: &[u8], end: usize) -> u64 {
    bytes.iter().take(end).filter(|byte| **byte == b'\n').count() as u64 + 1
}
