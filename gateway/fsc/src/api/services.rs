//! The services that a directory lists.

use serde::{Deserialize, Serialize};
use sluis_certs::PeerId;

use super::{PageRequest, Pagination, PeerEntry, Query, QueryError, form};
use crate::{
    ServiceName,
    grant::{Properties, Protocol},
};

/// The entries of a page of services when the caller names no limit.
const LIMIT_DEFAULT: u32 = 100;

/// The answer of `GET /services`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ServicesPage {
    /// The services.
    pub services: Vec<ServiceEntry>,
    /// Where the list goes on.
    #[serde(default)]
    pub pagination: Pagination,
}

/// A service in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServiceEntry {
    /// The service.
    pub data: ListedService,
}

/// A published service, offered for the Peer itself or on behalf of another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum ListedService {
    /// The Peer offers its own service.
    #[serde(rename = "SERVICE_TYPE_SERVICE")]
    Service {
        /// Who offers it.
        peer: PeerEntry,
        /// Its name.
        name: ServiceName,
        /// How it is called.
        protocol: Protocol,
        /// The properties of the publication grant.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        properties: Option<Properties>,
    },
    /// The Peer offers a service on behalf of the delegator.
    #[serde(rename = "SERVICE_TYPE_DELEGATED_SERVICE")]
    DelegatedService {
        /// On whose behalf.
        delegator: DelegatorEntry,
        /// Who offers it.
        peer: PeerEntry,
        /// Its name.
        name: ServiceName,
        /// How it is called.
        protocol: Protocol,
        /// The properties of the publication grant.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        properties: Option<Properties>,
    },
}

/// A delegator in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DelegatorEntry {
    /// The Peer.
    pub peer_id: PeerId,
    /// Its name.
    pub peer_name: String,
}

/// The query of `GET /services`. With both filters a service is listed when either holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicesQuery {
    /// Which page.
    pub page: PageRequest,
    /// Services that this Peer offers.
    pub peer_id: Option<PeerId>,
    /// Services whose name contains this, in any case.
    pub service_name: Option<String>,
}

impl ServicesQuery {
    /// Reads the decoded pairs of a query string.
    ///
    /// # Errors
    /// The [`QueryError`] that names the parameter.
    pub fn from_pairs<K: AsRef<str>, V: AsRef<str>>(
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self, QueryError> {
        let query = Query::read(
            &["cursor", "limit", "sort_order", "peer_id", "service_name"],
            pairs,
        )?;
        Ok(Self {
            page: query.page(LIMIT_DEFAULT)?,
            peer_id: query.one("peer_id", PeerId::new)?,
            service_name: query.text("service_name").map(str::to_owned),
        })
    }

    /// The query string, without question mark.
    #[must_use]
    pub fn to_query(&self) -> String {
        let mut pairs = self.page.pairs();
        if let Some(peer_id) = &self.peer_id {
            pairs.push(("peer_id", peer_id.as_str().to_owned()));
        }
        if let Some(name) = &self.service_name {
            pairs.push(("service_name", name.clone()));
        }
        form::encode(pairs.iter().map(|(name, value)| (*name, value.as_str())))
    }
}
