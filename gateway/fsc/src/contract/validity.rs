//! The period of a contract.

use serde::Serialize;

/// From when until when a contract holds, both ends included, in Unix seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Validity {
    /// The contract does not hold before this second.
    pub not_before: i64,
    /// The contract does not hold after this second.
    pub not_after: i64,
}

impl Validity {
    /// Whether the moment lies in the period.
    #[must_use]
    pub fn contains(&self, unix_seconds: i64) -> bool {
        (self.not_before..=self.not_after).contains(&unix_seconds)
    }
}
