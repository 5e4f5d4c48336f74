//! Access tokens from providers' managers: fetched once for many waiting requests, kept until shortly before they expire.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use http::uri::Authority;
use moka::sync::Cache;
use sluis_certs::{CertificateThumbprint, Identity, PeerId};
use sluis_fsc::token::{Received, Wanted};
use sluis_fsc::{GrantHash, GroupId};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::clock::Clock;
use crate::contracts::GrantEntry;
use crate::manager::PeerClient;
use crate::passage::Refusal;
use crate::telemetry::Metrics;

/// Where tokens come from: the provider's manager.
pub trait TokenSource: Send + Sync + 'static {
    /// Asks the manager of `peer` for a token for `grant`, over a connection that shows `identity`: the token is bound to it.
    fn fetch(
        &self,
        peer: &PeerId,
        grant: &GrantHash,
        identity: &Identity,
    ) -> impl Future<Output = Result<String, &'static str>> + Send;
}

/// A token that is ready for use.
#[derive(Debug, Clone)]
pub(super) struct Ready {
    pub header: HeaderValue,
    pub authority: Authority,
    expires_at_unix_seconds: i64,
}

/// A token is not used in its last seconds: it must still be valid when it arrives.
const MARGIN_SECONDS: i64 = 10;

/// After a failure waiting requests get the same answer for this long, instead of each asking a manager that is down.
const FAILURE_KEPT: Duration = Duration::from_secs(1);

/// The tokens of this outway.
pub struct Tokens<S> {
    source: S,
    group: GroupId,
    clock: Clock,
    metrics: Metrics,
    slots: Cache<(GrantHash, CertificateThumbprint), Arc<Slot>>,
}

#[derive(Default)]
struct Slot {
    ready: arc_swap::ArcSwapOption<Ready>,
    fetching: Mutex<Option<(Instant, &'static str)>>,
}

impl<S: TokenSource> Tokens<S> {
    /// Tokens of `group` from `source`; at most `entries_max` are kept.
    pub fn new(
        source: S,
        group: GroupId,
        clock: Clock,
        metrics: Metrics,
        entries_max: u64,
    ) -> Tokens<S> {
        Tokens {
            source,
            group,
            clock,
            metrics,
            slots: Cache::new(entries_max),
        }
    }

    /// The token for `entry` that goes with `identity`; fetched where none is kept, one fetch for all who wait.
    pub(super) async fn for_grant(
        &self,
        entry: &GrantEntry,
        identity: &Identity,
    ) -> Result<Arc<Ready>, Refusal> {
        let slot = self
            .slots
            .get_with(key(&entry.grant_hash, identity), Arc::default);
        if let Some(ready) = self.usable(&slot) {
            return Ok(ready);
        }
        let mut failure = slot.fetching.lock().await;
        if let Some(ready) = self.usable(&slot) {
            return Ok(ready);
        }
        if let Some((at, why)) = *failure
            && at.elapsed() < FAILURE_KEPT
        {
            return Err(Refusal::AccessTokenNotObtained(why));
        }
        match self.fetch(entry, identity).await {
            Ok(ready) => {
                *failure = None;
                let ready = Arc::new(ready);
                slot.ready.store(Some(Arc::clone(&ready)));
                Ok(ready)
            }
            Err(why) => {
                *failure = Some((Instant::now(), why));
                Err(Refusal::AccessTokenNotObtained(why))
            }
        }
    }

    /// Forgets the token for a grant that goes with `identity`, because the provider did not accept it.
    pub(super) fn forget(&self, grant: &GrantHash, identity: &Identity) {
        self.slots.invalidate(&key(grant, identity));
    }

    fn usable(&self, slot: &Slot) -> Option<Arc<Ready>> {
        let now = self.clock.unix_seconds();
        slot.ready
            .load_full()
            .filter(|ready| now + MARGIN_SECONDS < ready.expires_at_unix_seconds)
    }

    async fn fetch(&self, entry: &GrantEntry, identity: &Identity) -> Result<Ready, &'static str> {
        let asked = Instant::now();
        let fetched = self
            .source
            .fetch(&entry.service_peer, &entry.grant_hash, identity)
            .await;
        let ready = fetched.and_then(|token| self.read(&token, entry, identity));
        self.metrics.token_fetched(
            ready.as_ref().err().copied().unwrap_or("ok"),
            asked.elapsed(),
        );
        ready
    }

    /// Reads what an outway must know of a token (FSC Core, Outway). That the token came from the provider's own manager is proved
    /// by the mutual TLS connection over which it came.
    fn read(
        &self,
        token: &str,
        entry: &GrantEntry,
        identity: &Identity,
    ) -> Result<Ready, &'static str> {
        let wanted = Wanted {
            group_id: &self.group,
            grant: &entry.grant,
            client: identity.peer(),
        };
        let received = Received::read(token, &wanted).map_err(|error| {
            tracing::warn!(peer_id = %entry.service_peer, %error, "an unusable token came from a manager");
            "the token that it gave is not usable"
        })?;
        let claims = received.claims();
        Ok(Ready {
            header: HeaderValue::from_str(&format!("Bearer {token}"))
                .map_err(|_| "the token that it gave is not usable")?,
            authority: claims
                .aud
                .authority()
                .parse()
                .map_err(|_| "the token that it gave names no usable inway address")?,
            expires_at_unix_seconds: claims.exp,
        })
    }
}

fn key(grant: &GrantHash, identity: &Identity) -> (GrantHash, CertificateThumbprint) {
    (grant.clone(), identity.peer().certificate_thumbprint)
}

impl TokenSource for PeerClient {
    async fn fetch(
        &self,
        peer: &PeerId,
        grant: &GrantHash,
        identity: &Identity,
    ) -> Result<String, &'static str> {
        self.token(peer, grant, identity).await.map_err(|error| {
            tracing::warn!(peer_id = %peer, error = &error as &dyn std::error::Error, "no access token");
            error.label()
        })
    }
}
