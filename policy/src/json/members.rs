//! Finds a member that stands twice in one object.

use std::borrow::Cow;
use std::collections::HashSet;

use super::text::text_of;

/// Up to this many members are compared with each other; beyond it a set is made. Comparing is faster for the objects
/// that APIs have; the set keeps a hostile object from costing the square of its size.
const COMPARE_MAX: usize = 24;

/// The member names of every object that is open, innermost last. One list for the whole document, so that an object
/// costs no allocation.
#[derive(Debug, Default)]
pub(crate) struct OpenMembers<'a> {
    names: Vec<Name<'a>>,
}

#[derive(Debug)]
struct Name<'a> {
    /// Differs for most names that differ, so that most comparisons are of one number.
    print: u64,
    /// As the document writes it, quotes included.
    raw: &'a str,
}

/// The members of one open object.
#[derive(Debug)]
pub(crate) struct Frame<'a> {
    start: usize,
    many: Option<HashSet<Cow<'a, str>>>,
}

impl<'a> OpenMembers<'a> {
    /// Starts an object.
    pub(crate) fn open(&self) -> Frame<'a> {
        Frame {
            start: self.names.len(),
            many: None,
        }
    }

    /// Notes a member, `raw` as the document writes it and `name` as it reads; false when the object already has it.
    pub(crate) fn note(&mut self, frame: &mut Frame<'a>, raw: &'a str, name: &str) -> bool {
        if let Some(many) = &mut frame.many {
            return many.insert(text_of(raw));
        }
        let print = print_of(name);
        let known = self.names.get(frame.start..).unwrap_or_default();
        if known
            .iter()
            .any(|other| other.print == print && text_of(other.raw) == name)
        {
            return false;
        }
        if known.len() >= COMPARE_MAX {
            let mut many: HashSet<Cow<'a, str>> = self
                .names
                .drain(frame.start..)
                .map(|other| text_of(other.raw))
                .collect();
            many.insert(text_of(raw));
            frame.many = Some(many);
        } else {
            self.names.push(Name { print, raw });
        }
        true
    }

    /// Ends an object.
    pub(crate) fn close(&mut self, frame: &Frame<'a>) {
        self.names.truncate(frame.start);
    }
}

/// Length, first, middle and last byte in one number.
fn print_of(name: &str) -> u64 {
    let bytes = name.as_bytes();
    let at = |index: usize| u64::from(bytes.get(index).copied().unwrap_or(0));
    let last = bytes.len().saturating_sub(1);
    (bytes.len() as u64) << 32 | at(0) << 16 | at(bytes.len() / 2) << 8 | at(last)
}
