//! What was agreed, as we have it: with whom, and what they must have too.

use std::collections::BTreeSet;
use std::sync::Arc;

use sluis_certs::PeerId;

use crate::contracts::{Agreement, Publication};
use crate::manager::state::State;

/// Everything that others must have too.
pub(super) struct Agreed {
    own: PeerId,
    directory: Option<PeerId>,
    contracts: Vec<Agreement>,
    publications: BTreeSet<Publication>,
    /// Services that our outway calls: who offers them, and their names.
    destinations: BTreeSet<(PeerId, Arc<str>)>,
}

/// What one organisation must have.
pub(super) struct AgreedWith<'a> {
    pub(super) contracts: Vec<&'a Agreement>,
    /// What it must list as a directory.
    pub(super) publications: Vec<&'a Publication>,
    /// What it lists as our directory, as far as it ever did.
    pub(super) destinations: Vec<&'a (PeerId, Arc<str>)>,
    /// Whether it is the directory of our configuration.
    pub(super) is_directory: bool,
}

impl Agreed {
    /// As it is now.
    pub(super) fn of(state: &State) -> Self {
        let now = state.clock.unix_seconds();
        let index = state.contracts.index();
        let destinations = state.settings.destinations.iter();
        Self {
            own: state.own().clone(),
            directory: state.directory_id().cloned(),
            contracts: index.agreements(now),
            publications: index.own_publications(state.own(), now),
            destinations: destinations
                .map(|(peer, service)| (peer.clone(), service.shared()))
                .collect(),
        }
    }

    /// Everybody who must have something, and the directory.
    pub(super) fn peers(&self) -> impl Iterator<Item = &PeerId> {
        let parties = self.contracts.iter().flat_map(|contract| &contract.peers);
        parties
            .chain(&self.directory)
            .filter(|peer| **peer != self.own)
    }

    /// What this organisation must have.
    pub(super) fn with<'a>(&'a self, peer: &PeerId) -> AgreedWith<'a> {
        let is_directory = self.directory.as_ref() == Some(peer);
        let contracts = self.contracts.iter();
        let publications = self.publications.iter();
        AgreedWith {
            contracts: contracts
                .filter(|contract| contract.peers.contains(peer))
                .collect(),
            publications: publications
                .filter(|publication| publication.directory == *peer)
                .collect(),
            destinations: if is_directory {
                self.destinations.iter().collect()
            } else {
                Vec::new()
            },
            is_directory,
        }
    }
}

impl AgreedWith<'_> {
    /// Whether something is lost when the organisation is: a directory, or a party to a contract.
    pub(super) fn matters(&self) -> bool {
        self.is_directory || !self.contracts.is_empty()
    }
}

impl State {
    /// The directory of the configuration.
    fn directory_id(&self) -> Option<&PeerId> {
        let directory = self.settings.directory.as_ref();
        directory.map(|directory| &directory.peer_id)
    }
}
