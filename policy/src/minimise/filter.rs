//! The answer filter: one pass over the bytes, what is released is copied as it stands.

use std::ops::Range;

use super::dropped::DroppedList;
use super::{MinimiseError, Minimised, Release};
use crate::GroupSet;
use crate::capture::{self, Capture, OpenObject, Sink};
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
            unnamed: 0,
            told: 0,
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
        subjects,
        ..
    } = filter;
    if let Some(subjects_max) = release.subjects_max
        && (wanted.is_none() || subjects.may_exceed(subjects_max))
    {
        return Err(MinimiseError::TooManySubjects { subjects_max });
    }
    Ok(Minimised {
        body,
        dropped_more: dropped.more,
        dropped: dropped.into_lines(),
        groups: release.operation.group_names(present),
        subjects_incomplete: subjects.is_incomplete(release.subjects_asked),
        subjects: subject_kind
            .map(|kind| subjects.list.into_subjects(kind))
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
                capture::read(wanted, scanner, &mut self.subjects)?;
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
        let mut object = OpenObject::new(wanted, &self.subjects);
        scanner.object(|scanner, member| {
            let wanted = object.member(&member.name);
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
        object.close(&mut self.subjects);
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

/// Takes the persons that the answer names, and counts those whom it does not.
///
/// A person need not come with a number: whoever asks for name and address of everybody at an address gets just that, and
/// narrowing takes the number out of a request when it is not released. So an object that should name a person and does
/// not (the place is absent, null or empty) counts as one more person. Two such objects may be one person, and an object may
/// be about none at all (a role of an organisation); nobody can tell, and the limit is there to hold, so all count.
struct Subjects<'a> {
    kind: &'a str,
    list: SubjectList,
    /// Persons without a value that identifies them.
    unnamed: usize,
    told: usize,
}

impl Subjects<'_> {
    /// How many persons there can be.
    fn count(&self) -> usize {
        self.list.len().saturating_add(self.unnamed)
    }

    /// Whether there may be more persons than this, also because some cannot be counted.
    fn may_exceed(&self, subjects_max: u32) -> bool {
        self.list.incomplete || self.count() > usize::try_from(subjects_max).unwrap_or(usize::MAX)
    }

    /// Whether there may be persons whom neither the list names nor the request, which names `subjects_asked`. An answer
    /// without numbers about no more persons than were asked for by number is about them.
    fn is_incomplete(&self, subjects_asked: usize) -> bool {
        self.list.incomplete || (self.unnamed > 0 && self.count() > subjects_asked)
    }
}

impl Sink for Subjects<'_> {
    fn found(&mut self, _: usize, kind: Kind, scanner: &Scanner<'_>, span: Range<usize>) {
        let raw = scanner.slice(span);
        if self.list.note(self.kind, kind, raw, Release::SUBJECTS_MAX) {
            self.told = self.told.saturating_add(1);
        } else {
            self.absent();
        }
    }

    fn misfit(&mut self, _: usize) {
        self.list.incomplete = true;
        self.told = self.told.saturating_add(1);
    }

    fn absent(&mut self) {
        self.unnamed = self.unnamed.saturating_add(1);
        self.told = self.told.saturating_add(1);
    }

    fn told(&self) -> usize {
        self.told
    }
}
