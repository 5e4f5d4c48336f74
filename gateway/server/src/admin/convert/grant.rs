//! A grant as the administration writes it, and back.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Arc;

use sluis_certs::{Peer, PeerId};
use sluis_fsc::contract::PROPERTIES_BYTES_MAX;
use sluis_fsc::grant::{
    ConnectedService, DomainName, Grant, GrantData, Outway, OutwayIdentification, Properties,
    Protocol, PublishedService,
};
use sluis_fsc::{ServiceName, json};
use sluis_proto::admin::v1;
use sluis_proto::admin::v1::grant::Kind;
use sluis_proto::admin::v1::service_connection::OutwayIdentification as Identification;
use tonic::Status;

/// The grant with its hash.
pub(super) fn grant(grant: &Grant) -> v1::Grant {
    let properties = grant.properties().map(|properties| {
        // A map of JSON values has only text as keys, so it can always be written.
        serde_json::to_string(properties).unwrap_or_default()
    });
    v1::Grant {
        grant_hash: grant.hash().to_string(),
        properties_json: properties.unwrap_or_default(),
        kind: Some(kind(grant.data())),
    }
}

fn kind(data: &GrantData) -> Kind {
    let text = |peer: Option<&PeerId>| peer.map_or_else(String::new, ToString::to_string);
    match data.outway() {
        Some(outway) => Kind::ServiceConnection(v1::ServiceConnection {
            outway_peer_id: outway.peer_id.to_string(),
            outway_identification: Some(match &outway.identification {
                OutwayIdentification::PublicKeyThumbprint(thumbprint) => {
                    Identification::OutwayPublicKeyThumbprint(thumbprint.to_string())
                }
                OutwayIdentification::DomainName(name) => {
                    Identification::OutwayDomainName(name.to_string())
                }
            }),
            service_peer_id: data.service_peer().to_string(),
            service: data.service_name().to_string(),
            service_delegator_peer_id: text(data.publication_delegator()),
            delegator_peer_id: text(data.connection_delegator()),
        }),
        None => Kind::ServicePublication(v1::ServicePublication {
            directory_peer_id: text(data.directory()),
            service_peer_id: data.service_peer().to_string(),
            service: data.service_name().to_string(),
            protocol: data
                .protocol()
                .map_or_else(String::new, |protocol| protocol.as_str().to_owned()),
            delegator_peer_id: text(data.publication_delegator()),
        }),
    }
}

/// What stands for what a proposal leaves out.
pub(in crate::admin) struct Defaults<'a> {
    /// Ourselves.
    pub(in crate::admin) own: &'a Peer,
    /// The configured directory.
    pub(in crate::admin) directory: Option<&'a PeerId>,
    /// The services behind our inway.
    pub(in crate::admin) services: &'a BTreeMap<Arc<str>, Protocol>,
}

/// Grant number `index` of a proposal, from 0.
pub(in crate::admin) fn grant_data(
    index: usize,
    grant: v1::Grant,
    defaults: &Defaults<'_>,
) -> Result<GrantData, Status> {
    let properties = properties(&grant.properties_json)
        .map_err(|error| wrong(index, "properties_json", error))?;
    match grant.kind {
        Some(Kind::ServiceConnection(connection)) => {
            let field = |name: &'static str| Field::new(index, "service_connection", name);
            connection_data(connection, properties, defaults, field)
        }
        Some(Kind::ServicePublication(publication)) => {
            let field = |name: &'static str| Field::new(index, "service_publication", name);
            publication_data(publication, properties, defaults, field)
        }
        None => Err(wrong(
            index,
            "kind",
            "is empty; say what the grant allows: a connection or a publication",
        )),
    }
}

