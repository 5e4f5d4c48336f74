//! Between the messages of the administration and our own types.

mod audit;
mod contract;
mod failure;
mod grant;
mod peer;
mod preview;

pub use audit::audit_entry;
pub(super) use contract::{contract, state};
pub(super) use failure::{call_failed, operation_failed, read_failed, store_failed};
pub(super) use grant::{Defaults, grant_data};
pub(super) use peer::{shown_alarm, shown_peer};
pub(super) use preview::preview;
