//! The signature on a certificate or revocation list.

use rustls_pki_types::SignatureVerificationAlgorithm;

use crate::der::{Reader, tag};

/// What was signed, how, and the signature.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signed<'a> {
    pub(crate) message: &'a [u8],
    /// The contents of the `AlgorithmIdentifier`.
    pub(crate) algorithm: &'a [u8],
    pub(crate) signature: &'a [u8],
}

impl<'a> Signed<'a> {
    /// Reads the three parts of a DER certificate (RFC 5280 section 4.1).
    pub(crate) fn read(der: &'a [u8]) -> Option<Self> {
        let mut parts = Reader::only(der, tag::SEQUENCE)?;
        let message = parts.element()?.whole;
        let algorithm = parts.take(tag::SEQUENCE)?;
        match parts.take(tag::BIT_STRING)? {
            [0, signature @ ..] => Some(Self {
                message,
                algorithm,
                signature,
            }),
            _ => None,
        }
    }

    /// Whether the holder of this key (the contents of its `SubjectPublicKeyInfo`) signed it. As webpki
    /// does it: of the algorithms with this identifier, the one that fits the key.
    pub(crate) fn is_by(
        &self,
        public_key: &[u8],
        algorithms: &[&dyn SignatureVerificationAlgorithm],
    ) -> bool {
        let mut key = Reader::new(public_key);
        let (Some(key_algorithm), Some([0, key @ ..])) =
            (key.take(tag::SEQUENCE), key.take(tag::BIT_STRING))
        else {
            return false;
        };
        algorithms
            .iter()
            .filter(|algorithm| {
                *algorithm.signature_alg_id() == *self.algorithm
                    && *algorithm.public_key_alg_id() == *key_algorithm
            })
            .any(|algorithm| {
                algorithm
                    .verify_signature(key, self.message, self.signature)
                    .is_ok()
            })
    }
}
