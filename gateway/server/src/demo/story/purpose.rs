//! Purposes that do not count.

use super::refused::{self, Expected};
use super::{Question, Reason, StepError, Telling};
use crate::demo::parties;
use crate::demo::stage::Stage;

pub(super) async fn not_in_contract(stage: &mut Stage) -> Result<Telling, StepError> {
    let mut telling = Telling::default();
    telling.asked(
        "The same person and the same fields, but for terugvordering-bijstand: recovering what was paid too much. \
         Both registers of processing activities (AVG article 30) have that purpose; the contract does not.",
    );
    let reason = Reason {
        purpose: "terugvordering-bijstand",
        role: "medewerker-terugvordering",
        channel: "intern",
    };
    let before = stage.brp.source().requests();
    let answer = refused::ask(
        stage,
        &Question::person(reason),
        "purpose not in the contract",
    )
    .await?;
    refused::tell(
        &mut telling,
        &answer,
        &Expected {
            component: "outway",
            status: 403,
            code: "ERROR_CODE_PURPOSE_REFUSED",
            reason: "purpose-not-in-contract",
        },
    );
    telling.why(format!(
        "Request, contract and register must name the same purpose. Both organisations could want this exchange, \
         but they did not agree on it. {} was not even asked.",
        parties::UIW.name
    ));
    telling.expect(
        "questions that reached the source",
        before,
        stage.brp.source().requests(),
    );
    Ok(telling)
}

pub(super) async fn not_in_register(stage: &mut Stage) -> Result<Telling, StepError> {
    let mut telling = Telling::default();
    telling.asked(format!(
        "The same again for schuldhulpverlening. The contract names it, and so does the register of {}; \
         the register of {} does not.",
        parties::VOORBEELD.name,
        parties::UIW.name
    ));
    let reason = Reason {
        purpose: "schuldhulpverlening",
        role: "schuldhulpverlener",
        channel: "balie",
    };
    let before = stage.brp.source().requests();
    let answer = refused::ask(
        stage,
        &Question::person(reason),
        "purpose not in the register",
    )
    .await?;
    refused::tell(
        &mut telling,
        &answer,
        &Expected {
            component: "inway",
            status: 403,
            code: "ERROR_CODE_PURPOSE_REFUSED",
            reason: "purpose-not-in-register",
        },
    );
    telling.why(
        "The municipality's gateway let it go: on its side all is in order. The provider's gateway judges by its own \
         register, whatever it once signed. A contract gives nobody a legal basis (grondslag) that is not there.",
    );
    telling.expect(
        "questions that reached the source",
        before,
        stage.brp.source().requests(),
    );
    Ok(telling)
}
