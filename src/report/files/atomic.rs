//! A file that appears whole or not at all: it is written under another name
//! in the same folder and renamed once it is complete. Not synced to disk,
//! since a run can always be repeated.

use crate::error::{Error, Result};
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// A file under way. Dropped before [`AtomicFile::finish`] it leaves nothing.
pub struct AtomicFile {
    file: Option<File>,
    temporary: PathBuf,
    target: PathBuf,
}

impl AtomicFile {
    /// Starts the file `name` in `folder`.
    pub fn create(folder: &Path, name: &str) -> Result<Self> {
        let target = folder.join(name);
        let temporary = folder.join(format!(".{name}.{}.part", std::process::id()));
        let file = File::create(&temporary).map_err(|error| cannot_write(folder, error))?;
        Ok(Self { file: Some(file), temporary, target })
    }

    /// Where it will stand.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Appends bytes.
    pub fn append(&mut self, bytes: &[u8]) -> Result<()> {
        let target = self.target.clone();
        Write::write_all(self, bytes).map_err(|error| cannot_write(&target, error))
    }

    /// Puts the file in its place.
    pub fn finish(mut self) -> Result<PathBuf> {
        self.file = None;
        std::fs::rename(&self.temporary, &self.target).map_err(|error| cannot_write(&self.target, error))?;
        Ok(self.target.clone())
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.as_mut().map_or(Ok(0), |file| file.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), File::flush)
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        // After a rename there is nothing left under that name.
        let _ = std::fs::remove_file(&self.temporary);
    }
}

/// The failure to write `path`, with what helps.
pub fn cannot_write(path: &Path, error: io::Error) -> Error {
    let hint = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            "free some space, or choose another folder with `--out`; no half-written file is left behind"
        }
        ErrorKind::NotADirectory | ErrorKind::AlreadyExists => {
            "`--out` wants a folder, and one of the names in this path is a file"
        }
        _ => "choose a folder with `--out` that you may write to",
    };
    Error::io("write", path, error).with_hint(hint)
}
