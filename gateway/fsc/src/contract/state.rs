//! How a contract stands.

use super::Contract;

/// How a contract stands at a moment (FSC Core 2.0.0, Contracts). Only [`State::Valid`] allows
/// anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// A Peer of the contract has not accepted yet.
    Proposed,
    /// Everybody accepted and the period runs.
    Valid,
    /// Everybody accepted; the period has not begun.
    NotYetValid,
    /// A Peer of the contract rejected it.
    Rejected,
    /// A Peer of the contract revoked it.
    Revoked,
    /// The period is over.
    Expired,
}

impl State {
    /// The state of a contract. What cannot be undone comes first: revoked, rejected, expired.
    pub(super) fn of(contract: &Contract, now_unix_seconds: i64) -> Self {
        let (content, signatures) = (&contract.content, &contract.signatures);
        let peers = content.peers();
        if peers
            .iter()
            .any(|peer| signatures.revoke.contains_key(peer))
        {
            Self::Revoked
        } else if peers
            .iter()
            .any(|peer| signatures.reject.contains_key(peer))
        {
            Self::Rejected
        } else if now_unix_seconds > content.validity().not_after {
            Self::Expired
        } else if !peers
            .iter()
            .all(|peer| signatures.accept.contains_key(peer))
        {
            Self::Proposed
        } else if now_unix_seconds < content.validity().not_before {
            Self::NotYetValid
        } else {
            Self::Valid
        }
    }

    /// Whether the contract is or may still become valid.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Proposed | Self::Valid | Self::NotYetValid)
    }

    /// The name in lower case, as logs and lists show it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Valid => "valid",
            Self::NotYetValid => "not-yet-valid",
            Self::Rejected => "rejected",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }
}
