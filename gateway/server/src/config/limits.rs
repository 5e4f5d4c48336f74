//! The limits: everything that comes from outside has one.

use std::time::Duration;

use serde::Deserialize;

/// Limits on what comes from outside. Every field has a default, so that the section may be left
/// out; a limit that is reached refuses the one request, connection or contract, never the rest.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Most bytes in the head of one request: request line and all headers. Default 32768 (32 KiB).
    pub request_header_bytes_max: usize,
    /// Most header lines in one request. Default 100.
    pub request_headers_max: usize,
    /// Most bytes in the body of one request that is passed on. Such a body is streamed, so a high
    /// limit costs no memory. Default 2147483648 (2 GiB).
    pub request_body_bytes_max: u64,
    /// Most bytes in one body that must be read whole because it is narrowed, minimised or searched
    /// for data subjects; at most twice this is held per passage. Default 4194304 (4 MiB).
    pub filtered_body_bytes_max: usize,
    /// Most connections open at once, per listener. Default 10000.
    pub connections_max: usize,
    /// Most passages on their way at once, inway and outway together; one more gets status 503.
    /// Default 1024.
    pub passages_max: usize,
    /// Most requests on their way at once on one HTTP/2 connection. Default 200.
    pub http2_streams_max: u32,
    /// Most idle connections kept per source or peer. Default 64.
    pub idle_connections_max: usize,
    /// How long an idle connection to a source or peer is kept, in milliseconds. Default 60000.
    pub idle_connection_timeout_ms: u64,
    /// How long a TLS handshake may take, in milliseconds. Default 10000.
    pub tls_handshake_timeout_ms: u64,
    /// How long a request's head may take to arrive, in milliseconds; also how long a kept-alive
    /// connection may stay silent between two requests. Default 30000.
    pub header_read_timeout_ms: u64,
    /// How long connecting to a source or peer may take, handshake included, in milliseconds.
    /// Default 5000.
    pub upstream_connect_timeout_ms: u64,
    /// How long a source or peer may take until the head of its answer has arrived, in
    /// milliseconds. Default 30000.
    pub upstream_response_timeout_ms: u64,
    /// How long a streamed body may stand still, and how long the other end of a connection may read
    /// nothing of what is written to it, in milliseconds. Default 60000.
    pub stream_idle_timeout_ms: u64,
    /// How long a connection with another organisation takes new requests, in seconds; requests under
    /// way on it may finish. A certificate is judged when a connection is made, so this bounds how long
    /// ago every caller was judged. Default 3600.
    pub connection_age_seconds_max: u64,
    /// How long passages under way may take to finish when the gateway is asked to stop, in
    /// seconds. Default 30.
    pub shutdown_grace_seconds: u64,
    /// How far the clocks of two organisations may differ, in seconds, when times in tokens,
    /// contracts and signatures are judged. Default 60; at most 300.
    pub clock_skew_seconds: u32,
    /// Most verified tokens remembered, and most fetched tokens kept. Default 10000.
    pub token_cache_entries_max: u64,
    /// Most bytes in one contract. FSC allows ten grants with 1 MB of properties each, and every
    /// contract that it allows fits. Default 12582912 (12 MiB).
    pub contract_bytes_max: usize,
    /// Most bytes in one answer of another organisation's manager. Default 33554432 (32 MiB).
    pub manager_answer_bytes_max: usize,
    /// Most bytes in one revocation list that is fetched. Default and most allowed 33554432 (32 MiB), about a
    /// million entries.
    pub crl_bytes_max: usize,
    /// How long fetching one revocation list may take, in milliseconds. Default 60000.
    pub crl_fetch_timeout_ms: u64,
    /// Most entries in one page of a list. Default and most allowed 1000 (FSC Core 2.0.0, manager
    /// interface, `limit`).
    pub page_size_max: u32,
    /// Most sessions with a PKCS#11 token, and so most signatures at once, for each certificate whose
    /// key is in one. Default 8.
    pub token_sessions_max: usize,
    /// Most signatures that wait for a session with a PKCS#11 token; one more fails at once, and with it the
    /// handshake or contract that it was for. Default 64.
    pub token_signatures_waiting_max: usize,
    /// How long a signature in a PKCS#11 token may take, waiting for a session included, in milliseconds.
    /// Default 3000.
    pub token_signature_timeout_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request_header_bytes_max: 32 * 1024,
            request_headers_max: 100,
            request_body_bytes_max: 2 * 1024 * 1024 * 1024,
            filtered_body_bytes_max: 4 * 1024 * 1024,
            connections_max: 10_000,
            passages_max: 1024,
            http2_streams_max: 200,
            idle_connections_max: 64,
            idle_connection_timeout_ms: 60_000,
            tls_handshake_timeout_ms: 10_000,
            header_read_timeout_ms: 30_000,
            upstream_connect_timeout_ms: 5_000,
            upstream_response_timeout_ms: 30_000,
            stream_idle_timeout_ms: 60_000,
            connection_age_seconds_max: 3600,
            shutdown_grace_seconds: 30,
            clock_skew_seconds: 60,
            token_cache_entries_max: 10_000,
            contract_bytes_max: 12 * 1024 * 1024,
            manager_answer_bytes_max: 32 * 1024 * 1024,
            crl_bytes_max: 32 * 1024 * 1024,
            crl_fetch_timeout_ms: 60_000,
            page_size_max: 1000,
            token_sessions_max: 8,
            token_signatures_waiting_max: 64,
            token_signature_timeout_ms: 3_000,
        }
    }
}

impl Limits {
    /// [`Self::idle_connection_timeout_ms`] as a duration.
    #[must_use]
    pub fn idle_connection_timeout(&self) -> Duration {
        Duration::from_millis(self.idle_connection_timeout_ms)
    }

    /// [`Self::tls_handshake_timeout_ms`] as a duration.
    #[must_use]
    pub fn tls_handshake_timeout(&self) -> Duration {
        Duration::from_millis(self.tls_handshake_timeout_ms)
    }

    /// [`Self::header_read_timeout_ms`] as a duration.
    #[must_use]
    pub fn header_read_timeout(&self) -> Duration {
        Duration::from_millis(self.header_read_timeout_ms)
    }

    /// [`Self::upstream_connect_timeout_ms`] as a duration.
    #[must_use]
    pub fn upstream_connect_timeout(&self) -> Duration {
        Duration::from_millis(self.upstream_connect_timeout_ms)
    }

    /// [`Self::upstream_response_timeout_ms`] as a duration.
    #[must_use]
    pub fn upstream_response_timeout(&self) -> Duration {
        Duration::from_millis(self.upstream_response_timeout_ms)
    }

    /// [`Self::stream_idle_timeout_ms`] as a duration.
    #[must_use]
    pub fn stream_idle_timeout(&self) -> Duration {
        Duration::from_millis(self.stream_idle_timeout_ms)
    }

    /// [`Self::connection_age_seconds_max`] as a duration.
    #[must_use]
    pub fn connection_age_max(&self) -> Duration {
        Duration::from_secs(self.connection_age_seconds_max)
    }

    /// [`Self::crl_fetch_timeout_ms`] as a duration.
    #[must_use]
    pub fn crl_fetch_timeout(&self) -> Duration {
        Duration::from_millis(self.crl_fetch_timeout_ms)
    }

    /// [`Self::shutdown_grace_seconds`] as a duration.
    #[must_use]
    pub fn shutdown_grace(&self) -> Duration {
        Duration::from_secs(self.shutdown_grace_seconds)
    }
}
