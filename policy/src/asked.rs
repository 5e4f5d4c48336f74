//! What a request asks for.

use std::sync::Arc;

use crate::json::{JsonError, Mistake};
use crate::{GroupSet, Operation, Subject};

/// What a request asks for: from [`crate::Candidates::read`].
#[derive(Clone, Debug)]
pub struct Asked {
    /// The operation.
    pub operation: Operation,
    /// The data groups that it asks for: those that its list of fields touches, else all that the operation can give.
    pub groups: GroupSet,
    /// The persons that the request names, each once. The answer may name more.
    pub subjects: Vec<Subject>,
}

impl Asked {
    /// The most persons that one request may name.
    pub const SUBJECTS_MAX: usize = 1000;
    /// The most entries in the list of fields of a request.
    pub const FIELDS_MAX: usize = 1000;
    /// The most characters in an entry of the list of fields.
    pub const FIELD_LENGTH_MAX: usize = 300;
}

/// Why a request cannot be read with certainty. Messages name fields of the service's own description, never a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// No operation of the service has this method and path, or none fits the body.
    #[error(
        "the request is none of the operations that the policy knows; see `services/` for method, path and `where`"
    )]
    OperationUnknown,
    /// The operation needs a body and there is none.
    #[error("the operation needs a JSON body and the request has none; send the body")]
    BodyMissing,
    /// The body is not UTF-8.
    #[error("the request body is not valid UTF-8 at byte {offset}; send JSON in UTF-8")]
    NotUtf8 {
        /// Byte at which reading stopped.
        offset: usize,
    },
    /// The body is not JSON, or nested too deep.
    #[error("the request body is not valid JSON at byte {offset}: {mistake}")]
    NotJson {
        /// Byte at which reading stopped.
        offset: usize,
        /// What is wrong there.
        mistake: &'static str,
    },
    /// An object of the body has a member twice; two readers could then read two requests.
    #[error(
        "the request body has a member twice in one object, at byte {offset}; send each member once"
    )]
    DuplicateMember {
        /// Byte at which the second one starts.
        offset: usize,
    },
    /// The list of fields is not a list of texts.
    #[error(
        "the list of fields at `{pointer}` must be a list of texts of at most 300 characters, at most 1000 of them"
    )]
    FieldListUnreadable {
        /// Where the list is, as in the service's description.
        pointer: Arc<str>,
    },
    /// A field is asked for that is in no data group of the service.
    #[error(
        "the field `{field}` is in no data group of the service; leave it out, or have it put in one"
    )]
    FieldUnknown {
        /// The field, when its name is fit to be shown; else `(not shown)`.
        field: Arc<str>,
    },
    /// An identifier of a person is neither text nor number.
    #[error(
        "the request must hold texts or numbers at `{pointer}`, at most 1000 of them, each of at most 100 characters"
    )]
    SubjectUnreadable {
        /// Where it is, as in the service's description.
        pointer: Arc<str>,
    },
}

impl From<JsonError> for RequestError {
    fn from(error: JsonError) -> RequestError {
        let offset = error.offset;
        match error.mistake {
            Mistake::NotUtf8 => RequestError::NotUtf8 { offset },
            Mistake::Duplicate => RequestError::DuplicateMember { offset },
            Mistake::Syntax(mistake) => RequestError::NotJson { offset, mistake },
        }
    }
}
