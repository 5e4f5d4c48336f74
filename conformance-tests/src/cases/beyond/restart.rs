//! `Beyond-Manager-Restart` and `Beyond-Manager-EndlessPages`: what the target knows, and what it asks others, after a restart.

use std::time::Duration;

use http::Method;
use tokio::time::Instant;

use crate::case::{Evidence, Stop, failed, not_run};
use crate::cases::expect::status;
use crate::cases::token::refusal;
use crate::clauses::{
    MANAGER_CONTRACTS, MANAGER_INTERFACE, MANAGER_SIGNATURES, MANAGER_TOKENS, PAGES,
};
use crate::hooks;
use crate::stage::{Kind, Stage, sign, signature_of, signature_payload};
use crate::wire::{CallError, Question};

/// How long the suite waits for a list that a target may ask for.
const LIST_PATIENCE: Duration = Duration::from_secs(2);
/// Pages after which a list is taken to be followed for ever.
const PAGES_MAX: usize = 1_100;

/// Contracts and signatures are there again after a restart.
pub(crate) async fn survived(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    can_restart(stage)?;
    let kept = stage.agreement(Kind::Plain).await?.contract;
    let revoked = stage.connection(Kind::Plain)?.contract;
    stage.agree(&revoked).await?;
    let consumer = &stage.consumer;
    let credential = consumer
        .credential()
        .ok_or_else(|| not_run("the consumer has no certificate"))?;
    let signature = sign(
        credential,
        &signature_payload(&revoked, "revoke", stage.now()),
    )?;
    let answer = stage
        .put_signature(consumer, "revoke", revoked.hash(), &revoked, &signature)
        .await?;
    status(
        evidence,
        MANAGER_SIGNATURES,
        &answer,
        201,
        "a revoke signature",
    )?;
    restart(stage).await?;
    let listed = stage.listed(consumer, &kept).await?;
    let holds = listed
        .as_ref()
        .is_some_and(|listed| signature_of(listed, "accept", &stage.target.peer_id).is_some());
    let expected = "a contract with the target's signature to be listed after a restart";
    evidence.check(holds, MANAGER_CONTRACTS, expected, || format!("{listed:?}"))?;
    stage.token(kept.grant_hash()).await?;
    let form = [
        ("grant_type", "client_credentials"),
        ("scope", revoked.grant_hash()),
        ("client_id", consumer.id.as_str()),
    ];
    let answer = stage.ask_token(consumer, &form).await?;
    let what = "a contract that was revoked before a restart";
    refusal(evidence, &answer, &[], what)?;
    evidence.check(
        true,
        MANAGER_TOKENS,
        "a token under a contract from before the restart",
        String::new,
    )
}

/// A list of another manager that leads to itself is not followed for ever.
pub(crate) async fn endless_pages(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    can_restart(stage)?;
    // So that there is something to ask the provider's manager for.
    stage.outway_agreement(Kind::Plain).await?;
    let manager = &stage.provider.manager;
    let before = manager.arrivals.count();
    manager.list_without_end(true);
    let restarted = restart(stage).await;
    let pages = match restarted {
        Ok(()) => count_pages(stage, before).await,
        Err(_) => 0,
    };
    manager.list_without_end(false);
    restarted?;
    if pages == 0 {
        return Err(not_run(
            "the target asks no other manager for lists after a restart; that is optional",
        ));
    }
    let expected =
        format!("fewer than {PAGES_MAX} requests for a list whose pages lead to themselves");
    evidence.check(pages < PAGES_MAX, PAGES, expected, || {
        format!("{pages} requests, and more to come")
    })?;
    let answer = stage
        .ask(&stage.consumer, Question::get("/v1/peer"))
        .await?;
    let what = "GET /v1/peer meanwhile";
    status(evidence, MANAGER_INTERFACE, &answer, 200, what)
}

/// How often the target asks the provider's manager for a list, until it stops.
async fn count_pages(stage: &Stage, before: usize) -> usize {
    let arrivals = &stage.provider.manager.arrivals;
    let (mut place, mut pages) = (before, 0);
    while pages < PAGES_MAX {
        let Some(arrived) = arrivals.after(place, LIST_PATIENCE).await else {
            break;
        };
        place += 1;
        let is_list = arrived.method == Method::GET
            && matches!(
                arrived.path(),
                "/v1/contracts" | "/v1/peers" | "/v1/services" | "/v1/logs"
            );
        pages += usize::from(is_list);
    }
    pages
}

fn can_restart(stage: &Stage) -> Result<(), Stop> {
    match stage.target.commands.restart {
        Some(_) => Ok(()),
        None => Err(not_run("the target file has no command `commands.restart`")),
    }
}

/// Restarts the target and waits until it answers.
async fn restart(stage: &Stage) -> Result<(), Stop> {
    let command = stage.target.commands.restart.as_ref();
    hooks::run(&stage.target, "restart", command, &[]).await?;
    let client = stage.client(&stage.consumer)?;
    let until = Instant::now() + stage.target.wait();
    loop {
        let question = Question::get("/v1/peer");
        let answer = client.ask(&stage.manager, &stage.target.peer_id, question);
        match answer.await {
            Ok(_) => return Ok(()),
            Err(error) if Instant::now() > until => {
                let expected = "an answer of the manager after a restart";
                return Err(failed(MANAGER_INTERFACE, expected, error.to_string()));
            }
            Err(CallError::TimedOut(_)) => {}
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}
