//! A request that was turned away before anything was forwarded.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Destination, Direction, Source, SubjectRef, Trace};
use crate::Pseudonym;

/// A refusal. Like an [`Intent`](crate::Intent), but most of it may not be known yet: a request
/// can be refused at the first door. It is no FSC transaction-log record. Text that is too long
/// is cut, because a refusal must be recorded whatever the request contained.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// Version of the processing activity in the register.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activity_version: Option<u32>,
    /// Free extra facts: text to text, no personal data.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub additional_data: BTreeMap<Arc<str>, Arc<str>>,
    /// The calling application, as the caller named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<Arc<str>>,
    /// Through which channel the citizen came, as the caller named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Arc<str>>,
    /// Which part of the gateway refused (`inway`, `outway`, `manager`).
    pub component: Arc<str>,
    /// Hash of the contract's content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_hash: Option<Arc<str>>,
    /// Who would have provided the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<Destination>,
    /// Whether we were asked or would have asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// Hash of the grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_hash: Option<Arc<str>>,
    /// The FSC group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_id: Option<Arc<str>>,
    /// The data groups that were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Arc<str>>,
    /// Legal basis (grondslag) of the processing activity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_basis: Option<Arc<str>>,
    /// HTTP method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<Arc<str>>,
    /// Name of the operation in the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<Arc<str>>,
    /// Path template of the operation, never the path itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_template: Option<Arc<str>>,
    /// Digest of the policy set that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_digest: Option<Arc<str>>,
    /// The stated purpose (doelbinding).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Arc<str>>,
    /// Code of the reason (`purpose-missing`, `access-token-expired`, ...).
    pub reason: Arc<str>,
    /// Role of the person behind the call, as the caller named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Arc<str>>,
    /// Name of the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Arc<str>>,
    /// Who asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// HTTP status that the caller got.
    pub status: u16,
    /// The persons named in the request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<SubjectRef>,
    /// W3C trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<Trace>,
    /// FSC transaction id, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<Uuid>,
    /// The employee or system behind the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<Pseudonym>,
}

impl Refusal {
    /// The texts that may be absent: each of them may come from the request, so each is guarded and cut.
    pub(crate) fn optional_texts_mut(&mut self) -> impl Iterator<Item = &mut Arc<str>> {
        [
            &mut self.application,
            &mut self.channel,
            &mut self.content_hash,
            &mut self.grant_hash,
            &mut self.group_id,
            &mut self.legal_basis,
            &mut self.method,
            &mut self.operation,
            &mut self.path_template,
            &mut self.policy_digest,
            &mut self.purpose,
            &mut self.role,
            &mut self.service,
        ]
        .into_iter()
        .flatten()
    }
}
