//! The cases of the demo, and the documents a case system keeps of each.
//!
//! The rows are written by hand in `cases.yaml`; [`Cases::documents`] makes of them the resources of
//! the ZGW Zaken API 1.5.1: cases, roles, statuses and results, which name each other by URL.

mod document;
mod row;

pub use document::Documents;

use std::sync::Arc;

use crate::demo::persons::{DataError, Persons};
use row::Rows;

/// All cases of the demo. Read-only; made once at start.
#[derive(Debug)]
pub struct Cases {
    rows: Rows,
    persons: Arc<Persons>,
}

impl Cases {
    /// Reads the cases that are compiled in, which are about `persons`.
    ///
    /// # Errors
    /// The data file is wrong: unreadable, or it names a case type, an employee or a person that is
    /// written nowhere.
    pub fn load(persons: Arc<Persons>) -> Result<Self, DataError> {
        let rows = Rows::read(include_str!("cases.yaml"), &persons)?;
        Ok(Self { rows, persons })
    }

    /// The resources of all cases. Their URLs begin with `base_url`, which has no slash at its end.
    #[must_use]
    pub fn documents(&self, base_url: &str) -> Documents {
        document::of(&self.rows, &self.persons, base_url)
    }
}

#[cfg(test)]
mod tests;
