//! `Integration-*`: the target's outway against the provider's manager, inway and service.

use super::expect::outway_refusal;
use super::logs::{self, Wanted};
use super::outway::{through, untouched};
use crate::case::{Evidence, Stop, not_run};
use crate::clauses::{LOG_OUTWAY, OUTWAY_ROUTING};
use crate::stage::{Kind, Stage, sign, signature_payload};

/// `ConsumeService-1`, `ConsumeServiceAsDelegatee-1`, `ConsumeDelegatedService-1` and `-2`.
pub(crate) async fn consume(
    stage: &Stage,
    evidence: &mut Evidence,
    kind: Kind,
) -> Result<(), Stop> {
    let planned = stage.outway_agreement(kind).await?;
    through(stage, evidence, &planned).await.map(|_| ())
}

/// `ConsumeService-2`: after the provider has revoked the contract, the outway refuses.
pub(crate) async fn without_contract(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let (_, inway) = stage.outway_target()?;
    let planned = stage.outway_connection(Kind::Plain)?;
    stage.outway_agree(&planned, Kind::Plain).await?;
    through(stage, evidence, &planned).await?;
    let (contract, provider) = (&planned.agreement.contract, &stage.provider);
    let credential = provider
        .credential()
        .ok_or_else(|| not_run("the provider has no certificate"))?;
    let signature = sign(
        credential,
        &signature_payload(contract, "revoke", stage.now()),
    )?;
    let answer = stage
        .put_signature(provider, "revoke", contract.hash(), contract, &signature)
        .await?;
    super::expect::status(evidence, OUTWAY_ROUTING, &answer, 201, "a revoke signature")?;
    let before = inway.arrivals.count();
    let answer = stage.ask_outway(contract.grant_hash()).await?;
    outway_refusal(evidence, &answer, "a grant of a revoked contract")?;
    untouched(stage, evidence, before)
}

/// `TransactionLog-1`: both sides have a record with the same transaction id.
pub(crate) async fn both_logs(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let planned = stage.outway_agreement(Kind::Plain).await?;
    let through = through(stage, evidence, &planned).await?;
    let (target, _) = stage.outway_target()?;
    // The record of the provider is made of what arrived at its inway.
    let id = through
        .arrived
        .header("fsc-transaction-id")
        .unwrap_or_default();
    let record = logs::record(stage, &stage.provider, id).await?;
    let expected = "a record of the consumer with the transaction id of the provider's record";
    let none = || format!("GET /v1/logs has no record of transaction {id}");
    evidence.check(record.is_some(), LOG_OUTWAY, expected, none)?;
    let wanted = Wanted {
        direction: "DIRECTION_OUTGOING",
        transaction_id: id,
        grant_hash: planned.agreement.contract.grant_hash(),
        service: &target.service,
        outway_peer: &stage.target.peer_id,
        service_peer: &stage.provider.id,
        delegator: None,
        publication_delegator: None,
    };
    logs::check(evidence, record.as_ref(), &wanted, LOG_OUTWAY)
}
