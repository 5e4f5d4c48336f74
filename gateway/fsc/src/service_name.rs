//! The name of a service of a Peer.

use std::sync::Arc;

use thiserror::Error;

use crate::text::shared_text;

/// The name of a service, unique within its Peer: `^[a-zA-Z0-9-._]{1,100}$` (FSC Core 2.0.0,
/// ServicePublicationGrant). The OpenAPI file says 3 to 255 characters; the text of the standard is
/// followed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServiceName(Arc<str>);

/// Why a text is not a service name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("a service name has 1 to 100 letters, digits, hyphens, dots and underscores")]
pub struct ServiceNameError;

impl ServiceName {
    /// Reads a service name.
    ///
    /// # Errors
    /// [`ServiceNameError`] when the text has another form.
    pub fn parse(text: &str) -> Result<Self, ServiceNameError> {
        let fits = (1..=100).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
        if fits {
            Ok(Self(Arc::from(text)))
        } else {
            Err(ServiceNameError)
        }
    }
}

shared_text!(ServiceName, ServiceNameError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_regular_expression_of_the_standard_decides() {
        for good in ["z", "zaken-api", "BRP_personen.v2", &"s".repeat(100)] {
            assert!(ServiceName::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "zaken/api", "zaken api", "ü", &"s".repeat(101)] {
            assert_eq!(ServiceName::parse(bad), Err(ServiceNameError), "{bad}");
        }
    }
}
