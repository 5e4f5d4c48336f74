//! The public key of a certificate, in the parts that a JSON Web Key wants.

use x509_parser::oid_registry::{OID_EC_P256, OID_NIST_EC_P384, OID_NIST_EC_P521};
use x509_parser::public_key::PublicKey as Parsed;

use crate::PeerError;
use crate::peer::parse_certificate;

/// A public key as RFC 7518 section 6 takes it apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicKey {
    /// An RSA key, both numbers big-endian without leading zero bytes.
    Rsa {
        /// The modulus, `n`.
        modulus: Vec<u8>,
        /// The exponent, `e`.
        exponent: Vec<u8>,
    },
    /// A point on a NIST curve, both coordinates of the curve's full width.
    Ec {
        /// `P-256`, `P-384` or `P-521`.
        curve: &'static str,
        /// The x coordinate.
        x: Vec<u8>,
        /// The y coordinate.
        y: Vec<u8>,
    },
}

impl PublicKey {
    /// Reads the public key of a DER certificate.
    ///
    /// # Errors
    ///
    /// [`PublicKeyError`] when the certificate cannot be read or the key is of another kind.
    pub fn from_certificate(der: &[u8]) -> Result<Self, PublicKeyError> {
        let certificate = parse_certificate(der)?;
        let key = certificate.public_key();
        match key.parsed().map_err(|_| PublicKeyError::Kind)? {
            Parsed::RSA(rsa) => Ok(Self::Rsa {
                modulus: without_leading_zeros(rsa.modulus),
                exponent: without_leading_zeros(rsa.exponent),
            }),
            Parsed::EC(point) => {
                let parameters = key.algorithm.parameters.as_ref();
                let named = parameters.and_then(|found| found.as_oid().ok());
                let (curve, width) = match named {
                    Some(oid) if oid == OID_EC_P256 => ("P-256", 32),
                    Some(oid) if oid == OID_NIST_EC_P384 => ("P-384", 48),
                    Some(oid) if oid == OID_NIST_EC_P521 => ("P-521", 66),
                    _ => return Err(PublicKeyError::Kind),
                };
                match point.data().split_first() {
                    Some((0x04, coordinates)) if coordinates.len() == 2 * width => {
                        let (x, y) = coordinates.split_at(width);
                        let (x, y) = (x.to_vec(), y.to_vec());
                        Ok(Self::Ec { curve, x, y })
                    }
                    _ => Err(PublicKeyError::Kind),
                }
            }
            _ => Err(PublicKeyError::Kind),
        }
    }
}

/// Whether a certificate names itself as its issuer, as a root does.
///
/// # Errors
///
/// [`PeerError::Unreadable`] when it is no readable certificate.
pub fn is_self_issued(der: &[u8]) -> Result<bool, PeerError> {
    let certificate = parse_certificate(der)?;
    Ok(certificate.issuer().as_raw() == certificate.subject().as_raw())
}

/// Why a public key cannot be taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PublicKeyError {
    /// The certificate is not readable.
    #[error(transparent)]
    Certificate(#[from] PeerError),
    /// Not RSA and not an uncompressed point on a known curve.
    #[error("public key must be RSA, or an uncompressed point on P-256, P-384 or P-521")]
    Kind,
}

fn without_leading_zeros(number: &[u8]) -> Vec<u8> {
    number
        .iter()
        .copied()
        .skip_while(|byte| *byte == 0)
        .collect()
}
