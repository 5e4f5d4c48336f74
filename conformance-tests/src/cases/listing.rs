//! `Manager-Contracts-*`.

use crate::case::{Evidence, Stop};
use crate::clauses::{CONTENT_HASH, MANAGER_CONTRACTS, SIGNATURES};
use crate::protocol::Jws;
use crate::stage::{Kind, Stage, find_contract, signature_of};

/// How far the clocks of the target and of the suite may lie apart, in seconds.
const CLOCKS_APART_SECONDS: i64 = 300;

/// 1: the contracts of the peer.
pub(crate) async fn own(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let contract = stage.agreement(Kind::Plain).await?.contract;
    let consumer = &stage.consumer;
    let entries = stage
        .all(consumer, "/v1/contracts", "contracts", MANAGER_CONTRACTS)
        .await?;
    let count = entries.len();
    let found = find_contract(entries, &contract)?;
    evidence.check(
        found.is_some(),
        MANAGER_CONTRACTS,
        "the valid contract of the peer in GET /v1/contracts, with content that hashes the same",
        || {
            format!(
                "{count} contracts, none with content hash {}",
                contract.hash()
            )
        },
    )?;
    let found = found.unwrap_or_default();
    for id in [&consumer.id, &stage.target.peer_id] {
        let signature = signature_of(&found, "accept", id);
        let expected = format!("the accept signature of peer {id} in the listed contract");
        evidence.check(signature.is_some(), MANAGER_CONTRACTS, expected, || {
            found.to_string()
        })?;
    }
    let signature = signature_of(&found, "accept", &stage.target.peer_id).unwrap_or_default();
    let certificates = stage.key_set().await?;
    let jws = Jws::parse(signature);
    let verified = jws
        .as_ref()
        .map_err(Clone::clone)
        .and_then(|jws| jws.verify(&certificates).map(|_| ()));
    let expected = "the target's accept signature to verify with its key set";
    evidence.check(verified.is_ok(), SIGNATURES, expected, || {
        verified
            .as_ref()
            .err()
            .map(ToString::to_string)
            .unwrap_or_default()
    })?;
    let text = |name: &str| {
        let jws = jws.as_ref().ok()?;
        jws.text(name).map(str::to_owned)
    };
    evidence.check(
        text("contract_content_hash").as_deref() == Some(contract.hash()),
        CONTENT_HASH,
        format!("content hash {} in the target's signature", contract.hash()),
        || format!("{:?}", text("contract_content_hash")),
    )?;
    let signed_at = jws
        .as_ref()
        .ok()
        .and_then(|jws| jws.payload.get("signed_at")?.as_i64());
    let made_at = contract.content().get("created_at");
    let made_at = made_at.and_then(serde_json::Value::as_i64).unwrap_or(0);
    let since = made_at - CLOCKS_APART_SECONDS..=stage.now() + CLOCKS_APART_SECONDS;
    evidence.check(
        text("type").as_deref() == Some("accept")
            && signed_at.is_some_and(|at| since.contains(&at)),
        SIGNATURES,
        "type `accept` and in `signed_at` a Unix time in seconds, since the contract was made",
        || format!("type {:?}, signed_at {signed_at:?}", text("type")),
    )
}

/// 2: not those of others.
pub(crate) async fn of_others(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let contract = stage.agreement(Kind::Plain).await?.contract;
    let stranger = &stage.provider;
    let entries = stage
        .all(stranger, "/v1/contracts", "contracts", MANAGER_CONTRACTS)
        .await?;
    let found = find_contract(entries, &contract)?;
    let expected = "GET /v1/contracts without the contracts of others";
    let came = || format!("contract {} given to peer {}", contract.hash(), stranger.id);
    evidence.check(found.is_none(), MANAGER_CONTRACTS, expected, came)?;
    let found = stage.listed(stranger, &contract).await?;
    let expected = "GET /v1/contracts?grant_hash= without the contracts of others";
    evidence.check(found.is_none(), MANAGER_CONTRACTS, expected, came)
}
