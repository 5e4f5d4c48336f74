//! JSON Web Signatures in compact form (RFC 7515), as FSC Core 2.0.0 uses them for contract
//! signatures and access tokens: six algorithms, and `x5t#S256` names the certificate.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use sluis_certs::{
    CertificateThumbprint, Identity, KeyError, SignatureAlgorithm, SignatureError, ThumbprintError,
    verify_signature,
};
use thiserror::Error;

use crate::json::{self, JsonError};

/// The longest JWS that is made or read, in bytes. A token travels in a header, where common servers
/// stop at 16 to 64 KB.
pub const COMPACT_BYTES_MAX: usize = 65_536;

/// The longest header part that is read, in bytes of JSON.
const HEADER_BYTES_MAX: usize = 4_096;

/// Why a JWS was not made, or is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum JwsError {
    /// Longer than [`COMPACT_BYTES_MAX`].
    #[error("the JWS is longer than {COMPACT_BYTES_MAX} bytes")]
    TooLong,
    /// Not three parts in base64url without padding.
    #[error("the JWS is not three base64url parts, without padding, joined by dots")]
    Form,
    /// The header is no acceptable JSON object.
    #[error("the header of the JWS is not acceptable: {0}")]
    Header(#[source] JsonError),
    /// `alg` is missing or no string.
    #[error("the header of the JWS names no alg")]
    NoAlgorithm,
    /// `alg` is `none`, an HMAC, PSS, EdDSA or anything else that FSC does not list.
    #[error("the alg of the JWS is none of RS256, RS384, RS512, ES256, ES384 and ES512")]
    UnknownAlgorithm,
    /// `crit` asks for extensions; FSC knows none.
    #[error("the header of the JWS holds crit, an extension that FSC does not know")]
    CriticalExtension,
    /// `x5t#S256` is missing or no SHA-256 in base64.
    #[error("the header of the JWS holds no x5t#S256 of 43 base64url characters")]
    NoThumbprint,
    /// The certificate is not the one that `x5t#S256` names.
    #[error("the x5t#S256 of the JWS names another certificate than the one given")]
    OtherCertificate,
    /// The signature is wrong, or the key does not fit the algorithm.
    #[error("the signature of the JWS does not hold: {0}")]
    Signature(#[from] SignatureError),
    /// The payload is no acceptable JSON object.
    #[error("the payload of the JWS is not acceptable: {0}")]
    Payload(#[source] JsonError),
    /// The payload is JSON but has not the members that belong there.
    #[error("the payload of the JWS lacks a member or has one of another type")]
    PayloadShape,
    /// The private key cannot sign this way.
    #[error("the JWS cannot be signed: {0}")]
    Key(#[from] KeyError),
}

/// Signs claims with the usual algorithm of the identity's key.
///
/// # Errors
/// [`JwsError::TooLong`] when the claims are too large, [`JwsError::PayloadShape`] when they are no
/// JSON object, [`JwsError::Key`] when the key refuses.
pub fn sign<T: Serialize>(claims: &T, identity: &Identity) -> Result<String, JwsError> {
    sign_with(claims, identity, identity.signing_key().algorithm())
}

/// Signs claims with a chosen algorithm, which must fit the identity's key.
///
/// # Errors
/// As [`sign`].
pub fn sign_with<T: Serialize>(
    claims: &T,
    identity: &Identity,
    algorithm: SignatureAlgorithm,
) -> Result<String, JwsError> {
    let header = Header {
        alg: algorithm.as_str(),
        typ: "JWT",
        x5t_s256: identity.peer().certificate_thumbprint,
    };
    let header = serde_json::to_vec(&header).map_err(|_| JwsError::PayloadShape)?;
    let payload = serde_json::to_vec(claims).map_err(|_| JwsError::PayloadShape)?;
    if payload.first() != Some(&b'{') {
        return Err(JwsError::PayloadShape);
    }
    if payload.len() > COMPACT_BYTES_MAX {
        return Err(JwsError::TooLong);
    }
    let mut compact = URL_SAFE_NO_PAD.encode(header);
    compact.push('.');
    URL_SAFE_NO_PAD.encode_string(payload, &mut compact);
    let signature = identity.signing_key().sign(algorithm, compact.as_bytes())?;
    compact.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut compact);
    if compact.len() > COMPACT_BYTES_MAX {
        Err(JwsError::TooLong)
    } else {
        Ok(compact)
    }
}

#[derive(Serialize)]
struct Header {
    alg: &'static str,
    typ: &'static str,
    #[serde(rename = "x5t#S256")]
    x5t_s256: CertificateThumbprint,
}

/// A JWS whose header has been read and whose signature has not been checked. Its payload cannot be
/// reached without [`verify`](Self::verify).
#[derive(Clone)]
pub struct Unverified<'a> {
    algorithm: SignatureAlgorithm,
    certificate_thumbprint: CertificateThumbprint,
    signed: &'a str,
    payload: &'a str,
    signature: Vec<u8>,
}

/// Reads the header of a JWS, to find out which certificate to verify it with.
///
/// Keys and certificates inside the header (`jwk`, `jku`, `x5c`, `x5u`) are never used.
///
/// # Errors
/// The [`JwsError`] that names the first thing wrong.
pub fn parse(compact: &str) -> Result<Unverified<'_>, JwsError> {
    if compact.len() > COMPACT_BYTES_MAX {
        return Err(JwsError::TooLong);
    }
    let (signed, signature) = compact.rsplit_once('.').ok_or(JwsError::Form)?;
    let (header, payload) = signed.split_once('.').ok_or(JwsError::Form)?;
    let header = URL_SAFE_NO_PAD.decode(header).map_err(|_| JwsError::Form)?;
    let signature = URL_SAFE_NO_PAD
        .decode(signature)
        .map_err(|_| JwsError::Form)?;
    if payload.contains('.') {
        return Err(JwsError::Form);
    }
    let header = json::read_object(&header, HEADER_BYTES_MAX).map_err(JwsError::Header)?;
    let text = |name: &str| header.get(name).and_then(Value::as_str);
    let algorithm = text("alg").ok_or(JwsError::NoAlgorithm)?;
    let algorithm = algorithm.parse().map_err(|_| JwsError::UnknownAlgorithm)?;
    if header.contains_key("crit") {
        return Err(JwsError::CriticalExtension);
    }
    let certificate_thumbprint = text("x5t#S256")
        .and_then(|thumbprint| thumbprint_of(thumbprint).ok())
        .ok_or(JwsError::NoThumbprint)?;
    Ok(Unverified {
        algorithm,
        certificate_thumbprint,
        signed,
        payload,
        signature,
    })
}

