//! The task that keeps lists fresh.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::keeper::Shared;

/// Longest time between two looks at the clock. It may be set right in between, and a list may expire.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

pub(super) async fn run(shared: &Arc<Shared>, shutdown: CancellationToken) {
    let work = async {
        loop {
            let now = shared.parts.clock.unix_seconds();
            shared.refresh(|source| source.state().due <= now).await;
            shared.look_after(false).await;
            let now = shared.parts.clock.unix_seconds();
            let sources = shared.known.sources();
            let next = sources.iter().map(|source| source.state().due).min();
            let wait = next.map_or(LOOK_AGAIN, |due| {
                let seconds = u64::try_from(due.saturating_sub(now)).unwrap_or(0);
                Duration::from_secs(seconds).min(LOOK_AGAIN)
            });
            tokio::select! {
                () = shared.known.changed.notified() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    };
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = work => {}
    }
}
