//! TLS towards a collector: whom it is trusted by, and as whom it is spoken to.

use crate::error::{Error, Result};
use crate::serve::pem;
use crate::serve::settings::Settings;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Where systems keep the authorities that they trust.
const BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// What TLS is spoken with: the authorities of `otlp_ca`, else the system's; a
/// certificate of the service's own where one is told.
///
/// # Errors
/// Files cannot be read, do not belong together, or no authority is known.
pub fn config(settings: &Settings) -> Result<Arc<ClientConfig>> {
    let path = authorities(settings)?;
    let mut roots = RootCertStore::empty();
    // A system's bundle may hold some that are not understood.
    let (known, _) = roots.add_parsable_certificates(pem::certificates(&path)?);
    if known == 0 {
        return Err(pem::wrong(&path, "list of authorities", &"none of its certificates can be used"));
    }
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::failed(format!("TLS cannot be spoken: {error}")))?
        .with_root_certificates(roots);
    let config = match (&settings.otlp_certificate, &settings.otlp_key) {
        (None, None) => builder.with_no_client_auth(),
        (Some(certificate), Some(key)) => builder
            .with_client_auth_cert(pem::certificates(certificate)?, pem::private_key(key)?)
            .map_err(|error| pem::wrong(certificate, "certificate for that key", &error))?,
        _ => {
            return Err(Error::usage("a certificate and a private key go together")
                .with_hint("give both `--otlp-certificate` and `--otlp-key`, or neither"));
        }
    };
    Ok(Arc::new(config))
}

fn authorities(settings: &Settings) -> Result<PathBuf> {
    if let Some(path) = &settings.otlp_ca {
        return Ok(path.clone());
    }
    let told = std::env::var_os("SSL_CERT_FILE").map(PathBuf::from);
    let known = BUNDLES.iter().map(|path| Path::new(path).to_owned());
    told.or_else(|| known.into_iter().find(|path| path.is_file())).ok_or_else(|| {
        Error::usage("this system has no list of authorities that the collector's certificate could be of")
            .with_hint("name its authority's certificate with `--otlp-ca`")
    })
}
