//! `Beyond-*-HopHeaders`, `Beyond-*-Trace` and `Beyond-Inway-TwoTokens`: what becomes of a request's headers.

use std::time::Duration;

use crate::case::{Evidence, Stop, failed, not_run};
use crate::cases::inway::{source_count, source_untouched};
use crate::cases::outway::through_with;
use crate::clauses::{HOP_BY_HOP, INWAY_AUTHORIZATION, INWAY_ROUTING, OUTWAY_ROUTING, TRACE};
use crate::stage::{Kind, Stage, new_transaction_id, no_answer};
use crate::wire::Arrived;

/// Headers of one connection.
const OF_CONNECTION: [(&str, &str); 4] = [
    ("Connection", "close, X-Conformance-Hop"),
    ("X-Conformance-Hop", "for the next hop only"),
    ("Proxy-Authorization", "Basic Y29uZm9ybWFuY2U="),
    ("Keep-Alive", "timeout=5"),
];

/// Headers of the connection between outway and inway do not reach the service.
pub(crate) async fn hop_by_hop(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let arrived = with_headers(stage, &OF_CONNECTION).await?;
    without_hop_headers(evidence, &arrived, "service")
}

/// Headers of the connection between application and outway do not reach the inway, and neither does a token of the
/// application's own making.
pub(crate) async fn outway_hop_by_hop(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let planned = stage.outway_agreement(Kind::Plain).await?;
    let own = ("Fsc-Authorization", "Bearer of.the.application");
    let headers = [&OF_CONNECTION[..], &[own]].concat();
    let arrived = through_with(stage, evidence, &planned, &headers)
        .await?
        .arrived;
    without_hop_headers(evidence, &arrived, "inway")?;
    let tokens = arrived.headers.get_all("fsc-authorization").iter().count();
    let expected = "one Fsc-Authorization at the inway, whatever the application sent";
    evidence.check(tokens == 1, OUTWAY_ROUTING, expected, || {
        format!("{tokens}")
    })
}

fn without_hop_headers(
    evidence: &mut Evidence,
    arrived: &Arrived,
    place: &str,
) -> Result<(), Stop> {
    for name in ["x-conformance-hop", "proxy-authorization", "keep-alive"] {
        let expected = format!("no header {name} at the {place}");
        let value = arrived.header(name);
        evidence.check(value.is_none(), HOP_BY_HOP, expected, || {
            format!("{value:?}")
        })?;
    }
    Ok(())
}

/// Two tokens: one reader takes the first, another the last.
pub(crate) async fn two_tokens(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let agreement = stage.agreement(Kind::Plain).await?;
    let token = stage.token(agreement.contract.grant_hash()).await?;
    let good = format!("Bearer {token}");
    let bad = "Bearer of.the.application";
    for (first, second) in [(good.as_str(), bad), (bad, good.as_str())] {
        let question = stage
            .service_request(None, Some(&new_transaction_id()))?
            .header("Fsc-Authorization", first)
            .header("Fsc-Authorization", second);
        let before = source_count(stage);
        let client = stage.client(&stage.consumer)?;
        let answer = stage.ask_inway(&client, question).await?;
        let answer = answer.map_err(|error| no_answer(INWAY_AUTHORIZATION, "inway", &error))?;
        let expected = "a refusal of a request with two Fsc-Authorization, of which one is right";
        let is_refused = answer.status.is_client_error();
        evidence.check(is_refused, INWAY_AUTHORIZATION, expected, || answer.shown())?;
        source_untouched(stage, evidence, before)?;
    }
    Ok(())
}

/// A trace goes on under its own id, towards the service or, for an outway, towards the inway. FSC does not ask for it, so a
/// gateway that forwards no traces is not judged.
pub(crate) async fn trace(
    stage: &Stage,
    evidence: &mut Evidence,
    is_outway: bool,
) -> Result<(), Stop> {
    let id = uuid::Uuid::now_v7().simple().to_string();
    let sent = format!("00-{id}-00f067aa0ba902b7-01");
    let headers = [("Traceparent", sent.as_str())];
    let arrived = if is_outway {
        let planned = stage.outway_agreement(Kind::Plain).await?;
        through_with(stage, evidence, &planned, &headers)
            .await?
            .arrived
    } else {
        with_headers(stage, &headers).await?
    };
    let Some(came) = arrived.header("traceparent") else {
        return Err(not_run(
            "the target passes on no Traceparent; that is optional",
        ));
    };
    let parts: Vec<&str> = came.split('-').collect();
    let is_same = parts.len() == 4 && parts.get(1) == Some(&id.as_str());
    let expected = format!("trace id {id} in Traceparent at the next hop");
    evidence.check(is_same, TRACE, expected, || format!("`{came}`"))
}

/// A good request with more headers, as the service saw it.
async fn with_headers(stage: &Stage, headers: &[(&str, &str)]) -> Result<Arrived, Stop> {
    let source = stage.source()?;
    let agreement = stage.agreement(Kind::Plain).await?;
    let token = stage.token(agreement.contract.grant_hash()).await?;
    let mut question = stage.service_request(Some(&token), Some(&new_transaction_id()))?;
    for (name, value) in headers {
        question = question.header(name, value);
    }
    let before = source.arrivals.count();
    let answer = stage
        .ask_inway(&stage.client(&stage.consumer)?, question)
        .await?;
    let arrived = source
        .arrivals
        .after(before, Duration::from_millis(1))
        .await;
    arrived.ok_or_else(|| {
        let came = match answer {
            Ok(answer) => answer.shown(),
            Err(error) => error.to_string(),
        };
        failed(
            INWAY_ROUTING,
            "a request with a valid token to reach the service",
            came,
        )
    })
}
