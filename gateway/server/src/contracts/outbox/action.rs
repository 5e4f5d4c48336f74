//! What there is to tell.

use sluis_fsc::signature::SignatureType;

/// What is told to the peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OutboxAction {
    /// `POST /contracts`: the contract, with our accept signature.
    Submit,
    /// `PUT /contracts/{hash}/accept`.
    Accept,
    /// `PUT /contracts/{hash}/reject`.
    Reject,
    /// `PUT /contracts/{hash}/revoke`.
    Revoke,
}

impl OutboxAction {
    pub(super) const ALL: [Self; 4] = [Self::Submit, Self::Accept, Self::Reject, Self::Revoke];

    /// The name in the store and in messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Accept => "accept",
            Self::Reject => "reject",
            Self::Revoke => "revoke",
        }
    }

    /// The kind of signature that is told.
    #[must_use]
    pub const fn signature_type(self) -> SignatureType {
        match self {
            Self::Submit | Self::Accept => SignatureType::Accept,
            Self::Reject => SignatureType::Reject,
            Self::Revoke => SignatureType::Revoke,
        }
    }

    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == name)
    }
}

impl From<SignatureType> for OutboxAction {
    fn from(signature_type: SignatureType) -> Self {
        match signature_type {
            SignatureType::Accept => Self::Accept,
            SignatureType::Reject => Self::Reject,
            SignatureType::Revoke => Self::Revoke,
        }
    }
}
