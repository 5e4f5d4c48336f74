//! Who calls the manager.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use rustls_pki_types::CertificateDer;
use sluis_certs::{Peer, PeerId};

use super::Refusal;

/// The peer at the other end of a connection, as its verified client certificate says. The listener puts it in the
/// extensions of every request; nothing in the request itself can change who calls.
#[derive(Debug, Clone)]
pub struct Caller {
    peer: Arc<Peer>,
    certificate: Arc<CertificateDer<'static>>,
}

impl Caller {
    /// `certificate` is the leaf from which `peer` was read, after the handshake verified it.
    #[must_use]
    pub fn new(peer: Arc<Peer>, certificate: Arc<CertificateDer<'static>>) -> Self {
        Self { peer, certificate }
    }

    /// The identity.
    #[must_use]
    pub fn peer(&self) -> &Peer {
        &self.peer
    }

    /// The Peer ID.
    #[must_use]
    pub fn id(&self) -> &PeerId {
        &self.peer.id
    }

    /// The client certificate, DER. Most peers sign their contracts with the same one.
    #[must_use]
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Response> {
        let caller = parts.extensions.get::<Self>().cloned();
        caller.ok_or_else(|| Refusal::NoCaller.into_response())
    }
}
