//! Reads the files that an evaluation compares into plain numbers.

use crate::error::{Error, Result};
use crate::record::{ABSENT, Dictionary};
use std::fs::File;
use std::io::{BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

/// Which entity each record truly belongs to.
pub struct Truth {
    /// The records' names; a record's number is its code minus one.
    names: Dictionary,
    has_sources: bool,
    /// Per record.
    pub entity_of: Vec<u32>,
}

/// Which cluster each of the truth's records was put into.
pub struct Crosswalk {
    /// Per record of the truth.
    pub cluster_of: Vec<u32>,
    /// Per record of the truth, its row in the crosswalk; `u32::MAX` where missing.
    pub row_of: Vec<u32>,
    pub rows: usize,
    pub missing: usize,
    pub unlabelled: usize,
}

/// A pair of the truth's records that the run lists.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ListedPair {
    pub a: u32,
    pub b: u32,
    /// Match weight in bits.
    pub weight: f32,
}

impl Truth {
    /// Reads `source,record_id,entity_id`; `source` may be left out.
    pub fn read(path: &Path) -> Result<Self> {
        let mut table = Rows::open(path)?;
        let source = table.column("source");
        let record = table.needed("record_id")?;
        let entity = table.needed("entity_id")?;
        let mut names = Dictionary::new();
        let mut entities = Dictionary::new();
        let mut entity_of = Vec::new();
        let mut name = String::new();
        while table.next()? {
            set_name(&mut name, source.map(|column| table.get(column)), table.get(record));
            if names.intern(&name) as usize <= entity_of.len() {
                return Err(table.fault("a record stands twice in the truth"));
            }
            let code = entities.intern(table.get(entity));
            if code == ABSENT {
                return Err(table.fault("a record has no `entity_id`"));
            }
            entity_of.push(code);
        }
        Ok(Self { names, has_sources: source.is_some(), entity_of })
    }

    /// The number of the record of that name.
    fn find(&self, name: &str) -> Option<u32> {
        self.names.find(name).map(|code| code - 1)
    }
}

impl Crosswalk {
    /// Reads `source,record_id,customer_id`, for the truth's records.
    pub fn read(path: &Path, truth: &Truth) -> Result<Self> {
        let mut table = Rows::open(path)?;
        let source = if truth.has_sources { Some(table.needed("source")?) } else { None };
        let record = table.needed("record_id")?;
        let customer = table.needed("customer_id")?;
        let mut customers = Dictionary::new();
        let mut cluster_of: Vec<u32> = vec![ABSENT; truth.entity_of.len()];
        let mut row_of = vec![u32::MAX; truth.entity_of.len()];
        let (mut unlabelled, mut rows, mut name) = (0, 0, String::new());
        while table.next()? {
            set_name(&mut name, source.map(|column| table.get(column)), table.get(record));
            rows += 1;
            let found = truth.find(&name).map(|record| record as usize);
            if let Some(row) = found.and_then(|record| row_of.get_mut(record)) {
                *row = rows as u32 - 1;
            }
            let Some(cluster) = found.and_then(|record| cluster_of.get_mut(record)) else {
                unlabelled += 1;
                continue;
            };
            if *cluster != ABSENT {
                let fault = table.fault("a record stands twice in the crosswalk");
                let hint = "where record ids are not unique, the truth needs the column `source`";
                return Err(if truth.has_sources { fault } else { fault.with_hint(hint) });
            }
            *cluster = customers.intern(table.get(customer));
            if *cluster == ABSENT {
                return Err(table.fault("a record has no `customer_id`"));
            }
        }
        let mut next = customers.len() as u32;
        let mut missing = 0;
        for cluster in cluster_of.iter_mut().filter(|cluster| **cluster == ABSENT) {
            next += 1;
            missing += 1;
            *cluster = next;
        }
        Ok(Self { cluster_of, row_of, rows, missing, unlabelled })
    }
}

