//! `Beyond-Pki-Server*` and `Beyond-Outway-OtherManager`: whom the target must not take for the one that it calls.

use std::sync::Arc;

use crate::case::{Evidence, Stop, failed, not_run};
use crate::cases::expect::outway_refusal;
use crate::cases::inway::forged_leaf;
use crate::cases::outway::{through, untouched};
use crate::clauses::{
    Clause, MANAGER_AUTHENTICATION, MANAGER_INTERFACE, OUTWAY_AUTHENTICATION, PKI_REVOCATION,
};
use crate::stage::{Kind, Leaf, Planned, Stage, addressed};
use crate::wire::{Address, Answer, Question, Shown};

/// An inway of the provider with this certificate is not asked, and one with a certificate without mistakes is.
pub(crate) async fn refused(
    stage: &Stage,
    evidence: &mut Evidence,
    leaf: Leaf,
) -> Result<(), Stop> {
    let good = stage.issue(&stage.provider, Leaf::Good)?.shown;
    let bad = stage.issue(&stage.provider, leaf)?.shown;
    asked(stage, evidence, &good).await?;
    let what = format!("an inway that shows {}", leaf.what());
    not_asked(stage, evidence, &bad, leaf.clause(), &what).await
}

/// An inway with a certificate of another PKI.
pub(crate) async fn untrusted(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let forged = forged_leaf(stage, &stage.provider)?;
    let shown = Shown::from_pem(&forged.chain_pem, &forged.key_pem).map_err(not_run)?;
    let what = "an inway that shows a certificate of another PKI";
    not_asked(stage, evidence, &shown, OUTWAY_AUTHENTICATION, what).await
}

/// An inway whose certificate was revoked.
pub(crate) async fn revoked(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    stage.outway_target()?;
    stage.can_revoke()?;
    let issued = stage.issue(&stage.provider, Leaf::Good)?;
    asked(stage, evidence, &issued.shown).await?;
    stage.revoke(&issued.serial).await?;
    let what = "an inway that shows a certificate that was revoked";
    not_asked(stage, evidence, &issued.shown, PKI_REVOCATION, what).await
}

/// Somebody else stands where the provider's manager is said to be.
pub(crate) async fn other_manager(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let impostor = &stage.delegator;
    let before = impostor.manager.arrivals.count();
    let elsewhere = asked_with_manager_at(stage, &impostor.manager_address).await?;
    let arrived = impostor.manager.arrivals.since(before);
    let strayed = arrived.iter().any(|arrived| arrived.path() == "/v1/token");
    let expected = format!(
        "no request for a token of peer {} at the manager of peer {}",
        stage.provider.id, impostor.id
    );
    evidence.check(!strayed, MANAGER_AUTHENTICATION, expected, || {
        "one".to_owned()
    })?;
    let what = "a provider whose manager is another organisation's";
    match elsewhere {
        Some(answer) => outway_refusal(evidence, &answer, what),
        None => Ok(()),
    }
}

/// Asks through the target's outway while the provider's manager is said to be at another address. Nothing when the target did
/// not believe that: then the address of before is in force.
pub(crate) async fn asked_with_manager_at(
    stage: &Stage,
    address: &Address,
) -> Result<Option<Answer>, Stop> {
    let planned = stage.outway_connection(Kind::Plain)?;
    stage.outway_agree(&planned, Kind::Plain).await?;
    let provider = &stage.provider;
    let announce = Question::put("/v1/announce");
    let address = address.to_string();
    let question = announce.clone().header("Fsc-Manager-Address", &address);
    let announced = stage.ask(provider, question).await?;
    let grant_hash = planned.agreement.contract.grant_hash();
    let asked = stage.ask_outway(grant_hash).await;
    // Whatever the target made of it: the cases that come later need the right one.
    let again = stage.ask(provider, addressed(announce, provider)).await?;
    if again.status != 200 {
        let expected = "status 200 for the announcement of the right address";
        return Err(failed(MANAGER_INTERFACE, expected, again.shown()));
    }
    if announced.status.is_client_error() {
        return Ok(None);
    }
    asked.map(Some)
}

/// The target asks an inway with this certificate.
async fn asked(stage: &Stage, evidence: &mut Evidence, shown: &Shown) -> Result<(), Stop> {
    let (_listening, planned) = plan(stage, shown).await?;
    let passed = through(stage, evidence, &planned).await;
    passed.map(drop).map_err(|stop| match stop {
        Stop::Failed(finding) => not_run(format!(
            "the target does not ask an inway with a certificate without mistakes, which the suite issued from `test_pki`, at {} ({}); is that the PKI that it trusts, and does it reach that address?",
            planned.inway, finding.came
        )),
        Stop::NotRun(reason) => Stop::NotRun(reason),
    })
}

/// The target does not ask an inway with this certificate.
async fn not_asked(
    stage: &Stage,
    evidence: &mut Evidence,
    shown: &Shown,
    clause: Clause,
    what: &str,
) -> Result<(), Stop> {
    let (_, inway) = stage.outway_target()?;
    let (_listening, planned) = plan(stage, shown).await?;
    let before = (inway.arrivals.count(), inway.refusals().len());
    let answer = stage
        .ask_outway(planned.agreement.contract.grant_hash())
        .await?;
    let after = (inway.arrivals.count(), inway.refusals().len());
    let expected = format!("no request at {what}");
    evidence.check(before == after, clause, expected, || "one".to_owned())?;
    outway_refusal(evidence, &answer, what)?;
    untouched(stage, evidence, before.0)
}

/// A contract with an inway of the provider that shows this certificate.
async fn plan(stage: &Stage, shown: &Shown) -> Result<(crate::wire::Listening, Planned), Stop> {
    let (_, inway) = stage.outway_target()?;
    let listening = stage
        .other_inway(Some(shown), Arc::clone(inway))
        .await
        .map_err(|reason| not_run(format!("suite.provider.other_inway_port: {reason}")))?;
    let mut planned = stage.outway_connection(Kind::Plain)?;
    planned.inway = Address::own(&stage.target.suite.host, listening.port());
    stage.outway_agree(&planned, Kind::Plain).await?;
    Ok((listening, planned))
}
