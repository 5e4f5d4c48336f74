//! The number of a transaction.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use thiserror::Error;
use uuid::{Uuid, Variant};

use crate::error::ErrorCode;

/// The number of a transaction, on both sides of a connection: a UUID version 7 (Digikoppeling
/// REST-API profile 3.1.0), written with hyphens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TransactionId(Uuid);

/// Why a transaction id is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TransactionIdError {
    /// The header is absent or empty.
    #[error(
        "the header Fsc-Transaction-Id is missing; the outway makes a UUID version 7 for each request"
    )]
    Missing,
    /// Not a UUID of version 7 in its 36 characters.
    #[error(
        "the header Fsc-Transaction-Id must hold one UUID of version 7, 36 characters with hyphens"
    )]
    Invalid,
}

impl TransactionIdError {
    /// The code that the standard gives this refusal.
    #[must_use]
    pub fn error_code(self) -> ErrorCode {
        match self {
            Self::Missing => ErrorCode::MissingLogRecordId,
            Self::Invalid => ErrorCode::InvalidLogRecordId,
        }
    }
}

impl TransactionId {
    /// Takes a UUID that was just made.
    ///
    /// # Errors
    /// [`TransactionIdError::Invalid`] when it is not of version 7.
    pub fn new(uuid: Uuid) -> Result<Self, TransactionIdError> {
        let fits = uuid.get_version_num() == 7 && uuid.get_variant() == Variant::RFC4122;
        if fits {
            Ok(Self(uuid))
        } else {
            Err(TransactionIdError::Invalid)
        }
    }

    /// Reads the value of `Fsc-Transaction-Id`.
    ///
    /// # Errors
    /// [`TransactionIdError::Missing`] without a value, [`TransactionIdError::Invalid`] for anything
    /// but a UUID of version 7.
    pub fn from_header(value: Option<&str>) -> Result<Self, TransactionIdError> {
        match value {
            None | Some("") => Err(TransactionIdError::Missing),
            Some(text) if text.len() == 36 => {
                Self::new(Uuid::try_parse(text).map_err(|_| TransactionIdError::Invalid)?)
            }
            Some(_) => Err(TransactionIdError::Invalid),
        }
    }

    /// Reads a transaction id in a query or on a command line.
    ///
    /// # Errors
    /// [`TransactionIdError::Invalid`].
    pub fn parse(text: &str) -> Result<Self, TransactionIdError> {
        Self::from_header(Some(text)).map_err(|_| TransactionIdError::Invalid)
    }

    /// The UUID.
    #[must_use]
    pub fn uuid(self) -> Uuid {
        self.0
    }
}

impl std::fmt::Display for TransactionId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.hyphenated().fmt(formatter)
    }
}

impl Serialize for TransactionId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TransactionId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(D::Error::custom)
    }
}
