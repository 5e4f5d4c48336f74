//! The Regulated Area that a grant belongs to (FSC Regulated Area, draft of 2025).

use sluis_certs::PeerId;

use super::{GrantData, Properties};
use crate::{AreaName, ShapeError, members::invalid};

/// What a grant for a service in a Regulated Area says: which area, and who knows its members.
///
/// The draft says of the second property both that it is the address and that it is the Peer ID of a Membership
/// Administrator; it is read as its name says, as a Peer ID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegulatedArea {
    /// The area.
    pub name: AreaName,
    /// One of its Membership Administrators.
    pub administrator: PeerId,
}

impl RegulatedArea {
    /// The property with the name of the area.
    pub const NAME: &str = "regulated_area_name";
    /// The property with the Peer ID of the Membership Administrator.
    pub const ADMINISTRATOR: &str = "membership_administrator_peer_id";

    /// Reads the area of a grant; `None` when it belongs to none.
    ///
    /// # Errors
    /// [`ShapeError`] when one of the two properties is missing or is not what it should be.
    pub fn of(grant: &GrantData) -> Result<Option<Self>, ShapeError> {
        let empty = Properties::new();
        let properties = grant.properties().unwrap_or(&empty);
        let named = [Self::NAME, Self::ADMINISTRATOR];
        if !named.iter().any(|name| properties.contains_key(*name)) {
            return Ok(None);
        }
        let text = |name: &str| {
            let value = properties.get(name).and_then(|value| value.as_str());
            value.ok_or_else(|| {
                let reason = "it is a text, and stands in a grant together with the other property of a regulated area";
                invalid(format!("properties.{name}"), reason)
            })
        };
        let (name, administrator) = (text(Self::NAME)?, text(Self::ADMINISTRATOR)?);
        Ok(Some(Self {
            name: AreaName::parse(name)
                .map_err(|error| invalid(format!("properties.{}", Self::NAME), error))?,
            administrator: PeerId::new(administrator)
                .map_err(|error| invalid(format!("properties.{}", Self::ADMINISTRATOR), error))?,
        }))
    }

    /// Writes it into the properties of a grant.
    pub fn write_to(&self, properties: &mut Properties) {
        for (name, value) in [
            (Self::NAME, self.name.as_str()),
            (Self::ADMINISTRATOR, self.administrator.as_str()),
        ] {
            properties.insert(name.to_owned(), value.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::grant::{ConnectedService, Outway, OutwayIdentification};
    use crate::{ServiceName, grant::DomainName};

    fn grant(properties: Value) -> GrantData {
        let peer = PeerId::new("00000099000000001000").unwrap();
        GrantData::ServiceConnection {
            outway: Outway {
                peer_id: peer.clone(),
                identification: OutwayIdentification::DomainName(
                    DomainName::parse("outway.example.nl").unwrap(),
                ),
            },
            service: ConnectedService {
                peer_id: peer,
                name: ServiceName::parse("zaken").unwrap(),
                delegator: None,
            },
            properties: properties.as_object().cloned(),
        }
    }

    #[test]
    fn both_properties_or_none() {
        let area = RegulatedArea {
            name: AreaName::parse("test-area").unwrap(),
            administrator: PeerId::new("00000099000000009000").unwrap(),
        };
        let mut written = Properties::new();
        area.write_to(&mut written);
        assert_eq!(
            RegulatedArea::of(&grant(Value::Object(written))),
            Ok(Some(area))
        );
        assert_eq!(RegulatedArea::of(&grant(Value::Null)), Ok(None));
        assert_eq!(RegulatedArea::of(&grant(json!({ "other": 1 }))), Ok(None));
        for (bad, named) in [
            (
                json!({ "regulated_area_name": "a" }),
                "membership_administrator_peer_id",
            ),
            (
                json!({ "membership_administrator_peer_id": "00000099000000009000" }),
                "regulated_area_name",
            ),
            (
                json!({ "regulated_area_name": 1, "membership_administrator_peer_id": "x" }),
                "regulated_area_name",
            ),
            (
                json!({ "regulated_area_name": "a/b", "membership_administrator_peer_id": "00000099000000009000" }),
                "regulated_area_name",
            ),
        ] {
            let error = RegulatedArea::of(&grant(bad)).unwrap_err().to_string();
            assert!(error.contains(named), "{error}");
        }
    }
}
