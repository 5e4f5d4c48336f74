//! The FSC extension Purpose Binding.

use http::StatusCode;
use serde_json::{Map, Value};

use super::{Fault, Gateway, Refusal};
use crate::wire::{Arrived, Reply};

/// The purposes in the register of the double, each for every operation.
const REGISTER: [&str; 2] = ["conformiteit", "conformiteit-elders"];
/// The operations of its service: path, name, and whether the answer is filtered.
const OPERATIONS: [(&str, &str, bool); 2] =
    [("/toets", "toets", false), ("/velden", "velden", true)];
/// The members of a purpose.
const MEMBERS: [&str; 4] = ["activity", "legal_basis", "operations", "data"];

/// What of the service's answer may leave.
pub(super) enum Released {
    Everything,
    /// The members of these names.
    Members(Vec<String>),
}

impl Released {
    pub(super) fn filter(&self, mut reply: Reply) -> Reply {
        let Self::Members(names) = self else {
            return reply;
        };
        if reply.status == StatusCode::OK {
            let answer: Map<String, Value> =
                serde_json::from_slice(&reply.body).unwrap_or_default();
            let released = answer.into_iter().filter(|(name, _)| names.contains(name));
            reply.body = Value::Object(released.collect()).to_string().into();
        }
        reply
    }
}

impl Gateway {
    /// What a request may get under a grant.
    pub(super) fn released(
        &self,
        arrived: &Arrived,
        grant_hash: &str,
    ) -> Result<Released, Refusal> {
        let refused = |why: &str| Refusal::new(403, "ERROR_CODE_PURPOSE_REFUSED", why);
        let mut stated = arrived.headers.get_all("sluis-purpose").iter();
        let Some(purpose) = stated.next().and_then(|value| value.to_str().ok()) else {
            if self.has(Fault::NeedsNoPurpose) {
                return Ok(Released::Everything);
            }
            let why = "no purpose is stated";
            return Err(Refusal::new(400, "ERROR_CODE_PURPOSE_MISSING", why));
        };
        if stated.next().is_some() && !self.has(Fault::TakesOneOfTwoPurposes) {
            let why = "two purposes are stated";
            return Err(Refusal::new(400, "ERROR_CODE_CLAIM_UNREADABLE", why));
        }
        if self.has(Fault::KnowsNoPurposes) {
            return Err(refused("no purpose is known"));
        }
        let Some(purposes) = self.purposes(grant_hash) else {
            if self.has(Fault::NeedsNoPurposeInContract) {
                return Ok(Released::Everything);
            }
            return Err(refused("the contract binds no purpose"));
        };
        let is_known = |name: &String| MEMBERS.contains(&name.as_str());
        let is_readable = purposes.iter().all(|bound| {
            bound
                .as_object()
                .is_some_and(|bound| bound.keys().all(is_known))
        });
        if !is_readable && !self.has(Fault::OverlooksConditions) {
            return Err(refused("the purposes of the contract cannot be read"));
        }
        if !REGISTER.contains(&purpose) && !self.has(Fault::IgnoresRegister) {
            return Err(refused("the register does not have the purpose"));
        }
        let Some(bound) = purposes.iter().find(|bound| bound["activity"] == purpose) else {
            if self.has(Fault::IgnoresPurposesOfContract) {
                return Ok(Released::Everything);
            }
            return Err(refused("the contract does not have the purpose"));
        };
        let operation = OPERATIONS.iter().find(|(path, ..)| *path == arrived.path());
        let (_, operation, is_filtered) =
            operation.ok_or_else(|| refused("there is no such operation"))?;
        let is_bound = strings(&bound["operations"]).any(|bound| bound == *operation);
        if !is_bound && !self.has(Fault::IgnoresOperations) {
            return Err(refused("the purpose is not for this operation"));
        }
        if !is_filtered || self.has(Fault::ReleasesEverything) {
            return Ok(Released::Everything);
        }
        let groups = strings(&bound["data"]).map(str::to_owned);
        Ok(Released::Members(groups.collect()))
    }

    /// The purposes that a contract binds.
    fn purposes(&self, grant_hash: &str) -> Option<Vec<Value>> {
        let state = self.state();
        let mut grants = state.contracts.iter().flat_map(|stored| &stored.grants);
        let (_, data) = grants.find(|(hash, _)| hash == grant_hash)?;
        let property = data.pointer("/properties/purpose_binding.connection/purposes")?;
        property.as_array().cloned()
    }
}

fn strings(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}
