//! The decision engine: everything that names Cedar.

mod compile;
mod judge;
mod names;
mod rules;
mod schema;
mod text;

pub(crate) use compile::{Policies, compile};
pub(crate) use judge::{Facts, Hearing, Judge, Slice, Verdict};
pub(crate) use rules::Rules;
