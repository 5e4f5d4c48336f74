//! Whether a certificate was revoked (RFC 5280 section 6.3), by lists that are read once.
//!
//! webpki has this check too, but verifies the signature of every list anew at every handshake, takes the
//! first list that fits instead of the newest, and does not look at `thisUpdate`. Here a list is an index
//! of serial numbers, and who signed it is remembered.

mod certificate;
mod error;
mod list;
mod point;
mod serial;
mod signers;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use rustls::crypto::{WebPkiSupportedAlgorithms, aws_lc_rs};
use rustls_pki_types::CertificateDer;

pub(crate) use self::certificate::Fields;
pub use self::error::{RevocationError, RevocationListError};
pub use self::list::RevocationList;
pub(crate) use self::list::split;
use self::serial::Serial;
use crate::{DistinguishedName, RevocationListSummary};

/// Most revocation lists: three per hierarchy and one per further issuing CA make a few dozen.
const LISTS_MAX: usize = 256;
/// Most bytes of all lists together.
const TOTAL_MAX_BYTES: usize = 256 << 20;
/// Most lists about the same that are kept side by side while it is not known which the issuer signed.
const CANDIDATES_MAX: usize = 4;
/// Most distribution points of one certificate; PKIoverheid names one.
const DISTRIBUTION_POINTS_MAX: usize = 8;
/// How far a list's `thisUpdate` may lie ahead of our clock, in seconds: the difference between two
/// clocks, not a grace period. A list further ahead is not used.
const CLOCK_SKEW_SECONDS: i64 = 300;

/// The lists with one issuer's name.
type OfIssuer = Vec<Arc<RevocationList>>;

/// The revocation lists of every CA, cheap to clone and immutable: a new list makes a new value, which
/// shares the others and what was found out about them.
///
/// The default has none, so that no certificate passes.
#[derive(Clone)]
pub struct RevocationLists {
    algorithms: WebPkiSupportedAlgorithms,
    /// By the issuer's name (DER without the outer `SEQUENCE`); the newest first.
    lists: Arc<BTreeMap<Box<[u8]>, OfIssuer>>,
    watcher: Option<Arc<dyn PathWatcher>>,
}

/// Is told of certificates whose lists are needed.
pub trait PathWatcher: Send + Sync {
    /// The signatures and the validity of this path were verified up to a trust anchor, which is not in it; the leaf
    /// comes first. Whether one of its certificates is revoked is looked up after this. Called in every
    /// handshake: must not take long.
    fn verified(&self, path: &[CertificateDer<'_>]);
}

/// What became of a list that was offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is the first of its kind, or stands beside others until it is known which the issuer signed.
    Added,
    /// It took the place of an older one.
    Replaced,
    /// It was there already.
    Same,
}

/// A CA, as far as it signs lists.
struct Signer<'a> {
    public_key: &'a [u8],
    may_sign_lists: bool,
}

impl RevocationLists {
    /// Reads files that each hold one DER list or any number of PEM lists, at least one in all. Of
    /// several lists about the same, in any order, the newest counts.
    ///
    /// # Errors
    ///
    /// [`RevocationListError`] when one of them cannot be used.
    pub fn from_files(files: &[Vec<u8>]) -> Result<Self, RevocationListError> {
        let lists = Self::default().with_files(files, &[])?;
        if lists.lists.is_empty() {
            return Err(RevocationListError::None);
        }
        Ok(lists)
    }

