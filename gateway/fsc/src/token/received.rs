//! A token that an outway was given.

use std::sync::Arc;

use sluis_certs::Peer;

use super::{Claims, TokenError, check_binding};
use crate::{GroupId, grant::Grant, jws};

/// A token as an outway received it from the Manager that issued it. Its signature was *not*
/// checked: it came from its issuer over a connection on which that Peer was proved. An inway cannot
/// use this type; see [`verify`](super::verify).
#[derive(Clone)]
pub struct Received {
    compact: Arc<str>,
    claims: Arc<Claims>,
}

/// What was asked for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Our group.
    pub group_id: &'a GroupId,
    /// The grant in the scope of the request; the Manager of its service's Peer was asked.
    pub grant: &'a Grant,
    /// The Peer and certificate with which the token was asked for and will be used.
    pub client: &'a Peer,
}

impl std::fmt::Debug for Received {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Received")
            .field("claims", &self.claims)
            .finish_non_exhaustive()
    }
}

impl Received {
    /// Reads a token and checks that it is for what was asked (FSC Core 2.0.0, Outway, Routing).
    ///
    /// # Errors
    /// [`TokenError::WrongGroup`], [`TokenError::NotBound`], what [`Claims::parties_under`] finds, or
    /// what is wrong with the JWS or its claims.
    pub fn read(compact: &str, wanted: &Wanted<'_>) -> Result<Self, TokenError> {
        let claims = Claims::read(jws::parse(compact)?.payload()?)?;
        if claims.gid != *wanted.group_id {
            return Err(TokenError::WrongGroup {
                given: claims.gid,
                own: wanted.group_id.clone(),
            });
        }
        claims.parties_under(wanted.grant, &wanted.client.id)?;
        check_binding(&claims, &wanted.client.certificate_thumbprint)?;
        Ok(Self {
            compact: Arc::from(compact),
            claims: Arc::new(claims),
        })
    }

    /// The token, to be sent in `Fsc-Authorization`.
    #[must_use]
    pub fn compact(&self) -> &Arc<str> {
        &self.compact
    }

    /// What the token says; `aud` is where to send the request, `exp` until when.
    #[must_use]
    pub fn claims(&self) -> &Claims {
        &self.claims
    }
}
