//! Why an access token is refused.

use sluis_certs::PeerError;
use thiserror::Error;

use crate::{GroupId, ShapeError, error::ErrorCode, jws::JwsError};

/// Why an access token is refused. The code for the answer: [`TokenError::error_code`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TokenError {
    /// No token at all.
    #[error(
        "the header Fsc-Authorization holds no access token; get one from the manager of the service's peer"
    )]
    Missing,
    /// The header holds something else than one bearer token.
    #[error("the header Fsc-Authorization must hold Bearer and one access token")]
    NotBearer,
    /// The JWS is refused.
    #[error("the access token is refused: {0}")]
    Jws(#[from] JwsError),
    /// Signed with a certificate that is not ours.
    #[error(
        "the access token is not signed with a certificate of the peer that offers the service"
    )]
    UnknownSigner,
    /// A certificate that should be our own is not.
    #[error("a certificate for signing tokens names no peer: {0}")]
    Certificate(#[from] PeerError),
    /// A claim is missing or not what the standard says.
    #[error("a claim of the access token is not valid: {0}")]
    Claims(#[from] ShapeError),
    /// `iss` is another Peer.
    #[error("the access token was issued by another peer than the one that offers the service")]
    WrongIssuer,
    /// `gid` is another group.
    #[error("the access token is for another group; this component belongs to group {own}")]
    WrongGroup {
        /// The group of the token.
        given: GroupId,
        /// Our group.
        own: GroupId,
    },
    /// `aud` is none of our addresses.
    #[error("the access token is for another inway address")]
    WrongAudience,
    /// `exp` is past.
    #[error("the access token expired {ago_seconds} seconds ago; get a new one")]
    Expired {
        /// How long ago, in seconds.
        ago_seconds: i64,
    },
    /// `nbf` is still to come.
    #[error(
        "the access token is valid only in {ahead_seconds} seconds; set the clock of the issuing side"
    )]
    NotYetValid {
        /// How long it still takes, in seconds.
        ahead_seconds: i64,
    },
    /// `cnf` names another certificate than that of the connection.
    #[error("the access token is bound to another certificate than the one of this connection")]
    NotBound,
    /// Neither `sub` nor `act.sub` is the Peer of the connection.
    #[error("the access token names another peer than the one of this connection")]
    OtherPeer,
    /// A claim says something else than the grant.
    #[error("the access token has another {claim} than the grant that it must be for")]
    NotTheGrant {
        /// The claim that differs.
        claim: &'static str,
    },
}

impl TokenError {
    /// The code that the standard gives this refusal at an inway.
    #[must_use]
    pub fn error_code(&self) -> ErrorCode {
        match self {
            Self::Missing => ErrorCode::AccessTokenMissing,
            Self::Expired { .. } => ErrorCode::AccessTokenExpired,
            Self::WrongGroup { .. } => ErrorCode::WrongGroupIdInToken,
            Self::NotBearer
            | Self::Jws(_)
            | Self::UnknownSigner
            | Self::Certificate(_)
            | Self::Claims(_)
            | Self::WrongIssuer
            | Self::WrongAudience
            | Self::NotYetValid { .. }
            | Self::NotBound
            | Self::OtherPeer
            | Self::NotTheGrant { .. } => ErrorCode::AccessTokenInvalid,
        }
    }
}
