//! The gateway: all parts put together from one configuration.

mod administration;
mod assembly;
mod limits;
mod materials;
mod offered;
mod readiness;
mod start;

pub use materials::{MaterialError, Materials};
pub use start::{Addresses, Gateway, StartError};
