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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_saved_key_signs_the_same() {
        let (key, pem) = NoteKey::generate().unwrap();
        let again = NoteKey::from_pem(&pem).unwrap();
        assert_eq!(key.public_key(), again.public_key());
        assert_eq!(
            key.sign(b"note"),
            again.sign(b"note"),
            "Ed25519 is deterministic"
        );
        assert!(verify_note_signature(
            &key.public_key(),
            b"note",
            &again.sign(b"note")
        ));
    }

    #[test]
    fn another_text_key_or_length_is_refused() {
        let (key, _) = NoteKey::generate().unwrap();
        let (other, _) = NoteKey::generate().unwrap();
        let signature = key.sign(b"note");
        assert!(!verify_note_signature(
            &key.public_key(),
            b"nota",
            &signature
        ));
        assert!(!verify_note_signature(
            &other.public_key(),
            b"note",
            &signature
        ));
        assert!(!verify_note_signature(
            &key.public_key(),
            b"note",
            &signature[..63]
        ));
        assert!(!verify_note_signature(&key.public_key(), b"note", b""));
        assert!(!verify_note_signature(&[0xff; 32], b"note", &signature));
    }

    /// RFC 8032 section 7.1, TEST 1 and TEST 2; the PKCS#8 wrapping is RFC 8410 section 7.
    #[test]
    fn test_vectors() {
        let cases: [(&str, &str, &[u8], &str); 2] = [
            (
                "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                b"",
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
            ),
            (
                "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
                &[0x72],
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
            ),
        ];
        for (seed, public_key, message, signature) in cases {
            let seed: [u8; 32] = crate::hex::decode(seed).unwrap();
            let public_key: [u8; 32] = crate::hex::decode(public_key).unwrap();
            let signature: [u8; 64] = crate::hex::decode(signature).unwrap();
            let der = [
                &crate::hex::decode::<16>("302e020100300506032b657004220420").unwrap()[..],
                &seed,
            ]
            .concat();
            let key = NoteKey::from_pem(pem::encode("PRIVATE KEY", &der).as_bytes()).unwrap();
            assert_eq!(key.public_key(), public_key);
            assert_eq!(key.sign(message), signature);
            assert!(verify_note_signature(&public_key, message, &signature));
        }
    }

    #[test]
    fn another_kind_of_key_is_refused() {
        let mut pki = crate::test_kit::new_pki();
        let leaf = pki
            .issue(&crate::test_kit::leaf_options(crate::test_kit::OIN))
            .unwrap();
        assert_eq!(
            NoteKey::from_pem(leaf.key_pem.as_bytes()).err(),
            Some(NoteKeyError::Unsupported)
        );
        assert_eq!(
            NoteKey::from_pem(b"nothing").err(),
            Some(NoteKeyError::Pem(PemError::NoKey))
        );
        let (_, pem) = NoteKey::generate().unwrap();
        let two = [&pem[..], &pem[..]].concat();
        assert_eq!(
            NoteKey::from_pem(&two).err(),
            Some(NoteKeyError::Pem(PemError::TwoKeys))
        );
    }

    #[test]
    fn debug_hides_the_key() {
        assert_eq!(
            format!("{:?}", NoteKey::generate().unwrap().0),
            "NoteKey([redacted])"
        );
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            prop_assert!(NoteKey::from_pem(&bytes).is_err());
            prop_assert!(NoteKey::from_pem(pem::encode("PRIVATE KEY", &bytes).as_bytes()).is_err());
        }
    }
}
