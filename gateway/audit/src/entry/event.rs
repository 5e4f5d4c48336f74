//! Something that happened to the gateway itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Something that happened to the gateway itself and that an auditor should see: a policy loaded,
/// a contract accepted, a probe of the log. It is no FSC transaction-log record. Text that is too
/// long is cut.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// Which part of the gateway it happened to.
    pub component: Arc<str>,
    /// What there is to say about it: text to text, no personal data.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub details: BTreeMap<Arc<str>, Arc<str>>,
    /// What happened, in kebab-case (`policy-loaded`).
    pub name: Arc<str>,
}
