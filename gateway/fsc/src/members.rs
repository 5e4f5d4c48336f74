//! Takes the members of a JSON object one by one, and names the place of what is wrong.

use serde_json::{Map, Value};
use thiserror::Error;

use crate::json::{INTEGER_MAX, shown};

/// Why a JSON value has not the shape that the standard gives it. `path` says where, as in
/// `content.grants[0].data.service.name`; the value is never repeated.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ShapeError {
    /// A required member is absent.
    #[error("{path} is missing")]
    Missing {
        /// Where.
        path: String,
    },
    /// A member that the standard does not define. Ignoring it would change the hash that both
    /// parties sign.
    #[error(
        "{path} is not a member that the standard defines; leave it out or put it in properties"
    )]
    Unknown {
        /// Where.
        path: String,
    },
    /// A value of another JSON type.
    #[error("{path} must be {expected}")]
    WrongType {
        /// Where.
        path: String,
        /// The type that belongs there, with its article.
        expected: &'static str,
    },
    /// A value of the right type that is not allowed.
    #[error("{path} is not valid: {reason}")]
    Invalid {
        /// Where.
        path: String,
        /// What would be valid.
        reason: String,
    },
}

/// The members of one object that have not been taken yet.
pub(crate) struct Members {
    path: String,
    left: Map<String, Value>,
}

impl Members {
    pub(crate) fn new(path: &str, left: Map<String, Value>) -> Self {
        Self {
            path: path.to_owned(),
            left,
        }
    }

    /// The object that stands at `path`.
    pub(crate) fn of(path: &str, value: Value) -> Result<Self, ShapeError> {
        match value {
            Value::Object(left) => Ok(Self::new(path, left)),
            _ => Err(wrong(path, "an object")),
        }
    }

    /// The path of a member of this object.
    pub(crate) fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.left.contains_key(name)
    }

    pub(crate) fn missing(&self, name: &str) -> ShapeError {
        ShapeError::Missing {
            path: self.path_of(name),
        }
    }

    pub(crate) fn optional(&mut self, name: &str) -> Option<Value> {
        self.left.remove(name)
    }

    pub(crate) fn required(&mut self, name: &str) -> Result<Value, ShapeError> {
        self.optional(name).ok_or_else(|| self.missing(name))
    }

    pub(crate) fn object(&mut self, name: &str) -> Result<Self, ShapeError> {
        let value = self.required(name)?;
        Self::of(&self.path_of(name), value)
    }

    pub(crate) fn optional_object(&mut self, name: &str) -> Result<Option<Self>, ShapeError> {
        let path = self.path_of(name);
        self.optional(name)
            .map(|value| Self::of(&path, value))
            .transpose()
    }

    /// An optional object whose members are free.
    pub(crate) fn optional_map(
        &mut self,
        name: &str,
    ) -> Result<Option<Map<String, Value>>, ShapeError> {
        Ok(self.optional_object(name)?.map(|members| members.left))
    }

    pub(crate) fn array(&mut self, name: &str) -> Result<Vec<Value>, ShapeError> {
        match self.required(name)? {
            Value::Array(elements) => Ok(elements),
            _ => Err(wrong(&self.path_of(name), "an array")),
        }
    }

    pub(crate) fn text(&mut self, name: &str) -> Result<String, ShapeError> {
        match self.required(name)? {
            Value::String(text) => Ok(text),
            _ => Err(wrong(&self.path_of(name), "a string")),
        }
    }

    pub(crate) fn optional_text(&mut self, name: &str) -> Result<Option<String>, ShapeError> {
        if self.has(name) {
            self.text(name).map(Some)
        } else {
            Ok(None)
        }
    }

    /// A string that `read` understands; its error says what would be valid.
    pub(crate) fn parsed<T, E: std::fmt::Display>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, ShapeError> {
        let text = self.text(name)?;
        read(&text).map_err(|reason| invalid(self.path_of(name), reason))
    }

    pub(crate) fn optional_parsed<T, E: std::fmt::Display>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, ShapeError> {
        if self.has(name) {
            self.parsed(name, read).map(Some)
        } else {
            Ok(None)
        }
    }

    /// A moment in Unix seconds: a whole number from 0 to 2^53 - 1.
    pub(crate) fn unix_seconds(&mut self, name: &str) -> Result<i64, ShapeError> {
        match self.required(name)?.as_i64() {
            Some(seconds) if (0..=INTEGER_MAX).contains(&seconds) => Ok(seconds),
            _ => Err(wrong(
                &self.path_of(name),
                "a whole number of Unix seconds, 0 or more",
            )),
        }
    }

    /// Everything must have been taken.
    pub(crate) fn finish(self) -> Result<(), ShapeError> {
        match self.left.keys().next() {
            None => Ok(()),
            Some(name) => Err(ShapeError::Unknown {
                path: self.path_of(&shown(name)),
            }),
        }
    }
}

pub(crate) fn invalid(path: String, reason: impl std::fmt::Display) -> ShapeError {
    ShapeError::Invalid {
        path,
        reason: reason.to_string(),
    }
}

fn wrong(path: &str, expected: &'static str) -> ShapeError {
    ShapeError::WrongType {
        path: path.to_owned(),
        expected,
    }
}
