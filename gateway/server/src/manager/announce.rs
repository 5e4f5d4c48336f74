//! Making ourselves known: to the directory at every start, and to the peers with whom we have contracts when our address
//! has changed (FSC Core 2.0.0, Announce). The latter hear at every other start too, once: whoever was trying to tell us
//! something while we were away then need not wait for the end of its pause.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use sluis_certs::PeerId;
use sluis_fsc::contract::State as ContractState;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::backoff::random_byte;
use super::state::State;
use crate::contracts::StoreError;

/// The name under which the store keeps the address that everybody was told.
const ANNOUNCED_ADDRESS: &str = "announced_address";
/// Most peers to which we announce ourselves at the same time.
const AT_ONCE_MAX: usize = 16;

/// Who is to hear of us.
struct Audience {
    /// Until they have answered.
    must: BTreeSet<PeerId>,
    /// Once; who is away then announces itself when it is back.
    may: BTreeSet<PeerId>,
}

/// Announces us, again and again until everybody who must know has answered; then compares contracts with peers that were away
/// until now, as they show up.
pub(super) async fn run(state: Arc<State>, shutdown: CancellationToken) {
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = work(&state) => {}
    }
}

async fn work(state: &Arc<State>) {
    match audience(state).await {
        Ok(audience) => announce(state, audience).await,
        Err(error) => tracing::error!(%error, "could not find out to whom to announce ourselves"),
    }
    loop {
        catch_up(state, state.behind.returned().await).await;
    }
}

async fn announce(state: &Arc<State>, audience: Audience) {
    let Audience { mut must, may } = audience;
    state.behind.begin(must.union(&may).cloned());
    let mut round = must.union(&may).cloned().collect();
    let mut rounds = 0_u32;
    loop {
        let told = each(round, |peer| announce_to(Arc::clone(state), peer)).await;
        must.retain(|peer| !told.contains(peer));
        if must.is_empty() {
            break;
        }
        rounds = rounds.saturating_add(1);
        let pause_ms = state.settings.backoff.pause_ms(rounds, random_byte());
        let mut pause = std::pin::pin!(tokio::time::sleep(Duration::from_millis(pause_ms)));
        loop {
            tokio::select! {
                () = &mut pause => break,
                returned = state.behind.returned() => catch_up(state, returned).await,
            }
        }
        round = must.clone();
    }
    let address = state.settings.address.as_str();
    if let Err(error) = state.contracts.put_fact(ANNOUNCED_ADDRESS, address).await {
        tracing::error!(%error, "could not note that our address was announced; it will be announced again");
    }
}

/// Announces us to one peer; gives it back when it answered.
async fn announce_to(state: Arc<State>, peer: PeerId) -> Option<PeerId> {
    if let Err(error) = state.client.announce(&peer).await {
        tracing::warn!(%peer, %error, "could not announce ourselves");
        return None;
    }
    tracing::info!(%peer, "announced ourselves");
    // When it called us meanwhile that has been done.
    if state.behind.contains(&peer) {
        state.catch_up(&peer).await;
    }
    Some(peer)
}

/// Compares contracts with peers that were away when we started.
async fn catch_up(state: &Arc<State>, returned: BTreeSet<PeerId>) {
    let catch_up = |peer| {
        let state = Arc::clone(state);
        async move { state.catch_up(&peer).await.then_some(peer) }
    };
    each(returned, catch_up).await;
}

/// Does something with each of these peers, some at the same time; returns for whom it succeeded. What is not done when this is
/// dropped is broken off.
async fn each<F>(peers: BTreeSet<PeerId>, work: impl Fn(PeerId) -> F) -> BTreeSet<PeerId>
where
    F: Future<Output = Option<PeerId>> + Send + 'static,
{
    let mut done = BTreeSet::new();
    let mut under_way = JoinSet::new();
    for peer in peers {
        if under_way.len() >= AT_ONCE_MAX {
            done.extend(under_way.join_next().await.and_then(Result::ok).flatten());
        }
        under_way.spawn(work(peer));
    }
    while let Some(result) = under_way.join_next().await {
        done.extend(result.ok().flatten());
    }
    done
}

async fn audience(state: &State) -> Result<Audience, StoreError> {
    let directory = state.settings.directory.iter();
    let mut must: BTreeSet<PeerId> = directory
        .map(|directory| directory.peer_id.clone())
        .collect();
    must.remove(state.own());
    let told = state.contracts.fact(ANNOUNCED_ADDRESS).await?;
    let now = state.clock.unix_seconds();
    let index = state.contracts.index();
    if told.is_some_and(|told| told != state.settings.address.as_str()) {
        must.append(&mut index.peers_of(now, ContractState::is_open));
    }
    // Also those whose contract has ended here: they may not know, or have something to say on it.
    let may = index.peers_of(now, |_| true);
    Ok(Audience { must, may })
}
