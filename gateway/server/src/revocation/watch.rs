//! What follows from lists: connections that end, measurements, and alarms.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError};

use rustls_pki_types::CertificateDer;
use sluis_certs::{DistinguishedName, RevocationListSummary, Trust, Usage};

use super::keeper::Shared;
use super::source::Source;

/// A list that has less than this left, in seconds, needs a person: it should have been fetched long before.
const SOON_SECONDS: i64 = 3_600;

/// How it stands with one list, or with an address from which none came yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListState {
    /// The CA whose list it is; `None` when nothing was fetched from the address yet.
    pub issuer: Option<DistinguishedName>,
    /// When it was made, in Unix seconds; 0 without a list.
    pub this_update: i64,
    /// Until when it counts, in Unix seconds; 0 without a list.
    pub next_update: i64,
    /// Where it is fetched; empty when it comes from a file only.
    pub url: String,
    /// Why the last attempt to fetch it failed; empty when it did not.
    pub error: String,
}

/// Every list with the addresses that it comes from, then the addresses without a list.
pub(super) fn states(lists: &[RevocationListSummary], sources: &[Arc<Source>]) -> Vec<ListState> {
    let mut states: Vec<ListState> = Vec::new();
    let mut without_address: Vec<&RevocationListSummary> = lists.iter().collect();
    for source in sources {
        let state = source.state();
        let of_issuer = |list: &&RevocationListSummary| Some(&list.issuer) == state.issuer.as_ref();
        let list = lists.iter().find(of_issuer);
        without_address.retain(|list| !of_issuer(list));
        states.push(ListState {
            issuer: state.issuer,
            this_update: list.map_or(0, |list| list.this_update),
            next_update: list.and_then(|list| list.next_update).unwrap_or(0),
            url: source.url().to_string(),
            error: state
                .error
                .map_or_else(String::new, |error| error.to_string()),
        });
    }
    states.extend(without_address.into_iter().map(|list| ListState {
        issuer: Some(list.issuer.clone()),
        this_update: list.this_update,
        next_update: list.next_update.unwrap_or(0),
        url: String::new(),
        error: String::new(),
    }));
    let name = |state: &ListState| state.issuer.as_ref().map(ToString::to_string);
    states.sort_by_cached_key(|state| (name(state), state.url.clone()));
    states
}

/// What was found when it was looked at the last time.
#[derive(Debug, Default)]
pub(super) struct Watch {
    lists: Vec<RevocationListSummary>,
    /// Until when the list of each CA counts, and how that was judged.
    issuers: BTreeMap<DistinguishedName, (i64, Freshness)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Freshness {
    Fresh,
    Soon,
    Expired,
}

impl Watch {
    /// Takes in how it stands with the lists, and says whether that is another than before.
    fn look(&mut self, lists: &[RevocationListSummary], now: i64) -> bool {
        let mut issuers = BTreeMap::new();
        for list in lists {
            let next_update = list.next_update.unwrap_or(0);
            let left = next_update.saturating_sub(now);
            let life = next_update.saturating_sub(list.this_update);
            let freshness = if left <= 0 {
                Freshness::Expired
            } else if left < SOON_SECONDS.min(life / 4) {
                Freshness::Soon
            } else {
                Freshness::Fresh
            };
            let entry = issuers
                .entry(list.issuer.clone())
                .or_insert((next_update, freshness));
            *entry = (entry.0.min(next_update), entry.1.max(freshness));
        }
        for (issuer, (_, freshness)) in &issuers {
            let before = self.issuers.get(issuer).map(|(_, freshness)| *freshness);
            if before != Some(*freshness) {
                say(issuer, *freshness, before);
            }
        }
        let changed = issuers != self.issuers || self.lists != lists;
        self.issuers = issuers;
        self.lists = lists.to_vec();
        changed
    }
}

fn say(issuer: &DistinguishedName, freshness: Freshness, before: Option<Freshness>) {
    match (freshness, before) {
        (Freshness::Expired, _) => tracing::error!(
            %issuer,
            "the revocation list of this CA is expired: none of its certificates is trusted until a fresh list is there"
        ),
        (Freshness::Soon, _) => tracing::warn!(
            %issuer,
            "the revocation list of this CA expires soon and no newer one could be had"
        ),
        (Freshness::Fresh, Some(Freshness::Expired)) => tracing::info!(
            %issuer,
            "the revocation list of this CA is fresh again: its certificates are trusted again"
        ),
        (Freshness::Fresh, _) => {}
    }
}

impl Shared {
    /// Measures how long lists count, raises alarms, and ends connections whose certificates are not trusted any more:
    /// when something changed, or in any case.
    pub(super) async fn look_after(self: &Arc<Self>, in_any_case: bool) {
        let trust = self.parts.trust.load();
        let now = self.parts.clock.unix_seconds();
        let changed = {
            let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
            let changed = watch.look(&trust.lists().summaries(), now);
            for (issuer, (next_update, _)) in &watch.issuers {
                let metrics = &self.parts.metrics;
                metrics.crl_expires(&issuer.to_string(), *next_update);
            }
            changed
        };
        if changed || in_any_case {
            let shared = Arc::clone(self);
            let judging =
                tokio::task::spawn_blocking(move || shared.judge_connections(&trust, now));
            // A panic there was reported; the connections are judged again at the next change.
            let _ = judging.await;
        }
    }

