//! `Beyond-Contract-*`: contracts that must not be taken in.

use serde_json::{Map, Value, json};

use crate::case::{Evidence, Stop, not_run};
use crate::cases::expect::status;
use crate::cases::sign::main_credential;
use crate::cases::submit::{changed, not_listed};
use crate::cases::token::refusal;
use crate::clauses::{
    GRANTS_MAX, I_JSON, IV, MANAGER_CONTRACTS, MANAGER_INTERFACE, PROPERTIES, VALIDATION, VERSION,
};
use crate::protocol::Contract;
use crate::stage::{Kind, Stage, find_contract, sign, signature_payload};
use crate::wire::{Answer, CallError, Question};

/// Bytes of a contract that is too large for everybody: ten grants with properties of 1 MB are smaller.
const OVERSIZED_BYTES: usize = 12_000_000;
/// Levels of nested lists that no JSON reader should follow.
const NESTED: usize = 20_000;
/// How far the clock of a good contract is ahead, in seconds.
const AHEAD_SECONDS: i64 = 1;
/// A day in seconds.
const DAY: i64 = 86_400;

/// Bodies that are no contract.
pub(crate) async fn malformed(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    stage.announce().await?;
    let contract = stage.connection(Kind::Plain)?.contract;
    let signature = stage.accepted_by(&stage.consumer, &contract)?;
    let whole = json!({ "content": contract.content(), "signature": signature }).to_string();
    let cut: String = whole.chars().take(whole.len() / 2).collect();
    let bodies = [
        ("no body", String::new()),
        ("a list", "[]".to_owned()),
        ("null", "null".to_owned()),
        ("an empty object", "{}".to_owned()),
        (
            "a contract without members",
            json!({ "content": {}, "signature": signature }).to_string(),
        ),
        (
            "a signature that is a number",
            json!({ "content": contract.content(), "signature": 1 }).to_string(),
        ),
        ("half a contract", cut),
        ("two contracts", format!("{whole}{whole}")),
        (
            "lists within lists",
            format!("{}{}", "[".repeat(NESTED), "]".repeat(NESTED)),
        ),
    ];
    for (what, body) in bodies {
        let answer = post(stage, body).await?;
        refused(evidence, MANAGER_INTERFACE, &answer, what)?;
    }
    is_alive(stage, evidence).await
}

/// Members that occur twice.
pub(crate) async fn duplicate_members(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    stage.announce().await?;
    let contract = stage.connection(Kind::Plain)?.contract;
    let signature = stage.accepted_by(&stage.consumer, &contract)?;
    let content = contract.content().to_string();
    // One reader takes the first, another the last: both would think that the content is what was signed.
    let group = format!("\"group_id\":\"{}\"", stage.target.group_id);
    let service = format!("\"name\":\"{}\"", stage.inway_target()?.0.service);
    for (once, other) in [
        (group, "\"group_id\":\"another.group\""),
        (service, "\"name\":\"another\""),
    ] {
        for twice in [format!("{other},{once}"), format!("{once},{other}")] {
            let content = content.replacen(&once, &twice, 1);
            let body = format!("{{\"content\":{content},\"signature\":\"{signature}\"}}");
            let answer = post(stage, body).await?;
            refused(
                evidence,
                I_JSON,
                &answer,
                &format!("a content with {twice}"),
            )?;
        }
    }
    not_listed(stage, evidence, &stage.consumer, &contract).await
}

/// More bytes than any contract has.
pub(crate) async fn oversized(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let (inway, _) = stage.inway_target()?;
    let mut properties: Map<String, Value> = inway.properties.clone();
    properties.insert(
        "conformance.example".to_owned(),
        json!("x".repeat(OVERSIZED_BYTES)),
    );
    let contract = stage
        .connection_with(Kind::Plain, &inway.service, properties)?
        .contract;
    stage.announce().await?;
    let signature = stage.accepted_by(&stage.consumer, &contract)?;
    let body = json!({ "content": contract.content(), "signature": signature }).to_string();
    let answer = send(stage, body).await?;
    let refused = match &answer {
        Ok(answer) => answer.status.is_client_error(),
        // Who does not read on may close the connection before we have sent everything.
        Err(error) => matches!(error, CallError::Broken(_)),
    };
    let expected = "a refusal of a contract of 12 MB";
    evidence.check(refused, PROPERTIES, expected, || match &answer {
        Ok(answer) => answer.shown(),
        Err(error) => error.to_string(),
    })?;
    is_alive(stage, evidence).await?;
    not_listed(stage, evidence, &stage.consumer, &contract).await
}

