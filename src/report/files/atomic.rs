//! A file that appears whole or not at all: it is written without a name, or
//! under another where the system needs one, and gets its own once it is
//! complete. Not synced to disk, since a run can always be repeated.

use crate::error::{Error, Result};
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// A file under way. Dropped before [`AtomicFile::finish`] it leaves nothing,
/// and, where a file may be without a name, nothing when the process is killed.
pub struct AtomicFile {
    file: Option<File>,
    is_nameless: bool,
    /// The name that it has until it gets its own.
    temporary: PathBuf,
    target: PathBuf,
}

impl AtomicFile {
    /// Starts the file `name` in `folder`.
    pub fn create(folder: &Path, name: &str) -> Result<Self> {
        let target = folder.join(name);
        let temporary = folder.join(format!(".{name}.{}.part", std::process::id()));
        // Where the name is taken, by what a process of the same number left, that
        // file is used.
        let is_taken = temporary.symlink_metadata().is_ok();
        let nameless = if is_taken { None } else { nameless(folder) };
        let is_nameless = nameless.is_some();
        let file = nameless.map_or_else(|| File::create(&temporary), Ok);
        let file = file.map_err(|error| cannot_write(folder, error))?;
        Ok(Self { file: Some(file), is_nameless, temporary, target })
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
        let file = self.file.take();
        let named = match file.filter(|_| self.is_nameless) {
            Some(file) => name(&file, &self.temporary),
            None => Ok(()),
        };
        let placed = named.and_then(|()| std::fs::rename(&self.temporary, &self.target));
        placed.map_err(|error| cannot_write(&self.target, error))?;
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

/// A file that has no name yet; `None` where the system has none such.
#[cfg(target_os = "linux")]
fn nameless(folder: &Path) -> Option<File> {
    use rustix::fs::{Mode, OFlags, open};
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    // It is named by way of what stands there.
    let can_be_named = Path::new("/proc/self/fd").exists();
    let file = can_be_named.then(|| open(folder, flags, Mode::from_raw_mode(0o666)));
    file?.ok().map(File::from)
}

#[cfg(not(target_os = "linux"))]
fn nameless(_: &Path) -> Option<File> {
    None
}

/// Gives a file its first name.
#[cfg(target_os = "linux")]
fn name(file: &File, path: &Path) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, linkat};
    use std::os::fd::AsRawFd;
    let nameless = format!("/proc/self/fd/{}", file.as_raw_fd());
    Ok(linkat(CWD, nameless, CWD, path, AtFlags::SYMLINK_FOLLOW)?)
}

#[cfg(not(target_os = "linux"))]
fn name(_: &File, _: &Path) -> io::Result<()> {
    Ok(())
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
