//! Strict reading of JSON without building a tree.
//!
//! RFC 8259, and stricter where two readers could see two documents: UTF-8 only, no member twice in one object, no
//! lone surrogates, a limit on the depth.

mod error;
mod members;
mod scanner;
#[cfg(test)]
mod tests;
mod text;

pub(crate) use error::{JsonError, Mistake};
pub(crate) use scanner::{Kind, Scanner};
pub(crate) use text::text_of;
