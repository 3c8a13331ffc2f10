//! Going out of core: from when on a run keeps its large structures in a
//! scratch file, and who sees to it that no more than the limit of them is in
//! memory. Results do not depend on it, since no stage knows of it.

mod heap;

pub use heap::{Heap, keep};

use super::machine::{self, Resident};
use crate::error::{Error, Result};
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// A run out of core. Dropped, new memory comes from the system again.
pub struct Scratch {
    folder: PathBuf,
    is_over: Arc<AtomicBool>,
    keeper: Option<JoinHandle<()>>,
}

/// How often it is looked how much is held.
const PAUSE: Duration = Duration::from_millis(1);

/// One part of so many of the limit is kept free at least.
const KEPT_FREE: u64 = 4;

/// Decides when to let go of memory, and of how much.
struct Keeper {
    limit: u64,
    /// Held when it was last looked.
    held: u64,
    /// By how much that rose between two looks at most, fading: on a busy
    /// machine the thread that looks may have to wait.
    rise: u64,
}

impl Keeper {
    fn new(limit: u64) -> Self {
        Self { limit, held: 0, rise: limit / 8 }
    }

    /// Takes what is held now. If that is too near to the limit, returns how
    /// much may be held after letting go.
    fn look(&mut self, held: u64) -> Option<u64> {
        self.rise = held.saturating_sub(self.held).max(self.rise - self.rise / 64);
        self.held = held;
        let margin = (3 * self.rise).clamp(self.limit / KEPT_FREE, self.limit / 2);
        let full = self.limit - margin;
        (held > full).then(|| full - self.limit / 8)
    }
}

impl Scratch {
    /// From now on large structures stand in a file of `folder` without a name,
    /// which is gone with the process however that ends. So much of it is in
    /// memory that the process holds no more than `limit` bytes, unless what
    /// it holds besides is as much.
    ///
    /// # Errors
    /// The folder cannot be written to, or has no room for `expected` bytes.
    pub fn start(folder: &Path, limit: u64, expected: u64) -> Result<Self> {
        let failed = |error| cannot_hold(folder, error);
        let file = nameless(folder).map_err(failed)?;
        let room = rustix::fs::fstatvfs(&file).map_err(|error| failed(error.into()))?;
        let room = room.f_bavail.saturating_mul(room.f_frsize);
        if room < expected {
            let message = format!(
                "scratch would take about {} MiB, and `{}` has {} MiB left",
                expected >> 20,
                folder.display(),
                room >> 20
            );
            return Err(Error::failed(message).with_hint(HINT));
        }
        let resident = Arc::new(Resident::open().map_err(failed)?);
        heap::begin(file, Arc::clone(&resident), limit - limit / KEPT_FREE).map_err(failed)?;
        let is_over = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&is_over);
        let mut keeper = Keeper::new(limit);
        let keep = move || {
            while !told.load(Ordering::Relaxed) {
                if let Some(left) = keeper.look(resident.bytes()) {
                    heap::let_go(|| resident.bytes() < left);
                    keeper.held = resident.bytes();
                }
                std::thread::sleep(PAUSE);
            }
        };
        let keeper = std::thread::Builder::new().name("scratch".to_owned()).spawn(keep);
        let keeper = keeper.map_err(|error| {
            heap::end();
            failed(error)
        })?;
        Ok(Self { folder: folder.to_owned(), is_over, keeper: Some(keeper) })
    }

    /// # Errors
    /// The file could not take all that it should have: what it could not is in
    /// memory, and the limit no longer kept.
    pub fn check(&self) -> Result<()> {
        heap::failure().map_or(Ok(()), |error| Err(cannot_hold(&self.folder, error)))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        if let Some(keeper) = self.keeper.take() {
            // It has nothing to say.
            let _ = keeper.join();
        }
        heap::end();
        machine::give_back_small();
    }
}

/// Bytes of scratch at most so far; `None` where the run is in core.
pub fn bytes_max() -> Option<u64> {
    Some(heap::bytes_max()).filter(|&bytes| bytes > 0)
}

const HINT: &str =
    "free some space, or name a folder with more room with `--scratch`; no scratch is left behind";

fn cannot_hold(folder: &Path, error: io::Error) -> Error {
    let hint = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => HINT,
        _ => "name a folder that you may write to with `--scratch`, or allow more memory with `--memory-max`",
    };
    Error::io("keep scratch in", folder, error).with_hint(hint)
}

/// A new file that no name leads to.
fn nameless(folder: &Path) -> io::Result<File> {
    let path = folder.join(format!(".einklang-scratch.{}", std::process::id()));
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_let_go_of_the_sooner_the_faster_it_rises() {
        const LIMIT: u64 = 1000;
        let mut keeper = Keeper::new(LIMIT);
        assert_eq!(keeper.look(100), None);
        assert_eq!(keeper.look(760), Some(375), "it rose by 660, so half of the limit is kept free");
        let mut keeper = Keeper::new(LIMIT);
        for held in (0..620).step_by(4) {
            assert_eq!(keeper.look(held), None, "{held}");
        }
        assert_eq!(keeper.look(700), None);
        assert_eq!(keeper.look(770), Some(625));
    }
}
