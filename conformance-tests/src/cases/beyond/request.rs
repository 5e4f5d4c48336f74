//! `Beyond-Token-*` and `Beyond-Inway-*`: tokens for others, and tokens that must not be believed.

use serde_json::{Value, json};

use super::signature::{NONE, made};
use crate::case::{Evidence, Stop, failed, not_run};
use crate::cases::expect::inway_refusal;
use crate::cases::inway::{source_count, source_untouched};
use crate::cases::sign::main_credential;
use crate::cases::token::refusal;
use crate::clauses::{INWAY_AUTHORIZATION, MANAGER_TOKENS};
use crate::protocol::{Certificate, Jws};
use crate::stage::{Kind, Stage, new_transaction_id};
use crate::wire::Question;

/// A peer of the contract, but not its outway, asks for a token.
pub(crate) async fn for_others(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let agreement = stage.agreement(Kind::Delegated).await?;
    for peer in [&stage.delegator, &stage.provider] {
        let form = [
            ("grant_type", "client_credentials"),
            ("scope", agreement.contract.grant_hash()),
            ("client_id", peer.id.as_str()),
        ];
        let answer = stage.ask_token(peer, &form).await?;
        let what = format!("peer {}, which is not the outway of the grant", peer.id);
        refusal(evidence, &answer, &[], &what)?;
    }
    Ok(())
}

/// The outway's peer asks with another key than the contract names.
pub(crate) async fn other_key(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let other = stage
        .consumer
        .other_credential()
        .ok_or_else(|| not_run("the target file has only one certificate for the consumer"))?;
    let agreement = stage.agreement(Kind::Plain).await?;
    let form = [
        ("grant_type", "client_credentials"),
        ("scope", agreement.contract.grant_hash()),
        ("client_id", stage.consumer.id.as_str()),
    ];
    let question = Question::post("/v1/token").form(&form);
    let client = stage.consumer.client_with(other);
    let answer = stage.ask_with(&client, question).await?;
    refusal(
        evidence,
        &answer,
        &[],
        "a certificate whose key the contract does not name",
    )
}

/// Right claims, signed by the caller itself.
pub(crate) async fn forged_token(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let (claims, target) = honest(stage).await?;
    let credential = main_credential(&stage.consumer)?;
    for (thumbprint, what) in [
        (
            credential.certificate.thumbprint(),
            "a token that the caller signed itself",
        ),
        (
            target.thumbprint(),
            "a token that the caller signed in the name of the target",
        ),
    ] {
        let header = json!({ "alg": credential.algorithm(), "x5t#S256": thumbprint });
        let token = made(credential.sign_under(&header, &claims))?;
        refused(stage, evidence, &token, what).await?;
    }
    Ok(())
}

/// `alg: none`.
pub(crate) async fn none(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let (claims, target) = honest(stage).await?;
    for name in NONE {
        let header = json!({ "alg": name, "x5t#S256": target.thumbprint() });
        let token = Jws::assemble(&header, &claims, |_| Vec::new());
        refused(
            stage,
            evidence,
            &token,
            &format!("a token with alg `{name}`"),
        )
        .await?;
    }
    Ok(())
}

/// HS256 with what everybody knows of the target as its secret.
pub(crate) async fn confused(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let (claims, target) = honest(stage).await?;
    let der = target.chain().first().cloned().unwrap_or_default();
    for (secret, what) in [
        (target.public_key().to_vec(), "its public key"),
        (target.public_key_info().to_vec(), "its public key in DER"),
        (
            pem("PUBLIC KEY", target.public_key_info()),
            "its public key in PEM",
        ),
        (pem("CERTIFICATE", &der), "its certificate in PEM"),
    ] {
        let header = json!({ "alg": "HS256", "x5t#S256": target.thumbprint() });
        let token = Jws::assemble(&header, &claims, |bytes| {
            let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &secret);
            aws_lc_rs::hmac::sign(&key, bytes).as_ref().to_vec()
        });
        let what = format!("a token with HS256 over {what}");
        refused(stage, evidence, &token, &what).await?;
    }
    Ok(())
}

/// Claims that were changed after signing.
pub(crate) async fn tampered(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let agreement = stage.agreement(Kind::Plain).await?;
    let token = stage.token(agreement.contract.grant_hash()).await?;
    let parsed = Jws::parse(&token)
        .map_err(|problem| failed(MANAGER_TOKENS, "a JWT", problem.to_string()))?;
    let mut claims = Value::Object(parsed.payload.clone());
    if let Some(expires) = claims.get_mut("exp") {
        *expires = json!(stage.now() + 1_000_000);
    }
    let changed = Jws::assemble(&json!({}), &claims, |_| Vec::new());
    let payload = changed.split('.').nth(1).unwrap_or_default();
    let mut parts: Vec<&str> = token.split('.').collect();
    if let Some(part) = parts.get_mut(1) {
        *part = payload;
    }
    refused(
        stage,
        evidence,
        &parts.join("."),
        "a token whose claims were changed",
    )
    .await
}

/// A good token in the hands of another peer.
pub(crate) async fn of_other_peer(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let agreement = stage.agreement(Kind::Plain).await?;
    let token = stage.token(agreement.contract.grant_hash()).await?;
    let question = stage.service_request(Some(&token), Some(&new_transaction_id()))?;
    let before = source_count(stage);
    let client = stage.client(&stage.delegator)?;
    let answer = stage.ask_inway(&client, question).await?;
    let answer =
        answer.map_err(|error| crate::stage::no_answer(INWAY_AUTHORIZATION, "inway", &error))?;
    let wanted = (401, "ERROR_CODE_ACCESS_TOKEN_INVALID");
    inway_refusal(
        evidence,
        &answer,
        wanted,
        INWAY_AUTHORIZATION,
        "the token of another peer",
    )?;
    source_untouched(stage, evidence, before)
}

/// The claims of a token that the target gave, and the certificate that it signed them with.
async fn honest(stage: &Stage) -> Result<(Value, Certificate), Stop> {
    let agreement = stage.agreement(Kind::Plain).await?;
    let token = stage.token(agreement.contract.grant_hash()).await?;
    let certificates = stage.key_set().await?;
    let wrong = |problem: crate::protocol::JwsProblem| {
        failed(MANAGER_TOKENS, "a token of the target", problem.to_string())
    };
    let token = Jws::parse(&token).map_err(wrong)?;
    let certificate = token.verify(&certificates).map_err(wrong)?.clone();
    Ok((Value::Object(token.payload), certificate))
}

fn pem(label: &str, der: &[u8]) -> Vec<u8> {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let mut pem = format!("-----BEGIN {label}-----\n");
    for (place, character) in text.chars().enumerate() {
        if place > 0 && place % 64 == 0 {
            pem.push('\n');
        }
        pem.push(character);
    }
    pem.push_str(&format!("\n-----END {label}-----\n"));
    pem.into_bytes()
}

async fn refused(
    stage: &Stage,
    evidence: &mut Evidence,
    token: &str,
    what: &str,
) -> Result<(), Stop> {
    let before = source_count(stage);
    let answer = stage
        .ask_service(Some(token), Some(&new_transaction_id()))
        .await?;
    let wanted = (401, "ERROR_CODE_ACCESS_TOKEN_INVALID");
    inway_refusal(evidence, &answer, wanted, INWAY_AUTHORIZATION, what)?;
    source_untouched(stage, evidence, before)
}
