//! Keyed pseudonyms: what stands in the log where a person would be named.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::hex;

const KEY_BYTES_MIN: usize = 32;
/// Distinguishes the message that names the key from every message that names a person.
const KEY_ID_MESSAGE: &[u8] = b"sluis pseudonym key id";

/// Makes [`Pseudonym`]s with HMAC-SHA-256 under one key.
///
/// The same person gives the same pseudonym under the same key, so that "who asked about me" can
/// be answered by whoever holds the key; without the key it says nothing. Destroying the key
/// makes every pseudonym unreadable while every proof over the log still verifies.
#[derive(Clone)]
pub struct Pseudonymiser {
    key: hmac::Key,
    key_id: Arc<str>,
}

impl Pseudonymiser {
    /// A pseudonymiser for `key`, at least 32 bytes from a cryptographic random source. Its key
    /// id (8 hexadecimal digits, in every pseudonym) is derived from the key itself.
    ///
    /// # Errors
    ///
    /// [`PseudonymError::KeyTooShort`].
    pub fn from_key(key: &[u8]) -> Result<Self, PseudonymError> {
        if key.len() < KEY_BYTES_MIN {
            return Err(PseudonymError::KeyTooShort { bytes: key.len() });
        }
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        let tag = hmac::sign(&key, KEY_ID_MESSAGE);
        let key_id = hex::encode(tag.as_ref().get(..4).unwrap_or_default()).into();
        Ok(Self { key, key_id })
    }

    /// The id of the key, as it stands in every pseudonym.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The pseudonym of `value`, where `kind` says what it identifies (`bsn`, `user`, ...): equal
    /// values of different kinds give different pseudonyms.
    pub fn pseudonym(&self, kind: &str, value: &str) -> Pseudonym {
        let mut context = hmac::Context::with_key(&self.key);
        // The length first, so that no kind and value run into another kind and value.
        context.update(&u64::try_from(kind.len()).unwrap_or(u64::MAX).to_be_bytes());
        context.update(kind.as_bytes());
        context.update(value.as_bytes());
        let tag = URL_SAFE_NO_PAD.encode(context.sign());
        Pseudonym(format!("hmac:{}:{tag}", self.key_id).into())
    }
}

impl fmt::Debug for Pseudonymiser {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Pseudonymiser({}, [redacted])", self.key_id)
    }
}

/// A keyed pseudonym: `hmac:<key id>:<HMAC-SHA-256, base64url>`. Only a [`Pseudonymiser`] makes
/// one out of a value, so that a bare identifier cannot get into the log by mistake.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "Arc<str>", try_from = "Arc<str>")]
pub struct Pseudonym(Arc<str>);

impl Pseudonym {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Pseudonym {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for Pseudonym {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, formatter)
    }
}

impl From<Pseudonym> for Arc<str> {
    fn from(pseudonym: Pseudonym) -> Self {
        pseudonym.0
    }
}

impl TryFrom<Arc<str>> for Pseudonym {
    type Error = PseudonymError;

    fn try_from(text: Arc<str>) -> Result<Self, PseudonymError> {
        let mut parts = text.split(':');
        let well_formed = parts.next() == Some("hmac")
            && parts.next().and_then(hex::decode::<4>).is_some()
            && parts
                .next()
                .and_then(|tag| URL_SAFE_NO_PAD.decode(tag).ok())
                .is_some_and(|tag| tag.len() == 32)
            && parts.next().is_none();
        if well_formed {
            Ok(Self(text))
        } else {
            // The text is not repeated: it may be the very identifier that should not be here.
            Err(PseudonymError::Malformed)
        }
    }
}

/// Why there is no pseudonym or pseudonymiser. Never repeats a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PseudonymError {
    /// The key is too short to keep pseudonyms from being guessed.
    #[error("pseudonym key has {bytes} bytes: give at least 32 random bytes")]
    KeyTooShort {
        /// How long the given key is.
        bytes: usize,
    },
    /// The text is no pseudonym.
    #[error("a pseudonym must read `hmac:<8 hexadecimal digits>:<43 base64url characters>`")]
    Malformed,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pseudonymiser() -> Pseudonymiser {
        Pseudonymiser::from_key(&[7; 32]).unwrap()
    }

    #[test]
    fn the_same_person_under_the_same_key_is_the_same() {
        let first = pseudonymiser().pseudonym("bsn", "999993653");
        assert_eq!(first, pseudonymiser().pseudonym("bsn", "999993653"));
        assert_ne!(first, pseudonymiser().pseudonym("bsn", "999990019"));
        assert_ne!(first, pseudonymiser().pseudonym("user", "999993653"));
        let other_key = Pseudonymiser::from_key(&[8; 32]).unwrap();
        assert_ne!(first, other_key.pseudonym("bsn", "999993653"));
        assert_ne!(pseudonymiser().key_id(), other_key.key_id());
    }

    #[test]
    fn kind_and_value_do_not_run_into_each_other() {
        assert_ne!(
            pseudonymiser().pseudonym("a", "bc"),
            pseudonymiser().pseudonym("ab", "c")
        );
    }

    #[test]
    fn shows_neither_key_nor_value() {
        let pseudonym = pseudonymiser().pseudonym("bsn", "999993653");
        assert!(!pseudonym.as_str().contains("999993653"));
        assert!(format!("{:?}", pseudonymiser()).contains("[redacted]"));
    }

    #[test]
    fn a_bare_identifier_is_no_pseudonym() {
        for text in ["999993653", "hmac:00000000:999993653", "hmac::", ""] {
            let error = Pseudonym::try_from(Arc::<str>::from(text)).unwrap_err();
            assert!(!error.to_string().contains("999993653"));
        }
        let own = pseudonymiser().pseudonym("bsn", "999993653");
        assert_eq!(Pseudonym::try_from(Arc::from(own.clone())), Ok(own));
    }

    #[test]
    fn short_keys_are_refused() {
        assert_eq!(
            Pseudonymiser::from_key(&[1; 31]).unwrap_err(),
            PseudonymError::KeyTooShort { bytes: 31 }
        );
    }
}
