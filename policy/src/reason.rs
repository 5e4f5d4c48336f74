//! Why the policy says no.

use std::fmt;
use std::sync::Arc;

/// Why a request, or one data group of it, is refused. [`Reason::code`] is stable: it stands in records, metrics and
/// test cases.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// The request states no purpose.
    PurposeMissing,
    /// The contract binds no purpose, so nothing can be asked under it.
    ContractWithoutPurpose,
    /// The contract does not name the purpose that the request states.
    PurposeNotInContract,
    /// The register has no activity of that name.
    PurposeNotInRegister,
    /// The register has the activity, but no version of it is in force at this moment.
    ActivityNotInForce,
    /// Contract and register name another legal basis (grondslag) for the activity.
    LegalBasisDiffers,
    /// The operation is not one of this policy set.
    OperationUnknown,
    /// The contract does not name the operation for this purpose.
    OperationNotInContract,
    /// The activity has no row for the operation in this direction.
    OperationNotInActivity,
    /// The party is not among those to whom the activity discloses.
    PartyNotRecipient,
    /// The party is not among those from whom the activity obtains.
    PartyNotSource,
    /// The party acts on behalf of another, and the row does not say that it may.
    DelegationNotAllowed,
    /// The activity has no row that covers the data group.
    DataNotInActivity,
    /// The contract does not name the data group for this purpose and operation.
    DataNotInContract,
    /// The role is missing or not one that the row allows.
    RoleNotAllowed,
    /// The channel is missing or not one that the row allows.
    ChannelNotAllowed,
    /// The request is about more persons than the row allows.
    TooManySubjects,
    /// The request asks for no data at all.
    NothingAsked,
    /// A hand-written rule forbids it; the name is the rule's `@id`.
    ForbiddenByRule(Arc<str>),
    /// A policy could not be evaluated; nothing is released then.
    EvaluationFailed,
}

impl Reason {
    /// Every code.
    pub const CODES: [&'static str; 20] = [
        "purpose-missing",
        "contract-without-purpose",
        "purpose-not-in-contract",
        "purpose-not-in-register",
        "activity-not-in-force",
        "legal-basis-differs",
        "operation-unknown",
        "operation-not-in-contract",
        "operation-not-in-activity",
        "party-not-recipient",
        "party-not-source",
        "delegation-not-allowed",
        "data-not-in-activity",
        "data-not-in-contract",
        "role-not-allowed",
        "channel-not-allowed",
        "too-many-subjects",
        "nothing-asked",
        "forbidden-by-rule",
        "evaluation-failed",
    ];

    /// The stable code, in kebab case.
    pub fn code(&self) -> &'static str {
        match self {
            Reason::PurposeMissing => "purpose-missing",
            Reason::ContractWithoutPurpose => "contract-without-purpose",
            Reason::PurposeNotInContract => "purpose-not-in-contract",
            Reason::PurposeNotInRegister => "purpose-not-in-register",
            Reason::ActivityNotInForce => "activity-not-in-force",
            Reason::LegalBasisDiffers => "legal-basis-differs",
            Reason::OperationUnknown => "operation-unknown",
            Reason::OperationNotInContract => "operation-not-in-contract",
            Reason::OperationNotInActivity => "operation-not-in-activity",
            Reason::PartyNotRecipient => "party-not-recipient",
            Reason::PartyNotSource => "party-not-source",
            Reason::DelegationNotAllowed => "delegation-not-allowed",
            Reason::DataNotInActivity => "data-not-in-activity",
            Reason::DataNotInContract => "data-not-in-contract",
            Reason::RoleNotAllowed => "role-not-allowed",
            Reason::ChannelNotAllowed => "channel-not-allowed",
            Reason::TooManySubjects => "too-many-subjects",
            Reason::NothingAsked => "nothing-asked",
            Reason::ForbiddenByRule(_) => "forbidden-by-rule",
            Reason::EvaluationFailed => "evaluation-failed",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::ForbiddenByRule(rule) => write!(formatter, "{}: {rule}", self.code()),
            _ => formatter.write_str(self.code()),
        }
    }
}
