//! Which certificates are trusted: anchors, revocation lists and the verification of a chain.

mod anchor;

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::{WebPkiSupportedAlgorithms, aws_lc_rs};
use rustls_pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, VerifiedPath, anchor_from_trusted_cert};
use x509_parser::certificate::X509Certificate;

pub use self::anchor::TrustError;
use self::anchor::{anchor_out_of_date, check_anchor};
use crate::checks::{self, KeyMeasure, Link, Measure};
use crate::diagnosis::{describe_leaf, diagnose};
use crate::path::Path;
use crate::peer::parse_certificate;
use crate::pem;
use crate::remembered::Remembered;
use crate::{
    CertificateSummary, Identity, Peer, PeerError, Profile, RevocationLists, Rule, TrustRules,
    Usage, VerifyError,
};

/// Most certificates in a chain that is verified; PKIoverheid has four with the root.
const CHAIN_MAX: usize = 16;
/// Most names of a certificate that are repeated when none is the right one.
const NAMES_SHOWN_MAX: usize = 5;

/// Trust anchors with the rules and the revocation lists of every level. Cheap to clone; immutable: new
/// lists make a new value.
///
/// Every certificate below the anchor must be on no valid revocation list of its issuer. A list that is
/// missing, expired or of the wrong signature makes that issuer's certificates untrusted, and no others
/// (DK-CERT: an expired list makes all certificates of that issuer invalid).
///
/// webpki builds the path and checks signatures, validity and server names; what it leaves out (policies,
/// key usage, key sizes, the anchor's validity, the OIN, revocation) is checked here, on the same path.
#[derive(Clone)]
pub struct Trust {
    anchors: Arc<Anchors>,
    lists: RevocationLists,
}

struct Anchors {
    rules: TrustRules,
    trusted: Vec<TrustAnchor<'static>>,
    /// In the order of `trusted`.
    certificates: Vec<CertificateDer<'static>>,
    /// In the order of `trusted`.
    summaries: Vec<CertificateSummary>,
    algorithms: WebPkiSupportedAlgorithms,
    /// The same, for paths to an anchor.
    remembered: Remembered,
}

impl Trust {
    /// Takes the rules, the trust anchors (PEM) and the revocation lists.
    ///
    /// # Errors
    ///
    /// [`TrustError`] when an anchor cannot be read or is not allowed.
    pub fn new(
        rules: TrustRules,
        anchors_pem: &[u8],
        lists: RevocationLists,
    ) -> Result<Self, TrustError> {
        let certificates = pem::certificates(anchors_pem)?;
        let (mut trusted, mut summaries) = (Vec::new(), Vec::new());
        for der in &certificates {
            summaries.push(check_anchor(der, &rules)?);
            let anchor = anchor_from_trusted_cert(der).map_err(|_| TrustError::AnchorUnreadable)?;
            trusted.push(anchor.to_owned());
        }
        let algorithms = aws_lc_rs::default_provider().signature_verification_algorithms;
        let anchors = Anchors {
            rules,
            trusted,
            certificates,
            summaries,
            algorithms,
            remembered: Remembered::new(algorithms.all),
        };
        Ok(Self {
            anchors: Arc::new(anchors),
            lists,
        })
    }

    /// As [`Trust::new`] under the rules of [`Profile::Test`], with revocation lists from files (each DER
    /// or PEM; at least one list).
    ///
    /// # Errors
    ///
    /// [`TrustError`] when something cannot be read or is of an unsupported kind.
    pub fn from_pem(anchors_pem: &[u8], crls: &[Vec<u8>]) -> Result<Self, TrustError> {
        let lists = RevocationLists::from_files(crls)?;
        Self::new(TrustRules::of(Profile::Test), anchors_pem, lists)
    }

    /// The same anchors and rules with other revocation lists.
    #[must_use]
    pub fn with_lists(&self, lists: RevocationLists) -> Self {
        Self {
            anchors: Arc::clone(&self.anchors),
            lists,
        }
    }

    /// The rules.
    #[must_use]
    pub fn rules(&self) -> &TrustRules {
        &self.anchors.rules
    }

    /// The trust anchors, in the order in which they were given.
    #[must_use]
    pub fn anchors(&self) -> &[CertificateSummary] {
        &self.anchors.summaries
    }

    /// The certificates of the trust anchors, in the same order.
    #[must_use]
    pub fn anchor_certificates(&self) -> &[CertificateDer<'static>] {
        &self.anchors.certificates
    }

    /// The revocation lists.
    pub fn lists(&self) -> &RevocationLists {
        &self.lists
    }

