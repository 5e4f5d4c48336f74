//! `Inway-TransactionLog-*`.

use super::expect::inway_refusal;
use super::inway::{answered_by_source, source_count, source_untouched};
use super::logs::{self, Wanted};
use crate::case::{Evidence, Stop, failed};
use crate::clauses::{INWAY_ROUTING, LOG_INWAY, LOG_INWAY_DELEGATION};
use crate::hooks;
use crate::stage::{Kind, Stage, new_transaction_id};

/// 1, 4 and 5: the record is there before the service is asked, with the delegators.
pub(crate) async fn written_first(
    stage: &Stage,
    evidence: &mut Evidence,
    kind: Kind,
) -> Result<(), Stop> {
    let source = stage.source()?;
    let agreement = stage.agreement(kind).await?;
    let token = stage.token(agreement.contract.grant_hash()).await?;
    let id = new_transaction_id();
    let asking = stage.ask_service(Some(&token), Some(&id));
    // While the service holds its answer, the record must already be there.
    let look = async |_| logs::record(stage, &stage.consumer, &id).await;
    let (answer, record) = source
        .arrivals
        .while_held(stage.target.wait(), asking, look)
        .await;
    let answer = answer?;
    let expected = "the request to reach the service";
    let record = record.ok_or_else(|| failed(INWAY_ROUTING, expected, answer.shown()))??;
    let expected = "the record in the transaction log while the service has not answered yet";
    let none = || "GET /v1/logs has no record of the transaction".to_owned();
    evidence.check(record.is_some(), LOG_INWAY, expected, none)?;
    answered_by_source(evidence, &answer)?;
    let (inway, _) = stage.inway_target()?;
    let clause = if kind == Kind::Plain {
        LOG_INWAY
    } else {
        LOG_INWAY_DELEGATION
    };
    let wanted = Wanted {
        direction: "DIRECTION_INCOMING",
        transaction_id: &id,
        grant_hash: agreement.contract.grant_hash(),
        service: &inway.service,
        outway_peer: &stage.consumer.id,
        service_peer: &stage.target.peer_id,
        delegator: kind.is_delegated().then_some(stage.delegator.id.as_str()),
        publication_delegator: kind
            .has_delegated_service()
            .then_some(stage.provider.id.as_str()),
    };
    logs::check(evidence, record.as_ref(), &wanted, clause)
}

/// 2: the service gets the transaction id.
pub(crate) async fn id_kept(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let agreement = stage.agreement(Kind::Plain).await?;
    let seen = stage.pass(&agreement).await?;
    let arrived = seen.arrived.header("fsc-transaction-id");
    evidence.check(
        arrived == Some(&seen.transaction_id),
        LOG_INWAY,
        format!(
            "the header Fsc-Transaction-Id: {} at the service",
            seen.transaction_id
        ),
        || format!("{arrived:?}"),
    )
}

/// 3: without a transaction id, or with one that is none.
pub(crate) async fn without_id(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let agreement = stage.agreement(Kind::Plain).await?;
    let token = stage.token(agreement.contract.grant_hash()).await?;
    let before = source_count(stage);
    let answer = stage.ask_service(Some(&token), None).await?;
    let wanted = (400, "MISSING_LOG_RECORD_ID");
    inway_refusal(
        evidence,
        &answer,
        wanted,
        LOG_INWAY,
        "a request without Fsc-Transaction-Id",
    )?;
    let answer = stage
        .ask_service(Some(&token), Some("not-a-transaction-id"))
        .await?;
    let wanted = (400, "INVALID_LOG_RECORD_ID");
    let what = "a request with Fsc-Transaction-Id: not-a-transaction-id";
    inway_refusal(evidence, &answer, wanted, LOG_INWAY, what)?;
    source_untouched(stage, evidence, before)
}

/// 6: while the transaction log cannot be written.
pub(crate) async fn log_broken(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let agreement = stage.agreement(Kind::Plain).await?;
    let token = stage.token(agreement.contract.grant_hash()).await?;
    let before = source_count(stage);
    let answer = while_log_broken(stage, async {
        stage
            .ask_service(Some(&token), Some(&new_transaction_id()))
            .await
    })
    .await??;
    let wanted = (500, "TRANSACTION_LOG_WRITE_ERROR");
    let what = "a request while the transaction log cannot be written";
    inway_refusal(evidence, &answer, wanted, LOG_INWAY, what)?;
    source_untouched(stage, evidence, before)?;
    let seen = stage.pass(&agreement).await?;
    answered_by_source(evidence, &seen.answer)
}

/// Does something while the target's transaction log cannot be written, and mends it whatever came of it.
pub(crate) async fn while_log_broken<T>(
    stage: &Stage,
    work: impl Future<Output = T>,
) -> Result<T, Stop> {
    let commands = &stage.target.commands;
    if commands.mend_transaction_log.is_none() {
        return Err(crate::case::not_run(
            "the target file has no command `commands.mend_transaction_log`",
        ));
    }
    let target = &stage.target;
    let name = "break_transaction_log";
    let broken = hooks::run(target, name, commands.break_transaction_log.as_ref(), &[]);
    broken.await?;
    let result = work.await;
    let mend = commands.mend_transaction_log.as_ref();
    hooks::run(target, "mend_transaction_log", mend, &[]).await?;
    Ok(result)
}
