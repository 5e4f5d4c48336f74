//! What differs between inway and outway.

use std::future::Future;
use std::sync::Arc;

use http::request::Parts;
use http::uri::{Authority, Scheme};
use http::{HeaderName, HeaderValue};
use sluis_certs::PeerId;

use super::{Claims, Refusal};
use crate::contracts::GrantEntry;
use crate::listener::Connection;
use crate::upstream::Client;

/// One of the two ways through the gateway.
pub trait Role: Send + Sync + 'static {
    /// Which side this is, in errors, metrics and records.
    const SIDE: Side;

    /// Finds the contract under which this request comes, and strips from the head what was only meant for us.
    fn grant(
        &self,
        connection: &Connection,
        head: &mut Parts,
        claims: &Claims,
        now_unix_seconds: i64,
    ) -> impl Future<Output = Result<Granted, Refusal>> + Send;

    /// Finds where the request goes next, and what it must carry to be let in there. Called only for a request that was decided upon.
    fn route(
        &self,
        granted: &Granted,
        head: &Parts,
    ) -> impl Future<Output = Result<Route, Refusal>> + Send;

    /// The next hop answered 401: what let the request in there is not good any more and must not be used again.
    fn token_refused(&self, _granted: &Granted) {}
}

/// Inway (others call us) or outway (our systems call others).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The provider's side.
    Inway,
    /// The consumer's side.
    Outway,
}

impl Side {
    /// `inway` or `outway`, as in metrics and error bodies.
    pub fn as_str(self) -> &'static str {
        match self {
            Side::Inway => "inway",
            Side::Outway => "outway",
        }
    }

    /// The FSC error domain (FSC Core, error codes).
    pub fn domain(self) -> &'static str {
        match self {
            Side::Inway => "ERROR_DOMAIN_INWAY",
            Side::Outway => "ERROR_DOMAIN_OUTWAY",
        }
    }

    /// Who is asked next, for error texts.
    pub fn next_hop(self) -> &'static str {
        match self {
            Side::Inway => "service behind this inway",
            Side::Outway => "provider's inway",
        }
    }

    /// The direction in the transaction log (FSC Logging).
    pub fn direction(self) -> sluis_audit::Direction {
        match self {
            Side::Inway => sluis_audit::Direction::Incoming,
            Side::Outway => sluis_audit::Direction::Outgoing,
        }
    }

    /// The role in metrics.
    pub fn role(self) -> crate::telemetry::Role {
        match self {
            Side::Inway => crate::telemetry::Role::Inway,
            Side::Outway => crate::telemetry::Role::Outway,
        }
    }

    /// The question that is put to the policy: may we disclose, or may we obtain?
    pub fn question(self) -> sluis_policy::Direction {
        match self {
            Side::Inway => sluis_policy::Direction::Disclose,
            Side::Outway => sluis_policy::Direction::Obtain,
        }
    }
}

/// Proof that a valid contract covers this request. Only a [`Role`] makes one.
#[derive(Debug, Clone)]
pub struct Granted {
    /// The grant, its contract and the purposes agreed in it.
    pub entry: Arc<GrantEntry>,
    /// The other organisation: who asks (inway) or who is asked (outway).
    pub party: PeerId,
}

/// Where a request goes next.
#[derive(Clone)]
pub struct Route {
    /// The pooled client for that hop.
    pub client: Client,
    /// Scheme of the next hop.
    pub scheme: Scheme,
    /// Host and port of the next hop.
    pub authority: Authority,
    /// Headers that let the request in there, for example `Fsc-Authorization`.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// A path in front of the request's own, from the configured upstream URL; empty, or starting and not ending with `/`.
    pub path_prefix: Arc<str>,
}
