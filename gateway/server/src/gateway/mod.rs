//! The gateway: all parts put together from one configuration.

mod limits;
mod materials;
mod peer_service;
mod readiness;
mod start;

pub use materials::{MaterialError, Materials, policy_source};
pub use start::{Addresses, Gateway, StartError};