/// No grants, and more than ten.
pub(crate) async fn number_of_grants(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let one = stage.connection(Kind::Plain)?.contract;
    let data = one
        .content()
        .pointer("/grants/0/data")
        .cloned()
        .unwrap_or_default();
    let eleven = stage.contract(&vec![data; 11])?;
    turned_away(
        stage,
        evidence,
        GRANTS_MAX,
        &eleven,
        "a contract with 11 grants",
    )
    .await?;
    let none = stage.contract(&[])?;
    let answer = submit(stage, &none).await?;
    refused(evidence, VALIDATION, &answer, "a contract without grants")
}

/// Validity that has ended, or ends before it begins.
pub(crate) async fn period(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let now = stage.now();
    for (not_before, not_after, what) in [
        (now - 2 * DAY, now - DAY, "a contract that ended yesterday"),
        (
            now + 2 * DAY,
            now + DAY,
            "a contract that ends before it begins",
        ),
        (now + DAY, now + DAY, "a contract that ends when it begins"),
    ] {
        let validity = json!({ "not_before": not_before, "not_after": not_after });
        let contract = changed(
            &stage.connection(Kind::Plain)?.contract,
            "validity",
            validity,
        )?;
        turned_away(stage, evidence, VALIDATION, &contract, what).await?;
    }
    Ok(())
}

/// Made tomorrow.
pub(crate) async fn from_the_future(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let contract = stage.connection(Kind::Plain)?.contract;
    let contract = changed(&contract, "created_at", json!(stage.now() + DAY))?;
    turned_away(
        stage,
        evidence,
        VALIDATION,
        &contract,
        "a contract made tomorrow",
    )
    .await
}

/// Made a moment after it was signed: clocks differ.
pub(crate) async fn ahead(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    if stage.target.clock_skew_seconds < AHEAD_SECONDS {
        return Err(not_run(
            "`clock_skew_seconds` is 0: the target allows clocks no difference",
        ));
    }
    let contract = stage.connection(Kind::Plain)?.contract;
    let created = json!(stage.now() + AHEAD_SECONDS);
    let contract = changed(&contract, "created_at", created)?;
    let answer = submit(stage, &contract).await?;
    let what = "a contract of a clock that is a second ahead";
    status(evidence, VALIDATION, &answer, 201, what)
}

/// A contract of four organisations is nothing to a fifth.
pub(crate) async fn of_others(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let Some(stranger) = &stage.stranger else {
        return Err(not_run("the target file has no `suite.stranger`"));
    };
    let contract = stage.agreement(Kind::Both).await?.contract;
    for peer in [&stage.consumer, &stage.delegator, &stage.provider] {
        let listed = stage.listed(peer, &contract).await?;
        let expected = format!(
            "the contract in GET /v1/contracts for its party {}",
            peer.id
        );
        evidence.check(listed.is_some(), MANAGER_CONTRACTS, expected, || {
            "it is not there".to_owned()
        })?;
    }
    not_listed(stage, evidence, stranger, &contract).await?;
    let form = [
        ("grant_type", "client_credentials"),
        ("scope", contract.grant_hash()),
        ("client_id", stranger.id.as_str()),
    ];
    let answer = stage.ask_token(stranger, &form).await?;
    refusal(evidence, &answer, &[], "a peer that is not in the contract")?;
    let payload = signature_payload(&contract, "revoke", stage.now());
    let signature = sign(main_credential(stranger)?, &payload)?;
    let answer = stage
        .put_signature(stranger, "revoke", contract.hash(), &contract, &signature)
        .await?;
    let what = "a revoke signature of a peer that is not in the contract";
    refused(evidence, VALIDATION, &answer, what)?;
    stage.token(contract.grant_hash()).await.map(drop)
}

