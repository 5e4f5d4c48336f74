//! Ready means: a record can be written and read back, and our private key can sign, now.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use sluis_audit::AuditLog;
use sluis_certs::LiveIdentity;

use super::own_certificate::check_key;
use crate::telemetry::ReadinessProbe;

/// How long a key in a token may take to sign; shorter than a probe as a whole may, so that the right one is blamed.
const KEY_TIMEOUT: Duration = Duration::from_secs(4);

/// Writes a real record to the audit log and reads it back, and makes a real signature when our key is in a token:
/// without one no connection can be opened in either direction.
pub(super) struct WorkProbe {
    audit: AuditLog,
    identities: LiveIdentity,
}

impl WorkProbe {
    pub(super) fn new(audit: AuditLog, identities: LiveIdentity) -> WorkProbe {
        WorkProbe { audit, identities }
    }

    async fn key(&self) -> Result<(), String> {
        let identity = self.identities.load().current().clone();
        match tokio::time::timeout(KEY_TIMEOUT, check_key(identity)).await {
            Ok(checked) => checked.map_err(|error| error.to_string()),
            Err(_elapsed) => Err(format!(
                "the token of our private key did not sign within {} seconds",
                KEY_TIMEOUT.as_secs()
            )),
        }
    }
}

impl ReadinessProbe for WorkProbe {
    fn probe(&self) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + '_>> {
        Box::pin(async move {
            let (recorded, signed) = tokio::join!(self.audit.probe(), self.key());
            recorded.map_err(|error| error.to_string())?;
            signed
        })
    }
}
