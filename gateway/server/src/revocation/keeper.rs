//! The owner of the lists in use.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use rustls_pki_types::CertificateDer;
use sluis_certs::{LiveTrust, RevocationList, RevocationListError};
use tokio_util::sync::CancellationToken;

use super::cache::Cache;
use super::fetch::{Fetched, Fetcher, Validators};
use super::known::Known;
use super::source::{Source, SourceError};
use super::watch::{ListState, Watch, states};
use super::worker;
use crate::clock::Clock;
use crate::config::{Limits, ListHost, ListUrl, TrustConfig};
use crate::listener::Connections;
use crate::telemetry::Metrics;
use crate::upstream::Pools;

/// Lists that are fetched at the same time.
const CONCURRENT: usize = 4;

/// What the lists are for, and where they come from.
pub struct RevocationParts {
    /// Whom we trust; the lists are kept in it.
    pub trust: LiveTrust,
    /// Connections of others to us.
    pub connections: Connections,
    /// Connections of us to others.
    pub pools: Pools,
    /// The folder for what was fetched.
    pub folder: PathBuf,
    /// What is fetched, and how.
    pub settings: RevocationSettings,
    /// The time.
    pub clock: Clock,
    /// What is counted.
    pub metrics: Metrics,
}

/// What is fetched, and how.
#[derive(Debug, Clone)]
pub struct RevocationSettings {
    /// Addresses that are asked in any case.
    pub urls: Vec<ListUrl>,
    /// Hosts that are asked for what certificates name; those of `urls` are too.
    pub hosts: Vec<ListHost>,
    /// Longest time between two attempts, in seconds.
    pub refresh_seconds: u32,
    /// Most bytes of a list.
    pub list_bytes_max: usize,
    /// Time for connecting.
    pub connect_timeout: Duration,
    /// Time for one list.
    pub fetch_timeout: Duration,
}

impl RevocationSettings {
    /// Takes them out of the configuration.
    #[must_use]
    pub fn from_config(trust: &TrustConfig, limits: &Limits) -> Self {
        Self {
            urls: trust.crl_urls.clone(),
            hosts: trust.crl_hosts.clone(),
            refresh_seconds: trust.crl_refresh_seconds,
            list_bytes_max: limits.crl_bytes_max,
            connect_timeout: limits.upstream_connect_timeout(),
            fetch_timeout: limits.crl_fetch_timeout(),
        }
    }
}

/// The revocation lists of a gateway. Cheap to clone.
#[derive(Clone)]
pub struct Revocation(Arc<Shared>);

pub(super) struct Shared {
    pub(super) parts: RevocationParts,
    pub(super) known: Arc<Known>,
    pub(super) watch: Mutex<Watch>,
    fetcher: Fetcher,
    cache: Cache,
}

impl Revocation {
    /// Takes over the lists in `parts.trust`, and adds those that were fetched before the last stop. Fetches nothing
    /// yet.
    ///
    /// # Errors
    ///
    /// When the folder cannot be made or read.
    pub fn new(parts: RevocationParts) -> io::Result<Self> {
        let settings = &parts.settings;
        let configured = settings.urls.iter().map(ListUrl::host);
        let hosts: BTreeSet<ListHost> = configured.chain(settings.hosts.iter().cloned()).collect();
        let fetcher = Fetcher::new(
            hosts,
            settings.list_bytes_max,
            settings.connect_timeout,
            settings.fetch_timeout,
        );
        let known = Arc::new(Known::new(fetcher.clone()));
        let watcher: Arc<Known> = Arc::clone(&known);
        parts.trust.update(|trust| {
            let lists = trust.lists().watched_by(watcher);
            trust.with_lists(lists)
        });
        let shared = Shared {
            cache: Cache::open(parts.folder.clone())?,
            parts,
            known,
            watch: Mutex::default(),
            fetcher,
        };
        shared.read_cache()?;
        for url in &shared.parts.settings.urls {
            shared.known.add(Source::new(url.clone()));
        }
        Ok(Self(Arc::new(shared)))
    }

    /// Looks at certificates of ours, so that the lists that others need to trust them are fetched here as well.
    pub fn look_at(&self, chain: &[CertificateDer<'static>]) {
        // The verdict does not matter here, but which path was verified on the way to it.
        let now = self.0.parts.clock.unix_seconds();
        let _ = self
            .0
            .parts
            .trust
            .load()
            .verify(chain, sluis_certs::Usage::Signature, now);
    }

    /// Fetches lists when they are due, and looks after what follows from them, until `shutdown`.
    pub async fn run(self, shutdown: CancellationToken) {
        worker::run(&self.0, shutdown).await;
    }

    /// Asks for every list now, whether it is due or not, and applies what is new.
    pub async fn refresh(&self) {
        self.0.refresh(|_| true).await;
        self.0.look_after(false).await;
    }

    /// Applies lists or anchors that were changed by others to what is open, and to what is measured.
    pub async fn changed(&self) {
        self.0.look_after(true).await;
    }

    /// How it stands with every list, and with every address from which one should come.
    #[must_use]
    pub fn states(&self) -> Vec<ListState> {
        let lists = self.0.parts.trust.load().lists().summaries();
        states(&lists, &self.0.known.sources())
    }
}

impl Shared {
    /// Fetches from every source that `wanted` says, a few at a time.
    pub(super) async fn refresh(self: &Arc<Self>, wanted: impl Fn(&Source) -> bool) {
        let mut sources = self.known.sources();
        sources.retain(|source| wanted(source));
        futures_util::stream::iter(sources)
            .for_each_concurrent(CONCURRENT, |source| self.fetch(source))
            .await;
    }

