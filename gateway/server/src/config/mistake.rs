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
    /// A value that does not fit.
    Value { message: String },
}

impl Mistake {
    pub(super) fn of(kind: Kind) -> Self {
        Self {
            kind,
            position: None,
            path: Vec::new(),
        }
    }

    pub(super) fn value(message: String) -> Self {
        Self::of(Kind::Value { message })
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
            Kind::Value { message } => f.write_str(message),
        }
    }
}

impl std::error::Error for Mistake {}

impl de::Error for Mistake {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::value(message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::value(format!(
            "expected {}, found {}",
            plain(expected),
            shown(found)
        ))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn unknown_variant(found: &str, expected: &'static [&'static str]) -> Self {
        Self::value(format!("`{found}` is none of {}", listed(expected)))
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
