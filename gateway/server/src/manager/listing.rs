//! What the manager tells about itself and what it knows: peer, peers, services, contracts, keys.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::response::Response;
use sluis_certs::PeerId;
use sluis_fsc::ServiceName;
use sluis_fsc::api::{
    ContractsPage, ContractsQuery, DelegatorEntry, Jwks, ListedService, PageRequest, Pagination,
    PeerEntry, PeerInfo, PeersPage, PeersQuery, QueryError, ServiceEntry, ServicesPage,
    ServicesQuery, SortOrder,
};
use sluis_fsc::contract::FSC_VERSION;
use sluis_fsc::log::{LOGGING_EXTENSION, LOGGING_VERSION};

use super::router::json;
use super::state::State;
use super::{Caller, Refusal, body, cursor};
use crate::contracts::{ContractRecord, GrantEntry, KnownPeer, PeerPage};

/// A page of contracts, or an answer by grant hash, ends once it has grown to this size; what other managers read at once is limited too.
const PAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Most contracts in an answer to a question by grant hash, which has no pages.
const BY_GRANT_MAX: u32 = 1_000;

/// `GET /peer`.
pub(super) async fn peer(Shared(state): Shared<Arc<State>>, _caller: Caller) -> Response {
    let identities = state.identities.load();
    let own = identities.current().peer();
    json(&PeerInfo {
        peer_id: own.id.clone(),
        peer_name: own.name.to_string(),
        fsc_version: FSC_VERSION.to_owned(),
        enabled_extensions: [(LOGGING_EXTENSION.to_owned(), LOGGING_VERSION.to_owned())].into(),
    })
}

/// `GET /.well-known/jwks.json`.
pub(super) async fn jwks(
    Shared(state): Shared<Arc<State>>,
    _caller: Caller,
) -> Result<Response, Refusal> {
    let keys = Jwks::of(state.identities.load().all()).map_err(|error| {
        tracing::error!(%error, "our key set cannot be published");
        Refusal::Internal
    })?;
    Ok(json(&keys))
}

/// `GET /contracts`: those in which the caller takes part, and no others.
pub(super) async fn contracts(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let query = ContractsQuery::from_pairs(pairs(query))?;
    if !query.grant_hashes.is_empty() {
        let hashes = query
            .grant_hashes
            .iter()
            .map(|hash| hash.as_str().to_owned())
            .collect();
        let records = state
            .contracts
            .with_grants(caller.id(), hashes, BY_GRANT_MAX, PAGE_BYTES_MAX)
            .await?;
        return Ok(json(&contracts_page(records, String::new())));
    }
    let after = match decoded::<2>(&query.page)? {
        None => None,
        Some([created_at, hash]) => Some((created_at.parse().map_err(|_| bad_cursor())?, hash)),
    };
    let ascending = query.page.sort_order == SortOrder::Ascending;
    let limit = state.limit(&query.page);
    let (records, more) = state
        .contracts
        .page(
            caller.id(),
            query.grant_type,
            after,
            ascending,
            limit,
            PAGE_BYTES_MAX,
        )
        .await?;
    let next_cursor = match records.last() {
        Some(last) if more => {
            let content = &last.contract.content;
            cursor::encode(&[&content.created_at().to_string(), content.hash().as_str()])
        }
        _ => String::new(),
    };
    Ok(json(&contracts_page(records, next_cursor)))
}

/// `GET /peers`.
pub(super) async fn peers(
    Shared(state): Shared<Arc<State>>,
    _caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let query = PeersQuery::from_pairs(pairs(query))?;
    if !query.peer_ids.is_empty() {
        let ids = query
            .peer_ids
            .iter()
            .map(|id| id.as_str().to_owned())
            .collect();
        let known = state.contracts.peers_with_ids(ids).await?;
        return Ok(json(&PeersPage {
            peers: entries(known),
            pagination: Pagination::default(),
        }));
    }
    let limit = state.limit(&query.page);
    let page = PeerPage {
        name_contains: query.peer_name,
        after: decoded::<1>(&query.page)?.map(|[id]| id),
        ascending: query.page.sort_order == SortOrder::Ascending,
        limit,
    };
    let mut known = state.contracts.peers(page).await?;
    let next_cursor = cut(&mut known, limit, |last| cursor::encode(&[&last.id]));
    Ok(json(&PeersPage {
        peers: entries(known),
        pagination: Pagination { next_cursor },
    }))
}

/// `GET /services`: what is validly published at this moment by a contract in which we take part: everything where we are the
/// directory, else what we offer, or is offered on our behalf.
pub(super) async fn services(
    Shared(state): Shared<Arc<State>>,
    _caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let query = ServicesQuery::from_pairs(pairs(query))?;
    let after = decoded::<2>(&query.page)?;
    let limit = state.limit(&query.page);
    let mut found = state.published(&query, after.as_ref(), limit);
    let next_cursor = cut(&mut found, limit, |last| {
        cursor::encode(&[last.service_peer.as_str(), &last.service])
    });
    let services = state.described(found).await?;
    Ok(json(&ServicesPage {
        services,
        pagination: Pagination { next_cursor },
    }))
}

impl State {
    /// The number of entries on a page.
    fn limit(&self, page: &PageRequest) -> u32 {
        page.limit.min(self.settings.page_size_max).max(1)
    }

