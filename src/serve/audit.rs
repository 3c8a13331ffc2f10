//! The audit log: who did what to whose data, when and why. Every line bears
//! the hash of itself and the line before, so that a line that is changed,
//! taken out or put in shows. It holds names of tokens, customer ids and keyed
//! hashes of records' names, never a value.

use super::tokens::{make_private_folder, private};
use crate::error::{Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Bytes of one file of the log; then the next begins.
const FILE_BYTES_MAX: u64 = 64 << 20;

/// One line, before it is put into the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AuditEntry")]
pub struct Entry {
    /// Counts from 1, over all files.
    pub seq: u64,
    /// RFC 3339.
    pub at: String,
    /// The token's name; `-` where there was none.
    pub who: String,
    /// What was done, such as `getCustomer`.
    pub action: String,
    /// Whose data: `customer:` and an id, `record:` and a keyed hash.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<String>,
    /// What the client gave as its purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The answer's status.
    pub status: u16,
    pub request_id: String,
}

/// A line as it stands in the file.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    entry: Box<serde_json::value::RawValue>,
    hash: String,
}

/// The log, open for adding to.
pub struct Audit {
    state: PathBuf,
    end: Mutex<End>,
}

struct End {
    file: File,
    number: u32,
    bytes: u64,
    seq: u64,
    hash: String,
}

/// Where a log ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Head {
    pub entries: u64,
    /// The hash of the last line; kept elsewhere, it shows that the log was
    /// not cut off or written anew.
    pub hash: String,
}

impl Audit {
    /// Opens the log in `state`. A last line that a crash of the machine left
    /// incomplete is cut off and told of.
    ///
    /// # Errors
    /// It cannot be read or written, or its end is no line of it.
    pub fn open(state: &Path) -> Result<Self> {
        make_private_folder(state)?;
        let number = files(state)?.last().map_or(1, |(number, _)| *number);
        let path = file_path(state, number);
        let mut file = private()
            .read(true)
            .append(true)
            .create(true)
            .open(&path)
            .map_err(|error| Error::io("write", &path, error))?;
        let (mut seq, mut hash) = (0, first_hash());
        if number > 1
            && let Some(last) = last_line(&file_path(state, number - 1))?
        {
            (seq, hash) = last;
        }
        cut_torn_line(&mut file, &path)?;
        if let Some(last) = last_line(&path)? {
            (seq, hash) = last;
        }
        let bytes = file.metadata().map_err(|error| Error::io("read", &path, error))?.len();
        Ok(Self { state: state.to_owned(), end: Mutex::new(End { file, number, bytes, seq, hash }) })
    }

    /// Adds a line; `entry.seq` is given here. It has reached the system when
    /// this returns, so that only a crash of the machine could lose it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn add(&self, mut entry: Entry) -> Result<()> {
        let mut end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        entry.seq = end.seq + 1;
        let text = serde_json::to_string(&entry)
            .map_err(|error| Error::failed(format!("cannot write the audit log: {error}")))?;
        let hash = chained(&end.hash, &text);
        let line = format!("{{\"entry\":{text},\"hash\":\"{hash}\"}}\n");
        if end.bytes + line.len() as u64 > FILE_BYTES_MAX {
            let path = file_path(&self.state, end.number + 1);
            let _ = end.file.sync_all();
            end.file = private()
                .append(true)
                .create_new(true)
                .open(&path)
                .map_err(|error| Error::io("write", &path, error))?;
            end.number += 1;
            end.bytes = 0;
        }
        if let Err(error) = end.file.write_all(line.as_bytes()) {
            // No half line may stay for the next to be added to.
            let _ = end.file.set_len(end.bytes);
            return Err(Error::io("write", &file_path(&self.state, end.number), error));
        }
        end.bytes += line.len() as u64;
        end.seq = entry.seq;
        end.hash = hash;
        Ok(())
    }

    /// Writes what the system holds to the disk.
    pub fn sync(&self) {
        let file = self.end.lock().unwrap_or_else(PoisonError::into_inner).file.try_clone();
        if let Ok(file) = file {
            let _ = file.sync_data();
        }
    }

    pub fn head(&self) -> Head {
        let end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        Head { entries: end.seq, hash: end.hash.clone() }
    }
}

