//! `Manager-GetToken-*`: tokens that are given.

use serde_json::{Map, Value};

use super::services::sample_properties;
use crate::case::{Evidence, Stop, failed};
use crate::clauses::{MANAGER_TOKENS, TOKEN};
use crate::protocol::{Algorithm, Jws};
use crate::stage::{Agreement, Kind, Stage};
use crate::wire::Address;

/// 1, 6 and 7: the token of a connection.
pub(crate) async fn given(stage: &Stage, evidence: &mut Evidence, kind: Kind) -> Result<(), Stop> {
    let agreement = stage.agreement(kind).await?;
    check(stage, evidence, kind, &agreement).await
}

/// 10 and 11: the token of a connection with properties.
pub(crate) async fn with_properties(
    stage: &Stage,
    evidence: &mut Evidence,
    kind: Kind,
) -> Result<(), Stop> {
    let (inway, _) = stage.inway_target()?;
    // What the target needs to let requests through, and something to canonicalise.
    let mut properties = inway.properties.clone();
    properties.extend(sample_properties());
    let agreement = stage.connection_with(kind, &inway.service, properties)?;
    stage.agree(&agreement.contract).await?;
    check(stage, evidence, kind, &agreement).await
}

async fn check(
    stage: &Stage,
    evidence: &mut Evidence,
    kind: Kind,
    agreement: &Agreement,
) -> Result<(), Stop> {
    let grant_hash = agreement.contract.grant_hash();
    let form = [
        ("grant_type", "client_credentials"),
        ("scope", grant_hash),
        ("client_id", stage.consumer.id.as_str()),
    ];
    let answer = stage.ask_token(&stage.consumer, &form).await?;
    let body = answer.json();
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    evidence.check(
        answer.status == 200 && text("token_type").eq_ignore_ascii_case("bearer"),
        MANAGER_TOKENS,
        "status 200 and token_type `bearer`",
        || answer.shown(),
    )?;
    let token = Jws::parse(text("access_token"))
        .map_err(|problem| failed(TOKEN, "a JWT in compact form", problem.to_string()))?;
    let certificates = stage.key_set().await?;
    let algorithm = token.header.get("alg").and_then(Value::as_str);
    evidence.check(
        algorithm.is_some_and(|name| Algorithm::named(name).is_some()),
        TOKEN,
        "one of the algorithms RS256, RS384, RS512, ES256, ES384, ES512",
        || format!("alg {algorithm:?}"),
    )?;
    let verified = token.verify(&certificates);
    let expected = "a signature by the certificate in `x5t#S256`, which is in the key set";
    evidence.check(verified.is_ok(), TOKEN, expected, || {
        verified
            .as_ref()
            .err()
            .map(ToString::to_string)
            .unwrap_or_default()
    })?;
    plain_claims(stage, evidence, &token, grant_hash)?;
    times(stage, evidence, &token)?;
    delegation(stage, evidence, &token, kind)?;
    properties(evidence, &token, &agreement.properties)
}

fn plain_claims(
    stage: &Stage,
    evidence: &mut Evidence,
    token: &Jws,
    grant_hash: &str,
) -> Result<(), Stop> {
    let (inway, address) = stage.inway_target()?;
    for (claim, wanted) in [
        ("gth", grant_hash),
        ("gid", &stage.target.group_id),
        ("iss", &stage.target.peer_id),
        ("svc", &inway.service),
    ] {
        let came = token.text(claim);
        evidence.check(
            came == Some(wanted),
            TOKEN,
            format!("claim `{claim}` to be `{wanted}`"),
            || format!("{came:?}"),
        )?;
    }
    let audience = token.text("aud").unwrap_or_default();
    let parsed = Address::parse(audience, "aud");
    evidence.check(
        parsed
            .as_ref()
            .is_ok_and(|found| found.is_tls() && found.port_is_written()),
        TOKEN,
        "claim `aud` to be a URL with scheme and port",
        || format!("`{audience}`"),
    )?;
    let is_inway = parsed.is_ok_and(|found| found.authority() == address.authority());
    evidence.check(
        is_inway,
        MANAGER_TOKENS,
        format!("claim `aud` to be the address of the inway, {address}"),
        || format!("`{audience}`"),
    )?;
    let client = stage.consumer.credential();
    let client = client.map(|client| client.certificate.thumbprint());
    let bound = token
        .payload
        .get("cnf")
        .and_then(|cnf| cnf.get("x5t#S256"))
        .and_then(Value::as_str);
    let same = match (bound, &client) {
        (Some(bound), Some(client)) => crate::protocol::same_thumbprint(bound, client),
        _ => false,
    };
    let expected = "claim `cnf.x5t#S256` to be the thumbprint of the certificate that asked";
    evidence.check(same, MANAGER_TOKENS, expected, || format!("{bound:?}"))
}

fn times(stage: &Stage, evidence: &mut Evidence, token: &Jws) -> Result<(), Stop> {
    let number = |claim: &str| token.payload.get(claim).and_then(Value::as_i64);
    let (now, skew) = (stage.now(), stage.target.clock_skew_seconds.max(1));
    let holds = match (number("nbf"), number("exp")) {
        (Some(nbf), Some(exp)) => nbf < exp && nbf <= now + skew && exp > now - skew,
        _ => false,
    };
    let expected = "claims `nbf` and `exp` in Unix seconds, around now";
    evidence.check(holds, TOKEN, expected, || {
        format!(
            "nbf {:?}, exp {:?}, now {now}",
            number("nbf"),
            number("exp")
        )
    })
}

/// The text and the example of FSC Core disagree on which of `sub` and `act.sub` is the delegator, so either is taken, as
/// long as both peers are named.
fn delegation(stage: &Stage, evidence: &mut Evidence, token: &Jws, kind: Kind) -> Result<(), Stop> {
    let (outway, delegator) = (&stage.consumer.id, &stage.delegator.id);
    let sub = token.text("sub").unwrap_or_default();
    let actor = token.payload.get("act");
    let act = actor
        .and_then(|act| act.get("sub"))
        .and_then(Value::as_str)
        .unwrap_or_default();
    let came = || format!("sub `{sub}`, act {actor:?}");
    if kind.is_delegated() {
        let either = (sub == outway && act == delegator) || (sub == delegator && act == outway);
        let expected =
            format!("claims `sub` and `act.sub` to name {outway} and delegator {delegator}");
        evidence.check(either, MANAGER_TOKENS, expected, came)?;
    } else {
        let expected = format!("claim `sub` to be `{outway}`, and no claim `act`");
        evidence.check(sub == outway && actor.is_none(), TOKEN, expected, came)?;
    }
    let pdi = token.text("pdi");
    let wanted = kind
        .has_delegated_service()
        .then_some(stage.provider.id.as_str());
    let expected = match wanted {
        Some(id) => format!("claim `pdi` to be delegator {id}"),
        None => "no claim `pdi`".to_owned(),
    };
    evidence.check(pdi == wanted, MANAGER_TOKENS, expected, || {
        format!("pdi {pdi:?}")
    })
}

fn properties(
    evidence: &mut Evidence,
    token: &Jws,
    wanted: &Map<String, Value>,
) -> Result<(), Stop> {
    if wanted.is_empty() {
        return Ok(());
    }
    let came = token.payload.get("prp");
    evidence.check(
        came.and_then(Value::as_object) == Some(wanted),
        MANAGER_TOKENS,
        "claim `prp` to be the properties of the grant",
        || format!("{came:?}"),
    )
}
