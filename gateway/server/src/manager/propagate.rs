//! Telling peers what we signed, until they have confirmed it (Digikoppeling REST-API 3.1.0: exponential back-off).
//!
//! The outbox in the store is the truth; this task only empties it. Per peer one message is on its way at a time, and per
//! contract in the order of signing, so a contract arrives before the signatures on it. Peers do not wait for each other, and
//! contracts do not wait for one that a peer does not take.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use sluis_certs::PeerId;
use sluis_fsc::ContentHash;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::CallError;
use super::backoff::random_byte;
use super::state::State;
use crate::contracts::{Moment, OutboxAction, OutboxItem, Pause, Paused, StoreError};

/// Most messages looked at in one round.
const ROUND_MAX: u32 = 256;
/// Most peers that are told something at the same time.
const PEERS_AT_ONCE_MAX: usize = 16;
/// How long to wait before the store is asked again when it failed.
const STORE_PAUSE: Duration = Duration::from_secs(5);
/// How long to wait at most before the outbox is looked at again, whatever it said.
const LOOK_AGAIN: Duration = Duration::from_secs(300);

/// Empties the outbox until `shutdown`. A message that is on its way then is sent again after the restart, which does no
/// harm: the same signature twice is one signature.
pub(super) async fn run(state: Arc<State>, shutdown: CancellationToken) {
    let mut on_their_way = JoinSet::new();
    let mut busy: HashSet<String> = HashSet::new();
    loop {
        let pause = match start_round(&state, &mut on_their_way, &mut busy).await {
            Ok(pause) => pause,
            Err(error) => {
                tracing::error!(%error, "the outbox cannot be read");
                STORE_PAUSE
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => break,
            () = state.contracts.outbox_woken() => {}
            () = tokio::time::sleep(pause) => {}
            Some(Ok(peer)) = on_their_way.join_next() => drop(busy.remove(&peer)),
        }
    }
    on_their_way.shutdown().await;
}

/// Starts telling every peer for which something is due and that is not being told something; returns how long nothing
/// more will be due for the others. The end of telling somebody wakes the loop by itself.
async fn start_round(
    state: &Arc<State>,
    on_their_way: &mut JoinSet<String>,
    busy: &mut HashSet<String>,
) -> Result<Duration, StoreError> {
    let moment = moment(state);
    let mut by_peer: Vec<(String, Vec<OutboxItem>)> = Vec::new();
    for item in state.contracts.outbox_due(moment, busy, ROUND_MAX).await? {
        match by_peer.iter_mut().find(|(peer, _)| *peer == item.peer_id) {
            Some((_, items)) => items.push(item),
            None => by_peer.push((item.peer_id.clone(), vec![item])),
        }
    }
    for (peer, items) in by_peer {
        if on_their_way.len() >= PEERS_AT_ONCE_MAX {
            return Ok(LOOK_AGAIN);
        }
        busy.insert(peer.clone());
        let state = Arc::clone(state);
        on_their_way.spawn(async move {
            // Whatever happens, the peer must not be passed over from now on.
            let told = AssertUnwindSafe(tell_all(&state, items)).catch_unwind();
            if told.await.is_err() {
                tracing::error!(
                    peer,
                    "telling a peer broke off by a mistake in this program"
                );
                tokio::time::sleep(STORE_PAUSE).await;
            }
            peer
        });
    }
    let next_ms = state.contracts.outbox_next_due_ms(moment, busy).await?;
    let wait_ms = next_ms.map_or(u64::MAX, |next_ms| {
        next_ms.saturating_sub(moment.now_ms).max(1)
    });
    Ok(Duration::from_millis(wait_ms).min(LOOK_AGAIN))
}

/// When a peer was tried, and how often before without an answer.
struct Attempt {
    tried_at_ms: u64,
    knocks: u32,
}

/// Tells one peer its messages, in order, until it turns out to be away.
async fn tell_all(state: &State, items: Vec<OutboxItem>) {
    // Each knock at a closed door makes the next pause longer, whichever message it was for.
    let knocks = items.iter().map(|item| item.attempts).max().unwrap_or(0);
    for item in items {
        let attempt = Attempt {
            tried_at_ms: state.clock.unix_ms(),
            knocks,
        };
        let told = tell(state, &item).await;
        state.metrics.propagation_attempted(
            told.as_ref()
                .map_or_else(CallError::label, |()| "delivered"),
        );
        match settle(state, item, told, attempt).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                tracing::error!(%error, "the outcome of telling a peer could not be written; it will be told again");
                // While the store fails, telling the peer over and over would not help.
                return tokio::time::sleep(STORE_PAUSE).await;
            }
        }
    }
}

