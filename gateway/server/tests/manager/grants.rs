//! Grants as the tests use them.

use serde_json::{Map, Value};
use sluis_certs::{Identity, PeerId};
use sluis_fsc::ServiceName;
use sluis_fsc::grant::{
    ConnectedService, DomainName, GrantData, Outway, OutwayIdentification, Properties, Protocol,
    PublishedService,
};

use super::world::DIRECTORY;

pub(crate) fn peer(id: &str) -> PeerId {
    PeerId::new(id).unwrap()
}

/// The outway with the key of this certificate.
pub(crate) fn outway(identity: &Identity) -> Outway {
    Outway {
        peer_id: identity.peer().id.clone(),
        identification: OutwayIdentification::PublicKeyThumbprint(
            identity.peer().public_key_thumbprint,
        ),
    }
}

/// An outway known by its name.
pub(crate) fn outway_by_name(id: &str, name: &str) -> Outway {
    Outway {
        peer_id: peer(id),
        identification: OutwayIdentification::DomainName(DomainName::parse(name).unwrap()),
    }
}

pub(crate) fn service(id: &str, name: &str, delegator: Option<&str>) -> ConnectedService {
    ConnectedService {
        peer_id: peer(id),
        name: ServiceName::parse(name).unwrap(),
        delegator: delegator.map(peer),
    }
}

pub(crate) fn connection(outway: Outway, service: ConnectedService) -> GrantData {
    GrantData::ServiceConnection {
        outway,
        service,
        properties: None,
    }
}

pub(crate) fn delegated_connection(
    outway: Outway,
    service: ConnectedService,
    delegator: &str,
) -> GrantData {
    GrantData::DelegatedServiceConnection {
        outway,
        service,
        delegator: peer(delegator),
        properties: None,
    }
}

pub(crate) fn publication(id: &str, name: &str) -> GrantData {
    GrantData::ServicePublication {
        directory: peer(DIRECTORY),
        service: published(id, name),
        properties: None,
    }
}

pub(crate) fn delegated_publication(id: &str, name: &str, delegator: &str) -> GrantData {
    GrantData::DelegatedServicePublication {
        directory: peer(DIRECTORY),
        service: published(id, name),
        delegator: peer(delegator),
        properties: None,
    }
}

fn published(id: &str, name: &str) -> PublishedService {
    PublishedService {
        peer_id: peer(id),
        name: ServiceName::parse(name).unwrap(),
        protocol: Protocol::Http1,
    }
}

/// The same grant with a property.
pub(crate) fn with_property(mut grant: GrantData, name: &str, value: Value) -> GrantData {
    let given: Properties = Map::from_iter([(name.to_owned(), value)]);
    match &mut grant {
        GrantData::ServicePublication { properties, .. }
        | GrantData::DelegatedServicePublication { properties, .. }
        | GrantData::ServiceConnection { properties, .. }
        | GrantData::DelegatedServiceConnection { properties, .. } => *properties = Some(given),
    }
    grant
}
