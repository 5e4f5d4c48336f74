//! The name of an FSC Group.

use std::sync::Arc;

use thiserror::Error;

use crate::text::shared_text;

/// The identifier of an FSC Group, `^[a-zA-Z0-9./_-]{1,100}$` (FSC Core 2.0.0, Group ID).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupId(Arc<str>);

/// Why a text is not a Group ID.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("a group id has 1 to 100 letters, digits, dots, slashes, underscores and hyphens")]
pub struct GroupIdError;

impl GroupId {
    /// Reads a Group ID.
    ///
    /// # Errors
    /// [`GroupIdError`] when the text has another form.
    pub fn parse(text: &str) -> Result<Self, GroupIdError> {
        let fits = (1..=100).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"./_-".contains(&byte));
        if fits {
            Ok(Self(Arc::from(text)))
        } else {
            Err(GroupIdError)
        }
    }
}

shared_text!(GroupId, GroupIdError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_regular_expression_of_the_standard_decides() {
        for good in [
            "a",
            "fsc-example-group",
            "test.example/v1_2",
            &"g".repeat(100),
        ] {
            assert!(GroupId::parse(good).is_ok(), "{good}");
        }
        for bad in ["", " a", "a b", "groep:1", "é", &"g".repeat(101)] {
            assert_eq!(GroupId::parse(bad), Err(GroupIdError), "{bad}");
        }
    }

    #[test]
    fn json_is_validated_on_the_way_in() {
        let id: GroupId = serde_json::from_str(r#""test.example""#).unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), r#""test.example""#);
        assert!(serde_json::from_str::<GroupId>(r#""no spaces""#).is_err());
    }
}
