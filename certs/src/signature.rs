//! JSON Web Signature algorithms (RFC 7518 section 3) over the keys of certificates.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use x509_parser::oid_registry::{
    OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_NIST_EC_P384, OID_NIST_EC_P521,
    OID_PKCS1_RSAENCRYPTION, Oid,
};

use crate::peer::parse_certificate;

/// The algorithms FSC allows for a JWS (FSC Core, "JSON Web Signature").
///
/// There is no `none` and no HMAC: a value of this type always needs a private key to sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// ECDSA on P-521 with SHA-512.
    Es512,
}

impl SignatureAlgorithm {
    /// Every algorithm, in the order of RFC 7518.
    pub const ALL: [Self; 6] = [
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Es256,
        Self::Es384,
        Self::Es512,
    ];

    /// The name in a JOSE header.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
        }
    }

    /// How a signature is checked. RSA keys of 2048 to 8192 bits; ECDSA as `r || s`, both of the
    /// curve's full width (RFC 7518 section 3.4), never DER.
    fn verification(self) -> &'static dyn VerificationAlgorithm {
        match self {
            Self::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
            Self::Rs384 => &signature::RSA_PKCS1_2048_8192_SHA384,
            Self::Rs512 => &signature::RSA_PKCS1_2048_8192_SHA512,
            Self::Es256 => &signature::ECDSA_P256_SHA256_FIXED,
            Self::Es384 => &signature::ECDSA_P384_SHA384_FIXED,
            Self::Es512 => &signature::ECDSA_P521_SHA512_FIXED,
        }
    }

    /// The curve the key must be on, or `None` for RSA.
    fn curve(self) -> Option<Oid<'static>> {
        match self {
            Self::Rs256 | Self::Rs384 | Self::Rs512 => None,
            Self::Es256 => Some(OID_EC_P256),
            Self::Es384 => Some(OID_NIST_EC_P384),
            Self::Es512 => Some(OID_NIST_EC_P521),
        }
    }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for SignatureAlgorithm {
    type Err = UnknownAlgorithm;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.as_str() == text)
            .ok_or(UnknownAlgorithm)
    }
}

/// The text names no allowed algorithm. It is not repeated: it comes from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("signature algorithm must be one of RS256, RS384, RS512, ES256, ES384, ES512")]
pub struct UnknownAlgorithm;

/// Checks a signature with the public key of a certificate.
///
/// This says nothing about the certificate: whether it is trusted, is asked of
/// [`Trust::verify`](crate::Trust::verify).
///
/// # Errors
///
/// [`SignatureError`] says whether the certificate, the choice of algorithm or the signature is wrong.
pub fn verify_signature(
    certificate_der: &[u8],
    algorithm: SignatureAlgorithm,
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    let certificate =
        parse_certificate(certificate_der).map_err(|_| SignatureError::Certificate)?;
    let key = certificate.public_key();
    let fits = match algorithm.curve() {
        None => key.algorithm.algorithm == OID_PKCS1_RSAENCRYPTION,
        Some(curve) => {
            key.algorithm.algorithm == OID_KEY_TYPE_EC_PUBLIC_KEY
                && key
                    .algorithm
                    .parameters
                    .as_ref()
                    .and_then(|found| found.as_oid().ok())
                    == Some(curve)
        }
    };
    if !fits {
        return Err(SignatureError::KeyDoesNotFit(algorithm));
    }
    UnparsedPublicKey::new(
        algorithm.verification(),
        key.subject_public_key.data.as_ref(),
    )
    .verify(message, signature)
    .map_err(|_| SignatureError::Wrong)
}

/// Why a signature is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The certificate is not readable DER.
    #[error("certificate of the signer is not a readable X.509 certificate")]
    Certificate,
    /// The certificate's key cannot make signatures of this kind.
    #[error("certificate's key does not fit algorithm {0}")]
    KeyDoesNotFit(SignatureAlgorithm),
    /// The signature was not made over this message with this key.
    #[error("signature does not match the message and the certificate's key")]
    Wrong,
}

#[cfg(test)]
mod tests;
