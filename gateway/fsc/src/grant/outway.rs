//! The outway that a connection grant admits.

use std::sync::Arc;

use sluis_certs::{Peer, PeerId, PublicKeyThumbprint};
use thiserror::Error;

use crate::{address::is_domain_name, text::shared_text};

/// The outway of a connection grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outway {
    /// The Peer that owns the outway.
    pub peer_id: PeerId,
    /// Which of its outways.
    pub identification: OutwayIdentification,
}

/// How a grant tells one outway of a Peer from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutwayIdentification {
    /// By its public key: SHA-256 of the SubjectPublicKeyInfo. It survives a renewed certificate on
    /// the same key.
    PublicKeyThumbprint(PublicKeyThumbprint),
    /// By a domain name among the subject alternative names of its certificate.
    DomainName(DomainName),
}

/// Why a certificate is not the outway of a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NotTheOutway {
    /// The certificate belongs to another Peer.
    #[error("the certificate belongs to another peer than the outway of the grant")]
    OtherPeer,
    /// Another public key.
    #[error(
        "the public key of the certificate is not the one that the grant names; call with the key of the contract or agree on a new contract"
    )]
    OtherKey,
    /// The domain name of the grant is not among the certificate's.
    #[error("the certificate does not hold the domain name that the grant names")]
    OtherDomainName,
}

impl Outway {
    /// Checks that a verified certificate is the one that this grant admits (FSC Core 2.0.0, Tokens,
    /// points 5 to 7).
    ///
    /// # Errors
    /// [`NotTheOutway`] says which of the two did not fit.
    pub fn check(&self, peer: &Peer) -> Result<(), NotTheOutway> {
        if peer.id != self.peer_id {
            return Err(NotTheOutway::OtherPeer);
        }
        match &self.identification {
            OutwayIdentification::PublicKeyThumbprint(expected) => {
                if peer.public_key_thumbprint == *expected {
                    Ok(())
                } else {
                    Err(NotTheOutway::OtherKey)
                }
            }
            OutwayIdentification::DomainName(expected) => {
                let holds = peer
                    .dns_names
                    .iter()
                    .any(|name| name.eq_ignore_ascii_case(expected.as_str()));
                if holds {
                    Ok(())
                } else {
                    Err(NotTheOutway::OtherDomainName)
                }
            }
        }
    }
}

/// A domain name (RFC 1035; a label may start with a digit, RFC 1123): at most 253 characters, no
/// wildcard, no dot at the end.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DomainName(Arc<str>);

/// Why a text is not a domain name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "a domain name has labels of letters, digits and inner hyphens, joined by dots, and at most 253 characters"
)]
pub struct DomainNameError;

impl DomainName {
    /// Reads a domain name; the letters keep their case, comparison in [`Outway::check`] ignores it.
    ///
    /// # Errors
    /// [`DomainNameError`] when the text has another form.
    pub fn parse(text: &str) -> Result<Self, DomainNameError> {
        if is_domain_name(text) {
            Ok(Self(Arc::from(text)))
        } else {
            Err(DomainNameError)
        }
    }
}

shared_text!(DomainName, DomainNameError);
