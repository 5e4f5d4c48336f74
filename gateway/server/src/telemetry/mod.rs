//! What the gateway tells about itself: log lines, metrics, traces and health.
//!
//! Logging belongs to the process and is set up once ([`logging`]); metrics and traces belong to
//! one gateway ([`Telemetry`]), because a demonstration runs several in one process. Nothing here
//! ever holds a body, a path with identifiers or a BSN: labels and attributes are taken from the
//! configuration, from contracts and from closed sets of words.

mod guard;
pub mod health;
pub mod logging;
mod metrics;
mod page;
mod service_metrics;
mod spans;

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider;
use opentelemetry_otlp::{MetricExporter, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, SpanProcessor};
use prometheus::{Encoder, TextEncoder};

use crate::config::{Config, ObservabilityConfig};

pub use guard::without_bsn;
pub use health::{Readiness, ReadinessProbe};
pub use metrics::{AuditWrite, Metrics, OpenConnection, Role};
pub use page::{ObservabilityServer, router};
pub use service_metrics::{InFlight, ServiceMetrics};
pub use spans::{FinishedSpan, SpanKind, Spans};

/// How often metrics are sent to a collector.
const METRICS_INTERVAL: Duration = Duration::from_secs(30);
/// Most finished spans that wait to be sent; more are dropped, because a trace is not the record.
const SPANS_WAITING_MAX: usize = 4096;
/// How long sending what is left may take when the gateway stops.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(3);

/// Metrics and traces of one gateway.
#[derive(Debug)]
pub struct Telemetry {
    metrics: Metrics,
    spans: Spans,
    registry: prometheus::Registry,
    provider: SdkMeterProvider,
}

impl Telemetry {
    /// Sets up metrics, and their way and that of traces to a collector when the configuration
    /// names one. With a collector this must be called inside a tokio runtime.
    ///
    /// # Errors
    ///
    /// When the collector's address cannot be used.
    pub fn start(config: &Config) -> Result<Self, TelemetryError> {
        let resource = Resource::builder_empty()
            .with_attributes([
                KeyValue::new("service.name", "sluis"),
                KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
                KeyValue::new("service.instance.id", config.peer.id.as_str().to_owned()),
                KeyValue::new("sluis.group", config.group_id.to_string()),
            ])
            .build();
        Self::with_resource(&config.observability, resource)
    }

    /// Metrics with their page and nothing else, for tests of other parts.
    ///
    /// # Errors
    ///
    /// When the page cannot be set up.
    pub fn without_collector() -> Result<Self, TelemetryError> {
        let resource = Resource::builder_empty()
            .with_attribute(KeyValue::new("service.name", "sluis"))
            .build();
        Self::with_resource(&ObservabilityConfig::default(), resource)
    }

    fn with_resource(
        config: &ObservabilityConfig,
        resource: Resource,
    ) -> Result<Self, TelemetryError> {
        let registry = prometheus::Registry::new();
        let page = opentelemetry_prometheus::exporter()
            .with_registry(registry.clone())
            .build()
            .map_err(|error| TelemetryError::Registry(error.to_string()))?;
        let mut provider = SdkMeterProvider::builder()
            .with_resource(resource.clone())
            .with_reader(page);
        let mut spans = Spans::off();
        if let Some(endpoint) = config.otlp_endpoint.as_deref() {
            let unusable =
                |error: opentelemetry_otlp::ExporterBuildError| TelemetryError::Endpoint {
                    endpoint: endpoint.to_owned(),
                    cause: error.to_string(),
                };
            let metrics = MetricExporter::builder()
                .with_tonic()
                .with_endpoint(endpoint)
                .build()
                .map_err(unusable)?;
            let reader = PeriodicReader::builder(metrics)
                .with_interval(METRICS_INTERVAL)
                .build();
            provider = provider.with_reader(reader);
            let exporter = SpanExporter::builder()
                .with_tonic()
                .with_endpoint(endpoint)
                .build()
                .map_err(unusable)?;
            let batch = BatchConfigBuilder::default()
                .with_max_queue_size(SPANS_WAITING_MAX)
                .build();
            let mut processor = BatchSpanProcessor::new(exporter, batch);
            processor.set_resource(&resource);
            spans = Spans::to(Box::new(processor));
        }
        let provider = provider.build();
        let metrics = Metrics::new(&provider.meter("sluis"));
        Ok(Self {
            metrics,
            spans,
            registry,
            provider,
        })
    }

    /// The metrics of this gateway.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Where finished spans go.
    #[must_use]
    pub fn spans(&self) -> &Spans {
        &self.spans
    }

    /// All metrics in the Prometheus text format.
    ///
    /// # Errors
    ///
    /// When a metric cannot be written as text.
    pub fn page(&self) -> Result<String, TelemetryError> {
        let mut text = Vec::new();
        TextEncoder::new()
            .encode(&self.registry.gather(), &mut text)
            .map_err(|error| TelemetryError::Page(error.to_string()))?;
        String::from_utf8(text).map_err(|error| TelemetryError::Page(error.to_string()))
    }

    /// Sends what is left to the collector, for at most three seconds each for traces and metrics.
    /// Blocks: call it where blocking is allowed. A collector that does not answer is logged.
    pub fn shutdown(&self) {
        if let Err(error) = self.spans.shutdown(SHUTDOWN_TIMEOUT) {
            tracing::warn!(%error, "the last traces did not reach the collector");
        }
        if let Err(error) = self.provider.shutdown_with_timeout(SHUTDOWN_TIMEOUT) {
            tracing::warn!(%error, "the last metrics did not reach the collector");
        }
    }
}

/// Why telemetry could not be set up or shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TelemetryError {
    /// The collector's address.
    #[error(
        "`{endpoint}` in observability.otlp_endpoint cannot be used: {cause}; write for example `http://127.0.0.1:4317`"
    )]
    Endpoint {
        /// What the configuration says.
        endpoint: String,
        /// What is wrong with it.
        cause: String,
    },
    /// The registry behind the metrics page.
    #[error("the metrics page cannot be set up: {0}")]
    Registry(String),
    /// The metrics page itself.
    #[error("the metrics cannot be written as text: {0}")]
    Page(String),
}

#[cfg(test)]
mod tests;
