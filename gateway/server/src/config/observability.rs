//! What the gateway tells about itself, and its local administration.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use serde::Deserialize;

/// Health, metrics, logs and traces. Every field has a default, so that the section may be left
/// out.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ObservabilityConfig {
    /// Where `/health/live`, `/health/ready` and `/metrics` are served, in plain HTTP. Port 0 takes
    /// a free one. Default `127.0.0.1:9100`.
    #[serde(deserialize_with = "super::listen::listen")]
    pub listen: SocketAddr,
    /// OTLP collector (gRPC) for traces and metrics, for example `http://127.0.0.1:4317`. Nothing
    /// is sent when left out, which is the default.
    pub otlp_endpoint: Option<Arc<str>>,
    /// One JSON object per line, or lines for people. Default `json`.
    pub log_format: LogFormat,
    /// The least important message that is logged. Default `info`.
    pub log_level: LogLevel,
}

impl Default for ObservabilityConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9100),
            otlp_endpoint: None,
            log_format: LogFormat::default(),
            log_level: LogLevel::default(),
        }
    }
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object per line, for a log collector.
    #[default]
    Json,
    /// One line of text per message, for people.
    Text,
}

/// The least important message that is logged. None of them ever holds a body, a path with
/// identifiers or a BSN.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Only what needs a person now.
    Error,
    /// Also what needs a person soon.
    Warn,
    /// Also what the gateway does.
    #[default]
    Info,
    /// Also every step of every passage; slow.
    Debug,
    /// Everything, for developers; slow.
    Trace,
}

impl LogLevel {
    /// The name, as in the configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

/// The local administration: a gRPC service on a Unix socket that only the owner can open.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdminConfig {
    /// Path of the socket, at most 100 bytes once it is absolute. Default `run/admin.sock`.
    pub socket: PathBuf,
}

impl Default for AdminConfig {
    fn default() -> Self {
        Self {
            socket: PathBuf::from("run/admin.sock"),
        }
    }
}
