//! Renewing certificates: what ends when, what a new key breaks, and what to do in which order.

mod expiry;
mod plan;
mod watch;

pub use expiry::{DAY_SECONDS, Expiry, ExpiryKind, Threshold};
pub use plan::{Fate, Plan, Resting, Step};
pub use watch::ExpiryWatch;
