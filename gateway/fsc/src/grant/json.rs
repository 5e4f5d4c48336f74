//! Grant data to and from JSON.

use serde_json::{Map, Value, json};
use sluis_certs::PeerId;

use super::{
    ConnectedService, DomainName, GrantData, GrantType, Outway, OutwayIdentification, Properties,
    Protocol, PublishedService,
    service::{DELEGATED_SERVICE, SERVICE},
};
use crate::{
    ServiceName, ShapeError,
    members::{Members, invalid},
};

const PUBLIC_KEY_THUMBPRINT: &str = "OUTWAY_IDENTIFICATION_TYPE_PUBLIC_KEY_THUMBPRINT";
const DOMAIN_NAME: &str = "OUTWAY_IDENTIFICATION_TYPE_DOMAIN_NAME";

impl GrantData {
    /// The one form in which we write a grant: every optional discriminator present, `properties`
    /// only when there are any members in it.
    pub(crate) fn to_json(&self) -> Value {
        let mut data = Map::new();
        data.insert("type".into(), self.grant_type().as_str().into());
        match self {
            Self::ServicePublication {
                directory, service, ..
            }
            | Self::DelegatedServicePublication {
                directory, service, ..
            } => {
                data.insert("directory".into(), json!({ "peer_id": directory }));
                data.insert(
                    "service".into(),
                    json!({ "peer_id": service.peer_id, "name": service.name, "protocol": service.protocol }),
                );
            }
            Self::ServiceConnection {
                outway, service, ..
            }
            | Self::DelegatedServiceConnection {
                outway, service, ..
            } => {
                data.insert("outway".into(), outway_to_json(outway));
                data.insert("service".into(), connected_to_json(service));
            }
        }
        if let Self::DelegatedServicePublication { delegator, .. }
        | Self::DelegatedServiceConnection { delegator, .. } = self
        {
            data.insert("delegator".into(), json!({ "peer_id": delegator }));
        }
        if let Some(properties) = self
            .properties()
            .filter(|properties| !properties.is_empty())
        {
            data.insert("properties".into(), Value::Object(properties.clone()));
        }
        Value::Object(data)
    }

    /// Reads grant data; `path` is where it stands.
    pub(crate) fn from_json(path: &str, value: Value) -> Result<Self, ShapeError> {
        let mut data = Members::of(path, value)?;
        let grant_type = data.parsed("type", |name| {
            GrantType::parse(name).ok_or("no grant type has this name")
        })?;
        let properties: Option<Properties> = data.optional_map("properties")?;
        let read = match grant_type {
            GrantType::ServicePublication => {
                let (directory, service) = (
                    only_peer(data.object("directory")?)?,
                    published(data.object("service")?)?,
                );
                Self::ServicePublication {
                    directory,
                    service,
                    properties,
                }
            }
            GrantType::DelegatedServicePublication => {
                let (directory, service) = (
                    only_peer(data.object("directory")?)?,
                    published(data.object("service")?)?,
                );
                let delegator = only_peer(data.object("delegator")?)?;
                Self::DelegatedServicePublication {
                    directory,
                    service,
                    delegator,
                    properties,
                }
            }
            GrantType::ServiceConnection => {
                let (outway, service) = (
                    outway(data.object("outway")?)?,
                    connected(data.object("service")?)?,
                );
                Self::ServiceConnection {
                    outway,
                    service,
                    properties,
                }
            }
            GrantType::DelegatedServiceConnection => {
                let (outway, service) = (
                    outway(data.object("outway")?)?,
                    connected(data.object("service")?)?,
                );
                let delegator = only_peer(data.object("delegator")?)?;
                Self::DelegatedServiceConnection {
                    outway,
                    service,
                    delegator,
                    properties,
                }
            }
        };
        data.finish()?;
        Ok(read)
    }
}

fn outway_to_json(outway: &Outway) -> Value {
    let identification = match &outway.identification {
        OutwayIdentification::PublicKeyThumbprint(thumbprint) => {
            json!({ "type": PUBLIC_KEY_THUMBPRINT, "public_key_thumbprint": thumbprint })
        }
        OutwayIdentification::DomainName(name) => {
            json!({ "type": DOMAIN_NAME, "domain_name": name })
        }
    };
    json!({ "peer_id": outway.peer_id, "identification": identification })
}

fn connected_to_json(service: &ConnectedService) -> Value {
    let mut members = Map::new();
    members.insert("type".into(), service.service_type().into());
    members.insert("peer_id".into(), service.peer_id.as_str().into());
    members.insert("name".into(), service.name.as_str().into());
    if let Some(delegator) = &service.delegator {
        members.insert("delegator".into(), json!({ "peer_id": delegator }));
    }
    Value::Object(members)
}

fn only_peer(mut members: Members) -> Result<PeerId, ShapeError> {
    let peer_id = members.parsed("peer_id", PeerId::new)?;
    members.finish()?;
    Ok(peer_id)
}

fn published(mut members: Members) -> Result<PublishedService, ShapeError> {
    let service = PublishedService {
        peer_id: members.parsed("peer_id", PeerId::new)?,
        name: members.parsed("name", ServiceName::parse)?,
        protocol: members.parsed("protocol", |name| {
            Protocol::parse(name)
                .ok_or("a protocol is PROTOCOL_TCP_HTTP_1.1 or PROTOCOL_TCP_HTTP_2")
        })?,
    };
    members.finish()?;
    Ok(service)
}

fn connected(mut members: Members) -> Result<ConnectedService, ShapeError> {
    let peer_id = members.parsed("peer_id", PeerId::new)?;
    let name = members.parsed("name", ServiceName::parse)?;
    // The worked example of the standard leaves `type` out, although its schema requires it. Without
    // it the service is a plain one. The hash is not touched: it is made over what was received.
    let delegated = match members.optional_text("type")?.as_deref() {
        Some(DELEGATED_SERVICE) => true,
        Some(SERVICE) => false,
        None if members.has("delegator") => return Err(members.missing("type")),
        None => false,
        Some(_) => {
            let reason = format!("a service type is {SERVICE} or {DELEGATED_SERVICE}");
            return Err(invalid(members.path_of("type"), reason));
        }
    };
    let delegator = if delegated {
        Some(only_peer(members.object("delegator")?)?)
    } else {
        None
    };
    members.finish()?;
    Ok(ConnectedService {
        peer_id,
        name,
        delegator,
    })
}

fn outway(mut members: Members) -> Result<Outway, ShapeError> {
    let peer_id = members.parsed("peer_id", PeerId::new)?;
    let mut inner = members.object("identification")?;
    let identification = match inner.text("type")?.as_str() {
        PUBLIC_KEY_THUMBPRINT => OutwayIdentification::PublicKeyThumbprint(
            inner.parsed("public_key_thumbprint", str::parse)?,
        ),
        DOMAIN_NAME => {
            OutwayIdentification::DomainName(inner.parsed("domain_name", DomainName::parse)?)
        }
        _ => {
            let reason =
                format!("an identification type is {PUBLIC_KEY_THUMBPRINT} or {DOMAIN_NAME}");
            return Err(invalid(inner.path_of("type"), reason));
        }
    };
    inner.finish()?;
    members.finish()?;
    Ok(Outway {
        peer_id,
        identification,
    })
}
