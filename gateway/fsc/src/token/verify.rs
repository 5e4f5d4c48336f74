//! Verifying access tokens at an inway.

use std::sync::Arc;

use sluis_certs::{Attribute, CertificateThumbprint, Peer, PeerId};

use super::{Claims, TokenError};
use crate::{Address, GroupId, jws};

/// The certificates with which our own Managers sign tokens, the current one and those of before a
/// renewal. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SigningCertificates {
    own: PeerId,
    certificates: Arc<[(CertificateThumbprint, Box<[u8]>)]>,
}

impl SigningCertificates {
    /// Takes DER certificates that all must belong to our own Peer, whose id stands in `id_attribute`: a token counts only when it was
    /// signed by the Peer that owns the inway.
    ///
    /// # Errors
    /// [`TokenError::Certificate`] when one cannot be read, [`TokenError::WrongIssuer`] when one is
    /// another Peer's.
    pub fn new<'a>(
        own: &PeerId,
        id_attribute: Attribute,
        certificates: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Self, TokenError> {
        let mut kept = Vec::new();
        for der in certificates {
            let peer = Peer::from_certificate_as(der, id_attribute)?;
            if peer.id != *own {
                return Err(TokenError::WrongIssuer);
            }
            kept.push((peer.certificate_thumbprint, Box::from(der)));
        }
        Ok(Self {
            own: own.clone(),
            certificates: kept.into(),
        })
    }

    /// The Peer that owns them.
    #[must_use]
    pub fn peer_id(&self) -> &PeerId {
        &self.own
    }

    /// Whether tokens signed with this certificate are accepted.
    #[must_use]
    pub fn holds(&self, thumbprint: &CertificateThumbprint) -> bool {
        self.with(thumbprint).is_some()
    }

    fn with(&self, thumbprint: &CertificateThumbprint) -> Option<&[u8]> {
        let found = self
            .certificates
            .iter()
            .find(|(known, _)| known.matches(thumbprint));
        found.map(|(_, der)| &**der)
    }
}

/// Takes the token out of the value of `Fsc-Authorization`. The standard says only that the header
/// contains the token; `Bearer` before it is what implementations send, and either is read.
///
/// # Errors
/// [`TokenError::Missing`] without a value, [`TokenError::NotBearer`] with another scheme or with
/// more than one token.
pub fn bearer(value: Option<&str>) -> Result<&str, TokenError> {
    let value = value.unwrap_or_default().trim_matches([' ', '\t']);
    let token = match value.split_once([' ', '\t']) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("bearer") => {
            rest.trim_start_matches([' ', '\t'])
        }
        Some(_) => return Err(TokenError::NotBearer),
        None if value.eq_ignore_ascii_case("bearer") => return Err(TokenError::Missing),
        None => value,
    };
    if token.is_empty() {
        Err(TokenError::Missing)
    } else if token.contains([' ', '\t', ',']) {
        Err(TokenError::NotBearer)
    } else {
        Ok(token)
    }
}

/// Checks what stays true of a token: that our own Peer signed and issued it, and that it is for our
/// group. The answer may be remembered for as long as the certificates are; time and connection are
/// checked with [`check_times`], [`check_binding`] and [`Claims::parties_under`] on every request.
///
/// # Errors
/// The [`TokenError`] that names the first thing wrong.
pub fn verify(
    compact: &str,
    signers: &SigningCertificates,
    group_id: &GroupId,
) -> Result<Claims, TokenError> {
    let unverified = jws::parse(compact)?;
    let certificate = signers
        .with(unverified.certificate_thumbprint())
        .ok_or(TokenError::UnknownSigner)?;
    let claims = Claims::read(unverified.verify_object(certificate)?)?;
    if claims.iss != signers.own {
        return Err(TokenError::WrongIssuer);
    }
    if claims.gid != *group_id {
        return Err(TokenError::WrongGroup {
            given: claims.gid,
            own: group_id.clone(),
        });
    }
    Ok(claims)
}

/// Checks `nbf` and `exp`. The skew is how far the clocks of Manager and inway may differ.
///
/// # Errors
/// [`TokenError::Expired`] or [`TokenError::NotYetValid`].
pub fn check_times(
    claims: &Claims,
    now_unix_seconds: i64,
    clock_skew_seconds: i64,
) -> Result<(), TokenError> {
    let ago_seconds = now_unix_seconds.saturating_sub(claims.exp);
    if ago_seconds >= clock_skew_seconds {
        return Err(TokenError::Expired { ago_seconds });
    }
    let ahead_seconds = claims.nbf.saturating_sub(now_unix_seconds);
    if ahead_seconds > clock_skew_seconds {
        return Err(TokenError::NotYetValid { ahead_seconds });
    }
    Ok(())
}

/// Checks that the token is used with the certificate to which it is bound (RFC 8705 section 3.1).
///
/// # Errors
/// [`TokenError::NotBound`].
pub fn check_binding(
    claims: &Claims,
    connection: &CertificateThumbprint,
) -> Result<(), TokenError> {
    if claims.cnf.matches(connection) {
        Ok(())
    } else {
        Err(TokenError::NotBound)
    }
}

/// Checks that the token is for one of our inway addresses (RFC 7519 section 4.1.3).
///
/// # Errors
/// [`TokenError::WrongAudience`].
pub fn check_audience(claims: &Claims, own: &[Address]) -> Result<(), TokenError> {
    if own.contains(&claims.aud) {
        Ok(())
    } else {
        Err(TokenError::WrongAudience)
    }
}
