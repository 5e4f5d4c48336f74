//! A proposal in a file, and the parts of one.

use std::fmt::Display;
use std::io;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sluis_certs::{PeerId, PublicKeyThumbprint};
use sluis_fsc::ServiceName;
use sluis_fsc::grant::DomainName;
use sluis_policy::PurposeBinding;
use sluis_proto::admin::v1::grant::Kind;
use sluis_proto::admin::v1::service_connection::OutwayIdentification;
use sluis_proto::admin::v1::{Grant, ServiceConnection, ServicePublication};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

use super::propose::Protocol;
use crate::cli::CommandError;
use crate::cli::file::read_at_most;

/// Largest file, in bytes: ten grants with the largest properties.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;
const DAY_SECONDS: i64 = 86_400;
/// Days that a contract is valid when nothing is said.
const DAYS_DEFAULT: u16 = 365;

/// A proposal, as a file says it (YAML or JSON).
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Proposal {
    #[serde(default)]
    pub(super) valid: Valid,
    grants: Vec<ProposedGrant>,
}

/// When the contract is valid.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Valid {
    from: Option<String>,
    until: Option<String>,
    days: Option<u16>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum ProposedGrant {
    Connection(Connection),
    Publication(Publication),
}

/// That somebody may call a service.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Connection {
    pub(super) service: ServiceName,
    pub(super) provider: PeerId,
    #[serde(default)]
    pub(super) purposes: Option<Value>,
    #[serde(default)]
    pub(super) properties: Option<Map<String, Value>>,
    #[serde(default)]
    pub(super) caller: Option<Caller>,
    #[serde(default)]
    pub(super) on_behalf_of: Option<PeerId>,
    #[serde(default)]
    pub(super) offered_on_behalf_of: Option<PeerId>,
}

/// Who calls; we with our public key when it is left out.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Caller {
    pub(super) peer_id: Option<PeerId>,
    pub(super) public_key_thumbprint: Option<PublicKeyThumbprint>,
    pub(super) domain_name: Option<String>,
}

/// That a service is listed in a directory.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Publication {
    pub(super) service: ServiceName,
    #[serde(default)]
    pub(super) provider: Option<PeerId>,
    #[serde(default)]
    pub(super) protocol: Option<Protocol>,
    #[serde(default)]
    pub(super) directory: Option<PeerId>,
    #[serde(default)]
    pub(super) on_behalf_of: Option<PeerId>,
    #[serde(default)]
    pub(super) properties: Option<Map<String, Value>>,
}

impl Proposal {
    pub(super) fn grants(self) -> Result<Vec<Grant>, String> {
        let grants = self.grants.into_iter().enumerate();
        grants
            .map(|(index, grant)| {
                let grant = match grant {
                    ProposedGrant::Connection(connection) => connection.grant(),
                    ProposedGrant::Publication(publication) => publication.grant(),
                };
                grant.map_err(|error| format!("grants[{index}]: {error}"))
            })
            .collect()
    }
}

impl Valid {
    pub(super) fn new(from: Option<String>, until: Option<String>, days: Option<u16>) -> Self {
        Self { from, until, days }
    }

    /// Whether it says until when.
    pub(super) fn says_until(&self) -> bool {
        self.until.is_some() || self.days.is_some()
    }

    /// From and until, Unix seconds.
    pub(super) fn moments(&self, now_unix_seconds: i64) -> Result<(i64, i64), String> {
        let from = match &self.from {
            Some(text) => moment(text).map_err(|error| format!("valid from: {error}"))?,
            None => now_unix_seconds,
        };
        let until = match (&self.until, self.days) {
            (Some(_), Some(_)) => {
                return Err(
                    "valid until and valid days say the same thing twice; give one of them"
                        .to_owned(),
                );
            }
            (Some(text), None) => moment(text).map_err(|error| format!("valid until: {error}"))?,
            (None, days) => {
                let days = i64::from(days.unwrap_or(DAYS_DEFAULT));
                from.saturating_add(days * DAY_SECONDS)
            }
        };
        Ok((from, until))
    }
}

