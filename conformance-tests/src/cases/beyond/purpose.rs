//! `Beyond-Purpose-*`: the FSC extension Purpose Binding 1.0, for a target that says that it has it.

use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::case::{Evidence, Stop, failed, not_run};
use crate::cases::expect::inway_refusal;
use crate::cases::inway::{answered_by_source, source_count, source_untouched};
use crate::clauses::{PURPOSE_DATA, PURPOSE_REQUEST, PURPOSE_RULES};
use crate::stage::{Agreement, Kind, Stage, new_transaction_id};
use crate::target::{PurposeTarget, RequestTarget};
use crate::wire::{Answer, Reply};

/// The property of the extension.
const PROPERTY: &str = "purpose_binding.connection";
/// The header in which a request states its purpose.
const HEADER: &str = "Sluis-Purpose";
const MISSING: (u16, &str) = (400, "ERROR_CODE_PURPOSE_MISSING");
const REFUSED: (u16, &str) = (403, "ERROR_CODE_PURPOSE_REFUSED");

/// A purpose that contract, request and register agree on.
pub(crate) async fn allowed(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let extension = Extension::of(stage)?;
    let agreement = stage.agreement(Kind::Plain).await?;
    let answer = ask(stage, &agreement, extension.request, &[&extension.agreed]).await?;
    answered_by_source(evidence, &answer)
}

/// A request that states no purpose.
pub(crate) async fn missing(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let extension = Extension::of(stage)?;
    let agreement = stage.agreement(Kind::Plain).await?;
    let what = "a request that states no purpose";
    refused(stage, evidence, &extension, &agreement, &[], MISSING, what).await
}

/// A purpose that the register has and the contract does not.
pub(crate) async fn not_in_contract(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let extension = Extension::of(stage)?;
    let agreement = stage.agreement(Kind::Plain).await?;
    let purposes = [extension.target.not_agreed.as_str()];
    let what = "a purpose that is not in the contract";
    refused(
        stage, evidence, &extension, &agreement, &purposes, REFUSED, what,
    )
    .await
}

/// A purpose that the contract has and the register does not.
pub(crate) async fn not_in_register(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let extension = Extension::of(stage)?;
    let unknown = format!("conformance-{}", uuid::Uuid::now_v7().simple());
    let agreement = extension.agree(stage, |purposes| {
        let mut other = purposes.first().cloned().unwrap_or_default();
        set(&mut other, "activity", json!(unknown));
        purposes.push(other);
    });
    let agreement = agreement.await?;
    let what = "a purpose that is not in the register";
    refused(
        stage,
        evidence,
        &extension,
        &agreement,
        &[&unknown],
        REFUSED,
        what,
    )
    .await
}

/// Two purposes in one request.
pub(crate) async fn conflicting(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let extension = Extension::of(stage)?;
    let agreement = stage.agreement(Kind::Plain).await?;
    let (agreed, other) = (
        extension.agreed.as_str(),
        extension.target.not_agreed.as_str(),
    );
    for (first, second) in [(agreed, other), (other, agreed)] {
        let before = source_count(stage);
        let answer = ask(stage, &agreement, extension.request, &[first, second]).await?;
        let expected =
            format!("a refusal of a request with `{HEADER}: {first}` and `{HEADER}: {second}`");
        let is_refused = answer.status.is_client_error();
        evidence.check(is_refused, PURPOSE_REQUEST, expected, || answer.shown())?;
        source_untouched(stage, evidence, before)?;
    }
    Ok(())
}

/// A contract that binds no purpose.
pub(crate) async fn no_property(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let extension = Extension::of(stage)?;
    let mut properties = stage.inway_target()?.0.properties.clone();
    properties.remove(PROPERTY);
    let agreement = agree(stage, properties).await?;
    let what = "a request under a contract without purposes";
    let purposes = [extension.agreed.as_str()];
    refused(
        stage, evidence, &extension, &agreement, &purposes, REFUSED, what,
    )
    .await
}

/// A contract whose purpose has a member that the extension does not know: it could be a condition. It may be refused itself.
pub(crate) async fn unreadable(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let extension = Extension::of(stage)?;
    stage.can_accept()?;
    let agreement = extension.connection(stage, |purposes| {
        for purpose in purposes {
            set(purpose, "only_on", json!("weekdays"));
        }
    });
    let agreement = agreement?;
    let signature = stage.accepted_by(&stage.consumer, &agreement.contract)?;
    let submitted = stage.submit(&stage.consumer, &agreement.contract, &signature);
    let submitted = submitted.await?;
    let what = "a contract with a condition that the extension does not have";
    if submitted.status != 201 {
        let expected = format!("status 201, or a refusal with status 4xx, for {what}");
        let is_refused = submitted.status.is_client_error();
        return evidence.check(is_refused, PURPOSE_RULES, expected, || submitted.shown());
    }
    stage.have_accepted(&agreement.contract).await?;
    let what = format!("a request under {what}");
    let purposes = [extension.agreed.as_str()];
    refused(
        stage, evidence, &extension, &agreement, &purposes, REFUSED, &what,
    )
    .await
}

/// A contract that names the purpose for another operation.
pub(crate) async fn other_operation(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let extension = Extension::of(stage)?;
    let agreement = extension.agree(stage, |purposes| {
        for purpose in purposes {
            set(purpose, "operations", json!(["another-operation"]));
        }
    });
    let agreement = agreement.await?;
    let what = "an operation that the contract does not name for the purpose";
    let purposes = [extension.agreed.as_str()];
    refused(
        stage, evidence, &extension, &agreement, &purposes, REFUSED, what,
    )
    .await
}

