//! `Manager-AcceptContract-*`, `Manager-RejectContract-*` and `Manager-RevokeContract-*`: three times the same cases.

use std::sync::Arc;

use serde_json::json;

use super::expect::{manager_refusal, status};
use crate::case::{Evidence, Stop, not_run};
use crate::clauses::{MANAGER_SIGNATURES, SIGNATURES};
use crate::play::Played;
use crate::protocol::Contract;
use crate::stage::{Kind, Stage, sign, signature_of, signature_payload};
use crate::wire::Credential;

/// The types of signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signing {
    Accept,
    Reject,
    Revoke,
}

impl Signing {
    fn name(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Reject => "reject",
            Self::Revoke => "revoke",
        }
    }

    /// Another type, to put in a signature that is sent as this one.
    fn other(self) -> &'static str {
        match self {
            Self::Accept => "revoke",
            Self::Reject | Self::Revoke => "accept",
        }
    }
}

/// A contract that is there, without this signature of the consumer: the delegator brought it.
pub(crate) async fn proposed(stage: &Stage) -> Result<Contract, Stop> {
    let contract = stage.connection(Kind::Delegated)?.contract;
    let signature = stage.accepted_by(&stage.delegator, &contract)?;
    let answer = stage
        .submit(&stage.delegator, &contract, &signature)
        .await?;
    if answer.status == 201 {
        return Ok(contract);
    }
    let expected = "status 201 for the valid contract that this case starts from";
    Err(crate::case::failed(
        MANAGER_SIGNATURES,
        expected,
        answer.shown(),
    ))
}

/// 1, and for accept also 8 and 9 with a chosen kind of key: a good signature is taken in.
pub(crate) async fn placed(
    stage: &Stage,
    evidence: &mut Evidence,
    signing: Signing,
    rsa: Option<bool>,
) -> Result<(), Stop> {
    let consumer = &stage.consumer;
    let credential = match rsa {
        Some(rsa) => credential_of_kind(consumer, rsa)?,
        None => main_credential(consumer)?,
    };
    let contract = if signing == Signing::Revoke {
        // What is revoked was in force before.
        let agreement = stage.connection(Kind::Plain)?;
        stage.agree(&agreement.contract).await?;
        agreement.contract
    } else {
        proposed(stage).await?
    };
    let payload = signature_payload(&contract, signing.name(), stage.now());
    let signature = sign(credential, &payload)?;
    let answer = stage
        .put_signature(
            consumer,
            signing.name(),
            contract.hash(),
            &contract,
            &signature,
        )
        .await?;
    let what = format!("a valid signature ({})", signing.name());
    status(evidence, MANAGER_SIGNATURES, &answer, 201, &what)?;
    let listed = stage.listed(consumer, &contract).await?;
    let found = listed
        .as_ref()
        .and_then(|listed| signature_of(listed, signing.name(), &consumer.id));
    evidence.check(
        found == Some(signature.as_str()),
        MANAGER_SIGNATURES,
        format!(
            "the {} signature in the contract in GET /v1/contracts",
            signing.name()
        ),
        || {
            format!(
                "signatures: {:?}",
                listed.as_ref().and_then(|entry| entry.get("signatures"))
            )
        },
    )
}

/// 2: by a peer that is not in the contract.
pub(crate) async fn by_a_stranger(
    stage: &Stage,
    evidence: &mut Evidence,
    signing: Signing,
) -> Result<(), Stop> {
    let contract = proposed(stage).await?;
    let stranger = &stage.provider;
    let payload = signature_payload(&contract, signing.name(), stage.now());
    let signature = sign(main_credential(stranger)?, &payload)?;
    let answer = stage
        .put_signature(
            stranger,
            signing.name(),
            contract.hash(),
            &contract,
            &signature,
        )
        .await?;
    let codes = [
        "ERROR_CODE_SUBMITTING_PEER_NOT_PART_OF_CONTRACT",
        "ERROR_CODE_PEER_NOT_PART_OF_CONTRACT",
    ];
    let what = format!(
        "a signature ({}) of a peer that is not in the contract",
        signing.name()
    );
    manager_refusal(evidence, &answer, &codes, &what)?;
    not_added(stage, evidence, signing, &contract, &stranger.id).await
}

/// 3: not a JWS.
pub(crate) async fn not_a_jws(
    stage: &Stage,
    evidence: &mut Evidence,
    signing: Signing,
) -> Result<(), Stop> {
    let contract = proposed(stage).await?;
    for text in ["this is not a JWS", "e30.e30.e30"] {
        let answer = stage
            .put_signature(
                &stage.consumer,
                signing.name(),
                contract.hash(),
                &contract,
                text,
            )
            .await?;
        let what = format!("the text `{text}` as signature ({})", signing.name());
        manager_refusal(evidence, &answer, &[], &what)?;
    }
    not_added(stage, evidence, signing, &contract, &stage.consumer.id).await
}

