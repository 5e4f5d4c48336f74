//! The name by which a party is known in an FSC group.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The shortest and longest Peer ID, in characters (FSC Core, manager API, schema `peerID`).
const LENGTH: std::ops::RangeInclusive<usize> = 3..=255;

/// An FSC Peer ID: 3 to 255 printable ASCII characters without spaces.
///
/// FSC leaves the form to the group. In a Digikoppeling group it is the [`Oin`](crate::Oin) that the
/// certificate carries in `subject.serialNumber` (Digikoppeling REST-API profile, FSC chapter). It is
/// compared byte by byte: no trimming, no change of case.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PeerId(Arc<str>);

impl PeerId {
    /// Takes a Peer ID as it was received.
    ///
    /// # Errors
    ///
    /// [`PeerIdError`] when the length or a character is not allowed.
    pub fn new(text: &str) -> Result<Self, PeerIdError> {
        if !LENGTH.contains(&text.len()) {
            return Err(PeerIdError::Length(text.len()));
        }
        match text.bytes().position(|byte| !byte.is_ascii_graphic()) {
            Some(position) => Err(PeerIdError::Character(position)),
            None => Ok(Self(text.into())),
        }
    }

    /// The identifier as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The identifier as shared text, for records that keep it.
    pub fn shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }
}

impl AsRef<str> for PeerId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PeerId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for PeerId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PeerId({})", self.0)
    }
}

impl FromStr for PeerId {
    type Err = PeerIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text)
    }
}

impl Serialize for PeerId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for PeerId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::new(&text).map_err(serde::de::Error::custom)
    }
}

/// Why a text is no Peer ID. The text itself is never repeated: it may be anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PeerIdError {
    /// Too short or too long; holds the length in bytes.
    #[error("peer id has {0} bytes; it needs 3 to 255")]
    Length(usize),
    /// A space, control character or non-ASCII character; holds its byte position, from 0.
    #[error("peer id has a character at position {0} that is not printable ASCII; remove it")]
    Character(usize),
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_peer_id_has_3_to_255_printable_characters() {
        for good in ["abc", "00000099123456789000", "~!#", &"x".repeat(255)] {
            assert_eq!(PeerId::new(good).unwrap().as_str(), good);
        }
        assert_eq!(PeerId::new(""), Err(PeerIdError::Length(0)));
        assert_eq!(PeerId::new("ab"), Err(PeerIdError::Length(2)));
        assert_eq!(PeerId::new(&"x".repeat(256)), Err(PeerIdError::Length(256)));
        for (bad, position) in [
            ("ab c", 2),
            (" abc", 0),
            ("abc\n", 3),
            ("ab\0c", 2),
            ("abé", 2),
            ("abc\u{7f}", 3),
        ] {
            assert_eq!(
                PeerId::new(bad),
                Err(PeerIdError::Character(position)),
                "{bad:?}"
            );
        }
    }

    #[test]
    fn an_error_does_not_repeat_the_text() {
        let error = PeerId::new("111222333 ").unwrap_err().to_string();
        assert!(!error.contains("111222333"), "{error}");
    }

    #[test]
    fn a_clone_shares_the_text() {
        let id = PeerId::new("00000099123456789000").unwrap();
        assert!(Arc::ptr_eq(&id.shared(), &id.clone().shared()));
    }

    proptest! {
        #[test]
        fn any_text_is_refused_or_kept(text in ".{0,300}") {
            if let Ok(id) = PeerId::new(&text) {
                prop_assert_eq!(id.as_str(), text);
            }
        }
    }
}
