//! Encryption of a store's files: the key, how each file's own key follows from
//! it, and the cipher. How the database comes to use it stands in `env`.

mod env;
mod rekey;

pub use env::encrypted_env;

use crate::error::{Error, Result};
use aes::Aes256;
use ctr::Ctr128BE;
use ctr::cipher::{InnerIvInit, KeyInit, StreamCipher, StreamCipherSeek};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// Bytes before a file's content: its mark, its salt, the check of the key. A
/// page, so that what follows stays aligned.
pub const PREFIX_BYTES: usize = 4096;

/// What each encrypted file begins with.
const MARK: &[u8; 16] = b"einklang-aes-v1\n";
const SALT: std::ops::Range<usize> = 16..48;
const CHECK: std::ops::Range<usize> = 48..64;

/// Says what a derived key is for, so that none serves two purposes.
const FILE_KEY: &str = "einklang 2026-11 key and counter of a store's file";
const KEY_CHECK: &str = "einklang 2026-11 check of a store's key";

const KEY_BYTES: usize = 32;

/// A store's key.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(Arc<[u8; KEY_BYTES]>);

/// What the beginning of a file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opened {
    /// It is encrypted by this key.
    Fits,
    /// It is encrypted by another key.
    Foreign,
    /// It is not encrypted.
    Plain,
    /// The system lost it before anything in it was synced.
    Unwritten,
}

/// How one file is encrypted. Any stretch of it can be, by itself.
pub struct FileCipher {
    /// The file's key made ready, and what is counted from; `None`: nothing was
    /// ever written to it.
    start: Option<(Aes256, [u8; 16])>,
}

impl Key {
    /// The key that 64 hexadecimal digits say.
    ///
    /// # Errors
    /// They are something else; what, is not told.
    pub fn from_hex(text: &str) -> Result<Self> {
        let digits: Option<Vec<u8>> = text
            .trim()
            .chars()
            .map(|digit| digit.to_digit(16).and_then(|digit| digit.try_into().ok()))
            .collect();
        let bytes = digits.unwrap_or_default();
        let mut key = [0; KEY_BYTES];
        if bytes.len() != 2 * KEY_BYTES {
            return Err(Error::usage("the store's key is not 64 hexadecimal digits")
                .with_hint("`openssl rand -hex 32` makes one"));
        }
        for (byte, pair) in key.iter_mut().zip(bytes.chunks_exact(2)) {
            *byte = pair.iter().fold(0, |byte, digit| byte << 4 | digit);
        }
        Ok(Self(Arc::new(key)))
    }

    /// Reads a file with 64 hexadecimal digits, or 32 bytes as they are.
    ///
    /// # Errors
    /// It cannot be read, holds something else, or is open to everybody.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(|error| Error::io("read", path, error))?;
        check_private(path)?;
        if let Ok(key) = <[u8; KEY_BYTES]>::try_from(bytes.as_slice()) {
            return Ok(Self(Arc::new(key)));
        }
        Self::from_hex(std::str::from_utf8(&bytes).unwrap_or_default()).map_err(|_| {
            Error::usage(format!("`{}` holds no key", path.display()))
                .with_hint("a key is 64 hexadecimal digits or 32 bytes; `openssl rand -hex 32` makes one")
        })
    }

    /// The beginning of a new file; `None`: the system gives no random numbers.
    fn prefix(&self) -> Option<[u8; PREFIX_BYTES]> {
        let mut prefix = [0; PREFIX_BYTES];
        let (mark, rest) = prefix.split_at_mut(MARK.len());
        mark.copy_from_slice(MARK);
        let (salt, rest) = rest.split_at_mut(SALT.len());
        getrandom::fill(salt).ok()?;
        let (check, _) = rest.split_at_mut(CHECK.len());
        check.copy_from_slice(&self.derive::<16>(KEY_CHECK, salt));
        Some(prefix)
    }

    /// What a file's beginning says about this key.
    pub fn opens(&self, prefix: &[u8]) -> Opened {
        let is_marked = prefix.iter().zip(MARK).all(|(byte, mark)| byte == mark);
        match (prefix.get(SALT), prefix.get(CHECK)) {
            _ if prefix.iter().all(|byte| *byte == 0) => Opened::Unwritten,
            _ if !is_marked => Opened::Plain,
            (Some(salt), Some(check)) if prefix.len() == PREFIX_BYTES => {
                match self.derive::<16>(KEY_CHECK, salt) == check {
                    true => Opened::Fits,
                    false => Opened::Foreign,
                }
            }
            // Nothing can stand behind a beginning that is not whole.
            _ => Opened::Unwritten,
        }
    }

    /// How the file with that beginning is encrypted.
    fn cipher(&self, prefix: &[u8]) -> FileCipher {
        let fits = self.opens(prefix) == Opened::Fits;
        let start = prefix.get(SALT).filter(|_| fits).map(|salt| {
            let derived = self.derive::<48>(FILE_KEY, salt);
            let (mut key, mut counter) = ([0; 32], [0; 16]);
            let (of_key, of_counter) = derived.split_at(key.len());
            key.copy_from_slice(of_key);
            counter.copy_from_slice(of_counter);
            (Aes256::new(&key.into()), counter)
        });
        FileCipher { start }
    }

    fn derive<const N: usize>(&self, purpose: &str, salt: &[u8]) -> [u8; N] {
        let mut derived = [0; N];
        let mut hasher = blake3::Hasher::new_derive_key(purpose);
        hasher.update(self.0.as_slice()).update(salt).finalize_xof().fill(&mut derived);
        derived
    }
}

