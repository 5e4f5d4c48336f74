//! `Beyond-List-*` and `Beyond-Manager-*`: pages, strange questions and strange callers.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::case::{Evidence, Stop};
use crate::cases::expect::status;
use crate::cases::inway::forged;
use crate::clauses::{MANAGER_AUTHENTICATION, MANAGER_INTERFACE, MANAGER_PEERS};
use crate::stage::{Stage, addressed};
use crate::wire::{CallError, Client, Question};

/// Pages of one entry lead to the end, and every entry is on one of them.
pub(crate) async fn pages(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    stage.announce().await?;
    let entries = stage
        .all_by(1, &stage.consumer, "/v1/peers", "peers", MANAGER_PEERS)
        .await?;
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for id in entries.iter().filter_map(|entry| entry.get("id")?.as_str()) {
        *times.entry(id.to_owned()).or_default() += 1;
    }
    for peer in stage.played() {
        let count = times.get(&peer.id).copied().unwrap_or(0);
        let expected = format!(
            "peer {} once in the pages of GET /v1/peers?limit=1",
            peer.id
        );
        evidence.check(count == 1, MANAGER_PEERS, expected, || {
            format!("{count} times")
        })?;
    }
    let twice = times.iter().find(|(_, count)| **count > 1);
    let expected = "no peer twice in the pages of GET /v1/peers?limit=1";
    evidence.check(twice.is_none(), MANAGER_PEERS, expected, || {
        format!("{twice:?}")
    })
}

/// Limits and cursors that are none.
pub(crate) async fn bounds(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    stage.announce().await?;
    for query in [
        "limit=0",
        "limit=-1",
        "limit=1001",
        "limit=many",
        "limit=99999999999999999999",
        "cursor=nowhere",
        "cursor=%00",
        "cursor=%F0%9F%98%80",
        "sort_order=SORT_ORDER_SIDEWAYS",
    ] {
        for path in ["/v1/peers", "/v1/services", "/v1/contracts", "/v1/logs"] {
            let question = Question::get(format!("{path}?{query}"));
            let answer = stage.ask(&stage.consumer, question).await?;
            let expected = format!("status 200 or 4xx for GET {path}?{query}");
            let holds = answer.status == 200 || answer.status.is_client_error();
            evidence.check(holds, MANAGER_INTERFACE, expected, || answer.shown())?;
            let entries = answer.json();
            let mut lists = entries
                .as_object()
                .into_iter()
                .flatten()
                .filter_map(|(_, list)| list.as_array());
            let longest = lists.next().map_or(0, Vec::len);
            let expected = "at most 1000 entries on a page";
            evidence.check(longest <= 1000, MANAGER_INTERFACE, expected, || {
                format!("{longest}")
            })?;
        }
    }
    Ok(())
}

/// A certificate of another PKI at the manager.
pub(crate) async fn untrusted(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let client = Client::new(
        Arc::new(forged(stage, &stage.consumer)?),
        stage.trust.clone(),
        stage.target.wait(),
    );
    let answer = client
        .ask(
            &stage.manager,
            &stage.target.peer_id,
            Question::get("/v1/peers"),
        )
        .await;
    let refused = match &answer {
        Err(error) => matches!(error, CallError::Tls(_) | CallError::Broken(_)),
        Ok(answer) => answer.status.is_client_error() && answer.json().get("peers").is_none(),
    };
    let expected = "a connection to the manager with a certificate of another PKI to be refused";
    evidence.check(
        refused,
        MANAGER_AUTHENTICATION,
        expected,
        || match &answer {
            Err(error) => error.to_string(),
            Ok(answer) => answer.shown(),
        },
    )
}

/// An announcement without an address, or with one that is none.
pub(crate) async fn announcement(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    stage.announce().await?;
    let consumer = &stage.consumer;
    let mut answers = Vec::new();
    for address in [
        "",
        "nowhere",
        "http://manager.voorbeeld:8443",
        "https://",
        "ftp://manager.voorbeeld",
    ] {
        let mut question = Question::put("/v1/announce");
        if !address.is_empty() {
            question = question.header("Fsc-Manager-Address", address);
        }
        answers.push((address, stage.ask(consumer, question).await?));
    }
    let known = known_address(stage).await?;
    // Whatever the target made of it: the cases that come later need the right one.
    let again = addressed(Question::put("/v1/announce"), consumer);
    let again = stage.ask(consumer, again).await?;
    for (address, answer) in answers {
        let expected = format!("a refusal of an announcement with the address `{address}`");
        let refused = answer.status.is_client_error();
        evidence.check(refused, MANAGER_INTERFACE, expected, || answer.shown())?;
    }
    let expected = "the address of the last good announcement in GET /v1/peers";
    let kept = known.as_deref() == Some(consumer.manager_address.to_string().as_str());
    evidence.check(kept, MANAGER_PEERS, expected, || format!("{known:?}"))?;
    status(
        evidence,
        MANAGER_INTERFACE,
        &again,
        200,
        "a good announcement afterwards",
    )
}

/// Where the target says that the consumer's manager is.
async fn known_address(stage: &Stage) -> Result<Option<String>, Stop> {
    let consumer = &stage.consumer;
    let entries = stage
        .all(consumer, "/v1/peers", "peers", MANAGER_PEERS)
        .await?;
    let known = entries
        .iter()
        .find(|entry| entry.get("id").and_then(Value::as_str) == Some(&consumer.id));
    let address = known.and_then(|entry| entry.get("manager_address")?.as_str());
    Ok(address.map(str::to_owned))
}
