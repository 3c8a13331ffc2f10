//! The database's environment with encrypted files: the Rust side of `shim.cc`,
//! and the only unsafe code of the store. Knows no key and no cipher by itself.

use super::{FileCipher, Key, Opened, PREFIX_BYTES};
use librocksdb_sys::rocksdb_env_t;
use rocksdb::Env;
use std::ffi::c_void;

/// What the shim calls. Must have the fields of `einklang_calls` in `shim.cc`.
#[repr(C)]
struct Calls {
    prefix_bytes: usize,
    make_prefix: unsafe extern "C" fn(*const Key, *mut u8, usize) -> bool,
    open_file: unsafe extern "C" fn(*const Key, *const u8, usize, *mut *mut FileCipher) -> u8,
    encrypt: unsafe extern "C" fn(*const FileCipher, u64, *mut u8, usize) -> bool,
    decrypt: unsafe extern "C" fn(*const FileCipher, u64, *mut u8, usize) -> bool,
    close_file: unsafe extern "C" fn(*mut FileCipher),
    drop_key: unsafe extern "C" fn(*mut Key),
}

static CALLS: Calls =
    Calls { prefix_bytes: PREFIX_BYTES, make_prefix, open_file, encrypt, decrypt, close_file, drop_key };

unsafe extern "C" {
    /// Takes the key over, and gives it to `drop_key` when the environment goes;
    /// null where it cannot be made, the key being dropped already.
    fn einklang_encrypted_env(key: *mut c_void, calls: *const Calls) -> *mut rocksdb_env_t;
}

/// An environment that encrypts each file that is written through it, and
/// decrypts each that is read.
pub fn encrypted_env(key: &Key) -> Option<Env> {
    let key = Box::into_raw(Box::new(key.clone()));
    // SAFETY: the key comes from a box and is handed over; `CALLS` lives as long
    // as the process, and its functions take what the shim passes them.
    let env = unsafe { einklang_encrypted_env(key.cast(), &raw const CALLS) };
    // SAFETY: the shim makes the environment as RocksDB's own C interface does,
    // and keeps no claim on it.
    (!env.is_null()).then(|| unsafe { Env::from_raw(env) })
}

/// # Safety
/// `key` is one that [`encrypted_env`] handed over; `prefix` has `length` bytes
/// that nobody else uses meanwhile.
unsafe extern "C" fn make_prefix(key: *const Key, prefix: *mut u8, length: usize) -> bool {
    // SAFETY: as the caller promises.
    let (key, prefix) = unsafe { (&*key, std::slice::from_raw_parts_mut(prefix, length)) };
    match key.prefix() {
        Some(made) if made.len() == length => {
            prefix.copy_from_slice(&made);
            true
        }
        _ => false,
    }
}

/// Says 0 and gives a cipher where the key fits, else what the matter is.
///
/// # Safety
/// `key` is one that [`encrypted_env`] handed over; `prefix` has `length` bytes;
/// `file` may be written to.
unsafe extern "C" fn open_file(
    key: *const Key,
    prefix: *const u8,
    length: usize,
    file: *mut *mut FileCipher,
) -> u8 {
    // SAFETY: as the caller promises; no pointer is made of nothing.
    let (key, prefix) =
        unsafe { (&*key, if length == 0 { &[][..] } else { std::slice::from_raw_parts(prefix, length) }) };
    match key.opens(prefix) {
        Opened::Fits | Opened::Unwritten => {
            // SAFETY: as the caller promises.
            unsafe { *file = Box::into_raw(Box::new(key.cipher(prefix))) };
            0
        }
        Opened::Foreign => 1,
        Opened::Plain => 2,
    }
}

/// # Safety
/// `file` is one that [`open_file`] gave, not closed yet; `data` has `length`
/// bytes that nobody else uses meanwhile.
unsafe extern "C" fn encrypt(file: *const FileCipher, offset: u64, data: *mut u8, length: usize) -> bool {
    // SAFETY: as the caller promises; a length of 0 never comes here.
    unsafe { (*file).encrypt(offset, std::slice::from_raw_parts_mut(data, length)) }
}

/// # Safety
/// As of [`encrypt`].
unsafe extern "C" fn decrypt(file: *const FileCipher, offset: u64, data: *mut u8, length: usize) -> bool {
    // SAFETY: as the caller promises; a length of 0 never comes here.
    unsafe { (*file).decrypt(offset, std::slice::from_raw_parts_mut(data, length)) }
}

/// # Safety
/// `file` is one that [`open_file`] gave, and is not used again.
unsafe extern "C" fn close_file(file: *mut FileCipher) {
    // SAFETY: as the caller promises.
    drop(unsafe { Box::from_raw(file) });
}

/// # Safety
/// `key` is one that [`encrypted_env`] handed over, and is not used again.
unsafe extern "C" fn drop_key(key: *mut Key) {
    // SAFETY: as the caller promises.
    drop(unsafe { Box::from_raw(key) });
}
