//! Renewing certificates: what ends when, what a new key breaks, and what to do in which order.

mod expiry;

pub use expiry::{DAY_SECONDS, Expiry, ExpiryKind, Threshold};
