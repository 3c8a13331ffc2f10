//! Names the sources of inputs that were not given one.

use super::Input;
use std::path::Path;

/// The source's name for each input: as told, or the file's stem; inputs that
/// share a stem are told apart by their folder.
pub fn source_names(inputs: &[Input]) -> Vec<String> {
    let stems: Vec<String> =
        inputs.iter().map(|input| input.source.clone().unwrap_or_else(|| stem(&input.path))).collect();
    inputs
        .iter()
        .zip(&stems)
        .map(|(input, name)| {
            let shared = stems.iter().filter(|other| *other == name).count() > 1;
            let folder = input.path.parent().and_then(Path::file_name);
            match folder {
                Some(folder) if shared && input.source.is_none() => {
                    format!("{}/{name}", folder.to_string_lossy())
                }
                _ => name.clone(),
            }
        })
        .collect()
}

/// The file's name without its format's and compression's endings.
fn stem(path: &Path) -> String {
    if path.as_os_str() == "-" {
        return "stdin".to_owned();
    }
    const ENDINGS: &[&str] = &[
        ".gz", ".gzip", ".zst", ".zstd", ".csv", ".tsv", ".tab", ".txt", ".psv", ".ndjson", ".jsonl",
        ".json", ".parquet", ".pq",
    ];
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let mut rest = name.as_str();
    while let Some(shorter) = ENDINGS.iter().find_map(|ending| strip_ending(rest, ending)) {
        rest = shorter;
    }
    rest.to_owned()
}

fn strip_ending<'a>(name: &'a str, ending: &str) -> Option<&'a str> {
    let at = name.len().checked_sub(ending.len()).filter(|&at| at > 0)?;
    name.get(at..).filter(|tail| tail.eq_ignore_ascii_case(ending)).and_then(|_| name.get(..at))
}
