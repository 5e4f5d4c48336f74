//! What may be a trust anchor.

use rustls_pki_types::CertificateDer;

use crate::checks::{self, moment};
use crate::peer::parse_certificate;
use crate::pem::PemError;
use crate::trust_rules::production_anchors;
use crate::{
    AnchorPin, AnchorRule, CertificateSummary, ChainCertificate, ChainRole, DistinguishedName,
    Profile, RevocationListError, Rule, TrustRules, VerifyError,
};

/// Why anchors and revocation lists cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// The anchors are no PEM with certificates.
    #[error("trust anchors cannot be read: {0}")]
    Anchors(#[from] PemError),
    /// One of the anchors is not readable.
    #[error("trust anchors hold a certificate that is not readable")]
    AnchorUnreadable,
    /// One of the anchors is not a certificate authority.
    #[error("trust anchors hold a certificate that is not of a CA; give root (or domain) CAs only")]
    AnchorIsNoAuthority,
    /// One of the anchors breaks a rule.
    #[error(transparent)]
    Anchor(VerifyError),
    /// One of the anchors is none of those that the profile, or the group, allows.
    #[error(
        "trust anchor `{subject}` (SHA-256 {pin}) is not one that the profile {profile} allows; remove it, or list its fingerprint as one of the group's own"
    )]
    AnchorNotPinned {
        /// Whose certificate it is.
        subject: DistinguishedName,
        /// Its fingerprint.
        pin: AnchorPin,
        /// The profile in use.
        profile: Profile,
    },
    /// A trust anchor of PKIoverheid in production stands among those of a profile for tests.
    #[error(
        "trust anchor `{subject}` is of PKIoverheid in production, with which DK-CERT forbids to test; remove it, or choose another profile than {profile}"
    )]
    ProductionAnchor {
        /// Whose certificate it is.
        subject: DistinguishedName,
        /// The profile in use.
        profile: Profile,
    },
    /// The revocation lists.
    #[error(transparent)]
    RevocationLists(#[from] RevocationListError),
}

/// Everything about an anchor but its validity, which is judged when it is used.
pub(super) fn check_anchor(
    der: &CertificateDer<'_>,
    rules: &TrustRules,
) -> Result<CertificateSummary, TrustError> {
    let parsed = parse_certificate(der).map_err(|_| TrustError::AnchorUnreadable)?;
    if !parsed.is_ca() {
        return Err(TrustError::AnchorIsNoAuthority);
    }
    let summary = CertificateSummary::of(der).map_err(|_| TrustError::AnchorUnreadable)?;
    let (pin, profile) = (AnchorPin::of(der), rules.profile);
    match &rules.anchors {
        AnchorRule::Pinned(pins) if !pins.contains(&pin) => {
            return Err(TrustError::AnchorNotPinned {
                subject: summary.subject,
                pin,
                profile,
            });
        }
        AnchorRule::AnyForTests if production_anchors().contains(&pin) => {
            return Err(TrustError::ProductionAnchor {
                subject: summary.subject,
                profile,
            });
        }
        AnchorRule::Pinned(_) | AnchorRule::AnyForTests | AnchorRule::Any => {}
    }
    checks::judge_anchor(&parsed, rules).map_err(TrustError::Anchor)?;
    Ok(summary)
}

pub(super) fn anchor_out_of_date(
    summary: &CertificateSummary,
    below: usize,
    now: i64,
) -> VerifyError {
    let refusal = if now < summary.not_before {
        let begins = format!("one that begins {}", moment(summary.not_before));
        let expected = format!("a validity that began before {}", moment(now));
        VerifyError::new(Rule::NotYetValid, expected, begins)
    } else {
        let ends = format!("one that ended {}", moment(summary.not_after));
        let expected = format!("a validity that ends after {}", moment(now));
        VerifyError::new(Rule::Expired, expected, ends)
    };
    refusal.at(ChainCertificate {
        role: ChainRole::Anchor,
        position: below + 1,
        subject: summary.subject.to_string().into(),
    })
}
