//! Pooled clients for the next hop: a service behind the inway (plain HTTP) or a provider's inway (mutual TLS).

mod client;
mod peer_connector;
mod pools;
mod tls_failure;

pub use client::{Client, UpstreamLimits};
pub use peer_connector::{PeerConnector, PeerStream};
pub use pools::Pools;
pub(crate) use tls_failure::tls_failure;
