//! `Outway-IncomingRequest-*`.

use tokio::net::TcpListener;

use super::expect::outway_refusal;
use crate::case::{Evidence, Stop, failed, not_run};
use crate::clauses::{OUTWAY_AUTHENTICATION, OUTWAY_ROUTING};
use crate::play::SourcePlay;
use crate::stage::{Kind, Planned, Stage, no_answer};
use crate::wire::{Address, Answer, Arrived};

/// A request that went all the way.
pub(crate) struct Through {
    /// What arrived at the provider's inway.
    pub(crate) arrived: Arrived,
    /// What the application got.
    pub(crate) answer: Answer,
}

/// 1: it reaches the inway.
pub(crate) async fn proxied(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let planned = stage.outway_agreement(Kind::Plain).await?;
    let through = through(stage, evidence, &planned).await?;
    let (target, _) = stage.outway_target()?;
    let wanted = &target.request;
    let path = wanted.path.strip_prefix(&target.path_prefix);
    let path = path.unwrap_or(&wanted.path);
    evidence.check(
        through.arrived.target == path,
        OUTWAY_ROUTING,
        format!("the path `{path}` unchanged at the inway"),
        || through.arrived.target.clone(),
    )?;
    evidence.check(
        through.arrived.method.as_str() == wanted.method
            && through.arrived.body == wanted.body.as_bytes(),
        OUTWAY_ROUTING,
        "method and body unchanged at the inway",
        || {
            format!(
                "{} with {} bytes",
                through.arrived.method,
                through.arrived.body.len()
            )
        },
    )?;
    let certificate = through.arrived.certificate.clone().unwrap_or_default();
    let peer = sluis_certs::Peer::from_certificate(&certificate);
    let id = peer.as_ref().map(|peer| peer.id.as_str());
    let is_target = id.is_ok_and(|id| id == stage.target.peer_id);
    let expected = "a client certificate of the target at the inway";
    evidence.check(is_target, OUTWAY_AUTHENTICATION, expected, || {
        peer.as_ref()
            .err()
            .map(ToString::to_string)
            .unwrap_or_default()
    })
}

/// 2: there is no valid contract.
pub(crate) async fn without_contract(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let (_, inway) = stage.outway_target()?;
    let planned = stage.outway_connection(Kind::Plain)?;
    let before = inway.arrivals.count();
    let grant_hash = planned.agreement.contract.grant_hash();
    let answer = stage.ask_outway(grant_hash).await?;
    outway_refusal(evidence, &answer, "a grant that is in no contract")?;
    stage.propose(&planned.agreement.contract).await?;
    let answer = stage.ask_outway(grant_hash).await?;
    outway_refusal(
        evidence,
        &answer,
        "a grant of a contract that is not accepted",
    )?;
    untouched(stage, evidence, before)
}

/// 3: the inway cannot be reached.
pub(crate) async fn inway_gone(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut planned = stage.outway_connection(Kind::Plain)?;
    planned.inway = closed_port(&planned.inway).await?;
    stage.outway_agree(&planned, Kind::Plain).await?;
    let grant_hash = planned.agreement.contract.grant_hash();
    let answer = stage.ask_outway(grant_hash).await?;
    let what = format!("an inway that does not listen ({})", planned.inway);
    outway_refusal(evidence, &answer, &what)
}

/// Makes a request through the target's outway that must be answered by the provider's service.
pub(crate) async fn through(
    stage: &Stage,
    evidence: &mut Evidence,
    planned: &Planned,
) -> Result<Through, Stop> {
    through_with(stage, evidence, planned, &[]).await
}

/// As [`through`], with more headers.
pub(crate) async fn through_with(
    stage: &Stage,
    evidence: &mut Evidence,
    planned: &Planned,
    headers: &[(&str, &str)],
) -> Result<Through, Stop> {
    let (_, inway) = stage.outway_target()?;
    let (before, refused) = (inway.arrivals.count(), inway.refusals().len());
    let answer = stage
        .ask_outway_with(planned.agreement.contract.grant_hash(), headers)
        .await?;
    let answer = answer.map_err(|error| no_answer(OUTWAY_ROUTING, "outway", &error))?;
    let arrived = inway
        .arrivals
        .after(before, std::time::Duration::from_millis(1))
        .await;
    let Some(arrived) = arrived else {
        let why = inway.refusals().get(refused).cloned();
        let came = match why {
            Some(why) => format!("the provider's inway refused it: {why}"),
            None => format!(
                "nothing arrived there; the application got {}",
                answer.shown()
            ),
        };
        let expected =
            "the request at the inway, over mutual TLS, with the token that the provider issued";
        return Err(failed(OUTWAY_ROUTING, expected, came));
    };
    evidence.check(
        true,
        OUTWAY_ROUTING,
        "the request at the inway, with a token that the inway accepts",
        String::new,
    )?;
    let is_ours = answer.json().get(SourcePlay::SIGN).is_some();
    let expected = "the application to get the answer of the service, status 200";
    let holds = answer.status == 200 && is_ours;
    evidence.check(holds, OUTWAY_ROUTING, expected, || answer.shown())?;
    Ok(Through { arrived, answer })
}

/// The inway has let in nothing since.
pub(crate) fn untouched(stage: &Stage, evidence: &mut Evidence, before: usize) -> Result<(), Stop> {
    let (_, inway) = stage.outway_target()?;
    let now = inway.arrivals.count();
    evidence.check(
        now == before,
        OUTWAY_ROUTING,
        "nothing to reach the service",
        || format!("{} requests reached it", now.saturating_sub(before)),
    )
}

/// An address at which nothing listens any more.
pub(crate) async fn closed_port(like: &Address) -> Result<Address, Stop> {
    let port = async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        listener.local_addr().map(|address| address.port())
    };
    let port = port
        .await
        .map_err(|error| not_run(format!("the suite found no free port: {error}")))?;
    Ok(Address::own(like.host(), port))
}
