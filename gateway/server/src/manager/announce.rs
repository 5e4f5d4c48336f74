//! Making ourselves known: to the directory at every start, and to the peers with whom we have contracts when our address
//! has changed (FSC Core 2.0.0, Announce).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use sluis_certs::PeerId;
use tokio_util::sync::CancellationToken;

use super::backoff::random_byte;
use super::state::State;
use crate::contracts::{StoreError, others};

/// The name under which the store keeps the address that everybody was told.
const ANNOUNCED_ADDRESS: &str = "announced_address";

/// Announces us, again and again until everybody who must know has answered.
pub(super) async fn run(state: Arc<State>, shutdown: CancellationToken) {
    let mut untold = match whom(&state).await {
        Ok(untold) => untold,
        Err(error) => {
            return tracing::error!(%error, "could not find out to whom to announce ourselves");
        }
    };
    let mut rounds = 0_u32;
    while !untold.is_empty() {
        for peer in untold.clone() {
            let announced = tokio::select! {
                () = shutdown.cancelled() => return,
                announced = state.client.announce(&peer) => announced,
            };
            match announced {
                Ok(()) => {
                    tracing::info!(%peer, "announced ourselves");
                    untold.remove(&peer);
                }
                Err(error) => {
                    tracing::warn!(%peer, %error, "could not announce ourselves; it will be tried again")
                }
            }
        }
        if !untold.is_empty() {
            rounds = rounds.saturating_add(1);
            let pause_ms = state.settings.backoff.pause_ms(rounds, random_byte());
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(Duration::from_millis(pause_ms)) => {}
            }
        }
    }
    let address = state.settings.address.as_str();
    if let Err(error) = state.contracts.put_fact(ANNOUNCED_ADDRESS, address).await {
        tracing::error!(%error, "could not note that our address was announced; it will be announced again");
    }
}

async fn whom(state: &State) -> Result<BTreeSet<PeerId>, StoreError> {
    let mut peers = BTreeSet::new();
    peers.extend(
        state
            .settings
            .directory
            .as_ref()
            .map(|directory| directory.peer_id.clone()),
    );
    let told = state.contracts.fact(ANNOUNCED_ADDRESS).await?;
    if told.is_some_and(|told| told != state.settings.address.as_str()) {
        let open = state
            .contracts
            .index()
            .open_contracts(state.clock.unix_seconds());
        for content_hash in open {
            let record = state.contracts.contract(&content_hash).await?;
            peers.extend(
                record
                    .into_iter()
                    .flat_map(|record| others(&record.contract.content, state.own())),
            );
        }
    }
    peers.remove(state.own());
    Ok(peers)
}
