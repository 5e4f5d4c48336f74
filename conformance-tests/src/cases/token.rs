//! `Manager-GetToken-*`: refusals. The tokens themselves are in [`super::token_claims`].

use serde_json::Value;

use crate::case::{Evidence, Stop, failed, not_run};
use crate::clauses::{MANAGER_SIGNATURES, MANAGER_TOKENS, TOKEN_ERRORS};
use crate::stage::{Kind, Stage, sign, signature_payload};
use crate::wire::Answer;

/// The error codes of RFC 6749 section 5.2.
const CODES: [&str; 6] = [
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "invalid_scope",
    "unauthorized_client",
    "unsupported_grant_type",
];

/// 2: without a valid contract.
pub(crate) async fn without_contract(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let agreement = stage.connection(Kind::Plain)?;
    let answer = ask(stage, agreement.contract.grant_hash()).await?;
    let what = "a grant that is in no contract";
    refusal(evidence, &answer, &[], what)?;
    stage.propose(&agreement.contract).await?;
    let answer = ask(stage, agreement.contract.grant_hash()).await?;
    refusal(
        evidence,
        &answer,
        &[],
        "a grant of a contract that the target has not accepted",
    )
}

/// 3: after the contract was revoked.
pub(crate) async fn revoked(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let agreement = stage.connection(Kind::Plain)?;
    let contract = &agreement.contract;
    stage.agree(contract).await?;
    let answer = ask(stage, contract.grant_hash()).await?;
    let expected = "a token before the contract is revoked";
    let given = answer.status == 200;
    evidence.check(given, MANAGER_TOKENS, expected, || answer.shown())?;
    let credential = stage
        .consumer
        .credential()
        .ok_or_else(|| not_run("the consumer has no certificate"))?;
    let signature = sign(
        credential,
        &signature_payload(contract, "revoke", stage.now()),
    )?;
    let consumer = &stage.consumer;
    let answer = stage
        .put_signature(consumer, "revoke", contract.hash(), contract, &signature)
        .await?;
    if answer.status != 201 {
        let expected = "status 201 for a revoke signature";
        return Err(failed(MANAGER_SIGNATURES, expected, answer.shown()));
    }
    let answer = ask(stage, contract.grant_hash()).await?;
    refusal(evidence, &answer, &[], "a grant of a revoked contract")
}

/// 4: with something that is no grant hash.
pub(crate) async fn malformed_hash(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut hashes = vec![
        "not-a-grant-hash".to_owned(),
        "$1$3$".to_owned(),
        "$1$3$AAAA".to_owned(),
        String::new(),
    ];
    if stage.target.commands.accept_contract.is_some() && stage.target.inway.is_some() {
        // Nearly the hash of a grant under which there are tokens.
        let agreement = stage.agreement(Kind::Plain).await?;
        let right = agreement.contract.grant_hash();
        let cut: String = right.chars().take(right.len().saturating_sub(8)).collect();
        hashes.extend([
            cut,
            format!("{right}=="),
            right.to_lowercase(),
            format!(" {right}"),
        ]);
    }
    for hash in hashes {
        let answer = ask(stage, &hash).await?;
        let codes = ["invalid_scope", "invalid_request", "invalid_grant"];
        refusal(evidence, &answer, &codes, &format!("the scope `{hash}`"))?;
    }
    Ok(())
}

/// 5: with another grant type.
pub(crate) async fn other_grant_type(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let grant = stage.connection(Kind::Plain)?;
    let form = [
        ("grant_type", "authorization_code"),
        ("scope", grant.contract.grant_hash()),
        ("client_id", stage.consumer.id.as_str()),
    ];
    let answer = stage.ask_token(&stage.consumer, &form).await?;
    let codes = ["unsupported_grant_type"];
    refusal(evidence, &answer, &codes, "grant_type `authorization_code`")
}

/// 8: without a client id.
pub(crate) async fn no_client(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let agreement = stage.agreement(Kind::Plain).await?;
    let form = [
        ("grant_type", "client_credentials"),
        ("scope", agreement.contract.grant_hash()),
    ];
    let answer = stage.ask_token(&stage.consumer, &form).await?;
    let codes = ["invalid_request", "invalid_client"];
    refusal(evidence, &answer, &codes, "a request without client_id")
}

/// 9: with the client id of somebody else, or of nobody.
pub(crate) async fn other_client(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let agreement = stage.agreement(Kind::Plain).await?;
    for client_id in [stage.provider.id.as_str(), "nobody", ""] {
        let form = [
            ("grant_type", "client_credentials"),
            ("scope", agreement.contract.grant_hash()),
            ("client_id", client_id),
        ];
        let answer = stage.ask_token(&stage.consumer, &form).await?;
        let codes = ["invalid_client", "invalid_request", "unauthorized_client"];
        refusal(
            evidence,
            &answer,
            &codes,
            &format!("client_id `{client_id}`"),
        )?;
    }
    Ok(())
}

async fn ask(stage: &Stage, scope: &str) -> Result<Answer, Stop> {
    stage.announce().await?;
    let form = [
        ("grant_type", "client_credentials"),
        ("scope", scope),
        ("client_id", stage.consumer.id.as_str()),
    ];
    stage.ask_token(&stage.consumer, &form).await
}

pub(crate) fn refusal(
    evidence: &mut Evidence,
    answer: &Answer,
    codes: &[&str],
    what: &str,
) -> Result<(), Stop> {
    let codes = if codes.is_empty() { &CODES } else { codes };
    // RFC 6749 allows 401 for invalid_client; manager.yaml has 400 only.
    super::expect::status(evidence, TOKEN_ERRORS, answer, 400, what)?;
    let body = answer.json();
    let code = body
        .get("error")
        .and_then(Value::as_str)
        .unwrap_or_default();
    evidence.check(
        codes.contains(&code) && body.get("access_token").is_none(),
        TOKEN_ERRORS,
        format!("`error` to be {} for {what}", codes.join(" or ")),
        || answer.shown(),
    )
}
