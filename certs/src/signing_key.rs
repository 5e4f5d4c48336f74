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
use crate::pkcs11::{Pkcs11Error, Pkcs11Uri, TokenKey};

/// A private key that signs JWS; cheap to clone. It never leaves this type: `Debug` hides it.
///
/// It was read from a file, or it stays in a PKCS#11 token. In a token a signature takes its time and can
/// fail at any moment, because the token is gone or does not answer.
#[derive(Clone)]
pub struct SigningKey(Key);

#[derive(Clone)]
enum Key {
    Rsa(Arc<rsa::KeyPair>),
    Ecdsa(SignatureAlgorithm, Arc<EcdsaKeyPair>),
    Token(Arc<TokenKey>),
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
                .map(rsa_key),
            PrivateKeyDer::Sec1(der) => {
                ecdsa(|curve| EcdsaKeyPair::from_private_key_der(curve, der.secret_sec1_der()).ok())
            }
            PrivateKeyDer::Pkcs8(der) => rsa::KeyPair::from_pkcs8(der.secret_pkcs8_der())
                .ok()
                .map(rsa_key)
                .or_else(|| {
                    ecdsa(|curve| EcdsaKeyPair::from_pkcs8(curve, der.secret_pkcs8_der()).ok())
                }),
            _ => None,
        };
        key.map(Self).ok_or(KeyError::Unsupported)
    }

    pub(crate) fn in_token(key: Arc<TokenKey>) -> Self {
        Self(Key::Token(key))
    }

    /// The algorithm to use when the choice is free: RS256, or the one that belongs to the curve.
    pub fn algorithm(&self) -> SignatureAlgorithm {
        match &self.0 {
            Key::Rsa(_) => SignatureAlgorithm::Rs256,
            Key::Ecdsa(algorithm, _) => *algorithm,
            Key::Token(key) => key.algorithm(),
        }
    }

    /// Where the key is, when it stays in a PKCS#11 token.
    pub fn token_uri(&self) -> Option<&Pkcs11Uri> {
        match &self.0 {
            Key::Token(key) => Some(key.uri()),
            Key::Rsa(_) | Key::Ecdsa(..) => None,
        }
    }

    /// Sees whether the key can sign now. A key in a token makes a signature, which takes time.
    ///
    /// # Errors
    ///
    /// [`KeyError::Pkcs11`] when the token fails.
    pub fn check(&self) -> Result<(), KeyError> {
        match &self.0 {
            Key::Token(key) => Ok(key.check()?),
            Key::Rsa(_) | Key::Ecdsa(..) => Ok(()),
        }
    }

    /// Why the last signature failed; `None` when it did not. Costs nothing.
    pub fn fault(&self) -> Option<KeyError> {
        match &self.0 {
            Key::Token(key) => key.fault().map(KeyError::Pkcs11),
            Key::Rsa(_) | Key::Ecdsa(..) => None,
        }
    }

    /// Signs a message. ECDSA signatures come as `r || s` of fixed width (RFC 7518 section 3.4).
    ///
    /// # Errors
    ///
    /// [`KeyError::DoesNotFit`] when the key cannot make this kind of signature, [`KeyError::Pkcs11`] when
    /// a token fails.
    pub fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let random = SystemRandom::new();
        match (&self.0, rsa_encoding(algorithm)) {
            (Key::Token(key), _) => match key.sign(algorithm, message) {
                Some(signature) => Ok(signature?),
                None => Err(KeyError::DoesNotFit(algorithm)),
            },
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
        match self.token_uri() {
            Some(uri) => write!(formatter, "SigningKey({}, {uri})", self.algorithm()),
            None => write!(formatter, "SigningKey({}, [redacted])", self.algorithm()),
        }
    }
}

/// Why a private key cannot be used. Nothing of the key is repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
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
    /// The key is in a PKCS#11 token, which fails.
    #[error(transparent)]
    Pkcs11(#[from] Pkcs11Error),
}

fn rsa_key(pair: rsa::KeyPair) -> Key {
    Key::Rsa(Arc::new(pair))
}

fn ecdsa(read: impl Fn(&'static EcdsaSigningAlgorithm) -> Option<EcdsaKeyPair>) -> Option<Key> {
    [
        (SignatureAlgorithm::Es256, &ECDSA_P256_SHA256_FIXED_SIGNING),
        (SignatureAlgorithm::Es384, &ECDSA_P384_SHA384_FIXED_SIGNING),
        (SignatureAlgorithm::Es512, &ECDSA_P521_SHA512_FIXED_SIGNING),
    ]
    .into_iter()
    .find_map(|(algorithm, curve)| Some(Key::Ecdsa(algorithm, Arc::new(read(curve)?))))
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
