//! Asking peers what we missed (FSC Core 2.0.0, `GET /contracts`): once after every start, from everybody with whom we have a
//! contract that may still run.
//!
//! Peers tell each other what they sign until it is confirmed, so usually nothing was missed. It was when our store comes from
//! a backup, or when a peer gave up telling us.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use sluis_certs::PeerId;
use sluis_fsc::Address;
use sluis_fsc::api::{ContractsQuery, PageRequest, SortOrder};
use sluis_fsc::contract::{Content, Contract};
use sluis_fsc::jws;
use sluis_fsc::signature::{SignatureError, SignatureType};
use tokio::sync::{Notify, Semaphore};

use super::paging::Paging;
use super::receive::Signer;
use super::state::State;
use super::{CallError, Refusal};
use crate::contracts::others;

/// Contracts on a page: with the largest contracts still less than is read of an answer.
const PAGE: u32 = 100;
/// Most lists that are read at the same time; a page and what is read from it may take two hundred megabytes.
const LISTS_AT_ONCE_MAX: usize = 4;

/// The peers with whom contracts have not been compared since the start.
pub(super) struct Behind {
    peers: Mutex<Peers>,
    returned: Notify,
    lists: Semaphore,
}

impl Default for Behind {
    fn default() -> Self {
        Self {
            peers: Mutex::default(),
            returned: Notify::new(),
            lists: Semaphore::new(LISTS_AT_ONCE_MAX),
        }
    }
}

#[derive(Default)]
struct Peers {
    behind: BTreeSet<PeerId>,
    /// Those of them that have called us.
    returned: BTreeSet<PeerId>,
}

/// Why contracts could not be compared.
#[derive(Debug, thiserror::Error)]
enum CatchUpError {
    #[error(transparent)]
    Call(#[from] CallError),
    #[error(transparent)]
    Store(#[from] crate::contracts::StoreError),
}

/// A signature that a peer knows and we do not.
struct Missed<'a> {
    signer: &'a PeerId,
    signature_type: SignatureType,
    jws: String,
}

impl Behind {
    /// Notes with whom contracts are to be compared.
    pub(super) fn begin(&self, peers: impl Iterator<Item = PeerId>) {
        self.with(|these| these.behind.extend(peers));
    }

    /// Notes that a peer has called us.
    pub(super) fn seen(&self, peer: &PeerId) {
        let is_behind = self.with(|these| {
            let is_behind = these.behind.contains(peer);
            is_behind && these.returned.insert(peer.clone())
        });
        if is_behind {
            self.returned.notify_one();
        }
    }

    /// The peers that are there again and with whom contracts have still to be compared. Waits until there are any.
    pub(super) async fn returned(&self) -> BTreeSet<PeerId> {
        loop {
            let returned = self.with(|these| std::mem::take(&mut these.returned));
            if !returned.is_empty() {
                return returned;
            }
            self.returned.notified().await;
        }
    }

    /// Whether contracts have still to be compared with this peer.
    pub(super) fn contains(&self, peer: &PeerId) -> bool {
        self.with(|these| these.behind.contains(peer))
    }

    fn is_done(&self, peer: &PeerId) {
        self.with(|these| {
            these.behind.remove(peer);
            these.returned.remove(peer);
        });
    }

