//! Never losing a peer silently: now and then the managers of all organisations that we know are asked what they speak, and
//! whether they and the directories still have what was agreed with them.
//!
//! What is found wrong in two checks in a row is an alarm: one log line, a metric, and a line in `sluis peer list` and
//! `sluis status`, until it is mended. Nothing is changed here, except that what the other ended without our hearing of it is
//! ended here too: what a person has to see to, a person sees to.

mod agreed;
mod contracts;
mod findings;
mod reach;
mod services;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt, stream};
use sluis_certs::PeerId;
use tokio_util::sync::CancellationToken;

use super::backoff::random_byte;
use super::state::State;
use crate::contracts::{Alarm, PeerCheck, PeerPage, StoreError};
use agreed::Agreed;
use findings::{Change, Report};

pub(crate) use reach::is_ours;

/// Most managers that are asked at the same time.
const PEERS_AT_ONCE_MAX: usize = 8;
/// How long reading one kind of list of one peer may take, all its pages together.
const LISTS_TIMEOUT: Duration = Duration::from_secs(120);
/// How many known peers are read from the store at once.
const KNOWN_PAGE: u32 = 1_000;

/// Checks everybody again and again until `shutdown`. The first time soon after the start, at a moment of its own.
pub(super) async fn run(state: Arc<State>, shutdown: CancellationToken) {
    if let Err(error) = state.count_alarms().await {
        tracing::error!(%error, "what is wrong with other organisations cannot be read");
    }
    let Some(pause) = state.settings.peer_check_pause else {
        return;
    };
    let mut next = pause / 16 + part_of(pause / 8, random_byte());
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(next) => {}
        }
        let checked = tokio::select! {
            () = shutdown.cancelled() => return,
            checked = state.check_others() => checked,
        };
        if let Err(error) = checked {
            tracing::error!(%error, "the managers of other organisations could not be checked");
        }
        // Up to an eighth shorter or longer, so that gateways that started together do not stay together.
        next = pause - pause / 8 + part_of(pause / 4, random_byte());
    }
}

fn part_of(whole: Duration, random: u8) -> Duration {
    whole * u32::from(random) / 255
}

impl State {
    /// Checks everybody once.
    pub(super) async fn check_others(&self) -> Result<(), StoreError> {
        // One at a time: an alarm counts in how many checks in a row a thing was found.
        let _turn = self.checking.lock().await;
        let agreed = Agreed::of(self);
        let peers = self.known_peers(&agreed).await?;
        let before = self.contracts.peer_checks().await?;
        let known = self.contracts.alarms().await?;
        let mut checks = Vec::new();
        for peer in &peers {
            let before = before.iter().find(|check| check.peer_id == peer.as_str());
            checks.push(self.check_peer(peer, before, &agreed).boxed());
        }
        let mut checks = stream::iter(checks).buffer_unordered(PEERS_AT_ONCE_MAX);
        let (mut answering, mut silent) = (0, 0);
        while let Some((check, report)) = checks.next().await {
            if check.answers {
                answering += 1;
            } else {
                silent += 1;
            }
            self.keep(check, &report, &known).await?;
        }
        // What was known of organisations that are not checked any more.
        let unknown = |alarm: &&Alarm| !peers.iter().any(|peer| peer.as_str() == alarm.peer_id);
        let lapsed: Vec<Alarm> = known.iter().filter(unknown).cloned().collect();
        for alarm in &lapsed {
            Change::Lapsed(alarm.clone()).log();
        }
        self.contracts.put_alarms(Vec::new(), lapsed).await?;
        self.metrics.peers_answering(answering, silent);
        if !self.areas.is_empty() {
            // Contracts may wait for a Membership Administrator that answers again.
            self.decide_waiting().await;
        }
        self.count_alarms().await
    }

    /// Everybody whom we know, the directories, and whoever is part of a contract.
    async fn known_peers(&self, agreed: &Agreed) -> Result<BTreeSet<PeerId>, StoreError> {
        let mut peers: BTreeSet<PeerId> = agreed.peers().cloned().collect();
        let mut page = PeerPage {
            ascending: true,
            limit: KNOWN_PAGE,
            ..PeerPage::default()
        };
        loop {
            let known = self.contracts.peers(page.clone()).await?;
            peers.extend(known.iter().filter_map(|known| PeerId::new(&known.id).ok()));
            if known.len() <= KNOWN_PAGE as usize {
                break;
            }
            page.after = known.last().map(|last| last.id.clone());
        }
        peers.remove(self.own());
        Ok(peers)
    }

    async fn check_peer(
        &self,
        peer: &PeerId,
        before: Option<&PeerCheck>,
        agreed: &Agreed,
    ) -> (PeerCheck, Report) {
        let agreed = agreed.with(peer);
        let reached = self.reach(peer).await;
        let (mut check, mut report) = self.judge_reach(peer, before, &agreed, &reached);
        if reached.speaks_ours() {
            self.compare_contracts(peer, &agreed, &mut report).await;
            self.compare_services(peer, &agreed, &mut report).await;
        }
        if check.last_error.is_none() {
            check.last_error = report.first_failure();
        }
        (check, report)
    }

    async fn keep(
        &self,
        check: PeerCheck,
        report: &Report,
        known: &[Alarm],
    ) -> Result<(), StoreError> {
        let changes = report.weigh(known, self.clock.unix_ms());
        let mut found = Vec::new();
        let mut gone = Vec::new();
        for change in changes {
            change.log();
            match change {
                Change::Found(alarm) | Change::Raised(alarm) => found.push(alarm),
                Change::Mended(alarm) | Change::Lapsed(alarm) => gone.push(alarm),
            }
        }
        self.contracts.put_peer_check(check).await?;
        if found.is_empty() && gone.is_empty() {
            return Ok(());
        }
        self.contracts.put_alarms(found, gone).await
    }

    async fn count_alarms(&self) -> Result<(), StoreError> {
        let alarms = self.contracts.alarms().await?;
        let raised = alarms.iter().filter(|alarm| alarm.is_raised());
        self.metrics.peer_alarms(raised);
        Ok(())
    }
}
