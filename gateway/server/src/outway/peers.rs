//! One pool of connections per peer and certificate of ours: a connection made to one organisation is never used for another,
//! and none is used for a token that is bound to another certificate than it showed.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use sluis_certs::tls::{self, TlsError};
use sluis_certs::{CertificateThumbprint, Identity, LiveTrust, PeerId};
use tokio_rustls::rustls::time_provider::TimeProvider;

use crate::upstream::{Client, UpstreamLimits};

/// Clients of the inways of other organisations.
#[derive(Clone)]
pub struct PeerClients(Arc<Shared>);

struct Shared {
    trust: LiveTrust,
    time: Arc<dyn TimeProvider>,
    limits: UpstreamLimits,
    /// With the moment at which each was made.
    clients: RwLock<HashMap<Key, (Client, Instant)>>,
}

/// Whom it reaches, whether over HTTP/2, and which certificate of ours it shows.
type Key = (PeerId, bool, CertificateThumbprint);

impl PeerClients {
    /// Clients that trust peers under the `trust` of the moment.
    pub fn new(
        trust: LiveTrust,
        time: Arc<dyn TimeProvider>,
        limits: UpstreamLimits,
    ) -> PeerClients {
        PeerClients(Arc::new(Shared {
            trust,
            time,
            limits,
            clients: RwLock::default(),
        }))
    }

    /// The client for `peer` that shows `identity`, over HTTP/2 or HTTP/1.1.
    ///
    /// # Errors
    /// When no TLS configuration can be made of our certificate.
    pub fn client(
        &self,
        peer: &PeerId,
        http2: bool,
        identity: &Identity,
    ) -> Result<Client, TlsError> {
        let key = (peer.clone(), http2, identity.peer().certificate_thumbprint);
        let read = self
            .0
            .clients
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((client, _)) = read.get(&key) {
            return Ok(client.clone());
        }
        drop(read);
        let alpn: &[&[u8]] = if http2 { &[b"h2"] } else { &[b"http/1.1"] };
        let config = tls::client_config(
            identity,
            &self.0.trust,
            peer,
            alpn,
            Arc::clone(&self.0.time),
        )?;
        let client = Client::peer(config, http2, self.0.limits);
        let mut write = self
            .0
            .clients
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let new = (client, Instant::now());
        Ok(write.entry(key).or_insert(new).0.clone())
    }

    /// Drops the pools that are at least this old. Requests under way on their connections finish.
    pub fn forget(&self, age: Duration) {
        self.0
            .clients
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .retain(|_, (_, since)| since.elapsed() < age);
    }
}
