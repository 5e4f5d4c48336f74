//! The access token.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Method, Request, Uri};
use http_body_util::Full;
use sluis_fsc::GroupId;
use sluis_fsc::api::{TokenRequest, TokenResponse};
use sluis_fsc::token::{self, SigningCertificates};

use super::{StepError, Telling};
use crate::demo::federation::GROUP_ID;
use crate::demo::parties;
use crate::demo::show::Table;
use crate::demo::stage::{Stage, unusable};

pub(super) async fn fetch(stage: &mut Stage) -> Result<Telling, StepError> {
    let mut telling = Telling::default();
    telling.asked(format!(
        "With the certificate of {}, a token is asked of the manager of {}: the right to call under the contract of step 3. \
         An outway does this by itself; here it is done by hand to look at it.",
        parties::VOORBEELD.name,
        parties::UIW.name
    ));
    let agreement = stage
        .notes
        .persons
        .as_ref()
        .ok_or(StepError::Missing("the contract"))?;
    let own = stage.voorbeeld.caller.identity().peer();
    let form = TokenRequest {
        grant_hash: agreement.grant_hash.clone(),
        client_id: own.id.clone(),
    }
    .to_form();
    let mut request = Request::new(Full::<Bytes>::from(form));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = Uri::from_static("/v1/token");
    let form = http::HeaderValue::from_static("application/x-www-form-urlencoded");
    request.headers_mut().insert(CONTENT_TYPE, form);
    let port = stage.uiw.files.plan.ports.manager;
    let answer = stage
        .voorbeeld
        .caller
        .call(parties::UIW, port, request)
        .await?;
    telling.expect("the status", 200, answer.status.as_u16());
    let response: TokenResponse =
        serde_json::from_slice(&answer.body).map_err(|error| unusable(&error))?;

    let issuer = stage.uiw.caller.identity();
    let leaf = issuer.chain().iter().take(1).map(|leaf| leaf.as_ref());
    let signers = SigningCertificates::new(&issuer.peer().id, issuer.peer().id_attribute, leaf)
        .map_err(|error| unusable(&error))?;
    let group = GroupId::parse(GROUP_ID).map_err(|error| unusable(&error))?;
    let claims = token::verify(&response.access_token, &signers, &group)
        .map_err(|error| unusable(&error))?;
    token::check_binding(&claims, &own.certificate_thumbprint).map_err(|error| unusable(&error))?;
    let seconds = claims.exp - stage.clock.unix_seconds();
    telling.happened(format!(
        "A token of {} characters (a JWT), signed by {}. It says:",
        response.access_token.len(),
        parties::UIW.name
    ));
    let mut table = Table::new(["claim", "meaning", "value"]);
    for (claim, meaning, value) in [
        (
            "sub",
            "for whom",
            format!("{}, {}", claims.sub, parties::VOORBEELD.name),
        ),
        (
            "iss",
            "from whom",
            format!("{}, {}", claims.iss, parties::UIW.name),
        ),
        (
            "svc, aud",
            "which service, where",
            format!("{} at {}", claims.svc, claims.aud),
        ),
        ("gth", "under which grant", claims.gth.to_string()),
        (
            "cnf",
            "only with this certificate (SHA-256)",
            claims.cnf.to_string(),
        ),
        ("exp", "until when", format!("{seconds} seconds from now")),
    ] {
        table.row([claim.into(), meaning.into(), value.into()]);
    }
    telling.table(table);
    telling.expect(
        "for whom it is",
        parties::VOORBEELD.oin,
        claims.sub.as_str(),
    );
    telling.holds(
        "it carries the purposes of the contract",
        claims.prp.as_ref().is_some_and(|properties| {
            properties.contains_key(sluis_policy::PurposeBinding::PROPERTY)
        }),
    );
    telling.holds(
        "it lives for minutes, not longer",
        (1..=3600).contains(&seconds),
    );
    telling.why(
        "The provider signs what was agreed, for a few minutes, for one certificate. Its inway checks that at every call, \
         and looks up whether the contract is still valid as well.",
    );
    stage.notes.token = Some(response.access_token);
    Ok(telling)
}