    /// Adds the lists of files. An older list than one that is here is left out without a word: files
    /// may be behind on what was fetched. One that no known CA signed is kept beside the others: the
    /// administrator may have new CAs with the old names.
    ///
    /// # Errors
    ///
    /// [`RevocationListError`] when one of them cannot be used.
    pub fn with_files(
        &self,
        files: &[Vec<u8>],
        authorities: &[CertificateDer<'_>],
    ) -> Result<Self, RevocationListError> {
        let mut lists = self.clone();
        let mut count = 0_usize;
        for file in files {
            for list in RevocationList::from_file(file)? {
                count += 1;
                if count > LISTS_MAX {
                    return Err(RevocationListError::TooMany);
                }
                match lists.with(list, authorities, true) {
                    Ok((with_list, _)) => lists = with_list,
                    Err(RevocationListError::Older { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(lists)
    }

    /// Adds one list, which may come from anywhere: as soon as a CA of the issuer's name is known, from
    /// `authorities` (CA certificates that were verified, in any number) or from a list in use, it must
    /// have signed the list, and no list replaces a newer one.
    ///
    /// # Errors
    ///
    /// [`RevocationListError`] when it is signed by another, is older than what is known, or goes beyond
    /// the limits. The lists in use stay as they were.
    pub fn with_list(
        &self,
        list: RevocationList,
        authorities: &[CertificateDer<'_>],
    ) -> Result<(Self, Outcome), RevocationListError> {
        self.with(list, authorities, false)
    }

    fn with(
        &self,
        list: RevocationList,
        authorities: &[CertificateDer<'_>],
        of_administrator: bool,
    ) -> Result<(Self, Outcome), RevocationListError> {
        let issuer: Box<[u8]> = list.issuer().contents().into();
        let of_issuer = self.lists.get(&issuer).map(Vec::as_slice).unwrap_or(&[]);
        let same_scope = |other: &&Arc<RevocationList>| other.point() == list.point();
        let rivals = || of_issuer.iter().filter(same_scope);
        if rivals().any(|other| other.signers().are_of_the_same_list(list.signers())) {
            return Ok((self.clone(), Outcome::Same));
        }
        let key = match self.key_of_signer(&list, of_issuer, authorities) {
            Err(RevocationListError::WrongSigner { .. }) if of_administrator => None,
            key => key?,
        };
        let replaces = |other: &Arc<RevocationList>| match &key {
            Some(key) => other.is_signed_by(key, self.algorithms.all),
            None => false,
        };
        if let Some(newer) = rivals().find(|other| replaces(other) && other.age() >= list.age()) {
            if newer.signers().are_of_the_same_message(list.signers()) {
                return Ok((self.clone(), Outcome::Same));
            }
            return Err(RevocationListError::Older {
                issuer: list.issuer().clone(),
                number: list.number().to_string(),
                known: newer.number().to_string(),
            });
        }
        let outcome = if rivals().any(replaces) {
            Outcome::Replaced
        } else {
            Outcome::Added
        };
        let mut kept: Vec<_> = of_issuer
            .iter()
            .filter(|other| other.point() != list.point() || !replaces(other))
            .map(Arc::clone)
            .collect();
        let list = Arc::new(list);
        kept.push(Arc::clone(&list));
        kept.sort_by(|one, other| other.age().cmp(&one.age()));
        if key.is_none() {
            // Of those that nobody is known to have signed, the newest few.
            let mut count = 0;
            kept.retain(|other| {
                let candidate =
                    other.point() == list.point() && other.signers().known().next().is_none();
                count += usize::from(candidate);
                !candidate || count <= CANDIDATES_MAX
            });
        }
        let mut lists = BTreeMap::clone(&self.lists);
        lists.insert(issuer, kept);
        let (count, bytes) = lists
            .values()
            .flatten()
            .fold((0, 0), |(count, bytes), list| {
                (count + 1, bytes + list.bytes())
            });
        if count > LISTS_MAX || bytes > TOTAL_MAX_BYTES {
            return Err(RevocationListError::TooMany);
        }
        let lists = Self {
            lists: Arc::new(lists),
            ..self.clone()
        };
        Ok((lists, outcome))
    }

    /// The key that signed a list, of those that are known to be of its issuer; `None` when none is known.
    fn key_of_signer(
        &self,
        list: &RevocationList,
        of_issuer: &[Arc<RevocationList>],
        authorities: &[CertificateDer<'_>],
    ) -> Result<Option<Box<[u8]>>, RevocationListError> {
        let authorities: Vec<Fields<'_>> = authorities
            .iter()
            .filter_map(|authority| Fields::read(authority))
            .filter(|authority| authority.subject == list.issuer().contents())
            .collect();
        let signed = |key: &&[u8]| list.is_signed_by(key, self.algorithms.all);
        let issuer = || list.issuer().clone();
        let given = authorities.iter().map(|authority| authority.public_key);
        let remembered = of_issuer.iter().flat_map(|other| other.signers().known());
        let known: Vec<&[u8]> = given.chain(remembered).collect();
        let Some(key) = known.iter().copied().find(signed) else {
            return if known.is_empty() {
                Ok(None)
            } else {
                Err(RevocationListError::WrongSigner { issuer: issuer() })
            };
        };
        let mut certificates = authorities
            .iter()
            .filter(|authority| authority.public_key == key)
            .peekable();
        if certificates.peek().is_some() && !certificates.any(Fields::may_sign_lists) {
            return Err(RevocationListError::NotListSigner { issuer: issuer() });
        }
        Ok(Some(key.into()))
    }

    /// The same lists, of which every verified path is told to `watcher`.
    #[must_use]
    pub fn watched_by(&self, watcher: Arc<dyn PathWatcher>) -> Self {
        Self {
            watcher: Some(watcher),
            ..self.clone()
        }
    }

    /// The list that is in use per CA and distribution point.
    pub fn summaries(&self) -> Vec<RevocationListSummary> {
        let mut summaries = Vec::new();
        for lists in self.lists.values() {
            for (position, list) in lists.iter().enumerate() {
                let first = !lists
                    .iter()
                    .take(position)
                    .any(|newer| newer.point() == list.point());
                if first {
                    summaries.push(RevocationListSummary {
                        issuer: list.issuer().clone(),
                        number: list.number().to_string(),
                        this_update: list.this_update(),
                        next_update: Some(list.next_update()),
                    });
                }
            }
        }
        summaries
    }

    /// Tells the watcher, if there is one, of a path that was verified.
    pub(crate) fn tell_watcher(&self, path: &[CertificateDer<'_>]) {
        if let Some(watcher) = &self.watcher {
            watcher.verified(path);
        }
    }

    /// Checks one certificate (DER) of a verified path with the lists of its issuer (DER), which may be a
    /// trust anchor.
    ///
    /// # Errors
    ///
    /// [`RevocationError`] when it is revoked, or when that cannot be known.
    pub(crate) fn check_certificate(
        &self,
        certificate: &[u8],
        is_authority: bool,
        issuer: &[u8],
        now_unix_seconds: i64,
    ) -> Result<(), RevocationError> {
        let certificate = Fields::read(certificate).ok_or(RevocationError::Unreadable)?;
        let issuer = Fields::read(issuer).ok_or(RevocationError::Unreadable)?;
        let signer = Signer {
            public_key: issuer.public_key,
            may_sign_lists: issuer.may_sign_lists(),
        };
        self.check(&certificate, is_authority, &signer, now_unix_seconds)
    }

    /// Checks one certificate with the lists of its issuer.
    fn check(
        &self,
        certificate: &Fields<'_>,
        is_authority: bool,
        issuer: &Signer<'_>,
        now_unix_seconds: i64,
    ) -> Result<(), RevocationError> {
        let name = || DistinguishedName::from_contents(certificate.issuer);
        let serial = Serial::read(certificate.serial).ok_or(RevocationError::Unreadable)?;
        let Some(lists) = self.lists.get(certificate.issuer) else {
            return Err(RevocationError::NoList { issuer: name() });
        };
        if !issuer.may_sign_lists {
            return Err(RevocationError::NotListSigner { issuer: name() });
        }
        let points = certificate.distribution_points();
        let latest_this_update = now_unix_seconds.saturating_add(CLOCK_SKEW_SECONDS);
        let of_today = |list: &RevocationList| list.this_update() <= latest_this_update;
        let signed =
            |list: &RevocationList| list.is_signed_by(issuer.public_key, self.algorithms.all);
        let (mut current, mut expired) = (false, None);
        let (mut future, mut foreign) = (false, false);
        for (position, list) in lists.iter().enumerate() {
            let covers = list
                .point()
                .is_none_or(|point| point.covers(points, is_authority));
            if !covers {
                continue;
            }
            if !of_today(list) {
                future = true;
                continue;
            }
            // The lists are in order: one before this about the same counts instead of it.
            let superseded = lists
                .iter()
                .take(position)
                .any(|newer| newer.point() == list.point() && of_today(newer) && signed(newer));
            if superseded {
                continue;
            }
            if !signed(list) {
                foreign = true;
            } else if list.has(&serial) {
                // Also when the list is expired: a revocation is for ever.
                return Err(RevocationError::Revoked { issuer: name() });
            } else if now_unix_seconds < list.next_update() {
                current = true;
            } else {
                expired = expired.max(Some(list.next_update()));
            }
        }
        if current {
            return Ok(());
        }
        let issuer = name();
        Err(match expired {
            Some(next_update) => RevocationError::Expired {
                issuer,
                next_update,
            },
            None if foreign => RevocationError::WrongSigner { issuer },
            None if future => RevocationError::NotYetValid { issuer },
            None => RevocationError::OutOfScope { issuer },
        })
    }
}

impl Default for RevocationLists {
    fn default() -> Self {
        Self {
            algorithms: aws_lc_rs::default_provider().signature_verification_algorithms,
            lists: Arc::default(),
            watcher: None,
        }
    }
}

impl fmt::Debug for RevocationLists {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count: usize = self.lists.values().map(Vec::len).sum();
        write!(formatter, "RevocationLists({count})")
    }
}

/// The URIs at which a certificate says that the lists of its issuer are, in its order. Verifies nothing:
/// ask it of certificates that were verified.
pub fn distribution_points(certificate: &CertificateDer<'_>) -> Vec<String> {
    let points = Fields::read(certificate).and_then(|fields| fields.distribution_points());
    let Some(points) = points else {
        return Vec::new();
    };
    point::addresses(points)
        .filter_map(|uri| std::str::from_utf8(uri).ok())
        .take(DISTRIBUTION_POINTS_MAX)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests;