impl FileCipher {
    /// Encrypts what is to stand at that place of the file; false where it
    /// cannot be.
    fn encrypt(&self, offset: u64, data: &mut [u8]) -> bool {
        let Some((key, counter)) = &self.start else { return false };
        let mut cipher =
            Ctr128BE::<Aes256>::from_core(InnerIvInit::inner_iv_init(key.clone(), counter.into()));
        cipher.try_seek(offset).is_ok() && cipher.try_apply_keystream(data).is_ok()
    }

    /// Decrypts what stands at that place.
    fn decrypt(&self, offset: u64, data: &mut [u8]) -> bool {
        if self.start.is_none() {
            // As the database reads space that it reserved and never wrote to.
            data.fill(0);
            return true;
        }
        self.encrypt(offset, data)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("Key")
    }
}

/// Whether the beginning of a file says that it is encrypted.
pub fn is_encrypted(prefix: &[u8]) -> bool {
    prefix.starts_with(MARK)
}

#[cfg(unix)]
fn check_private(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let about = std::fs::metadata(path).map_err(|error| Error::io("read", path, error))?;
    match about.permissions().mode() & 0o007 {
        0 => Ok(()),
        _ => Err(Error::usage(format!(
            "the key file `{}` is open to everybody on this machine",
            path.display()
        ))
        .with_hint(format!(
            "`chmod 600 {}`, and take another key if others may have read it",
            path.display()
        ))),
    }
}

#[cfg(not(unix))]
fn check_private(_: &Path) -> Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> Key {
        Key(Arc::new([byte; KEY_BYTES]))
    }

    #[test]
    fn any_stretch_of_a_file_is_read_by_itself() {
        let key = key(7);
        let cipher = key.cipher(&key.prefix().unwrap());
        let text: Vec<u8> = (0..10_000_u32).map(|at| (at % 251) as u8).collect();
        let mut whole = text.clone();
        assert!(cipher.encrypt(4096, &mut whole));
        for (from, to) in [(0, 10_000), (0, 1), (15, 17), (16, 32), (1000, 4097), (9_999, 10_000)] {
            let mut part = whole[from..to].to_vec();
            assert!(cipher.decrypt(4096 + from as u64, &mut part));
            assert_eq!(part, text[from..to]);
        }
        // Two files never have the same key stream.
        let mut other = text.clone();
        assert!(key.cipher(&key.prefix().unwrap()).encrypt(4096, &mut other));
        assert!(other.iter().zip(&whole).filter(|(a, b)| a == b).count() < 100);
    }

    /// The cipher is held to a published answer, so that it is what it says: NIST
    /// SP 800-38A, F.5.5.
    #[test]
    fn the_cipher_is_the_standard_one() {
        let hex = |text: &str| -> Vec<u8> {
            text.as_bytes()
                .chunks(2)
                .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
                .collect()
        };
        let key: [u8; 32] =
            hex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4").try_into().unwrap();
        let counter: [u8; 16] = hex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff").try_into().unwrap();
        let cipher = FileCipher { start: Some((Aes256::new(&key.into()), counter)) };
        let mut second = hex("ae2d8a571e03ac9c9eb76fac45af8e51");
        assert!(cipher.encrypt(16, &mut second));
        assert_eq!(second, hex("f443e3ca4d62b59aca84e990cacaf5c5"));
    }

    #[test]
    fn another_key_is_told_from_no_encryption() {
        let prefix = key(1).prefix().unwrap();
        assert_eq!(key(1).opens(&prefix), Opened::Fits);
        assert_eq!(key(2).opens(&prefix), Opened::Foreign);
        assert_eq!(key(1).opens(b"MANIFEST-000005\n"), Opened::Plain);
        assert_eq!(key(1).opens(&[1; PREFIX_BYTES]), Opened::Plain);
        // What a power cut leaves of a file that was never synced reads as empty.
        for lost in [&[0; PREFIX_BYTES][..], &[0; 7], &[], &prefix[..9], &prefix[..PREFIX_BYTES - 1]] {
            assert_eq!(key(1).opens(lost), Opened::Unwritten);
            let mut data = *b"something";
            assert!(key(1).cipher(lost).decrypt(4096, &mut data));
            assert_eq!(data, [0; 9]);
            assert!(!key(1).cipher(lost).encrypt(4096, &mut data));
        }
    }

    #[test]
    fn keys_are_read_and_never_shown() {
        let text = "00ff".repeat(16);
        let read = Key::from_hex(&format!("{text}\n")).unwrap();
        assert_eq!(read.0[..4], [0, 255, 0, 255]);
        assert_eq!(format!("{read:?}"), "Key");
        for wrong in ["", "00ff", &"zz".repeat(32), &"00ff".repeat(17)] {
            let error = Key::from_hex(wrong).unwrap_err().to_string();
            assert!(wrong.is_empty() || !error.contains(wrong), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_everybody_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.key");
        for content in ["ab".repeat(32).into_bytes(), vec![0xab; 32]] {
            std::fs::write(&path, content).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
            assert!(Key::read(&path).unwrap_err().to_string().contains("open to everybody"));
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
            assert_eq!(Key::read(&path).unwrap(), key(0xab));
        }
    }
}