/// Reads the pairs of records that both stand in the truth, each once with its
/// greatest weight.
pub fn read_pairs(paths: &[PathBuf], truth: &Truth) -> Result<Vec<ListedPair>> {
    let mut pairs = Vec::new();
    let (mut name, mut other) = (String::new(), String::new());
    for path in paths {
        let mut table = Rows::open(path)?;
        let (source_a, record_a) = (table.needed("source_a")?, table.needed("record_id_a")?);
        let (source_b, record_b) = (table.needed("source_b")?, table.needed("record_id_b")?);
        let weight = table.needed("weight")?;
        while table.next()? {
            set_name(&mut name, truth.has_sources.then(|| table.get(source_a)), table.get(record_a));
            set_name(&mut other, truth.has_sources.then(|| table.get(source_b)), table.get(record_b));
            let (Some(a), Some(b)) = (truth.find(&name), truth.find(&other)) else { continue };
            let Ok(weight) = table.get(weight).parse::<f32>() else {
                return Err(table.fault("`weight` is not a number"));
            };
            pairs.push(ListedPair { a: a.min(b), b: a.max(b), weight });
        }
    }
    pairs.sort_unstable_by(|x, y| (x.a, x.b).cmp(&(y.a, y.b)).then(y.weight.total_cmp(&x.weight)));
    pairs.dedup_by_key(|pair| (pair.a, pair.b));
    Ok(pairs)
}

fn set_name(name: &mut String, source: Option<&str>, record: &str) {
    name.clear();
    if let Some(source) = source {
        name.push_str(source);
        name.push('\u{1f}');
    }
    name.push_str(record);
}

/// The rows of one CSV file, gzipped or not.
struct Rows {
    path: PathBuf,
    reader: csv::Reader<Box<dyn Read>>,
    header: csv::StringRecord,
    row: csv::StringRecord,
}

impl Rows {
    fn open(path: &Path) -> Result<Self> {
        let read_error = |error| Error::io("read", path, error);
        let file = File::open(path).map_err(read_error)?;
        let mut head = Vec::new();
        (&file).take(2).read_to_end(&mut head).map_err(read_error)?;
        let gzipped = head == [0x1f, 0x8b];
        let whole = Cursor::new(head).chain(file);
        let bytes: Box<dyn Read> = match gzipped {
            true => Box::new(flate2::read::MultiGzDecoder::new(whole)),
            false => Box::new(BufReader::new(whole)),
        };
        let mut reader = csv::Reader::from_reader(bytes);
        let header = reader.headers().map_err(|error| unreadable(path, &error))?.clone();
        Ok(Self { path: path.to_owned(), reader, header, row: csv::StringRecord::new() })
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|column| column.trim() == name)
    }

    fn needed(&self, name: &str) -> Result<usize> {
        self.column(name).ok_or_else(|| {
            let columns: Vec<String> = self.header.iter().map(|column| format!("`{column}`")).collect();
            Error::failed(format!("`{}` has no column `{name}`", self.path.display()))
                .with_hint(format!("its columns are {}", columns.join(", ")))
        })
    }

    fn next(&mut self) -> Result<bool> {
        self.reader.read_record(&mut self.row).map_err(|error| unreadable(&self.path, &error))
    }

    fn get(&self, column: usize) -> &str {
        self.row.get(column).unwrap_or_default()
    }

    fn fault(&self, message: &str) -> Error {
        let line = self.row.position().map(csv::Position::line);
        let place = line.map_or_else(String::new, |line| format!(":{line}"));
        Error::failed(format!("{message} (`{}`{place})", self.path.display())).at(&self.path, line, None)
    }
}

fn unreadable(path: &Path, error: &csv::Error) -> Error {
    Error::failed(format!("cannot read `{}`: {error}", path.display()))
        .with_hint("it must be a UTF-8 CSV file, separated by commas, with a header")
}
