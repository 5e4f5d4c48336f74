//! What no rule can make us accept without a person.

use crate::contract::{ProposedContract, ProposedGrant};
use crate::decide::Register;

/// Checks a contract that rules would accept.
///
/// # Errors
/// A code and half a sentence: what about it only a person may accept.
pub(super) fn check(
    contract: &ProposedContract<'_>,
    register: &Register,
) -> Result<(), (&'static str, String)> {
    if !contract.peers.contains(&contract.own) {
        return Err(("not-a-party", "we take no part in it".to_owned()));
    }
    contract
        .grants
        .iter()
        .try_for_each(|grant| check_grant(contract, grant, register))
}

fn check_grant(
    contract: &ProposedContract<'_>,
    grant: &ProposedGrant<'_>,
    register: &Register,
) -> Result<(), (&'static str, String)> {
    let service = grant.service;
    if grant.provider == contract.own && !grant.is_offered {
        let what = format!("it would open `{service}`, which is not a service of our inway");
        return Err(("service-not-offered", what));
    }
    if grant.external_contract {
        let for_whom = grant.delegator.or(grant.service_delegator);
        let what = format!(
            "its grant for `{service}` is on behalf of {} by a contract outside FSC, which must be verified",
            for_whom.unwrap_or("somebody")
        );
        return Err(("external-contract", what));
    }
    if grant.kind.is_publication() {
        return Ok(());
    }
    if grant.other_properties {
        let what = format!("its grant for `{service}` has properties besides the purposes");
        return Err(("other-properties", what));
    }
    if grant.purposes_of().is_empty() {
        let what = format!("it would open `{service}` without naming a purpose");
        return Err(("purpose-missing", what));
    }
    for purpose in grant.purposes_of() {
        let name = &purpose.activity;
        let preview = register.preview_purpose(contract, grant, purpose);
        if let Some(problem) = preview.problem {
            let what = format!("its purpose `{name}` {problem}");
            return Err(("purpose-not-in-register", what));
        }
        if preview.direction.is_some() && preview.opens.is_empty() {
            let what =
                format!("the register gives nothing of `{service}` for its purpose `{name}`");
            return Err(("opens-nothing", what));
        }
    }
    Ok(())
}