impl std::fmt::Debug for Unverified<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The payload and signature together are an access token, which must not reach a log.
        formatter
            .debug_struct("Unverified")
            .field("algorithm", &self.algorithm)
            .field("certificate_thumbprint", &self.certificate_thumbprint)
            .finish_non_exhaustive()
    }
}

impl Unverified<'_> {
    /// The algorithm that the header names.
    #[must_use]
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// The certificate that the header names, `x5t#S256`.
    #[must_use]
    pub fn certificate_thumbprint(&self) -> &CertificateThumbprint {
        &self.certificate_thumbprint
    }

    /// Checks the signature with a certificate and returns the payload as `T`. Whether the
    /// certificate can be trusted is the caller's question.
    ///
    /// # Errors
    /// As [`verify_object`](Self::verify_object), and [`JwsError::PayloadShape`].
    pub fn verify<T: DeserializeOwned>(&self, certificate_der: &[u8]) -> Result<T, JwsError> {
        let payload = self.verify_object(certificate_der)?;
        serde_json::from_value(Value::Object(payload)).map_err(|_| JwsError::PayloadShape)
    }

    /// Checks the signature with a certificate and returns the members of the payload.
    ///
    /// # Errors
    /// [`JwsError::OtherCertificate`] when it is not the certificate of the header,
    /// [`JwsError::Signature`] when the signature does not hold, [`JwsError::Payload`] when the
    /// payload is not strict JSON.
    pub fn verify_object(&self, certificate_der: &[u8]) -> Result<Map<String, Value>, JwsError> {
        if !CertificateThumbprint::of(certificate_der).matches(&self.certificate_thumbprint) {
            return Err(JwsError::OtherCertificate);
        }
        verify_signature(
            certificate_der,
            self.algorithm,
            self.signed.as_bytes(),
            &self.signature,
        )?;
        self.payload()
    }

    /// The payload, before anything was checked: only for a caller who has it from the signer itself.
    pub(crate) fn payload(&self) -> Result<Map<String, Value>, JwsError> {
        let payload = URL_SAFE_NO_PAD
            .decode(self.payload)
            .map_err(|_| JwsError::Form)?;
        json::read_object(&payload, COMPACT_BYTES_MAX).map_err(JwsError::Payload)
    }
}

/// Reads a certificate thumbprint. RFC 7515 and RFC 8705 want base64url without padding, which is what
/// we write; the examples of FSC show plain base64, with and without padding. Those are read too: what
/// counts is the 32 bytes.
pub(crate) fn thumbprint_of(text: &str) -> Result<CertificateThumbprint, ThumbprintError> {
    let text = text.strip_suffix('=').unwrap_or(text);
    text.replace('+', "-").replace('/', "_").parse()
}

#[cfg(test)]
mod tests;
