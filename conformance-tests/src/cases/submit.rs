//! `Manager-SubmitContract-*`.

use serde_json::{Map, Value, json};

use super::expect::{manager_refusal, status};
use crate::case::{Evidence, Stop, not_run};
use crate::clauses::{
    CONNECTION, DELEGATED_CONNECTION, DELEGATED_PUBLICATION, MANAGER_CONTRACTS, PUBLICATION,
    SIGNATURES, VALIDATION,
};
use crate::play::Played;
use crate::protocol::{Contract, Grant, Service};
use crate::stage::{Kind, Stage, sign, signature_payload};

/// 1, 4, 5 and 6: a connection, plain, delegated, to a delegated service, and both.
pub(crate) async fn connection(
    stage: &Stage,
    evidence: &mut Evidence,
    kind: Kind,
) -> Result<(), Stop> {
    let clause = if kind.is_delegated() {
        DELEGATED_CONNECTION
    } else {
        CONNECTION
    };
    let contract = stage.connection(kind)?.contract;
    taken_in(stage, evidence, &stage.consumer, &contract, clause).await
}

/// 2 and 3: a publication, plain and delegated.
pub(crate) async fn publication(
    stage: &Stage,
    evidence: &mut Evidence,
    is_delegated: bool,
) -> Result<(), Stop> {
    let clause = if is_delegated {
        DELEGATED_PUBLICATION
    } else {
        PUBLICATION
    };
    let grant = publication_grant(stage, is_delegated, stage.service_name(), &Map::new());
    let contract = stage.contract(&[grant])?;
    taken_in(stage, evidence, &stage.provider, &contract, clause).await
}

/// 7: by a peer that is not in the contract.
pub(crate) async fn by_a_stranger(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let contract = stage.connection(Kind::Plain)?.contract;
    let stranger = &stage.provider;
    let signature = stage.accepted_by(stranger, &contract)?;
    let answer = stage.submit(stranger, &contract, &signature).await?;
    let codes = [
        "ERROR_CODE_SUBMITTING_PEER_NOT_PART_OF_CONTRACT",
        "ERROR_CODE_PEER_NOT_PART_OF_CONTRACT",
    ];
    manager_refusal(
        evidence,
        &answer,
        &codes,
        "a contract brought by a peer that is not in it",
    )?;
    not_listed(stage, evidence, &stage.consumer, &contract).await
}

/// 8: a publication together with a connection.
pub(crate) async fn mixed_grants(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let connection = stage.connection(Kind::Plain)?.contract;
    let connection = connection
        .content()
        .pointer("/grants/0/data")
        .cloned()
        .unwrap_or(Value::Null);
    let published = Grant::Publication {
        directory: stage.target.peer_id.clone(),
        service: Service {
            peer_id: stage.consumer.id.clone(),
            name: stage.service_name().to_owned(),
            delegator: None,
        },
        protocol: "PROTOCOL_TCP_HTTP_1.1".to_owned(),
    };
    let contract = stage.contract(&[published.data(&Map::new()), connection])?;
    let signature = stage.accepted_by(&stage.consumer, &contract)?;
    let answer = stage.submit(&stage.consumer, &contract, &signature).await?;
    let codes = ["ERROR_CODE_GRANT_COMBINATION_NOT_ALLOWED"];
    manager_refusal(
        evidence,
        &answer,
        &codes,
        "a publication together with a connection",
    )?;
    not_listed(stage, evidence, &stage.consumer, &contract).await
}

/// 9: of another group.
pub(crate) async fn other_group(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let contract = stage.connection(Kind::Plain)?.contract;
    let contract = changed(&contract, "group_id", json!("another.group"))?;
    let signature = stage.accepted_by(&stage.consumer, &contract)?;
    let answer = stage.submit(&stage.consumer, &contract, &signature).await?;
    let codes = ["ERROR_CODE_INCORRECT_GROUP_ID"];
    manager_refusal(evidence, &answer, &codes, "a contract of another group")?;
    not_listed(stage, evidence, &stage.consumer, &contract).await
}

