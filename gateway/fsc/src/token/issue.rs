//! Issuing access tokens.

use serde_json::{Map, Value};
use sluis_certs::{Identity, Peer, PeerId};
use thiserror::Error;

use super::{ActorClaim, Claims};
use crate::{
    Address, GroupId,
    api::TokenErrorCode,
    contract::Validity,
    grant::{Grant, NotTheOutway},
    jws::{self, JwsError},
};

/// On what grounds a token is issued.
#[derive(Clone, Debug)]
pub struct Grounds<'a> {
    /// The grant; that its contract is valid must have been checked.
    pub grant: &'a Grant,
    /// The period of the contract.
    pub validity: Validity,
    /// The group.
    pub group_id: &'a GroupId,
    /// The Peer that issues: ourselves.
    pub issuer: &'a PeerId,
    /// The address of the inway that offers the service.
    pub inway: &'a Address,
    /// The Peer that asks, from the certificate of its connection.
    pub client: &'a Peer,
    /// The moment, in Unix seconds.
    pub now_unix_seconds: i64,
    /// How long the token shall count, in seconds; never longer than the contract.
    pub lifetime_seconds: i64,
    /// What `act.sub` means.
    pub actor_claim: ActorClaim,
    /// The claim `add`.
    pub additional_data: Map<String, Value>,
}

/// Why no token is issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum IssueError {
    /// A publication grant.
    #[error("the grant hash is that of a publication; ask with the hash of a connection grant")]
    NotAConnection,
    /// The service is another Peer's.
    #[error("the service of the grant is offered by another peer; ask its manager for a token")]
    OtherServicePeer,
    /// The contract does not hold now.
    #[error("the contract of the grant does not hold at this moment")]
    OutsidePeriod,
    /// The client is not the outway of the grant.
    #[error(transparent)]
    NotTheOutway(#[from] NotTheOutway),
}

impl IssueError {
    /// The error of RFC 6749 section 5.2 that goes with it.
    #[must_use]
    pub fn token_error_code(self) -> TokenErrorCode {
        match self {
            Self::NotAConnection | Self::OtherServicePeer => TokenErrorCode::InvalidScope,
            Self::OutsidePeriod => TokenErrorCode::InvalidGrant,
            Self::NotTheOutway(_) => TokenErrorCode::UnauthorizedClient,
        }
    }
}

impl Claims {
    /// The claims of a token for a grant (FSC Core 2.0.0, Tokens, points 3 and 5 to 7 are checked).
    ///
    /// # Errors
    /// The [`IssueError`] that names the point that is not met.
    pub fn for_grant(grounds: &Grounds<'_>) -> Result<Self, IssueError> {
        let grant = grounds.grant;
        let outway = grant.outway().ok_or(IssueError::NotAConnection)?;
        if grant.service_peer() != grounds.issuer {
            return Err(IssueError::OtherServicePeer);
        }
        if !grounds.validity.contains(grounds.now_unix_seconds) {
            return Err(IssueError::OutsidePeriod);
        }
        outway.check(grounds.client)?;
        let (sub, act) = match (grant.connection_delegator(), grounds.actor_claim) {
            (None, _) => (&outway.peer_id, None),
            (Some(delegator), ActorClaim::Delegator) => (&outway.peer_id, Some(delegator)),
            (Some(delegator), ActorClaim::Outway) => (delegator, Some(&outway.peer_id)),
        };
        let wanted_end = grounds
            .now_unix_seconds
            .saturating_add(grounds.lifetime_seconds);
        Ok(Self {
            gth: grant.hash().clone(),
            gid: grounds.group_id.clone(),
            sub: sub.clone(),
            iss: grounds.issuer.clone(),
            svc: grant.service_name().clone(),
            aud: grounds.inway.clone(),
            exp: wanted_end.min(grounds.validity.not_after),
            nbf: grounds.now_unix_seconds,
            cnf: grounds.client.certificate_thumbprint,
            act: act.cloned(),
            pdi: grant.publication_delegator().cloned(),
            prp: grant.properties().cloned(),
            add: grounds.additional_data.clone(),
        })
    }
}

/// Signs claims into a token.
///
/// # Errors
/// [`JwsError::TooLong`] when the properties of the grant do not fit in a header, [`JwsError::Key`]
/// when the key refuses.
pub fn issue(claims: &Claims, identity: &Identity) -> Result<String, JwsError> {
    jws::sign(claims, identity)
}
