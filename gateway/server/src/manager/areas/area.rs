//! One Regulated Area, and what we know of its members.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use sluis_certs::PeerId;
use sluis_fsc::AreaName;
use sluis_fsc::api::{LIMIT_MAX, MembersQuery, PageRequest};
use sluis_fsc::grant::RegulatedArea;
use thiserror::Error;

use crate::manager::paging::{Endless, Paging};
use crate::manager::settings::AreaSettings;
use crate::manager::{CallError, PeerClient};

/// Most peers of one area whose membership is remembered; beyond it all are forgotten.
const KNOWN_MAX: usize = 10_000;
/// How long nobody asks again after no Membership Administrator answered, in seconds.
const FAILED_PAUSE_SECONDS: i64 = 10;

/// One Regulated Area.
pub(super) struct Area {
    settings: AreaSettings,
    known: Mutex<Known>,
    /// Held while a Membership Administrator is asked: who comes meanwhile finds the answer.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Known {
    /// Whether a peer is a member, and when that was said, Unix seconds.
    peers: BTreeMap<PeerId, (bool, i64)>,
    /// When and why nobody answered the last time.
    failed: Option<(i64, Unanswered)>,
}

/// Why nothing is known.
#[derive(Debug, Clone, Error)]
pub(super) enum Unanswered {
    #[error(transparent)]
    Call(#[from] CallError),
    #[error("of its Membership Administrator {0}: {1}")]
    Endless(PeerId, Endless),
    #[error("no Membership Administrator is configured; name one in `manager.regulated_areas`")]
    Nobody,
}

impl Area {
    pub(super) fn new(settings: AreaSettings) -> Self {
        Self {
            settings,
            known: Mutex::default(),
            asking: tokio::sync::Mutex::default(),
        }
    }

    pub(super) fn name(&self) -> &AreaName {
        &self.settings.name
    }

    pub(super) fn has_service(&self, service: &str) -> bool {
        let mut services = self.settings.services.iter();
        services.any(|one| one.as_str() == service)
    }

    pub(super) fn is_administered_by(&self, peer: &PeerId) -> bool {
        self.settings.administrators.contains(peer)
    }

    /// The area as a grant names it.
    pub(super) fn as_named(&self) -> Option<RegulatedArea> {
        Some(RegulatedArea {
            name: self.name().clone(),
            administrator: self.settings.administrators.first()?.clone(),
        })
    }

    /// Which of these peers are not members.
    ///
    /// What was said is used for `refresh_seconds`, and when no Membership Administrator answers, for `max_age_seconds`.
    pub(super) async fn who_is_not(
        &self,
        peers: &BTreeSet<&PeerId>,
        client: &PeerClient,
        now: i64,
    ) -> Result<Vec<PeerId>, Unanswered> {
        if let Some(known) = self.known(peers, self.settings.refresh_seconds, now) {
            return Ok(known);
        }
        let _turn = self.asking.lock().await;
        if let Some(known) = self.known(peers, self.settings.refresh_seconds, now) {
            return Ok(known);
        }
        let failed = self.with(|known| {
            let recent = |at: i64| (at..at + FAILED_PAUSE_SECONDS).contains(&now);
            known.failed = known.failed.take().filter(|(at, _)| recent(*at));
            known.failed.clone()
        });
        let asked = match failed {
            Some((_, error)) => Err(error),
            None => self.ask(peers, client).await,
        };
        match asked {
            Ok(members) => {
                self.with(|known| known.learn(peers, &members, now));
                let not = peers.iter().filter(|peer| !members.contains(**peer));
                Ok(not.map(|peer| (*peer).clone()).collect())
            }
            Err(error) => {
                self.with(|known| {
                    known.failed.get_or_insert((now, error.clone()));
                });
                let known = self.known(peers, self.settings.max_age_seconds, now);
                known.ok_or(error)
            }
        }
    }

    /// Which of these peers are not members, when that was said of all of them at most so long ago.
    fn known(&self, peers: &BTreeSet<&PeerId>, seconds: i64, now: i64) -> Option<Vec<PeerId>> {
        self.with(|known| {
            let mut not = Vec::new();
            for peer in peers {
                let (is_member, at) = known.peers.get(*peer)?;
                if !(*at..at.saturating_add(seconds)).contains(&now) {
                    return None;
                }
                if !is_member {
                    not.push((*peer).clone());
                }
            }
            Some(not)
        })
    }

    /// Asks the Membership Administrators, one after another, until one answers.
    async fn ask(
        &self,
        peers: &BTreeSet<&PeerId>,
        client: &PeerClient,
    ) -> Result<BTreeSet<PeerId>, Unanswered> {
        let mut failed = Unanswered::Nobody;
        for administrator in &self.settings.administrators {
            match self.ask_one(administrator, peers, client).await {
                Ok(members) => return Ok(members),
                Err(error) => {
                    tracing::warn!(area = %self.name(), %administrator, %error, "a Membership Administrator did not say who is a member");
                    failed = error;
                }
            }
        }
        Err(failed)
    }

    async fn ask_one(
        &self,
        administrator: &PeerId,
        peers: &BTreeSet<&PeerId>,
        client: &PeerClient,
    ) -> Result<BTreeSet<PeerId>, Unanswered> {
        let mut members = BTreeSet::new();
        let mut paging = Paging::default();
        let mut query = MembersQuery {
            page: PageRequest::first(LIMIT_MAX),
            peer_ids: peers.iter().map(|peer| (*peer).clone()).collect(),
        };
        loop {
            let page = client.members(administrator, self.name(), &query).await?;
            let is_empty = page.members.is_empty();
            let found = page.members.into_iter().map(|entry| entry.peer.id);
            members.extend(found.filter(|peer| peers.contains(peer)));
            // Whoever ignores the question by Peer ID gives everybody, a page at a time.
            if members.len() == peers.len() {
                return Ok(members);
            }
            let next = paging.next(page.pagination.next_cursor, is_empty);
            match next.map_err(|error| Unanswered::Endless(administrator.clone(), error))? {
                Some(cursor) => query.page.cursor = cursor,
                None => return Ok(members),
            }
        }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Known) -> T) -> T {
        work(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Known {
    fn learn(&mut self, peers: &BTreeSet<&PeerId>, members: &BTreeSet<PeerId>, now: i64) {
        self.failed = None;
        if self.peers.len() + peers.len() > KNOWN_MAX {
            self.peers.clear();
        }
        for peer in peers {
            let said = (members.contains(*peer), now);
            self.peers.insert((*peer).clone(), said);
        }
    }
}
