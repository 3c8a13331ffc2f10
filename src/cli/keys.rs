//! The key of an encrypted store, from a file or from the environment. Never
//! from the command line itself, which every process on the machine can read.

use super::args::{CopyKey, KeyFile, StoreAt};
use crate::error::{Error, Result};
use crate::store::{Key, Location};
use std::env::VarError;
use std::path::Path;

/// The variable that may hold the key itself.
const VARIABLE: &str = "EINKLANG_STORE_KEY";

/// The key that a file holds, or else the environment; `None`: there is none.
pub fn read(file: Option<&Path>) -> Result<Option<Key>> {
    match (file, std::env::var(VARIABLE)) {
        (Some(path), _) => Key::read(path).map(Some),
        (None, Ok(text)) => Key::from_hex(&text).map(Some),
        (None, Err(VarError::NotPresent)) => Ok(None),
        (None, Err(VarError::NotUnicode(_))) => Err(Error::usage(format!("`{VARIABLE}` holds no key"))),
    }
}

impl KeyFile {
    /// A store in that folder, with the key that was told.
    pub fn location(&self, path: &Path) -> Result<Location> {
        Ok(Location { path: path.to_owned(), key: read(self.key_file.as_deref())? })
    }
}

impl StoreAt {
    pub fn location(&self) -> Result<Location> {
        self.key.location(&self.store)
    }
}

impl CopyKey {
    /// The copy of a store, in that folder.
    pub fn location(&self, path: &Path, store: &Location) -> Result<Location> {
        let key = match (&self.new_key_file, self.plain) {
            (Some(file), _) => Some(Key::read(file)?),
            (None, true) => None,
            (None, false) => store.key.clone(),
        };
        Ok(Location { path: path.to_owned(), key })
    }
}
