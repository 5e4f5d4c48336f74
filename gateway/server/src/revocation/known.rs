//! What verified certificates taught: which CAs there are, and where their lists are.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use rustls_pki_types::CertificateDer;
use sluis_certs::{PathWatcher, distribution_points};
use tokio::sync::Notify;

use super::fetch::Fetcher;
use super::source::Source;
use crate::config::{ListHost, ListUrl};

/// Most addresses from which lists are fetched; as many as there can be lists.
pub(super) const SOURCES_MAX: usize = 256;
/// Most CAs of which the certificate is remembered.
const AUTHORITIES_MAX: usize = 256;
/// Most addresses of which is remembered that they were seen, used or not.
const SEEN_MAX: usize = 1024;

/// The CAs and addresses that are known. Grows as certificates are verified, up to a limit; what is known is
/// not forgotten before the gateway stops.
pub(super) struct Known {
    fetcher: Fetcher,
    contents: RwLock<Contents>,
    /// Told when there is a new source.
    pub(super) changed: Notify,
}

#[derive(Default)]
struct Contents {
    authorities: HashSet<CertificateDer<'static>>,
    seen: BTreeSet<String>,
    sources: BTreeMap<ListUrl, Arc<Source>>,
    refused_hosts: BTreeSet<ListHost>,
}

impl Known {
    pub(super) fn new(fetcher: Fetcher) -> Self {
        Self {
            fetcher,
            contents: RwLock::default(),
            changed: Notify::new(),
        }
    }

    /// The certificates of the CAs below the anchors.
    pub(super) fn authorities(&self) -> Vec<CertificateDer<'static>> {
        self.read().authorities.iter().cloned().collect()
    }

    /// Every address from which lists are fetched.
    pub(super) fn sources(&self) -> Vec<Arc<Source>> {
        self.read().sources.values().cloned().collect()
    }

    /// Adds an address, unless its host may not be asked.
    pub(super) fn add(&self, source: Source) {
        let mut contents = self
            .contents
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        self.add_to(&mut contents, source);
    }

    fn add_to(&self, contents: &mut Contents, source: Source) {
        let url = source.url().clone();
        if !self.fetcher.may_ask(&url) {
            let host = url.host();
            if contents.refused_hosts.len() < SEEN_MAX
                && contents.refused_hosts.insert(host.clone())
            {
                tracing::info!(
                    %host,
                    url = url.as_str(),
                    "a certificate names a host of revocation lists that is not in trust.crl_hosts: it is not asked"
                );
            }
            return;
        }
        if contents.sources.len() < SOURCES_MAX && !contents.sources.contains_key(&url) {
            contents.seen.insert(url.as_str().to_owned());
            contents.sources.insert(url, Arc::new(source));
            self.changed.notify_one();
        }
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Contents> {
        self.contents.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PathWatcher for Known {
    fn verified(&self, path: &[CertificateDer<'_>]) {
        let Some((leaf, authorities)) = path.split_first() else {
            return;
        };
        // A CA of which the certificate is known had its addresses read; of the leaf only that counts.
        let new: Vec<&CertificateDer<'_>> = {
            let contents = self.read();
            let is_new = |authority: &&CertificateDer<'_>| {
                contents.authorities.len() < AUTHORITIES_MAX
                    && !contents.authorities.contains(*authority)
            };
            authorities.iter().filter(is_new).collect()
        };
        let addresses: Vec<String> = std::iter::once(leaf)
            .chain(new.iter().copied())
            .flat_map(distribution_points)
            .collect();
        let all_seen = {
            let contents = self.read();
            let full = contents.seen.len() >= SEEN_MAX;
            full || addresses
                .iter()
                .all(|address| contents.seen.contains(address))
        };
        if new.is_empty() && all_seen {
            return;
        }
        let mut contents = self
            .contents
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        for authority in new {
            contents.authorities.insert(authority.clone().into_owned());
        }
        for address in addresses {
            if contents.seen.len() < SEEN_MAX && contents.seen.insert(address.clone()) {
                // Addresses of other kinds (LDAP) are left alone.
                if let Ok(url) = address.parse::<ListUrl>() {
                    self.add_to(&mut contents, Source::new(url));
                }
            }
        }
    }
}
