use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::renewal::{DAY_SECONDS, Expiry, ExpiryKind};

fn telemetry() -> Telemetry {
    Telemetry::without_collector().unwrap()
}

fn lines(telemetry: &Telemetry) -> Vec<String> {
    let page = telemetry.page().unwrap();
    page.lines().map(str::to_owned).collect()
}

fn value(telemetry: &Telemetry, name: &str, labels: &[&str]) -> Option<f64> {
    let lines = lines(telemetry);
    let line = lines.iter().find(|line| {
        let series = line
            .split_once('{')
            .map_or(line.split(' ').next(), |(name, _)| Some(name));
        series == Some(name) && labels.iter().all(|label| line.contains(label))
    })?;
    line.rsplit(' ').next()?.parse().ok()
}

#[test]
fn every_verdict_is_counted_with_its_reason() {
    let telemetry = telemetry();
    let service = telemetry.metrics().service(Role::Inway, "brp-personen");
    service.allowed();
    service.refused("purpose-not-in-contract");
    service.refused("purpose-not-in-contract");
    let labels = [
        r#"role="inway""#,
        r#"service="brp-personen""#,
        r#"reason="""#,
    ];
    assert_eq!(
        value(&telemetry, "sluis_verdicts_total", &labels),
        Some(1.0)
    );
    let labels = [
        r#"verdict="refused""#,
        r#"reason="purpose-not-in-contract""#,
    ];
    assert_eq!(
        value(&telemetry, "sluis_verdicts_total", &labels),
        Some(2.0)
    );
}

