//! `Inway-Incoming-Request-*`.

use std::sync::Arc;
use std::time::Duration;

use sluis_certs::dev_pki::{DevPki, DevPkiOptions, IssuedLeaf, KeyType, LeafOptions};

use super::expect::inway_refusal;
use crate::case::{Evidence, Stop, not_run};
use crate::clauses::{INWAY_AUTHENTICATION, INWAY_AUTHORIZATION, INWAY_ERRORS, INWAY_ROUTING};
use crate::play::{Played, SourcePlay};
use crate::stage::{Kind, Stage, new_transaction_id};
use crate::wire::{Answer, Client, Credential};

/// 1: with a valid token.
pub(crate) async fn valid(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let agreement = stage.agreement(Kind::Plain).await?;
    let seen = stage.pass(&agreement).await?;
    answered_by_source(evidence, &seen.answer)?;
    let (inway, _) = stage.inway_target()?;
    // The source may lie beneath a base path of its own.
    let ends_right = seen.arrived.target.ends_with(&inway.request.path);
    evidence.check(
        ends_right && seen.arrived.method.as_str() == inway.request.method,
        INWAY_ROUTING,
        format!(
            "{} {} at the service",
            inway.request.method, inway.request.path
        ),
        || format!("{} {}", seen.arrived.method, seen.arrived.target),
    )
}

/// 2: without a token.
pub(crate) async fn without_token(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    stage.announce().await?;
    let before = source_count(stage);
    let answer = stage.ask_service(None, Some(&new_transaction_id())).await?;
    let wanted = (401, "ERROR_CODE_ACCESS_TOKEN_MISSING");
    inway_refusal(
        evidence,
        &answer,
        wanted,
        INWAY_ERRORS,
        "a request without a token",
    )?;
    source_untouched(stage, evidence, before)
}

/// 3: with a token that is bound to another certificate of the same peer.
pub(crate) async fn other_certificate(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let other = stage
        .consumer
        .other_credential()
        .ok_or_else(|| not_run("the target file has only one certificate for the consumer"))?;
    let agreement = stage.agreement(Kind::Plain).await?;
    let token = stage.token(agreement.contract.grant_hash()).await?;
    let question = stage.service_request(Some(&token), Some(&new_transaction_id()))?;
    let before = source_count(stage);
    let client = stage.consumer.client_with(other);
    let answer = stage.ask_inway(&client, question).await?;
    let answer = answer.map_err(|error| {
        crate::case::failed(
            INWAY_AUTHENTICATION,
            "an answer of the inway",
            error.to_string(),
        )
    })?;
    let wanted = (401, "ERROR_CODE_ACCESS_TOKEN_INVALID");
    let what = "a token that is bound to another certificate";
    inway_refusal(evidence, &answer, wanted, INWAY_AUTHORIZATION, what)?;
    source_untouched(stage, evidence, before)
}

/// 4: with a certificate of another PKI.
pub(crate) async fn untrusted(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let agreement = stage.agreement(Kind::Plain).await?;
    let token = stage.token(agreement.contract.grant_hash()).await?;
    let question = stage.service_request(Some(&token), Some(&new_transaction_id()))?;
    let before = source_count(stage);
    let stranger = Arc::new(forged(stage, &stage.consumer)?);
    let client = Client::new(stranger, stage.trust.clone(), stage.target.wait());
    let answer = stage.ask_inway(&client, question).await?;
    let refused = match &answer {
        Err(error) => !matches!(error, crate::wire::CallError::NoConnection(_)),
        // Some servers finish the handshake and then say that they do not like the certificate. An error of FSC comes from
        // an inway that took the connection and looked at the token, whose binding then saved it.
        Ok(answer) => answer.status.is_client_error() && answer.header("fsc-error-code").is_none(),
    };
    let expected = "a connection with a certificate of another PKI to be refused";
    evidence.check(refused, INWAY_AUTHENTICATION, expected, || match &answer {
        Err(error) => error.to_string(),
        Ok(answer) => answer.shown(),
    })?;
    source_untouched(stage, evidence, before)
}