    /// Valid publications that fit the question, one per service and one more than `limit`.
    fn published(
        &self,
        query: &ServicesQuery,
        after: Option<&[String; 2]>,
        limit: u32,
    ) -> Vec<Arc<GrantEntry>> {
        let now = self.clock.unix_seconds();
        let name = query.service_name.as_ref().map(|name| name.to_lowercase());
        // With both filters a service is listed when either holds (manager.yaml).
        let fits = |peer: &PeerId, service: &str| match (&query.peer_id, &name) {
            (None, None) => true,
            (wanted, name) => {
                wanted.as_ref() == Some(peer)
                    || name
                        .as_ref()
                        .is_some_and(|name| service.to_lowercase().contains(name.as_str()))
            }
        };
        let ascending = query.page.sort_order == SortOrder::Ascending;
        let follows = |peer: &PeerId, service: &str| match after {
            None => true,
            Some([last_peer, last_service]) if ascending => {
                (peer.as_str(), service) > (last_peer.as_str(), last_service.as_str())
            }
            Some([last_peer, last_service]) => {
                (peer.as_str(), service) < (last_peer.as_str(), last_service.as_str())
            }
        };
        let index = self.contracts.index();
        let all = index.publications().filter_map(|(peer, service, entries)| {
            let newest = entries.iter().find(|entry| entry.is_valid_at(now))?;
            (follows(peer, service) && fits(peer, service)).then(|| Arc::clone(newest))
        });
        let wanted = usize::try_from(limit)
            .unwrap_or(usize::MAX)
            .saturating_add(1);
        if ascending {
            all.take(wanted).collect()
        } else {
            all.rev().take(wanted).collect()
        }
    }

    async fn described(
        &self,
        publications: Vec<Arc<GrantEntry>>,
    ) -> Result<Vec<ServiceEntry>, Refusal> {
        let ids: BTreeSet<&PeerId> = publications
            .iter()
            .flat_map(|entry| {
                std::iter::once(&entry.service_peer).chain(&entry.publication_delegator)
            })
            .collect();
        let ids = ids.into_iter().map(|id| id.as_str().to_owned()).collect();
        let known = self.contracts.peers_with_ids(ids).await?;
        let describe = |entry: &Arc<GrantEntry>| self.describe(entry, &known);
        Ok(publications.iter().filter_map(describe).collect())
    }

    fn describe(&self, entry: &GrantEntry, known: &[KnownPeer]) -> Option<ServiceEntry> {
        let peer = self.peer_entry(&entry.service_peer, known);
        let name = ServiceName::parse(&entry.service).ok()?;
        let protocol = entry.grant.protocol()?;
        let properties = entry.grant.properties().cloned();
        let data = match &entry.publication_delegator {
            None => ListedService::Service {
                peer,
                name,
                protocol,
                properties,
            },
            Some(delegator) => {
                let PeerEntry {
                    id,
                    name: peer_name,
                    ..
                } = self.peer_entry(delegator, known);
                let delegator = DelegatorEntry {
                    peer_id: id,
                    peer_name,
                };
                ListedService::DelegatedService {
                    delegator,
                    peer,
                    name,
                    protocol,
                    properties,
                }
            }
        };
        Some(ServiceEntry { data })
    }

    /// What is known of a peer that is part of a contract; at least its id.
    fn peer_entry(&self, id: &PeerId, known: &[KnownPeer]) -> PeerEntry {
        if id == self.own() {
            return PeerEntry {
                id: id.clone(),
                name: self.identities.load().current().peer().name.to_string(),
                manager_address: self.settings.address.as_str().to_owned(),
            };
        }
        let found = known.iter().find(|known| known.id == id.as_str());
        PeerEntry {
            id: id.clone(),
            name: found.map_or_else(|| id.as_str().to_owned(), |known| known.name.clone()),
            manager_address: found
                .map(|known| known.manager_address.clone())
                .unwrap_or_default(),
        }
    }
}

impl From<QueryError> for Refusal {
    fn from(error: QueryError) -> Self {
        Self::Unreadable(error.to_string())
    }
}

pub(super) fn pairs(query: Option<String>) -> Vec<(String, String)> {
    body::pairs(query.unwrap_or_default().as_bytes())
}

fn bad_cursor() -> Refusal {
    Refusal::Unreadable(
        "the query parameter cursor is not one that this list gave; start with the first page"
            .to_owned(),
    )
}

fn decoded<const N: usize>(page: &PageRequest) -> Result<Option<[String; N]>, Refusal> {
    if page.cursor.is_empty() {
        return Ok(None);
    }
    cursor::decode(&page.cursor)
        .map(Some)
        .ok_or_else(bad_cursor)
}

/// Cuts the one entry too many off a page and gives the cursor of the next; empty when there is none.
fn cut<T>(entries: &mut Vec<T>, limit: u32, cursor_of: impl FnOnce(&T) -> String) -> String {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = entries.len() > limit;
    entries.truncate(limit);
    entries
        .last()
        .filter(|_| more)
        .map(cursor_of)
        .unwrap_or_default()
}

fn contracts_page(records: Vec<ContractRecord>, next_cursor: String) -> ContractsPage {
    let contracts = records.into_iter().map(|record| record.contract).collect();
    ContractsPage {
        contracts,
        pagination: Pagination { next_cursor },
        ..ContractsPage::default()
    }
}

fn entries(known: Vec<KnownPeer>) -> Vec<PeerEntry> {
    let entry = |peer: KnownPeer| {
        let id = PeerId::new(&peer.id).ok()?;
        Some(PeerEntry {
            id,
            name: peer.name,
            manager_address: peer.manager_address,
        })
    };
    known.into_iter().filter_map(entry).collect()
}
