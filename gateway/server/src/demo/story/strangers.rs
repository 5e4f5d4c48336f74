//! Callers that are not who they should be: somebody else's token, a revoked certificate.

use std::net::{Ipv4Addr, SocketAddr};

use http::{Request, Uri};

use super::refused::{self, Expected};
use super::{Question, Reason, StepError, Telling};
use crate::demo::call::{CallError, call};
use crate::demo::parties::{SSC, UIW, VOORBEELD};
use crate::demo::stage::{Member, Stage};

pub(super) async fn with_a_token(stage: &mut Stage) -> Result<Telling, StepError> {
    let mut telling = Telling::default();
    telling.asked(format!(
        "The token of step 4 has leaked to {}, which is a trusted member of the group itself. \
         It calls the inway of {} with that token and with its own certificate.",
        SSC.name, UIW.name
    ));
    let token = stage.notes.token.clone();
    let token = token.ok_or(StepError::Missing("the token"))?;
    let port = stage.uiw.files.plan.ports.inway;
    let before = stage.brp.source().requests();
    let question = || {
        Question::person(Reason::APPLICATION)
            .at_the_inway(Some(&token), stage.new_transaction_id())
            .request()
    };
    let answer = stage.ssc.caller.call(UIW, port, question()?).await?;
    refused::tell(
        &mut telling,
        &answer,
        &Expected {
            component: "inway",
            status: 401,
            code: "ERROR_CODE_ACCESS_TOKEN_INVALID",
            reason: "token-invalid",
        },
    );
    telling.expect(
        "questions that reached the source",
        before,
        stage.brp.source().requests(),
    );
    let answer = stage.voorbeeld.caller.call(UIW, port, question()?).await?;
    telling.happened(format!(
        "The same token with the certificate of {}: status {}.",
        VOORBEELD.name,
        answer.status.as_u16()
    ));
    telling.expect(
        "the status with the right certificate",
        200,
        answer.status.as_u16(),
    );
    telling.why(
        "The token holds the thumbprint of the certificate that it was given to (RFC 8705). \
         Whoever steals a token has nothing without the private key as well.",
    );
    Ok(telling)
}

pub(super) async fn with_a_revoked_certificate(stage: &mut Stage) -> Result<Telling, StepError> {
    let mut telling = Telling::default();
    telling.asked(format!(
        "{} lost a laptop with a certificate of its own, and had that certificate revoked. \
         Whoever found it calls the inway of {}.",
        VOORBEELD.name, UIW.name
    ));
    let port = stage.uiw.files.plan.ports.inway;
    let before = stage.brp.source().requests();
    let question = Question::person(Reason::APPLICATION)
        .at_the_inway(stage.notes.token.as_deref(), stage.new_transaction_id())
        .request()?;
    let ended = stage.former.call(UIW, port, question).await;
    let came = match &ended {
        Ok(answer) => format!("an answer with status {}", answer.status.as_u16()),
        Err(CallError::Alert(alert)) => format!("the TLS alert {alert}"),
        Err(error) => error.to_string(),
    };
    telling.happened(format!(
        "No answer. The connection ends in the handshake, with {came}."
    ));
    let refused = refused_handshakes(&stage.uiw).await?;
    telling.holds("the metrics of the inway count it", refused > 0);
    telling.expect("how it ends", "the TLS alert CertificateRevoked", &*came);
    telling.expect(
        "questions that reached the source",
        before,
        stage.brp.source().requests(),
    );
    telling.why(
        "The inway checks every certificate of the chain against the revocation list (CRL) of its issuer, root to leaf. \
         A list that is missing or too old counts as a no. Before TLS is done nothing is read, so there is nothing to \
         attack and no transaction to record; the metrics count the refusal.",
    );
    Ok(telling)
}

/// How many handshakes of the inway the metrics count as refused for a revoked certificate.
async fn refused_handshakes(member: &Member) -> Result<u64, StepError> {
    let port = member.files.plan.ports.observability;
    let mut request = Request::default();
    *request.uri_mut() = Uri::from_static("/metrics");
    let page = call(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), request).await?;
    let page = String::from_utf8_lossy(&page.body);
    let line = page.lines().find(|line| {
        line.starts_with("sluis_tls_handshakes_refused_total")
            && line.contains("role=\"inway\"")
            && line.contains("reason=\"revoked\"")
    });
    let count = line
        .and_then(|line| line.rsplit(' ').next())
        .and_then(|count| count.parse().ok());
    Ok(count.unwrap_or(0))
}