#[test]
fn the_same_service_is_the_same_series() {
    let telemetry = telemetry();
    telemetry.metrics().service(Role::Outway, "zaken").allowed();
    telemetry
        .metrics()
        .clone()
        .service(Role::Outway, "zaken")
        .allowed();
    telemetry.metrics().service(Role::Inway, "zaken").allowed();
    let labels = [r#"role="outway""#, r#"service="zaken""#];
    assert_eq!(
        value(&telemetry, "sluis_verdicts_total", &labels),
        Some(2.0)
    );
}

#[test]
fn names_from_contracts_cannot_grow_without_end() {
    let telemetry = telemetry();
    for number in 0..1200 {
        telemetry
            .metrics()
            .service(Role::Outway, &format!("service-{number}"))
            .allowed();
    }
    let series = lines(&telemetry)
        .iter()
        .filter(|line| line.starts_with("sluis_verdicts_total{"))
        .count();
    assert_eq!(series, 1001);
    assert_eq!(
        value(&telemetry, "sluis_verdicts_total", &[r#"service="other""#]),
        Some(200.0)
    );
}

#[test]
fn what_is_under_way_is_counted_until_it_is_over() {
    let telemetry = telemetry();
    let service = telemetry.metrics().service(Role::Inway, "zaken");
    let first = service.in_flight();
    let second = service.in_flight();
    let connection = telemetry.metrics().connection_opened(Role::Inway);
    assert_eq!(
        value(&telemetry, "sluis_passages_in_flight", &[]),
        Some(2.0)
    );
    assert_eq!(value(&telemetry, "sluis_connections_open", &[]), Some(1.0));
    drop((first, second, connection));
    assert_eq!(
        value(&telemetry, "sluis_passages_in_flight", &[]),
        Some(0.0)
    );
    assert_eq!(value(&telemetry, "sluis_connections_open", &[]), Some(0.0));
}

#[test]
fn durations_are_in_seconds_with_fixed_buckets() {
    let telemetry = telemetry();
    let service = telemetry.metrics().service(Role::Inway, "zaken");
    service.passage_took(Duration::from_millis(3));
    service.upstream_took(Duration::from_millis(2));
    telemetry
        .metrics()
        .audit_written(AuditWrite::Intent, true, Duration::from_millis(1));
    telemetry
        .metrics()
        .token_fetched("ok", Duration::from_millis(20));
    let bucket = |le| value(&telemetry, "sluis_passage_duration_seconds_bucket", &[le]);
    assert_eq!(bucket(r#"le="0.0025""#), Some(0.0));
    assert_eq!(bucket(r#"le="0.005""#), Some(1.0));
    assert_eq!(
        value(&telemetry, "sluis_upstream_duration_seconds_count", &[]),
        Some(1.0)
    );
    assert_eq!(
        value(&telemetry, "sluis_audit_write_duration_seconds_count", &[]),
        Some(1.0)
    );
    assert_eq!(
        value(&telemetry, "sluis_token_fetch_duration_seconds_sum", &[]),
        Some(0.02)
    );
}

#[test]
fn the_rest_of_the_metrics_is_there() {
    let telemetry = telemetry();
    let metrics = telemetry.metrics();
    metrics.handshake_refused(Role::Manager, "revoked");
    metrics.peer_warned_about("short-key");
    metrics.propagation_attempted("unreachable");
    metrics.audit_written(AuditWrite::Refusal, false, Duration::ZERO);
    metrics.certificate_expires(1_800_000_000);
    let ending = |kind, not_after| Expiry {
        kind,
        subject: "any".to_owned(),
        not_after,
    };
    let ends = [
        ending(ExpiryKind::Current, 20 * DAY_SECONDS),
        ending(ExpiryKind::Anchor, 90 * DAY_SECONDS),
    ];
    metrics.certificates_ending(&ends, 0);
    metrics.crl_expires("TEST CA", 1_790_000_000);
    metrics.crl_fetched("new");
    metrics.contract_decided("hold", "no-rule");
    metrics
        .unknown_service(Role::Inway)
        .refused("service-unknown");
    let of = |name, labels: &[&str]| value(&telemetry, name, labels);
    assert_eq!(
        of(
            "sluis_tls_handshakes_refused_total",
            &[r#"reason="revoked""#]
        ),
        Some(1.0)
    );
    assert_eq!(
        of("sluis_peer_warnings_total", &[r#"warning="short-key""#]),
        Some(1.0)
    );
    assert_eq!(
        of(
            "sluis_propagation_attempts_total",
            &[r#"result="unreachable""#]
        ),
        Some(1.0)
    );
    assert_eq!(
        of(
            "sluis_audit_writes_total",
            &[r#"kind="refusal""#, r#"result="failed""#]
        ),
        Some(1.0)
    );
    assert_eq!(
        of("sluis_certificate_expires_timestamp_seconds", &[]),
        Some(1_800_000_000.0)
    );
    assert_eq!(
        of(
            "sluis_crl_expires_timestamp_seconds",
            &[r#"issuer="TEST CA""#]
        ),
        Some(1_790_000_000.0)
    );
    let within = |days: &str, kind: &str| {
        let labels = [
            format!("certificate=\"{kind}\""),
            format!("within_days=\"{days}\""),
        ];
        of("sluis_certificates_ending", &[&labels[0], &labels[1]])
    };
    assert_eq!(within("60", "current"), Some(1.0));
    assert_eq!(within("30", "current"), Some(1.0));
    assert_eq!(within("14", "current"), Some(0.0));
    assert_eq!(within("60", "anchor"), Some(0.0));
    assert_eq!(
        of("sluis_crl_fetches_total", &[r#"result="new""#]),
        Some(1.0)
    );
    assert_eq!(
        of("sluis_verdicts_total", &[r#"service="unknown""#, "refused"]),
        Some(1.0)
    );
    assert_eq!(of("target_info", &[r#"service_name="sluis""#]), Some(1.0));
}

#[test]
fn every_metric_is_documented() {
    let telemetry = telemetry();
    let (metrics, second) = (telemetry.metrics(), Duration::from_secs(1));
    let service = metrics.service(Role::Inway, "zaken");
    service.passage_took(second);
    service.upstream_took(second);
    let _guards = (service.in_flight(), metrics.connection_opened(Role::Inway));
    metrics.connection_closed(Role::Inway, "age");
    metrics.reloaded("done");
    metrics.files_refused(false);
    metrics.handshake_refused(Role::Inway, "expired");
    metrics.peer_warned_about("short-key");
    metrics.token_fetched("ok", second);
    metrics.propagation_attempted("ok");
    metrics.peer_checked("ok");
    metrics.peers_answering(1, 0);
    metrics.peer_alarms([].iter());
    metrics.audit_written(AuditWrite::Event, true, second);
    metrics.certificate_expires(1);
    metrics.certificates_ending(&[], 1);
    metrics.crl_expires("TEST CA", 1);
    metrics.crl_fetched("new");
    metrics.contract_decided("hold", "no-rule");
    let mut shown: Vec<String> = lines(&telemetry)
        .iter()
        .filter_map(|line| line.strip_prefix("# TYPE sluis_")?.split(' ').next())
        .map(|name| format!("sluis_{name}"))
        .collect();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
    let text = std::fs::read_to_string(path).unwrap();
    let mut documented: Vec<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix("| `sluis_")?.split('`').next())
        .map(|name| format!("sluis_{name}"))
        .collect();
    shown.sort();
    documented.sort();
    assert_eq!(documented, shown);
}

#[test]
fn without_a_collector_spans_go_nowhere() {
    let telemetry = telemetry();
    assert!(!telemetry.spans().is_on());
    telemetry.shutdown();
}

/// A collector that keeps what it is sent: path and body of every gRPC call.
async fn collector() -> (String, Arc<Mutex<Vec<(String, Vec<u8>)>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let received = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&received);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let kept = Arc::clone(&kept);
            let service = service_fn(move |request: Request<Incoming>| {
                let kept = Arc::clone(&kept);
                async move {
                    let path = request.uri().path().to_owned();
                    let body = request.into_body().collect().await.unwrap().to_bytes();
                    kept.lock().unwrap().push((path, body.to_vec()));
                    // An empty message, and that all is well.
                    let mut trailers = HeaderMap::new();
                    trailers.insert("grpc-status", HeaderValue::from_static("0"));
                    let body = Full::new(Bytes::from_static(&[0; 5]))
                        .with_trailers(async move { Some(Ok::<_, Infallible>(trailers)) });
                    let response = Response::builder().header("content-type", "application/grpc");
                    Ok::<_, Infallible>(response.body(body).unwrap())
                }
            });
            tokio::spawn(
                http2::Builder::new(TokioExecutor::new())
                    .serve_connection(TokioIo::new(stream), service),
            );
        }
    });
    (endpoint, received)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_gets_spans_with_the_ids_of_the_passage_and_every_metric() {
    let (endpoint, received) = collector().await;
    let config = ObservabilityConfig {
        otlp_endpoint: Some(endpoint.into()),
        ..ObservabilityConfig::default()
    };
    let telemetry = Telemetry::with_resource(&config, Resource::builder_empty().build()).unwrap();
    assert!(telemetry.spans().is_on());
    let span = |trace: u8, sampled: bool| FinishedSpan {
        trace_id: [trace; 16],
        span_id: [2; 8],
        parent_span_id: Some([3; 8]),
        sampled,
        kind: SpanKind::Server,
        name: "raadpleeg-met-bsn".into(),
        start_unix_ms: 1_795_305_600_000,
        duration: Duration::from_millis(5),
        attributes: vec![("sluis.service", "brp-personen".to_owned())],
        failure: Some("purpose-not-in-contract".into()),
    };
    telemetry.spans().finish(span(0xa7, true));
    telemetry.spans().finish(span(0xb8, false));
    telemetry
        .metrics()
        .service(Role::Inway, "brp-personen")
        .allowed();
    tokio::task::spawn_blocking(move || telemetry.shutdown())
        .await
        .unwrap();

    let received = received.lock().unwrap();
    let sent = |service: &str| {
        let path = format!("/opentelemetry.proto.collector.{service}/Export");
        let found = received.iter().find(|(sent_to, _)| *sent_to == path);
        found.map(|(_, body)| body.clone()).unwrap_or_default()
    };
    let holds = |body: &[u8], part: &[u8]| body.windows(part.len()).any(|window| window == part);
    let spans = sent("trace.v1.TraceService");
    for part in [
        &[0xa7; 16][..],
        &[2; 8],
        &[3; 8],
        b"raadpleeg-met-bsn",
        b"purpose-not-in-contract",
    ] {
        assert!(holds(&spans, part), "{part:02x?} in {spans:02x?}");
    }
    assert!(
        !holds(&spans, &[0xb8; 16]),
        "a trace that is not sampled is not sent"
    );
    let metrics = sent("metrics.v1.MetricsService");
    assert!(holds(&metrics, b"sluis.verdicts") && holds(&metrics, b"brp-personen"));
}

#[tokio::test]
async fn a_collector_without_an_address_is_refused() {
    let config = ObservabilityConfig {
        otlp_endpoint: Some("not an address".into()),
        ..ObservabilityConfig::default()
    };
    let error = Telemetry::with_resource(&config, Resource::builder_empty().build()).unwrap_err();
    assert!(
        error.to_string().contains("observability.otlp_endpoint"),
        "{error}"
    );
}

struct Probe(Result<(), String>);

impl ReadinessProbe for Probe {
    fn probe(&self) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + '_>> {
        Box::pin(async { self.0.clone() })
    }
}

/// Serves the pages over a real connection and gets one of them: status and body.
async fn get(path: &str, probe: Result<(), String>) -> (u16, String) {
    let server = ObservabilityServer::bind("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    let address = server.address();
    let stop = CancellationToken::new();
    let router = router(Arc::new(telemetry()), Readiness::new(Probe(probe)));
    let running = tokio::spawn(server.serve(router, stop.clone()));
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let uri = format!("http://{address}{path}").parse().unwrap();
    let response = client.get(uri).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    drop(client);
    stop.cancel();
    running.await.unwrap().unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn the_pages_say_how_the_gateway_is() {
    let full = || Err("the disk is full".to_owned());
    assert_eq!(
        get("/health/live", full()).await,
        (200, r#"{"status":"live"}"#.to_owned())
    );
    assert_eq!(
        get("/health/ready", Ok(())).await,
        (200, r#"{"status":"ready"}"#.to_owned())
    );
    let (status, body) = get("/health/ready", full()).await;
    assert_eq!(status, 503);
    assert!(body.contains("the disk is full"), "{body}");
    let (status, body) = get("/metrics", Ok(())).await;
    assert_eq!(status, 200);
    assert!(body.contains("target_info"), "{body}");
    assert_eq!(get("/", Ok(())).await.0, 404);
}
