//! What a contract would open, if everybody accepted it.

use std::sync::Arc;

use crate::{Activity, Direction, PolicySet, ProposedContract, ProposedGrant};

/// What one purpose of a grant would open. The register in force decides, as it would for a request on a working day at
/// noon.
#[derive(Clone, Debug)]
pub struct PurposePreview {
    /// The activity, as the contract calls it.
    pub activity: Arc<str>,
    /// Which way the data would go; `None` when we neither offer the service nor call it.
    pub direction: Option<Direction>,
    /// What would be released.
    pub opens: Vec<Opening>,
    /// Data groups that the contract names and that nobody would get, each with the reason.
    pub closed: Vec<(Arc<str>, Arc<str>)>,
    /// Why nothing of it counts here, as the end of a sentence: `is not in the register`.
    pub problem: Option<String>,
}

/// What a row of the register would release under a contract.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The version of the activity.
    pub activity: Arc<Activity>,
    /// The row: `bijstand-aanvraag@3/discloses/1`.
    pub row: Arc<str>,
    /// The operations that may be asked.
    pub operations: Vec<Arc<str>>,
    /// The data groups that are released.
    pub data: Vec<Arc<str>>,
    /// The roles of which a request must state one; any when empty.
    pub roles: Vec<Arc<str>>,
    /// The channels of which a request must state one; any when empty.
    pub channels: Vec<Arc<str>>,
    /// The most persons in one request.
    pub subjects_max: Option<u32>,
    /// From when: contract and version of the activity together, in seconds since 1970-01-01T00:00:00Z.
    pub from_unix_seconds: i64,
    /// Until when.
    pub until_unix_seconds: i64,
}

impl PolicySet {
    /// What a contract would open: for each of its grants, one entry for each of its purposes.
    pub fn preview(&self, contract: &ProposedContract<'_>) -> Vec<Vec<PurposePreview>> {
        let register = self.register();
        let of_grant = |grant: &ProposedGrant<'_>| {
            let purposes = grant.purposes_of().iter();
            purposes
                .map(|purpose| register.preview_purpose(contract, grant, purpose))
                .collect()
        };
        contract.grants.iter().map(of_grant).collect()
    }
}
