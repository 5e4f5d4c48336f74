//! One record, and a page of them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sluis_certs::PeerId;

use super::TransactionId;
use crate::{GrantHash, ServiceName, api::Pagination, token::Claims, token::Parties};

/// Whether the request was received or sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Direction {
    /// An inway received it.
    #[serde(rename = "DIRECTION_INCOMING")]
    Incoming,
    /// An outway sent it.
    #[serde(rename = "DIRECTION_OUTGOING")]
    Outgoing,
}

/// Who made the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum Source {
    /// A Peer for itself.
    #[serde(rename = "SOURCE_TYPE_SOURCE")]
    Source {
        /// The Peer of the outway.
        outway_peer_id: PeerId,
    },
    /// A Peer on behalf of another.
    #[serde(rename = "SOURCE_TYPE_DELEGATED_SOURCE")]
    DelegatedSource {
        /// The Peer of the outway.
        outway_peer_id: PeerId,
        /// On whose behalf it calls.
        delegator_peer_id: PeerId,
    },
}

/// Whom the request was made to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum Destination {
    /// A Peer that offers its own service.
    #[serde(rename = "DESTINATION_TYPE_DESTINATION")]
    Destination {
        /// The Peer of the service.
        service_peer_id: PeerId,
    },
    /// A Peer that offers a service on behalf of another.
    #[serde(rename = "DESTINATION_TYPE_DELEGATED_DESTINATION")]
    DelegatedDestination {
        /// The Peer of the service.
        service_peer_id: PeerId,
        /// On whose behalf it offers it.
        delegator_peer_id: PeerId,
    },
}

impl Source {
    /// The source of a connection.
    #[must_use]
    pub fn of(parties: &Parties) -> Self {
        let outway_peer_id = parties.outway.clone();
        match parties.connection_delegator.clone() {
            None => Self::Source { outway_peer_id },
            Some(delegator_peer_id) => Self::DelegatedSource {
                outway_peer_id,
                delegator_peer_id,
            },
        }
    }

    /// The Peer of the outway.
    #[must_use]
    pub fn outway_peer_id(&self) -> &PeerId {
        match self {
            Self::Source { outway_peer_id } | Self::DelegatedSource { outway_peer_id, .. } => {
                outway_peer_id
            }
        }
    }

    /// On whose behalf it calls, if not its own.
    #[must_use]
    pub fn delegator_peer_id(&self) -> Option<&PeerId> {
        match self {
            Self::Source { .. } => None,
            Self::DelegatedSource {
                delegator_peer_id, ..
            } => Some(delegator_peer_id),
        }
    }
}

impl Destination {
    /// The destination of a connection.
    #[must_use]
    pub fn of(parties: &Parties) -> Self {
        let service_peer_id = parties.service.clone();
        match parties.publication_delegator.clone() {
            None => Self::Destination { service_peer_id },
            Some(delegator_peer_id) => Self::DelegatedDestination {
                service_peer_id,
                delegator_peer_id,
            },
        }
    }

    /// The Peer of the service.
    #[must_use]
    pub fn service_peer_id(&self) -> &PeerId {
        match self {
            Self::Destination { service_peer_id }
            | Self::DelegatedDestination {
                service_peer_id, ..
            } => service_peer_id,
        }
    }

    /// On whose behalf it is offered, if not its own.
    #[must_use]
    pub fn delegator_peer_id(&self) -> Option<&PeerId> {
        match self {
            Self::Destination { .. } => None,
            Self::DelegatedDestination {
                delegator_peer_id, ..
            } => Some(delegator_peer_id),
        }
    }
}

/// What both sides write down of a transaction before the request goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogRecord {
    /// The number of the transaction, the same on both sides.
    pub transaction_id: TransactionId,
    /// Received or sent.
    pub direction: Direction,
    /// The grant that allowed it.
    pub grant_hash: GrantHash,
    /// Who asked.
    pub source: Source,
    /// Who was asked.
    pub destination: Destination,
    /// The service.
    pub service_name: ServiceName,
    /// The moment, in Unix seconds.
    pub created_at: i64,
    /// What extensions add.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub additional_data: Option<Map<String, Value>>,
    /// The trace of the request's `traceparent`, 32 hexadecimal digits. In the newest text of the
    /// standard, not yet in its OpenAPI file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// The span of the request's `traceparent`, 16 hexadecimal digits. As `trace_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span_id: Option<String>,
}

impl LogRecord {
    /// The record of a request that travels under a token (FSC Logging 1.1.0, Access token).
    /// `parties` come from [`Claims::parties`].
    #[must_use]
    pub fn of(
        claims: &Claims,
        parties: &Parties,
        direction: Direction,
        transaction_id: TransactionId,
        created_at_unix_seconds: i64,
    ) -> Self {
        Self {
            transaction_id,
            direction,
            grant_hash: claims.gth.clone(),
            source: Source::of(parties),
            destination: Destination::of(parties),
            service_name: claims.svc.clone(),
            created_at: created_at_unix_seconds,
            additional_data: None,
            trace_id: None,
            span_id: None,
        }
    }

    /// Whether a Peer may see the record: it is the outway's, the service's, or one of the
    /// delegators.
    #[must_use]
    pub fn is_visible_to(&self, peer: &PeerId) -> bool {
        [
            Some(self.source.outway_peer_id()),
            self.source.delegator_peer_id(),
            Some(self.destination.service_peer_id()),
            self.destination.delegator_peer_id(),
        ]
        .contains(&Some(peer))
    }
}

/// The answer of `GET /logs`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LogsPage {
    /// The records.
    pub records: Vec<LogRecord>,
    /// Where the list goes on.
    #[serde(default)]
    pub pagination: Pagination,
}
