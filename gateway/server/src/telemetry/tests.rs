use std::time::Duration;

use super::*;

fn telemetry() -> Telemetry {
    let resource = Resource::builder_empty()
        .with_attribute(KeyValue::new("service.name", "sluis"))
        .build();
    Telemetry::with_resource(&ObservabilityConfig::default(), resource).unwrap()
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
    metrics.propagation_attempted("unreachable");
    metrics.audit_written(AuditWrite::Refusal, false, Duration::ZERO);
    metrics.certificate_expires(1_800_000_000);
    metrics.crl_expires(1_790_000_000);
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
        of(
            "sluis_propagation_attempts_total",
            &[r#"result="unreachable""#]
        ),
        Some(1.0)
    );
    assert_eq!(
        of("sluis_audit_writes_total", &[r#"result="failed""#]),
        Some(1.0)
    );
    assert_eq!(
        of("sluis_certificate_expires_timestamp_seconds", &[]),
        Some(1_800_000_000.0)
    );
    assert_eq!(
        of("sluis_crl_expires_timestamp_seconds", &[]),
        Some(1_790_000_000.0)
    );
    assert_eq!(
        of("sluis_verdicts_total", &[r#"service="unknown""#, "refused"]),
        Some(1.0)
    );
    assert_eq!(of("target_info", &[r#"service_name="sluis""#]), Some(1.0));
}

#[test]
fn without_a_collector_spans_go_nowhere() {
    let telemetry = telemetry();
    assert!(!telemetry.spans().is_on());
    telemetry.shutdown();
}
