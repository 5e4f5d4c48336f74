//! The answer filter: one pass over the bytes, what is released is copied as it stands.

use std::ops::Range;

use super::dropped::DroppedList;
use super::{MinimiseError, Minimised, Release};
use crate::GroupSet;
use crate::capture::{self, Capture, Sink};
use crate::field::{Field, Shape};
use crate::json::{JsonError, Kind, Scanner};
use crate::subject::SubjectList;

pub(super) fn filter(release: &Release, answer: &[u8]) -> Result<Minimised, MinimiseError> {
    if answer.is_empty() {
        return Ok(Minimised::default());
    }
    let operation = &release.operation.0;
    let subject_kind = operation.subjects.as_ref().map(|rule| &rule.kind);
    let mut filter = Filter {
        released: release.groups,
        body: Vec::with_capacity(answer.len()),
        present: GroupSet::EMPTY,
        dropped: DroppedList::default(),
        subjects: Subjects {
            kind: subject_kind.map_or("", |kind| kind),
            list: SubjectList::default(),
        },
    };
    let wanted = operation
        .subjects
        .as_ref()
        .map(|rule| &rule.answer)
        .filter(|wanted| !wanted.is_empty());
    let mut scanner = Scanner::new(answer)?;
    if !filter.value(&mut scanner, &operation.fields, wanted)? {
        filter.body.extend_from_slice(b"null"); // the whole answer is something else than the description says
    }
    scanner.end()?;

    let Filter {
        body,
        present,
        dropped,
        subjects: Subjects { list: subjects, .. },
        ..
    } = filter;
    if let Some(subjects_max) = release.subjects_max
        && subjects.len() > usize::try_from(subjects_max).unwrap_or(usize::MAX)
    {
        return Err(MinimiseError::TooManySubjects { subjects_max });
    }
    Ok(Minimised {
        body,
        dropped_more: dropped.more,
        dropped: dropped.into_lines(),
        groups: release.operation.group_names(present),
        subjects_incomplete: subjects.incomplete,
        subjects: subject_kind
            .map(|kind| subjects.into_subjects(kind))
            .unwrap_or_default(),
    })
}

struct Filter<'a> {
    released: GroupSet,
    body: Vec<u8>,
    /// The groups of which something was copied.
    present: GroupSet,
    dropped: DroppedList<'a>,
    subjects: Subjects<'a>,
}

impl<'a> Filter<'a> {
    /// Reads a value, copying what of it is released. False when nothing is, or when the value has another shape than
    /// the description says; nothing is copied then.
    fn value(
        &mut self,
        scanner: &mut Scanner<'a>,
        field: &'a Field,
        wanted: Option<&Capture>,
    ) -> Result<bool, JsonError> {
        let kind = scanner.kind()?;
        if !field.is_released(self.released) {
            capture::read(wanted, scanner, &mut self.subjects)?;
            self.dropped.withheld(&field.path);
            return Ok(false);
        }
        match (&field.shape, kind) {
            (Shape::Whole, _) => {
                let span = capture::read(wanted, scanner, &mut self.subjects)?;
                self.body.extend_from_slice(scanner.slice(span).as_bytes());
                self.present = self.present.union(field.groups);
                return Ok(true);
            }
            // Where an object or list is expected, null says no more than that the fields below are absent.
            (_, Kind::Null) => {
                scanner.skip()?;
                self.body.extend_from_slice(b"null");
                return Ok(true);
            }
            (Shape::Members(_), Kind::Object) | (Shape::Each(_), Kind::Array) => {}
            _ => {
                capture::read(wanted, scanner, &mut self.subjects)?;
                self.dropped.misshapen(&field.path);
                return Ok(false);
            }
        }
        let start = scanner.offset();
        if let Some(wanted) = wanted {
            wanted.note_misfit(kind, &mut self.subjects);
        }
        match &field.shape {
            Shape::Each(each) => self.list(scanner, each, wanted)?,
            _ => self.object(scanner, field, wanted)?,
        }
        if let Some(wanted) = wanted {
            wanted.note_found(kind, scanner, start..scanner.offset(), &mut self.subjects);
        }
        Ok(true)
    }

    fn object(
        &mut self,
        scanner: &mut Scanner<'a>,
        field: &'a Field,
        wanted: Option<&Capture>,
    ) -> Result<(), JsonError> {
        self.body.push(b'{');
        let mut is_first = true;
        scanner.object(|scanner, member| {
            let wanted = wanted.and_then(|wanted| wanted.member(&member.name));
            match field.member(&member.name) {
                Some(below) => {
                    let before = self.body.len();
                    if !is_first {
                        self.body.push(b',');
                    }
                    self.body
                        .extend_from_slice(scanner.slice(member.span).as_bytes());
                    self.body.push(b':');
                    if self.value(scanner, below, wanted)? {
                        is_first = false;
                    } else {
                        self.body.truncate(before);
                    }
                }
                None => {
                    capture::read(wanted, scanner, &mut self.subjects)?;
                    self.dropped.unclassified(&field.path, member.name);
                }
            }
            Ok::<(), JsonError>(())
        })?;
        self.body.push(b'}');
        Ok(())
    }

    fn list(
        &mut self,
        scanner: &mut Scanner<'a>,
        each: &'a Field,
        wanted: Option<&Capture>,
    ) -> Result<(), JsonError> {
        let wanted = wanted.and_then(Capture::each);
        self.body.push(b'[');
        let mut is_first = true;
        scanner.array(|scanner| {
            let before = self.body.len();
            if !is_first {
                self.body.push(b',');
            }
            if self.value(scanner, each, wanted)? {
                is_first = false;
            } else {
                self.body.truncate(before);
            }
            Ok::<(), JsonError>(())
        })?;
        self.body.push(b']');
        Ok(())
    }
}

/// Takes the persons that the answer names.
struct Subjects<'a> {
    kind: &'a str,
    list: SubjectList,
}

impl Sink for Subjects<'_> {
    fn found(&mut self, _: usize, kind: Kind, scanner: &Scanner<'_>, span: Range<usize>) {
        self.list
            .note(self.kind, kind, scanner.slice(span), Release::SUBJECTS_MAX);
    }

    fn misfit(&mut self, _: usize) {
        self.list.incomplete = true;
    }
}
