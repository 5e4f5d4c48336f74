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
