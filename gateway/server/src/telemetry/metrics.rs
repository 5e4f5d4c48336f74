//! Every metric of the gateway, defined in one place.
//!
//! Names are in OpenTelemetry's form (`sluis.passage.duration`, unit `s`); the Prometheus page
//! shows them in its own (`sluis_passage_duration_seconds`). Labels only take values from closed
//! sets or from the configuration and contracts, so that no caller can make a series.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{
    BoundCounter, BoundHistogram, Counter, Gauge, Histogram, Meter, UpDownCounter,
};

use super::ServiceMetrics;
use crate::contracts::{Alarm, AlarmKind};
use crate::renewal::{Expiry, ExpiryKind, Threshold};

/// Most services that get series of their own; the rest are counted together as `other`. Bounds
/// memory when contracts, not the configuration, name the services.
const SERVICES_MAX: usize = 1000;

/// Seconds, from half a millisecond to half a minute: the budget of the gateway itself is in the
/// first four, the patience of its callers in the last four.
const DURATION_BUCKETS: [f64; 15] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];

/// Which part of the gateway a measurement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Others call us.
    Inway,
    /// We call others.
    Outway,
    /// Contracts, tokens and logs.
    Manager,
}

impl Role {
    /// The label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inway => "inway",
            Self::Outway => "outway",
            Self::Manager => "manager",
        }
    }
}

/// What was written to the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditWrite {
    /// A passage before it was forwarded.
    Intent,
    /// A refusal.
    Refusal,
    /// Anything else: start, stop, a change by an administrator.
    Event,
}

/// The instruments. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Metrics(Arc<Instruments>);

#[derive(Debug)]
pub(super) struct Instruments {
    pub(super) verdicts: Counter<u64>,
    pub(super) passage_duration: Histogram<f64>,
    pub(super) upstream_duration: Histogram<f64>,
    pub(super) passages_in_flight: UpDownCounter<i64>,
    connections_open: UpDownCounter<i64>,
    connections_closed: Counter<u64>,
    reloads: Counter<u64>,
    files_refused: Gauge<i64>,
    handshakes_refused: Counter<u64>,
    peer_warnings: Counter<u64>,
    token_fetches: Counter<u64>,
    token_fetch_duration: Histogram<f64>,
    propagation_attempts: Counter<u64>,
    contracts_decided: Counter<u64>,
    peer_checks: Counter<u64>,
    peers: Gauge<u64>,
    peer_alarms: Gauge<u64>,
    audit_writes: AuditWrites,
    audit_write_duration: BoundHistogram<f64>,
    certificate_expires: Gauge<i64>,
    certificates_ending: Gauge<u64>,
    crl_expires: Gauge<i64>,
    crl_fetches: Counter<u64>,
    services: RwLock<HashMap<(Role, Box<str>), ServiceMetrics>>,
}

/// Counted for every passage, so the labels are looked up once.
#[derive(Debug)]
struct AuditWrites {
    intent: Written,
    refusal: Written,
    event: Written,
}

impl AuditWrites {
    fn new(counter: &Counter<u64>) -> Self {
        let written = |kind: &'static str| {
            let bind = |result: &'static str| {
                counter.bind(&[KeyValue::new("kind", kind), KeyValue::new("result", result)])
            };
            Written {
                durable: bind("durable"),
                failed: bind("failed"),
            }
        };
        Self {
            intent: written("intent"),
            refusal: written("refusal"),
            event: written("event"),
        }
    }
}

#[derive(Debug)]
struct Written {
    durable: BoundCounter<u64>,
    failed: BoundCounter<u64>,
}

impl Written {
    fn count(&self, durable: bool) {
        let counter = if durable { &self.durable } else { &self.failed };
        counter.add(1);
    }
}

