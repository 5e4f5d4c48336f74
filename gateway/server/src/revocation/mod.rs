//! Revocation lists: fetched before they expire, kept over a restart, and applied to connections that
//! are open already.
//!
//! Which list counts, and whether it is one, is decided in `sluis-certs`; here lists are brought there. They come over
//! plain HTTP from hosts that the configuration names, at addresses out of the configuration or out of
//! certificates that were verified. Nothing that arrives is believed before its signature is.

mod cache;
mod fetch;
mod keeper;
mod known;
mod schedule;
mod source;
mod watch;
mod worker;

pub use keeper::{Revocation, RevocationParts, RevocationSettings};
pub use watch::ListState;