/// 4: with the hash of another contract.
pub(crate) async fn other_content(
    stage: &Stage,
    evidence: &mut Evidence,
    signing: Signing,
) -> Result<(), Stop> {
    let contract = proposed(stage).await?;
    let other = stage.connection(Kind::Plain)?.contract;
    let payload = signature_payload(&other, signing.name(), stage.now());
    let codes = ["ERROR_CODE_SIGNATURE_CONTRACT_CONTENT_HASH_MISMATCH"];
    let what = format!(
        "a signature ({}) with the hash of another contract",
        signing.name()
    );
    refused(stage, evidence, signing, &contract, &payload, &codes, &what).await
}

/// 5: of another type than its path says.
pub(crate) async fn other_type(
    stage: &Stage,
    evidence: &mut Evidence,
    signing: Signing,
) -> Result<(), Stop> {
    let contract = proposed(stage).await?;
    let payload = signature_payload(&contract, signing.other(), stage.now());
    let what = format!(
        "a signature of type `{}` sent as {}",
        signing.other(),
        signing.name()
    );
    refused(stage, evidence, signing, &contract, &payload, &[], &what).await?;
    let unknown = json!({
        "contract_content_hash": contract.hash(), "type": "approve", "signed_at": stage.now()
    });
    let what = format!("a signature of type `approve` sent as {}", signing.name());
    refused(stage, evidence, signing, &contract, &unknown, &[], &what).await
}

/// 6: with another hash in the path than the content has.
pub(crate) async fn other_path(
    stage: &Stage,
    evidence: &mut Evidence,
    signing: Signing,
) -> Result<(), Stop> {
    let contract = proposed(stage).await?;
    let other = stage.connection(Kind::Plain)?.contract;
    let payload = signature_payload(&contract, signing.name(), stage.now());
    let signature = sign(main_credential(&stage.consumer)?, &payload)?;
    let answer = stage
        .put_signature(
            &stage.consumer,
            signing.name(),
            other.hash(),
            &contract,
            &signature,
        )
        .await?;
    let codes = ["ERROR_CODE_URL_PATH_CONTENT_HASH_MISMATCH"];
    let what = format!(
        "a signature ({}) at the path of another contract",
        signing.name()
    );
    manager_refusal(evidence, &answer, &codes, &what)?;
    not_added(stage, evidence, signing, &contract, &stage.consumer.id).await
}

/// 7: with an algorithm that FSC does not have.
pub(crate) async fn unsupported_algorithm(
    stage: &Stage,
    evidence: &mut Evidence,
    signing: Signing,
) -> Result<(), Stop> {
    let contract = proposed(stage).await?;
    let payload = signature_payload(&contract, signing.name(), stage.now());
    for credential in &stage.consumer.credentials {
        let signature = credential
            .sign_unsupported(&payload)
            .map_err(|error| not_run(format!("the suite could not sign: {error}")))?;
        let answer = stage
            .put_signature(
                &stage.consumer,
                signing.name(),
                contract.hash(),
                &contract,
                &signature,
            )
            .await?;
        let codes = ["ERROR_CODE_UNKNOWN_ALGORITHM_SIGNATURE"];
        let algorithm = if credential.is_rsa() {
            "PS256"
        } else {
            "HS256"
        };
        let what = format!(
            "a signature ({}) with algorithm {algorithm}",
            signing.name()
        );
        manager_refusal(evidence, &answer, &codes, &what)?;
    }
    not_added(stage, evidence, signing, &contract, &stage.consumer.id).await
}

/// The certificate of a peer with this kind of key, or the reason why a case cannot be run.
pub(crate) fn credential_of_kind(peer: &Played, rsa: bool) -> Result<&Arc<Credential>, Stop> {
    peer.credential_of_kind(rsa).ok_or_else(|| {
        let kind = if rsa { "RSA" } else { "ECDSA" };
        not_run(format!(
            "the target file has no certificate with an {kind} key for peer {}",
            peer.id
        ))
    })
}

pub(crate) fn main_credential(peer: &Played) -> Result<&Arc<Credential>, Stop> {
    peer.credential()
        .ok_or_else(|| not_run(format!("peer {} has no certificate", peer.id)))
}

async fn refused(
    stage: &Stage,
    evidence: &mut Evidence,
    signing: Signing,
    contract: &Contract,
    payload: &serde_json::Value,
    codes: &[&str],
    what: &str,
) -> Result<(), Stop> {
    let consumer = &stage.consumer;
    let signature = sign(main_credential(consumer)?, payload)?;
    let answer = stage
        .put_signature(
            consumer,
            signing.name(),
            contract.hash(),
            contract,
            &signature,
        )
        .await?;
    manager_refusal(evidence, &answer, codes, what)?;
    not_added(stage, evidence, signing, contract, &consumer.id).await
}

pub(crate) async fn not_added(
    stage: &Stage,
    evidence: &mut Evidence,
    signing: Signing,
    contract: &Contract,
    peer_id: &str,
) -> Result<(), Stop> {
    let listed = stage.listed(&stage.delegator, contract).await?;
    let found = listed
        .as_ref()
        .and_then(|listed| signature_of(listed, signing.name(), peer_id));
    evidence.check(
        listed.is_some() && found.is_none(),
        SIGNATURES,
        "the refused signature not to be in the contract",
        || match &listed {
            None => "the contract is no longer listed".to_owned(),
            Some(_) => format!("GET /v1/contracts shows it: {}", found.unwrap_or_default()),
        },
    )
}
