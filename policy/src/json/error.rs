//! Where and why JSON could not be read.

/// Where reading stopped, and why. Holds no part of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct JsonError {
    /// Byte at which reading stopped.
    pub(crate) offset: usize,
    /// What is wrong there.
    pub(crate) mistake: Mistake,
}

/// What is wrong with a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mistake {
    /// The bytes are not UTF-8.
    NotUtf8,
    /// A member stands twice in one object.
    Duplicate,
    /// The grammar is broken, or the document is nested too deep.
    Syntax(&'static str),
}
