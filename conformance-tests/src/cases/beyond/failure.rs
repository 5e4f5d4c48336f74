//! `Beyond-Outway-*`, `Beyond-Inway-*` and `Beyond-Manager-*`: the other side fails, or is slow.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::json;
use tokio::io::AsyncWriteExt as _;

use super::pki_server::asked_with_manager_at;
use crate::case::{Evidence, Stop, failed, not_run};
use crate::cases::expect::{inway_refusal, outway_refusal, status};
use crate::cases::inway::answered_by_source;
use crate::cases::outway::{closed_port, through, untouched};
use crate::clauses::{
    Clause, INWAY_ERRORS, MANAGER_INTERFACE, MANAGER_SIGNATURES, OUTWAY_ERRORS, OUTWAY_ROUTING,
};
use crate::play::{InwayPlay, Received};
use crate::stage::{Kind, Stage, new_transaction_id};
use crate::wire::{Address, Answer, CallError, Question, Reply};

/// How long somebody waits for an answer while somebody else is slow.
const PATIENCE: Duration = Duration::from_secs(8);
/// Requests that are half sent at once.
const SILENT: usize = 16;

/// The provider gives no token.
pub(crate) async fn no_token(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let (_, inway) = stage.outway_target()?;
    let planned = stage.outway_connection(Kind::Plain)?;
    stage.outway_agree(&planned, Kind::Plain).await?;
    let grant_hash = planned.agreement.contract.grant_hash();
    stage.provider.manager.forget(grant_hash);
    let before = inway.arrivals.count();
    let answer = stage.ask_outway(grant_hash).await?;
    outway_refusal(
        evidence,
        &answer,
        "a grant for which the provider gives no token",
    )?;
    untouched(stage, evidence, before)
}

/// An error of the provider's inway comes back as it is.
pub(crate) async fn errors_unaltered(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let (_, inway) = stage.outway_target()?;
    let planned = stage.outway_agreement(Kind::Plain).await?;
    let code = "ERROR_CODE_SERVICE_NOT_FOUND";
    let body = json!({
        "message": "the suite chose this answer", "domain": "ERROR_DOMAIN_INWAY", "code": code
    });
    let mut reply = Reply::json(StatusCode::NOT_FOUND, &body);
    let name = HeaderName::from_static("fsc-error-code");
    reply.headers.insert(name, HeaderValue::from_static(code));
    inway.arrivals.answer_next(reply);
    let answer = stage
        .ask_outway(planned.agreement.contract.grant_hash())
        .await?;
    let holds = answer.status == 404
        && answer.header("fsc-error-code") == Some(code)
        && answer.json() == body;
    let expected = "status, Fsc-Error-Code and body of the inway's error, unaltered";
    evidence.check(holds, OUTWAY_ERRORS, expected, || answer.shown())
}

/// The inway closes the connection in the place of an answer.
pub(crate) async fn inway_cuts(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let (_, inway) = stage.outway_target()?;
    let planned = stage.outway_agreement(Kind::Plain).await?;
    // An outway may try again on a new connection; this inway answers nobody.
    inway.arrivals.answer_next(Reply::cut());
    let grant_hash = planned.agreement.contract.grant_hash();
    let answer = stage.ask_outway(grant_hash).await?;
    let what = "an inway that closes the connection without an answer";
    outway_refusal(evidence, &answer, what)?;
    through(stage, evidence, &planned).await.map(|_| ())
}

/// The service closes the connection in the place of an answer.
pub(crate) async fn service_cuts(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let source = stage.source()?;
    let agreement = stage.agreement(Kind::Plain).await?;
    let token = stage.token(agreement.contract.grant_hash()).await?;
    source.arrivals.answer_next(Reply::cut());
    let answer = stage
        .ask_service(Some(&token), Some(&new_transaction_id()))
        .await?;
    let wanted = (502, "ERROR_CODE_SERVICE_UNREACHABLE");
    let what = "a service that closes the connection without an answer";
    inway_refusal(evidence, &answer, wanted, INWAY_ERRORS, what)?;
    let seen = stage.pass(&agreement).await?;
    answered_by_source(evidence, &seen.answer)
}

/// The inway closes the connection in the middle of its answer.
pub(crate) async fn inway_cuts_halfway(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let (_, inway) = stage.outway_target()?;
    let planned = stage.outway_agreement(Kind::Plain).await?;
    inway.arrivals.answer_next(Reply::half());
    let answer = stage
        .ask_outway_with(planned.agreement.contract.grant_hash(), &[])
        .await?;
    not_whole(evidence, OUTWAY_ERRORS, &answer, "the inway")?;
    through(stage, evidence, &planned).await.map(|_| ())
}

/// The service closes the connection in the middle of its answer.
pub(crate) async fn service_cuts_halfway(
    stage: &Stage,
    evidence: &mut Evidence,
) -> Result<(), Stop> {
    let source = stage.source()?;
    let agreement = stage.agreement(Kind::Plain).await?;
    let token = stage.token(agreement.contract.grant_hash()).await?;
    source.arrivals.answer_next(Reply::half());
    let question = stage.service_request(Some(&token), Some(&new_transaction_id()))?;
    let client = stage.client(&stage.consumer)?;
    let answer = stage.ask_inway(&client, question).await?;
    not_whole(evidence, INWAY_ERRORS, &answer, "the service")?;
    let seen = stage.pass(&agreement).await?;
    answered_by_source(evidence, &seen.answer)
}

