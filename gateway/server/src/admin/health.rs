//! gRPC health (`grpc.health.v1`): one status for each part that runs, and one for the whole.

use std::future::pending;
use std::time::Duration;

use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use super::parts::Shared;

/// How often is looked whether the audit log can be written.
const INTERVAL: Duration = Duration::from_secs(1);

/// The whole, as the protocol names it.
const WHOLE: &str = "";

/// Keeps the reported states true; never ends.
///
/// Looking at a healthy log costs nothing. Only once a write has failed, a real record is tried
/// until one can be written again, so that a gateway that gets no traffic because it is unhealthy
/// becomes healthy all the same.
pub(super) async fn watch(shared: Shared, reporter: HealthReporter) {
    let mut reported = None;
    let mut interval = tokio::time::interval(INTERVAL);
    let shutdown = shared.shutdown();
    loop {
        tokio::select! {
            () = shutdown.cancelled() => break,
            _ = interval.tick() => {}
        }
        let recording = shared.audit.state().writable || shared.readiness.check().await.is_ok();
        if reported != Some(recording) {
            report(&shared, &reporter, recording).await;
            reported = Some(recording);
        }
    }
    for name in names(&shared) {
        reporter
            .set_service_status(name, ServingStatus::NotServing)
            .await;
    }
    pending().await
}

async fn report(shared: &Shared, reporter: &HealthReporter, recording: bool) {
    let of_record = if recording {
        ServingStatus::Serving
    } else {
        ServingStatus::NotServing
    };
    reporter.set_service_status(WHOLE, of_record).await;
    for part in &shared.parts {
        let status = if part.needs_record() {
            of_record
        } else {
            ServingStatus::Serving
        };
        reporter.set_service_status(part.name, status).await;
    }
}

fn names(shared: &Shared) -> impl Iterator<Item = &'static str> + '_ {
    std::iter::once(WHOLE).chain(shared.parts.iter().map(|part| part.name))
}
