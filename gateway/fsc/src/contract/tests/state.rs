use serde_json::json;

use crate::{contract::*, fixtures::*, signature::SignatureType};

fn proposed() -> Contract {
    Contract {
        content: content(&[connection()]),
        signatures: Signatures::default(),
    }
}

fn accepted() -> Contract {
    let mut contract = proposed();
    for signer in [OUTWAY_PEER, SERVICE_PEER] {
        contract
            .signatures
            .insert(SignatureType::Accept, peer(signer), "jws".into());
    }
    contract
}

#[test]
fn every_named_peer_must_accept() {
    let mut contract = proposed();
    assert_eq!(contract.state(NOW), State::Proposed);
    contract
        .signatures
        .insert(SignatureType::Accept, peer(OUTWAY_PEER), "jws".into());
    assert_eq!(contract.state(NOW), State::Proposed);
    assert_eq!(contract.missing_acceptances(), [peer(SERVICE_PEER)].into());
    contract
        .signatures
        .insert(SignatureType::Accept, peer(SERVICE_PEER), "jws".into());
    assert_eq!(contract.state(NOW), State::Valid);
    assert!(contract.missing_acceptances().is_empty());
}

#[test]
fn the_period_includes_both_ends() {
    let contract = accepted();
    let Validity {
        not_before,
        not_after,
    } = contract.content.validity();
    assert_eq!(contract.state(not_before - 1), State::NotYetValid);
    assert_eq!(contract.state(not_before), State::Valid);
    assert_eq!(contract.state(not_after), State::Valid);
    assert_eq!(contract.state(not_after + 1), State::Expired);
    assert_eq!(proposed().state(not_after + 1), State::Expired);
}

#[test]
fn one_no_ends_it() {
    for (kind, state) in [
        (SignatureType::Reject, State::Rejected),
        (SignatureType::Revoke, State::Revoked),
    ] {
        let mut contract = accepted();
        contract
            .signatures
            .insert(kind, peer(OUTWAY_PEER), "jws".into());
        assert_eq!(contract.state(NOW), state);
        assert_eq!(contract.state(i64::MAX), state);
        assert_eq!(contract.signatures.of_type(kind).len(), 1);
    }
}

#[test]
fn a_strangers_signature_does_not_count() {
    let mut contract = accepted();
    contract
        .signatures
        .insert(SignatureType::Revoke, peer("stranger"), "jws".into());
    contract
        .signatures
        .insert(SignatureType::Reject, peer("stranger"), "jws".into());
    assert_eq!(contract.state(NOW), State::Valid);

    let mut contract = proposed();
    for stranger in ["stranger-1", "stranger-2"] {
        contract
            .signatures
            .insert(SignatureType::Accept, peer(stranger), "jws".into());
    }
    assert_eq!(contract.state(NOW), State::Proposed);
}

#[test]
fn delegators_must_accept_too() {
    let mut contract = Contract {
        content: content(&[delegated_connection()]),
        signatures: Signatures::default(),
    };
    for signer in [OUTWAY_PEER, SERVICE_PEER, CONNECTION_DELEGATOR] {
        contract
            .signatures
            .insert(SignatureType::Accept, peer(signer), "jws".into());
    }
    assert_eq!(
        contract.missing_acceptances(),
        [peer(PUBLICATION_DELEGATOR)].into()
    );
}

#[test]
fn a_listed_contract_is_read_and_written() {
    let contract = accepted();
    let text = serde_json::to_vec(&contract).unwrap();
    assert_eq!(Contract::parse(&text).unwrap(), contract);
    assert_eq!(serde_json::from_slice::<Contract>(&text).unwrap(), contract);

    let mut changed = serde_json::to_value(&contract).unwrap();
    changed["signatures"]["accept"]["x"] = json!("jws");
    assert!(Contract::parse(changed.to_string().as_bytes()).is_err());
    changed["signatures"]["accept"] = json!({ OUTWAY_PEER: 1 });
    assert!(Contract::parse(changed.to_string().as_bytes()).is_err());
    changed["signatures"]["accept"] = json!({ OUTWAY_PEER: "x".repeat(8_193) });
    assert!(Contract::parse(changed.to_string().as_bytes()).is_err());
    let many: serde_json::Map<_, _> = (0..41)
        .map(|n| (format!("peer-{n}"), json!("jws")))
        .collect();
    changed["signatures"]["accept"] = json!(many);
    assert!(Contract::parse(changed.to_string().as_bytes()).is_err());
    changed["signatures"] = json!({ "accept": {}, "reject": {} });
    assert!(Contract::parse(changed.to_string().as_bytes()).is_err());
}
