//! That limits can be lived with.

use std::ops::RangeInclusive;

use super::Findings;
use crate::config::Config;

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;
const GIB: u64 = 1024 * MIB;
const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_SECONDS: u64 = 86_400;

pub(super) fn check(config: &Config, findings: &mut Findings<'_>) {
    let limits = &config.limits;
    let ranges: [(&str, u64, RangeInclusive<u64>); 26] = [
        (
            "request_header_bytes_max",
            limits.request_header_bytes_max as u64,
            8 * KIB..=MIB,
        ),
        (
            "request_headers_max",
            limits.request_headers_max as u64,
            20..=1000,
        ),
        (
            "request_body_bytes_max",
            limits.request_body_bytes_max,
            1..=1024 * GIB,
        ),
        (
            "filtered_body_bytes_max",
            limits.filtered_body_bytes_max as u64,
            KIB..=GIB,
        ),
        (
            "connections_max",
            limits.connections_max as u64,
            1..=1_000_000,
        ),
        ("passages_max", limits.passages_max as u64, 1..=100_000),
        (
            "http2_streams_max",
            limits.http2_streams_max.into(),
            1..=10_000,
        ),
        (
            "idle_connections_max",
            limits.idle_connections_max as u64,
            0..=10_000,
        ),
        (
            "idle_connection_timeout_ms",
            limits.idle_connection_timeout_ms,
            1000..=HOUR_MS,
        ),
        (
            "tls_handshake_timeout_ms",
            limits.tls_handshake_timeout_ms,
            100..=MINUTE_MS,
        ),
        (
            "header_read_timeout_ms",
            limits.header_read_timeout_ms,
            100..=HOUR_MS,
        ),
        (
            "upstream_connect_timeout_ms",
            limits.upstream_connect_timeout_ms,
            10..=MINUTE_MS,
        ),
        (
            "upstream_response_timeout_ms",
            limits.upstream_response_timeout_ms,
            10..=HOUR_MS,
        ),
        (
            "stream_idle_timeout_ms",
            limits.stream_idle_timeout_ms,
            10..=HOUR_MS,
        ),
        (
            "connection_age_seconds_max",
            limits.connection_age_seconds_max,
            1..=DAY_SECONDS,
        ),
        (
            "shutdown_grace_seconds",
            limits.shutdown_grace_seconds,
            0..=3600,
        ),
        (
            "clock_skew_seconds",
            limits.clock_skew_seconds.into(),
            0..=300,
        ),
        (
            "token_cache_entries_max",
            limits.token_cache_entries_max,
            1..=10_000_000,
        ),
        (
            "contract_bytes_max",
            limits.contract_bytes_max as u64,
            64 * KIB..=64 * MIB,
        ),
        (
            "manager_answer_bytes_max",
            limits.manager_answer_bytes_max as u64,
            64 * KIB..=GIB,
        ),
        (
            "crl_bytes_max",
            limits.crl_bytes_max as u64,
            64 * KIB..=32 * MIB,
        ),
        (
            "crl_fetch_timeout_ms",
            limits.crl_fetch_timeout_ms,
            100..=10 * MINUTE_MS,
        ),
        ("page_size_max", limits.page_size_max.into(), 1..=1000),
        (
            "token_sessions_max",
            limits.token_sessions_max as u64,
            1..=32,
        ),
        // Each of them holds a thread, with every one of four certificates, and the runtime has 512.
        (
            "token_signatures_waiting_max",
            limits.token_signatures_waiting_max as u64,
            1..=96,
        ),
        (
            "token_signature_timeout_ms",
            limits.token_signature_timeout_ms,
            100..=60_000,
        ),
    ];
    for (name, value, range) in ranges {
        outside(format!("limits.{name}"), value, &range, findings);
    }
    outside(
        "reload.poll_seconds".to_owned(),
        config.reload.poll_seconds,
        &(0..=DAY_SECONDS),
        findings,
    );
    outside(
        "trust.crl_refresh_seconds".to_owned(),
        config.trust.crl_refresh_seconds.into(),
        &(60..=14_400),
        findings,
    );
    let audit = &config.audit;
    outside(
        "audit.queue_entries_max".to_owned(),
        audit.queue_entries_max as u64,
        &(16..=1_000_000),
        findings,
    );
    outside(
        "audit.batch_entries_max".to_owned(),
        audit.batch_entries_max as u64,
        &(1..=10_000),
        findings,
    );
    if let Some(origin) = audit.origin.as_deref()
        && (origin.is_empty()
            || origin.len() > 255
            || origin.contains(|c: char| c.is_whitespace() || c == '+' || c.is_control()))
    {
        findings.error(
            "audit.origin",
            "the origin of the log is empty, too long, or holds a space or `+` (C2SP signed-note)",
            "write a name like `sluis.voorbeeld.nl/log`, or remove the key",
        );
    }
}

fn outside(key: String, value: u64, range: &RangeInclusive<u64>, findings: &mut Findings<'_>) {
    if !range.contains(&value) {
        let (least, most) = (range.start(), range.end());
        findings.error(
            key,
            format!("{value} is outside what can be lived with"),
            format!("choose {least} to {most}, or remove the key to take the default"),
        );
    }
}
