//! Contract content that we propose ourselves.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{CONTRACT_BYTES_MAX, Content, ContractError, FSC_VERSION, Validity};
use crate::{GroupId, HashAlgorithm, grant::GrantData, json};

/// The parts of contract content; [`Content::new`] turns them into content.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// The unique number of the contract; a UUIDv7 sorts by time.
    pub iv: Uuid,
    /// The group.
    pub group_id: GroupId,
    /// The period.
    pub validity: Validity,
    /// What is granted, 1 to 10 grants.
    pub grants: Vec<GrantData>,
    /// The moment of creation, in Unix seconds.
    pub created_at: i64,
}

impl Draft {
    fn to_json(&self) -> Value {
        let grants: Vec<Value> = self
            .grants
            .iter()
            .map(|data| json!({ "data": data.to_json() }))
            .collect();
        json!({
            "fsc_version": FSC_VERSION,
            "iv": self.iv.hyphenated().to_string(),
            "group_id": self.group_id,
            "validity": self.validity,
            "grants": grants,
            "hash_algorithm": HashAlgorithm::Sha3_512.as_str(),
            "created_at": self.created_at,
        })
    }
}

impl Content {
    /// Makes content out of a draft. It takes the same way as content that was received, so that
    /// what we propose is never something that we would refuse.
    ///
    /// # Errors
    /// As [`Content::parse`], and [`ContractError::TooDeep`].
    pub fn new(draft: &Draft) -> Result<Self, ContractError> {
        let text = draft.to_json().to_string();
        Self::submitted("", json::read(text.as_bytes(), CONTRACT_BYTES_MAX)?)
    }
}