    /// Verifies a chain as it was received, leaf first, at a moment, and reads who its holder is.
    ///
    /// # Errors
    ///
    /// [`VerifyError`] names the rule and the certificate.
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

    /// Verifies our own certificate as others will, as client and as server, and that its key is as long
    /// as ours must be.
    ///
    /// # Errors
    ///
    /// [`VerifyError`] names the rule and the certificate.
    pub fn verify_own(
        &self,
        identity: &Identity,
        now_unix_seconds: i64,
    ) -> Result<Peer, VerifyError> {
        self.verify_own_chain(identity.chain(), now_unix_seconds)
    }

    /// As [`Self::verify_own`], of a certificate whose key is not at hand: one that is to come.
    ///
    /// # Errors
    ///
    /// As [`Self::verify_own`].
    pub fn verify_own_chain(
        &self,
        chain: &[CertificateDer<'_>],
        now_unix_seconds: i64,
    ) -> Result<Peer, VerifyError> {
        let peer = self.verify(chain, Usage::Client, now_unix_seconds)?;
        self.verify(chain, Usage::Server, now_unix_seconds)?;
        let parsed = chain.iter().take(1).map(|der| parse_certificate(der));
        let parsed = parsed.collect::<Result<Vec<_>, _>>()?;
        let key = parsed.first().map(|leaf| KeyMeasure::of(leaf.public_key()));
        let least = self.rules().own_rsa_bits_min;
        match key {
            Some(KeyMeasure::Rsa(bits)) if bits < least => Err(VerifyError::new(
                Rule::KeySize,
                format!("RSA of {least} bits or more for a key of our own"),
                format!("RSA of {bits} bits"),
            )
            .at(Link::new(&parsed, 0).describe())),
            _ => Ok(peer),
        }
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
            return Err(VerifyError::new(
                Rule::ChainTooLong,
                format!("at most {CHAIN_MAX} certificates"),
                format!("{}", issuers.len() + 1),
            ));
        }
        let measure = Measure {
            rules: self.rules(),
            usage,
            now_unix_seconds: unix_seconds(now),
        };
        let certificate = EndEntityCert::try_from(leaf)
            .map_err(|error| diagnose(self, &error, leaf, issuers, &measure))?;
        let peer = self.verify_path(&certificate, issuers, &measure, |path| {
            checks::judge(path, &measure)?;
            let leaf = path.first().ok_or(PeerError::NoCertificate)?;
            read_peer(leaf, measure.rules).map_err(|error| error.at(Link::new(path, 0).describe()))
        })?;
        if let Some(name) = name
            && certificate.verify_is_valid_for_subject_name(name).is_err()
        {
            let refusal = VerifyError::new(Rule::WrongName, shown(name), names(&peer));
            return Err(match describe_leaf(leaf) {
                Some(leaf) => refusal.at(leaf),
                None => refusal,
            });
        }
        Ok(peer)
    }

