//! Data minimisation: no more is asked and no more is delivered than the decision releases.

mod dropped;
mod error;
mod filter;
mod narrow;
mod problem;
mod release;
#[cfg(test)]
mod tests;

pub use dropped::Dropped;
pub use error::{MinimiseError, NarrowError};
pub use release::{Minimised, Release};

pub(crate) use problem::DEFAULT_ERROR_MEMBERS;
