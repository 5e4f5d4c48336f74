//! What does not fit in a configuration file, in words for people.

use std::fmt;

use serde::de::{self, Unexpected};

use super::problem::Position;
use super::tree::Step;

/// The first thing that does not fit.
#[derive(Debug, PartialEq)]
pub(super) struct Mistake {
    pub(super) kind: Kind,
    /// Where; absent only for a value that is missing from the outermost map.
    pub(super) position: Option<Position>,
    /// The way from the root to the value, or to the map in which a key is missing.
    pub(super) path: Vec<Step>,
}

#[derive(Debug, PartialEq)]
pub(super) enum Kind {
    /// A key that does not exist. The path leads to it.
    UnknownKey { known: &'static [&'static str] },
    /// A key that must be there. The path leads to the map that lacks it.
    MissingKey { key: &'static str },
    /// A value that does not fit, and what would.
    Value { message: String, remedy: String },
}

impl Mistake {
    pub(super) fn of(kind: Kind) -> Self {
        Self {
            kind,
            position: None,
            path: Vec::new(),
        }
    }

    pub(super) fn value(message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::of(Kind::Value {
            message: message.into(),
            remedy: remedy.into(),
        })
    }

    pub(super) fn at(mut self, position: Position) -> Self {
        self.position.get_or_insert(position);
        self
    }

    pub(super) fn under(mut self, step: Step) -> Self {
        self.path.push(step);
        self
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::UnknownKey { .. } => f.write_str("this key does not exist"),
            Kind::MissingKey { key } => write!(f, "`{key}` is missing"),
            Kind::Value { message, remedy } => write!(f, "{message}; {remedy}"),
        }
    }
}

impl std::error::Error for Mistake {}

impl de::Error for Mistake {
    fn custom<T: fmt::Display>(message: T) -> Self {
        let text = message.to_string();
        match finding_and_remedy(&text) {
            Some((finding, remedy)) => Self::value(finding, remedy),
            None => Self::value(text, "see what may stand here in docs/configuration.md"),
        }
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        let expected = plain(expected);
        Self::value(
            format!("expected {expected}, found {}", shown(found)),
            format!("write {expected}"),
        )
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn unknown_variant(found: &str, expected: &'static [&'static str]) -> Self {
        let listed = listed(expected);
        let remedy = did_you_mean(found, expected).unwrap_or_else(|| format!("write {listed}"));
        Self::value(format!("`{found}` is none of {listed}"), remedy)
    }

    fn unknown_field(_: &str, known: &'static [&'static str]) -> Self {
        Self::of(Kind::UnknownKey { known })
    }

    fn missing_field(key: &'static str) -> Self {
        Self::of(Kind::MissingKey { key })
    }
}

/// Words in a row: `a`, `b` or `c`.
pub(super) fn listed(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        None => "nothing".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}

/// The word that was probably meant.
pub(super) fn did_you_mean(found: &str, known: &[&str]) -> Option<String> {
    let (distance, nearest) = known
        .iter()
        .map(|candidate| (distance(found, candidate), *candidate))
        .min()?;
    (distance <= 1 + found.len() / 4).then(|| format!("did you mean `{nearest}`?"))
}

/// How many letters must be changed, added or removed to make one word the other (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, a) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (b, above) in b.iter().zip(row.iter().skip(1)) {
            left = (diagonal + usize::from(a != *b))
                .min(left + 1)
                .min(above + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

/// Our own errors say what was found and, after the last semicolon, what to do. One within the value that was found is none of ours.
fn finding_and_remedy(text: &str) -> Option<(&str, &str)> {
    let (finding, remedy) = text.rsplit_once("; ")?;
    let quotes = finding.matches('`').count();
    (quotes % 2 == 0).then_some((finding, remedy))
}

/// What serde expected, without Rust's names for it.
fn plain(expected: &dyn de::Expected) -> String {
    let text = expected.to_string();
    match text.as_str() {
        "u8" => "a whole number from 0 to 255".to_owned(),
        "u16" => "a whole number from 0 to 65535".to_owned(),
        "u32" => "a whole number from 0 to 4294967295".to_owned(),
        "u64" | "usize" => "a whole number, 0 or more".to_owned(),
        "a boolean" => "`true` or `false`".to_owned(),
        "a string" | "a borrowed string" | "path string" => "a text".to_owned(),
        "a sequence" => "a list".to_owned(),
        text if text.starts_with("struct ") => "keys and values".to_owned(),
        text if text.starts_with("enum ") => "a word".to_owned(),
        _ => text,
    }
}

fn shown(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "keys and values".to_owned(),
        Unexpected::Str(text) => format!("`{text}`"),
        Unexpected::Unsigned(number) => format!("`{number}`"),
        Unexpected::Signed(number) => format!("`{number}`"),
        Unexpected::Bool(value) => format!("`{value}`"),
        Unexpected::Unit => "nothing".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remedy_is_parted_from_what_was_found() {
        for (text, parts) in [
            ("`a` is no b; write c", Some(("`a` is no b", "write c"))),
            (
                "`a; b` is no c; write d",
                Some(("`a; b` is no c", "write d")),
            ),
            ("`a; b` is no c", None),
            ("no remedy at all", None),
        ] {
            assert_eq!(finding_and_remedy(text), parts, "{text}");
        }
    }

    #[test]
    fn a_word_is_nearly_known_or_all_are_listed() {
        let known = ["production", "trial", "test"];
        let meant = did_you_mean("produktion", &known);
        assert_eq!(meant.as_deref(), Some("did you mean `production`?"));
        assert_eq!(did_you_mean("loud", &known), None);
    }
}
