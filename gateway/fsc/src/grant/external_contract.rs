//! Delegation that rests on a contract outside FSC (FSC External Contract Reference 1.0.0).

use std::sync::Arc;

use super::{GrantData, Properties};
use crate::{
    ShapeError,
    members::{Members, invalid},
};

/// The reference in a grant to the contract, outside FSC, on which delegation rests: for a delegator
/// that has no Manager and cannot sign.
///
/// Nobody can check it here. Who receives a contract with one must verify outside FSC that the
/// reference exists, gives the Peer authority and names this delegator, and else reject the contract
/// (section 2.1.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalContract {
    /// The URL or identifier of that contract.
    pub reference: Arc<str>,
    /// The id of the organisation on whose behalf is called or published.
    pub delegator_id: Arc<str>,
    /// Its name.
    pub delegator_name: Arc<str>,
}

impl ExternalContract {
    /// The property of a service connection grant.
    pub const CONNECTION: &str = "delegation.connection.external_contract_reference";
    /// The property of a service publication grant.
    pub const PUBLICATION: &str = "delegation.publication.external_contract_reference";
    /// The longest reference, id or name that is read, in bytes: each goes into every log record.
    pub const TEXT_BYTES_MAX: usize = 1_000;

    /// The names of the three members, in the order of the standard.
    pub const MEMBERS: [&str; 3] = ["reference", "delegator_id", "delegator_name"];

    /// Reads the reference of a grant; `None` when it has none.
    ///
    /// # Errors
    /// [`ShapeError`] when it is not an object of exactly the three texts, or stands in a grant of
    /// another type: a delegated grant names a delegator that signs, and two would contradict.
    pub fn of(grant: &GrantData) -> Result<Option<Self>, ShapeError> {
        let Some(properties) = grant.properties() else {
            return Ok(None);
        };
        let own = match grant {
            GrantData::ServiceConnection { .. } => Some(Self::CONNECTION),
            GrantData::ServicePublication { .. } => Some(Self::PUBLICATION),
            GrantData::DelegatedServiceConnection { .. }
            | GrantData::DelegatedServicePublication { .. } => None,
        };
        for property in [Self::CONNECTION, Self::PUBLICATION] {
            if properties.contains_key(property) && own != Some(property) {
                let reason = format!(
                    "it belongs in a {} that is not delegated",
                    match property {
                        Self::CONNECTION => "service connection grant",
                        _ => "service publication grant",
                    }
                );
                return Err(invalid(path_of(property), reason));
            }
        }
        own.map_or(Ok(None), |property| Self::read(properties, property))
    }

    /// Reads the reference that stands under `property`, [`Self::CONNECTION`] or
    /// [`Self::PUBLICATION`]; `None` without one.
    ///
    /// # Errors
    /// [`ShapeError`] when it is not an object of exactly the three texts.
    pub fn read(properties: &Properties, property: &str) -> Result<Option<Self>, ShapeError> {
        let Some(value) = properties.get(property) else {
            return Ok(None);
        };
        let mut members = Members::of(&path_of(property), value.clone())?;
        let [reference, delegator_id, delegator_name] =
            Self::MEMBERS.map(|name| members.parsed(name, plain_text));
        let read = Self {
            reference: reference?,
            delegator_id: delegator_id?,
            delegator_name: delegator_name?,
        };
        members.finish()?;
        Ok(Some(read))
    }

    /// The three members with their values.
    #[must_use]
    pub fn members(&self) -> [(&'static str, &Arc<str>); 3] {
        let [reference, delegator_id, delegator_name] = Self::MEMBERS;
        [
            (reference, &self.reference),
            (delegator_id, &self.delegator_id),
            (delegator_name, &self.delegator_name),
        ]
    }
}

fn path_of(property: &str) -> String {
    format!("properties[\"{property}\"]")
}

fn plain_text(text: &str) -> Result<Arc<str>, &'static str> {
    let fits = (1..=ExternalContract::TEXT_BYTES_MAX).contains(&text.len())
        && !text.chars().any(char::is_control);
    if fits {
        Ok(Arc::from(text))
    } else {
        Err("it has 1 to 1000 bytes, without control characters")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::fixtures::{connection, content, delegated_connection, publication};

    fn reference() -> Value {
        json!({
            "reference": "https://contracten.example/2026/17",
            "delegator_id": "00000001005555555000",
            "delegator_name": "Gemeente Voorbeeld",
        })
    }

    fn read(
        mut grant: Value,
        property: &str,
        value: Value,
    ) -> Result<Option<ExternalContract>, String> {
        grant["properties"] = json!({ property: value });
        let content = content(&[grant]);
        ExternalContract::of(content.grants()[0].data()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_reference_is_read_from_the_grants_of_the_extension() {
        for (grant, property) in [
            (connection(), ExternalContract::CONNECTION),
            (publication(), ExternalContract::PUBLICATION),
        ] {
            let read = read(grant, property, reference()).unwrap().unwrap();
            for (name, value) in read.members() {
                assert_eq!(json!(value), reference()[name]);
            }
        }
        let plain = content(&[connection()]);
        assert_eq!(ExternalContract::of(plain.grants()[0].data()), Ok(None));
    }

    #[test]
    fn a_reference_elsewhere_is_named() {
        for (grant, property) in [
            (publication(), ExternalContract::CONNECTION),
            (connection(), ExternalContract::PUBLICATION),
            (delegated_connection(), ExternalContract::CONNECTION),
        ] {
            let error = read(grant, property, reference()).unwrap_err();
            assert!(error.contains("not delegated"), "{error}");
        }
    }

    #[test]
    fn all_three_members_are_needed_and_no_others() {
        let with = |name: &str, value: Value| {
            let mut changed = reference();
            changed[name] = value;
            read(connection(), ExternalContract::CONNECTION, changed).unwrap_err()
        };
        for name in ExternalContract::MEMBERS {
            let mut less = reference();
            less.as_object_mut().unwrap().remove(name);
            let error = read(connection(), ExternalContract::CONNECTION, less).unwrap_err();
            assert!(error.contains(&format!("{name} is missing")), "{error}");
            assert!(with(name, json!(7)).contains("must be a string"));
            assert!(with(name, json!("")).contains("1 to 1000 bytes"));
            assert!(with(name, json!("a\nb")).contains("control characters"));
            let longest = "a".repeat(ExternalContract::TEXT_BYTES_MAX);
            let mut long = reference();
            long[name] = json!(longest);
            assert!(read(connection(), ExternalContract::CONNECTION, long).is_ok());
            assert!(with(name, json!(format!("{longest}a"))).contains("1 to 1000 bytes"));
        }
        assert!(with("scope", json!("alles")).contains("scope"));
        let no_object = read(connection(), ExternalContract::CONNECTION, json!("x"));
        assert!(no_object.unwrap_err().contains("must be an object"));
    }
}
