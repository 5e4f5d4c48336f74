//! What others must have too: the contracts that everybody accepted, and our publications among them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sluis_certs::PeerId;
use sluis_fsc::ContentHash;
use sluis_fsc::contract::State;
use uuid::Uuid;

use super::{GrantEntry, GrantIndex};

/// A contract that everybody accepted and nobody ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// Its hash.
    pub content_hash: ContentHash,
    /// Its unique id, by which people call it.
    pub iv: Uuid,
    /// The peers that are part of it, we among them.
    pub peers: BTreeSet<PeerId>,
}

/// A service that a directory must list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Publication {
    /// The directory.
    pub directory: PeerId,
    /// Who offers the service.
    pub service_peer: PeerId,
    /// The service.
    pub service: Arc<str>,
}

impl GrantIndex {
    /// The contracts that everybody accepted and whose period runs or has still to begin.
    #[must_use]
    pub fn agreements(&self, now_unix_seconds: i64) -> Vec<Agreement> {
        let mut agreements: BTreeMap<&str, Agreement> = BTreeMap::new();
        for entry in self
            .entries()
            .filter(|entry| stands(entry, now_unix_seconds))
        {
            agreements
                .entry(entry.content_hash.as_str())
                .or_insert_with(|| Agreement {
                    content_hash: entry.content_hash.clone(),
                    iv: entry.contract_iv,
                    peers: BTreeSet::new(),
                })
                .peers
                .extend(entry.grant.data().peers().into_iter().cloned());
        }
        agreements.into_values().collect()
    }

    /// The services that directories other than `own` must list because of contracts that are valid now, and that `own`
    /// offers, or that are offered on its behalf.
    #[must_use]
    pub fn own_publications(&self, own: &PeerId, now_unix_seconds: i64) -> BTreeSet<Publication> {
        let ours = |entry: &&Arc<GrantEntry>| {
            entry.is_valid_at(now_unix_seconds)
                && (entry.service_peer == *own || entry.publication_delegator.as_ref() == Some(own))
        };
        let publication = |entry: &Arc<GrantEntry>| {
            let directory = entry.grant.directory().filter(|peer| *peer != own)?;
            Some(Publication {
                directory: directory.clone(),
                service_peer: entry.service_peer.clone(),
                service: Arc::clone(&entry.service),
            })
        };
        self.entries()
            .filter(ours)
            .filter_map(publication)
            .collect()
    }
}

fn stands(entry: &GrantEntry, now_unix_seconds: i64) -> bool {
    matches!(
        entry.state_at(now_unix_seconds),
        State::Valid | State::NotYetValid
    )
}
