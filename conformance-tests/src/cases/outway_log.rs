//! `Outway-TransactionLog-*`.

use super::expect::outway_refusal;
use super::inway_log::while_log_broken;
use super::logs::{self, Wanted};
use super::outway::{through, untouched};
use crate::case::{Evidence, Stop, failed};
use crate::clauses::{LOG_OUTWAY, LOG_OUTWAY_DELEGATION, OUTWAY_ROUTING, TRANSACTION_ID};
use crate::stage::{Kind, Stage};
use crate::wire::Arrived;

/// 1, 3 and 4: the record is there before the inway is asked, with the delegators.
pub(crate) async fn written_first(
    stage: &Stage,
    evidence: &mut Evidence,
    kind: Kind,
) -> Result<(), Stop> {
    let (target, inway) = stage.outway_target()?;
    let planned = stage.outway_agreement(kind).await?;
    let grant_hash = planned.agreement.contract.grant_hash();
    // While the inway holds its answer, the record must already be there.
    let look = async |arrived: Arrived| {
        let id = arrived.header("fsc-transaction-id").unwrap_or_default();
        (
            id.to_owned(),
            logs::record(stage, &stage.provider, id).await,
        )
    };
    let (answer, watched) = inway
        .arrivals
        .while_held(stage.target.wait(), stage.ask_outway(grant_hash), look)
        .await;
    let answer = answer?;
    let Some((id, record)) = watched else {
        let expected = "the request with a transaction id at the inway";
        let refused = inway.refusals().pop().unwrap_or_default();
        let came = format!("the application got {}; {refused}", answer.shown());
        return Err(failed(OUTWAY_ROUTING, expected, came));
    };
    let record = record?;
    let expected = "the record in the transaction log while the inway has not answered yet";
    let none = || format!("GET /v1/logs has no record of transaction {id}");
    evidence.check(record.is_some(), LOG_OUTWAY, expected, none)?;
    let clause = if kind == Kind::Plain {
        LOG_OUTWAY
    } else {
        LOG_OUTWAY_DELEGATION
    };
    let wanted = Wanted {
        direction: "DIRECTION_OUTGOING",
        transaction_id: &id,
        grant_hash,
        service: &target.service,
        outway_peer: &stage.target.peer_id,
        service_peer: &stage.provider.id,
        delegator: kind.is_delegated().then_some(stage.delegator.id.as_str()),
        publication_delegator: kind
            .has_delegated_service()
            .then_some(stage.consumer.id.as_str()),
    };
    logs::check(evidence, record.as_ref(), &wanted, clause)
}

/// 2: the transaction id goes to the inway and to the application.
pub(crate) async fn id_added(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let planned = stage.outway_agreement(Kind::Plain).await?;
    let one = through(stage, evidence, &planned).await?;
    let other = through(stage, evidence, &planned).await?;
    let id = one.arrived.header("fsc-transaction-id").unwrap_or_default();
    let version = uuid::Uuid::parse_str(id).map(|id| id.get_version_num());
    let expected = "a version 7 UUID in the header Fsc-Transaction-Id at the inway";
    let came = || format!("`{id}`");
    evidence.check(version == Ok(7), TRANSACTION_ID, expected, came)?;
    let back = one.answer.header("fsc-transaction-id");
    let expected = "the same Fsc-Transaction-Id in the answer to the application";
    evidence.check(back == Some(id), LOG_OUTWAY, expected, || {
        format!("{back:?}")
    })?;
    let again = other.arrived.header("fsc-transaction-id");
    let expected = "another transaction id for another request";
    evidence.check(again != Some(id), LOG_OUTWAY, expected, || {
        format!("`{id}` twice")
    })
}

/// 5: while the transaction log cannot be written.
pub(crate) async fn log_broken(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let (_, inway) = stage.outway_target()?;
    let planned = stage.outway_agreement(Kind::Plain).await?;
    let before = inway.arrivals.count();
    let grant_hash = planned.agreement.contract.grant_hash();
    let answer = while_log_broken(stage, stage.ask_outway(grant_hash)).await??;
    let what = "a request while the transaction log cannot be written";
    super::expect::status(evidence, LOG_OUTWAY, &answer, 500, what)?;
    outway_refusal(evidence, &answer, what)?;
    untouched(stage, evidence, before)
}
