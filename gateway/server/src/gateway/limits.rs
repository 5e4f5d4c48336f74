//! The limits of the configuration, as the parts want them.

use crate::config::Limits;
use crate::listener::ConnectionLimits;
use crate::passage::PassageLimits;
use crate::upstream::UpstreamLimits;

impl From<&Limits> for ConnectionLimits {
    fn from(limits: &Limits) -> ConnectionLimits {
        ConnectionLimits {
            connections_max: limits.connections_max,
            tls_handshake_timeout: limits.tls_handshake_timeout(),
            header_read_timeout: limits.header_read_timeout(),
            write_stall_timeout: limits.stream_idle_timeout(),
            header_bytes_max: limits.request_header_bytes_max,
            headers_max: limits.request_headers_max,
            http2_streams_max: limits.http2_streams_max,
            connection_age_max: limits.connection_age_max(),
            shutdown_grace: limits.shutdown_grace(),
        }
    }
}

impl From<&Limits> for PassageLimits {
    fn from(limits: &Limits) -> PassageLimits {
        PassageLimits {
            header_bytes_max: limits.request_header_bytes_max,
            headers_max: limits.request_headers_max,
            request_body_bytes_max: limits.request_body_bytes_max,
            filtered_body_bytes_max: limits.filtered_body_bytes_max,
            response_timeout: limits.upstream_response_timeout(),
            stream_idle_timeout: limits.stream_idle_timeout(),
        }
    }
}

impl From<&Limits> for UpstreamLimits {
    fn from(limits: &Limits) -> UpstreamLimits {
        UpstreamLimits {
            connect_timeout: limits.upstream_connect_timeout(),
            pool_idle_timeout: limits.idle_connection_timeout(),
            pool_idle_per_host_max: limits.idle_connections_max,
        }
    }
}