/// Half an answer must not look like a whole one.
fn not_whole(
    evidence: &mut Evidence,
    clause: Clause,
    answer: &Result<Answer, CallError>,
    who: &str,
) -> Result<(), Stop> {
    let holds = match answer {
        Ok(answer) => answer.status.is_server_error(),
        Err(error) => matches!(error, CallError::Halfway(_) | CallError::Broken(_)),
    };
    let expected = format!(
        "an error, or an answer that breaks off, where {who} closed the connection halfway"
    );
    evidence.check(holds, clause, expected, || match answer {
        Ok(answer) => answer.shown(),
        Err(error) => error.to_string(),
    })
}

/// The provider's manager does not listen.
pub(crate) async fn manager_away(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let (_, inway) = stage.outway_target()?;
    let nobody = closed_port(&stage.provider.manager_address).await?;
    let before = inway.arrivals.count();
    let Some(answer) = asked_with_manager_at(stage, &nobody).await? else {
        let reason = "the target refuses the announcement of a manager that does not listen";
        return Err(not_run(reason));
    };
    let what = "a provider whose manager does not listen";
    outway_refusal(evidence, &answer, what)?;
    untouched(stage, evidence, before)?;
    let planned = stage.outway_agreement(Kind::Plain).await?;
    through(stage, evidence, &planned).await.map(|_| ())
}

/// One inway takes its time, and another is asked meanwhile.
pub(crate) async fn slow_inway(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let (target, _) = stage.outway_target()?;
    let manager = Arc::clone(&stage.provider.manager);
    let slow = InwayPlay::new(manager, &stage.target.group_id, &target.service);
    let listening = stage.other_inway(None, Arc::clone(&slow)).await;
    let listening = listening
        .map_err(|reason| not_run(format!("suite.provider.other_inway_port: {reason}")))?;
    let mut held = stage.outway_connection(Kind::Plain)?;
    held.inway = Address::own(&stage.target.suite.host, listening.port());
    stage.outway_agree(&held, Kind::Plain).await?;
    let planned = stage.outway_agreement(Kind::Plain).await?;
    let asking = stage.ask_outway(held.agreement.contract.grant_hash());
    let (answer, other) = slow
        .arrivals
        .while_held(stage.target.wait(), asking, async |_| {
            let other = through(stage, evidence, &planned);
            tokio::time::timeout(PATIENCE, other).await.ok()
        })
        .await;
    let answer = answer?;
    let Some(other) = other else {
        let expected = "the request at the slow inway";
        return Err(failed(OUTWAY_ROUTING, expected, answer.shown()));
    };
    let seconds = PATIENCE.as_secs();
    let expected =
        format!("an answer of another inway within {seconds} s while one inway takes its time");
    let came = "nothing until the slow inway had answered";
    other.ok_or_else(|| failed(OUTWAY_ROUTING, expected, came))??;
    let expected = "the slow inway's answer, status 200, in the end";
    evidence.check(answer.status == 200, OUTWAY_ROUTING, expected, || {
        answer.shown()
    })
}

/// Peers that begin to ask and go silent keep nobody else from being answered.
pub(crate) async fn slow_peers(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let client = stage.client(&stage.consumer)?;
    let mut silent = Vec::new();
    for _ in 0..SILENT {
        let connected = client.connect(&stage.manager, &stage.target.peer_id).await;
        let Ok(mut stream) = connected else {
            // Who takes no more connections of one peer may say so.
            break;
        };
        let half = b"POST /v1/contracts HTTP/1.1\r\nHost: manager\r\nContent-Type: appl";
        // What cannot be sent is not waited for either.
        let _ = stream.write_all(half).await;
        let _ = stream.flush().await;
        silent.push(stream);
    }
    let asking = stage.ask(&stage.delegator, Question::get("/v1/peer"));
    let answer = tokio::time::timeout(PATIENCE, asking).await;
    let count = silent.len();
    let expected = format!(
        "an answer to another peer within {} s while a peer has {count} requests half sent",
        PATIENCE.as_secs()
    );
    match answer {
        Ok(answer) => status(evidence, MANAGER_INTERFACE, &answer?, 200, &expected),
        Err(_) => Err(failed(MANAGER_INTERFACE, expected, "no answer")),
    }
}

/// A manager that was away when the target had something to tell hears it later.
pub(crate) async fn told_again(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let manager = &stage.provider.manager;
    let planned = stage.outway_connection(Kind::Plain)?;
    let contract = &planned.agreement.contract;
    stage.can_accept()?;
    stage.announce().await?;
    manager.miss_signatures(1);
    let agreed = stage.agree(contract).await;
    let told = |received: &Received| {
        received.kind == "accept" && received.path_hash.as_deref() == Some(contract.hash())
    };
    let told = manager.received_times(2, told, stage.target.wait()).await;
    manager.miss_signatures(0);
    agreed?;
    let expected = format!(
        "the target's accept signature to be brought again within {} s to a manager that answered 503",
        stage.target.wait().as_secs()
    );
    evidence.check(told, MANAGER_SIGNATURES, expected, || {
        "it was not".to_owned()
    })
}