    /// Follows a chain as far as possible, to say what is wrong with it.
    pub(crate) fn follow<'a>(
        &self,
        leaf: &'a CertificateDer<'_>,
        issuers: &'a [CertificateDer<'_>],
    ) -> Path<'a> {
        Path::follow(
            leaf,
            issuers,
            &self.anchors.certificates,
            self.anchors.algorithms.all,
        )
    }

    /// The certificate of an anchor, by its place.
    pub(crate) fn anchor(&self, index: usize) -> Option<&CertificateDer<'static>> {
        self.anchors.certificates.get(index)
    }

    /// The names of the anchors, to tell a client which certificate to choose.
    pub(crate) fn anchor_subjects(&self) -> impl Iterator<Item = &[u8]> {
        let trusted = self.anchors.trusted.iter();
        trusted.map(|anchor| anchor.subject.as_ref())
    }

    /// Finds a path that webpki, `rules` and the revocation lists accept.
    fn verify_path<T>(
        &self,
        certificate: &EndEntityCert<'_>,
        issuers: &[CertificateDer<'_>],
        measure: &Measure<'_>,
        rules: impl Fn(&[X509Certificate<'_>]) -> Result<T, VerifyError>,
    ) -> Result<T, VerifyError> {
        let judgement = RefCell::new(None);
        let judge = |path: &VerifiedPath<'_>| {
            let judged = self.judge(path, measure, &rules);
            let refused = judged.is_err();
            let mut judgement = judgement.borrow_mut();
            // Of several paths that fail, the first is the one that was sent.
            if !refused || judgement.is_none() {
                *judgement = Some(judged);
            }
            // Upon any error webpki looks for another path; which error it was is in `judgement`.
            if refused {
                Err(webpki::Error::UnknownIssuer)
            } else {
                Ok(())
            }
        };
        let now = Duration::from_secs(u64::try_from(measure.now_unix_seconds).unwrap_or(0));
        let verified = certificate.verify_for_usage(
            &self.anchors.remembered.algorithms(),
            &self.anchors.trusted,
            issuers,
            UnixTime::since_unix_epoch(now),
            measure.usage,
            // Revocation is not webpki's: see `RevocationLists`.
            None,
            Some(&judge),
        );
        match (verified, judgement.take()) {
            (Ok(_), Some(judged)) | (Err(_), Some(judged @ Err(_))) => judged,
            (Err(error), _) => Err(diagnose(self, &error, &certificate.der(), issuers, measure)),
            // webpki accepts no path without asking.
            (Ok(_), None) => Err(VerifyError::new(Rule::Untrusted, "a judged path", "none")),
        }
    }

    /// What webpki does not check of a path whose signatures and validity it did check.
    fn judge<T>(
        &self,
        path: &VerifiedPath<'_>,
        measure: &Measure<'_>,
        rules: impl Fn(&[X509Certificate<'_>]) -> Result<T, VerifyError>,
    ) -> Result<T, VerifyError> {
        let above = path.intermediate_certificates();
        let ders: Vec<CertificateDer<'_>> = std::iter::once(path.end_entity().der())
            .chain(above.map(|authority| authority.der()))
            .collect();
        // Only now: these bytes come from issuers we trust.
        let parsed: Vec<X509Certificate<'_>> = ders
            .iter()
            .map(|der| parse_certificate(der))
            .collect::<Result<_, _>>()?;
        let anchor = self.valid_anchor(path.anchor(), parsed.len(), measure)?;
        let judged = rules(&parsed)?;
        self.lists.tell_watcher(&ders);
        for (index, der) in ders.iter().enumerate() {
            let issuer = ders.get(index + 1).unwrap_or(anchor);
            self.lists
                .check_certificate(der, index > 0, issuer, measure.now_unix_seconds)
                .map_err(|error| {
                    VerifyError::from(error).at(Link::new(&parsed, index).describe())
                })?;
        }
        Ok(judged)
    }

    /// webpki accepts an expired anchor; the G1 root expires in November 2028.
    fn valid_anchor(
        &self,
        used: &TrustAnchor<'_>,
        below: usize,
        measure: &Measure<'_>,
    ) -> Result<&CertificateDer<'static>, VerifyError> {
        let now = measure.now_unix_seconds;
        let anchors = &*self.anchors;
        let mut found = anchors
            .trusted
            .iter()
            .zip(&anchors.summaries)
            .zip(&anchors.certificates)
            .filter(|((anchor, _), _)| {
                anchor.subject == used.subject
                    && anchor.subject_public_key_info == used.subject_public_key_info
            })
            .map(|((_, summary), certificate)| (summary, certificate))
            .peekable();
        let first = found.peek().map(|(summary, _)| *summary);
        let valid =
            found.find(|(summary, _)| (summary.not_before..=summary.not_after).contains(&now));
        match (valid, first) {
            (Some((_, certificate)), _) => Ok(certificate),
            (None, Some(summary)) => Err(anchor_out_of_date(summary, below, now)),
            (None, None) => Err(VerifyError::new(Rule::Untrusted, "a trust anchor", "none")),
        }
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Trust")
            .field("profile", &self.rules().profile)
            .field("anchors", &self.anchors.trusted.len())
            .field("revocation_lists", &self.lists)
            .finish()
    }
}

/// Reads who the holder is and holds it against the peer-id rule.
pub(crate) fn read_peer(
    leaf: &X509Certificate<'_>,
    rules: &TrustRules,
) -> Result<Peer, VerifyError> {
    let peer = Peer::read(leaf, rules.peer_id.attribute)?;
    rules.peer_id.check(&peer.id).map_err(|error| {
        VerifyError::new(
            Rule::Oin,
            format!("an OIN in subject {}", rules.peer_id.attribute),
            error.to_string(),
        )
    })?;
    Ok(peer)
}

fn shown(name: &ServerName<'_>) -> String {
    format!("`{}` among its names", name.to_str())
}

fn names(peer: &Peer) -> String {
    let mut names: Vec<String> = peer
        .dns_names
        .iter()
        .take(NAMES_SHOWN_MAX)
        .map(|name| format!("`{}`", name.escape_debug()))
        .collect();
    match peer.dns_names.len() {
        0 => return "no DNS names".to_owned(),
        count if count > NAMES_SHOWN_MAX => {
            names.push(format!("and {} more", count - NAMES_SHOWN_MAX));
        }
        _ => {}
    }
    names.join(", ")
}

fn unix_seconds(time: UnixTime) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
