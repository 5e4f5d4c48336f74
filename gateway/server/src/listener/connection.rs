//! Who is at the other end of a connection.

use std::net::SocketAddr;
use std::sync::Arc;

use rustls_pki_types::CertificateDer;
use sluis_certs::Peer;
use tokio::time::Instant;

/// One accepted connection. Made once, shared by all requests that come over it.
#[derive(Debug, Clone)]
pub struct Connection {
    /// The identity in the verified client certificate; `None` where the listener does not ask for one (the outway's local side).
    pub peer: Option<Arc<Peer>>,
    /// The certificates as they were received, the one from which `peer` was read first: peers sign contracts with it. Empty without a peer.
    pub chain: Arc<[CertificateDer<'static>]>,
    /// The address of the other end, for diagnostics only: identity never follows from it.
    pub remote: SocketAddr,
    /// Whether HTTP/2 was agreed in the handshake.
    pub http2: bool,
    /// When the handshake was done.
    pub since: Instant,
}
