//! Why a contract is refused.

use thiserror::Error;

use super::{CONTENT_LEVELS_MAX, FSC_VERSION, GRANTS_MAX, PROPERTIES_BYTES_MAX};
use crate::{GroupId, JsonError, ShapeError, error::ErrorCode};

/// Why a contract is refused, as it stands or by the rules of the receiver.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ContractError {
    /// The text is no acceptable JSON.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// A member is missing, unknown, or not what the standard says.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// A contract of another FSC version, or of 1.x, which names none.
    #[error(
        "the FSC version of the contract is not {FSC_VERSION}; a contract of version 1 must be made and signed anew"
    )]
    UnknownFscVersion,
    /// A hash algorithm that FSC Core 2.0.0 does not list.
    #[error("the hash algorithm of the contract is not HASH_ALGORITHM_SHA3_512")]
    UnknownHashAlgorithm,
    /// No grant at all.
    #[error("the contract holds no grant; it needs at least one")]
    NoGrants,
    /// More than [`GRANTS_MAX`] grants.
    #[error("the contract holds {count} grants; at most {GRANTS_MAX} are allowed")]
    TooManyGrants {
        /// How many there are.
        count: usize,
    },
    /// Publication mixed with connection, or the two kinds of publication with each other.
    #[error(
        "a service publication grant cannot be combined with any other grant type; use a contract for each"
    )]
    GrantCombination,
    /// The `properties` of a grant are too large.
    #[error("the properties of grant {index} are larger than {PROPERTIES_BYTES_MAX} bytes")]
    PropertiesTooLarge {
        /// Which grant, from 0.
        index: usize,
    },
    /// Content nested deeper than [`CONTENT_LEVELS_MAX`] levels.
    #[error(
        "the content is nested deeper than {CONTENT_LEVELS_MAX} levels; flatten the properties of its grants"
    )]
    TooDeep,
    /// `not_after` does not lie after `not_before`.
    #[error("validity.not_after must lie after validity.not_before")]
    ValidityOrder,
    /// Another group than the receiver's.
    #[error("the contract is for another group; this manager belongs to group {own}")]
    OtherGroup {
        /// The group of the contract.
        given: GroupId,
        /// The receiver's group.
        own: GroupId,
    },
    /// `created_at` lies in the future.
    #[error(
        "created_at lies {ahead_seconds} seconds in the future; set the clock of the proposing side"
    )]
    CreatedInFuture {
        /// How far, in seconds.
        ahead_seconds: i64,
    },
    /// `not_after` does not lie in the future.
    #[error("validity.not_after does not lie in the future")]
    AlreadyExpired,
}

impl ContractError {
    /// The code that the standard gives this refusal, if it gives one; the others are plain bad
    /// requests (400).
    #[must_use]
    pub fn error_code(&self) -> Option<ErrorCode> {
        match self {
            Self::UnknownFscVersion => Some(ErrorCode::UnknownFscVersion),
            Self::UnknownHashAlgorithm => Some(ErrorCode::UnknownHashAlgorithmHash),
            Self::GrantCombination => Some(ErrorCode::GrantCombinationNotAllowed),
            Self::OtherGroup { .. } => Some(ErrorCode::IncorrectGroupId),
            Self::Json(_)
            | Self::Shape(_)
            | Self::NoGrants
            | Self::TooManyGrants { .. }
            | Self::PropertiesTooLarge { .. }
            | Self::TooDeep
            | Self::ValidityOrder
            | Self::CreatedInFuture { .. }
            | Self::AlreadyExpired => None,
        }
    }
}
