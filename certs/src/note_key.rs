//! Ed25519 keys that sign checkpoints of the audit log (C2SP signed-note, algorithm 0x01).

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use rustls_pki_types::PrivateKeyDer;
use zeroize::Zeroizing;

use crate::pem::{self, PemError};

/// A key that signs notes. Cheap to clone; `Debug` hides the private half.
#[derive(Clone)]
pub struct NoteKey {
    pair: Arc<Ed25519KeyPair>,
    public_key: [u8; 32],
}

impl NoteKey {
    /// Makes a new key and its PKCS#8 PEM text, which is to be kept in a private file
    /// ([`write_private_file`](crate::write_private_file)).
    ///
    /// # Errors
    ///
    /// [`NoteKeyError::Generate`] when the system gives no randomness.
    pub fn generate() -> Result<(Self, Zeroizing<Vec<u8>>), NoteKeyError> {
        let pair = Ed25519KeyPair::generate().map_err(|_| NoteKeyError::Generate)?;
        let pkcs8 = pair.to_pkcs8v1().map_err(|_| NoteKeyError::Generate)?;
        let pem = pem::encode("PRIVATE KEY", pkcs8.as_ref()).into_bytes();
        Ok((Self::new(pair)?, Zeroizing::new(pem)))
    }

    /// Reads a PKCS#8 PEM text.
    ///
    /// # Errors
    ///
    /// [`NoteKeyError`] when it does not hold exactly one Ed25519 key.
    pub fn from_pem(pem: &[u8]) -> Result<Self, NoteKeyError> {
        let PrivateKeyDer::Pkcs8(der) = pem::private_key(pem)? else {
            return Err(NoteKeyError::Unsupported);
        };
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.secret_pkcs8_der())
            .map_err(|_| NoteKeyError::Unsupported)?;
        Self::new(pair)
    }

    /// The public half.
    pub fn public_key(&self) -> [u8; 32] {
        self.public_key
    }

    /// Signs a note text.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        let mut signature = [0; 64];
        // An Ed25519 signature always has 64 bytes; zip cannot leave one out.
        for (to, from) in signature.iter_mut().zip(self.pair.sign(message).as_ref()) {
            *to = *from;
        }
        signature
    }

    fn new(pair: Ed25519KeyPair) -> Result<Self, NoteKeyError> {
        let public_key = pair
            .public_key()
            .as_ref()
            .try_into()
            .map_err(|_| NoteKeyError::Unsupported)?;
        Ok(Self {
            pair: Arc::new(pair),
            public_key,
        })
    }
}

impl fmt::Debug for NoteKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("NoteKey([redacted])")
    }
}

/// Whether `signature` was made over `message` with the private half of `public_key`.
pub fn verify_note_signature(public_key: &[u8; 32], message: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&ED25519, public_key)
        .verify(message, signature)
        .is_ok()
}

/// Why there is no note key. Nothing of the key is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteKeyError {
    /// The file is no PEM with one key.
    #[error("note key cannot be read: {0}")]
    Pem(#[from] PemError),
    /// Another kind of key.
    #[error("note key must be an Ed25519 key in PKCS#8 form")]
    Unsupported,
    /// No randomness.
    #[error("note key cannot be generated: the system gives no randomness")]
    Generate,
}
