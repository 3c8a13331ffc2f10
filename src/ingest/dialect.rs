//! How a delimited text is written: delimiter, quote, header or none. Found
//! from a sample of its first records; reading the rest by it is `delimited`'s
//! work.

use super::delimited::{self, SampleRecord};

/// The delimiter and quote of a delimited text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    pub delimiter: u8,
    pub quote: u8,
}

impl Default for Dialect {
    fn default() -> Self {
        Self { delimiter: b',', quote: b'"' }
    }
}

/// In the order in which a draw is decided.
const DELIMITERS: &[u8] = b",;\t|";

/// Stands in no text, so every line is one field.
const NO_DELIMITER: u8 = 0x1f;

/// How many records are looked at.
const RECORDS_SAMPLED: usize = 500;

/// Finds the dialect that splits the sample's records most evenly.
pub fn sniff(sample: &str) -> Dialect {
    let quote = sniff_quote(sample);
    let mut best = None;
    for &delimiter in DELIMITERS {
        let dialect = Dialect { delimiter, quote };
        let score = evenness(&delimited::sample(sample, dialect, RECORDS_SAMPLED));
        if score > best.map_or(0.0, |(score, _)| score) {
            best = Some((score, dialect));
        }
    }
    match best {
        Some((_, dialect)) => dialect,
        None => {
            let commas = sample.lines().skip(1).any(|line| line.contains(','));
            Dialect { delimiter: if commas { NO_DELIMITER } else { b',' }, quote }
        }
    }
}

/// The double quote, unless fields are wrapped in single quotes throughout.
fn sniff_quote(sample: &str) -> u8 {
    let edges = DELIMITERS.iter().flat_map(|&delimiter| {
        let delimiter = char::from(delimiter);
        [format!("'{delimiter}'"), format!("'{delimiter}")]
    });
    let single = edges.map(|edge| sample.matches(edge.as_str()).count()).max().unwrap_or(0);
    let lines = sample.lines().count();
    if !sample.contains('"') && single * 2 > lines && lines > 1 { b'\'' } else { b'"' }
}

/// From 0 (not split at all, or unevenly) towards 1 (every record into the
/// same, great number of fields).
fn evenness(records: &[SampleRecord]) -> f64 {
    let Some(width) = common_width(records).filter(|&width| width > 1) else { return 0.0 };
    let even = records.iter().filter(|record| record.fields.len() == width && !record.badly_quoted).count();
    let share = even as f64 / records.len() as f64;
    if share < 0.5 { 0.0 } else { share * (1.0 - 1.0 / width as f64) }
}

fn common_width(records: &[SampleRecord]) -> Option<usize> {
    let mut widths: Vec<usize> = records.iter().map(|record| record.fields.len()).collect();
    widths.sort_unstable();
    widths.chunk_by(|a, b| a == b).max_by_key(|run| run.len()).and_then(|run| run.first().copied())
}

/// Whether the sample's first record names the columns rather than filling
/// them: none of its fields looks like data, and none occurs further down in
/// its own column.
pub fn has_header(sample: &str, dialect: Dialect) -> bool {
    let records = delimited::sample(sample, dialect, RECORDS_SAMPLED);
    let Some((first, rest)) = records.split_first() else { return false };
    if first.fields.iter().any(|name| looks_like_data(name.trim())) {
        return false;
    }
    let named = |name: &&String| !name.trim().is_empty();
    if !first.fields.iter().any(|name| named(&name)) {
        return false;
    }
    let recurs = |(column, name): (usize, &String)| {
        named(&name) && rest.iter().any(|record| record.fields.get(column) == Some(name))
    };
    !first.fields.iter().enumerate().any(recurs)
}

/// Whether a field is an e-mail address, a number or a date.
fn looks_like_data(field: &str) -> bool {
    let digits = field.chars().filter(char::is_ascii_digit).count();
    let others = field.chars().filter(|char| char.is_alphabetic()).count();
    let address =
        field.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'));
    address || (digits > 0 && others == 0) || (digits > 3 && digits > others)
}

/// Column names from a header's fields: trimmed, a number for an empty one,
/// and a numeric suffix where a name comes again.
pub fn column_names(fields: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(fields.len());
    let mut taken: hashbrown::HashSet<String> = fields.iter().map(|field| field.trim().to_owned()).collect();
    let mut met = hashbrown::HashSet::new();
    for (position, field) in fields.iter().enumerate() {
        let trimmed = field.trim();
        let plain = if trimmed.is_empty() { format!("column_{}", position + 1) } else { trimmed.to_owned() };
        if met.insert(plain.clone()) && (!trimmed.is_empty() || taken.insert(plain.clone())) {
            names.push(plain);
            continue;
        }
        let mut number = 2;
        while !taken.insert(format!("{plain}_{number}")) {
            number += 1;
        }
        names.push(format!("{plain}_{number}"));
    }
    names
}

/// Names for columns that have none: `column_1` and so on.
pub fn numbered_names(width: usize) -> Vec<String> {
    (1..=width).map(|number| format!("column_{number}")).collect()
}

/// The delimiter that a first line such as `sep=;` states, and where the next
/// line begins; spreadsheets write it.
pub fn stated_delimiter(sample: &str) -> Option<(u8, usize)> {
    let line = sample.split_inclusive('\n').next()?;
    let stated = line.trim_end().strip_prefix("sep=")?;
    match stated.as_bytes() {
        [delimiter] if delimiter.is_ascii() => Some((*delimiter, line.len())),
        [] if line.starts_with("sep=\t") => Some((b'\t', line.len())),
        _ => None,
    }
}
