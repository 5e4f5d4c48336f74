//! The content of a contract: what both parties sign.

use std::{collections::BTreeSet, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::{Value, value::RawValue};
use sluis_certs::PeerId;
use uuid::Uuid;

use super::{
    CONTENT_LEVELS_MAX, CONTRACT_BYTES_MAX, ContractError, FSC_VERSION, GRANTS_MAX,
    PROPERTIES_BYTES_MAX, Validity,
};
use crate::{
    ContentHash, GrantHash, GroupId, HashAlgorithm, JsonError,
    grant::{Grant, GrantData, GrantType},
    json,
    members::Members,
};

/// The content of a contract. It never changes, is cheap to clone, and is exactly what its hash says:
/// the typed parts are read from the canonical JSON over which the hash is made, and that same text
/// is what is stored and sent on.
///
/// Everything that does not depend on time or receiver has been checked: version, algorithm, shapes,
/// 1 to 10 grants of types that go together, order of the period.
#[derive(Clone)]
pub struct Content(Arc<Inner>);

struct Inner {
    canonical: Box<RawValue>,
    hash: ContentHash,
    iv: Uuid,
    group_id: GroupId,
    validity: Validity,
    grants: Vec<Grant>,
    created_at: i64,
}

/// What a receiving Manager holds against a contract: [`Content::validate`].
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// The receiver's group.
    pub group_id: &'a GroupId,
    /// The moment, in Unix seconds.
    pub now_unix_seconds: i64,
    /// How far another party's clock may run ahead, in seconds.
    pub clock_skew_seconds: i64,
}

impl Content {
    /// Reads content.
    ///
    /// # Errors
    /// The [`ContractError`] that names the first thing wrong.
    pub fn parse(text: &[u8]) -> Result<Self, ContractError> {
        Self::from_json("", json::read(text, CONTRACT_BYTES_MAX)?)
    }

    /// Checks content against the receiver's group and the time (FSC Core 2.0.0, Contract
    /// Validation). That its `iv` is new is for the keeper of the contracts to check.
    ///
    /// # Errors
    /// [`ContractError::OtherGroup`], [`ContractError::CreatedInFuture`] or
    /// [`ContractError::AlreadyExpired`].
    pub fn validate(&self, rules: &Rules<'_>) -> Result<(), ContractError> {
        let inner = &*self.0;
        if inner.group_id != *rules.group_id {
            return Err(ContractError::OtherGroup {
                given: inner.group_id.clone(),
                own: rules.group_id.clone(),
            });
        }
        let ahead_seconds = inner.created_at.saturating_sub(rules.now_unix_seconds);
        if ahead_seconds > rules.clock_skew_seconds {
            return Err(ContractError::CreatedInFuture { ahead_seconds });
        }
        if inner.validity.not_after <= rules.now_unix_seconds {
            return Err(ContractError::AlreadyExpired);
        }
        Ok(())
    }

    /// The hash that names the contract.
    #[must_use]
    pub fn hash(&self) -> &ContentHash {
        &self.0.hash
    }

    /// The content in canonical JSON (RFC 8785): what the hash is made over, what to store and send.
    #[must_use]
    pub fn canonical_json(&self) -> &str {
        self.0.canonical.get()
    }

    /// The number that makes the contract unique.
    #[must_use]
    pub fn iv(&self) -> Uuid {
        self.0.iv
    }

    /// The group.
    #[must_use]
    pub fn group_id(&self) -> &GroupId {
        &self.0.group_id
    }

    /// The period.
    #[must_use]
    pub fn validity(&self) -> Validity {
        self.0.validity
    }

    /// The grants, in the order of the contract.
    #[must_use]
    pub fn grants(&self) -> &[Grant] {
        &self.0.grants
    }

    /// The grant with this hash.
    #[must_use]
    pub fn grant(&self, hash: &GrantHash) -> Option<&Grant> {
        self.0.grants.iter().find(|grant| grant.hash() == hash)
    }

    /// The moment of creation, in Unix seconds.
    #[must_use]
    pub fn created_at(&self) -> i64 {
        self.0.created_at
    }

    /// Every Peer that a grant names. Each must accept, and nobody else's signature counts.
    #[must_use]
    pub fn peers(&self) -> BTreeSet<PeerId> {
        self.0
            .grants
            .iter()
            .flat_map(|grant| grant.peers())
            .cloned()
            .collect()
    }

    /// Whether a grant names the Peer, so that it may submit, sign or see the contract.
    #[must_use]
    pub fn names(&self, peer: &PeerId) -> bool {
        self.0
            .grants
            .iter()
            .any(|grant| grant.peers().contains(peer))
    }

