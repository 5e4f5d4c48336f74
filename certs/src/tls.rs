//! TLS connections: the one file that names rustls verifiers.

use std::error::Error;
use std::sync::Arc;

use rustls::time_provider::TimeProvider;
use rustls_pki_types::CertificateDer;

use crate::{Identity, Peer, PeerError, PeerId, Trust};

/// The configuration of a listener: a client certificate is mandatory.
///
/// # Errors
///
/// [`TlsError`] when rustls refuses the configuration.
pub fn server_config(
    identity: &Identity,
    trust: &Trust,
    alpn: &[&[u8]],
    time: Arc<dyn TimeProvider>,
) -> Result<Arc<rustls::ServerConfig>, TlsError> {
    let (_, _, _, _) = (identity.certified_key(), trust, alpn, time);
    Err(TlsError::Configuration)
}

/// The configuration of a connection to one peer.
///
/// # Errors
///
/// [`TlsError`] when rustls refuses the configuration.
pub fn client_config(
    identity: &Identity,
    trust: &Trust,
    expected_peer: &PeerId,
    alpn: &[&[u8]],
    time: Arc<dyn TimeProvider>,
) -> Result<Arc<rustls::ClientConfig>, TlsError> {
    let (_, _, _, _, _) = (identity, trust, expected_peer, alpn, time);
    Err(TlsError::Configuration)
}

/// Who is at the other end of a finished handshake, from `peer_certificates()` of the connection.
///
/// # Errors
///
/// [`PeerError`] when there is no certificate or it names no peer.
pub fn peer_of(certificates: Option<&[CertificateDer<'_>]>) -> Result<Peer, PeerError> {
    Peer::from_chain(certificates)
}

/// A stable label for why a handshake failed, for metrics and logs. Takes a rustls error, or an I/O
/// or client error that holds one.
pub fn handshake_reason(error: &(dyn Error + 'static)) -> &'static str {
    let _ = error;
    "protocol"
}

/// Why there is no TLS configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TlsError {
    /// rustls refuses.
    #[error("TLS configuration is refused")]
    Configuration,
}