impl Connection {
    pub(super) fn grant(self) -> Result<Grant, String> {
        let properties = match (self.purposes, self.properties) {
            (Some(_), Some(properties)) if properties.contains_key(PurposeBinding::PROPERTY) => {
                return Err(format!(
                    "the purposes stand under `purposes` and in the properties as `{}`; give one of them",
                    PurposeBinding::PROPERTY
                ));
            }
            (Some(purposes), properties) => {
                let mut all = properties.unwrap_or_default();
                all.insert(PurposeBinding::PROPERTY.to_owned(), bound(purposes)?);
                Some(all)
            }
            (None, properties) => properties,
        };
        PurposeBinding::from_properties(properties.as_ref()).map_err(|error| error.to_string())?;
        let caller = self.caller.unwrap_or_default();
        let identification = match (caller.public_key_thumbprint, caller.domain_name) {
            (Some(_), Some(_)) => {
                return Err(
                    "the caller's public key thumbprint and domain name exclude each other; give one of them"
                        .to_owned(),
                );
            }
            (Some(thumbprint), None) => Some(OutwayIdentification::OutwayPublicKeyThumbprint(
                thumbprint.to_string(),
            )),
            (None, Some(name)) => {
                DomainName::parse(&name).map_err(|error| error.to_string())?;
                Some(OutwayIdentification::OutwayDomainName(name))
            }
            (None, None) => None,
        };
        Ok(Grant {
            grant_hash: String::new(),
            properties_json: text_of(properties.as_ref()),
            kind: Some(Kind::ServiceConnection(ServiceConnection {
                outway_peer_id: text(caller.peer_id.as_ref()),
                outway_identification: identification,
                service_peer_id: self.provider.to_string(),
                service: self.service.to_string(),
                service_delegator_peer_id: text(self.offered_on_behalf_of.as_ref()),
                delegator_peer_id: text(self.on_behalf_of.as_ref()),
            })),
        })
    }
}

impl Publication {
    pub(super) fn grant(self) -> Result<Grant, String> {
        Ok(Grant {
            grant_hash: String::new(),
            properties_json: text_of(self.properties.as_ref()),
            kind: Some(Kind::ServicePublication(ServicePublication {
                directory_peer_id: text(self.directory.as_ref()),
                service_peer_id: text(self.provider.as_ref()),
                service: self.service.to_string(),
                protocol: self.protocol.map_or_else(String::new, |protocol| {
                    protocol.as_fsc().as_str().to_owned()
                }),
                delegator_peer_id: text(self.on_behalf_of.as_ref()),
            })),
        })
    }
}

/// The value of the property that binds purposes, of the purposes alone or of the whole value.
fn bound(purposes: Value) -> Result<Value, String> {
    match purposes {
        Value::Array(purposes) => Ok(serde_json::json!({ "purposes": purposes })),
        Value::Object(mut members) => match members.remove(PurposeBinding::PROPERTY) {
            Some(value) if members.is_empty() => Ok(value),
            Some(_) => Err(format!(
                "the purposes stand beside other properties; give them as properties, or `{}` alone",
                PurposeBinding::PROPERTY
            )),
            None => Ok(Value::Object(members)),
        },
        _ => {
            Err("the purposes are neither a list nor an object with the list `purposes`".to_owned())
        }
    }
}

/// Reads a YAML or JSON file.
pub(super) fn read_file<T: DeserializeOwned>(path: &Path) -> Result<T, CommandError> {
    let failed = |error: &dyn Display| {
        CommandError::Failed(format!("`{}` cannot be read: {error}", path.display()))
    };
    let bytes = read_at_most(path, FILE_BYTES_MAX).map_err(|error| failed(&error))?;
    let text = io::read_to_string(bytes.as_slice()).map_err(|error| failed(&error))?;
    serde_saphyr::from_str(&text).map_err(|error| failed(&error))
}

/// A moment as people write it: a day (its begin in UTC) or a moment of RFC 3339.
fn moment(text: &str) -> Result<i64, String> {
    let day = format_description!("[year]-[month]-[day]");
    if let Ok(day) = time::Date::parse(text, &day) {
        return Ok(day.midnight().assume_utc().unix_timestamp());
    }
    OffsetDateTime::parse(text, &Rfc3339)
        .map(OffsetDateTime::unix_timestamp)
        .map_err(|_| {
            format!(
                "`{text}` is no moment; write a day (2027-01-31) or a moment (2027-01-31T12:00:00Z)"
            )
        })
}

fn text(peer: Option<&PeerId>) -> String {
    peer.map_or_else(String::new, ToString::to_string)
}

fn text_of(properties: Option<&Map<String, Value>>) -> String {
    // A map of JSON values has only text as keys, so it can always be written.
    properties
        .and_then(|properties| serde_json::to_string(properties).ok())
        .unwrap_or_default()
}