impl Metrics {
    /// Creates every instrument in `meter`.
    #[must_use]
    pub fn new(meter: &Meter) -> Self {
        let duration = |name: &'static str, description: &'static str| {
            meter
                .f64_histogram(name)
                .with_description(description)
                .with_unit("s")
                .with_boundaries(DURATION_BUCKETS.to_vec())
                .build()
        };
        let counter = |name: &'static str, description: &'static str| {
            meter
                .u64_counter(name)
                .with_description(description)
                .build()
        };
        let up_down = |name: &'static str, description: &'static str| {
            meter
                .i64_up_down_counter(name)
                .with_description(description)
                .build()
        };
        let timestamp = |name: &'static str, description: &'static str| {
            meter
                .i64_gauge(name)
                .with_description(description)
                .with_unit("s")
                .build()
        };
        Self(Arc::new(Instruments {
            verdicts: counter(
                "sluis.verdicts",
                "Passages judged, by role, verdict, reason of refusal and service.",
            ),
            passage_duration: duration(
                "sluis.passage.duration",
                "From the head of a request to the last byte of its answer.",
            ),
            upstream_duration: duration(
                "sluis.upstream.duration",
                "From asking the source or peer to the head of its answer.",
            ),
            passages_in_flight: up_down("sluis.passages.in_flight", "Passages on their way."),
            connections_open: up_down("sluis.connections.open", "Connections open, by role."),
            connections_closed: counter(
                "sluis.connections.closed",
                "Connections that we ended while the gateway ran, by role and reason.",
            ),
            reloads: counter(
                "sluis.reloads",
                "Times that the files on disk were judged again, by result.",
            ),
            files_refused: meter
                .i64_gauge("sluis.files.refused")
                .with_description(
                    "1 while the files on disk are refused, 0 while they are in force.",
                )
                .build(),
            handshakes_refused: counter(
                "sluis.tls.handshakes.refused",
                "TLS handshakes refused, by role and reason.",
            ),
            peer_warnings: counter(
                "sluis.peer.warnings",
                "Connections of peers whose certificate is acceptable and not good, by warning.",
            ),
            token_fetches: counter(
                "sluis.token.fetches",
                "Tokens asked of other organisations' managers, by result.",
            ),
            token_fetch_duration: duration(
                "sluis.token.fetch.duration",
                "From asking for a token to having it.",
            ),
            propagation_attempts: counter(
                "sluis.propagation.attempts",
                "Attempts to bring contracts and signatures to other organisations, by result.",
            ),
            contracts_decided: counter(
                "sluis.contracts.decided",
                "Decisions about contracts that others proposed, by verdict and reason.",
            ),
            peer_checks: counter(
                "sluis.peer.checks",
                "Checks of other organisations' managers, by result.",
            ),
            peers: meter
                .u64_gauge("sluis.peers")
                .with_description("Other organisations, by whether their manager answered when it was last asked.")
                .build(),
            peer_alarms: meter
                .u64_gauge("sluis.peer.alarms")
                .with_description("What is not as it was agreed with other organisations, by alarm.")
                .build(),
            audit_writes: AuditWrites::new(&counter(
                "sluis.audit.writes",
                "Records written to the audit log before anything moved, by kind and result.",
            )),
            audit_write_duration: duration(
                "sluis.audit.write.duration",
                "From handing a record to the audit log to its being durable.",
            )
            .bind(&[]),
            certificate_expires: timestamp(
                "sluis.certificate.expires.timestamp",
                "When our certificate expires, in seconds since 1970.",
            ),
            certificates_ending: meter
                .u64_gauge("sluis.certificates.ending")
                .with_description(
                    "Certificates that end within so many days (0: have ended), by what they are to us.",
                )
                .build(),
            crl_expires: timestamp(
                "sluis.crl.expires.timestamp",
                "When the revocation list of an issuer expires, in seconds since 1970, by issuer.",
            ),
            crl_fetches: counter(
                "sluis.crl.fetches",
                "Attempts to fetch revocation lists, by result: new, same, unchanged, or why it failed.",
            ),
            services: RwLock::default(),
        }))
    }

    /// Instruments that measure nothing, for tests of other parts.
    #[must_use]
    pub fn off() -> Self {
        let provider = opentelemetry::metrics::noop::NoopMeterProvider::new();
        Self::new(&opentelemetry::metrics::MeterProvider::meter(
            &provider, "off",
        ))
    }

    /// The measurements of one service, with its labels looked up once. Keep it when the service
    /// comes from the configuration; look it up again when it comes from a contract. The thousandth
    /// service and all after it share the label `other`.
    #[must_use]
    pub fn service(&self, role: Role, service: &str) -> ServiceMetrics {
        let services = self
            .0
            .services
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        // A lookup without making the key would need a map of maps; a service name is short.
        let key = (role, Box::from(service));
        if let Some(found) = services.get(&key) {
            return found.clone();
        }
        let full = services.len() >= SERVICES_MAX;
        drop(services);
        let key = if full {
            (role, Box::from("other"))
        } else {
            key
        };
        let mut services = self
            .0
            .services
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        services
            .entry(key)
            .or_insert_with_key(|(role, service)| ServiceMetrics::new(&self.0, *role, service))
            .clone()
    }

    /// The measurements of requests for a service that does not exist. What the caller named is
    /// not shown: it is the caller's text.
    #[must_use]
    pub fn unknown_service(&self, role: Role) -> ServiceMetrics {
        self.service(role, "unknown")
    }

    /// A connection was accepted; it counts as open until the returned guard is dropped.
    #[must_use]
    pub fn connection_opened(&self, role: Role) -> OpenConnection {
        let labels = [KeyValue::new("role", role.as_str())];
        self.0.connections_open.add(1, &labels);
        OpenConnection {
            counter: self.0.connections_open.clone(),
            labels,
        }
    }

    /// A connection is ended by us, for a reason of a closed set: `age`, or why its certificate is not good any more.
    pub fn connection_closed(&self, role: Role, reason: &'static str) {
        let labels = [
            KeyValue::new("role", role.as_str()),
            KeyValue::new("reason", reason),
        ];
        self.0.connections_closed.add(1, &labels);
    }

    /// The files on disk were judged again. `result` is `done`, `unchanged` or `refused`.
    pub fn reloaded(&self, result: &'static str) {
        self.0.reloads.add(1, &[KeyValue::new("result", result)]);
    }

