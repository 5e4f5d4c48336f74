//! `Beyond-Inway-HopHeaders` and `Beyond-Inway-Trace`: what the service gets to see of a request's headers.

use std::time::Duration;

use crate::case::{Evidence, Stop, failed, not_run};
use crate::clauses::{HOP_BY_HOP, INWAY_ROUTING, TRACE};
use crate::stage::{Kind, Stage, new_transaction_id};
use crate::wire::Arrived;

/// Headers of the connection between outway and inway do not reach the service.
pub(crate) async fn hop_by_hop(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let headers = [
        ("Connection", "close, X-Conformance-Hop"),
        ("X-Conformance-Hop", "for the inway only"),
        ("Proxy-Authorization", "Basic Y29uZm9ybWFuY2U="),
        ("Keep-Alive", "timeout=5"),
    ];
    let arrived = with_headers(stage, &headers).await?;
    for name in ["x-conformance-hop", "proxy-authorization", "keep-alive"] {
        let expected = format!("no header {name} at the service");
        let value = arrived.header(name);
        evidence.check(value.is_none(), HOP_BY_HOP, expected, || {
            format!("{value:?}")
        })?;
    }
    Ok(())
}

/// A trace goes on under its own id. FSC does not ask for it, so a gateway that forwards no traces is not judged.
pub(crate) async fn trace(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let id = uuid::Uuid::now_v7().simple().to_string();
    let sent = format!("00-{id}-00f067aa0ba902b7-01");
    let arrived = with_headers(stage, &[("Traceparent", &sent)]).await?;
    let Some(came) = arrived.header("traceparent") else {
        return Err(not_run(
            "the target passes on no Traceparent; that is optional",
        ));
    };
    let parts: Vec<&str> = came.split('-').collect();
    let is_same = parts.len() == 4 && parts.get(1) == Some(&id.as_str());
    let expected = format!("trace id {id} in Traceparent at the service");
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
