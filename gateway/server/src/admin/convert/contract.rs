//! A contract as the administration shows it.

use sluis_fsc::contract::State;
use sluis_fsc::signature::SignatureType;
use sluis_proto::admin::v1;

use super::grant::grant;
use crate::contracts::{ContractDecision, ContractRecord, OutboxItem, OutboxState};
use crate::manager::ContractView;

/// The contract with its signatures, and what is still to be told about it.
pub(in crate::admin) fn contract(view: &ContractView) -> v1::Contract {
    let content = &view.record.contract.content;
    let waiting_for = match view.state {
        State::Proposed => view.record.contract.missing_acceptances(),
        _ => Default::default(),
    };
    v1::Contract {
        content_hash: content.hash().to_string(),
        iv: content.iv().hyphenated().to_string(),
        group_id: content.group_id().to_string(),
        created_at_unix_seconds: content.created_at(),
        not_before_unix_seconds: content.validity().not_before,
        not_after_unix_seconds: content.validity().not_after,
        grants: content.grants().iter().map(grant).collect(),
        signatures: signatures(&view.record),
        state: state(view.state).into(),
        waiting_for_peer_ids: waiting_for.iter().map(ToString::to_string).collect(),
        undelivered: view.outbox.iter().filter_map(delivery).collect(),
        submitted_by_peer_id: view.record.submitted_by.to_string(),
        decision: view.decision.as_ref().map(decision),
    }
}

/// What our rules decided.
pub(in crate::admin) fn decision(decision: &ContractDecision) -> v1::ContractDecision {
    v1::ContractDecision {
        outcome: decision.outcome.as_str().to_owned(),
        code: decision.code.clone(),
        reason: decision.reason.clone(),
        rules: decision.rules.clone(),
        policy_digest: decision.policy.clone(),
        decided_at_unix_seconds: i64::try_from(decision.decided_at_ms / 1000).unwrap_or(i64::MAX),
    }
}

/// In the order in which they were signed.
fn signatures(record: &ContractRecord) -> Vec<v1::Signature> {
    let mut evidence: Vec<_> = record.evidence.iter().collect();
    evidence.sort_by_key(|one| (one.signed_at, one.received_at_ms));
    let signature = |one: &crate::contracts::Evidence| {
        let of_type = record.contract.signatures.of_type(one.signature_type);
        v1::Signature {
            peer_id: one.peer_id.to_string(),
            r#type: signature_type(one.signature_type).into(),
            signed_at_unix_seconds: one.signed_at,
            jws: of_type.get(&one.peer_id).cloned().unwrap_or_default(),
        }
    };
    evidence.into_iter().map(signature).collect()
}

fn signature_type(signature_type: SignatureType) -> v1::SignatureType {
    match signature_type {
        SignatureType::Accept => v1::SignatureType::Accept,
        SignatureType::Reject => v1::SignatureType::Reject,
        SignatureType::Revoke => v1::SignatureType::Revoke,
    }
}

pub(in crate::admin) fn state(state: State) -> v1::ContractState {
    match state {
        State::Proposed => v1::ContractState::Proposed,
        State::Valid => v1::ContractState::Valid,
        State::NotYetValid => v1::ContractState::NotYetValid,
        State::Rejected => v1::ContractState::Rejected,
        State::Revoked => v1::ContractState::Revoked,
        State::Expired => v1::ContractState::Expired,
    }
}

/// What is still to be told or was refused; `None` for what the other organisation confirmed.
fn delivery(item: &OutboxItem) -> Option<v1::Delivery> {
    let refused = match item.state {
        OutboxState::Pending => false,
        OutboxState::Refused => true,
        OutboxState::Delivered => return None,
    };
    let next_attempt = i64::try_from(item.next_attempt_at_ms / 1000).unwrap_or(i64::MAX);
    Some(v1::Delivery {
        peer_id: item.peer_id.clone(),
        action: item.action.as_str().to_owned(),
        refused,
        attempts: item.attempts,
        next_attempt_unix_seconds: if refused { 0 } else { next_attempt },
        last_error: item.last_error.clone().unwrap_or_default(),
    })
}