async fn tell(state: &State, item: &OutboxItem) -> Result<(), CallError> {
    let ours = |what: &str| CallError::Ours {
        what: what.to_owned(),
    };
    let peer = PeerId::new(&item.peer_id).map_err(|_| ours("the outbox names no peer"))?;
    let hash =
        ContentHash::parse(&item.content_hash).map_err(|_| ours("the outbox names no contract"))?;
    let record = state
        .contracts
        .contract(&hash)
        .await
        .map_err(|error| ours(&error.to_string()))?;
    let contract = record
        .ok_or_else(|| ours("the contract is not in the store"))?
        .contract;
    let content = &contract.content;
    if content.validity().not_after < state.clock.unix_seconds() {
        return Err(CallError::TooLate { peer });
    }
    // The latest: when our certificate was renewed since, the peer may not be able to verify the one of then.
    let signature_type = item.action.signature_type();
    let latest = contract.signatures.of_type(signature_type).get(state.own());
    let jws = latest.unwrap_or(&item.jws);
    if item.action == OutboxAction::Submit {
        return state.client.submit_contract(&peer, content, jws).await;
    }
    let placed = state
        .client
        .put_signature(&peer, signature_type, content, jws);
    placed.await
}

/// Writes down how it went; false when the peer must be left alone for a while.
async fn settle(
    state: &State,
    item: OutboxItem,
    told: Result<(), CallError>,
    attempt: Attempt,
) -> Result<bool, StoreError> {
    let (contract, peer, action) = (
        item.content_hash.clone(),
        item.peer_id.clone(),
        item.action.as_str(),
    );
    match told {
        Ok(()) => {
            tracing::info!(contract, peer, action, "told a peer");
            state
                .contracts
                .outbox_delivered(item.id, state.clock.unix_ms())
                .await?;
            learn_version(state, &peer).await;
            Ok(true)
        }
        Err(error) if error.is_final() => {
            tracing::warn!(contract, peer, action, %error, "a peer refused for good what we told it");
            state
                .contracts
                .outbox_refused(item.id, error.to_string(), state.clock.unix_ms())
                .await?;
            Ok(true)
        }
        Err(error) => {
            let of = if error.is_about_message() {
                Paused::Contract
            } else {
                Paused::Peer
            };
            // The peer may have moved; if the directory knows a new address the next attempt need not wait for long.
            let moved = error.is_unreachable() && moved(state, &peer).await;
            let before = match of {
                _ if moved => 0,
                Paused::Peer => attempt.knocks,
                Paused::Contract => item.attempts,
            };
            let attempts = before.saturating_add(1);
            let pause_ms = state.settings.backoff.pause_ms(attempts, random_byte());
            let shortest_ms = state.settings.backoff.pause_ms(1, random_byte());
            tracing::warn!(contract, peer, action, %error, pause_ms, "could not tell a peer; it will be tried again");
            let failed_at = moment(state);
            let now_ms = failed_at.now_ms;
            let pause = Pause {
                of,
                attempts,
                tried_at_ms: attempt.tried_at_ms,
                failed_at,
                until_ms: now_ms.saturating_add(pause_ms),
                until_if_seen_ms: now_ms.saturating_add(shortest_ms),
            };
            state
                .contracts
                .outbox_put_off(item, error.to_string(), pause)
                .await?;
            Ok(of == Paused::Contract)
        }
    }
}

fn moment(state: &State) -> Moment {
    Moment {
        now_ms: state.clock.unix_ms(),
        pause_max_ms: state.settings.backoff.max_ms(),
    }
}

async fn moved(state: &State, peer: &str) -> bool {
    match PeerId::new(peer) {
        Ok(peer) => state.client.look_up_again(&peer).await,
        Err(_) => false,
    }
}

/// Asks a peer that has just answered which FSC version it speaks, once; peers on another version drop out silently
/// otherwise.
async fn learn_version(state: &State, peer: &str) {
    let Ok(peer) = PeerId::new(peer) else { return };
    let known = state.contracts.peer(&peer).await.ok().flatten();
    if known.is_some_and(|known| known.fsc_version.is_some()) {
        return;
    }
    match state.client.peer_info(&peer).await {
        Ok(info) => {
            tracing::info!(%peer, version = info.fsc_version, "learnt the FSC version of a peer")
        }
        Err(error) => tracing::info!(%peer, %error, "could not ask a peer for its FSC version"),
    }
}
