//! From arguments to what the engine asks for: inputs, how records are named,
//! and the rule file.

use super::args::Inputs;
use crate::engine::load::{Input, LoadOptions};
use crate::error::{Error, Result};
use crate::rules::{self, Rules};
use std::io::Read;
use std::path::Path;

/// The inputs, in the order of paths and then of `--source`.
pub fn inputs(arguments: &Inputs) -> Vec<Input> {
    let plain = arguments.paths.iter().map(|path| Input { path: path.clone(), source: None });
    let named = arguments.sources.iter().map(|(name, path)| Input { path: path.clone(), source: Some(name.clone()) });
    plain.chain(named).collect()
}

pub fn load_options(arguments: &Inputs) -> LoadOptions {
    LoadOptions {
        id: arguments.id.clone(),
        source_column: arguments.source_column.clone(),
        ignore: arguments.ignore.clone(),
    }
}

/// Reads and parses a rule file; `-` is standard input.
///
/// # Errors
/// It cannot be read, or has faults; these are the error's source.
pub fn read_rules(path: &Path) -> Result<Rules> {
    parse_rules(&read_text(path)?, path)
}

/// Parses the text of a rule file.
pub fn parse_rules(text: &str, path: &Path) -> Result<Rules> {
    rules::parse(text, path).map_err(Error::from)
}

/// A text file, or standard input for `-`.
pub fn read_text(path: &Path) -> Result<String> {
    let failed = |error| Error::io("read", path, error);
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
