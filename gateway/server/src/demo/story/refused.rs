//! Refusals: what a gateway says, and whether it is what it should say.

use http::Request;
use http_body_util::Full;
use serde_json::Value;

use super::{StepError, Telling};
use crate::demo::call::{Answer, call};
use crate::demo::show::presentable;
use crate::demo::stage::{Noted, Stage};
use crate::demo::story::Question;

/// What a refusal should be.
pub(super) struct Expected {
    pub(super) component: &'static str,
    pub(super) status: u16,
    pub(super) code: &'static str,
    pub(super) reason: &'static str,
}

/// Tells of a refusal, and checks it.
pub(super) fn tell(telling: &mut Telling, answer: &Answer, expected: &Expected) {
    let body = answer.json();
    let member = |name: &str| presentable(body.get(name).and_then(Value::as_str).unwrap_or("-"));
    let message = member("message");
    telling.happened(format!(
        "Refused by the {} with status {} and {}: {}.",
        member("component"),
        answer.status.as_u16(),
        member("code"),
        message.strip_prefix("refused: ").unwrap_or(&message),
    ));
    telling.remedy(sentence(&member("remedy")));
    telling.expect("the status", expected.status, answer.status.as_u16());
    telling.expect("the code", expected.code, &*member("code"));
    telling.expect(
        "the header Fsc-Error-Code",
        expected.code,
        answer.header("fsc-error-code").unwrap_or("-"),
    );
    telling.expect("who refused", expected.component, &*member("component"));
    telling.expect("the reason", expected.reason, &*member("reason"));
    telling.expect(
        "the transaction id in the body",
        answer.transaction_id().unwrap_or("none"),
        &*member("transaction_id"),
    );
}

/// Asks through the outway of the municipality, and keeps the transaction id for the comparison of the logs.
pub(super) async fn ask(
    stage: &mut Stage,
    question: &Question,
    what: &'static str,
) -> Result<Answer, StepError> {
    let request: Request<Full<bytes::Bytes>> = question.request()?;
    let answer = call(stage.outway(), request).await?;
    if let Some(id) = answer.transaction_id() {
        stage.notes.passages.push(Noted {
            id: id.to_owned(),
            what,
            is_case: question.path.starts_with("/zaken"),
        });
    }
    Ok(answer)
}

/// With a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters
        .next()
        .map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), characters.as_str())
}
