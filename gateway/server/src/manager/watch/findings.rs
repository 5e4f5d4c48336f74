//! What was found at one organisation, and what of that is news.

use std::collections::BTreeSet;

use sluis_certs::PeerId;

use super::agreed::AgreedWith;
use super::services::subject;
use crate::contracts::{Alarm, AlarmKind, StoreError};
use crate::manager::CallError;
use crate::manager::paging::Endless;

/// The contracts, as that which could not be compared.
pub(super) const CONTRACTS: &str = "contracts";
/// The same of the services of a directory.
pub(super) const SERVICES: &str = "services";

/// What was found at one organisation.
pub(super) struct Report {
    peer_id: String,
    /// Whether something is lost when the organisation is.
    matters: bool,
    /// The content hashes and services that it must have.
    expected: BTreeSet<String>,
    found: Vec<(AlarmKind, String, String)>,
    version_known: bool,
    contracts_compared: bool,
    services_compared: bool,
}

/// Why something could not be compared.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error(transparent)]
    Call(#[from] CallError),
    #[error(transparent)]
    Endless(#[from] Endless),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("reading its list took too long")]
    TooSlow,
}

/// What became of something that is or was wrong.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// It is wrong, and that is no news or not yet an alarm.
    Found(Alarm),
    /// It is an alarm now.
    Raised(Alarm),
    /// It is right again.
    Mended(Alarm),
    /// It is wrong or right, and does not matter any more.
    Lapsed(Alarm),
}

impl Report {
    /// Nothing was looked at yet.
    pub(super) fn new(peer: &PeerId, agreed: &AgreedWith<'_>) -> Self {
        let contracts = agreed.contracts.iter();
        let publications = agreed.publications.iter();
        let destinations = agreed.destinations.iter();
        Self {
            peer_id: peer.as_str().to_owned(),
            matters: agreed.matters(),
            expected: contracts
                .map(|contract| contract.content_hash.as_str().to_owned())
                .chain(publications.map(|one| subject(&one.service_peer, &one.service)))
                .chain(destinations.map(|(peer, service)| subject(peer, service)))
                .collect(),
            found: Vec::new(),
            version_known: false,
            contracts_compared: false,
            services_compared: false,
        }
    }

    /// Notes what is wrong.
    pub(super) fn find(&mut self, kind: AlarmKind, subject: &str, what: String) {
        self.found.push((kind, subject.to_owned(), what));
    }

    /// The manager answered, so its version is as it says.
    pub(super) fn looked_at_version(&mut self) {
        self.version_known = true;
    }

    /// What was not found about contracts is right.
    pub(super) fn looked_at_contracts(&mut self) {
        self.contracts_compared = true;
    }

    /// What was not found about services is right.
    pub(super) fn looked_at_services(&mut self) {
        self.services_compared = true;
    }

    /// `list` could not be compared.
    pub(super) fn failed(&mut self, list: &'static str, failure: &Failure) {
        if self.matters {
            let what = format!("its {list} could not be compared with ours: {failure}");
            self.find(AlarmKind::NotComparable, list, what);
        }
    }

    /// The first thing that kept us from comparing.
    pub(super) fn first_failure(&self) -> Option<String> {
        let is_failure = |kind| kind == AlarmKind::NotComparable;
        let failure = self.found.iter().find(|(kind, ..)| is_failure(*kind));
        failure.map(|(_, _, what)| what.clone())
    }

    /// What is news, given what was known of all organisations before.
    pub(super) fn weigh(&self, known: &[Alarm], now_ms: u64) -> Vec<Change> {
        let known: Vec<&Alarm> = known
            .iter()
            .filter(|alarm| alarm.peer_id == self.peer_id)
            .collect();
        let found: Vec<Alarm> = self
            .found
            .iter()
            .map(|(kind, subject, what)| Alarm {
                kind: *kind,
                peer_id: self.peer_id.clone(),
                subject: subject.clone(),
                what: what.clone(),
                since_ms: now_ms,
                seen: 1,
            })
            .collect();
        let gone = known
            .iter()
            .filter(|alarm| !found.iter().any(|one| one.is_about_the_same_as(alarm)));
        let gone: Vec<Change> = gone.filter_map(|alarm| self.settle(alarm)).collect();
        let found = found.into_iter().map(|mut alarm| {
            let before = known.iter().find(|one| one.is_about_the_same_as(&alarm));
            let Some(before) = before else {
                return Change::Found(alarm);
            };
            alarm.since_ms = before.since_ms;
            alarm.seen = before.seen.saturating_add(1);
            if alarm.is_raised() && !before.is_raised() {
                Change::Raised(alarm)
            } else {
                Change::Found(alarm)
            }
        });
        gone.into_iter().chain(found).collect()
    }

    /// What becomes of something that was not found this time; `None` when it could not be looked at.
    fn settle(&self, alarm: &Alarm) -> Option<Change> {
        let expected = match alarm.kind {
            AlarmKind::PeerSilent
            | AlarmKind::PeerMoved
            | AlarmKind::PeerVersion
            | AlarmKind::NotComparable => self.matters,
            AlarmKind::ContractMissing
            | AlarmKind::ContractNotValid
            | AlarmKind::PublicationMissing
            | AlarmKind::ServiceMissing => self.expected.contains(&alarm.subject),
        };
        if !expected {
            return Some(Change::Lapsed(alarm.clone()));
        }
        let looked_at = match alarm.kind {
            // Either is found when the manager does not answer.
            AlarmKind::PeerSilent | AlarmKind::PeerMoved => true,
            AlarmKind::PeerVersion => self.version_known,
            AlarmKind::NotComparable if alarm.subject == CONTRACTS => self.contracts_compared,
            AlarmKind::NotComparable => self.services_compared,
            AlarmKind::ContractMissing | AlarmKind::ContractNotValid => self.contracts_compared,
            AlarmKind::PublicationMissing | AlarmKind::ServiceMissing => self.services_compared,
        };
        looked_at.then(|| Change::Mended(alarm.clone()))
    }
}

impl Change {
    /// One line when an alarm is raised, and one when it is over.
    pub(super) fn log(&self) {
        match self {
            Self::Found(_) => {}
            Self::Raised(alarm) => tracing::warn!(
                alarm = alarm.kind.as_str(),
                peer = alarm.peer_id,
                subject = alarm.subject,
                since_unix_seconds = alarm.since_ms / 1000,
                remedy = alarm.kind.remedy(),
                "peer {}: {}",
                alarm.peer_id,
                alarm.what
            ),
            Self::Mended(alarm) | Self::Lapsed(alarm) if alarm.is_raised() => {
                let how = match self {
                    Self::Mended(_) => "mended",
                    _ => "nothing depends on it any more",
                };
                tracing::info!(
                    alarm = alarm.kind.as_str(),
                    peer = alarm.peer_id,
                    subject = alarm.subject,
                    since_unix_seconds = alarm.since_ms / 1000,
                    "{how} at peer {}: {}",
                    alarm.peer_id,
                    alarm.what
                );
            }
            Self::Mended(_) | Self::Lapsed(_) => {}
        }
    }
}

#[cfg(test)]
mod tests;
