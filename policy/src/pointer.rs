//! A place in a JSON document, as a policy file writes it.

use std::fmt;
use std::sync::Arc;

/// A JSON pointer (RFC 6901) in which `*` stands for every element of a list: `/personen/*/naam`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Pointer(Vec<Segment>);

/// One step of a pointer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Segment {
    /// Into the member of that name of an object.
    Member(Arc<str>),
    /// Into every element of a list.
    Each,
}

impl Pointer {
    /// The most steps: half of the depth that JSON is read to.
    const SEGMENTS_MAX: usize = 32;
    /// The most characters.
    const LENGTH_MAX: usize = 300;

    /// Reads a pointer. The empty text is the whole document.
    pub(crate) fn parse(text: &str) -> Result<Pointer, &'static str> {
        if text.chars().count() > Self::LENGTH_MAX {
            return Err("is longer than 300 characters");
        }
        if text.chars().any(char::is_control) {
            return Err("holds a control character");
        }
        if text.is_empty() {
            return Ok(Pointer::default());
        }
        let Some(path) = text.strip_prefix('/') else {
            return Err("must start with `/`");
        };
        let segments = path
            .split('/')
            .map(segment)
            .collect::<Result<Vec<_>, _>>()?;
        if segments.len() > Self::SEGMENTS_MAX {
            return Err("has more than 32 steps");
        }
        Ok(Pointer(segments))
    }

    /// The steps.
    pub(crate) fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// Whether it goes through every element of a list somewhere.
    pub(crate) fn has_each(&self) -> bool {
        self.0.contains(&Segment::Each)
    }

    /// The place one step up; the whole document has none.
    pub(crate) fn parent(&self) -> Option<Pointer> {
        let (_, up) = self.0.split_last()?;
        Some(Pointer(up.to_vec()))
    }
}

fn segment(text: &str) -> Result<Segment, &'static str> {
    if text == "*" {
        return Ok(Segment::Each);
    }
    if text.is_empty() {
        return Err("has an empty step (two slashes, or one at the end)");
    }
    let mut name = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '~' => match characters.next() {
                Some('0') => name.push('~'),
                Some('1') => name.push('/'),
                _ => {
                    return Err(
                        "has a `~` that is not followed by 0 or 1 (`~0` is `~`, `~1` is `/`)",
                    );
                }
            },
            _ => name.push(character),
        }
    }
    Ok(Segment::Member(Arc::from(name)))
}

impl fmt::Display for Segment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Segment::Member(name) => {
                formatter.write_str(&name.replace('~', "~0").replace('/', "~1"))
            }
            Segment::Each => formatter.write_str("*"),
        }
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|segment| write!(formatter, "/{segment}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        for text in ["", "/type", "/personen/*/naam", "/*", "/a~1b/c~0d", "/0"] {
            assert_eq!(Pointer::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(
            Pointer::parse("/a~1b").unwrap().segments(),
            [Segment::Member(Arc::from("a/b"))]
        );
        assert!(Pointer::parse("/a/*").unwrap().has_each());
        assert_eq!(
            Pointer::parse("/a/b").unwrap().parent(),
            Some(Pointer::parse("/a").unwrap())
        );
    }

    #[test]
    fn refuses_what_is_no_pointer() {
        for text in [
            "type",
            "/",
            "//a",
            "/a/",
            "/a~2",
            "/a~",
            "/a\n",
            &"/a".repeat(33),
            &format!("/{}", "a".repeat(300)),
        ] {
            assert!(Pointer::parse(text).is_err(), "{text}");
        }
    }
}
