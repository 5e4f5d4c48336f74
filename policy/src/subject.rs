//! A data subject that a request or an answer is about.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use crate::json::{Kind, text_of};

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
    /// The most characters of a value.
    pub const LENGTH_MAX: usize = 100;

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

/// The persons found while a document is read, each once.
#[derive(Debug, Default)]
pub(crate) struct SubjectList {
    values: BTreeSet<SubjectValue>,
    /// Whether something could not be read as a person, or there were too many.
    pub(crate) incomplete: bool,
}

impl SubjectList {
    /// Notes a value as the document writes it. False when it names nobody: an empty text, or null.
    pub(crate) fn note(&mut self, subject_kind: &str, kind: Kind, raw: &str, limit: usize) -> bool {
        let value = match kind {
            Kind::Text => text_of(raw),
            Kind::Number => raw.into(),
            Kind::Null => return false,
            Kind::Object | Kind::Array | Kind::Boolean => {
                self.incomplete = true;
                return true;
            }
        };
        if value.is_empty() {
            return false;
        }
        // A BSN written as a number, or in an old system, lacks its leading zero; it is the same person.
        let is_short_bsn = subject_kind == "bsn"
            && value.len() == 8
            && value.bytes().all(|byte| byte.is_ascii_digit());
        let value = if is_short_bsn {
            format!("0{value}")
        } else {
            value.into_owned()
        };
        if value.chars().count() > SubjectValue::LENGTH_MAX || self.values.len() >= limit {
            let known = self.values.contains(&SubjectValue::new(value));
            self.incomplete |= !known;
            return true;
        }
        self.values.insert(SubjectValue::new(value));
        true
    }

    /// How many.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// The persons, ordered by value.
    pub(crate) fn into_subjects(self, subject_kind: &Arc<str>) -> Vec<Subject> {
        self.values
            .into_iter()
            .map(|value| Subject {
                kind: subject_kind.clone(),
                value,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_shows_no_value() {
        let subject = Subject {
            kind: Arc::from("bsn"),
            value: SubjectValue::new("999993653"),
        };
        assert_eq!(
            format!("{subject:?}"),
            r#"Subject { kind: "bsn", value: [redacted] }"#
        );
        let list = SubjectList {
            values: BTreeSet::from([subject.value]),
            incomplete: false,
        };
        assert!(!format!("{list:?}").contains("99999"));
    }

    #[test]
    fn the_same_person_counts_once() {
        let mut list = SubjectList::default();
        for (kind, raw) in [
            (Kind::Text, "\"012345672\""),
            (Kind::Number, "12345672"),
            (Kind::Text, "\"\\u0030123\\u00345672\""),
            (Kind::Text, "\"\""),
            (Kind::Null, "null"),
            (Kind::Text, "\"999993653\""),
        ] {
            list.note("bsn", kind, raw, 2);
        }
        assert_eq!((list.len(), list.incomplete), (2, false));
        list.note("bsn", Kind::Text, "\"999990019\"", 2);
        assert_eq!((list.len(), list.incomplete), (2, true));
    }

    #[test]
    fn what_is_no_text_or_number_makes_the_list_incomplete() {
        for (kind, raw) in [
            (Kind::Object, "{}"),
            (Kind::Array, "[]"),
            (Kind::Boolean, "true"),
        ] {
            let mut list = SubjectList::default();
            list.note("bsn", kind, raw, 9);
            assert!(list.incomplete);
        }
    }
}
