//! Private keys of the suite's own peers, and the algorithms of FSC.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{
    self, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING,
    ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, RsaEncoding,
    UnparsedPublicKey, VerificationAlgorithm,
};
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject as _;

/// A JWS algorithm that FSC allows (FSC Core 2.0.0, Signatures).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA PKCS#1 1.5 with SHA-256.
    Rs256,
    /// RSA PKCS#1 1.5 with SHA-384.
    Rs384,
    /// RSA PKCS#1 1.5 with SHA-512.
    Rs512,
    /// P-256 with SHA-256.
    Es256,
    /// P-384 with SHA-384.
    Es384,
    /// P-521 with SHA-512.
    Es512,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Es256,
        Self::Es384,
        Self::Es512,
    ];

    /// Its name in a JOSE header.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
        }
    }

    /// The algorithm of this name, if FSC has it.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
    }

    /// Whether it needs an RSA key.
    #[must_use]
    pub fn is_rsa(self) -> bool {
        matches!(self, Self::Rs256 | Self::Rs384 | Self::Rs512)
    }

    /// Whether the signature over the message was made with the public key.
    pub(crate) fn verifies(self, public_key: &[u8], message: &[u8], signature: &[u8]) -> bool {
        let algorithm: &'static dyn VerificationAlgorithm = match self {
            Self::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
            Self::Rs384 => &signature::RSA_PKCS1_2048_8192_SHA384,
            Self::Rs512 => &signature::RSA_PKCS1_2048_8192_SHA512,
            Self::Es256 => &signature::ECDSA_P256_SHA256_FIXED,
            Self::Es384 => &signature::ECDSA_P384_SHA384_FIXED,
            Self::Es512 => &signature::ECDSA_P521_SHA512_FIXED,
        };
        UnparsedPublicKey::new(algorithm, public_key)
            .verify(message, signature)
            .is_ok()
    }
}

/// A private key.
pub enum Key {
    /// RSA.
    Rsa(rsa::KeyPair),
    /// ECDSA, with the algorithm that belongs to its curve.
    Ecdsa(Algorithm, EcdsaKeyPair),
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Key([redacted])")
    }
}

/// Why a private key cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyProblem {
    /// No PEM with a key.
    #[error("the key file holds no unencrypted PEM private key")]
    Unreadable,
    /// Another kind.
    #[error("the private key is neither RSA nor ECDSA on P-256, P-384 or P-521")]
    Kind,
    /// Asked for an algorithm that it cannot make.
    #[error("the private key does not fit the algorithm")]
    DoesNotFit,
    /// The library refused.
    #[error("signing failed")]
    Failed,
}

impl Key {
    /// Reads an unencrypted PEM private key.
    ///
    /// # Errors
    /// [`KeyProblem`] when it is none, or of another kind.
    pub fn from_pem(pem: &[u8]) -> Result<Self, KeyProblem> {
        let der = PrivateKeyDer::from_pem_slice(pem).map_err(|_| KeyProblem::Unreadable)?;
        let rsa = match &der {
            PrivateKeyDer::Pkcs8(der) => rsa::KeyPair::from_pkcs8(der.secret_pkcs8_der()).ok(),
            PrivateKeyDer::Pkcs1(der) => rsa::KeyPair::from_der(der.secret_pkcs1_der()).ok(),
            _ => None,
        };
        if let Some(pair) = rsa {
            return Ok(Self::Rsa(pair));
        }
        let curves: [(Algorithm, &'static EcdsaSigningAlgorithm); 3] = [
            (Algorithm::Es256, &ECDSA_P256_SHA256_FIXED_SIGNING),
            (Algorithm::Es384, &ECDSA_P384_SHA384_FIXED_SIGNING),
            (Algorithm::Es512, &ECDSA_P521_SHA512_FIXED_SIGNING),
        ];
        for (algorithm, curve) in curves {
            let pair = match &der {
                PrivateKeyDer::Pkcs8(der) => {
                    EcdsaKeyPair::from_pkcs8(curve, der.secret_pkcs8_der()).ok()
                }
                PrivateKeyDer::Sec1(der) => {
                    EcdsaKeyPair::from_private_key_der(curve, der.secret_sec1_der()).ok()
                }
                _ => None,
            };
            if let Some(pair) = pair {
                return Ok(Self::Ecdsa(algorithm, pair));
            }
        }
        Err(KeyProblem::Kind)
    }

    /// The algorithm that one would choose for the key.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        match self {
            Self::Rsa(_) => Algorithm::Rs256,
            Self::Ecdsa(algorithm, _) => *algorithm,
        }
    }

    /// Signs a message with an algorithm of FSC.
    ///
    /// # Errors
    /// [`KeyProblem::DoesNotFit`] when the key is of another kind.
    pub fn sign(&self, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>, KeyProblem> {
        let encoding: Option<&'static dyn RsaEncoding> = match algorithm {
            Algorithm::Rs256 => Some(&signature::RSA_PKCS1_SHA256),
            Algorithm::Rs384 => Some(&signature::RSA_PKCS1_SHA384),
            Algorithm::Rs512 => Some(&signature::RSA_PKCS1_SHA512),
            _ => None,
        };
        match (self, encoding) {
            (Self::Rsa(pair), Some(encoding)) => rsa_signature(pair, encoding, message),
            (Self::Ecdsa(own, pair), None) if *own == algorithm => pair
                .sign(&SystemRandom::new(), message)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(|_| KeyProblem::Failed),
            _ => Err(KeyProblem::DoesNotFit),
        }
    }

    /// Signs with RSASSA-PSS and SHA-256 (`PS256`), which FSC does not allow: a good signature of the
    /// wrong kind.
    ///
    /// # Errors
    /// [`KeyProblem::DoesNotFit`] for an ECDSA key.
    pub fn sign_pss(&self, message: &[u8]) -> Result<Vec<u8>, KeyProblem> {
        match self {
            Self::Rsa(pair) => rsa_signature(pair, &signature::RSA_PSS_SHA256, message),
            Self::Ecdsa(..) => Err(KeyProblem::DoesNotFit),
        }
    }
}

fn rsa_signature(
    pair: &rsa::KeyPair,
    encoding: &'static dyn RsaEncoding,
    message: &[u8],
) -> Result<Vec<u8>, KeyProblem> {
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(encoding, &SystemRandom::new(), message, &mut signature)
        .map_err(|_| KeyProblem::Failed)?;
    Ok(signature)
}
