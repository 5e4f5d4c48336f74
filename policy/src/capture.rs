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
    /// Whether an object here is about somebody or something that the pointers name: an element of a list, or an object
    /// from which a pointer goes on by members only.
    is_holder: bool,
}

/// Takes the values that a [`Capture`] finds.
pub(crate) trait Sink {
    /// A value stands where the pointer of `slot` points.
    fn found(&mut self, slot: usize, kind: Kind, scanner: &Scanner<'_>, span: Range<usize>);
    /// The pointer of `slot` goes into an object or a list, but the document has another value there.
    fn misfit(&mut self, slot: usize);
    /// The document has an object on the way of a pointer, and in it nothing at the pointer's place.
    fn absent(&mut self) {}
    /// How often the sink was told something, for sinks that want to be told of what is absent.
    fn told(&self) -> usize {
        0
    }
}

/// An object while it is read: which of the values wanted in it are there.
pub(crate) struct OpenObject<'c> {
    capture: Option<&'c Capture>,
    /// How many of its own members are wanted themselves, and not met yet.
    awaited: usize,
    told_before: usize,
}

impl<'c> OpenObject<'c> {
    /// At the start of an object.
    pub(crate) fn new(capture: Option<&'c Capture>, sink: &impl Sink) -> OpenObject<'c> {
        OpenObject {
            capture,
            awaited: capture.map_or(0, |capture| {
                let below = capture.members.iter();
                below.filter(|(_, below)| !below.slots.is_empty()).count()
            }),
            told_before: sink.told(),
        }
    }

    /// What is wanted in the member of that name, which comes next. An object has a name once.
    pub(crate) fn member(&mut self, name: &str) -> Option<&'c Capture> {
        let below = self.capture?.member(name)?;
        if !below.slots.is_empty() {
            self.awaited = self.awaited.saturating_sub(1);
        }
        Some(below)
    }

    /// At the end of the object: tells the sink what is absent. That is each member that is wanted itself; and, when the
    /// sink was told nothing at all since the start, the object once, if something should have been in it. The object at
    /// the top, or one that merely holds a list, may well hold an empty list.
    pub(crate) fn close(self, sink: &mut impl Sink) {
        (0..self.awaited).for_each(|_| sink.absent());
        if self.capture.is_some_and(|capture| capture.is_holder) && sink.told() == self.told_before
        {
            sink.absent();
        }
    }
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
    fn member(&self, name: &str) -> Option<&Capture> {
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
                let mut object = OpenObject::new(Some(self), sink);
                scanner.object(|scanner, member| {
                    read(object.member(&member.name), scanner, sink).map(drop)
                })?;
                object.close(sink);
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
            [Segment::Each, rest @ ..] => {
                let each = self.each.get_or_insert_default();
                each.is_holder |= !rest.is_empty();
                each.insert(rest, slot);
            }
            [Segment::Member(name), rest @ ..] => {
                self.is_holder |= !rest.contains(&Segment::Each);
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
        absent: usize,
    }

    impl Sink for Seen {
        fn found(&mut self, slot: usize, _: Kind, scanner: &Scanner<'_>, span: Range<usize>) {
            self.found.push((slot, scanner.slice(span).to_owned()));
        }
        fn misfit(&mut self, slot: usize) {
            self.misfits.push(slot);
        }
        fn absent(&mut self) {
            self.absent += 1;
        }
        fn told(&self) -> usize {
            self.found.len() + self.misfits.len() + self.absent
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

    #[test]
    fn tells_what_is_absent() {
        for (pointers, document, expected) in [
            // The member that is wanted itself.
            (["/p/*/b", "/x/*"], r#"{"p":[{"n":1},{"b":2},{}]}"#, 2),
            (["/b", "/p/*/b"], r#"{"n":1,"p":[{"n":1},{"b":2}]}"#, 2),
            (["/p/*/b", "/p/*/c"], r#"{"p":[{"b":1},{"n":1}]}"#, 3),
            // Nobody there to lack it.
            (["/p/*/b", "/x/*"], "{}", 0),
            (["/p/*/b", "/x/*"], r#"{"p":[]}"#, 0),
            (["/p/*/b", "/x/*"], r#"{"p":null,"x":[]}"#, 0),
            (["/p/*/b", "/x/*"], r#"{"p":[null]}"#, 0),
            (["/e/p/*/b", "/x/*"], r#"{"e":{"p":[]}}"#, 0),
            // The object in which it should stand is absent too.
            (
                ["/p/*/i/b", "/x/*"],
                r#"{"p":[{"n":1},{"i":null},{"i":{}}]}"#,
                3,
            ),
            (["/i/b", "/x/*"], r#"{"n":1}"#, 1),
            // A partner who is absent is nobody, as long as somebody is named; one who is there is somebody.
            (["/p/*/b", "/p/*/q/i/b"], r#"{"p":[{"b":1}]}"#, 0),
            (
                ["/p/*/b", "/p/*/q/i/b"],
                r#"{"p":[{"b":1,"q":{"n":1}}]}"#,
                1,
            ),
            // Lists in lists: elements count at the level that tells most.
            (
                ["/h/*/p/*/b", "/x/*"],
                r#"{"h":[{"p":[{},{}]},{"p":[]},{}]}"#,
                4,
            ),
            (["/*/*/b", "/x"], "[[{},{}],[]]", 2),
            // Another shape is told as such.
            (["/p/*/b", "/x/*"], r#"{"p":[1,[]]}"#, 0),
        ] {
            assert_eq!(see(&pointers, document).absent, expected, "{document}");
        }
    }
}