/// Of a version that does not exist.
pub(crate) async fn other_version(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let contract = stage.connection(Kind::Plain)?.contract;
    let contract = changed(&contract, "fsc_version", json!("9.0.0"))?;
    turned_away(
        stage,
        evidence,
        VERSION,
        &contract,
        "a contract of FSC 9.0.0",
    )
    .await
}

/// With the `iv` of another contract.
pub(crate) async fn iv_twice(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let first = stage.connection(Kind::Plain)?.contract;
    let answer = submit(stage, &first).await?;
    status(evidence, VALIDATION, &answer, 201, "a valid contract")?;
    let iv = first.content().get("iv").cloned().unwrap_or_default();
    let second = changed(&stage.connection(Kind::Plain)?.contract, "iv", iv)?;
    // Made in the same second the two would be one contract.
    let second = changed(&second, "created_at", json!(stage.now() - 10))?;
    let what = "another contract with the same `iv`";
    turned_away(stage, evidence, IV, &second, what).await
}

/// Brought twice.
pub(crate) async fn replayed(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let contract = stage.connection(Kind::Plain)?.contract;
    let answer = submit(stage, &contract).await?;
    status(evidence, VALIDATION, &answer, 201, "a valid contract")?;
    let answer = submit(stage, &contract).await?;
    let expected = "an answer to a contract that is brought twice, without a server error";
    evidence.check(
        !answer.status.is_server_error(),
        MANAGER_CONTRACTS,
        expected,
        || answer.shown(),
    )?;
    let entries = stage
        .all(
            &stage.consumer,
            "/v1/contracts",
            "contracts",
            MANAGER_CONTRACTS,
        )
        .await?;
    let mut count = 0;
    for entry in entries {
        if find_contract(vec![entry], &contract)?.is_some() {
            count += 1;
        }
    }
    let expected = "a contract that was brought twice to be listed once";
    evidence.check(count == 1, MANAGER_CONTRACTS, expected, || {
        format!("{count} times")
    })
}

async fn turned_away(
    stage: &Stage,
    evidence: &mut Evidence,
    clause: &'static str,
    contract: &Contract,
    what: &str,
) -> Result<(), Stop> {
    let answer = submit(stage, contract).await?;
    refused(evidence, clause, &answer, what)?;
    not_listed(stage, evidence, &stage.consumer, contract).await
}

fn refused(
    evidence: &mut Evidence,
    clause: &'static str,
    answer: &Answer,
    what: &str,
) -> Result<(), Stop> {
    let expected = format!("a refusal of {what}, with status 4xx");
    evidence.check(answer.status.is_client_error(), clause, expected, || {
        answer.shown()
    })
}

async fn submit(stage: &Stage, contract: &Contract) -> Result<Answer, Stop> {
    let signature = stage.accepted_by(&stage.consumer, contract)?;
    stage.submit(&stage.consumer, contract, &signature).await
}

async fn post(stage: &Stage, body: String) -> Result<Answer, Stop> {
    let answer = send(stage, body).await?;
    answer.map_err(|error| crate::stage::no_answer(MANAGER_INTERFACE, "manager", &error))
}

async fn send(stage: &Stage, body: String) -> Result<Result<Answer, CallError>, Stop> {
    let question = crate::stage::addressed(Question::post("/v1/contracts"), &stage.consumer)
        .header("content-type", "application/json")
        .body(body);
    let client = stage.client(&stage.consumer)?;
    Ok(client
        .ask(&stage.manager, &stage.target.peer_id, question)
        .await)
}

/// The manager still answers.
async fn is_alive(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let answer = stage
        .ask(&stage.consumer, Question::get("/v1/peer"))
        .await?;
    status(
        evidence,
        MANAGER_INTERFACE,
        &answer,
        200,
        "GET /v1/peer afterwards",
    )
}
