//! What a contract says about purposes.

use serde_json::{Map, Value};

/// The purposes that a grant binds: its property `purpose_binding.connection`, signed by both parties.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurposeBinding {}

/// Why the purpose binding of a grant cannot be read. The grant then permits nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`purpose_binding.connection` in the grant's properties: {place} {mistake}")]
pub struct PurposeBindingError {
    place: String,
    mistake: &'static str,
}

impl PurposeBinding {
    /// The name of the property.
    pub const PROPERTY: &'static str = "purpose_binding.connection";

    /// Reads the binding from the properties of a grant. `Ok(None)` when they do not mention purposes.
    ///
    /// # Errors
    ///
    /// When the property is there but not in its agreed form: an unknown key could be a condition, so it is refused.
    pub fn from_properties(
        properties: Option<&Map<String, Value>>,
    ) -> Result<Option<PurposeBinding>, PurposeBindingError> {
        let Some(_property) = properties.and_then(|map| map.get(Self::PROPERTY)) else {
            return Ok(None);
        };
        Err(PurposeBindingError {
            place: String::new(),
            mistake: "cannot be read yet",
        })
    }
}
