//! What an administrator does, in the audit log.

use std::collections::BTreeMap;
use std::sync::Arc;

use sluis_audit::{AuditLog, Event};
use tonic::transport::server::UdsConnectInfo;
use tonic::{Request, Status};

/// A change that was asked for. It is recorded before anything is done, and a second time when it
/// is done or has failed; a change that cannot be recorded does not happen.
pub(super) struct Act<'a> {
    audit: &'a AuditLog,
    name: &'static str,
    details: Details,
}

/// What there is to say about an act: text to text, no personal data.
pub(super) type Details = BTreeMap<Arc<str>, Arc<str>>;

impl<'a> Act<'a> {
    /// Records that `request` asks for the act `name` (`contract-accept`).
    pub(super) async fn begin<T>(
        audit: &'a AuditLog,
        name: &'static str,
        request: &Request<T>,
        mut details: Details,
    ) -> Result<Act<'a>, Status> {
        let info = request.extensions().get::<UdsConnectInfo>();
        if let Some(credentials) = info.and_then(|info| info.peer_cred) {
            details.insert("uid".into(), credentials.uid().to_string().into());
        }
        let act = Self {
            audit,
            name,
            details,
        };
        act.record("asked", None).await.map_err(|error| {
            Status::unavailable(format!(
                "nothing was done, because it cannot be recorded: {error}"
            ))
        })?;
        Ok(act)
    }

    /// Records how it ended, and passes the result on. `more` says what is known only now.
    pub(super) async fn end<T>(
        mut self,
        result: Result<T, Status>,
        more: impl FnOnce(&T) -> Details,
    ) -> Result<T, Status> {
        let recorded = match &result {
            Ok(done) => {
                self.details.extend(more(done));
                self.record("done", None).await
            }
            Err(status) => self.record("failed", Some(status.message())).await,
        };
        if let Err(error) = recorded {
            // It has happened; that it was asked for is on record.
            tracing::error!(act = self.name, %error, "how it ended could not be recorded");
        }
        result
    }

    async fn record(
        &self,
        stage: &'static str,
        error: Option<&str>,
    ) -> Result<u64, sluis_audit::AppendError> {
        let mut details = self.details.clone();
        details.insert("stage".into(), stage.into());
        if let Some(error) = error {
            details.insert("error".into(), error.into());
        }
        let event = Event {
            component: "admin".into(),
            details,
            name: self.name.into(),
        };
        self.audit.record(event).await
    }
}
