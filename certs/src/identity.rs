//! Our own certificate and private key.

use std::fmt;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::sign::CertifiedKey;
use rustls_pki_types::CertificateDer;

use crate::peer::parse_certificate;
use crate::pem::{self, PemError};
use crate::pkcs11::{Pkcs11Error, Pkcs11Settings, TokenKey};
use crate::{Attribute, KeyError, Peer, PeerError, SigningKey};

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
        Self::from_pem_as(chain_pem, key_pem, Attribute::SerialNumber)
    }

    /// As [`Self::from_pem`], in a group that keeps the peer id in another attribute of the subject.
    ///
    /// # Errors
    ///
    /// As [`Self::from_pem`].
    pub fn from_pem_as(
        chain_pem: &[u8],
        key_pem: &[u8],
        id: Attribute,
    ) -> Result<Self, IdentityError> {
        let (chain, peer) = read_own(chain_pem, id)?;
        let key_der = pem::private_key(key_pem).map_err(KeyError::from)?;
        let signing_key = SigningKey::from_der(&key_der)?;
        let tls_key = any_supported_type(&key_der).map_err(|_| KeyError::Unsupported)?;
        let certified_key = CertifiedKey::new(chain, tls_key);
        certified_key
            .keys_match()
            .map_err(|_| IdentityError::KeyOfAnother)?;
        Ok(Self::of(peer, certified_key, signing_key))
    }

    /// Reads a chain, as [`Self::from_pem`] does, whose leaf's private key stays in a PKCS#11 token.
    ///
    /// Opens a session with the token and makes a signature in it, to see whether the key is the leaf's.
    ///
    /// # Errors
    ///
    /// [`IdentityError`] when the chain cannot be read, the token or key cannot be used, or they do not
    /// belong together.
    pub fn from_pkcs11(chain_pem: &[u8], key: Pkcs11Settings) -> Result<Self, IdentityError> {
        Self::from_pkcs11_as(chain_pem, key, Attribute::SerialNumber)
    }

    /// As [`Self::from_pkcs11`], in a group that keeps the peer id in another attribute of the subject.
    ///
    /// # Errors
    ///
    /// As [`Self::from_pkcs11`].
    pub fn from_pkcs11_as(
        chain_pem: &[u8],
        key: Pkcs11Settings,
        id: Attribute,
    ) -> Result<Self, IdentityError> {
        let (chain, peer) = read_own(chain_pem, id)?;
        let leaf = chain.first().map(|leaf| leaf.as_ref()).unwrap_or_default();
        let key = match TokenKey::open(key, leaf) {
            Ok(key) => Arc::new(key),
            Err(Pkcs11Error::KeyOfAnother) => return Err(IdentityError::KeyOfAnother),
            Err(error) => return Err(KeyError::Pkcs11(error).into()),
        };
        let certified_key = CertifiedKey::new(chain, key.for_tls());
        Ok(Self::of(peer, certified_key, SigningKey::in_token(key)))
    }

    fn of(peer: Peer, certified_key: CertifiedKey, signing_key: SigningKey) -> Self {
        Self(Arc::new(Parts {
            peer,
            certified_key: Arc::new(certified_key),
            signing_key,
        }))
    }

    /// Reads a chain as [`Self::from_pem`] does, of which the key is elsewhere.
    ///
    /// # Errors
    ///
    /// [`IdentityError`] when it cannot be read, or its order is another.
    pub fn read_chain(chain_pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, IdentityError> {
        let chain = pem::certificates(chain_pem)?;
        check_order(&chain)?;
        Ok(chain)
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
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
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

fn read_own(
    pem: &[u8],
    id: Attribute,
) -> Result<(Vec<CertificateDer<'static>>, Peer), IdentityError> {
    let chain = Identity::read_chain(pem)?;
    let peer = Peer::from_chain(Some(&chain), id)?;
    Ok((chain, peer))
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
