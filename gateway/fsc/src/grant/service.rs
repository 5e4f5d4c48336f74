//! The service that a grant is about.

use serde::{Deserialize, Serialize};
use sluis_certs::PeerId;

use crate::ServiceName;

/// The protocol between outway and inway for a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Protocol {
    /// HTTP/1.1.
    #[serde(rename = "PROTOCOL_TCP_HTTP_1.1")]
    Http1,
    /// HTTP/2.
    #[serde(rename = "PROTOCOL_TCP_HTTP_2")]
    Http2,
}

impl Protocol {
    /// The name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http1 => "PROTOCOL_TCP_HTTP_1.1",
            Self::Http2 => "PROTOCOL_TCP_HTTP_2",
        }
    }

    /// The protocol with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Http1, Self::Http2]
            .into_iter()
            .find(|known| known.as_str() == name)
    }
}

/// The service of a publication grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedService {
    /// The Peer that offers the service.
    pub peer_id: PeerId,
    /// Its name.
    pub name: ServiceName,
    /// How it is called.
    pub protocol: Protocol,
}

/// The service of a connection grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectedService {
    /// The Peer that offers the service.
    pub peer_id: PeerId,
    /// Its name.
    pub name: ServiceName,
    /// The Peer on whose behalf the service is offered (`SERVICE_TYPE_DELEGATED_SERVICE`), if any.
    pub delegator: Option<PeerId>,
}

impl ConnectedService {
    /// `service.type` in JSON.
    #[must_use]
    pub fn service_type(&self) -> &'static str {
        match self.delegator {
            None => SERVICE,
            Some(_) => DELEGATED_SERVICE,
        }
    }
}

pub(super) const SERVICE: &str = "SERVICE_TYPE_SERVICE";
pub(super) const DELEGATED_SERVICE: &str = "SERVICE_TYPE_DELEGATED_SERVICE";
