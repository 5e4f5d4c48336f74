//! What a decision releases.

use std::sync::Arc;

use super::{MinimiseError, NarrowError};
use crate::{GroupSet, Operation, Subject};

/// What a decision releases: the data groups of one operation. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Release {
    pub(crate) operation: Operation,
    pub(crate) groups: GroupSet,
}

/// An answer that holds no more than is released.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Minimised {
    /// The answer: valid JSON, numbers and texts as the source wrote them.
    pub body: Vec<u8>,
    /// What was left out, a line for each place: at most [`Release::DROPPED_MAX`] lines.
    pub dropped: Vec<Dropped>,
    /// Places that were left out beyond that.
    pub dropped_more: u32,
    /// The released data groups that the answer really holds.
    pub groups: Vec<Arc<str>>,
    /// The persons that the answer names, each once: at most [`Release::SUBJECTS_MAX`].
    pub subjects: Vec<Subject>,
    /// Whether the answer may be about more persons than `subjects` says.
    pub subjects_incomplete: bool,
}

/// Something that was left out of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// Where, as a JSON pointer with `*` for every element of a list. Never a value.
    pub path: Arc<str>,
    /// How often.
    pub count: u32,
    /// Whether it is in no data group at all: the source added a field that nobody classified.
    pub unclassified: bool,
}

impl Release {
    /// The most lines in [`Minimised::dropped`].
    pub const DROPPED_MAX: usize = 64;
    /// The most persons in [`Minimised::subjects`].
    pub const SUBJECTS_MAX: usize = 10_000;

    /// The operation whose data are released.
    pub fn operation(&self) -> &Operation {
        &self.operation
    }

    /// The released data groups.
    pub fn groups(&self) -> GroupSet {
        self.groups
    }

    /// Whether the answer is passed on whole and unread.
    pub fn is_whole(&self) -> bool {
        self.operation.answer() == crate::Answer::Whole
    }

    /// Whether [`Release::narrow`] could change a request: else the body can be passed on as it is.
    pub fn narrows(&self) -> bool {
        false
    }

    /// The request body, asking for no more than is released. Everything outside the list of fields stays byte for byte.
    ///
    /// # Errors
    ///
    /// When nothing is left to ask, or the body is not the one that was read.
    pub fn narrow(&self, request_body: &[u8]) -> Result<Vec<u8>, NarrowError> {
        Ok(request_body.to_vec())
    }

    /// The answer, holding no more than is released. An empty body stays empty.
    ///
    /// # Errors
    ///
    /// When the answer cannot be read with certainty, or is about too many persons; nothing of it may be passed on.
    pub fn minimise(&self, _answer_body: &[u8]) -> Result<Minimised, MinimiseError> {
        Err(MinimiseError::NotJson {
            offset: 0,
            mistake: "cannot be read yet",
        })
    }

    /// An error answer (RFC 9457 problem details) with only the members that may pass: by default `type`, `title`,
    /// `status` and `code`, and no text in which a BSN stands.
    ///
    /// # Errors
    ///
    /// When it is not a JSON object that can be read with certainty; nothing of it may be passed on.
    pub fn minimise_error_answer(&self, _error_body: &[u8]) -> Result<Vec<u8>, MinimiseError> {
        Err(MinimiseError::NotJson {
            offset: 0,
            mistake: "cannot be read yet",
        })
    }
}
