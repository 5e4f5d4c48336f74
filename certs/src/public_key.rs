//! The public key of a certificate, in the parts that a JSON Web Key wants.

use std::fmt;

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

/// Its kind and size, as people say it: `RSA 3072 bits`, `EC P-256`.
impl fmt::Display for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa { modulus, .. } => {
                let leading = modulus.first().map_or(0, |octet| octet.leading_zeros());
                let bits = (modulus.len() * 8).saturating_sub(leading as usize);
                write!(formatter, "RSA {bits} bits")
            }
            Self::Ec { curve, .. } => write!(formatter, "EC {curve}"),
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

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;
    use crate::dev_pki::KeyType;
    use crate::test_kit::{
        OIN, PUBLIC_KEY, certificates, element, leaf_options, new_pki, new_pki_of, with_field,
    };

    static LEAF: LazyLock<Vec<u8>> = LazyLock::new(|| {
        certificates(&new_pki().issue(&leaf_options(OIN)).unwrap().chain_pem)[0].to_vec()
    });

    #[test]
    fn a_key_is_taken_apart_into_numbers_of_the_right_width() {
        match PublicKey::from_certificate(&LEAF) {
            Ok(PublicKey::Ec {
                curve: "P-256",
                x,
                y,
            }) => assert_eq!((x.len(), y.len()), (32, 32)),
            other => panic!("{other:?}"),
        }
        let root = certificates(&new_pki_of(KeyType::Rsa3072).anchors_pem());
        match PublicKey::from_certificate(&root[0]) {
            Ok(PublicKey::Rsa { modulus, exponent }) => {
                assert_eq!((modulus.len(), exponent.as_slice()), (384, &[1, 0, 1][..]));
                assert_ne!(modulus[0], 0);
            }
            other => panic!("{other:?}"),
        }
        let shown = |der: &[u8]| PublicKey::from_certificate(der).unwrap().to_string();
        assert_eq!(shown(&LEAF), "EC P-256");
        assert_eq!(shown(&root[0]), "RSA 3072 bits");
        assert_eq!(is_self_issued(&root[0]), Ok(true));
        assert_eq!(is_self_issued(&LEAF), Ok(false));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            prop_assert!(PublicKey::from_certificate(&bytes).is_err());
            prop_assert!(is_self_issued(&bytes).is_err());
            let certificate = with_field(&LEAF, PUBLIC_KEY, &element(0x30, &bytes));
            prop_assert!(PublicKey::from_certificate(&certificate).is_err());
        }

        #[test]
        fn no_damaged_key_panics(
            position in 0..91_usize,
            change in 1..=255_u8,
        ) {
            let mut der = crate::test_kit::children(&crate::test_kit::children(&LEAF)[0])[PUBLIC_KEY].clone();
            prop_assume!(position < der.len());
            der[position] ^= change;
            let _ = PublicKey::from_certificate(&with_field(&LEAF, PUBLIC_KEY, &der));
        }
    }
}