    fn with<T>(&self, work: impl FnOnce(&mut Peers) -> T) -> T {
        work(&mut self.peers.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    /// Takes in what a peer signed, and what we signed ourselves, as far as the peer knows it and we do not; whether that is
    /// done. If the peer is away it is done when the peer calls us.
    pub(super) async fn catch_up(&self, peer: &PeerId) -> bool {
        let Ok(_turn) = self.behind.lists.acquire().await else {
            return false;
        };
        match self.compare(peer).await {
            Ok(0) => {}
            Ok(missed) => tracing::warn!(%peer, missed, "took in signatures that had been missed"),
            Err(CatchUpError::Call(error)) if error.is_about_message() => {
                // Asking again at every call of the peer would lead no further.
                tracing::warn!(%peer, %error, "could not compare contracts with a peer; it will be done after the next start");
            }
            Err(error) => {
                tracing::warn!(%peer, %error, "could not compare contracts with a peer; it will be done when the peer calls");
                return false;
            }
        }
        self.behind.is_done(peer);
        true
    }

    /// Returns how many signatures had been missed.
    async fn compare(&self, peer: &PeerId) -> Result<usize, CatchUpError> {
        let address = self.client.address_of(peer).await?;
        let mut query = ContractsQuery {
            page: PageRequest {
                cursor: String::new(),
                limit: PAGE,
                // What comes while we read is told to us, or is on the next page.
                sort_order: SortOrder::Ascending,
            },
            grant_type: None,
            grant_hashes: Vec::new(),
        };
        let mut missed = 0;
        let mut paging = Paging::default();
        loop {
            let page = self.client.contracts(peer, &query).await?;
            for error in &page.refused {
                tracing::info!(%peer, %error, "passed over a contract in the list of a peer");
            }
            for contract in &page.contracts {
                missed += self.compare_one(peer, &address, contract).await?;
            }
            let is_empty = page.contracts.is_empty() && page.refused.is_empty();
            match paging.next(page.pagination.next_cursor, is_empty) {
                Ok(Some(cursor)) => query.page.cursor = cursor,
                Ok(None) => return Ok(missed),
                Err(error) => {
                    // What was read is taken in; reading it again would not lead further.
                    tracing::warn!(%peer, %error, "stopped reading the contracts of a peer");
                    return Ok(missed);
                }
            }
        }
    }

    async fn compare_one(
        &self,
        peer: &PeerId,
        address: &Address,
        theirs: &Contract,
    ) -> Result<usize, CatchUpError> {
        let content = &theirs.content;
        if content.validity().not_after < self.clock.unix_seconds() {
            return Ok(0);
        }
        let mut missed = 0;
        for signer in [peer, self.own()] {
            let ours = self.contracts.signatures_by(content.hash(), signer).await?;
            for signature_type in SignatureType::ALL {
                let Some(jws) = theirs.signatures.of_type(signature_type).get(signer) else {
                    continue;
                };
                let known = ours.get(&signature_type);
                // Of our own signatures we know best which is the latest.
                if known == Some(jws) || (known.is_some() && signer == self.own()) {
                    continue;
                }
                let missed_one = Missed {
                    signer,
                    signature_type,
                    jws: jws.clone(),
                };
                let taken = self.take_missed(peer, address, content, missed_one).await;
                match taken {
                    Ok(is_new) => missed += usize::from(is_new),
                    Err(Refusal::Store(error)) => return Err(error.into()),
                    Err(refusal) => {
                        let contract = content.hash();
                        tracing::info!(%peer, %contract, %refusal, "did not take a signature from the list of a peer");
                    }
                }
            }
        }
        if missed > 0 {
            self.decide(content.hash()).await;
        }
        Ok(missed)
    }

    /// Whether it turned out to be new.
    async fn take_missed(
        &self,
        peer: &PeerId,
        address: &Address,
        content: &Content,
        missed: Missed<'_>,
    ) -> Result<bool, Refusal> {
        let Missed {
            signer,
            signature_type,
            jws,
        } = missed;
        self.check_content(content, peer).await?;
        let signature = if signer == self.own() {
            let certificate = self.own_certificate(&jws)?;
            let mut signature =
                self.check_signature_with(signer, content, signature_type, jws, certificate)?;
            // Whether the others were told is lost with the signature.
            let others = others(content, signer).into_iter();
            signature.tell = others
                .filter(|other| other != peer)
                .map(|other| (other, signature_type.into()))
                .collect();
            signature
        } else {
            let signer = Signer {
                id: signer,
                shown: None,
                address,
            };
            self.check_signature(&signer, content, signature_type, jws)
                .await?
        };
        self.take_in(content, peer, signature).await
    }

    /// The certificate of ours with which something was signed, DER.
    fn own_certificate(&self, jws: &str) -> Result<Vec<u8>, Refusal> {
        let unverified = jws::parse(jws).map_err(SignatureError::from)?;
        let thumbprint = unverified.certificate_thumbprint();
        let identities = self.identities.load();
        let identity = identities
            .all()
            .iter()
            .find(|identity| identity.peer().certificate_thumbprint.matches(thumbprint));
        let leaf = identity.and_then(|identity| identity.chain().first());
        let unknown = || Refusal::Unreadable(format!("certificate {thumbprint} is none of ours"));
        leaf.map(|leaf| leaf.to_vec()).ok_or_else(unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_peer_is_compared_with_once_when_it_calls() {
        let peer = |id: &str| PeerId::new(id).unwrap();
        let behind = Behind::default();
        behind.begin([peer("one"), peer("two")].into_iter());
        for id in ["one", "one", "another"] {
            behind.seen(&peer(id));
        }
        assert_eq!(behind.returned().await, BTreeSet::from([peer("one")]));
        behind.is_done(&peer("one"));
        behind.seen(&peer("one"));
        behind.seen(&peer("two"));
        assert_eq!(behind.returned().await, BTreeSet::from([peer("two")]));
        // It was still away: it is asked when it calls again.
        behind.seen(&peer("two"));
        assert_eq!(behind.returned().await, BTreeSet::from([peer("two")]));
    }
}
