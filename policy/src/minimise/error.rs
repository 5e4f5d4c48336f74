//! Why a request could not be narrowed or an answer not be minimised.

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
    /// The answer is about more persons than the row of the register allows.
    #[error(
        "the answer is about more persons than the register allows for this purpose: at most {subjects_max}"
    )]
    TooManySubjects {
        /// What the row allows.
        subjects_max: u32,
    },
}
