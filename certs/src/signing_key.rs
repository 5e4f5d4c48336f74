//! Our own private key, for signing JWS.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{
    self, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING,
    ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, RsaEncoding,
};
use rustls_pki_types::PrivateKeyDer;

use crate::SignatureAlgorithm;
use crate::pem::{self, PemError};

/// A private key that signs JWS; cheap to clone. It never leaves this type: `Debug` hides it.
#[derive(Clone)]
pub struct SigningKey(Arc<Key>);

enum Key {
    Rsa(rsa::KeyPair),
    Ecdsa(SignatureAlgorithm, EcdsaKeyPair),
}

impl SigningKey {
    /// Reads an unencrypted private key: PKCS#8, SEC1 or PKCS#1; RSA of 2048 to 8192 bits, P-256,
    /// P-384 or P-521.
    ///
    /// # Errors
    ///
    /// [`KeyError`] when there is not exactly one such key.
    pub fn from_pem(pem: &[u8]) -> Result<Self, KeyError> {
        Self::from_der(&pem::private_key(pem)?)
    }

    pub(crate) fn from_der(der: &PrivateKeyDer<'_>) -> Result<Self, KeyError> {
        let key = match der {
            PrivateKeyDer::Pkcs1(der) => rsa::KeyPair::from_der(der.secret_pkcs1_der())
                .ok()
                .map(Key::Rsa),
            PrivateKeyDer::Sec1(der) => {
                ecdsa(|curve| EcdsaKeyPair::from_private_key_der(curve, der.secret_sec1_der()).ok())
            }
            PrivateKeyDer::Pkcs8(der) => rsa::KeyPair::from_pkcs8(der.secret_pkcs8_der())
                .ok()
                .map(Key::Rsa)
                .or_else(|| {
                    ecdsa(|curve| EcdsaKeyPair::from_pkcs8(curve, der.secret_pkcs8_der()).ok())
                }),
            _ => None,
        };
        key.map(|key| Self(Arc::new(key)))
            .ok_or(KeyError::Unsupported)
    }

    /// The algorithm to use when the choice is free: RS256, or the one that belongs to the curve.
    pub fn algorithm(&self) -> SignatureAlgorithm {
        match *self.0 {
            Key::Rsa(_) => SignatureAlgorithm::Rs256,
            Key::Ecdsa(algorithm, _) => algorithm,
        }
    }

    /// Signs a message. ECDSA signatures come as `r || s` of fixed width (RFC 7518 section 3.4).
    ///
    /// # Errors
    ///
    /// [`KeyError::DoesNotFit`] when the key cannot make this kind of signature.
    pub fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let random = SystemRandom::new();
        match (&*self.0, rsa_encoding(algorithm)) {
            (Key::Rsa(key), Some(encoding)) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(encoding, &random, message, &mut signature)
                    .map_err(|_| KeyError::SigningFailed)?;
                Ok(signature)
            }
            (Key::Ecdsa(own, key), None) if *own == algorithm => key
                .sign(&random, message)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(|_| KeyError::SigningFailed),
            _ => Err(KeyError::DoesNotFit(algorithm)),
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SigningKey({}, [redacted])", self.algorithm())
    }
}

/// Why a private key cannot be used. Nothing of the key is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The file is no PEM with one key.
    #[error("private key cannot be read: {0}")]
    Pem(#[from] PemError),
    /// Another kind of key, or a key too small.
    #[error("private key must be RSA of 2048 to 8192 bits, P-256, P-384 or P-521")]
    Unsupported,
    /// An RSA key asked for ECDSA, or the reverse, or another curve.
    #[error("private key does not fit algorithm {0}")]
    DoesNotFit(SignatureAlgorithm),
    /// The crypto library refused.
    #[error("signing with the private key failed")]
    SigningFailed,
}

fn ecdsa(read: impl Fn(&'static EcdsaSigningAlgorithm) -> Option<EcdsaKeyPair>) -> Option<Key> {
    [
        (SignatureAlgorithm::Es256, &ECDSA_P256_SHA256_FIXED_SIGNING),
        (SignatureAlgorithm::Es384, &ECDSA_P384_SHA384_FIXED_SIGNING),
        (SignatureAlgorithm::Es512, &ECDSA_P521_SHA512_FIXED_SIGNING),
    ]
    .into_iter()
    .find_map(|(algorithm, curve)| Some(Key::Ecdsa(algorithm, read(curve)?)))
}

fn rsa_encoding(algorithm: SignatureAlgorithm) -> Option<&'static dyn RsaEncoding> {
    match algorithm {
        SignatureAlgorithm::Rs256 => Some(&signature::RSA_PKCS1_SHA256),
        SignatureAlgorithm::Rs384 => Some(&signature::RSA_PKCS1_SHA384),
        SignatureAlgorithm::Rs512 => Some(&signature::RSA_PKCS1_SHA512),
        SignatureAlgorithm::Es256 | SignatureAlgorithm::Es384 | SignatureAlgorithm::Es512 => None,
    }
}

#[cfg(test)]
mod tests;
