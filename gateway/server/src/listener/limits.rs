//! What a listener allows a connection to take.

use std::time::Duration;

/// Limits of one listener. All come from the `limits` section of the configuration.
#[derive(Debug, Clone)]
pub struct ConnectionLimits {
    /// Connections open at the same time; more wait in the backlog of the operating system.
    pub connections_max: usize,
    /// Time for the whole TLS handshake.
    pub tls_handshake_timeout: Duration,
    /// Time for reading one request head on HTTP/1.1, and for saying which version of HTTP is spoken.
    pub header_read_timeout: Duration,
    /// Time in which the other end reads nothing of what is written to it.
    pub write_stall_timeout: Duration,
    /// Size of a request head in bytes. A head up to this size is served; up to twice this size the answer is a full
    /// refusal with its reason; beyond that the HTTP library answers 431 itself.
    pub header_bytes_max: usize,
    /// Number of header fields in a request.
    pub headers_max: usize,
    /// Requests at the same time over one HTTP/2 connection.
    pub http2_streams_max: u32,
    /// After how long a connection under TLS takes no new request.
    pub connection_age_max: Duration,
    /// How long open requests get to finish after a shutdown was asked for.
    pub shutdown_grace: Duration,
}
