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

/// The double quote, unless most fields are wrapped in single quotes.
fn sniff_quote(sample: &str) -> u8 {
    if sample.contains('"') || !sample.contains('\'') {
        return b'"';
    }
    let lines = sample.lines().skip_while(|line| !line.contains('\''));
    let (mut fields, mut wrapped) = (0, 0);
    for field in lines.take(RECORDS_SAMPLED).flat_map(|line| line.split([',', ';', '\t', '|'])) {
        let field = field.trim();
        fields += usize::from(!field.is_empty());
        wrapped += usize::from(field.len() > 1 && field.starts_with('\'') && field.ends_with('\''));
    }
    if wrapped * 2 > fields { b'\'' } else { b'"' }
}

/// From 0 (not split at all, or unevenly) towards 1 (every record into the
/// same, great number of fields).
fn evenness(records: &[SampleRecord]) -> f64 {
    let Some(width) = common_width(records).filter(|&width| width > 1) else { return 0.0 };
    let is_even = |record: &&SampleRecord| record.fields.len() == width && !record.badly_quoted;
    let share = records.iter().filter(is_even).count() as f64 / records.len() as f64;
    let score = if share < 0.5 { 0.0 } else { share * (1.0 - 1.0 / width as f64) };
    // Values may all hold the same number of some mark; a header does not.
    if records.first().filter(is_even).is_some() { score } else { score / 4.0 }
}

fn common_width(records: &[SampleRecord]) -> Option<usize> {
    let mut widths: Vec<usize> = records.iter().map(|record| record.fields.len()).collect();
    widths.sort_unstable();
    widths.chunk_by(|a, b| a == b).max_by_key(|run| run.len()).and_then(|run| run.first().copied())
}

/// Whether the sample's first record names the columns rather than filling
/// them: none of its fields looks like data, and none is a common value of its
/// own column.
pub fn has_header(sample: &str, dialect: Dialect) -> bool {
    let records = delimited::sample(sample, dialect, RECORDS_SAMPLED);
    let Some((first, rest)) = records.split_first() else { return false };
    let named: Vec<(usize, &str)> = first
        .fields
        .iter()
        .map(|name| name.trim())
        .enumerate()
        .filter(|(_, name)| !name.is_empty())
        .collect();
    if named.iter().all(|(_, name)| is_year(name)) {
        return false;
    }
    if named.iter().any(|(_, name)| looks_like_data(name) && !is_year(name)) {
        return false;
    }
    // Joined exports repeat their header line; that makes it no value.
    let others: Vec<&SampleRecord> = rest.iter().filter(|record| record.fields != first.fields).collect();
    !named.iter().any(|&(column, name)| {
        let alike =
            |record: &&&SampleRecord| record.fields.get(column).is_some_and(|value| value.trim() == name);
        let times = others.iter().filter(alike).count();
        times > 0 && times * 50 >= others.len()
    })
}

/// Columns are called by their year in sums over the years.
fn is_year(name: &str) -> bool {
    name.len() == 4
        && (name.starts_with("19") || name.starts_with("20"))
        && name.bytes().all(|byte| byte.is_ascii_digit())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn header(sample: &str) -> bool {
        has_header(sample, sniff(sample))
    }

    #[test]
    fn a_header_is_told_from_data() {
        assert!(header("Kundennr,Name,2023,2024\n1,Ida,5,6\n2,Uwe,7,8\n"));
        assert!(header("name;city\nIda;Ulm\nname;city\nUwe;Bonn\n"));
        assert!(header("\"\",id,name\n1,7,Ida\n"));
        assert!(!header("Ida;Groß;1980-02-01\nUwe;Klein;1970-01-31\n"));
        assert!(!header("1,Ida\n2,Uwe\n"));
        assert!(!header("Ida,w,Ulm\nUwe,m,Bonn\nEva,w,Köln\n"));
    }

    #[test]
    fn marks_inside_values_are_no_delimiter() {
        let sample = "id,tags\n1,a;b;c;d\n2,e;f;g;h\n3,i;j;k;l\n";
        assert_eq!(sniff(sample).delimiter, b',');
        let sample = "Name;Anschrift\nIda;Gänseweg 1, 01067 Dresden, DE\nUwe;Ölweg 2, 90762 Fürth, DE\n";
        assert_eq!(sniff(sample).delimiter, b';');
        assert_eq!(sniff("notes\nhello, you\nthis, that, more\n").delimiter, NO_DELIMITER);
        assert_eq!(sniff("email\nida@x.de\n").delimiter, b',');
    }

    #[test]
    fn names_never_collide() {
        let names =
            |fields: &[&str]| column_names(&fields.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(names(&["a", "a", "a_2", "a"]), ["a", "a_3", "a_2", "a_4"]);
        assert_eq!(names(&["column_2", "", " "]), ["column_2", "column_2_2", "column_3"]);
    }
}