/// What the service answers beyond the data groups of the contract does not leave the target.
pub(crate) async fn filtered(stage: &Stage, evidence: &mut Evidence) -> Result<(), Stop> {
    let extension = Extension::of(stage)?;
    let Some(filtered) = &extension.target.filtered else {
        return Err(not_run("the target file has no `inway.purpose.filtered`"));
    };
    let source = stage.source()?;
    let agreement = agree(stage, filtered.properties.clone()).await?;
    let purpose = purpose_of(&filtered.request, "inway.purpose.filtered.request.headers")?;
    let reply = Reply::json(StatusCode::OK, &filtered.source_answer);
    let before = source.arrivals.count();
    source.arrivals.answer_next(reply);
    let answer = ask(stage, &agreement, &filtered.request, &[purpose]).await?;
    if source.arrivals.count() == before {
        // Nobody fetched the answer, and the next case shall not get it.
        source.arrivals.answer_as_always();
        let expected = "the request of `inway.purpose.filtered` to reach the service";
        return Err(failed(PURPOSE_DATA, expected, answer.shown()));
    }
    let holds = answer.status == 200 && answer.json() == filtered.released;
    let expected = format!(
        "of the service's answer {} only {}, status 200",
        filtered.source_answer, filtered.released
    );
    evidence.check(holds, PURPOSE_DATA, expected, || answer.shown())
}

/// The extension at this target.
struct Extension<'s> {
    target: &'s PurposeTarget,
    request: &'s RequestTarget,
    /// The purpose of the request, which contract and register have too.
    agreed: String,
}

impl<'s> Extension<'s> {
    fn of(stage: &'s Stage) -> Result<Self, Stop> {
        let (inway, _) = stage.inway_target()?;
        let Some(target) = &inway.purpose else {
            return Err(not_run(
                "the target file has no `inway.purpose`: the extension Purpose Binding is optional",
            ));
        };
        Ok(Self {
            target,
            request: &inway.request,
            agreed: purpose_of(&inway.request, "inway.request.headers")?.to_owned(),
        })
    }

    /// A connection in force whose purposes are changed.
    async fn agree(
        &self,
        stage: &Stage,
        change: impl FnOnce(&mut Vec<Value>),
    ) -> Result<Agreement, Stop> {
        let agreement = self.connection(stage, change)?;
        stage.agree(&agreement.contract).await?;
        Ok(agreement)
    }

    /// A connection whose purposes are changed, agreed with nobody yet.
    fn connection(
        &self,
        stage: &Stage,
        change: impl FnOnce(&mut Vec<Value>),
    ) -> Result<Agreement, Stop> {
        let (inway, _) = stage.inway_target()?;
        let mut properties = inway.properties.clone();
        let purposes = properties
            .get_mut(PROPERTY)
            .and_then(|property| property.get_mut("purposes"))
            .and_then(Value::as_array_mut);
        change(purposes.ok_or_else(|| {
            not_run(format!(
                "inway.properties has no `{PROPERTY}` with `purposes`"
            ))
        })?);
        stage.connection_with(Kind::Plain, &inway.service, properties)
    }
}

fn purpose_of<'r>(request: &'r RequestTarget, setting: &str) -> Result<&'r str, Stop> {
    let mut headers = request.headers.iter();
    let found = headers.find(|(name, _)| name.eq_ignore_ascii_case(HEADER));
    let (_, purpose) = found.ok_or_else(|| not_run(format!("{setting} has no `{HEADER}`")))?;
    Ok(purpose)
}

fn set(object: &mut Value, member: &str, value: Value) {
    if let Some(members) = object.as_object_mut() {
        members.insert(member.to_owned(), value);
    }
}

async fn agree(stage: &Stage, properties: Map<String, Value>) -> Result<Agreement, Stop> {
    let service = &stage.inway_target()?.0.service;
    let agreement = stage.connection_with(Kind::Plain, service, properties)?;
    stage.agree(&agreement.contract).await?;
    Ok(agreement)
}

/// Makes a request that states these purposes.
async fn ask(
    stage: &Stage,
    agreement: &Agreement,
    request: &RequestTarget,
    purposes: &[&str],
) -> Result<Answer, Stop> {
    let mut request = request.clone();
    request
        .headers
        .retain(|name, _| !name.eq_ignore_ascii_case(HEADER));
    let token = stage.token(agreement.contract.grant_hash()).await?;
    let mut question = stage.question(&request, Some(&token), Some(&new_transaction_id()))?;
    for purpose in purposes {
        question = question.header(HEADER, purpose);
    }
    let client = stage.client(&stage.consumer)?;
    let answer = stage.ask_inway(&client, question).await?;
    answer.map_err(|error| crate::stage::no_answer(PURPOSE_RULES, "inway", &error))
}

async fn refused(
    stage: &Stage,
    evidence: &mut Evidence,
    extension: &Extension<'_>,
    agreement: &Agreement,
    purposes: &[&str],
    wanted: (u16, &str),
    what: &str,
) -> Result<(), Stop> {
    let before = source_count(stage);
    let answer = ask(stage, agreement, extension.request, purposes).await?;
    inway_refusal(evidence, &answer, wanted, PURPOSE_RULES, what)?;
    source_untouched(stage, evidence, before)
}
