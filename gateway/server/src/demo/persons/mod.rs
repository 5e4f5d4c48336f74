//! The persons of the demo, and what a population register holds about each.
//!
//! The rows are written by hand in `persons.yaml`; [`Persons::record`] makes of a row the whole
//! record in the shape of Haal Centraal BRP Personen Bevragen 2.x (`Persoon`), from which the
//! source answers.

mod date;
mod name;
mod record;
mod residence;
mod row;

pub use row::Person;

pub(super) use date::PartialDate;
pub(super) use row::Rows;

use std::collections::BTreeMap;

use serde_json::Value;
use time::Date;

/// Why the written data of the demo cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// A data file is not what its reader expects.
    #[error("{file} cannot be read: {reason}")]
    Unreadable {
        /// Name of the data file.
        file: &'static str,
        /// What the YAML reader says of it.
        reason: String,
    },
    /// A number is not a valid burgerservicenummer.
    #[error("row {row} of the persons has a burgerservicenummer that does not pass the elfproef")]
    InvalidBsn {
        /// Position of the row, counted from one.
        row: usize,
    },
    /// A row names something that is written nowhere.
    #[error("{in_file} names {kind} `{name}`, which is written nowhere")]
    Unknown {
        /// Data file with the row.
        in_file: &'static str,
        /// What was named: an address, a municipality, a person.
        kind: &'static str,
        /// The name that was looked for; of a person the row number, never the burgerservicenummer.
        name: String,
    },
}

/// All persons of the demo. Read-only; made once at start.
#[derive(Debug)]
pub struct Persons {
    rows: Rows,
    by_bsn: BTreeMap<String, usize>,
}

impl Persons {
    /// Reads the persons that are compiled in.
    ///
    /// # Errors
    /// The data file is wrong: unreadable, a number that fails the elfproef, or a name that is
    /// written nowhere.
    pub fn load() -> Result<Self, DataError> {
        let rows = Rows::read(include_str!("persons.yaml"))?;
        let mut by_bsn = BTreeMap::new();
        for (index, person) in rows.persons().iter().enumerate() {
            if !passes_elfproef(person.bsn()) {
                return Err(DataError::InvalidBsn { row: index + 1 });
            }
            by_bsn.insert(person.bsn().to_owned(), index);
        }
        Ok(Self { rows, by_bsn })
    }

    /// Every person, in the order of the data file.
    #[must_use]
    pub fn all(&self) -> &[Person] {
        self.rows.persons()
    }

    /// The person with this burgerservicenummer.
    #[must_use]
    pub fn get(&self, bsn: &str) -> Option<&Person> {
        self.by_bsn
            .get(bsn)
            .and_then(|index| self.all().get(*index))
    }

    /// Everything the register holds about `person`, as a `Persoon` of BRP Personen Bevragen 2.x.
    /// Ages are those of `today`.
    #[must_use]
    pub fn record(&self, person: &Person, today: Date) -> Value {
        record::of(self, person, today)
    }

    /// Persons who name `bsn` as a parent, oldest row first.
    pub(super) fn children<'a>(&'a self, bsn: &'a str) -> impl Iterator<Item = &'a Person> {
        self.all()
            .iter()
            .filter(move |person| person.parents().iter().any(|parent| parent == bsn))
    }

    pub(in crate::demo) fn rows(&self) -> &Rows {
        &self.rows
    }
}

/// Whether nine digits are a valid burgerservicenummer or RSIN: the weighted sum (9 down to 2, and
/// -1 for the last digit) is a multiple of eleven (Wet algemene bepalingen burgerservicenummer).
#[must_use]
pub fn passes_elfproef(number: &str) -> bool {
    const WEIGHTS: [i32; 9] = [9, 8, 7, 6, 5, 4, 3, 2, -1];
    if number.len() != WEIGHTS.len() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let sum: i32 = number
        .bytes()
        .zip(WEIGHTS)
        .map(|(byte, weight)| i32::from(byte - b'0') * weight)
        .sum();
    sum % 11 == 0 && number != "000000000"
}

#[cfg(test)]
mod tests;
