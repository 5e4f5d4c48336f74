//! The local administration: a gRPC service on a Unix socket that only its owner can open, and the
//! client of it.
//!
//! Who may open the socket may do everything here; there are no roles. What is done to contracts
//! and peers is recorded in the audit log, with the number of the user who asked for it. The
//! commands of the command line ([`crate::cli`]) are clients of this service, so that whatever a
//! person can do, a program can do as well.

mod act;
mod audit;
mod certificates;
mod client;
mod contracts;
mod convert;
mod files;
mod health;
mod parts;
mod peers;
mod server;
mod socket;
mod status;

pub use certificates::CertificatesView;
pub use client::{AdminClient, ConnectError};
pub use convert::audit_entry;
pub use parts::{AdminParts, Part};
pub use server::AdminServer;
pub use socket::{AdminSocket, SocketError};

/// Largest message of the administration, in bytes: ten grants with the largest properties that FSC
/// allows, or a full page of smaller contracts.
pub const MESSAGE_BYTES_MAX: usize = 16 * 1024 * 1024;
