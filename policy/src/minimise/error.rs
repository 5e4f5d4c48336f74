//! Why a request could not be narrowed or an answer not be minimised.

use crate::json::{JsonError, Mistake};

/// Why a request could not be narrowed; it is not passed on then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NarrowError {
    /// Nothing of what was asked is released.
    #[error("none of the fields that the request asks for is released; ask for released fields")]
    NothingLeft,
    /// The body is not the JSON that was read before.
    #[error("the request body cannot be narrowed at byte {offset}: {mistake}")]
    Unreadable {
        /// Byte at which reading stopped.
        offset: usize,
        /// What is wrong there.
        mistake: &'static str,
    },
}

impl From<JsonError> for NarrowError {
    fn from(error: JsonError) -> NarrowError {
        let mistake = match error.mistake {
            Mistake::NotUtf8 => "it is not UTF-8",
            Mistake::Duplicate => "a member stands twice in one object",
            Mistake::Syntax(mistake) => mistake,
        };
        NarrowError::Unreadable {
            offset: error.offset,
            mistake,
        }
    }
}

/// Why an answer could not be minimised; it is not passed on then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MinimiseError {
    /// The answer is not UTF-8.
    #[error("the answer is not valid UTF-8 at byte {offset}")]
    NotUtf8 {
        /// Byte at which reading stopped.
        offset: usize,
    },
    /// The answer is not JSON, or nested too deep.
    #[error("the answer is not valid JSON at byte {offset}: {mistake}")]
    NotJson {
        /// Byte at which reading stopped.
        offset: usize,
        /// What is wrong there.
        mistake: &'static str,
    },
    /// An object of the answer has a member twice; two readers could then read two answers.
    #[error("the answer has a member twice in one object, at byte {offset}")]
    DuplicateMember {
        /// Byte at which the second one starts.
        offset: usize,
    },
    /// The answer is, or may be, about more persons than the row of the register allows.
    #[error(
        "the answer is, or may be, about more persons than the register allows for this purpose: at most {subjects_max}; ask more narrowly"
    )]
    TooManySubjects {
        /// What the row allows.
        subjects_max: u32,
    },
    /// The answer of this operation is passed on unread; there is nothing to minimise.
    #[error("the answer of this operation is released whole; pass it on unread")]
    Whole,
}

impl From<JsonError> for MinimiseError {
    fn from(error: JsonError) -> MinimiseError {
        let offset = error.offset;
        match error.mistake {
            Mistake::NotUtf8 => MinimiseError::NotUtf8 { offset },
            Mistake::Duplicate => MinimiseError::DuplicateMember { offset },
            Mistake::Syntax(mistake) => MinimiseError::NotJson { offset, mistake },
        }
    }
}
