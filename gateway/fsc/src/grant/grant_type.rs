//! The four types of grant and their numbers.

use serde::{Deserialize, Serialize};

/// The type of a grant (FSC Core 2.0.0, Type mappings).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum GrantType {
    /// A service is published in a directory.
    #[serde(rename = "GRANT_TYPE_SERVICE_PUBLICATION")]
    ServicePublication,
    /// An outway may call a service.
    #[serde(rename = "GRANT_TYPE_SERVICE_CONNECTION")]
    ServiceConnection,
    /// An outway may call a service on behalf of another Peer.
    #[serde(rename = "GRANT_TYPE_DELEGATED_SERVICE_CONNECTION")]
    DelegatedServiceConnection,
    /// A service is published on behalf of another Peer.
    #[serde(rename = "GRANT_TYPE_DELEGATED_SERVICE_PUBLICATION")]
    DelegatedServicePublication,
}

impl GrantType {
    /// All types, in the order of their numbers.
    pub const ALL: [Self; 4] = [
        Self::ServicePublication,
        Self::ServiceConnection,
        Self::DelegatedServiceConnection,
        Self::DelegatedServicePublication,
    ];

    /// The name in JSON and in the `grant_type` filter of `GET /contracts`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ServicePublication => "GRANT_TYPE_SERVICE_PUBLICATION",
            Self::ServiceConnection => "GRANT_TYPE_SERVICE_CONNECTION",
            Self::DelegatedServiceConnection => "GRANT_TYPE_DELEGATED_SERVICE_CONNECTION",
            Self::DelegatedServicePublication => "GRANT_TYPE_DELEGATED_SERVICE_PUBLICATION",
        }
    }

    /// The type with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == name)
    }

    /// The number of the grant type. It is *not* the number in a grant hash: see
    /// [`hash_type`](Self::hash_type).
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::ServicePublication => 1,
            Self::ServiceConnection => 2,
            Self::DelegatedServiceConnection => 3,
            Self::DelegatedServicePublication => 4,
        }
    }

    /// The number of the hash type, the second number of a grant hash.
    #[must_use]
    pub fn hash_type(self) -> u8 {
        match self {
            Self::ServicePublication => 2,
            Self::ServiceConnection => 3,
            Self::DelegatedServiceConnection => 4,
            Self::DelegatedServicePublication => 5,
        }
    }

    /// Whether the grant publishes a service; if not, it connects to one.
    #[must_use]
    pub fn is_publication(self) -> bool {
        matches!(
            self,
            Self::ServicePublication | Self::DelegatedServicePublication
        )
    }
}
