//! Traces: finished spans on their way to a collector.
//!
//! A passage already knows its place in the trace (W3C Trace Context): the same trace and span id
//! stand in the headers that it forwards and in its audit record. A span is therefore handed over
//! when it is finished, with those ids, instead of being made by a tracing library with ids of its
//! own. Without a collector nothing is built and nothing is paid.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use opentelemetry::trace::{self, SpanContext, SpanId, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks, SpanProcessor};

/// Where finished spans go. Cheap to clone.
#[derive(Clone)]
pub struct Spans(Option<Arc<Box<dyn SpanProcessor>>>);

/// Which side of a call a span is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanKind {
    /// Somebody called us.
    Server,
    /// We called somebody.
    Client,
    /// Work of our own.
    Internal,
}

/// A span that is over.
#[derive(Clone, Debug)]
pub struct FinishedSpan {
    /// The trace.
    pub trace_id: [u8; 16],
    /// This span; never zero.
    pub span_id: [u8; 8],
    /// The span that caused this one.
    pub parent_span_id: Option<[u8; 8]>,
    /// Whether the trace is to be kept (the `sampled` flag of `traceparent`).
    pub sampled: bool,
    /// Which side of a call.
    pub kind: SpanKind,
    /// What was done, from a closed set; for example the operation. Never a path.
    pub name: Cow<'static, str>,
    /// When it began, in milliseconds since 1970.
    pub start_unix_ms: u64,
    /// How long it took.
    pub duration: Duration,
    /// More about it. Never a body, a path with identifiers or a BSN.
    pub attributes: Vec<(&'static str, String)>,
    /// The code of what went wrong, when something did.
    pub failure: Option<Cow<'static, str>>,
}

impl Spans {
    /// Spans go nowhere.
    #[must_use]
    pub fn off() -> Self {
        Self(None)
    }

    pub(super) fn to(processor: Box<dyn SpanProcessor>) -> Self {
        Self(Some(Arc::new(processor)))
    }

    /// Whether spans go anywhere. Ask before building a [`FinishedSpan`].
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Sends a span on its way; never waits. A span whose trace is not sampled, or for which there
    /// is no room, is dropped.
    pub fn finish(&self, span: FinishedSpan) {
        let Some(processor) = &self.0 else { return };
        if span.sampled {
            processor.on_end(data(span));
        }
    }

    pub(super) fn shutdown(&self, timeout: Duration) -> OTelSdkResult {
        match &self.0 {
            Some(processor) => processor.shutdown_with_timeout(timeout),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Spans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_on() {
            "Spans(on)"
        } else {
            "Spans(off)"
        })
    }
}

fn data(span: FinishedSpan) -> SpanData {
    let start_time = UNIX_EPOCH + Duration::from_millis(span.start_unix_ms);
    SpanData {
        span_context: SpanContext::new(
            TraceId::from_bytes(span.trace_id),
            SpanId::from_bytes(span.span_id),
            TraceFlags::SAMPLED,
            false,
            TraceState::NONE,
        ),
        parent_span_id: span
            .parent_span_id
            .map_or(SpanId::INVALID, SpanId::from_bytes),
        parent_span_is_remote: span.parent_span_id.is_some() && span.kind == SpanKind::Server,
        span_kind: match span.kind {
            SpanKind::Server => trace::SpanKind::Server,
            SpanKind::Client => trace::SpanKind::Client,
            SpanKind::Internal => trace::SpanKind::Internal,
        },
        name: span.name,
        start_time,
        end_time: start_time + span.duration,
        attributes: span
            .attributes
            .into_iter()
            .map(|(key, value)| KeyValue::new(key, value))
            .collect(),
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: match span.failure {
            Some(code) => Status::Error { description: code },
            None => Status::Unset,
        },
        instrumentation_scope: InstrumentationScope::builder("sluis")
            .with_version(env!("CARGO_PKG_VERSION"))
            .build(),
    }
}