fn connection_data(
    connection: v1::ServiceConnection,
    properties: Option<Properties>,
    defaults: &Defaults<'_>,
    field: impl Fn(&'static str) -> Field,
) -> Result<GrantData, Status> {
    let own = defaults.own;
    let peer_id = field("outway_peer_id")
        .optional(&connection.outway_peer_id, PeerId::new)?
        .unwrap_or_else(|| own.id.clone());
    let identification = match &connection.outway_identification {
        Some(Identification::OutwayPublicKeyThumbprint(text)) => {
            let thumbprint = field("outway_public_key_thumbprint").read(text, str::parse)?;
            OutwayIdentification::PublicKeyThumbprint(thumbprint)
        }
        Some(Identification::OutwayDomainName(text)) => OutwayIdentification::DomainName(
            field("outway_domain_name").read(text, DomainName::parse)?,
        ),
        None if peer_id == own.id => {
            OutwayIdentification::PublicKeyThumbprint(own.public_key_thumbprint)
        }
        None => {
            return Err(field("outway_identification").says(
                "is empty; give the public key thumbprint or the domain name of the other organisation's outway",
            ));
        }
    };
    let outway = Outway {
        peer_id,
        identification,
    };
    let service = ConnectedService {
        peer_id: field("service_peer_id").read(&connection.service_peer_id, PeerId::new)?,
        name: field("service").read(&connection.service, ServiceName::parse)?,
        delegator: field("service_delegator_peer_id")
            .optional(&connection.service_delegator_peer_id, PeerId::new)?,
    };
    let delegator =
        field("delegator_peer_id").optional(&connection.delegator_peer_id, PeerId::new)?;
    Ok(match delegator {
        None => GrantData::ServiceConnection {
            outway,
            service,
            properties,
        },
        Some(delegator) => GrantData::DelegatedServiceConnection {
            outway,
            service,
            delegator,
            properties,
        },
    })
}

fn publication_data(
    publication: v1::ServicePublication,
    properties: Option<Properties>,
    defaults: &Defaults<'_>,
    field: impl Fn(&'static str) -> Field,
) -> Result<GrantData, Status> {
    let directory =
        field("directory_peer_id").optional(&publication.directory_peer_id, PeerId::new)?;
    let directory = directory
        .or_else(|| defaults.directory.cloned())
        .ok_or_else(|| {
            field("directory_peer_id").says(
                "is empty and no directory is configured; name one, or set `manager.directory`",
            )
        })?;
    let peer_id = field("service_peer_id")
        .optional(&publication.service_peer_id, PeerId::new)?
        .unwrap_or_else(|| defaults.own.id.clone());
    let name = field("service").read(&publication.service, ServiceName::parse)?;
    let protocol = match publication.protocol.as_str() {
        "" => configured_protocol(&peer_id, &name, defaults)
            .map_err(|message| field("protocol").says(message))?,
        text => Protocol::parse(text).ok_or_else(|| {
            field("protocol").says(format!(
                "is unknown; write `{}` or `{}`",
                Protocol::Http1.as_str(),
                Protocol::Http2.as_str()
            ))
        })?,
    };
    let service = PublishedService {
        peer_id,
        name,
        protocol,
    };
    let delegator =
        field("delegator_peer_id").optional(&publication.delegator_peer_id, PeerId::new)?;
    Ok(match delegator {
        None => GrantData::ServicePublication {
            directory,
            service,
            properties,
        },
        Some(delegator) => GrantData::DelegatedServicePublication {
            directory,
            service,
            delegator,
            properties,
        },
    })
}

/// What the configuration says that a service of ours speaks.
fn configured_protocol(
    peer_id: &PeerId,
    name: &ServiceName,
    defaults: &Defaults<'_>,
) -> Result<Protocol, String> {
    if *peer_id != defaults.own.id {
        return Err("is empty; say what the other organisation's service speaks".to_owned());
    }
    if let Some(protocol) = defaults.services.get(name.as_str()) {
        return Ok(*protocol);
    }
    let offered: Vec<&str> = defaults.services.keys().map(AsRef::as_ref).collect();
    let offered = if offered.is_empty() {
        "none".to_owned()
    } else {
        offered.join(", ")
    };
    Err(format!(
        "is empty, and `{name}` is not a service of this gateway's inway (those are: {offered}); add it under `inway.services`, or say what it speaks"
    ))
}

fn properties(text: &str) -> Result<Option<Properties>, json::JsonError> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    json::read_object(text.as_bytes(), PROPERTIES_BYTES_MAX).map(Some)
}

/// Where in a proposal something stands.
struct Field(String);

impl Field {
    fn new(index: usize, kind: &str, name: &str) -> Self {
        Self(format!("grants[{index}].{kind}.{name}"))
    }

    fn says(&self, message: impl Display) -> Status {
        Status::invalid_argument(format!("{} {message}", self.0))
    }

    fn read<T, E: Display>(
        &self,
        text: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, Status> {
        read(text).map_err(|error| Status::invalid_argument(format!("{}: {error}", self.0)))
    }

    /// As `read`; nothing when the text is empty.
    fn optional<T, E: Display>(
        &self,
        text: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, Status> {
        if text.is_empty() {
            return Ok(None);
        }
        self.read(text, read).map(Some)
    }
}

fn wrong(index: usize, name: &str, message: impl Display) -> Status {
    Status::invalid_argument(format!("grants[{index}].{name}: {message}"))
}