    /// Whether the files on disk are refused, so that older ones are in force.
    pub fn files_refused(&self, refused: bool) {
        self.0.files_refused.record(refused.into(), &[]);
    }

    /// A TLS handshake was refused, for a reason of `sluis_certs::handshake_reason`.
    pub fn handshake_refused(&self, role: Role, reason: &'static str) {
        let labels = [
            KeyValue::new("role", role.as_str()),
            KeyValue::new("reason", reason),
        ];
        self.0.handshakes_refused.add(1, &labels);
    }

    /// A peer connected with a certificate that is acceptable and not good: `sluis_certs::Warning`.
    pub fn peer_warned_about(&self, warning: &'static str) {
        let labels = [KeyValue::new("warning", warning)];
        self.0.peer_warnings.add(1, &labels);
    }

    /// A token was asked of another organisation's manager. `result` is `ok` or a closed set of
    /// words for what went wrong.
    pub fn token_fetched(&self, result: &'static str, took: Duration) {
        self.0
            .token_fetches
            .add(1, &[KeyValue::new("result", result)]);
        self.0.token_fetch_duration.record(took.as_secs_f64(), &[]);
    }

    /// A contract or signature was brought to another organisation, or not. `result` is `ok` or a
    /// closed set of words for what went wrong.
    pub fn propagation_attempted(&self, result: &'static str) {
        self.0
            .propagation_attempts
            .add(1, &[KeyValue::new("result", result)]);
    }

    /// The manager of another organisation was checked. `result` is `ok` or a closed set of words for what went wrong.
    pub fn peer_checked(&self, result: &'static str) {
        self.0
            .peer_checks
            .add(1, &[KeyValue::new("result", result)]);
    }

    /// So many organisations were checked, and so many of them answered.
    pub fn peers_answering(&self, answering: u64, silent: u64) {
        for (state, count) in [("answers", answering), ("silent", silent)] {
            let state = KeyValue::new("state", state);
            self.0.peers.record(count, &[state]);
        }
    }

    /// These are all the alarms about other organisations that are raised.
    pub fn peer_alarms<'a>(&self, raised: impl Iterator<Item = &'a Alarm> + Clone) {
        for kind in AlarmKind::ALL {
            let count = raised.clone().filter(|alarm| alarm.kind == kind).count();
            let alarm = KeyValue::new("alarm", kind.as_str());
            let count = u64::try_from(count).unwrap_or(u64::MAX);
            self.0.peer_alarms.record(count, &[alarm]);
        }
    }

    /// It was decided what becomes of a contract that another organisation proposed: `verdict` is `accept`, `hold` or
    /// `reject`; `reason` is a code of `sluis_policy::Approval`, or `person`.
    pub fn contract_decided(&self, verdict: &'static str, reason: &'static str) {
        let labels = [
            KeyValue::new("verdict", verdict),
            KeyValue::new("reason", reason),
        ];
        self.0.contracts_decided.add(1, &labels);
    }

    /// A record was handed to the audit log; `durable` tells whether it was written.
    pub fn audit_written(&self, kind: AuditWrite, durable: bool, took: Duration) {
        let writes = &self.0.audit_writes;
        match kind {
            AuditWrite::Intent => writes.intent.count(durable),
            AuditWrite::Refusal => writes.refusal.count(durable),
            AuditWrite::Event => writes.event.count(durable),
        }
        self.0.audit_write_duration.record(took.as_secs_f64());
    }

    /// Our certificate expires at this moment (seconds since 1970).
    pub fn certificate_expires(&self, unix_seconds: i64) {
        self.0.certificate_expires.record(unix_seconds, &[]);
    }

    /// These are all the certificates on which we depend.
    pub fn certificates_ending(&self, all: &[Expiry], now_unix_seconds: i64) {
        for kind in ExpiryKind::ALL {
            for threshold in Threshold::ALL {
                let near = all.iter().filter(|expiry| {
                    let crossed = expiry.threshold(now_unix_seconds);
                    expiry.kind == kind && crossed.is_some_and(|crossed| crossed <= threshold)
                });
                let labels = [
                    KeyValue::new("certificate", kind.as_str()),
                    KeyValue::new("within_days", threshold.days()),
                ];
                let count = u64::try_from(near.count()).unwrap_or(u64::MAX);
                self.0.certificates_ending.record(count, &labels);
            }
        }
    }

    /// The revocation list of this issuer expires at this moment (seconds since 1970).
    pub fn crl_expires(&self, issuer: &str, unix_seconds: i64) {
        let issuer = KeyValue::new("issuer", issuer.to_owned());
        self.0.crl_expires.record(unix_seconds, &[issuer]);
    }

    /// An attempt to fetch a revocation list ended like this.
    pub fn crl_fetched(&self, result: &'static str) {
        self.0
            .crl_fetches
            .add(1, &[KeyValue::new("result", result)]);
    }
}

/// A connection that counts as open until this is dropped.
#[derive(Debug)]
pub struct OpenConnection {
    counter: UpDownCounter<i64>,
    labels: [KeyValue; 1],
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.counter.add(-1, &self.labels);
    }
}
