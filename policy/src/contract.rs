//! A contract that an organisation proposes, as far as the policy judges it.

use std::fmt;
use std::sync::Arc;

use crate::{PolicySet, PurposeBinding};

/// What becomes of a proposed contract, from mild to strict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// It is signed for us.
    Accept,
    /// It waits for a person.
    Hold,
    /// It is refused for us.
    Reject,
}

impl Outcome {
    /// Every outcome with the word for it in policy files and records.
    pub const ALL: [(&'static str, Outcome); 3] = [
        ("accept", Outcome::Accept),
        ("hold", Outcome::Hold),
        ("reject", Outcome::Reject),
    ];

    /// The word in policy files and records: `accept`, `hold` or `reject`.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Accept => "accept",
            Outcome::Hold => "hold",
            Outcome::Reject => "reject",
        }
    }

    /// The outcome of that name.
    pub fn parse(word: &str) -> Option<Outcome> {
        let found = Outcome::ALL.into_iter().find(|(name, _)| *name == word);
        found.map(|(_, outcome)| outcome)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// What a grant allows, as rules name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum GrantKind {
    /// An organisation may call a service.
    Connection,
    /// An organisation may call a service on behalf of another.
    DelegatedConnection,
    /// A directory lists a service.
    Publication,
    /// A directory lists a service that is offered on behalf of another.
    DelegatedPublication,
}

impl GrantKind {
    /// Every kind with the word for it in policy files.
    pub const ALL: [(&'static str, GrantKind); 4] = [
        ("connection", GrantKind::Connection),
        ("delegated-connection", GrantKind::DelegatedConnection),
        ("publication", GrantKind::Publication),
        ("delegated-publication", GrantKind::DelegatedPublication),
    ];

    /// Whether a directory lists a service.
    pub fn is_publication(self) -> bool {
        matches!(
            self,
            GrantKind::Publication | GrantKind::DelegatedPublication
        )
    }
}

/// By what the outway of a connection is recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutwayIdentity<'a> {
    /// By its public key.
    PublicKey,
    /// By a domain name in its certificate.
    DomainName(&'a str),
}

/// A contract that is proposed.
#[derive(Clone, Debug)]
pub struct ProposedContract<'a> {
    /// Our own peer id.
    pub own: &'a str,
    /// Every organisation that the contract names, by peer id.
    pub peers: Vec<&'a str>,
    /// From when it is valid, in seconds since 1970-01-01T00:00:00Z.
    pub not_before_unix_seconds: i64,
    /// Until when it is valid, in seconds since 1970-01-01T00:00:00Z.
    pub not_after_unix_seconds: i64,
    /// What it allows.
    pub grants: Vec<ProposedGrant<'a>>,
    /// The moment of the decision, in seconds since 1970-01-01T00:00:00Z.
    pub at_unix_seconds: i64,
}

/// One thing that a proposed contract allows.
#[derive(Clone, Debug)]
pub struct ProposedGrant<'a> {
    /// What kind of thing.
    pub kind: GrantKind,
    /// The service.
    pub service: &'a str,
    /// Peer id of the organisation that offers the service.
    pub provider: &'a str,
    /// Peer id of the organisation that may call; `None` for a publication.
    pub caller: Option<&'a str>,
    /// By what the caller's outway is recognised; `None` for a publication.
    pub outway: Option<OutwayIdentity<'a>>,
    /// Peer id of the directory; `None` for a connection.
    pub directory: Option<&'a str>,
    /// Peer id of the organisation on whose behalf is called.
    pub delegator: Option<&'a str>,
    /// Peer id of the organisation on whose behalf the service is offered.
    pub service_delegator: Option<&'a str>,
    /// Whether the delegator did not sign but is named by a reference to a contract outside FSC, which only a person can
    /// verify (FSC External Contract Reference 1.0.0).
    pub external_contract: bool,
    /// What the grant says about purposes; `None` when it says nothing.
    pub purposes: Option<&'a PurposeBinding>,
    /// Whether the grant has properties besides purposes and a contract outside FSC: conditions that no rule can see into.
    pub other_properties: bool,
    /// Whether we offer the service. Counts where we are the provider.
    pub is_offered: bool,
}

impl ProposedGrant<'_> {
    /// The purposes that the grant binds.
    pub(crate) fn purposes_of(&self) -> &[crate::BoundPurpose] {
        self.purposes.map_or(&[], PurposeBinding::purposes)
    }
}

/// What was decided about a proposed contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// What becomes of it.
    pub outcome: Outcome,
    /// Why, in one word: one of [`Approval::CODES`].
    pub code: &'static str,
    /// Why, in a sentence or two that can be read aloud; holds names and peer ids of organisations, no personal data.
    pub reason: Arc<str>,
    /// The rules that determined it; none when no rule did.
    pub rules: Vec<Arc<str>>,
    /// The digest of the policy folder; `None` when there is none.
    pub policy: Option<Arc<str>>,
}

impl Approval {
    /// Every code of a reason.
    pub const CODES: [&'static str; 10] = [
        "rule",
        "no-rule",
        "no-policy",
        "service-not-offered",
        "purpose-missing",
        "purpose-not-in-register",
        "opens-nothing",
        "external-contract",
        "other-properties",
        "not-a-party",
    ];

    /// What is decided where there is no policy folder: a person decides.
    pub fn without_policy() -> Approval {
        Approval {
            outcome: Outcome::Hold,
            code: "no-policy",
            reason: Arc::from(
                "no policy folder is configured, so there is no rule that accepts or rejects contracts",
            ),
            rules: Vec::new(),
            policy: None,
        }
    }
}

impl PolicySet {
    /// Decides what becomes of a proposed contract. Never fails: what no rule accepts waits for a person.
    pub fn approve(&self, contract: &ProposedContract<'_>) -> Approval {
        self.approvals().approve(contract, self.register())
    }

    /// Whether some rule can accept the publication of a service. Where none can, a directory signs nothing by itself.
    pub fn accepts_publications(&self) -> bool {
        self.approvals().accept_publications()
    }
}
