//! Sluis: a gateway through which Dutch government organisations exchange case and person data.
//!
//! The crate is the gateway itself: listeners, the request path, the manager, the administration
//! and the command line. The protocol lives in `sluis-fsc`, certificates in `sluis-certs`, the
//! decision in `sluis-policy` and the record in `sluis-audit`. `docs/ARCHITECTURE.md` tells how they
//! fit together.

pub mod admin;
pub mod cli;
pub mod clock;
pub mod config;
pub mod contracts;
pub mod demo;
pub mod environment;
pub mod gateway;
pub mod inway;
pub mod listener;
pub mod manager;
pub mod outway;
pub mod passage;
pub mod reload;
pub mod renewal;
pub mod revocation;
pub mod telemetry;
pub mod upstream;
