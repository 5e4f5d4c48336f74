//! The role through which others reach our services.

use std::net::SocketAddr;

use serde::Deserialize;
use sluis_fsc::ServiceName;

use super::{HeaderNames, HttpsAddress, UpstreamUrl};

/// The inway: other organisations call our services through it, over mutual TLS.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InwayConfig {
    /// Address and port to listen on. Port 0 takes a free one.
    #[serde(deserialize_with = "super::listen::listen")]
    pub listen: SocketAddr,
    /// Where other organisations reach this inway; it stands in the tokens that we issue. Default
    /// `https://localhost:<listen port>`, which only serves on one machine.
    #[serde(default)]
    pub address: Option<HttpsAddress>,
    /// The services behind this inway.
    pub services: Vec<ServiceConfig>,
    /// The headers in which other organisations' outways say why and for whom they ask.
    #[serde(default)]
    pub headers: HeaderNames,
}

/// One service behind the inway.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceConfig {
    /// Name of the service in contracts, in the directory and in the policy folder.
    pub name: ServiceName,
    /// The source that answers.
    pub upstream_url: UpstreamUrl,
    /// What the source speaks. Default `http1`.
    #[serde(default)]
    pub protocol: Protocol,
}

/// What a service speaks (FSC Core 2.0.0, `protocol` of a publication grant).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// HTTP/1.1.
    #[default]
    Http1,
    /// HTTP/2; also for gRPC.
    Http2,
}

impl Protocol {
    /// The name in contracts: `PROTOCOL_TCP_HTTP_1.1` or `PROTOCOL_TCP_HTTP_2`.
    #[must_use]
    pub fn as_fsc(self) -> &'static str {
        match self {
            Self::Http1 => "PROTOCOL_TCP_HTTP_1.1",
            Self::Http2 => "PROTOCOL_TCP_HTTP_2",
        }
    }
}
