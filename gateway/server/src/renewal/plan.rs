//! What a new key breaks, and what to do in which order (FSC Core 2.0.0, Certificate renewal).
//!
//! A contract names our outway by its public key. When the certificate with that key goes, the contract cannot be used any
//! more, however long it is still valid: an equal contract that names the new key must be accepted by everybody first.

use std::collections::BTreeSet;
use std::sync::Arc;

use sluis_certs::{Peer, PeerId};
use sluis_fsc::contract::State;
use sluis_fsc::grant::OutwayIdentification;
use uuid::Uuid;

use super::DAY_SECONDS;
use super::expiry::FIRST_WARNING_DAYS;
use crate::contracts::GrantEntry;

/// How our contracts stand towards our certificates.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Every grant under which our outways may call now or later, those that end first at the top.
    pub grants: Vec<Resting>,
    /// What to do, in order.
    pub steps: Vec<Step>,
}

/// A grant, the certificate that it rests on, and what becomes of it.
#[derive(Debug, Clone)]
pub struct Resting {
    /// The grant.
    pub entry: Arc<GrantEntry>,
    /// How its contract stands.
    pub state: State,
    /// Which of our certificates it names, the current one being 0; `None` when none, so that nobody can call under it.
    pub rests_on: Option<usize>,
    /// What becomes of it when only the certificate that stays is left.
    pub fate: Fate,
}

/// What becomes of a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It names the certificate that stays.
    Survives,
    /// It ends before the certificate that it names.
    EndsFirst,
    /// This valid contract takes its place.
    Succeeded(Uuid),
    /// This contract is to take its place, and is not valid yet.
    AwaitsSuccessor(Uuid),
    /// It cannot be used any more, and nothing takes its place.
    Breaks,
}

/// One step of a renewal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Request a certificate with a new key, before the current one ends.
    Request {
        /// When it ends, Unix seconds.
        before: i64,
    },
    /// Put the new certificate in the place of the current one: nothing rests on the key of that.
    Replace,
    /// Put the new certificate beside the current one.
    PutBeside {
        /// When the current one ends, Unix seconds.
        before: i64,
    },
    /// Propose successors of these contracts.
    Propose {
        /// The contracts.
        contracts: BTreeSet<Uuid>,
    },
    /// Have the successors of these contracts accepted.
    Await {
        /// The contracts.
        contracts: BTreeSet<Uuid>,
        /// Who must accept.
        peers: BTreeSet<PeerId>,
    },
    /// Keep the previous certificates until these contracts have ended.
    KeepPrevious {
        /// The contracts.
        contracts: BTreeSet<Uuid>,
        /// When the last of them ends, Unix seconds.
        until: i64,
    },
    /// Remove the previous certificates.
    RemovePrevious {
        /// At the latest when the first of them ends, Unix seconds.
        before: i64,
    },
}

impl Plan {
    /// Judges `grants`, under which our outways may call, with our certificates in use `own` (the current one first) and
    /// the one that is to replace the current one, where there is one.
    ///
    /// Without a new certificate and without previous ones the question is what any new key would break.
    pub fn make<'a>(
        own: &[&Peer],
        new: Option<&Peer>,
        grants: impl IntoIterator<Item = &'a Arc<GrantEntry>>,
        now_unix_seconds: i64,
    ) -> Plan {
        let staying = Staying::of(own, new);
        let open = |entry: &Arc<GrantEntry>| {
            let state = entry.state_at(now_unix_seconds);
            matches!(state, State::Valid | State::NotYetValid | State::Proposed)
                .then(|| (Arc::clone(entry), state))
        };
        let mut open: Vec<_> = grants.into_iter().filter_map(open).collect();
        open.sort_by_cached_key(|(entry, _)| {
            (
                entry.validity().not_after,
                entry.created_at,
                entry.contract_iv,
                entry.grant_hash.clone(),
            )
        });
        let judge = |(entry, state): &(Arc<GrantEntry>, State)| {
            let rests_on = own.iter().position(|peer| names(entry, peer));
            let holder = rests_on.and_then(|index| own.get(index));
            let staying = staying.for_a_grant_on(holder, own);
            Resting {
                rests_on,
                fate: staying.fate_of(entry, holder, &open),
                entry: Arc::clone(entry),
                state: *state,
            }
        };
        let grants: Vec<Resting> = open.iter().map(judge).collect();
        let steps = staying.steps(own, &grants, now_unix_seconds);
        Plan { grants, steps }
    }
}

/// Whether the grant names this certificate of ours.
fn names(entry: &GrantEntry, peer: &Peer) -> bool {
    let outway = entry.grant.data().outway();
    outway.is_some_and(|outway| outway.check(peer).is_ok())
}

