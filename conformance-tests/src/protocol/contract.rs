//! Contracts as the suite proposes them (FSC Core 2.0.0, Contracts).

use serde_json::{Map, Value, json};

use super::{NotCanonical, content_hash, grant_hash};

/// A contract's content with its hashes.
#[derive(Debug, Clone, PartialEq)]
pub struct Contract {
    content: Value,
    content_hash: String,
    grant_hashes: Vec<String>,
}

/// The outway of a connection.
#[derive(Debug, Clone)]
pub struct Outway {
    /// Its peer.
    pub peer_id: String,
    /// Thumbprint of its public key, 64 hexadecimal digits.
    pub public_key_thumbprint: String,
}

/// The service of a connection or publication.
#[derive(Debug, Clone)]
pub struct Service {
    /// The peer that offers it.
    pub peer_id: String,
    /// Its name.
    pub name: String,
    /// On whose behalf it is offered.
    pub delegator: Option<String>,
}

/// A grant to be.
#[derive(Debug, Clone)]
pub enum Grant {
    /// An outway may use a service; with a delegator on whose behalf.
    Connection {
        /// The outway.
        outway: Outway,
        /// The service.
        service: Service,
        /// On whose behalf the outway connects.
        delegator: Option<String>,
    },
    /// A directory lists a service.
    Publication {
        /// The directory.
        directory: String,
        /// The service; its delegator makes it a delegated publication.
        service: Service,
        /// What it speaks: `PROTOCOL_TCP_HTTP_1.1` or `PROTOCOL_TCP_HTTP_2`.
        protocol: String,
    },
}

impl Grant {
    /// The object in `data`; properties are left out when there are none.
    #[must_use]
    pub fn data(&self, properties: &Map<String, Value>) -> Value {
        let mut data = match self {
            Self::Connection {
                outway,
                service,
                delegator,
            } => connection(outway, service, delegator.as_deref()),
            Self::Publication {
                directory,
                service,
                protocol,
            } => publication(directory, service, protocol),
        };
        if let (false, Some(members)) = (properties.is_empty(), data.as_object_mut()) {
            members.insert("properties".to_owned(), Value::Object(properties.clone()));
        }
        data
    }
}

fn connection(outway: &Outway, service: &Service, delegator: Option<&str>) -> Value {
    let mut service_data = json!({
        "type": "SERVICE_TYPE_SERVICE",
        "peer_id": service.peer_id,
        "name": service.name,
    });
    if let (Some(of), Some(members)) = (&service.delegator, service_data.as_object_mut()) {
        members.insert("type".to_owned(), json!("SERVICE_TYPE_DELEGATED_SERVICE"));
        members.insert("delegator".to_owned(), json!({ "peer_id": of }));
    }
    let mut data = json!({
        "type": "GRANT_TYPE_SERVICE_CONNECTION",
        "service": service_data,
        "outway": {
            "peer_id": outway.peer_id,
            "identification": {
                "type": "OUTWAY_IDENTIFICATION_TYPE_PUBLIC_KEY_THUMBPRINT",
                "public_key_thumbprint": outway.public_key_thumbprint,
            },
        },
    });
    if let (Some(delegator), Some(members)) = (delegator, data.as_object_mut()) {
        let delegated = json!("GRANT_TYPE_DELEGATED_SERVICE_CONNECTION");
        members.insert("type".to_owned(), delegated);
        members.insert("delegator".to_owned(), json!({ "peer_id": delegator }));
    }
    data
}

fn publication(directory: &str, service: &Service, protocol: &str) -> Value {
    let mut data = json!({
        "type": "GRANT_TYPE_SERVICE_PUBLICATION",
        "directory": { "peer_id": directory },
        "service": { "peer_id": service.peer_id, "name": service.name, "protocol": protocol },
    });
    if let (Some(of), Some(members)) = (&service.delegator, data.as_object_mut()) {
        let delegated = json!("GRANT_TYPE_DELEGATED_SERVICE_PUBLICATION");
        members.insert("type".to_owned(), delegated);
        members.insert("delegator".to_owned(), json!({ "peer_id": of }));
    }
    data
}

impl Contract {
    /// A contract with these grants, created now and valid from a minute ago for a day.
    ///
    /// # Errors
    /// [`NotCanonical`] when properties hold a number without canonical form.
    pub fn new(
        group_id: &str,
        grants: &[Value],
        now_unix_seconds: i64,
    ) -> Result<Self, NotCanonical> {
        let grants: Vec<Value> = grants.iter().map(|data| json!({ "data": data })).collect();
        Self::of(json!({
            "fsc_version": "2.0.0",
            "iv": uuid::Uuid::now_v7().hyphenated().to_string(),
            "group_id": group_id,
            "validity": {
                "not_before": now_unix_seconds - 60,
                "not_after": now_unix_seconds + 86_400,
            },
            "grants": grants,
            "hash_algorithm": "HASH_ALGORITHM_SHA3_512",
            "created_at": now_unix_seconds,
        }))
    }

    /// Hashes a content as it was received.
    ///
    /// # Errors
    /// [`NotCanonical`] when it holds a number without canonical form.
    pub fn of(content: Value) -> Result<Self, NotCanonical> {
        let content_hash = content_hash(&content)?;
        let grants = content.get("grants").and_then(Value::as_array);
        let grant_hashes = grants
            .into_iter()
            .flatten()
            .map(|grant| grant_hash(&content_hash, grant.get("data").unwrap_or(&Value::Null)))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            content,
            content_hash,
            grant_hashes,
        })
    }

    /// The content.
    #[must_use]
    pub fn content(&self) -> &Value {
        &self.content
    }

    /// Its hash.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.content_hash
    }

    /// The hash of its first grant; most contracts of the suite have one.
    #[must_use]
    pub fn grant_hash(&self) -> &str {
        self.grant_hashes.first().map_or("", String::as_str)
    }
}
