//! The measurements of one service, cheap enough for every passage.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{BoundCounter, BoundHistogram, BoundUpDownCounter, Counter};

use super::metrics::{Instruments, Role};

/// The measurements of one service at one role. Cheap to clone; counting costs one atomic
/// operation, a refusal one lookup more.
#[derive(Clone)]
pub struct ServiceMetrics(Arc<Bound>);

struct Bound {
    role: Role,
    service: Box<str>,
    verdicts: Counter<u64>,
    allowed: BoundCounter<u64>,
    /// By reason: a closed set of words, so this cannot grow without end.
    refused: RwLock<HashMap<&'static str, BoundCounter<u64>>>,
    passage_duration: BoundHistogram<f64>,
    upstream_duration: BoundHistogram<f64>,
    in_flight: BoundUpDownCounter<i64>,
}

impl ServiceMetrics {
    pub(super) fn new(instruments: &Instruments, role: Role, service: &str) -> Self {
        let labels = [
            KeyValue::new("role", role.as_str()),
            KeyValue::new("service", service.to_owned()),
        ];
        let [role_label, service_label] = labels.clone();
        let allowed = [
            role_label,
            service_label,
            KeyValue::new("verdict", "allowed"),
            KeyValue::new("reason", ""),
        ];
        Self(Arc::new(Bound {
            role,
            service: service.into(),
            verdicts: instruments.verdicts.clone(),
            allowed: instruments.verdicts.bind(&allowed),
            refused: RwLock::default(),
            passage_duration: instruments.passage_duration.bind(&labels),
            upstream_duration: instruments.upstream_duration.bind(&labels),
            in_flight: instruments.passages_in_flight.bind(&labels),
        }))
    }

    /// A passage was allowed.
    pub fn allowed(&self) {
        self.0.allowed.add(1);
    }

    /// A passage was refused, for this reason: the code of a refusal, never text from outside.
    pub fn refused(&self, reason: &'static str) {
        let refused = self
            .0
            .refused
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(counter) = refused.get(reason) {
            counter.add(1);
            return;
        }
        drop(refused);
        let labels = [
            KeyValue::new("role", self.0.role.as_str()),
            KeyValue::new("service", self.0.service.to_string()),
            KeyValue::new("verdict", "refused"),
            KeyValue::new("reason", reason),
        ];
        let mut refused = self
            .0
            .refused
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        refused
            .entry(reason)
            .or_insert_with(|| self.0.verdicts.bind(&labels))
            .add(1);
    }

    /// How long a passage took, from the head of the request to the last byte of the answer.
    pub fn passage_took(&self, duration: Duration) {
        self.0.passage_duration.record(duration.as_secs_f64());
    }

    /// How long the source or peer took, from being asked to the head of its answer.
    pub fn upstream_took(&self, duration: Duration) {
        self.0.upstream_duration.record(duration.as_secs_f64());
    }

    /// A passage is on its way until the returned guard is dropped.
    #[must_use]
    pub fn in_flight(&self) -> InFlight {
        self.0.in_flight.add(1);
        InFlight(Arc::clone(&self.0))
    }
}

impl fmt::Debug for ServiceMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceMetrics")
            .field("role", &self.0.role)
            .field("service", &self.0.service)
            .finish_non_exhaustive()
    }
}

/// A passage that counts as on its way until this is dropped.
pub struct InFlight(Arc<Bound>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.add(-1);
    }
}

impl fmt::Debug for InFlight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InFlight")
    }
}
