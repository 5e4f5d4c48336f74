//! What of our certificates, the CAs above them and the trust anchors ends soon.

use sluis_certs::{Identities, Trust};

use super::Findings;
use crate::renewal::{Expiry, ExpiryKind};

/// What has ended already is an error of its own, which is found with the chain.
pub(super) fn check(identities: &Identities, trust: &Trust, now: i64, findings: &mut Findings<'_>) {
    for expiry in Expiry::all(identities, trust.anchors()) {
        if expiry.threshold(now).is_none() || expiry.days_left(now) < 0 {
            continue;
        }
        let key = match expiry.kind {
            ExpiryKind::Current | ExpiryKind::Authority => "certificate.chain_file",
            ExpiryKind::Previous => "certificate.previous",
            ExpiryKind::Anchor => "trust.anchors_file",
        };
        findings.warning(key, expiry.warning(now), expiry.remedy());
    }
}
