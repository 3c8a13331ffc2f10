//! Opens an input and undoes its compression, which is told by the first
//! bytes and not by the name. What the bytes mean is not looked at here.

use crate::error::{Error, Result};
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

/// An opened input.
#[cfg_attr(
    not(feature = "parquet"),
    expect(dead_code, reason = "a build without Parquet only turns it down")
)]
pub enum Opened {
    /// Text in some encoding, to be read from its beginning.
    Text {
        bytes: Box<dyn Read + Send>,
        /// Bytes to come, where that is known.
        length: Option<u64>,
    },
    /// A Parquet file, which is read from its end.
    Parquet(ParquetInput),
}

/// Where a Parquet file's bytes are.
#[cfg_attr(
    not(feature = "parquet"),
    expect(dead_code, reason = "a build without Parquet only turns it down")
)]
pub enum ParquetInput {
    File(File),
    Memory(Vec<u8>),
}

/// Opens the file at `path`, or standard input for `-`.
pub fn open(path: &Path) -> Result<Opened> {
    let read_error = |error| Error::io("read", path, error);
    if path.as_os_str() == "-" {
        return undo_compression(Box::new(io::stdin()), None).map_err(read_error);
    }
    let file = File::open(path).map_err(|error| missing(path, error))?;
    let data = file.metadata().map_err(read_error)?;
    if data.is_dir() {
        let message = format!("`{}` is a directory", path.display());
        return Err(Error::usage(message)
            .with_hint(format!("name the files in it, such as `{}/*.csv`", path.display())));
    }
    let length = data.is_file().then_some(data.len());
    let mut head = Vec::new();
    (&file).take(4).read_to_end(&mut head).map_err(read_error)?;
    if head == PARQUET && length.is_some() {
        return Ok(Opened::Parquet(ParquetInput::File(file)));
    }
    let whole: Box<dyn Read + Send> = Box::new(Cursor::new(head).chain(file));
    undo_compression(whole, length).map_err(read_error)
}

const PARQUET: &[u8] = b"PAR1";
const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// Looks at the first bytes of a stream and undoes gzip or Zstandard.
pub fn undo_compression(mut bytes: Box<dyn Read + Send>, length: Option<u64>) -> io::Result<Opened> {
    let mut head = Vec::new();
    bytes.by_ref().take(4).read_to_end(&mut head)?;
    let (gzip, zstd, parquet) = (head.starts_with(GZIP), head == ZSTD, head == PARQUET);
    let mut whole = Cursor::new(head).chain(bytes);
    if parquet {
        let mut memory = Vec::new();
        whole.read_to_end(&mut memory)?;
        return Ok(Opened::Parquet(ParquetInput::Memory(memory)));
    }
    Ok(match (gzip, zstd) {
        (true, _) => Opened::Text { bytes: Box::new(flate2::read::MultiGzDecoder::new(whole)), length: None },
        (_, true) => Opened::Text { bytes: Box::new(zstd::stream::read::Decoder::new(whole)?), length: None },
        _ => Opened::Text { bytes: Box::new(whole), length },
    })
}

/// The failure to open `path`, with the name that was probably meant.
fn missing(path: &Path, error: io::Error) -> Error {
    let not_found = error.kind() == io::ErrorKind::NotFound;
    let failure = Error::io("read", path, error);
    match near_name(path).filter(|_| not_found) {
        Some(near) => failure.with_hint(format!("did you mean `{near}`?")),
        None if not_found => failure.with_hint("check the path; it is read from the current folder"),
        None => failure,
    }
}

fn near_name(path: &Path) -> Option<String> {
    let wanted = path.file_name()?.to_string_lossy().to_lowercase();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let entries = std::fs::read_dir(folder.unwrap_or(Path::new("."))).ok()?;
    let names = entries.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()));
    let near = names
        .map(|name| (strsim::jaro_winkler(&name.to_lowercase(), &wanted), name))
        .filter(|(likeness, _)| *likeness > 0.85)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(&a.1)))?;
    Some(folder.map_or(near.1.clone(), |folder| folder.join(&near.1).display().to_string()))
}