    /// As [`Self::from_json`], for content that is new: what is nested too deep is refused here and not where it is listed
    /// or kept.
    pub(crate) fn submitted(path: &str, value: Value) -> Result<Self, ContractError> {
        if is_deeper(&value, CONTENT_LEVELS_MAX) {
            return Err(ContractError::TooDeep);
        }
        Self::from_json(path, value)
    }

    pub(crate) fn from_json(path: &str, value: Value) -> Result<Self, ContractError> {
        let canonical = json::canonical(&value)?;
        drop(value);
        let value = json::read(canonical.as_bytes(), CONTRACT_BYTES_MAX)?;
        let mut members = Members::of(path, value)?;
        match members.optional("fsc_version") {
            Some(Value::String(version)) if version == FSC_VERSION => {}
            _ => return Err(ContractError::UnknownFscVersion),
        }
        if members.text("hash_algorithm")? != HashAlgorithm::Sha3_512.as_str() {
            return Err(ContractError::UnknownHashAlgorithm);
        }
        let hash = ContentHash::of_canonical(&canonical);
        let iv = members.parsed("iv", hyphenated_uuid)?;
        let group_id = members.parsed("group_id", GroupId::parse)?;
        let created_at = members.unix_seconds("created_at")?;
        let validity = validity(members.object("validity")?)?;
        let grants = grants(&members.path_of("grants"), members.array("grants")?, &hash)?;
        members.finish()?;
        let canonical = RawValue::from_string(canonical).map_err(|_| JsonError::NotAnObject)?;
        Ok(Self(Arc::new(Inner {
            canonical,
            hash,
            iv,
            group_id,
            validity,
            grants,
            created_at,
        })))
    }
}

/// Whether objects and arrays stand in each other in more than this many levels.
fn is_deeper(value: &Value, levels: usize) -> bool {
    let deeper_inside = |inside: &Value| is_deeper(inside, levels.saturating_sub(1));
    match value {
        Value::Object(members) => levels == 0 || members.values().any(deeper_inside),
        Value::Array(elements) => levels == 0 || elements.iter().any(deeper_inside),
        _ => false,
    }
}

fn hyphenated_uuid(text: &str) -> Result<Uuid, &'static str> {
    let reason = "it must be a UUID of 36 characters, with hyphens";
    if text.len() == 36 {
        Uuid::try_parse(text).map_err(|_| reason)
    } else {
        Err(reason)
    }
}

fn validity(mut members: Members) -> Result<Validity, ContractError> {
    let validity = Validity {
        not_before: members.unix_seconds("not_before")?,
        not_after: members.unix_seconds("not_after")?,
    };
    members.finish()?;
    if validity.not_after > validity.not_before {
        Ok(validity)
    } else {
        Err(ContractError::ValidityOrder)
    }
}

fn grants(
    path: &str,
    list: Vec<Value>,
    content_hash: &ContentHash,
) -> Result<Vec<Grant>, ContractError> {
    match list.len() {
        0 => return Err(ContractError::NoGrants),
        1..=GRANTS_MAX => {}
        count => return Err(ContractError::TooManyGrants { count }),
    }
    let mut grants: Vec<Grant> = Vec::with_capacity(list.len());
    for (index, value) in list.into_iter().enumerate() {
        let path = format!("{path}[{index}]");
        let mut members = Members::of(&path, value)?;
        let data = members.required("data")?;
        members.finish()?;
        let path = format!("{path}.data");
        check_size(index, &data)?;
        let typed = GrantData::from_json(&path, data.clone())?;
        let grant = Grant::new(content_hash, typed, &data)?;
        grants.push(grant);
    }
    check_combination(&grants)?;
    Ok(grants)
}

fn check_size(index: usize, data: &Value) -> Result<(), ContractError> {
    let Some(properties) = data.get("properties") else {
        return Ok(());
    };
    if json::canonical(properties)?.len() > PROPERTIES_BYTES_MAX {
        return Err(ContractError::PropertiesTooLarge { index });
    }
    Ok(())
}

/// A publication, delegated or not, stands only beside its own kind.
fn check_combination(grants: &[Grant]) -> Result<(), ContractError> {
    let types: BTreeSet<GrantType> = grants.iter().map(|grant| grant.grant_type()).collect();
    let mixed = types.len() > 1 && types.iter().any(|kind| kind.is_publication());
    if mixed {
        Err(ContractError::GrantCombination)
    } else {
        Ok(())
    }
}

impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        self.canonical_json() == other.canonical_json()
    }
}

impl Eq for Content {}

impl std::fmt::Debug for Content {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Content")
            .field("hash", &self.0.hash)
            .field("iv", &self.0.iv)
            .field("grants", &self.0.grants.len())
            .finish_non_exhaustive()
    }
}

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.canonical.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_json("", json::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
