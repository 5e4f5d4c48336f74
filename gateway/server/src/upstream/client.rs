//! One pool of connections to one kind of next hop.

use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Builder, Client as Pool, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio_rustls::rustls::ClientConfig;

use super::PeerConnector;
use crate::passage::RequestBody;

/// While requests are under way on an HTTP/2 connection and nothing comes in for this long, the other end is asked whether it is
/// still there.
const PING_AFTER: Duration = Duration::from_secs(10);
/// It has this long to say so.
const PING_TIMEOUT: Duration = Duration::from_secs(10);

/// Limits of the clients. All come from the `limits` section of the configuration.
#[derive(Debug, Clone, Copy)]
pub struct UpstreamLimits {
    /// Time for connecting, TLS included.
    pub connect_timeout: Duration,
    /// How long an unused connection is kept.
    pub pool_idle_timeout: Duration,
    /// Unused connections kept for one host.
    pub pool_idle_per_host_max: usize,
}

/// A pooled client. Cheap to clone; clones share the pool.
#[derive(Debug, Clone)]
pub enum Client {
    /// Plain HTTP to a service behind the inway.
    Plain(Pool<HttpConnector, RequestBody>),
    /// Mutual TLS to one peer, whose OIN is checked in the handshake. Pools of different peers are never mixed.
    Peer(Pool<PeerConnector, RequestBody>),
}

impl Client {
    /// A client for plain HTTP, HTTP/2 with prior knowledge where `http2`.
    pub fn plain(http2: bool, limits: UpstreamLimits) -> Client {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(limits.connect_timeout));
        Client::Plain(builder(http2, limits).build(connector))
    }

    /// A client for one peer; `tls` says which identity is shown and expected.
    pub fn peer(tls: Arc<ClientConfig>, http2: bool, limits: UpstreamLimits) -> Client {
        Client::Peer(builder(http2, limits).build(PeerConnector::new(tls, limits.connect_timeout)))
    }

    /// Sends one request.
    ///
    /// # Errors
    /// When no connection can be made or it breaks before the head of the answer.
    pub async fn request(
        &self,
        request: Request<RequestBody>,
    ) -> Result<Response<Incoming>, Error> {
        match self {
            Client::Plain(pool) => pool.request(request).await,
            Client::Peer(pool) => pool.request(request).await,
        }
    }
}

fn builder(http2: bool, limits: UpstreamLimits) -> Builder {
    let mut builder = Pool::builder(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(limits.pool_idle_timeout)
        .pool_max_idle_per_host(limits.pool_idle_per_host_max)
        .http2_only(http2)
        // Without it a connection whose other end vanished is used again until the system gives up on it, a quarter of an hour later.
        .http2_keep_alive_interval(PING_AFTER)
        .http2_keep_alive_timeout(PING_TIMEOUT);
    builder
}
