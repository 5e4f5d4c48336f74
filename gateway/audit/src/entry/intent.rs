//! What is about to happen: one passage, written before anything is forwarded.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Pseudonym;

/// A passage that was allowed, written and durable before anything is forwarded. It is at once the
/// FSC transaction-log record (FSC Logging 1.1.0, section 2.2) and the authorisation decision.
///
/// The members stand in alphabetical order because an entry is stored as JSON in that order
/// (see [`Entry`](crate::Entry)).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intent {
    /// Version of the processing activity in the register under which it was allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activity_version: Option<u32>,
    /// Free extra facts, FSC Logging 1.1.0 `additional_data`: text to text, no personal data.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub additional_data: BTreeMap<Arc<str>, Arc<str>>,
    /// The calling application, as the caller named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<Arc<str>>,
    /// Through which channel the citizen came, as the caller named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Arc<str>>,
    /// Hash of the contract's content (`$1$1$...`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_hash: Option<Arc<str>>,
    /// Who provides the service.
    pub destination: Destination,
    /// Whether we were asked or asked somebody.
    pub direction: Direction,
    /// Hash of the grant (`$1$3$...`).
    pub grant_hash: Arc<str>,
    /// The FSC group.
    pub group_id: Arc<str>,
    /// The data groups that the decision releases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Arc<str>>,
    /// Legal basis (grondslag) of the processing activity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_basis: Option<Arc<str>>,
    /// HTTP method.
    pub method: Arc<str>,
    /// Name of the operation in the policy.
    pub operation: Arc<str>,
    /// Path template of the operation, never the path itself.
    pub path_template: Arc<str>,
    /// Digest of the policy set that decided.
    pub policy_digest: Arc<str>,
    /// The stated purpose (doelbinding): the name of the processing activity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Arc<str>>,
    /// Role of the person behind the call, as the caller named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Arc<str>>,
    /// Name of the service.
    pub service: Arc<str>,
    /// Who asks.
    pub source: Source,
    /// The persons named in the request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<SubjectRef>,
    /// W3C trace.
    pub trace: Trace,
    /// FSC transaction id (UUIDv7).
    pub transaction_id: Uuid,
    /// The employee or system behind the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<Pseudonym>,
    /// The data groups that were asked for and withheld.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<Arc<str>>,
}

/// The direction of a passage, seen from this gateway (FSC Logging `direction`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Another organisation asks us (inway, `DIRECTION_INCOMING`).
    Incoming,
    /// We ask another organisation (outway, `DIRECTION_OUTGOING`).
    Outgoing,
}

/// Who asks (FSC Logging `source`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The peer on whose behalf the outway asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delegator_peer_id: Option<Arc<str>>,
    /// The peer whose outway asks.
    pub outway_peer_id: Arc<str>,
}

/// Who provides the service (FSC Logging `destination`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Destination {
    /// The peer on whose behalf the service is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delegator_peer_id: Option<Arc<str>>,
    /// The peer that provides the service.
    pub service_peer_id: Arc<str>,
}

/// Where an entry stands in a W3C trace (`traceparent`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trace {
    /// The trace id was derived from the FSC transaction id, because the other side sent none.
    #[serde(default, skip_serializing_if = "is_false")]
    pub derived: bool,
    /// The span of the caller.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "crate::hex::optional_bytes"
    )]
    pub parent_span_id: Option<[u8; 8]>,
    /// Our own span.
    #[serde(with = "crate::hex::bytes")]
    pub span_id: [u8; 8],
    /// The trace.
    #[serde(with = "crate::hex::bytes")]
    pub trace_id: [u8; 16],
}

/// A person, by pseudonym.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubjectRef {
    /// What the pseudonym stands for (`bsn`, ...).
    pub kind: Arc<str>,
    /// The pseudonym.
    pub pseudonym: Pseudonym,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde's skip_serializing_if calls it with a reference"
)]
pub(crate) fn is_false(value: &bool) -> bool {
    !value
}
