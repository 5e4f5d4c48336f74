//! What is particular to the outway's way of a request.

use std::sync::Arc;

use http::request::Parts;
use http::uri::Scheme;
use http::{HeaderName, Version};
use sluis_certs::{Identities, Identity, LiveIdentity};
use sluis_fsc::GrantHash;
use sluis_fsc::api::headers::{FSC_AUTHORIZATION, FSC_GRANT_HASH};
use sluis_fsc::grant::OutwayIdentification;

use super::destinations::Destinations;
use super::peers::PeerClients;
use super::tokens::{TokenSource, Tokens};
use crate::contracts::{Contracts, GrantEntry};
use crate::listener::Connection;
use crate::passage::{Claims, Granted, Refusal, Role, Route, Side};

/// The consumer's side.
pub struct Outway<S> {
    identities: LiveIdentity,
    destinations: Destinations,
    contracts: Contracts,
    tokens: Tokens<S>,
    peers: PeerClients,
}

impl<S: TokenSource> Outway<S> {
    /// An outway that reaches `destinations` under the valid ones of `contracts`, and shows under each the one of
    /// `identities` that it names.
    pub fn new(
        identities: LiveIdentity,
        destinations: Destinations,
        contracts: Contracts,
        tokens: Tokens<S>,
        peers: PeerClients,
    ) -> Outway<S> {
        Outway {
            identities,
            destinations,
            contracts,
            tokens,
            peers,
        }
    }

    /// The grant that the application names by its hash (an OpenFSC convention, kept for compatibility).
    fn by_hash(
        &self,
        head: &mut Parts,
        ours: &Identities,
        now: i64,
    ) -> Option<Result<Arc<GrantEntry>, Refusal>> {
        let value = head.headers.remove(FSC_GRANT_HASH)?;
        let entry = match value.to_str().map(str::trim).map(GrantHash::parse) {
            Ok(Ok(hash)) => self
                .contracts
                .index()
                .by_hash(&hash)
                .filter(|entry| entry.outway_peer.as_ref() == Some(ours.peer_id())),
            Ok(Err(error)) => return Some(Err(Refusal::GrantHashUnknown(error.to_string()))),
            Err(_) => {
                return Some(Err(Refusal::GrantHashUnknown(
                    "it is not plain text".to_owned(),
                )));
            }
        };
        Some(match entry {
            Some(entry) if entry.is_valid_at(now) => usable(ours, &entry, now).map(|()| entry),
            Some(_) => Err(Refusal::NoContract),
            None => Err(Refusal::GrantHashUnknown(
                "no contract of ours has a connection grant with this hash".to_owned(),
            )),
        })
    }

    /// The newest valid grant for the destination whose key is in use; where there are several, the newest that was agreed for
    /// the stated purpose. Never one on behalf of another organisation than the destination names, or than is beyond doubt.
    fn by_destination(
        &self,
        head: &mut Parts,
        claims: &Claims,
        ours: &Identities,
        now: i64,
    ) -> Result<Arc<GrantEntry>, Refusal> {
        let destination = self.destinations.find(head)?;
        let index = self.contracts.index();
        let all = index
            .connections_to(&destination.peer_id, &destination.service)
            .iter()
            .filter(|entry| entry.is_valid_at(now));
        let purpose = claims.purpose.as_deref().unwrap_or_default();
        let names_purpose = |entry: &&Arc<GrantEntry>| {
            let purposes = entry.purposes.iter().flat_map(|binding| binding.purposes());
            purposes
                .into_iter()
                .any(|bound| *bound.activity == *purpose)
        };
        let for_whom = match &destination.delegator {
            Some(delegator) => Some(delegator.as_str()),
            None if all.clone().any(|entry| names_purpose(&entry)) => {
                for_whom(all.clone().filter(names_purpose))?
            }
            None => for_whom(all.clone())?,
        };
        let mut valid = all.filter(|entry| entry.calls_for() == for_whom);
        let mut fit = valid
            .clone()
            .filter(|entry| usable(ours, entry, now).is_ok());
        let Some(newest) = fit.next() else {
            // Why the newest contract cannot be used says more than that there is none.
            let newest = valid.next().ok_or(Refusal::NoContract)?;
            return usable(ours, newest, now).map(|()| Arc::clone(newest));
        };
        Ok(std::iter::once(newest)
            .chain(fit)
            .find(names_purpose)
            .unwrap_or(newest)
            .clone())
    }
}

/// On whose behalf to call where nobody says it: our own where there is such a contract, else that of the one organisation for
/// which there is one.
fn for_whom<'a>(
    mut valid: impl Iterator<Item = &'a Arc<GrantEntry>>,
) -> Result<Option<&'a str>, Refusal> {
    let Some(first) = valid.next().and_then(|entry| entry.calls_for()) else {
        return Ok(None);
    };
    let mut several = false;
    for entry in valid {
        match entry.calls_for() {
            None => return Ok(None),
            Some(other) => several |= other != first,
        }
    }
    if several {
        return Err(Refusal::DelegatorUnclear);
    }
    Ok(Some(first))
}

/// Our certificate that the grant names; the newest where several fit.
fn identity_for<'a>(ours: &'a Identities, entry: &GrantEntry) -> Option<&'a Identity> {
    let outway = entry.grant.data().outway()?;
    let mut all = ours.all().iter();
    all.find(|identity| outway.check(identity.peer()).is_ok())
}

/// Whether we hold a certificate with which the grant can be used at this moment.
fn usable(ours: &Identities, entry: &GrantEntry, now: i64) -> Result<(), Refusal> {
    match identity_for(ours, entry) {
        Some(identity) if now <= identity.peer().not_after => Ok(()),
        found => Err(not_in_use(entry, found.is_some())),
    }
}

/// The refusal of a contract whose outway no certificate of ours is any more.
fn not_in_use(entry: &GrantEntry, ended: bool) -> Refusal {
    let outway = entry.grant.data().outway();
    let named = match outway.map(|outway| &outway.identification) {
        Some(OutwayIdentification::PublicKeyThumbprint(key)) => format!("public key {key}"),
        Some(OutwayIdentification::DomainName(name)) => format!("domain name {name}"),
        None => "no outway".to_owned(),
    };
    let problem = if ended {
        "the certificate with it has ended"
    } else {
        "no certificate that this outway has in use holds it"
    };
    Refusal::OutwayKeyNotInUse(format!("{named}, and {problem}"))
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
        let ours = self.identities.load();
        let entry = match self.by_hash(head, &ours, now_unix_seconds) {
            Some(entry) => entry?,
            None => self.by_destination(head, claims, &ours, now_unix_seconds)?,
        };
        let party = entry.service_peer.clone();
        Ok(Granted { entry, party })
    }

    fn token_refused(&self, granted: &Granted) {
        if let Some(identity) = identity_for(&self.identities.load(), &granted.entry) {
            self.tokens.forget(&granted.entry.grant_hash, identity);
        }
    }

    async fn route(&self, granted: &Granted, head: &Parts) -> Result<Route, Refusal> {
        // Token and connection belong together: the token is bound to the certificate that the connection shows.
        let ours = self.identities.load();
        let identity =
            identity_for(&ours, &granted.entry).ok_or_else(|| not_in_use(&granted.entry, false))?;
        let token = self.tokens.for_grant(&granted.entry, identity).await?;
        // The next hop is asked in the protocol that the application speaks: gRPC needs HTTP/2 all the way.
        let http2 = head.version == Version::HTTP_2;
        let client = self
            .peers
            .client(&granted.party, http2, identity)
            .map_err(|error| {
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
