//! Grants: what a contract allows one party to do (FSC Core 2.0.0, Contracts).

mod data;
mod external_contract;
mod grant_type;
mod json;
mod outway;
mod regulated_area;
mod service;

pub use data::{GrantData, Properties};
pub use external_contract::ExternalContract;
pub use grant_type::GrantType;
pub use outway::{DomainName, DomainNameError, NotTheOutway, Outway, OutwayIdentification};
pub use regulated_area::RegulatedArea;
pub use service::{ConnectedService, Protocol, PublishedService};

use crate::{ContentHash, GrantHash, json::JsonError};

/// One grant of one contract: its data and the hash that names it.
///
/// A grant comes only out of a [`Content`](crate::contract::Content), so the hash always belongs to
/// the data; to propose one, put [`GrantData`] in a [`Draft`](crate::contract::Draft).
#[derive(Clone, Debug, PartialEq)]
pub struct Grant {
    data: GrantData,
    hash: GrantHash,
}

impl Grant {
    pub(crate) fn new(
        content_hash: &ContentHash,
        data: GrantData,
        received: &serde_json::Value,
    ) -> Result<Self, JsonError> {
        let canonical = crate::json::canonical(received)?;
        let hash = GrantHash::of_canonical(content_hash, data.grant_type(), &canonical);
        Ok(Self { data, hash })
    }

    /// What is granted.
    #[must_use]
    pub fn data(&self) -> &GrantData {
        &self.data
    }

    /// The hash that names this grant, as in the scope of a token request.
    #[must_use]
    pub fn hash(&self) -> &GrantHash {
        &self.hash
    }
}

impl std::ops::Deref for Grant {
    type Target = GrantData;

    fn deref(&self) -> &GrantData {
        &self.data
    }
}