/// The certificate that is left at the end of the renewal.
#[derive(Clone, Copy)]
enum Staying<'a> {
    /// One that is not in use yet.
    New(&'a Peer),
    /// The current one: the renewal is under way.
    Current(&'a Peer),
    /// One that does not exist yet, with a key that no contract names.
    Unknown,
}

impl<'a> Staying<'a> {
    fn of(own: &[&'a Peer], new: Option<&'a Peer>) -> Self {
        let in_use = |new: &&Peer| {
            own.first()
                .is_some_and(|current| current.certificate_thumbprint == new.certificate_thumbprint)
        };
        match (new, own) {
            (Some(new), _) if !in_use(&new) => Self::New(new),
            (None, [_]) | (_, []) => Self::Unknown,
            (_, [current, ..]) => Self::Current(current),
        }
    }

    /// A contract on a key that is gone can only be saved by one on the current key, whatever else is planned.
    fn for_a_grant_on(self, holder: Option<&&Peer>, own: &[&'a Peer]) -> Self {
        match (self, holder, own) {
            (Self::Unknown, None, [current, ..]) => Self::Current(current),
            _ => self,
        }
    }

    fn survives(self, entry: &GrantEntry) -> bool {
        match self {
            Self::New(peer) | Self::Current(peer) => names(entry, peer),
            // That a new certificate has the names of the old one is asked for when it is requested.
            Self::Unknown => {
                let outway = entry.grant.data().outway();
                outway.is_some_and(|outway| {
                    matches!(outway.identification, OutwayIdentification::DomainName(_))
                })
            }
        }
    }

    fn fate_of(
        self,
        entry: &GrantEntry,
        rests_on: Option<&&Peer>,
        all: &[(Arc<GrantEntry>, State)],
    ) -> Fate {
        if self.survives(entry) {
            return Fate::Survives;
        }
        let successors = all.iter().filter(|(other, _)| {
            !matches!(self, Self::Unknown) && self.survives(other) && is_succeeded_by(entry, other)
        });
        let mut awaited = None;
        for (successor, state) in successors {
            if *state == State::Valid {
                return Fate::Succeeded(successor.contract_iv);
            }
            awaited.get_or_insert(successor.contract_iv);
        }
        if let Some(successor) = awaited {
            return Fate::AwaitsSuccessor(successor);
        }
        if rests_on.is_some_and(|peer| entry.validity().not_after <= peer.not_after) {
            return Fate::EndsFirst;
        }
        Fate::Breaks
    }

    fn steps(self, own: &[&Peer], grants: &[Resting], now: i64) -> Vec<Step> {
        let contracts = |fits: &dyn Fn(&Resting) -> bool| -> BTreeSet<Uuid> {
            let fitting = grants.iter().filter(|resting| fits(resting));
            fitting.map(|resting| resting.entry.contract_iv).collect()
        };
        let Some(current) = own.first() else {
            return Vec::new();
        };
        let mut steps = Vec::new();
        let at_stake = |resting: &Resting| {
            resting.rests_on.is_some() && !matches!(resting.fate, Fate::Survives)
        };
        let previous = match self {
            Self::Unknown => {
                let left = current.not_after.saturating_sub(now);
                if left <= FIRST_WARNING_DAYS * DAY_SECONDS {
                    let before = current.not_after;
                    steps.push(Step::Request { before });
                }
                &[]
            }
            // Nothing rests on the old key, so it need not stay beside the new one.
            Self::New(_) if !grants.iter().any(at_stake) && own.len() == 1 => {
                steps.push(Step::Replace);
                &[]
            }
            Self::New(_) => {
                let before = current.not_after;
                steps.push(Step::PutBeside { before });
                own
            }
            Self::Current(_) => own.get(1..).unwrap_or_default(),
        };
        // Before there is a new key, only what rests on a key that is gone can be helped.
        let now_or_later =
            |resting: &Resting| !matches!(self, Self::Unknown) || resting.rests_on.is_none();
        let breaking = contracts(&|resting| now_or_later(resting) && resting.fate == Fate::Breaks);
        if !breaking.is_empty() {
            steps.push(Step::Propose {
                contracts: breaking,
            });
        }
        let waits = |resting: &Resting| {
            now_or_later(resting) && matches!(resting.fate, Fate::Breaks | Fate::AwaitsSuccessor(_))
        };
        let waiting = contracts(&waits);
        if !waiting.is_empty() {
            steps.push(Step::Await {
                contracts: waiting,
                peers: parties(grants.iter().filter(|resting| waits(resting)), current),
            });
        }
        let ends_first =
            |resting: &Resting| now_or_later(resting) && resting.fate == Fate::EndsFirst;
        let ends = grants.iter().filter(|resting| ends_first(resting));
        if let Some(until) = ends.map(|resting| resting.entry.validity().not_after).max() {
            steps.push(Step::KeepPrevious {
                contracts: contracts(&ends_first),
                until,
            });
        }
        if let Some(before) = previous.iter().map(|peer| peer.not_after).min() {
            steps.push(Step::RemovePrevious { before });
        }
        steps
    }
}

/// Whether another contract can take the place of this one: the same service under the same conditions, and for at least
/// as long. One that ends earlier would leave a time in which nobody can call.
fn is_succeeded_by(one: &GrantEntry, other: &GrantEntry) -> bool {
    one.content_hash != other.content_hash
        && one.validity().not_after <= other.validity().not_after
        && one.service_peer == other.service_peer
        && one.service == other.service
        && one.delegator == other.delegator
        && one.publication_delegator == other.publication_delegator
        && one.grant.properties() == other.grant.properties()
}

/// Who beside ourselves must accept successors of these.
fn parties<'a>(grants: impl Iterator<Item = &'a Resting>, own: &Peer) -> BTreeSet<PeerId> {
    let of_one = |resting: &'a Resting| {
        let entry = &resting.entry;
        let others = [&entry.delegator, &entry.publication_delegator];
        std::iter::once(&entry.service_peer).chain(others.into_iter().flatten())
    };
    grants
        .flat_map(of_one)
        .filter(|peer| **peer != own.id)
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests;
