//! Making ourselves known to the directory (FSC Core 2.0.0, Announce).

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::backoff::random_byte;
use super::state::State;

/// Announces us to the configured directory at start, again and again until it has answered.
pub(super) async fn run(state: Arc<State>, shutdown: CancellationToken) {
    let Some(directory) = state
        .settings
        .directory
        .as_ref()
        .filter(|directory| directory.peer_id != *state.own())
    else {
        return;
    };
    let mut failures = 0_u32;
    loop {
        let announced = tokio::select! {
            () = shutdown.cancelled() => return,
            announced = state.client.announce(&directory.peer_id) => announced,
        };
        let Err(error) = announced else {
            tracing::info!(directory = %directory.peer_id, "announced ourselves to the directory");
            return;
        };
        failures = failures.saturating_add(1);
        let pause_ms = state.settings.backoff.pause_ms(failures, random_byte());
        tracing::warn!(directory = %directory.peer_id, %error, pause_ms, "could not announce ourselves to the directory");
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(Duration::from_millis(pause_ms)) => {}
        }
    }
}
