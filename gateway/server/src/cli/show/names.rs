//! Organisations by name.

use std::collections::BTreeMap;

use sluis_proto::admin::v1::{ListPeersRequest, Peer, ShowStatusRequest};

use super::presentable;
use crate::admin::AdminClient;
use crate::cli::CommandError;
use crate::cli::target::refused;

/// What organisations are called, and who we are.
pub(in crate::cli) struct Names {
    own: String,
    names: BTreeMap<String, String>,
}

impl Names {
    /// Asks the gateway.
    pub(in crate::cli) async fn fetch(client: &AdminClient) -> Result<Self, CommandError> {
        let request = ShowStatusRequest {};
        let status = client.status().show(request).await.map_err(refused)?;
        let status = status.into_inner();
        let mut names = BTreeMap::from([(status.peer_id.clone(), status.peer_name)]);
        for peer in peers(client, "").await? {
            names.entry(peer.peer_id).or_insert(peer.name);
        }
        Ok(Self {
            own: status.peer_id,
            names,
        })
    }

    /// No names: everybody goes by Peer ID.
    pub(in crate::cli) fn none() -> Self {
        Self {
            own: String::new(),
            names: BTreeMap::new(),
        }
    }

    /// Our own Peer ID.
    pub(in crate::cli) fn own(&self) -> &str {
        &self.own
    }

    /// The name, else the Peer ID.
    pub(in crate::cli) fn short(&self, peer_id: &str) -> String {
        match self.names.get(peer_id).filter(|name| !name.is_empty()) {
            Some(name) => presentable(name),
            None => presentable(peer_id),
        }
    }

    /// The name with the Peer ID.
    pub(in crate::cli) fn full(&self, peer_id: &str) -> String {
        match self.names.get(peer_id).filter(|name| !name.is_empty()) {
            Some(name) => format!("{} ({})", presentable(name), presentable(peer_id)),
            None => presentable(peer_id),
        }
    }

    /// Several, as in `A, B`.
    pub(in crate::cli) fn several<'a>(
        &self,
        peer_ids: impl IntoIterator<Item = &'a String>,
    ) -> String {
        let names: Vec<String> = peer_ids.into_iter().map(|peer| self.short(peer)).collect();
        names.join(", ")
    }
}

/// Every organisation whose name contains `name_contains`.
pub(in crate::cli) async fn peers(
    client: &AdminClient,
    name_contains: &str,
) -> Result<Vec<Peer>, CommandError> {
    let mut peers = Vec::new();
    let mut request = ListPeersRequest {
        name_contains: name_contains.to_owned(),
        ..ListPeersRequest::default()
    };
    loop {
        let page = client
            .peers()
            .list(request.clone())
            .await
            .map_err(refused)?;
        let page = page.into_inner();
        peers.extend(page.peers);
        if page.next_page_token.is_empty() {
            return Ok(peers);
        }
        request.page_token = page.next_page_token;
    }
}
