//! What of ours comes to an end: our certificates, the CAs above them and the trust anchors.

use sluis_certs::{CertificateSummary, Identities};

/// Seconds in a day.
pub const DAY_SECONDS: i64 = 86_400;

/// Days before the end of a certificate at which somebody is warned. A PKIoverheid certificate takes weeks: application,
/// identification, a new contract with every organisation whose contract names the key.
const WARNING_DAYS: [i64; 4] = [7, 14, 30, FIRST_WARNING_DAYS];

/// The first of them.
pub(super) const FIRST_WARNING_DAYS: i64 = 60;

/// A certificate on which we depend.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Expiry {
    /// What it is to us.
    pub kind: ExpiryKind,
    /// Its subject, as people call it.
    pub subject: String,
    /// Its last second, Unix seconds.
    pub not_after: i64,
}

/// What a certificate is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ExpiryKind {
    /// Our certificate.
    Current,
    /// A certificate that it replaces.
    Previous,
    /// A CA above one of our certificates.
    Authority,
    /// A trust anchor of the group: also that of other organisations.
    Anchor,
}

impl ExpiryKind {
    /// Every kind.
    pub const ALL: [ExpiryKind; 4] = [
        ExpiryKind::Current,
        ExpiryKind::Previous,
        ExpiryKind::Authority,
        ExpiryKind::Anchor,
    ];

    /// Its name in metrics and log lines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ExpiryKind::Current => "current",
            ExpiryKind::Previous => "previous",
            ExpiryKind::Authority => "authority",
            ExpiryKind::Anchor => "anchor",
        }
    }
}

/// How near the end is: within so many days; 0 when it has passed. The smaller, the nearer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Threshold(i64);

impl Threshold {
    /// Every threshold, the nearest first.
    pub const ALL: [Threshold; 5] = [
        Threshold(0),
        Threshold(WARNING_DAYS[0]),
        Threshold(WARNING_DAYS[1]),
        Threshold(WARNING_DAYS[2]),
        Threshold(WARNING_DAYS[3]),
    ];

    /// Its number of days.
    #[must_use]
    pub fn days(self) -> i64 {
        self.0
    }
}

impl Expiry {
    /// All that can end: our certificates, the CAs above them, and the anchors; each once.
    #[must_use]
    pub fn all(identities: &Identities, anchors: &[CertificateSummary]) -> Vec<Expiry> {
        let mut found: Vec<Expiry> = Vec::new();
        let mut add = |kind, summary: &CertificateSummary| {
            let expiry = Expiry {
                kind,
                subject: summary.subject.to_string(),
                not_after: summary.not_after,
            };
            let known = |other: &Expiry| {
                other.subject == expiry.subject && other.not_after == expiry.not_after
            };
            // Two of our own certificates may well share their name and end.
            if kind < ExpiryKind::Authority || !found.iter().any(known) {
                found.push(expiry);
            }
        };
        let chains = identities.all().iter().map(|identity| identity.chain());
        for (position, chain) in chains.clone().enumerate() {
            let kind = if position == 0 {
                ExpiryKind::Current
            } else {
                ExpiryKind::Previous
            };
            // Every one of them was read before, when it became an identity.
            let own = chain
                .first()
                .and_then(|der| CertificateSummary::of(der).ok());
            own.iter().for_each(|summary| add(kind, summary));
        }
        for der in chains.flat_map(|chain| chain.iter().skip(1)) {
            if let Ok(summary) = CertificateSummary::of(der) {
                add(ExpiryKind::Authority, &summary);
            }
        }
        for summary in anchors {
            add(ExpiryKind::Anchor, summary);
        }
        found
    }

    /// Whole days that are left; less than 0 when it has ended.
    #[must_use]
    pub fn days_left(&self, now_unix_seconds: i64) -> i64 {
        self.not_after
            .saturating_sub(now_unix_seconds)
            .div_euclid(DAY_SECONDS)
    }

    /// The nearest threshold that has been crossed; `None` as long as nobody needs to do anything.
    #[must_use]
    pub fn threshold(&self, now_unix_seconds: i64) -> Option<Threshold> {
        let left = self.not_after.saturating_sub(now_unix_seconds);
        Threshold::ALL
            .into_iter()
            .find(|threshold| match threshold.days() {
                0 => left < 0,
                days => left <= days * DAY_SECONDS,
            })
    }

    /// One sentence on how near the end is.
    #[must_use]
    pub fn warning(&self, now_unix_seconds: i64) -> String {
        let what = match self.kind {
            ExpiryKind::Current => "our certificate",
            ExpiryKind::Previous => "our previous certificate",
            ExpiryKind::Authority => "the CA above our certificate",
            ExpiryKind::Anchor => "the trust anchor",
        };
        let subject = &self.subject;
        match self.days_left(now_unix_seconds) {
            ..0 => format!("{what} `{subject}` has ended"),
            0 => format!("{what} `{subject}` ends within a day"),
            1 => format!("{what} `{subject}` ends in 1 day"),
            days => format!("{what} `{subject}` ends in {days} days"),
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self.kind {
            ExpiryKind::Current => {
                "request a new certificate now, and see with `sluis cert status --new FILE` which contracts its key would break"
            }
            ExpiryKind::Previous => {
                "see with `sluis cert status` whether a contract still rests on its key; remove it from certificate.previous when none does"
            }
            ExpiryKind::Authority => {
                "ask the issuer of the certificate for one from the successor of this CA"
            }
            ExpiryKind::Anchor => {
                "ask the group for the successor of this anchor and put it beside this one in trust.anchors_file"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_305_600;

    fn ending_in(seconds: i64) -> Expiry {
        Expiry {
            kind: ExpiryKind::Current,
            subject: "gemeente.example".to_owned(),
            not_after: NOW + seconds,
        }
    }

    #[test]
    fn a_threshold_is_crossed_at_its_second() {
        for (seconds, days) in [
            (61 * DAY_SECONDS, None),
            (60 * DAY_SECONDS + 1, None),
            (60 * DAY_SECONDS, Some(60)),
            (30 * DAY_SECONDS + 1, Some(60)),
            (30 * DAY_SECONDS, Some(30)),
            (14 * DAY_SECONDS, Some(14)),
            (7 * DAY_SECONDS, Some(7)),
            (1, Some(7)),
            (0, Some(7)),
            (-1, Some(0)),
            (-400 * DAY_SECONDS, Some(0)),
        ] {
            let threshold = ending_in(seconds).threshold(NOW).map(Threshold::days);
            assert_eq!(threshold, days, "{seconds}");
        }
    }

    #[test]
    fn the_days_are_said_as_people_count_them() {
        for (seconds, said) in [
            (30 * DAY_SECONDS, "ends in 30 days"),
            (30 * DAY_SECONDS - 1, "ends in 29 days"),
            (DAY_SECONDS, "ends in 1 day"),
            (DAY_SECONDS - 1, "ends within a day"),
            (-1, "has ended"),
        ] {
            let warning = ending_in(seconds).warning(NOW);
            assert_eq!(
                warning,
                format!("our certificate `gemeente.example` {said}")
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn time_only_brings_the_end_nearer(now in proptest::prelude::any::<i64>(), later in 0_i64..10_000_000) {
            let expiry = ending_in(0);
            let at = |now| expiry.threshold(now).map_or(i64::MAX, Threshold::days);
            proptest::prop_assert!(at(now.saturating_add(later)) <= at(now));
        }
    }
}