/// 10: with a hash algorithm that does not exist. (The overview of the FSC test suite repeats the title of 9; its
/// scenario is about the hash algorithm.)
pub(crate) async fn unknown_hash_algorithm(
    stage: &Stage,
    evidence: &mut Evidence,
) -> Result<(), Stop> {
    let contract = stage.connection(Kind::Plain)?.contract;
    let consumer = &stage.consumer;
    let credential = consumer
        .credential()
        .ok_or_else(|| not_run("the consumer has no certificate"))?;
    // In the signature: the content is right, its hash claims another algorithm.
    let other = contract.hash().replacen("$1$1$", "$2$1$", 1);
    let payload = json!({
        "contract_content_hash": other, "type": "accept", "signed_at": stage.now()
    });
    let signature = sign(credential, &payload)?;
    let answer = stage.submit(consumer, &contract, &signature).await?;
    let codes = [
        "ERROR_CODE_UNKNOWN_HASH_ALGORITHM_HASH",
        "ERROR_CODE_SIGNATURE_CONTRACT_CONTENT_HASH_MISMATCH",
    ];
    let what = "a signature whose content hash names hash algorithm 2";
    manager_refusal(evidence, &answer, &codes, what)?;
    not_listed(stage, evidence, consumer, &contract).await?;
    // In the content. A reader that checks the enumeration of manager.yaml may say 400 here.
    let contract = changed(&contract, "hash_algorithm", json!("HASH_ALGORITHM_MD5"))?;
    let payload = signature_payload(&contract, "accept", stage.now());
    let signature = sign(credential, &payload)?;
    let answer = stage.submit(consumer, &contract, &signature).await?;
    let expected = "status 422 or 400 for a content with an unknown `hash_algorithm`";
    let refused = matches!(answer.status.as_u16(), 400 | 422);
    evidence.check(refused, VALIDATION, expected, || answer.shown())?;
    not_listed(stage, evidence, consumer, &contract).await
}

/// 11 and 12: signed with an RSA or an ECDSA key.
pub(crate) async fn signed_with(
    stage: &Stage,
    evidence: &mut Evidence,
    rsa: bool,
) -> Result<(), Stop> {
    let credential = super::sign::credential_of_kind(&stage.consumer, rsa)?;
    let contract = stage.connection(Kind::Plain)?.contract;
    let payload = signature_payload(&contract, "accept", stage.now());
    let signature = sign(credential, &payload)?;
    let answer = stage.submit(&stage.consumer, &contract, &signature).await?;
    let what = format!(
        "a contract signed with {}",
        if rsa { "RSA" } else { "ECDSA" }
    );
    status(evidence, SIGNATURES, &answer, 201, &what)?;
    listed(stage, evidence, &stage.consumer, &contract).await
}

/// A publication in the target's directory of a service of the provider.
pub(crate) fn publication_grant(
    stage: &Stage,
    is_delegated: bool,
    service: &str,
    properties: &Map<String, Value>,
) -> Value {
    let grant = Grant::Publication {
        directory: stage.target.peer_id.clone(),
        service: Service {
            peer_id: stage.provider.id.clone(),
            name: service.to_owned(),
            delegator: is_delegated.then(|| stage.delegator.id.clone()),
        },
        protocol: "PROTOCOL_TCP_HTTP_1.1".to_owned(),
    };
    grant.data(properties)
}

async fn taken_in(
    stage: &Stage,
    evidence: &mut Evidence,
    submitter: &Played,
    contract: &Contract,
    clause: &'static str,
) -> Result<(), Stop> {
    let signature = stage.accepted_by(submitter, contract)?;
    let answer = stage.submit(submitter, contract, &signature).await?;
    status(evidence, clause, &answer, 201, "a valid contract")?;
    listed(stage, evidence, submitter, contract).await
}

async fn listed(
    stage: &Stage,
    evidence: &mut Evidence,
    peer: &Played,
    contract: &Contract,
) -> Result<(), Stop> {
    let found = stage.listed(peer, contract).await?;
    let expected =
        "GET /v1/contracts?grant_hash= to give the contract, with content that hashes the same";
    let came = || format!("no contract with content hash {}", contract.hash());
    evidence.check(found.is_some(), MANAGER_CONTRACTS, expected, came)
}

pub(crate) async fn not_listed(
    stage: &Stage,
    evidence: &mut Evidence,
    peer: &Played,
    contract: &Contract,
) -> Result<(), Stop> {
    let found = stage.listed(peer, contract).await?;
    let expected = "the refused contract not to be in GET /v1/contracts";
    let came = || format!("the contract {} is listed", contract.hash());
    evidence.check(found.is_none(), VALIDATION, expected, came)
}

/// The contract with one member of its content replaced.
pub(crate) fn changed(contract: &Contract, member: &str, value: Value) -> Result<Contract, Stop> {
    let mut content = contract.content().clone();
    if let Some(members) = content.as_object_mut() {
        members.insert(member.to_owned(), value);
    }
    Contract::of(content).map_err(|error| not_run(error.to_string()))
}
