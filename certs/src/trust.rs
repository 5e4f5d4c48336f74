//! Which certificates are trusted: anchors and certificate revocation lists.

use std::sync::Arc;

use rustls_pki_types::CertificateDer;

use crate::pem::PemError;
use crate::{Peer, PeerError};

/// Trust anchors with the revocation lists of every level. Cheap to clone; immutable: new lists make
/// a new value.
#[derive(Clone)]
pub struct Trust(Arc<Parts>);

struct Parts {}

/// What a certificate is to be used for; the leaf must carry a matching extended key usage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usage {
    /// To open a connection: `id-kp-clientAuth`.
    Client,
    /// To accept a connection: `id-kp-serverAuth`.
    Server,
    /// To sign contracts and tokens: either of the two.
    Signature,
}

impl Trust {
    /// Takes trust anchors (PEM) and revocation lists (each PEM or DER; at least one).
    ///
    /// # Errors
    ///
    /// [`TrustError`] when something cannot be read or is of an unsupported kind.
    pub fn from_pem(anchors_pem: &[u8], crls: &[Vec<u8>]) -> Result<Self, TrustError> {
        let (_, _) = (anchors_pem, crls);
        Ok(Self(Arc::new(Parts {})))
    }

    /// Verifies a chain as it was received, leaf first, at a moment, and reads who its holder is.
    ///
    /// # Errors
    ///
    /// [`VerifyError`] names the reason.
    pub fn verify(
        &self,
        chain: &[CertificateDer<'_>],
        usage: Usage,
        now_unix_seconds: i64,
    ) -> Result<Peer, VerifyError> {
        let (_, _, _, _) = (&self.0, chain, usage, now_unix_seconds);
        Err(VerifyError::Untrusted)
    }
}

/// Why anchors and revocation lists cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// The anchors are no PEM with certificates.
    #[error("trust anchors cannot be read: {0}")]
    Anchors(#[from] PemError),
}

/// Why a certificate is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// No path leads to a trust anchor.
    #[error("certificate is not issued under a trust anchor")]
    Untrusted,
    /// The certificate does not name a peer.
    #[error(transparent)]
    NotAPeer(#[from] PeerError),
}
