//! Picks values out of a JSON document while it is read.

use std::ops::Range;
use std::sync::Arc;

use crate::json::{JsonError, Kind, Scanner};
use crate::pointer::{Pointer, Segment};

/// Pointers to the values that are wanted, as a tree. Each pointer has a slot: its index in the list that made the tree.
#[derive(Clone, Debug, Default)]
pub(crate) struct Capture {
    members: Vec<(Arc<str>, Capture)>,
    each: Option<Box<Capture>>,
    slots: Vec<usize>,
}

/// Takes the values that a [`Capture`] finds.
pub(crate) trait Sink {
    /// A value stands where the pointer of `slot` points.
    fn found(&mut self, slot: usize, kind: Kind, scanner: &Scanner<'_>, span: Range<usize>);
    /// The pointer of `slot` goes into an object or a list, but the document has another value there.
    fn misfit(&mut self, slot: usize);
}

impl Capture {
    /// The tree for these pointers.
    pub(crate) fn new<'p>(pointers: impl IntoIterator<Item = &'p Pointer>) -> Capture {
        let mut root = Capture::default();
        for (slot, pointer) in pointers.into_iter().enumerate() {
            root.insert(pointer.segments(), slot);
        }
        root
    }

    /// Whether nothing is wanted.
    pub(crate) fn is_empty(&self) -> bool {
        self.members.is_empty() && self.each.is_none() && self.slots.is_empty()
    }

    /// What is wanted in the member of that name.
    pub(crate) fn member(&self, name: &str) -> Option<&Capture> {
        self.members
            .iter()
            .find(|(known, _)| **known == *name)
            .map(|(_, below)| below)
    }

    /// What is wanted in every element.
    pub(crate) fn each(&self) -> Option<&Capture> {
        self.each.as_deref()
    }

    /// Tells the sink when the document has something else here than the pointers expect.
    pub(crate) fn note_misfit(&self, kind: Kind, sink: &mut impl Sink) {
        if kind == Kind::Null {
            return;
        }
        if kind != Kind::Object {
            self.members
                .iter()
                .for_each(|(_, below)| below.misfit(sink));
        }
        if kind != Kind::Array
            && let Some(each) = &self.each
        {
            each.misfit(sink);
        }
    }

    /// Tells the sink of a value that is wanted itself.
    pub(crate) fn note_found(
        &self,
        kind: Kind,
        scanner: &Scanner<'_>,
        span: Range<usize>,
        sink: &mut impl Sink,
    ) {
        self.slots
            .iter()
            .for_each(|slot| sink.found(*slot, kind, scanner, span.clone()));
    }

    /// Reads a value, every byte checked; its bytes in the document.
    pub(crate) fn read(
        &self,
        scanner: &mut Scanner<'_>,
        sink: &mut impl Sink,
    ) -> Result<Range<usize>, JsonError> {
        let kind = scanner.kind()?;
        let start = scanner.offset();
        self.note_misfit(kind, sink);
        match kind {
            Kind::Object if !self.members.is_empty() => {
                scanner.object(|scanner, member| {
                    read(self.member(&member.name), scanner, sink).map(drop)
                })?;
            }
            Kind::Array if self.each.is_some() => {
                scanner.array(|scanner| read(self.each(), scanner, sink).map(drop))?;
            }
            _ => scanner.skip().map(drop)?,
        }
        let span = start..scanner.offset();
        self.note_found(kind, scanner, span.clone(), sink);
        Ok(span)
    }

    fn insert(&mut self, segments: &[Segment], slot: usize) {
        match segments {
            [] => self.slots.push(slot),
            [Segment::Each, rest @ ..] => self.each.get_or_insert_default().insert(rest, slot),
            [Segment::Member(name), rest @ ..] => {
                if let Some((_, below)) = self.members.iter_mut().find(|(known, _)| known == name) {
                    return below.insert(rest, slot);
                }
                let mut below = Capture::default();
                below.insert(rest, slot);
                self.members.push((name.clone(), below));
            }
        }
    }

    fn misfit(&self, sink: &mut impl Sink) {
        self.slots.iter().for_each(|slot| sink.misfit(*slot));
        self.members
            .iter()
            .for_each(|(_, below)| below.misfit(sink));
        if let Some(each) = &self.each {
            each.misfit(sink);
        }
    }
}

/// Reads a value in which something may be wanted; its bytes in the document.
pub(crate) fn read(
    capture: Option<&Capture>,
    scanner: &mut Scanner<'_>,
    sink: &mut impl Sink,
) -> Result<Range<usize>, JsonError> {
    match capture {
        Some(capture) => capture.read(scanner, sink),
        None => {
            scanner.kind()?;
            scanner.skip()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Seen {
        found: Vec<(usize, String)>,
        misfits: Vec<usize>,
    }

    impl Sink for Seen {
        fn found(&mut self, slot: usize, _: Kind, scanner: &Scanner<'_>, span: Range<usize>) {
            self.found.push((slot, scanner.slice(span).to_owned()));
        }
        fn misfit(&mut self, slot: usize) {
            self.misfits.push(slot);
        }
    }

    fn see(pointers: &[&str], document: &str) -> Seen {
        let pointers: Vec<Pointer> = pointers
            .iter()
            .map(|text| Pointer::parse(text).unwrap())
            .collect();
        let mut seen = Seen::default();
        let mut scanner = Scanner::new(document.as_bytes()).unwrap();
        Capture::new(&pointers)
            .read(&mut scanner, &mut seen)
            .unwrap();
        scanner.end().unwrap();
        seen
    }

    #[test]
    fn finds_members_elements_and_containers() {
        let seen = see(
            &["/a/*/b", "/a", "/c", ""],
            r#"{"a":[{"b":1},{"b":[2]},{"x":0}],"d":5}"#,
        );
        let expected = [
            (0, "1"),
            (0, "[2]"),
            (1, r#"[{"b":1},{"b":[2]},{"x":0}]"#),
            (3, r#"{"a":[{"b":1},{"b":[2]},{"x":0}],"d":5}"#),
        ];
        assert_eq!(
            seen.found,
            expected.map(|(slot, text)| (slot, text.to_owned()))
        );
        assert!(seen.misfits.is_empty());
    }

    #[test]
    fn tells_when_the_document_has_another_shape() {
        let seen = see(&["/a/*"], r#"{"a":"999993653"}"#);
        assert_eq!((seen.found.len(), seen.misfits), (0, vec![0]));
        assert!(see(&["/a/*"], r#"{"a":null}"#).misfits.is_empty());
        assert_eq!(see(&["/a/b", "/a/c"], r#"{"a":[]}"#).misfits, [0, 1]);
    }
}
