//! A data subject that a request or an answer is about.

use std::fmt;
use std::sync::Arc;

/// A person (or other data subject) named in a request or an answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Subject {
    /// What the value is, for example `bsn`.
    pub kind: Arc<str>,
    /// The identifying value. It never reaches a log, a metric, an error or a URL.
    pub value: SubjectValue,
}

/// The value that identifies a data subject, such as a BSN. Printing it for debugging shows `[redacted]`; there is no
/// `Display`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SubjectValue(Box<str>);

impl SubjectValue {
    /// Takes the value.
    pub fn new(value: impl Into<Box<str>>) -> SubjectValue {
        SubjectValue(value.into())
    }

    /// The value itself: only for making a keyed pseudonym of it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SubjectValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}
