//! Who is at the other end of a connection.

use std::net::SocketAddr;
use std::sync::Arc;

use rustls_pki_types::CertificateDer;
use sluis_certs::Peer;

/// One accepted connection. Made once, shared by all requests that come over it.
#[derive(Debug, Clone)]
pub struct Connection {
    /// The identity in the verified client certificate; `None` where the listener does not ask for one (the outway's local side).
    pub peer: Option<Arc<Peer>>,
    /// The client certificate from which `peer` was read: peers sign contracts with it.
    pub certificate: Option<Arc<CertificateDer<'static>>>,
    /// The address of the other end, for diagnostics only: identity never follows from it.
    pub remote: SocketAddr,
}
