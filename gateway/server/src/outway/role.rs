//! What is particular to the outway's way of a request.

use std::sync::Arc;

use http::request::Parts;
use http::uri::Scheme;
use http::{HeaderName, Version};
use sluis_certs::Identity;
use sluis_fsc::GrantHash;
use sluis_fsc::api::headers::{FSC_AUTHORIZATION, FSC_GRANT_HASH};

use super::destinations::Destinations;
use super::peers::PeerClients;
use super::tokens::{TokenSource, Tokens};
use crate::contracts::{Contracts, GrantEntry};
use crate::listener::Connection;
use crate::passage::{Claims, Granted, Refusal, Role, Route, Side};

/// The consumer's side.
pub struct Outway<S> {
    identity: Identity,
    destinations: Destinations,
    contracts: Contracts,
    tokens: Tokens<S>,
    peers: PeerClients,
}

impl<S: TokenSource> Outway<S> {
    /// An outway that shows `identity` and reaches `destinations` under the valid ones of `contracts`.
    pub fn new(
        identity: Identity,
        destinations: Destinations,
        contracts: Contracts,
        tokens: Tokens<S>,
        peers: PeerClients,
    ) -> Outway<S> {
        Outway {
            identity,
            destinations,
            contracts,
            tokens,
            peers,
        }
    }

    /// The grant that the application names by its hash (an OpenFSC convention, kept for compatibility).
    fn by_hash(&self, head: &mut Parts, now: i64) -> Option<Result<Arc<GrantEntry>, Refusal>> {
        let value = head.headers.remove(FSC_GRANT_HASH)?;
        let entry = match value.to_str().map(str::trim).map(GrantHash::parse) {
            Ok(Ok(hash)) => self
                .contracts
                .index()
                .by_hash(&hash)
                .filter(|entry| self.is_ours(entry)),
            Ok(Err(error)) => return Some(Err(Refusal::GrantHashUnknown(error.to_string()))),
            Err(_) => {
                return Some(Err(Refusal::GrantHashUnknown(
                    "it is not plain text".to_owned(),
                )));
            }
        };
        Some(match entry {
            Some(entry) if entry.is_valid_at(now) => Ok(entry),
            Some(_) => Err(Refusal::NoContract),
            None => Err(Refusal::GrantHashUnknown(
                "no contract of ours has a connection grant with this hash for this outway"
                    .to_owned(),
            )),
        })
    }

    /// The newest valid grant for the destination; where several are valid, the newest that was agreed for the stated purpose.
    fn by_destination(
        &self,
        head: &mut Parts,
        claims: &Claims,
        now: i64,
    ) -> Result<Arc<GrantEntry>, Refusal> {
        let destination = self.destinations.find(head)?;
        let index = self.contracts.index();
        let mut usable = index
            .connections_to(&destination.peer_id, &destination.service)
            .iter()
            .filter(|entry| {
                entry.is_valid_at(now)
                    && self.is_ours(entry)
                    && (destination.delegator.is_none() || destination.delegator == entry.delegator)
            });
        let newest = usable.next().ok_or(Refusal::NoContract)?;
        let purpose = claims.purpose.as_deref().unwrap_or_default();
        let names_purpose = |entry: &&Arc<GrantEntry>| {
            let purposes = entry.purposes.iter().flat_map(|binding| binding.purposes());
            purposes
                .into_iter()
                .any(|bound| *bound.activity == *purpose)
        };
        Ok(std::iter::once(newest)
            .chain(usable)
            .find(names_purpose)
            .unwrap_or(newest)
            .clone())
    }

    fn is_ours(&self, entry: &GrantEntry) -> bool {
        entry
            .grant
            .data()
            .outway()
            .is_some_and(|outway| outway.check(self.identity.peer()).is_ok())
    }
}

impl<S: TokenSource> Role for Outway<S> {
    const SIDE: Side = Side::Outway;

    async fn grant(
        &self,
        _connection: &Connection,
        head: &mut Parts,
        claims: &Claims,
        now_unix_seconds: i64,
    ) -> Result<Granted, Refusal> {
        head.headers.remove(FSC_AUTHORIZATION);
        let entry = match self.by_hash(head, now_unix_seconds) {
            Some(entry) => entry?,
            None => self.by_destination(head, claims, now_unix_seconds)?,
        };
        let party = entry.service_peer.clone();
        Ok(Granted { entry, party })
    }

    fn token_refused(&self, granted: &Granted) {
        self.tokens.forget(&granted.entry.grant_hash);
    }

    async fn route(&self, granted: &Granted, head: &Parts) -> Result<Route, Refusal> {
        let token = self.tokens.for_grant(&granted.entry).await?;
        // The next hop is asked in the protocol that the application speaks: gRPC needs HTTP/2 all the way.
        let http2 = head.version == Version::HTTP_2;
        let client = self.peers.client(&granted.party, http2).map_err(|error| {
            tracing::error!(%error, "no TLS configuration for calling peers");
            Refusal::UpstreamUnreachable(Side::Outway.next_hop())
        })?;
        Ok(Route {
            client,
            scheme: Scheme::HTTPS,
            authority: token.authority.clone(),
            headers: vec![(
                HeaderName::from_static(FSC_AUTHORIZATION),
                token.header.clone(),
            )],
            path_prefix: Arc::from(""),
        })
    }
}
