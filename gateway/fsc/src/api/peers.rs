//! Who a Peer is, and which Peers a Manager knows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sluis_certs::PeerId;

use super::{PageRequest, Pagination, Query, QueryError, form};

/// The entries of a page of Peers when the caller names no limit.
const LIMIT_DEFAULT: u32 = 100;

/// Extensions by name, with the version of each, as in `EXTENSION_TRANSACTION_LOGGING` -> `1.1.0`.
pub type EnabledExtensions = BTreeMap<String, String>;

/// The answer of `GET /peer`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerInfo {
    /// The Peer.
    pub peer_id: PeerId,
    /// Its name.
    pub peer_name: String,
    /// The version of FSC that it speaks.
    pub fsc_version: String,
    /// The extensions that it speaks.
    pub enabled_extensions: EnabledExtensions,
}

/// A Peer in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerEntry {
    /// The Peer.
    pub id: PeerId,
    /// Its name; text of another party, escape before showing.
    pub name: String,
    /// The address of its Manager as it announced it; check with [`Address`](crate::Address) before
    /// use.
    pub manager_address: String,
}

/// The answer of `GET /peers`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeersPage {
    /// The Peers.
    pub peers: Vec<PeerEntry>,
    /// Where the list goes on.
    #[serde(default)]
    pub pagination: Pagination,
}

/// The query of `GET /peers`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeersQuery {
    /// Which page.
    pub page: PageRequest,
    /// Only Peers whose name contains this, in any case.
    pub peer_name: Option<String>,
    /// Only these Peers; if there are any, `page` and `peer_name` do not count.
    pub peer_ids: Vec<PeerId>,
}

impl PeersQuery {
    /// Reads the decoded pairs of a query string.
    ///
    /// # Errors
    /// The [`QueryError`] that names the parameter.
    pub fn from_pairs<K: AsRef<str>, V: AsRef<str>>(
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self, QueryError> {
        let query = Query::read(
            &["cursor", "limit", "sort_order", "peer_name", "peer_id"],
            pairs,
        )?;
        Ok(Self {
            page: query.page(LIMIT_DEFAULT)?,
            peer_name: query.text("peer_name").map(str::to_owned),
            peer_ids: query.list("peer_id", PeerId::new)?,
        })
    }

    /// The query string, without question mark.
    #[must_use]
    pub fn to_query(&self) -> String {
        let mut pairs = self.page.pairs();
        if let Some(name) = &self.peer_name {
            pairs.push(("peer_name", name.clone()));
        }
        if !self.peer_ids.is_empty() {
            let ids: Vec<&str> = self.peer_ids.iter().map(PeerId::as_str).collect();
            pairs.push(("peer_id", ids.join(",")));
        }
        form::encode(pairs.iter().map(|(name, value)| (*name, value.as_str())))
    }
}
