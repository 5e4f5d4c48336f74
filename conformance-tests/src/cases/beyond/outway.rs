//! `Beyond-Outway-*`: tokens of the provider that the target's outway must not use.

use crate::case::{Evidence, Stop, failed};
use crate::cases::expect::outway_refusal;
use crate::clauses::{OUTWAY_AUTHENTICATION, OUTWAY_ROUTING};
use crate::stage::{Kind, Stage};

/// A token of another group.
pub(crate) async fn other_group(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let (_, inway) = stage.outway_target()?;
    let planned = stage.outway_connection(Kind::Plain)?;
    stage.outway_agree(&planned, Kind::Plain).await?;
    let grant_hash = planned.agreement.contract.grant_hash();
    let mut plan = stage
        .provider
        .manager
        .planned(grant_hash)
        .ok_or_else(|| failed(OUTWAY_ROUTING, "a plan", "none"))?;
    plan.group_id = "another.group".to_owned();
    stage.provider.manager.plan(grant_hash, plan);
    let before = (inway.arrivals.count(), inway.refusals().len());
    let answer = stage.ask_outway(grant_hash).await?;
    outway_refusal(evidence, &answer, "a token of another group")?;
    let after = (inway.arrivals.count(), inway.refusals().len());
    let expected = "no request with a token of another group at the inway";
    evidence.check(before == after, OUTWAY_ROUTING, expected, || {
        "one".to_owned()
    })
}

/// A token whose audience is the address of another organisation.
pub(crate) async fn other_audience(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut planned = stage.outway_connection(Kind::Plain)?;
    planned.inway = stage.consumer.manager_address.clone();
    stage.outway_agree(&planned, Kind::Plain).await?;
    let before = stage.consumer.manager.arrivals.count();
    let answer = stage
        .ask_outway(planned.agreement.contract.grant_hash())
        .await?;
    let what = "a token whose audience is the address of another organisation";
    outway_refusal(evidence, &answer, what)?;
    let arrived = stage.consumer.manager.arrivals.since(before);
    let strayed = arrived
        .iter()
        .any(|arrived| arrived.header("fsc-authorization").is_some());
    let expected = "no request with a token at another organisation than the provider";
    evidence.check(!strayed, OUTWAY_AUTHENTICATION, expected, || {
        "one".to_owned()
    })
}
