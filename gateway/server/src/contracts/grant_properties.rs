//! What the properties of a grant say that this gateway acts upon.

use sluis_fsc::ShapeError;
use sluis_fsc::grant::{ExternalContract, GrantData};
use sluis_policy::{PurposeBinding, PurposeBindingError};
use thiserror::Error;

/// The properties that mean something to us; all others are kept, signed and passed on unread.
#[derive(Debug, Clone, Default)]
pub struct GrantProperties {
    /// What the contract says about purposes.
    pub purposes: Option<PurposeBinding>,
    /// The contract outside FSC under which one organisation acts for another.
    pub external_contract: Option<ExternalContract>,
}

/// Why such a property cannot be read. A grant with it allows nothing.
#[derive(Debug, Clone, Error)]
pub enum GrantPropertiesError {
    /// The purposes.
    #[error(transparent)]
    Purposes(#[from] PurposeBindingError),
    /// The reference to a contract outside FSC.
    #[error(transparent)]
    ExternalContract(#[from] ShapeError),
}

impl GrantProperties {
    /// Reads the properties of a grant.
    ///
    /// # Errors
    /// [`GrantPropertiesError`] names the property and what is wrong with it.
    pub fn read(grant: &GrantData) -> Result<Self, GrantPropertiesError> {
        Ok(Self {
            purposes: PurposeBinding::from_properties(grant.properties())?,
            external_contract: ExternalContract::of(grant)?,
        })
    }
}
