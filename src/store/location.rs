//! Where a store lies, and the key of its files where they are encrypted.

use super::encryption::{self, Key, Opened, PREFIX_BYTES};
use crate::error::{Error, Result};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// A store's folder and key. A path alone is a store that is not encrypted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Location {
    pub path: PathBuf,
    pub key: Option<Key>,
}

impl Location {
    /// The same key at another path.
    pub fn beside(&self, path: PathBuf) -> Self {
        Self { path, key: self.key.clone() }
    }

    /// Whether there is a store.
    pub fn holds_store(&self) -> bool {
        self.current().exists()
    }

    /// Refuses a store that this key does not open, and a key that a store does
    /// not have: whoever gives one believes the store encrypted.
    ///
    /// # Errors
    /// It does not; nothing is said where there is no store.
    pub fn check_key(&self) -> Result<()> {
        self.check_not_rekeying()?;
        let Ok(file) = std::fs::File::open(self.current()) else { return Ok(()) };
        let mut prefix = Vec::new();
        file.take(PREFIX_BYTES as u64)
            .read_to_end(&mut prefix)
            .map_err(|error| Error::io("read", &self.current(), error))?;
        let place = self.path.display();
        match self.key.as_ref().map(|key| key.opens(&prefix)) {
            None if encryption::is_encrypted(&prefix) => {
                Err(Error::failed(format!("the store `{place}` is encrypted, and no key is given"))
                    .with_hint(
                        "name the file that holds it with `--key-file FILE`, or set `EINKLANG_STORE_KEY`",
                    ))
            }
            Some(Opened::Foreign) => Err(Error::failed(format!("the store `{place}` has another key"))
                .with_hint("without its own key nobody can read it; was the key changed?")),
            Some(Opened::Plain) => Err(Error::failed(format!(
                "a key is given, and the store `{place}` is not encrypted"
            ))
            .with_hint(
                "leave the key out, or make an encrypted copy by `einklang backup --new-key-file FILE`",
            )),
            None | Some(Opened::Fits | Opened::Unwritten) => Ok(()),
        }
    }

    /// The file that names a database's list of files.
    fn current(&self) -> PathBuf {
        self.path.join("CURRENT")
    }
}

impl<P: AsRef<Path> + ?Sized> From<&P> for Location {
    fn from(path: &P) -> Self {
        Self { path: path.as_ref().to_owned(), key: None }
    }
}

impl From<&Location> for Location {
    fn from(location: &Location) -> Self {
        location.clone()
    }
}
