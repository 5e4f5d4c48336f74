//! `Beyond-Signature-*`: signatures on contracts that must not be believed.

use serde_json::{Value, json};

use crate::case::{Evidence, Stop, not_run};
use crate::cases::expect::manager_refusal;
use crate::cases::inway::forged;
use crate::cases::sign::{Signing, credential_of_kind, main_credential, not_added, proposed};
use crate::cases::token::refusal;
use crate::clauses::MANAGER_SIGNATURES;
use crate::protocol::{Contract, Jws, KeyProblem};
use crate::stage::{Kind, Stage, sign, signature_payload};

/// Ways to write that there is no signature (RFC 7518 section 3.6).
pub(crate) const NONE: [&str; 3] = ["none", "None", "NONE"];

/// `alg: none`, with and without something in the place of the signature.
pub(crate) async fn none(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let contract = proposed(stage).await?;
    for name in NONE {
        for filler in ["", "signature"] {
            let made = header_and_payload(stage, &contract, name)?;
            let text = Jws::assemble(&made.0, &made.1, |_| filler.as_bytes().to_vec());
            let what = format!("an accept signature with alg `{name}`");
            refused(stage, evidence, &contract, &text, &what).await?;
        }
    }
    Ok(())
}

/// A header that names another algorithm than was used.
pub(crate) async fn confused(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let contract = proposed(stage).await?;
    for (rsa, name) in [
        (false, "RS256"),
        (false, "ES384"),
        (true, "ES256"),
        (true, "RS512"),
    ] {
        let credential = credential_of_kind(&stage.consumer, rsa)?;
        let header = json!({ "alg": name, "x5t#S256": credential.certificate.thumbprint() });
        let payload = signature_payload(&contract, "accept", stage.now());
        let text = made(credential.sign_under(&header, &payload))?;
        let what = format!(
            "an accept signature of {} that says {name}",
            credential.algorithm()
        );
        refused(stage, evidence, &contract, &text, &what).await?;
    }
    Ok(())
}

/// A payload or signature that was changed after signing.
pub(crate) async fn tampered(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let contract = proposed(stage).await?;
    let credential = main_credential(&stage.consumer)?;
    let honest = sign(
        credential,
        &signature_payload(&contract, "accept", stage.now()),
    )?;
    let later = sign(
        credential,
        &signature_payload(&contract, "accept", stage.now() + 1),
    )?;
    let parts = |text: &str| -> Vec<String> { text.split('.').map(str::to_owned).collect() };
    let (honest, later) = (parts(&honest), parts(&later));
    let [header, payload, signature] = honest.as_slice() else {
        return Err(not_run("the suite could not sign"));
    };
    let other = later.get(1).cloned().unwrap_or_default();
    let other_signature = later.get(2).cloned().unwrap_or_default();
    for (text, what) in [
        (
            format!("{header}.{other}.{signature}"),
            "an accept signature whose payload was changed",
        ),
        (
            format!("{header}.{payload}.{other_signature}"),
            "an accept signature that was made over something else",
        ),
        (
            format!("{header}.{payload}."),
            "an accept signature without its last part",
        ),
    ] {
        refused(stage, evidence, &contract, &text, what).await?;
    }
    Ok(())
}

/// The consumer brings a signature that the delegator, another party, could have made.
pub(crate) async fn of_other_party(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let contract = proposed(stage).await?;
    let credential = main_credential(&stage.delegator)?;
    let text = sign(
        credential,
        &signature_payload(&contract, "accept", stage.now()),
    )?;
    let what = "an accept signature with the key of another party";
    refused(stage, evidence, &contract, &text, what).await
}

/// A certificate of another PKI, which the signature brings along.
pub(crate) async fn of_untrusted(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    let contract = proposed(stage).await?;
    let credential = forged(stage, &stage.consumer)?;
    let certificate = &credential.certificate;
    let chain: Vec<String> = certificate
        .chain()
        .iter()
        .map(|der| STANDARD.encode(der))
        .collect();
    let header = json!({
        "alg": credential.algorithm(), "x5t#S256": certificate.thumbprint(),
        "x5c": chain, "jwk": certificate.to_jwk(),
    });
    let payload = signature_payload(&contract, "accept", stage.now());
    let text = made(credential.sign_under(&header, &payload))?;
    let what = "an accept signature with a certificate of another PKI in its header";
    refused(stage, evidence, &contract, &text, what).await
}

/// No `x5t#S256` in the header.
pub(crate) async fn without_thumbprint(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let contract = proposed(stage).await?;
    let credential = main_credential(&stage.consumer)?;
    let header = json!({ "alg": credential.algorithm() });
    let payload = signature_payload(&contract, "accept", stage.now());
    let text = made(credential.sign_under(&header, &payload))?;
    let what = "an accept signature without `x5t#S256`";
    refused(stage, evidence, &contract, &text, what).await
}

/// The accept signature of a revoked contract, sent again.
pub(crate) async fn replayed(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let contract = stage.connection(Kind::Plain)?.contract;
    stage.agree(&contract).await?;
    let consumer = &stage.consumer;
    let accept = stage.accepted_by(consumer, &contract)?;
    let payload = signature_payload(&contract, "revoke", stage.now());
    let revoke = sign(main_credential(consumer)?, &payload)?;
    let answer = stage
        .put_signature(consumer, "revoke", contract.hash(), &contract, &revoke)
        .await?;
    crate::cases::expect::status(
        evidence,
        MANAGER_SIGNATURES,
        &answer,
        201,
        "a revoke signature",
    )?;
    // Whether the old signature is taken or refused is the target's choice; that the contract stays revoked is not.
    let answer = stage
        .put_signature(consumer, "accept", contract.hash(), &contract, &accept)
        .await?;
    let expected = "an answer to an accept signature that is sent again, without a server error";
    evidence.check(
        !answer.status.is_server_error(),
        MANAGER_SIGNATURES,
        expected,
        || answer.shown(),
    )?;
    let form = [
        ("grant_type", "client_credentials"),
        ("scope", contract.grant_hash()),
        ("client_id", consumer.id.as_str()),
    ];
    let answer = stage.ask_token(consumer, &form).await?;
    let what = "a revoked contract whose accept signature was sent again";
    refusal(evidence, &answer, &[], what)
}

fn header_and_payload(
    stage: &Stage,
    contract: &Contract,
    name: &str,
) -> Result<(Value, Value), Stop> {
    let credential = main_credential(&stage.consumer)?;
    let header = json!({ "alg": name, "x5t#S256": credential.certificate.thumbprint() });
    Ok((header, signature_payload(contract, "accept", stage.now())))
}

/// That the suite cannot sign is its own affair.
pub(crate) fn made(signed: Result<String, KeyProblem>) -> Result<String, Stop> {
    signed.map_err(|problem| not_run(format!("the suite could not sign: {problem}")))
}

async fn refused(
    stage: &Stage,
    evidence: &mut Evidence,
    contract: &Contract,
    text: &str,
    what: &str,
) -> Result<(), Stop> {
    let consumer = &stage.consumer;
    let answer = stage
        .put_signature(consumer, "accept", contract.hash(), contract, text)
        .await?;
    manager_refusal(evidence, &answer, &[], what)?;
    not_added(stage, evidence, Signing::Accept, contract, &consumer.id).await
}
