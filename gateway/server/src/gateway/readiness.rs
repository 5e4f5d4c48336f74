//! Ready means: a record can be written and read back, now.

use std::future::Future;
use std::pin::Pin;

use sluis_audit::AuditLog;

use crate::telemetry::ReadinessProbe;

/// Writes a real record to the audit log and reads it back.
pub(super) struct AuditProbe {
    audit: AuditLog,
}

impl AuditProbe {
    pub(super) fn new(audit: AuditLog) -> AuditProbe {
        AuditProbe { audit }
    }
}

impl ReadinessProbe for AuditProbe {
    fn probe(&self) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + '_>> {
        Box::pin(async move { self.audit.probe().await.map_err(|error| error.to_string()) })
    }
}
