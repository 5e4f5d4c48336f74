//! Our own certificate and private key.

use std::fmt;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::sign::CertifiedKey;
use rustls_pki_types::CertificateDer;

use crate::peer::parse_certificate;
use crate::pem::{self, PemError};
use crate::{KeyError, Peer, PeerError, SigningKey};

/// Most certificates in our own chain; PKIoverheid needs three (leaf, TSP CA, domain CA).
const CHAIN_MAX: usize = 8;

/// Our own certificate chain with the private key that belongs to it. Cheap to clone.
#[derive(Clone)]
pub struct Identity(Arc<Parts>);

struct Parts {
    peer: Peer,
    certified_key: Arc<CertifiedKey>,
    signing_key: SigningKey,
}

impl Identity {
    /// Reads a chain (leaf first, each next one the issuer of the one before, the root left out) and
    /// the leaf's private key.
    ///
    /// # Errors
    ///
    /// [`IdentityError`] when they cannot be read or do not belong together.
    pub fn from_pem(chain_pem: &[u8], key_pem: &[u8]) -> Result<Self, IdentityError> {
        let chain = pem::certificates(chain_pem)?;
        check_order(&chain)?;
        let peer = Peer::from_chain(Some(&chain))?;
        let key_der = pem::private_key(key_pem).map_err(KeyError::from)?;
        let signing_key = SigningKey::from_der(&key_der)?;
        let tls_key = any_supported_type(&key_der).map_err(|_| KeyError::Unsupported)?;
        let certified_key = CertifiedKey::new(chain, tls_key);
        certified_key
            .keys_match()
            .map_err(|_| IdentityError::KeyOfAnother)?;
        Ok(Self(Arc::new(Parts {
            peer,
            certified_key: Arc::new(certified_key),
            signing_key,
        })))
    }

    /// Who the certificate says that we are.
    pub fn peer(&self) -> &Peer {
        &self.0.peer
    }

    /// The chain, leaf first.
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.0.certified_key.cert
    }

    /// The private key, for signing contracts and tokens.
    pub fn signing_key(&self) -> &SigningKey {
        &self.0.signing_key
    }

    /// The chain and key as rustls wants them.
    pub(crate) fn certified_key(&self) -> &Arc<CertifiedKey> {
        &self.0.certified_key
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Identity")
            .field("peer", &self.0.peer)
            .field("signing_key", &self.0.signing_key)
            .finish_non_exhaustive()
    }
}

/// Why a chain and a key are no identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// The chain is no PEM with certificates.
    #[error("certificate chain cannot be read: {0}")]
    Chain(#[from] PemError),
    /// More certificates than a chain needs; holds their number.
    #[error(
        "certificate chain has {0} certificates; the limit is {CHAIN_MAX}: keep the leaf and its issuers"
    )]
    TooLong(usize),
    /// A certificate is not followed by its issuer; holds its position, from 1.
    #[error(
        "certificate {0} of the chain is not issued by the one after it; put the leaf first, then its issuers in order"
    )]
    Order(usize),
    /// The leaf names no organisation.
    #[error("own certificate names no peer: {0}")]
    Peer(#[from] PeerError),
    /// The key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The key is not the one in the leaf certificate.
    #[error("private key does not belong to the first certificate of the chain")]
    KeyOfAnother,
}

fn check_order(chain: &[CertificateDer<'_>]) -> Result<(), IdentityError> {
    if chain.len() > CHAIN_MAX {
        return Err(IdentityError::TooLong(chain.len()));
    }
    let parsed = chain
        .iter()
        .map(|der| parse_certificate(der))
        .collect::<Result<Vec<_>, _>>()?;
    for (position, (certificate, issuer)) in parsed.iter().zip(parsed.iter().skip(1)).enumerate() {
        if certificate.issuer().as_raw() != issuer.subject().as_raw() {
            return Err(IdentityError::Order(position + 1));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
