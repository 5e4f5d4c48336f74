//! The contract is revoked.

use sluis_proto::admin::v1::{Contract, ContractState, RevokeRequest};

use super::agreement::shown;
use super::refused::{self, Expected};
use super::{Question, Reason, StepError, Telling};
use crate::demo::parties::{UIW, VOORBEELD};
use crate::demo::stage::Stage;

pub(super) async fn revoke(stage: &mut Stage) -> Result<Telling, StepError> {
    let mut telling = Telling::default();
    telling.asked(format!(
        "{} revokes the contract for the person records. Then {} asks again as in step 5.",
        UIW.name, VOORBEELD.name
    ));
    let agreement = stage.notes.persons.clone();
    let agreement = agreement.ok_or(StepError::Missing("the contract"))?;
    let token = stage.notes.token.clone();
    let token = token.ok_or(StepError::Missing("the token"))?;
    let request = RevokeRequest {
        contract: agreement.content_hash.to_string(),
    };
    stage.uiw.admin.contracts().revoke(request).await?;
    let before = stage.brp.source().requests();

    // At once, whether the municipality knows or not: with its own certificate and a token that still lives.
    let question = Question::person(Reason::APPLICATION)
        .at_the_inway(Some(&token), stage.new_transaction_id())
        .request()?;
    let port = stage.uiw.files.plan.ports.inway;
    let answer = stage.voorbeeld.caller.call(UIW, port, question).await?;
    let body = answer.json();
    let reason = body.get("reason").and_then(serde_json::Value::as_str);
    telling.happened(format!(
        "At the inway the very next call is refused ({}, {}), though its token lives on for minutes.",
        answer.status.as_u16(),
        reason.unwrap_or("-")
    ));
    telling.expect("the status at the inway", 401, answer.status.as_u16());
    telling.expect(
        "the reason at the inway",
        "contract-not-valid",
        reason.unwrap_or("-"),
    );

    let is_revoked = |contract: &Contract| contract.state() == ContractState::Revoked;
    let contract = stage
        .voorbeeld
        .contract(&agreement.content_hash, is_revoked)
        .await?;
    telling.happened(format!(
        "The signed revocation reaches {}: its contract is {} as well.",
        VOORBEELD.name,
        shown(contract.state())
    ));
    let question = Question::person(Reason::APPLICATION);
    let answer = refused::ask(stage, &question, "contract revoked").await?;
    refused::tell(
        &mut telling,
        &answer,
        &Expected {
            component: "outway",
            status: 403,
            code: "ERROR_CODE_NO_VALID_CONTRACT",
            reason: "no-contract",
        },
    );
    telling.expect(
        "questions that reached the source",
        before,
        stage.brp.source().requests(),
    );
    telling.why(
        "Either side can end a contract at any moment, alone. It ends at its own inway at once: no token outlives it.",
    );
    Ok(telling)
}