/// The entries before a number (`None`: the latest) that `is_wanted`, the
/// latest first, `count` at most.
///
/// # Errors
/// The log cannot be read.
pub fn entries(
    state: &Path,
    before: Option<u64>,
    count: usize,
    is_wanted: impl Fn(&Entry) -> bool,
) -> Result<Vec<Entry>> {
    let mut found = Vec::new();
    for (_, path) in files(state)?.into_iter().rev() {
        let mut of_file = std::collections::VecDeque::with_capacity(count);
        let file = File::open(&path).map_err(|error| Error::io("read", &path, error))?;
        for line in BufReader::new(file).lines() {
            let line = line.map_err(|error| Error::io("read", &path, error))?;
            // The last line may be in the middle of being written.
            let Ok(parsed) = serde_json::from_str::<Line>(&line) else { continue };
            let Ok(entry) = serde_json::from_str::<Entry>(parsed.entry.get()) else { continue };
            if before.is_some_and(|before| entry.seq >= before) {
                break;
            }
            if is_wanted(&entry) {
                if of_file.len() == count {
                    of_file.pop_front();
                }
                of_file.push_back(entry);
            }
        }
        found.extend(of_file.into_iter().rev());
        if found.len() >= count {
            found.truncate(count);
            break;
        }
    }
    Ok(found)
}

/// Checks every line of the log in `state`. With `known`, the hash of a former
/// head, also that the log still holds it.
///
/// # Errors
/// A line is not what was written, is missing, or the log cannot be read.
pub fn verify(state: &Path, known: Option<&str>) -> Result<Head> {
    let (mut seq, mut hash) = (0, first_hash());
    let mut meets_known = known.is_none_or(|known| known == hash);
    for (next_file, (number, path)) in (1..).zip(files(state)?) {
        if number != next_file {
            return Err(Error::failed(format!("file {next_file} of the audit log is missing")));
        }
        let file = File::open(&path).map_err(|error| Error::io("read", &path, error))?;
        for (at, line) in BufReader::new(file).lines().enumerate() {
            let line = line.map_err(|error| Error::io("read", &path, error))?;
            let broken = |what: &str| {
                Error::failed(format!("the audit log was tampered with: {what}"))
                    .at(&path, Some(at as u64 + 1), None)
                    .with_hint("compare with a copy; every line before this one is as it was written")
            };
            let parsed: Line = serde_json::from_str(&line).map_err(|_| broken("this is no line of it"))?;
            let entry: Entry =
                serde_json::from_str(parsed.entry.get()).map_err(|_| broken("this is no entry"))?;
            hash = chained(&hash, parsed.entry.get());
            if parsed.hash != hash {
                return Err(broken("the hash is another"));
            }
            if entry.seq != seq + 1 {
                return Err(broken("the number is another"));
            }
            seq = entry.seq;
            meets_known |= known == Some(hash.as_str());
        }
    }
    if !meets_known {
        return Err(Error::failed("the audit log does not hold the line of that hash")
            .with_hint("it was cut off or written anew since that hash was noted"));
    }
    Ok(Head { entries: seq, hash })
}

/// The files of a log, in order.
fn files(state: &Path) -> Result<Vec<(u32, PathBuf)>> {
    let mut found = Vec::new();
    let entries = match std::fs::read_dir(state) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(found),
        Err(error) => return Err(Error::io("read", state, error)),
    };
    for entry in entries {
        let path = entry.map_err(|error| Error::io("read", state, error))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let number = name.strip_prefix("audit-").and_then(|rest| rest.strip_suffix(".ndjson"));
        if let Some(number) = number.and_then(|number| number.parse().ok()) {
            found.push((number, path));
        }
    }
    found.sort_unstable();
    Ok(found)
}

fn file_path(state: &Path, number: u32) -> PathBuf {
    state.join(format!("audit-{number:06}.ndjson"))
}

/// What the first line's hash is chained to.
fn first_hash() -> String {
    blake3::hash(b"einklang audit log").to_hex().to_string()
}

fn chained(before: &str, entry: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(before.as_bytes()).update(entry.as_bytes());
    hasher.finalize().to_hex().to_string()
}

