//! `Beyond-Outway-*` and `Beyond-Inway-ServiceGone`: the other side fails.

use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::json;

use crate::case::{Evidence, Stop};
use crate::cases::expect::{inway_refusal, outway_refusal};
use crate::cases::inway::answered_by_source;
use crate::cases::outway::{through, untouched};
use crate::clauses::{INWAY_ERRORS, OUTWAY_ERRORS};
use crate::stage::{Kind, Stage, new_transaction_id};
use crate::wire::Reply;

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