    /// Judges every certificate of an open connection anew, each once.
    fn judge_connections(&self, trust: &Trust, now: i64) {
        let connected = self.parts.connections.connected();
        let mut refused: HashMap<&[CertificateDer<'_>], Option<&'static str>> = HashMap::new();
        for connection in connected
            .iter()
            .filter(|connection| connection.peer.is_some())
        {
            refused.entry(&connection.chain).or_insert_with(|| {
                let verdict = trust.verify(&connection.chain, Usage::Client, now);
                verdict.err().map(|error| error.reason())
            });
        }
        self.parts.connections.close(|connection| {
            connection.peer.as_ref()?;
            refused.get(&*connection.chain).copied().flatten()
        });
        // Connections to others are not looked through: a new one costs a handshake.
        self.parts.pools.forget();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_305_600;

    fn list(issuer: u8, this_update: i64, next_update: i64) -> RevocationListSummary {
        use sluis_certs::dev_pki::{DevPki, DevPkiOptions, KeyType};
        let pki = DevPki::create(&DevPkiOptions {
            key_type: KeyType::EcdsaP256,
            now_unix_seconds: NOW,
            crl_valid_seconds: 60,
        });
        let crls = pki.unwrap().crls_pem().unwrap();
        let pem = crls[usize::from(issuer)].1.as_bytes();
        let mut list = RevocationListSummary::of_file(pem).unwrap().remove(0);
        (list.this_update, list.next_update) = (this_update, Some(next_update));
        list
    }

    #[test]
    fn something_changed_when_a_list_is_new_or_crosses_a_line() {
        let mut watch = Watch::default();
        let one = list(0, NOW, NOW + 48 * 3_600);
        let mut look = |lists: &[RevocationListSummary], now| watch.look(lists, now);
        assert!(look(std::slice::from_ref(&one), NOW));
        assert!(!look(std::slice::from_ref(&one), NOW + 47 * 3_600));
        assert!(
            look(std::slice::from_ref(&one), NOW + 47 * 3_600 + 1),
            "soon"
        );
        assert!(!look(std::slice::from_ref(&one), NOW + 48 * 3_600 - 1));
        assert!(
            look(std::slice::from_ref(&one), NOW + 48 * 3_600),
            "expired"
        );
        let next = list(0, NOW + 3_600, NOW + 96 * 3_600);
        assert!(look(std::slice::from_ref(&next), NOW + 48 * 3_600));
        let other = list(1, NOW, NOW + 48 * 3_600);
        assert!(look(&[next.clone(), other], NOW + 48 * 3_600));
    }

    #[test]
    fn an_address_without_a_list_is_shown_too() {
        let source = Source::new("http://crl.test/1.crl".parse().unwrap());
        let list = list(0, NOW, NOW + 60);
        let sources = [Arc::new(source)];
        let shown = states(std::slice::from_ref(&list), &sources);
        assert_eq!(shown.len(), 2);
        assert_eq!((&shown[0].issuer, shown[1].url.as_str()), (&None, ""));
        sources[0].holds(list.issuer.clone(), NOW + 60);
        let shown = states(&[list], &sources);
        assert_eq!(shown.len(), 1);
        assert_eq!(shown[0].url, "http://crl.test/1.crl");
    }
}
