//! Warning in time that certificates end.

use std::collections::HashMap;
use std::time::Duration;

use sluis_certs::{LiveIdentity, LiveTrust};
use tokio_util::sync::CancellationToken;

use super::{Expiry, Threshold};
use crate::clock::Clock;
use crate::telemetry::Metrics;

/// Pause between two looks. Short, because certificates can be replaced while the gateway runs; a look costs the reading of a
/// handful of certificates.
const PAUSE: Duration = Duration::from_secs(60);

/// Watches the ends of our certificates, the CAs above them and the trust anchors: counts them in the metrics, and logs one
/// line when one comes nearer than a threshold.
pub struct ExpiryWatch {
    identities: LiveIdentity,
    trust: LiveTrust,
    clock: Clock,
    metrics: Metrics,
    /// The nearest threshold that was logged.
    logged: HashMap<Expiry, Threshold>,
}

impl ExpiryWatch {
    /// Watches what is in use; nothing was logged yet.
    #[must_use]
    pub fn new(
        identities: LiveIdentity,
        trust: LiveTrust,
        clock: Clock,
        metrics: Metrics,
    ) -> ExpiryWatch {
        ExpiryWatch {
            identities,
            trust,
            clock,
            metrics,
            logged: HashMap::new(),
        }
    }

    /// Looks now and every minute, until `shutdown`.
    pub async fn run(mut self, shutdown: CancellationToken) {
        loop {
            self.look();
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    }

    /// Looks once. Returns what came nearer than a threshold since it was looked at before, which was logged.
    pub fn look(&mut self) -> Vec<(Expiry, Threshold)> {
        let now = self.clock.unix_seconds();
        let expiries = Expiry::all(&self.identities.load(), self.trust.load().anchors());
        self.metrics.certificates_ending(&expiries, now);
        // A certificate that was replaced has its warning once more when it ever returns.
        self.logged.retain(|known, _| expiries.contains(known));
        let mut crossed = Vec::new();
        for expiry in expiries {
            let Some(threshold) = expiry.threshold(now) else {
                // The clock was set back.
                self.logged.remove(&expiry);
                continue;
            };
            if self.logged.get(&expiry) == Some(&threshold) {
                continue;
            }
            log(&expiry, threshold, now);
            self.logged.insert(expiry.clone(), threshold);
            crossed.push((expiry, threshold));
        }
        crossed
    }
}

fn log(expiry: &Expiry, threshold: Threshold, now: i64) {
    let (warning, remedy) = (expiry.warning(now), expiry.remedy());
    let certificate = expiry.kind.as_str();
    let (within_days, days_left) = (threshold.days(), expiry.days_left(now));
    if within_days == 0 {
        tracing::error!(certificate, within_days, days_left, remedy, "{warning}");
    } else {
        tracing::warn!(certificate, within_days, days_left, remedy, "{warning}");
    }
}

#[cfg(test)]
mod tests {
    use sluis_certs::dev_pki::{DevPki, DevPkiOptions, KeyType, LeafOptions};
    use sluis_certs::{Identity, Trust};

    use super::*;
    use crate::clock::ClockHand;
    use crate::renewal::{DAY_SECONDS, ExpiryKind};

    const NOW: i64 = 1_795_305_600;

    fn days(days: i64) -> u64 {
        u64::try_from(days * DAY_SECONDS * 1000).unwrap()
    }

    /// A certificate that ends in 100 days, watched.
    fn watched(pki: &mut DevPki) -> (ExpiryWatch, ClockHand) {
        let identity = issue(pki, 100);
        let lists: Vec<Vec<u8>> = pki
            .crls_pem()
            .unwrap()
            .into_iter()
            .map(|(_, pem)| pem.into_bytes())
            .collect();
        let trust = Trust::from_pem(pki.anchors_pem().as_bytes(), &lists).unwrap();
        let (clock, hand) = Clock::fixed(u64::try_from(NOW).unwrap() * 1000);
        let watch = ExpiryWatch::new(
            LiveIdentity::new(identity),
            LiveTrust::new(trust),
            clock,
            Metrics::off(),
        );
        (watch, hand)
    }

    fn issue(pki: &mut DevPki, lasts_days: i64) -> Identity {
        let mut leaf = LeafOptions::new("00000099000000001000", "Gemeente", &["localhost"], NOW);
        leaf.not_after_unix_seconds = NOW + lasts_days * DAY_SECONDS;
        let leaf = pki.issue(&leaf).unwrap();
        Identity::from_pem(leaf.chain_pem.as_bytes(), leaf.key_pem.as_bytes()).unwrap()
    }

    fn pki() -> DevPki {
        DevPki::create(&DevPkiOptions {
            key_type: KeyType::EcdsaP256,
            now_unix_seconds: NOW,
            crl_valid_seconds: DAY_SECONDS,
        })
        .unwrap()
    }

    fn crossed(watch: &mut ExpiryWatch) -> Vec<(ExpiryKind, i64)> {
        let crossed = watch.look().into_iter();
        crossed
            .map(|(expiry, threshold)| (expiry.kind, threshold.days()))
            .collect()
    }

    #[test]
    fn each_threshold_is_told_once() {
        let (mut watch, hand) = watched(&mut pki());
        let mut told = Vec::new();
        // A look every six hours, from 100 days before the end until 5 days after it.
        for _ in 0..4 * 105 {
            told.extend(crossed(&mut watch));
            hand.advance(days(1) / 4);
        }
        let current = |days| (ExpiryKind::Current, days);
        assert_eq!(told, [60, 30, 14, 7, 0].map(current));
    }

    #[test]
    fn a_renewed_certificate_is_news_of_its_own() {
        let mut pki = pki();
        let (mut watch, hand) = watched(&mut pki);
        hand.advance(days(80));
        assert_eq!(crossed(&mut watch), [(ExpiryKind::Current, 30)]);
        assert_eq!(crossed(&mut watch), []);
        let old = watch.identities.load().current().clone();
        let new = issue(&mut pki, 1_000);
        watch
            .identities
            .replace(sluis_certs::Identities::new(new.clone(), vec![old]).unwrap());
        assert_eq!(crossed(&mut watch), [(ExpiryKind::Previous, 30)]);
        watch.identities.replace(new);
        assert_eq!(crossed(&mut watch), []);
        // The test authorities last longer than anything.
        hand.advance(days(365 * 20));
        let kinds: Vec<ExpiryKind> = watch.look().iter().map(|(one, _)| one.kind).collect();
        assert_eq!(
            kinds,
            [
                ExpiryKind::Current,
                ExpiryKind::Authority,
                ExpiryKind::Authority,
                ExpiryKind::Anchor
            ]
        );
    }

    #[test]
    fn a_clock_that_is_set_back_warns_again() {
        let (mut watch, hand) = watched(&mut pki());
        let start = u64::try_from(NOW).unwrap() * 1000;
        hand.set(start + days(95));
        assert_eq!(crossed(&mut watch), [(ExpiryKind::Current, 7)]);
        hand.set(start);
        assert_eq!(crossed(&mut watch), []);
        hand.set(start + days(50));
        assert_eq!(crossed(&mut watch), [(ExpiryKind::Current, 60)]);
    }
}