    async fn fetch(self: &Arc<Self>, source: Arc<Source>) {
        let mut validators = source.fetching.lock().await;
        let url = source.url();
        let result = match self.fetcher.fetch(url, &validators).await {
            Ok(Fetched::Unchanged) => Ok("unchanged"),
            Ok(Fetched::Bytes {
                bytes,
                validators: new,
            }) => {
                let taken = self.take(&source, bytes, new.clone()).await;
                if taken.is_ok() {
                    *validators = new;
                }
                taken
            }
            Err(error) => Err(error.into()),
        };
        let now = self.parts.clock.unix_seconds();
        let outcome = match &result {
            Ok(outcome) => outcome,
            Err(error) => {
                tracing::warn!(
                    url = url.as_str(),
                    reason = error.reason(),
                    %error,
                    "a revocation list could not be fetched; the one in use stays"
                );
                error.reason()
            }
        };
        self.parts.metrics.crl_fetched(outcome);
        let refresh_seconds = self.parts.settings.refresh_seconds.into();
        source.attempted(result.map(drop), now, refresh_seconds);
    }

    /// Judges what was fetched, and puts it to use when it is good.
    async fn take(
        self: &Arc<Self>,
        source: &Arc<Source>,
        bytes: Bytes,
        validators: Validators,
    ) -> Result<&'static str, SourceError> {
        let (shared, source) = (Arc::clone(self), Arc::clone(source));
        // A list of a million entries takes a moment; those of PKIoverheid less than a millisecond.
        tokio::task::spawn_blocking(move || shared.take_blocking(&source, &bytes, &validators))
            .await
            .unwrap_or(Err(SourceError::List(RevocationListError::Unreadable)))
    }

    fn take_blocking(
        &self,
        source: &Source,
        bytes: &[u8],
        validators: &Validators,
    ) -> Result<&'static str, SourceError> {
        let list = self.read(bytes)?;
        let (issuer, next_update) = (list.issuer().clone(), list.next_update());
        let outcome = self.put(list)?;
        source.holds(issuer.clone(), next_update);
        if outcome == "same" {
            return Ok(outcome);
        }
        tracing::info!(
            %issuer,
            url = source.url().as_str(),
            next_update_unix_seconds = next_update,
            "a new revocation list is in use"
        );
        if let Err(error) = self.cache.write(source.url(), validators, bytes) {
            tracing::warn!(
                folder = %self.cache.folder().display(),
                %error,
                "a revocation list could not be kept on disk: after a restart it has to be fetched before it counts"
            );
        }
        Ok(outcome)
    }

    fn read(&self, bytes: &[u8]) -> Result<RevocationList, RevocationListError> {
        let mut lists = RevocationList::from_file(bytes)?;
        let list = lists.pop().filter(|_| lists.is_empty());
        let list = list.ok_or(RevocationListError::TooMany)?;
        list.check_time(self.parts.clock.unix_seconds())?;
        Ok(list)
    }

    fn put(&self, list: RevocationList) -> Result<&'static str, RevocationListError> {
        let authorities = self.known.authorities();
        let mut result = Ok("same");
        self.parts
            .trust
            .update(|trust| match trust.lists().with_list(list, &authorities) {
                Ok((lists, outcome)) => {
                    result = Ok(match outcome {
                        sluis_certs::RevocationListOutcome::Same => "same",
                        _ => "new",
                    });
                    trust.with_lists(lists)
                }
                Err(error) => {
                    result = Err(error);
                    trust.clone()
                }
            });
        result
    }

    /// Puts the lists to use that were fetched before, also expired ones: what is revoked on them stays so, and no older
    /// list may come after them.
    fn read_cache(&self) -> io::Result<()> {
        for cached in self.cache.read(self.parts.settings.list_bytes_max)? {
            let url = cached.url;
            let read = RevocationList::from_file(&cached.list).and_then(|mut lists| {
                let list = lists.pop().ok_or(RevocationListError::None)?;
                let (issuer, next_update) = (list.issuer().clone(), list.next_update());
                match self.put(list) {
                    Ok(_) | Err(RevocationListError::Older { .. }) => Ok((issuer, next_update)),
                    Err(error) => Err(error),
                }
            });
            match read {
                Ok((issuer, next_update)) => {
                    let source = Source::with_validators(url, cached.validators);
                    source.holds(issuer, next_update);
                    self.known.add(source);
                }
                Err(error) => tracing::warn!(
                    url = url.as_str(),
                    reason = error.reason(),
                    %error,
                    "a revocation list that was fetched before cannot be used, and is left out"
                ),
            }
        }
        Ok(())
    }
}
