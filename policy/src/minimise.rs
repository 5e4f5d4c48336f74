//! Data minimisation: no more is asked and no more is delivered than the decision releases.

mod error;
mod release;

pub use error::{MinimiseError, NarrowError};
pub use release::{Dropped, Minimised, Release};
