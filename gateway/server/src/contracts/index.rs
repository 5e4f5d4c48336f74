//! The grants in memory, arranged for the questions that a request asks.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use sluis_certs::PeerId;
use sluis_fsc::contract::State;
use sluis_fsc::grant::GrantType;
use sluis_fsc::{ContentHash, GrantHash};

use super::GrantEntry;

/// An immutable picture of all grants. A look-up costs the same with one contract as with a hundred thousand.
///
/// Entries of contracts that are no longer valid stay, so that a refusal can say why ("revoked") instead of "unknown".
/// Ask [`GrantEntry::is_valid_at`] before allowing anything.
#[derive(Debug, Clone)]
pub struct GrantIndex {
    own: PeerId,
    by_hash: HashMap<GrantHash, Arc<GrantEntry>>,
    by_contract: HashMap<ContentHash, Arc<[Arc<GrantEntry>]>>,
    connections: HashMap<Arc<str>, HashMap<Arc<str>, Newest>>,
    publications: BTreeMap<(PeerId, Arc<str>), Newest>,
}

/// Entries for one service, newest contract first.
type Newest = Vec<Arc<GrantEntry>>;

impl GrantIndex {
    /// An index without grants, for the peer `own`.
    pub(super) fn new(own: PeerId) -> Self {
        Self {
            own,
            by_hash: HashMap::new(),
            by_contract: HashMap::new(),
            connections: HashMap::new(),
            publications: BTreeMap::new(),
        }
    }

    /// The grant with this hash, valid or not.
    #[must_use]
    pub fn by_hash(&self, hash: &GrantHash) -> Option<Arc<GrantEntry>> {
        self.by_hash.get(hash).cloned()
    }

    /// The grants under which *our own* outways may call `service` of `service_peer`, newest contract first, valid or not.
    ///
    /// Grants for the outways of others (we hold those as provider) are not among them.
    #[must_use]
    pub fn connections_to(
        &self,
        service_peer: impl AsRef<str>,
        service: impl AsRef<str>,
    ) -> &[Arc<GrantEntry>] {
        self.connections
            .get(service_peer.as_ref())
            .and_then(|services| services.get(service.as_ref()))
            .map_or(&[], Vec::as_slice)
    }

    /// Every grant under which one of our own outways may call, valid or not.
    pub fn own_connections(&self) -> impl Iterator<Item = &Arc<GrantEntry>> {
        self.connections
            .values()
            .flat_map(|services| services.values().flatten())
    }

    /// Every publication that we know of, as directory or as another party of it, by service peer and name; per service newest
    /// contract first. FSC Core 2.0.0, Service listing: whoever has the contract lists the service.
    pub fn publications(
        &self,
    ) -> impl DoubleEndedIterator<Item = (&PeerId, &Arc<str>, &[Arc<GrantEntry>])> {
        self.publications
            .iter()
            .map(|((peer, service), entries)| (peer, service, entries.as_slice()))
    }

    /// The publications of one service, newest contract first, valid or not.
    #[must_use]
    pub fn publications_of(&self, service_peer: &PeerId, service: &str) -> &[Arc<GrantEntry>] {
        let key = (service_peer.clone(), Arc::from(service));
        self.publications.get(&key).map_or(&[], Vec::as_slice)
    }

    /// The contracts that are or may still become valid.
    pub(crate) fn open_contracts(&self, now_unix_seconds: i64) -> Vec<ContentHash> {
        self.contracts_that(now_unix_seconds, State::is_open)
    }

    /// The contracts that somebody has still to accept.
    pub(crate) fn proposed_contracts(&self, now_unix_seconds: i64) -> Vec<ContentHash> {
        self.contracts_that(now_unix_seconds, |state| state == State::Proposed)
    }

    /// Everybody with whom we have a contract that stands so, of those whose period is not over.
    pub(crate) fn peers_of(
        &self,
        now_unix_seconds: i64,
        stand_so: impl Fn(State) -> bool,
    ) -> BTreeSet<PeerId> {
        let running = self.by_contract.values().filter(|entries| {
            entries.first().is_some_and(|entry| {
                entry.validity().not_after >= now_unix_seconds
                    && stand_so(entry.state_at(now_unix_seconds))
            })
        });
        let entries = running.flat_map(|entries| entries.iter());
        let mut peers: BTreeSet<PeerId> = entries
            .flat_map(|entry| entry.grant.peers())
            .cloned()
            .collect();
        peers.remove(&self.own);
        peers
    }

    fn contracts_that(
        &self,
        now_unix_seconds: i64,
        stand_so: impl Fn(State) -> bool,
    ) -> Vec<ContentHash> {
        let open = |entry: &&Arc<GrantEntry>| stand_so(entry.state_at(now_unix_seconds));
        let firsts = self
            .by_contract
            .values()
            .filter_map(|entries| entries.first());
        firsts
            .filter(open)
            .map(|entry| entry.content_hash.clone())
            .collect()
    }

    /// How many contracts stand how, by the name of the state.
    #[must_use]
    pub fn contract_states(&self, now_unix_seconds: i64) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for entry in self
            .by_contract
            .values()
            .filter_map(|entries| entries.first())
        {
            *counts
                .entry(entry.state_at(now_unix_seconds).as_str())
                .or_default() += 1;
        }
        counts
    }

    /// Every grant, valid or not, in no order.
    pub(super) fn entries(&self) -> impl Iterator<Item = &Arc<GrantEntry>> {
        self.by_hash.values()
    }

    /// How many grants are held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_hash.len()
    }

    /// Whether no grant is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_hash.is_empty()
    }

    /// Puts the grants of one contract in, in place of what was known of it.
    pub(super) fn put(&mut self, content_hash: &ContentHash, entries: Vec<Arc<GrantEntry>>) {
        if let Some(former) = self.by_contract.remove(content_hash) {
            former.iter().for_each(|entry| self.take_out(entry));
        }
        for entry in &entries {
            self.put_in(entry);
        }
        self.by_contract
            .insert(content_hash.clone(), entries.into());
    }

    fn put_in(&mut self, entry: &Arc<GrantEntry>) {
        self.by_hash
            .insert(entry.grant_hash.clone(), Arc::clone(entry));
        if let Some(list) = self.list_of(entry) {
            let place = list.partition_point(|other| other.is_newer_than(entry));
            list.insert(place, Arc::clone(entry));
        }
    }

    fn take_out(&mut self, entry: &Arc<GrantEntry>) {
        self.by_hash.remove(&entry.grant_hash);
        if let Some(list) = self.list_of(entry) {
            list.retain(|other| other.grant_hash != entry.grant_hash);
        }
    }

    /// The list that the entry belongs in: connections of our own outways, publications, or none.
    fn list_of(&mut self, entry: &GrantEntry) -> Option<&mut Newest> {
        match entry.grant.grant_type() {
            GrantType::ServiceConnection | GrantType::DelegatedServiceConnection => {
                (entry.outway_peer.as_ref() == Some(&self.own)).then(|| {
                    self.connections
                        .entry(entry.service_peer.shared())
                        .or_default()
                        .entry(Arc::clone(&entry.service))
                        .or_default()
                })
            }
            GrantType::ServicePublication | GrantType::DelegatedServicePublication => Some(
                self.publications
                    .entry((entry.service_peer.clone(), Arc::clone(&entry.service)))
                    .or_default(),
            ),
        }
    }
}
