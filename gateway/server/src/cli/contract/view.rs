//! A contract in words, and as JSON.

use serde_json::{Value, json};
use sluis_fsc::grant::ExternalContract;
use sluis_proto::admin::v1::grant::Kind;
use sluis_proto::admin::v1::service_connection::OutwayIdentification;
use sluis_proto::admin::v1::{
    Contract, ContractDecision, ContractState, Delivery, Grant, ServiceConnection,
    ServicePublication, Signature, SignatureType,
};

use crate::cli::show::{Names, counted, moment, presentable};
use crate::cli::target::Target;

/// The state in one word.
pub(in crate::cli) fn state_name(state: ContractState) -> &'static str {
    match state {
        ContractState::Unspecified => "unknown",
        ContractState::Proposed => "proposed",
        ContractState::Valid => "valid",
        ContractState::NotYetValid => "not-yet-valid",
        ContractState::Rejected => "rejected",
        ContractState::Revoked => "revoked",
        ContractState::Expired => "expired",
    }
}

/// What was signed, in one word.
pub(super) fn signature_name(signature: &Signature) -> &'static str {
    match signature.r#type() {
        SignatureType::Unspecified => "unknown",
        SignatureType::Accept => "accept",
        SignatureType::Reject => "reject",
        SignatureType::Revoke => "revoke",
    }
}

/// What the contract allows, in one line.
pub(super) fn summary(contract: &Contract, names: &Names) -> String {
    let more = contract.grants.len().saturating_sub(1);
    let first = contract.grants.first();
    let first = first.map_or_else(String::new, |grant| sentence(grant, names));
    match more {
        0 => first,
        _ => format!("{first} (and {more} more)"),
    }
}

/// What a grant allows.
pub(super) fn sentence(grant: &Grant, names: &Names) -> String {
    match &grant.kind {
        Some(Kind::ServiceConnection(connection)) => {
            let external = external_contract(grant, ExternalContract::CONNECTION, "calling ");
            connection_sentence(connection, names) + &external
        }
        Some(Kind::ServicePublication(publication)) => {
            let external = external_contract(grant, ExternalContract::PUBLICATION, "");
            publication_sentence(publication, names) + &external
        }
        None => "something that this version does not know".to_owned(),
    }
}

fn connection_sentence(connection: &ServiceConnection, names: &Names) -> String {
    let mut text = format!(
        "{} may call {} of {}",
        names.short(&connection.outway_peer_id),
        presentable(&connection.service),
        names.short(&connection.service_peer_id)
    );
    if !connection.service_delegator_peer_id.is_empty() {
        let delegator = names.short(&connection.service_delegator_peer_id);
        text.push_str(&format!(", offered on behalf of {delegator}"));
    }
    if !connection.delegator_peer_id.is_empty() {
        let delegator = names.short(&connection.delegator_peer_id);
        text.push_str(&format!(", calling on behalf of {delegator}"));
    }
    text
}

fn publication_sentence(publication: &ServicePublication, names: &Names) -> String {
    let mut text = format!(
        "{} lists {} in {}",
        names.short(&publication.service_peer_id),
        presentable(&publication.service),
        names.short(&publication.directory_peer_id)
    );
    if !publication.delegator_peer_id.is_empty() {
        let delegator = names.short(&publication.delegator_peer_id);
        text.push_str(&format!(", on behalf of {delegator}"));
    }
    text
}

/// On whose behalf, where that rests on a contract outside FSC: what the proposer says of it, and nobody here can check.
fn external_contract(grant: &Grant, property: &str, calling: &str) -> String {
    let properties = properties(grant).unwrap_or_default();
    match ExternalContract::read(&properties, property) {
        Ok(None) => String::new(),
        Ok(Some(external)) => presentable(&format!(
            ", {calling}on behalf of {} ({}) by a contract outside FSC, {}: verify it before accepting",
            external.delegator_name, external.delegator_id, external.reference
        )),
        Err(error) => presentable(&format!(", with {error}, so that it allows nothing")),
    }
}

/// What to do next, if there is something.
pub(super) fn next_step(contract: &Contract, names: &Names, target: &Target) -> Option<String> {
    let id = &contract.iv;
    let ours = contract
        .waiting_for_peer_ids
        .iter()
        .any(|peer| peer == names.own());
    match contract.state() {
        ContractState::Proposed if ours => Some(format!(
            "it waits for us: read what it allows, then `{}` or `{}`",
            target.command(&format!("contract accept {id}")),
            target.command(&format!("contract reject {id}")),
        )),
        ContractState::Proposed => Some(format!(
            "{} must accept it; they find it under the id {id}",
            names.several(&contract.waiting_for_peer_ids)
        )),
        ContractState::NotYetValid => Some(format!(
            "nothing; it becomes valid on {}",
            moment(contract.not_before_unix_seconds)
        )),
        ContractState::Rejected | ContractState::Revoked | ContractState::Expired => Some(format!(
            "propose a new one when the organisations still want this: `{}`",
            target.command("contract propose")
        )),
        ContractState::Valid | ContractState::Unspecified => None,
    }
}

