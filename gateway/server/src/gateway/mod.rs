//! The gateway: all parts put together from one configuration.

mod administration;
mod assembly;
mod limits;
mod materials;
mod offered;
mod own_certificate;
mod readiness;
mod start;

pub(crate) use materials::Certificates;
pub use materials::{MaterialError, Materials, Replaceable};
pub(crate) use own_certificate::{check_key, identities as own_identities};
pub use start::{Addresses, Gateway, StartError};
