//! A token that an outway was given.

use std::sync::Arc;

use sluis_certs::{CertificateThumbprint, PeerId};

use super::{Claims, TokenError};
use crate::{GrantHash, GroupId, ServiceName, jws};

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
    /// The Peer that offers the service and whose Manager was asked.
    pub issuer: &'a PeerId,
    /// The grant in the scope of the request.
    pub grant_hash: &'a GrantHash,
    /// The service of that grant.
    pub service: &'a ServiceName,
    /// The certificate with which the token was asked for and will be used.
    pub certificate_thumbprint: &'a CertificateThumbprint,
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
    /// [`TokenError::WrongGroup`], [`TokenError::WrongIssuer`], [`TokenError::NotBound`],
    /// [`TokenError::NotWhatWasAsked`], or what is wrong with the JWS or its claims.
    pub fn read(compact: &str, wanted: &Wanted<'_>) -> Result<Self, TokenError> {
        let claims = Claims::read(jws::parse(compact)?.payload()?)?;
        if claims.gid != *wanted.group_id {
            return Err(TokenError::WrongGroup {
                given: claims.gid,
                own: wanted.group_id.clone(),
            });
        }
        if claims.iss != *wanted.issuer {
            return Err(TokenError::WrongIssuer);
        }
        if claims.gth != *wanted.grant_hash {
            return Err(TokenError::NotWhatWasAsked { claim: "gth" });
        }
        if claims.svc != *wanted.service {
            return Err(TokenError::NotWhatWasAsked { claim: "svc" });
        }
        if !claims.cnf.matches(wanted.certificate_thumbprint) {
            return Err(TokenError::NotBound);
        }
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
