//! The name of a Regulated Area.

use std::sync::Arc;

use thiserror::Error;

use crate::text::shared_text;

/// The name of a Regulated Area. The draft gives it no form; this one fits in a path as it is, and holds its example,
/// `test-area`: 1 to 100 letters, digits, hyphens, dots and underscores, beginning with a letter or digit.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AreaName(Arc<str>);

/// Why a text is not the name of a Regulated Area.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "the name of a regulated area has 1 to 100 letters, digits, hyphens, dots and underscores and begins with a letter or digit"
)]
pub struct AreaNameError;

impl AreaName {
    /// Reads a name.
    ///
    /// # Errors
    /// [`AreaNameError`] when the text has another form.
    pub fn parse(text: &str) -> Result<Self, AreaNameError> {
        let fits = (1..=100).contains(&text.len())
            && text.bytes().enumerate().all(|(position, byte)| {
                byte.is_ascii_alphanumeric() || (position > 0 && b"-._".contains(&byte))
            });
        if fits {
            Ok(Self(Arc::from(text)))
        } else {
            Err(AreaNameError)
        }
    }
}

shared_text!(AreaName, AreaNameError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_fits_in_a_path() {
        for good in ["test-area", "zorg.v1_2", "a", &"g".repeat(100)] {
            assert!(AreaName::parse(good).is_ok(), "{good}");
        }
        for bad in ["", ".", "..", "a/b", "a b", "é", "%2e", &"g".repeat(101)] {
            assert_eq!(AreaName::parse(bad), Err(AreaNameError), "{bad}");
        }
    }
}