/// One line about something that another organisation still has to be told.
pub(super) fn delivery_line(delivery: &Delivery, names: &Names) -> String {
    let peer = names.short(&delivery.peer_id);
    let what = presentable(&delivery.action);
    let error = presentable(&delivery.last_error);
    if delivery.refused {
        return format!("{peer} refused to take our `{what}` ({error}); ask their administrator");
    }
    if delivery.attempts == 0 {
        return format!("{peer} is being told our `{what}`");
    }
    let next = moment(delivery.next_attempt_unix_seconds);
    format!(
        "{peer} has not been told our `{what}` yet ({}: {error}); tried again at {next}",
        counted(delivery.attempts.into(), "attempt")
    )
}

/// What our rules decided, and why.
pub(super) fn decision_line(decision: &ContractDecision) -> String {
    let outcome = match decision.outcome.as_str() {
        "accept" => "accepted by our rules",
        "reject" => "rejected by our rules",
        _ => "held for a person",
    };
    let rules = match decision.rules.as_str() {
        "" => String::new(),
        rules => format!(" (rule {rules})"),
    };
    presentable(&format!("{outcome}{rules}: {}", decision.reason))
}

/// The contract, for programs.
pub(super) fn as_json(contract: &Contract) -> Value {
    let signature = |signature: &Signature| {
        json!({
            "peer_id": signature.peer_id,
            "type": signature_name(signature),
            "signed_at": moment(signature.signed_at_unix_seconds),
            "jws": signature.jws,
        })
    };
    let delivery = |delivery: &Delivery| {
        json!({
            "peer_id": delivery.peer_id,
            "action": delivery.action,
            "refused": delivery.refused,
            "attempts": delivery.attempts,
            "next_attempt_at": moment(delivery.next_attempt_unix_seconds),
            "last_error": delivery.last_error,
        })
    };
    json!({
        "content_hash": contract.content_hash,
        "iv": contract.iv,
        "group_id": contract.group_id,
        "state": state_name(contract.state()),
        "created_at": moment(contract.created_at_unix_seconds),
        "not_before": moment(contract.not_before_unix_seconds),
        "not_after": moment(contract.not_after_unix_seconds),
        "submitted_by": contract.submitted_by_peer_id,
        "grants": contract.grants.iter().map(grant_json).collect::<Vec<_>>(),
        "signatures": contract.signatures.iter().map(signature).collect::<Vec<_>>(),
        "waiting_for": contract.waiting_for_peer_ids,
        "decision": contract.decision.as_ref().map(decision_json),
        "undelivered": contract.undelivered.iter().map(delivery).collect::<Vec<_>>(),
    })
}

/// What our rules decided, for programs.
pub(super) fn decision_json(decision: &ContractDecision) -> Value {
    let decided_at = decision.decided_at_unix_seconds;
    json!({
        "outcome": decision.outcome,
        "code": decision.code,
        "reason": decision.reason,
        "rules": decision.rules,
        "policy": decision.policy_digest,
        "decided_at": (decided_at != 0).then(|| moment(decided_at)),
    })
}

/// A grant, for programs.
pub(super) fn grant_json(grant: &Grant) -> Value {
    let optional = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let properties = properties(grant);
    match &grant.kind {
        Some(Kind::ServiceConnection(connection)) => json!({
            "grant_hash": grant.grant_hash,
            "type": "connection",
            "outway_peer_id": connection.outway_peer_id,
            "outway_public_key_thumbprint": match &connection.outway_identification {
                Some(OutwayIdentification::OutwayPublicKeyThumbprint(thumbprint)) => Some(thumbprint),
                _ => None,
            },
            "outway_domain_name": match &connection.outway_identification {
                Some(OutwayIdentification::OutwayDomainName(name)) => Some(name),
                _ => None,
            },
            "service_peer_id": connection.service_peer_id,
            "service": connection.service,
            "service_delegator_peer_id": optional(&connection.service_delegator_peer_id),
            "delegator_peer_id": optional(&connection.delegator_peer_id),
            "properties": properties,
        }),
        Some(Kind::ServicePublication(publication)) => json!({
            "grant_hash": grant.grant_hash,
            "type": "publication",
            "directory_peer_id": publication.directory_peer_id,
            "service_peer_id": publication.service_peer_id,
            "service": publication.service,
            "protocol": publication.protocol,
            "delegator_peer_id": optional(&publication.delegator_peer_id),
            "properties": properties,
        }),
        None => json!({ "grant_hash": grant.grant_hash }),
    }
}

/// The properties of a grant; `None` without any.
pub(super) fn properties(grant: &Grant) -> Option<serde_json::Map<String, Value>> {
    serde_json::from_str(&grant.properties_json).ok()
}
