//! Which certificates are trusted: anchors, revocation lists and the verification of a chain.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::{WebPkiSupportedAlgorithms, aws_lc_rs};
use rustls_pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, VerifiedPath, anchor_from_trusted_cert};

use crate::peer::parse_certificate;
use crate::pem::{self, PemError};
use crate::revocation::may_sign_lists;
use crate::{Peer, PeerError, RevocationListError, RevocationLists, Usage, VerifyError};

/// Most certificates in a chain that is verified; PKIoverheid has four with the root.
const CHAIN_MAX: usize = 16;

/// Trust anchors with the revocation lists of every level. Cheap to clone; immutable: new lists make
/// a new value.
///
/// Every certificate below the anchor must be on no valid revocation list of its issuer. A list that is
/// missing, expired or of the wrong signature makes that issuer's certificates untrusted, and no others
/// (DK-CERT: an expired list makes all certificates of that issuer invalid).
#[derive(Clone)]
pub struct Trust(Arc<Parts>);

struct Parts {
    anchors: Vec<TrustAnchor<'static>>,
    /// In the order of `anchors`.
    anchor_rules: Vec<AnchorRules>,
    lists: RevocationLists,
    algorithms: WebPkiSupportedAlgorithms,
}

/// What webpki does not look at in a trust anchor: its validity in Unix seconds, and whether it may sign
/// revocation lists.
#[derive(Clone, Copy)]
struct AnchorRules {
    not_before: i64,
    not_after: i64,
    signs_lists: bool,
}

impl Trust {
    /// Takes trust anchors (PEM) and revocation lists (each file DER or PEM; at least one list). Of
    /// several lists of one issuer the newest counts.
    ///
    /// # Errors
    ///
    /// [`TrustError`] when something cannot be read or is of an unsupported kind.
    pub fn from_pem(anchors_pem: &[u8], crls: &[Vec<u8>]) -> Result<Self, TrustError> {
        let mut anchors = Vec::new();
        let mut anchor_rules = Vec::new();
        for der in pem::certificates(anchors_pem)? {
            let parsed = parse_certificate(&der).map_err(|_| TrustError::AnchorUnreadable)?;
            if !parsed.is_ca() {
                return Err(TrustError::AnchorIsNoAuthority);
            }
            anchor_rules.push(AnchorRules {
                not_before: parsed.validity().not_before.timestamp(),
                not_after: parsed.validity().not_after.timestamp(),
                signs_lists: may_sign_lists(&der),
            });
            let anchor =
                anchor_from_trusted_cert(&der).map_err(|_| TrustError::AnchorUnreadable)?;
            anchors.push(anchor.to_owned());
        }
        Ok(Self(Arc::new(Parts {
            anchors,
            anchor_rules,
            lists: RevocationLists::from_files(crls)?,
            algorithms: aws_lc_rs::default_provider().signature_verification_algorithms,
        })))
    }

    /// The same anchors with other revocation lists.
    #[must_use]
    pub fn with_lists(&self, lists: RevocationLists) -> Self {
        Self(Arc::new(Parts {
            anchors: self.0.anchors.clone(),
            anchor_rules: self.0.anchor_rules.clone(),
            lists,
            algorithms: self.0.algorithms,
        }))
    }

    /// The revocation lists.
    pub fn lists(&self) -> &RevocationLists {
        &self.0.lists
    }

    /// Verifies a chain as it was received, leaf first, at a moment, and reads who its holder is.
    ///
    /// # Errors
    ///
    /// [`VerifyError`] names the reason.
    pub fn verify(
        &self,
        chain: &[CertificateDer<'_>],
        usage: Usage,
        now_unix_seconds: i64,
    ) -> Result<Peer, VerifyError> {
        let (leaf, issuers) = chain.split_first().ok_or(PeerError::NoCertificate)?;
        let now = Duration::from_secs(u64::try_from(now_unix_seconds).unwrap_or(0));
        self.verify_certificate(leaf, issuers, usage, UnixTime::since_unix_epoch(now), None)
    }

    /// Verifies a leaf with the certificates that came along, and a server's name if one is given.
    pub(crate) fn verify_certificate(
        &self,
        leaf: &CertificateDer<'_>,
        issuers: &[CertificateDer<'_>],
        usage: Usage,
        now: UnixTime,
        name: Option<&ServerName<'_>>,
    ) -> Result<Peer, VerifyError> {
        if issuers.len() >= CHAIN_MAX {
            return Err(VerifyError::ChainTooLong(issuers.len() + 1));
        }
        let certificate = EndEntityCert::try_from(leaf)?;
        self.verify_path(&certificate, issuers, usage, now)?;
        if let Some(name) = name {
            certificate.verify_is_valid_for_subject_name(name)?;
        }
        // Only now: these bytes come from an issuer we trust.
        let parsed = parse_certificate(leaf)?;
        usage.check_leaf(&parsed)?;
        Ok(Peer::read(&parsed)?)
    }

    /// The names of the anchors, to tell a client which certificate to choose.
    pub(crate) fn anchor_subjects(&self) -> impl Iterator<Item = &[u8]> {
        self.0.anchors.iter().map(|anchor| anchor.subject.as_ref())
    }

    fn verify_path(
        &self,
        certificate: &EndEntityCert<'_>,
        issuers: &[CertificateDer<'_>],
        usage: Usage,
        now: UnixTime,
    ) -> Result<(), VerifyError> {
        certificate.verify_for_usage(
            self.0.algorithms.all,
            &self.0.anchors,
            issuers,
            now,
            usage,
            // Revocation is not webpki's: see `RevocationLists`.
            None,
            Some(&|path: &VerifiedPath<'_>| self.check_path(path, now)),
        )?;
        Ok(())
    }

    /// What webpki does not check of a path whose signatures and validity it did check.
    fn check_path(&self, path: &VerifiedPath<'_>, now: UnixTime) -> Result<(), webpki::Error> {
        let rules = self.check_anchor(path.anchor(), now)?;
        self.0
            .lists
            .check_path(path, rules.signs_lists, unix_seconds(now))
            .map_err(|error| webpki::Error::from(&error))
    }

    /// webpki accepts an expired anchor; the G1 root expires in November 2028.
    fn check_anchor(
        &self,
        used: &TrustAnchor<'_>,
        now: UnixTime,
    ) -> Result<AnchorRules, webpki::Error> {
        let seconds = unix_seconds(now);
        self.0
            .anchors
            .iter()
            .zip(&self.0.anchor_rules)
            .find(|(anchor, rules)| {
                anchor.subject == used.subject
                    && anchor.subject_public_key_info == used.subject_public_key_info
                    && (rules.not_before..=rules.not_after).contains(&seconds)
            })
            .map(|(_, rules)| *rules)
            .ok_or(webpki::Error::CertExpired {
                time: now,
                not_after: now,
            })
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Trust")
            .field("anchors", &self.0.anchors.len())
            .field("revocation_lists", &self.0.lists)
            .finish()
    }
}

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
    /// The revocation lists.
    #[error(transparent)]
    RevocationLists(#[from] RevocationListError),
}

fn unix_seconds(time: UnixTime) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
