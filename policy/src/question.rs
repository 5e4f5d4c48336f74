//! What the gateway asks the policy.

use crate::{Asked, PurposeBinding};

/// Which way the data go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    /// The party asks us (inway): rows under `discloses`.
    Disclose,
    /// We ask the party (outway): rows under `obtains`.
    Obtain,
}

impl Direction {
    /// The word in policy files and in the context of a rule: `disclose` or `obtain`.
    pub fn as_str(self) -> &'static str {
        match self {
            Direction::Disclose => "disclose",
            Direction::Obtain => "obtain",
        }
    }
}

/// May this party do this, with these data, for this purpose, now?
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Which way the data go.
    pub direction: Direction,
    /// Peer id of the party at the other end of the connection.
    pub party: &'a str,
    /// Peer id of the party on whose behalf it acts, when the grant is delegated.
    pub delegator: Option<&'a str>,
    /// What is asked: from [`crate::Candidates::read`] of the same [`crate::PolicySet`]. It names the service.
    pub asked: &'a Asked,
    /// The purpose (doelbinding) that the request states: the name of an activity.
    pub purpose: Option<&'a str>,
    /// The role of the user, as the request states it.
    pub role: Option<&'a str>,
    /// The channel (for example `balie`), as the request states it.
    pub channel: Option<&'a str>,
    /// What the contract says about purposes; `None` when it says nothing.
    pub contract: Option<&'a PurposeBinding>,
    /// The moment of the question, in seconds since 1970-01-01T00:00:00Z.
    pub at_unix_seconds: i64,
}
