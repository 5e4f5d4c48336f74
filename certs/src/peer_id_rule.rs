//! Where a certificate keeps the peer id, and what it must look like.

use crate::{Attribute, OinError, OinRules, PeerId};

/// Where a certificate keeps the FSC Peer ID, and what it must look like. FSC Core leaves both to the
/// group; Digikoppeling takes the OIN in `subject.serialNumber`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerIdRule {
    /// The attribute of the subject.
    pub attribute: Attribute,
    /// What it must look like.
    pub form: PeerIdForm,
}

/// What a peer id must look like, besides its 3 to 255 printable characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeerIdForm {
    /// An OIN.
    Oin(OinRules),
    /// Anything.
    Any,
}

impl PeerIdRule {
    /// Checks the form.
    ///
    /// # Errors
    ///
    /// [`OinError`] where the group's ids are OINs and this is none that is accepted.
    pub fn check(&self, id: &PeerId) -> Result<(), OinError> {
        match &self.form {
            PeerIdForm::Oin(rules) => rules.parse(id.as_str()).map(drop),
            PeerIdForm::Any => Ok(()),
        }
    }
}
