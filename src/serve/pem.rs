//! Certificates and private keys from PEM files.

use crate::error::{Error, Result};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::fmt::Display;
use std::path::Path;

/// The certificates of a file, in their order; at least one.
///
/// # Errors
/// It cannot be read, or holds none.
pub fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let read =
        CertificateDer::pem_file_iter(path).and_then(|found| found.collect::<std::result::Result<_, _>>());
    let found: Vec<CertificateDer> = read.map_err(|error| wrong(path, "certificate chain", &error))?;
    match found.is_empty() {
        false => Ok(found),
        true => Err(wrong(path, "certificate chain", &"it holds no certificate")),
    }
}

/// The private key of a file.
///
/// # Errors
/// It cannot be read, or holds none.
pub fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>> {
    PrivateKeyDer::from_pem_file(path).map_err(|error| wrong(path, "private key", &error))
}

/// What is told of a file that is not what it should be.
pub fn wrong(path: &Path, what: &str, error: &dyn Display) -> Error {
    Error::failed(format!("`{}` is no {what}: {error}", path.display()))
        .with_hint("it must be PEM; a chain begins with the certificate of whom it is for")
}
