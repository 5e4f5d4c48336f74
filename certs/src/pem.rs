//! Reading and writing PEM (RFC 7468), with limits.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

/// Most certificates in one PEM file: a chain is four deep, a trust file holds a few dozen.
const CERTIFICATES_MAX: usize = 256;

/// Writes one PEM block.
pub(crate) fn encode(label: &str, der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    let mut rest = body.as_str();
    while !rest.is_empty() {
        // base64 is ASCII, so every index is a character boundary.
        let (line, tail) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = tail;
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text
}

/// Every certificate of a PEM text, in order; other blocks are skipped.
pub(crate) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, PemError> {
    let found = CertificateDer::pem_slice_iter(pem)
        .take(CERTIFICATES_MAX + 1)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| PemError::Malformed)?;
    match found.len() {
        0 => Err(PemError::NoCertificate),
        count if count > CERTIFICATES_MAX => Err(PemError::TooMany),
        _ => Ok(found),
    }
}

/// The one private key of a PEM text: PKCS#8, SEC1 or PKCS#1.
pub(crate) fn private_key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, PemError> {
    let mut keys = PrivateKeyDer::pem_slice_iter(pem);
    match (keys.next(), keys.next()) {
        (Some(Ok(key)), None) => Ok(key),
        (None, _) => Err(PemError::NoKey),
        (Some(Ok(_)), Some(_)) => Err(PemError::TwoKeys),
        (Some(Err(_)), _) => Err(PemError::Malformed),
    }
}

/// Why a PEM text cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PemError {
    /// A block is broken off or is not base64.
    #[error("PEM text is malformed; check that the file was copied whole")]
    Malformed,
    /// There is no `BEGIN CERTIFICATE` block.
    #[error("PEM text has no certificate; it needs a BEGIN CERTIFICATE block")]
    NoCertificate,
    /// There are more certificates than any chain or trust file needs.
    #[error("PEM text has more than {CERTIFICATES_MAX} certificates")]
    TooMany,
    /// There is no private key that can be read.
    #[error("PEM text has no private key; it needs an unencrypted PKCS#8, SEC1 or PKCS#1 key")]
    NoKey,
    /// It is unclear which key is meant.
    #[error(
        "PEM text has more than one private key; keep only the one that belongs to the certificate"
    )]
    TwoKeys,
}
