//! What a decision releases.

use std::sync::Arc;

use super::dropped::Dropped;
use super::{MinimiseError, NarrowError, filter, narrow, problem};
use crate::{Answer, GroupSet, Operation, Subject};

/// What a decision releases: data groups of one operation. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Release {
    pub(crate) operation: Operation,
    pub(crate) groups: GroupSet,
    /// The most persons that the answer may be about, when only the answer can tell.
    pub(crate) subjects_max: Option<u32>,
    /// How many persons the request names.
    pub(crate) subjects_asked: usize,
}

/// An answer that holds no more than is released.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Minimised {
    /// The answer: valid JSON, numbers and texts as the source wrote them.
    pub body: Vec<u8>,
    /// What was left out, a line for each place: at most [`Release::DROPPED_MAX`] lines.
    pub dropped: Vec<Dropped>,
    /// What was left out beyond those lines, counted.
    pub dropped_more: u32,
    /// The released data groups that the answer really holds.
    pub groups: Vec<Arc<str>>,
    /// The persons that the answer names, each once: at most [`Release::SUBJECTS_MAX`]. Also those whose identifying
    /// value is not released.
    pub subjects: Vec<Subject>,
    /// Whether the answer may be about persons whom neither `subjects` names nor the request: it has a person without an
    /// identifying value, more persons than [`Release::SUBJECTS_MAX`], or another shape than the service's description says.
    pub subjects_incomplete: bool,
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
        self.operation.answer() == Answer::Whole
    }

    /// Whether [`Release::narrow`] could change a request: else the body can be passed on as it is.
    pub fn narrows(&self) -> bool {
        self.operation.0.list.is_some() && !self.groups.includes(self.operation.0.groups)
    }

    /// The request body, asking for no more than is released: in its list of fields, what is not released is taken out
    /// and what is wider than is released is replaced by the released fields in it. A request without a list asks for
    /// everything, so it gets the list of everything released. All else stays byte for byte.
    ///
    /// # Errors
    ///
    /// When nothing is left to ask, or the body is not the one that was read.
    pub fn narrow(&self, request_body: &[u8]) -> Result<Vec<u8>, NarrowError> {
        match &self.operation.0.list {
            Some(list) if self.narrows() => {
                narrow::narrow(list, &self.operation.0.fields, self.groups, request_body)
            }
            _ => Ok(request_body.to_vec()),
        }
    }

    /// The answer, holding no more than is released.
    ///
    /// Fields of other groups and fields that nobody classified are left out and counted. Objects and lists on the way
    /// to a released field stay, also when they become empty: a consumer must not take "no data released" for "not
    /// found". An empty body stays empty.
    ///
    /// # Errors
    ///
    /// When the answer cannot be read with certainty, or is about too many persons; nothing of it may be passed on.
    pub fn minimise(&self, answer_body: &[u8]) -> Result<Minimised, MinimiseError> {
        if self.is_whole() {
            return Err(MinimiseError::Whole);
        }
        filter::filter(self, answer_body)
    }

    /// An error answer of a gateway on the way, with only the members of an FSC error and of problem details (RFC 9457),
    /// each only when no BSN stands in it. What else it holds was not made by a gateway.
    ///
    /// # Errors
    ///
    /// When it is not a JSON object that can be read with certainty; nothing of it may be passed on.
    pub fn minimise_gateway_error(error_body: &[u8]) -> Result<Vec<u8>, MinimiseError> {
        problem::minimise(&problem::GATEWAY_ERROR_MEMBERS, error_body)
    }

    /// An error answer (RFC 9457 problem details) with only the members that may pass: by default `type`, `title`,
    /// `status` and `code`, each only when it is a plain value in which no BSN stands. An empty body stays empty.
    ///
    /// # Errors
    ///
    /// When it is not a JSON object that can be read with certainty; nothing of it may be passed on.
    pub fn minimise_error_answer(&self, error_body: &[u8]) -> Result<Vec<u8>, MinimiseError> {
        problem::minimise(&self.operation.0.errors, error_body)
    }
}
