//! Contracts: content that never changes, and the signatures under it (FSC Core 2.0.0, Contracts).

mod content;
mod draft;
mod error;
mod signatures;
mod state;
mod validity;

pub use content::{Content, Rules};
pub use draft::Draft;
pub use error::ContractError;
pub use signatures::Signatures;
pub use state::State;
pub use validity::Validity;

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::{Map, Value};
use sluis_certs::PeerId;

use crate::{json, members::Members};

/// The only FSC version whose contracts this crate reads and writes. Contracts of 1.x are hashed in
/// another way and cannot be converted.
pub const FSC_VERSION: &str = "2.0.0";

/// The most grants in one contract (Digikoppeling REST-API profile 3.1.0, section 3.4.3.5).
pub const GRANTS_MAX: usize = 10;

/// The largest `properties` of one grant, in bytes of canonical JSON (FSC Core 2.0.0 recommends 1 MB).
pub const PROPERTIES_BYTES_MAX: usize = 1_000_000;

/// The largest contract that is read, in bytes: the properties of all grants, and room for the rest.
pub const CONTRACT_BYTES_MAX: usize = GRANTS_MAX * PROPERTIES_BYTES_MAX + 1_000_000;

/// The most levels of objects and arrays in content that is submitted. What carries content may add levels, and the reader of
/// JSON stops at 127.
pub const CONTENT_LEVELS_MAX: usize = 100;

/// A contract: what was agreed, and who signed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Contract {
    /// What was agreed.
    pub content: Content,
    /// Who accepted, rejected or revoked it. Whether the signatures are good is the caller's to check
    /// when they arrive: [`crate::signature::verify`].
    pub signatures: Signatures,
}

impl Contract {
    /// Reads a contract as `GET /contracts` lists it.
    ///
    /// # Errors
    /// The [`ContractError`] that names the first thing wrong.
    pub fn parse(text: &[u8]) -> Result<Self, ContractError> {
        Self::read("", text, &mut { usize::MAX })
    }

    /// [`Self::parse`] for a contract that stands at `path` of a longer text. Content and signatures have limits of their
    /// own, so that what could be submitted can be listed; `values_left` is for all contracts of that text.
    pub(crate) fn read(
        path: &str,
        text: &[u8],
        values_left: &mut usize,
    ) -> Result<Self, ContractError> {
        let mut members = Map::new();
        for (name, part) in json::cut_object(text)? {
            if matches!(&*name, "content" | "signatures") {
                let part = part.get().as_bytes();
                let value = json::read_within(part, CONTRACT_BYTES_MAX, values_left)?;
                members.insert(name, value);
            }
        }
        Self::from_json(path, Value::Object(members))
    }

    /// How the contract stands at a moment, in Unix seconds.
    #[must_use]
    pub fn state(&self, now_unix_seconds: i64) -> State {
        State::of(self, now_unix_seconds)
    }

    /// The Peers of the contract that have not accepted it.
    #[must_use]
    pub fn missing_acceptances(&self) -> BTreeSet<PeerId> {
        let mut missing = self.content.peers();
        missing.retain(|peer| !self.signatures.accept.contains_key(peer));
        missing
    }

    pub(crate) fn from_json(path: &str, value: Value) -> Result<Self, ContractError> {
        let mut members = Members::of(path, value)?;
        let content =
            Content::from_json(&members.path_of("content"), members.required("content")?)?;
        let signatures = Signatures::from_json(members.object("signatures")?)?;
        Ok(Self {
            content,
            signatures,
        })
    }
}

impl<'de> Deserialize<'de> for Contract {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_json("", json::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests;