/// 5: the service gets the token.
pub(crate) async fn token_kept(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let agreement = stage.agreement(Kind::Plain).await?;
    let seen = stage.pass(&agreement).await?;
    let arrived = seen.arrived.header("fsc-authorization").unwrap_or_default();
    let token = arrived.strip_prefix("Bearer ").unwrap_or(arrived);
    let expected = "the header Fsc-Authorization with the token at the service";
    evidence.check(token == seen.token, INWAY_ROUTING, expected, || {
        if arrived.is_empty() {
            "no such header".to_owned()
        } else {
            "another value".to_owned()
        }
    })
}

/// 6: with a token that has expired. It was fetched when the run began.
pub(crate) async fn expired(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let early = stage.early_token().await?;
    let gone = early
        .expires
        .saturating_add(stage.target.clock_skew_seconds.max(0))
        + 1;
    let wait = gone.saturating_sub(stage.now());
    if wait > stage.target.expired_token_wait_seconds {
        return Err(not_run(format!(
            "the target's tokens are usable for another {wait} s, and `expired_token_wait_seconds` is {}; let the target issue shorter ones, or wait longer",
            stage.target.expired_token_wait_seconds
        )));
    }
    let wait = u64::try_from(wait).unwrap_or(0);
    tokio::time::sleep(Duration::from_secs(wait)).await;
    let before = source_count(stage);
    let answer = stage
        .ask_service(Some(&early.token), Some(&new_transaction_id()))
        .await?;
    let wanted = (401, "ERROR_CODE_ACCESS_TOKEN_EXPIRED");
    inway_refusal(evidence, &answer, wanted, INWAY_ERRORS, "an expired token")?;
    source_untouched(stage, evidence, before)
}

/// The answer is that of the source.
pub(crate) fn answered_by_source(evidence: &mut Evidence, answer: &Answer) -> Result<(), Stop> {
    let is_ours = answer.json().get(SourcePlay::SIGN).is_some();
    let expected = "the answer of the service, status 200";
    let holds = answer.status == 200 && is_ours;
    evidence.check(holds, INWAY_ROUTING, expected, || answer.shown())
}

/// How many requests the source has seen, where the suite plays it.
pub(crate) fn source_count(stage: &Stage) -> Option<usize> {
    stage.source.as_ref().map(|source| source.arrivals.count())
}

/// The source has seen nothing since; not checked where the suite does not play it.
pub(crate) fn source_untouched(
    stage: &Stage,
    evidence: &mut Evidence,
    before: Option<usize>,
) -> Result<(), Stop> {
    let now = source_count(stage);
    if now.is_none() {
        return Ok(());
    }
    let expected = "nothing to reach the service";
    evidence.check(now == before, INWAY_AUTHORIZATION, expected, || {
        "a request reached the service".to_owned()
    })
}

/// A certificate with the Peer ID of one of the suite's peers, of a PKI that nobody trusts: the same names, other keys.
pub(crate) fn forged(stage: &Stage, peer: &Played) -> Result<Credential, Stop> {
    let leaf = forged_leaf(stage, peer)?;
    Credential::from_pem(leaf.chain_pem.as_bytes(), leaf.key_pem.as_bytes()).map_err(cannot_forge)
}

/// As [`forged`], as text.
pub(crate) fn forged_leaf(stage: &Stage, peer: &Played) -> Result<IssuedLeaf, Stop> {
    let options = DevPkiOptions {
        key_type: KeyType::EcdsaP256,
        now_unix_seconds: stage.now(),
        crl_valid_seconds: 86_400,
    };
    let mut pki = DevPki::create(&options).map_err(|error| cannot_forge(error.to_string()))?;
    let names = [stage.target.suite.host.as_str()];
    let leaf = LeafOptions::new(&peer.id, &peer.name, &names, stage.now());
    pki.issue(&leaf)
        .map_err(|error| cannot_forge(error.to_string()))
}

fn cannot_forge(reason: String) -> Stop {
    not_run(format!("the suite could not forge a certificate: {reason}"))
}
