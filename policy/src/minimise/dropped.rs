//! What was left out of an answer.

use std::borrow::Cow;
use std::sync::Arc;

use super::Release;
use crate::shown::{NOT_SHOWN, shown};

/// Something that was left out of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// Where, as a JSON pointer with `*` for every element of a list. Never a value; a name that does not look like one
    /// out of a data description is `(not shown)`.
    pub path: Arc<str>,
    /// How often.
    pub count: u32,
    /// Whether it is in no data group at all: the source added a field that nobody classified.
    pub unclassified: bool,
}

/// Collects what is left out, a line for each place.
#[derive(Debug, Default)]
pub(super) struct DroppedList<'a> {
    lines: Vec<Line<'a>>,
    pub(super) more: u32,
}

#[derive(Debug)]
struct Line<'a> {
    place: &'a Arc<str>,
    /// The member that nobody classified, below the place.
    name: Option<Cow<'a, str>>,
    count: u32,
    unclassified: bool,
}

impl<'a> DroppedList<'a> {
    /// A place of a group that is not released.
    pub(super) fn withheld(&mut self, place: &'a Arc<str>) {
        self.note(place, None, false);
    }

    /// A place at which the answer has something else than the description of the service says.
    pub(super) fn misshapen(&mut self, place: &'a Arc<str>) {
        self.note(place, None, true);
    }

    /// A member that the description of the service does not have.
    pub(super) fn unclassified(&mut self, place: &'a Arc<str>, name: Cow<'a, str>) {
        // Names that are shown are looked for first: they are the ones that come again and again.
        if let Some(line) = self.find(place, Some(&name), true) {
            line.count = line.count.saturating_add(1);
        } else if shown(&name) == NOT_SHOWN {
            self.note(place, Some(Cow::Borrowed(NOT_SHOWN)), true);
        } else {
            self.note(place, Some(name), true);
        }
    }

    fn note(&mut self, place: &'a Arc<str>, name: Option<Cow<'a, str>>, unclassified: bool) {
        if let Some(line) = self.find(place, name.as_deref(), unclassified) {
            line.count = line.count.saturating_add(1);
        } else if self.lines.len() < Release::DROPPED_MAX {
            self.lines.push(Line {
                place,
                name,
                count: 1,
                unclassified,
            });
        } else {
            self.more = self.more.saturating_add(1);
        }
    }

    fn find(
        &mut self,
        place: &Arc<str>,
        name: Option<&str>,
        unclassified: bool,
    ) -> Option<&mut Line<'a>> {
        self.lines.iter_mut().find(|line| {
            Arc::ptr_eq(line.place, place)
                && line.unclassified == unclassified
                && line.name.as_deref() == name
        })
    }

    pub(super) fn into_lines(self) -> Vec<Dropped> {
        self.lines
            .into_iter()
            .map(|line| {
                let path = match line.name {
                    Some(name) => Arc::from(format!("{}/{name}", line.place)),
                    None => line.place.clone(),
                };
                Dropped {
                    path,
                    count: line.count,
                    unclassified: line.unclassified,
                }
            })
            .collect()
    }
}
