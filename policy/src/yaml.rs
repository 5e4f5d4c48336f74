//! YAML with the place of everything: the one file that names serde-saphyr.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{
    DuplicateKeyPolicy, Error, MergeKeyPolicy, MessageFormatter, Spanned, UserMessageFormatter,
};

/// A place in a file; line and column counted from 1, 0 when there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) content: Content,
}

/// A value.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// A word, number or truth value as it is written.
    Scalar(String, ScalarKind),
    List(Vec<Node>),
    /// Keys in the order of the file, a key that stands twice also twice.
    Table(Vec<(Place, String, Node)>),
    Nothing,
}

/// What YAML takes a scalar for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScalarKind {
    Text,
    Number,
    Boolean,
}

/// Why a file is no YAML.
#[derive(Debug)]
pub(crate) struct YamlError {
    pub(crate) place: Place,
    pub(crate) message: String,
}

/// The most characters that a policy file may have.
const LENGTH_MAX: usize = 1 << 20;

/// Reads one document. Tags, merge keys and further documents are refused: a policy must say what it says on sight.
pub(crate) fn read(text: &str) -> Result<Node, YamlError> {
    if text.len() > LENGTH_MAX {
        return Err(YamlError {
            place: Place::default(),
            message: "the file is larger than 1 MiB".to_owned(),
        });
    }
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_aliases: 0, max_anchors: 0, max_depth: 32, max_documents: 1, max_nodes: 100_000 },
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        merge_keys: MergeKeyPolicy::Error,
        strict_booleans: true,
        reject_unsupported_tags: true,
        with_snippet: false,
    };
    let raw: Spanned<Raw> =
        serde_saphyr::from_str_with_options(text, options).map_err(|error| explain(&error))?;
    Ok(node(raw, text))
}

fn explain(error: &Error) -> YamlError {
    let place = error.location().map_or(Place::default(), place);
    let message = UserMessageFormatter.format_message(error).into_owned();
    YamlError { place, message }
}

fn place(location: serde_saphyr::Location) -> Place {
    let number = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
    Place {
        line: number(location.line()),
        column: number(location.column()),
    }
}

fn node(raw: Spanned<Raw>, text: &str) -> Node {
    let location = raw.referenced;
    // A number as its author wrote it: an OIN must keep its zeros.
    let written = || {
        let span = location.span();
        let start = usize::try_from(span.byte_offset()?).ok()?;
        let length = usize::try_from(span.byte_len()?).ok()?;
        text.get(start..start.checked_add(length)?)
            .map(|written| written.trim().to_owned())
    };
    let content = match raw.value {
        Raw::Text(text) => Content::Scalar(text, ScalarKind::Text),
        Raw::Boolean(value) => Content::Scalar(value.to_string(), ScalarKind::Boolean),
        Raw::Number(value) => Content::Scalar(written().unwrap_or(value), ScalarKind::Number),
        Raw::List(nodes) => Content::List(nodes.into_iter().map(|raw| node(raw, text)).collect()),
        Raw::Table(entries) => {
            let entry = |(key, value): (Spanned<String>, Spanned<Raw>)| {
                (place(key.referenced), key.value, node(value, text))
            };
            Content::Table(entries.into_iter().map(entry).collect())
        }
        Raw::Nothing => Content::Nothing,
    };
    Node {
        place: place(location),
        content,
    }
}

/// A value as serde hands it over.
enum Raw {
    Text(String),
    Boolean(bool),
    Number(String),
    List(Vec<Spanned<Raw>>),
    Table(Vec<(Spanned<String>, Spanned<Raw>)>),
    Nothing,
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Raw, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a word, a number, true or false, a list or a table")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Boolean(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Number(value.to_string()))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Number(value.to_string()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Raw, E> {
        Ok(Raw::Number(value.to_string()))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Text(value.to_owned()))
    }

    fn visit_string<E: de::Error>(self, value: String) -> Result<Raw, E> {
        Ok(Raw::Text(value))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Raw, E> {
        Ok(Raw::Nothing)
    }

    fn visit_none<E: de::Error>(self) -> Result<Raw, E> {
        Ok(Raw::Nothing)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Raw, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = access.next_element()? {
            nodes.push(node);
        }
        Ok(Raw::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(Raw::Table(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(node: &Node) -> String {
        let Place { line, column } = node.place;
        match &node.content {
            Content::Scalar(text, kind) => format!("{line}:{column} {text:?} {kind:?}"),
            Content::Nothing => format!("{line}:{column} nothing"),
            Content::List(nodes) => format!(
                "[{}]",
                nodes.iter().map(shape).collect::<Vec<_>>().join(", ")
            ),
            Content::Table(entries) => {
                let entry = |(place, key, value): &(Place, String, Node)| {
                    format!("{}:{} {key} = {}", place.line, place.column, shape(value))
                };
                format!(
                    "{{{}}}",
                    entries.iter().map(entry).collect::<Vec<_>>().join(", ")
                )
            }
        }
    }

    #[test]
    fn everything_has_a_place_and_its_own_spelling() {
        let node = read("a: 1\nb:\n  - no\n  - 00000099000000001000\n  - 2026-01-01\nwhere: { /é: true, d: '7' }\na: ~\n").unwrap();
        insta::assert_snapshot!(shape(&node), @r#"{1:1 a = 1:4 "1" Number, 2:1 b = [3:5 "no" Text, 4:5 "00000099000000001000" Number, 5:5 "2026-01-01" Text], 6:1 where = {6:10 /é = 6:14 "true" Boolean, 6:20 d = 6:23 "7" Text}, 7:1 a = 7:4 nothing}"#);
    }

    #[test]
    fn what_does_not_say_what_it_says_on_sight_is_refused() {
        for text in [
            "a: &x 1\nb: *x",
            "<<: {a: 1}",
            "a: !python/object x",
            "--- 1\n--- 2",
            "a: [",
            "a: {b: 1",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
        assert!(read(&deep).is_err());
        assert!(read(&" ".repeat(LENGTH_MAX + 1)).is_err());
    }
}
