//! The names of organisations, data groups and operations in Cedar.

use std::str::FromStr;

use cedar_policy::{EntityId, EntityTypeName, EntityUid};

use super::text::of_service;
use crate::Operation;
use crate::register::party::Member;

/// The kinds of entities in the schema.
#[derive(Debug)]
pub(super) struct Names {
    party: EntityTypeName,
    party_set: EntityTypeName,
    service: EntityTypeName,
    data_group: EntityTypeName,
    action: EntityTypeName,
}

impl Names {
    /// The kinds; an error only when Cedar takes one for no name.
    pub(super) fn new() -> Result<Names, Box<cedar_policy::ParseErrors>> {
        Ok(Names {
            party: EntityTypeName::from_str("Party")?,
            party_set: EntityTypeName::from_str("PartySet")?,
            service: EntityTypeName::from_str("Service")?,
            data_group: EntityTypeName::from_str("DataGroup")?,
            action: EntityTypeName::from_str("Action")?,
        })
    }

    pub(super) fn party(&self, name: &str) -> EntityUid {
        uid(&self.party, name)
    }

    pub(super) fn member(&self, member: &Member) -> EntityUid {
        match member {
            Member::Party(name) => uid(&self.party, name),
            Member::Set(name) => uid(&self.party_set, name),
        }
    }

    pub(super) fn service(&self, name: &str) -> EntityUid {
        uid(&self.service, name)
    }

    pub(super) fn data_group(&self, service: &str, group: &str) -> EntityUid {
        uid(&self.data_group, &of_service(service, group))
    }

    pub(super) fn action(&self, operation: &Operation) -> EntityUid {
        uid(
            &self.action,
            &of_service(operation.service(), operation.name()),
        )
    }

    /// All operations of a service together.
    pub(super) fn actions(&self, service: &str) -> EntityUid {
        uid(&self.action, service)
    }
}

fn uid(kind: &EntityTypeName, name: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(name))
}