/// Number and hash of a file's last line.
fn last_line(path: &Path) -> Result<Option<(u64, String)>> {
    let mut file = File::open(path).map_err(|error| Error::io("read", path, error))?;
    let Some(line) = tail(&mut file, path)?.lines().next_back().map(str::to_owned) else { return Ok(None) };
    let broken = || {
        Error::failed("the audit log's last line is not what was written")
            .at(path, None, None)
            .with_hint("`einklang audit verify` says which line is the first that is wrong")
    };
    let parsed: Line = serde_json::from_str(&line).map_err(|_| broken())?;
    let entry: Entry = serde_json::from_str(parsed.entry.get()).map_err(|_| broken())?;
    Ok(Some((entry.seq, parsed.hash)))
}

/// The end of a file, long enough to hold its last line.
fn tail(file: &mut File, path: &Path) -> Result<String> {
    const TAIL_BYTES: u64 = 64 << 10;
    let mut read = || -> std::io::Result<Vec<u8>> {
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
        let mut bytes = Vec::new();
        file.take(TAIL_BYTES).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|error| Error::io("read", path, error))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn cut_torn_line(file: &mut File, path: &Path) -> Result<()> {
    let text = tail(file, path)?;
    let torn = text.rsplit('\n').next().map_or(0, str::len) as u64;
    if torn > 0 {
        let cut = || -> std::io::Result<()> {
            let length = file.metadata()?.len();
            file.set_len(length.saturating_sub(torn))
        };
        cut().map_err(|error| Error::io("write", path, error))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(action: &str) -> Entry {
        Entry {
            seq: 0,
            at: "2026-11-23T10:00:00Z".to_owned(),
            who: "crm".to_owned(),
            action: action.to_owned(),
            subjects: vec!["customer:3mdyn89bcar92ksf".to_owned()],
            why: None,
            status: 200,
            request_id: "r".to_owned(),
        }
    }

    fn log() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for action in ["one", "two"] {
            // Opened anew each time, as after a restart.
            Audit::open(folder.path()).unwrap().add(entry(action)).unwrap();
        }
        Audit::open(folder.path()).unwrap().add(entry("three")).unwrap();
        folder
    }

    fn tampered(change: impl Fn(&str) -> String) -> Result<Head> {
        let folder = log();
        let path = file_path(folder.path(), 1);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, change(&text)).unwrap();
        verify(folder.path(), None)
    }

    #[test]
    fn what_is_changed_taken_out_or_put_in_shows() {
        assert_eq!(tampered(str::to_owned).unwrap().entries, 3);
        assert!(tampered(|text| text.replace("two", "owt")).is_err());
        assert!(tampered(|text| text.replace("\"status\":200", "\"status\":403")).is_err());
        let without = |dropped: usize| {
            move |text: &str| {
                let lines = text.lines().enumerate().filter(|(at, _)| *at != dropped);
                lines.map(|(_, line)| format!("{line}\n")).collect::<String>()
            }
        };
        assert!(tampered(without(0)).is_err());
        assert!(tampered(without(1)).is_err());
        assert!(tampered(|text| format!("{text}{}\n", text.lines().next().unwrap())).is_err());
    }

    #[test]
    fn a_cut_end_shows_against_a_noted_hash() {
        let folder = log();
        let head = verify(folder.path(), None).unwrap();
        let path = file_path(folder.path(), 1);
        let text = std::fs::read_to_string(&path).unwrap();
        let cut: String = text.lines().take(2).map(|line| format!("{line}\n")).collect();
        std::fs::write(&path, cut).unwrap();
        assert_eq!(verify(folder.path(), None).unwrap().entries, 2);
        assert!(verify(folder.path(), Some(&head.hash)).is_err());
    }

    #[test]
    fn a_torn_line_is_cut_off_and_the_chain_goes_on() {
        let folder = log();
        let path = file_path(folder.path(), 1);
        let mut text = std::fs::read_to_string(&path).unwrap();
        text.push_str("{\"entry\":{\"seq\":4,");
        std::fs::write(&path, text).unwrap();
        Audit::open(folder.path()).unwrap().add(entry("four")).unwrap();
        assert_eq!(verify(folder.path(), None).unwrap().entries, 4);
    }
}
