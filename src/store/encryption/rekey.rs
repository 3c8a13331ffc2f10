//! Another key for an encrypted store, where it lies: file by file, each written
//! beside and renamed. Whenever it is stopped, every file is whole under one of
//! the two keys, a mark says so, and doing it again goes on with what is left.

use super::{Key, Opened, PREFIX_BYTES, is_encrypted};
use crate::error::{Error, Result};
use crate::store::Location;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufWriter, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// As long as a file of that name is there, files are under two keys.
pub const MARK_NAME: &str = "REKEYING";
/// What the database locks while a process writes to it.
const LOCK_NAME: &str = "LOCK";
/// The service's folder, which is not encrypted.
const SERVICE_NAME: &str = "service";
/// What a file's successor is written as.
const PART_EXTENSION: &str = "rekey";

/// Bytes that are encrypted at once.
const STRETCH_BYTES: usize = 1 << 20;

impl Location {
    /// Gives the store's files another key; returns how many there were. `before`
    /// is told of each file before its successor takes its place, and may stop.
    ///
    /// # Errors
    /// There is no store, it has neither key, another process has it, or it cannot
    /// be written to. Doing it again goes on.
    pub fn rekey(&self, new: &Key, mut before: impl FnMut(&Path) -> Result<()>) -> Result<usize> {
        let place = self.path.display();
        if !self.holds_store() {
            return Err(Error::usage(format!("there is no store in `{place}`")));
        }
        let Some(old) = &self.key else {
            return Err(Error::usage("the store's present key is not given").with_hint(
                "name it with `--key-file`; a store without a key gets one by `einklang backup --new-key-file`",
            ));
        };
        if old == new {
            return Err(Error::usage("the new key is the one that the store has"));
        }
        let _lock = lock(&self.path)?;
        let keys = Keys { old, new };
        let mark = self.path.join(MARK_NAME);
        if !mark.exists() {
            self.check_key()?;
            File::create(&mark)
                .and_then(|file| file.sync_all())
                .map_err(|error| Error::io("write", &mark, error))?;
            sync(&self.path)?;
        }
        let mut folders = vec![self.path.clone()];
        let mut count = 0;
        while let Some(folder) = folders.pop() {
            let is_part = |path: &PathBuf| path.extension() == Some(OsStr::new(PART_EXTENSION));
            let (parts, paths): (Vec<PathBuf>, Vec<PathBuf>) =
                entries(&folder)?.into_iter().partition(is_part);
            for part in parts {
                // What a stop left half written.
                std::fs::remove_file(&part).map_err(|error| Error::io("remove", &part, error))?;
            }
            for path in paths {
                if !path.is_dir() {
                    count += usize::from(keys.change(&path, &mut before)?);
                } else if path.file_name() != Some(OsStr::new(SERVICE_NAME)) {
                    folders.push(path);
                }
            }
            // A mark that is gone must mean that all of them have taken place.
            sync(&folder)?;
        }
        std::fs::remove_file(&mark).map_err(|error| Error::io("remove", &mark, error))?;
        sync(&self.path)?;
        Ok(count)
    }

    /// Refuses a store whose files are under two keys.
    ///
    /// # Errors
    /// They are.
    pub fn check_not_rekeying(&self) -> Result<()> {
        match self.path.join(MARK_NAME).exists() {
            false => Ok(()),
            true => Err(Error::failed(format!(
                "the change of the key of the store `{}` was interrupted, or is being made",
                self.path.display()
            ))
            .with_hint("`einklang rekey` with both keys again completes it")),
        }
    }
}

struct Keys<'k> {
    old: &'k Key,
    new: &'k Key,
}

impl Keys<'_> {
    /// Puts a file under the new key. Returns whether it is encrypted at all.
    fn change(&self, path: &Path, before: &mut impl FnMut(&Path) -> Result<()>) -> Result<bool> {
        let reading = |error| Error::io("read", path, error);
        let mut file = File::open(path).map_err(reading)?;
        let mut prefix = Vec::new();
        Read::by_ref(&mut file).take(PREFIX_BYTES as u64).read_to_end(&mut prefix).map_err(reading)?;
        if !is_encrypted(&prefix) || self.new.opens(&prefix) == Opened::Fits {
            return Ok(is_encrypted(&prefix));
        }
        match self.old.opens(&prefix) {
            Opened::Fits => {}
            // Nothing stands behind a beginning that is not whole.
            Opened::Unwritten | Opened::Plain => return Ok(false),
            Opened::Foreign => {
                return Err(Error::failed(format!("`{}` has neither of the two keys", path.display()))
                    .with_hint("name the key that the store had before with `--key-file`"));
            }
        }
        let part = path.with_extension(match path.extension() {
            Some(extension) => format!("{}.{PART_EXTENSION}", extension.to_string_lossy()),
            None => PART_EXTENSION.to_owned(),
        });
        self.write_again(&mut file, &prefix, &part).map_err(|error| Error::io("write", &part, error))?;
        before(path)?;
        std::fs::rename(&part, path).map_err(|error| Error::io("write", path, error))?;
        Ok(true)
    }

    /// Writes a file's successor, down to the disk.
    fn write_again(&self, file: &mut File, prefix: &[u8], part: &Path) -> std::io::Result<()> {
        let failed = |what: &str| std::io::Error::other(what.to_owned());
        let new_prefix = self.new.prefix().ok_or_else(|| failed("the system gives no random numbers"))?;
        let (from, to) = (self.old.cipher(prefix), self.new.cipher(&new_prefix));
        let mut out = BufWriter::new(File::create(part)?);
        out.write_all(&new_prefix)?;
        let mut offset = PREFIX_BYTES as u64;
        let mut stretch = vec![0; STRETCH_BYTES];
        loop {
            let length = match file.read(&mut stretch) {
                Ok(0) => break,
                Ok(length) => length,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let data = stretch.get_mut(..length).unwrap_or_default();
            if !from.decrypt(offset, data) || !to.encrypt(offset, data) {
                return Err(failed("the file is too long for its cipher"));
            }
            out.write_all(data)?;
            offset += length as u64;
        }
        out.into_inner()?.sync_all()
    }
}

/// Keeps every other process from writing to the store, as the database does, for
/// as long as what is returned is there.
fn lock(store: &Path) -> Result<File> {
    let path = store.join(LOCK_NAME);
    let file = File::options()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(|error| Error::io("write", &path, error))?;
    rustix::fs::fcntl_lock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive).map_err(|_| {
        Error::failed(format!("another process has the store `{}`", store.display()))
            .with_hint("stop it first; the key is changed while nobody writes")
    })?;
    Ok(file)
}

/// The files and folders in a folder, in order.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let reading = |error| Error::io("read", folder, error);
    let entries = std::fs::read_dir(folder).map_err(reading)?;
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<std::io::Result<_>>()
        .map_err(reading)?;
    paths.retain(|path| !path.ends_with(MARK_NAME) && !path.ends_with(LOCK_NAME));
    paths.sort_unstable();
    Ok(paths)
}

/// Has what was renamed in a folder reach the disk.
fn sync(folder: &Path) -> Result<()> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| Error::io("write", folder, error))
}
