//! What is particular to the inway's way of a request.

use http::request::Parts;
use sluis_fsc::token::TokenError;

use super::services::Services;
use super::token::Tokens;
use crate::contracts::Contracts;
use crate::listener::Connection;
use crate::passage::{Claims, Granted, Refusal, Role, Route, Side};

/// The provider's side.
pub struct Inway {
    tokens: Tokens,
    contracts: Contracts,
    services: Services,
}

impl Inway {
    /// An inway that lets in holders of valid `tokens` to `services`.
    pub fn new(tokens: Tokens, contracts: Contracts, services: Services) -> Inway {
        Inway {
            tokens,
            contracts,
            services,
        }
    }
}

impl Role for Inway {
    const SIDE: Side = Side::Inway;

    async fn grant(
        &self,
        connection: &Connection,
        head: &mut Parts,
        _claims: &Claims,
        now_unix_seconds: i64,
    ) -> Result<Granted, Refusal> {
        // The listener demands a client certificate, so there is always a peer; without one nobody is let in.
        let peer = connection.peer.as_deref().ok_or(TokenError::NotBound)?;
        let entry = self
            .tokens
            .check(&head.headers, peer, &self.contracts, now_unix_seconds)?;
        if self.services.get(&entry.service).is_none() {
            return Err(Refusal::ServiceNotFound);
        }
        Ok(Granted {
            entry,
            party: peer.id.clone(),
        })
    }

    async fn route(&self, granted: &Granted, _head: &Parts) -> Result<Route, Refusal> {
        let service = self
            .services
            .get(&granted.entry.service)
            .ok_or(Refusal::ServiceNotFound)?;
        Ok(Route {
            client: service.client.clone(),
            scheme: service.scheme.clone(),
            authority: service.authority.clone(),
            headers: Vec::new(),
            path_prefix: service.path_prefix.clone(),
        })
    }
}
