//! The command line of the bench, and of the bench as the floor's process.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Measures CPU, memory and latency of inway and outway against a bare proxy.
#[derive(Debug, Parser)]
pub(crate) struct Arguments {
    /// Runs as one of the measured processes instead.
    #[command(subcommand)]
    pub(crate) role: Option<Role>,
    /// Times that every case is measured; the median counts
    #[arg(long, default_value_t = 5)]
    pub(crate) rounds: usize,
    /// Part of the usual number of requests, in percent, for a quick look
    #[arg(long, default_value_t = 100)]
    pub(crate) percent: u64,
    /// Only rows of the table whose name contains this, for example `inway, 1.5 KB person`
    #[arg(long, default_value = "")]
    pub(crate) only: String,
    /// Measures the bare proxy only
    #[arg(long)]
    pub(crate) floor_only: bool,
    /// Measures nothing: sends the requests of the first chosen row to our gateway for this long, for a profiler
    #[arg(long, value_name = "SECONDS")]
    pub(crate) profile: Option<u64>,
    /// Given by cargo
    #[arg(long, hide = true)]
    pub(crate) bench: bool,
}

/// What the bench can be besides the bench.
#[derive(Debug, Subcommand)]
pub(crate) enum Role {
    /// The bare reverse proxy
    Floor(FloorArguments),
}

/// What the bare proxy must know.
#[derive(Debug, Args)]
pub(crate) struct FloorArguments {
    /// Which side it is
    #[arg(long)]
    pub(crate) side: Side,
    /// The folder of the test PKI
    #[arg(long)]
    pub(crate) pki: PathBuf,
    /// Where it passes requests on to
    #[arg(long)]
    pub(crate) upstream: SocketAddr,
}

/// A side of the exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Side {
    /// Mutual TLS in, plain HTTP out.
    Inway,
    /// Plain HTTP in, mutual TLS out.
    Outway,
}

impl Side {
    /// Name in the table.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Inway => "inway",
            Self::Outway => "outway",
        }
    }
}
