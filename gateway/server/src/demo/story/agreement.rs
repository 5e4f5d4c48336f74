//! Contracts: without one, proposing, accepting.

use serde_json::{Map, Value};
use sluis_fsc::{ContentHash, GrantHash};
use sluis_policy::PurposeBinding;
use sluis_proto::admin::v1::grant::Kind;
use sluis_proto::admin::v1::{
    AcceptRequest, Contract, ContractState, Grant, ProposeRequest, ServiceConnection,
};

use super::directory::VALID_SECONDS;
use super::refused::{self, Expected};
use super::{Question, Reason, StepError, Telling};
use crate::demo::federation::{BRP, ZAKEN};
use crate::demo::parties;
use crate::demo::policies::contract;
use crate::demo::show::Table;
use crate::demo::stage::{Agreement, Member, Stage, unusable};

pub(super) async fn ask_without_contract(stage: &mut Stage) -> Result<Telling, StepError> {
    let mut telling = Telling::default();
    telling.asked(format!(
        "An application of {} asks {} about a person, for the purpose (doelbinding) bijstand-aanvraag. \
         The service is known, but nothing was agreed.",
        parties::VOORBEELD.name,
        parties::UIW.name
    ));
    let before = stage.brp.source().requests();
    let question = Question::person(Reason::APPLICATION);
    let answer = refused::ask(stage, &question, "no contract").await?;
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
    telling.why(
        "Without a contract there is no legal agreement to exchange data. \
         The municipality's own gateway says so; the question does not leave the house.",
    );
    telling.expect(
        "questions that reached the source",
        before,
        stage.brp.source().requests(),
    );
    Ok(telling)
}

pub(super) async fn propose_and_accept(stage: &mut Stage) -> Result<Telling, StepError> {
    let mut telling = Telling::default();
    telling.asked(format!(
        "{} proposes two contracts: one to {} for {BRP}, one to {} for {ZAKEN}. \
         Each names the purposes, their legal basis (grondslag), and the operations and data groups for each. \
         The administrators there read and accept them.",
        parties::VOORBEELD.name,
        parties::UIW.name,
        parties::SSC.name
    ));
    let persons = Concluded::between(stage, &stage.uiw, BRP, contract::brp_personen()).await?;
    let cases = Concluded::between(stage, &stage.ssc, ZAKEN, contract::zaken()).await?;
    telling.happened("This is what both sides have now, signed by both:");
    let mut table = Table::new([
        "service",
        "provider",
        "when proposed",
        "when accepted",
        "purposes",
    ]);
    for (service, provider, concluded) in
        [(BRP, parties::UIW, &persons), (ZAKEN, parties::SSC, &cases)]
    {
        table.row([
            service.into(),
            provider.name.into(),
            shown(concluded.proposed.state()).into(),
            shown(concluded.accepted.state()).into(),
            concluded.purposes.join(", ").into(),
        ]);
        let what = |when: &str| format!("the contract for {service} when {when}");
        telling.expect(
            &what("proposed"),
            "proposed",
            shown(concluded.proposed.state()),
        );
        telling.expect(
            &what("accepted"),
            "valid",
            shown(concluded.accepted.state()),
        );
        telling.expect(
            &format!("signatures under the contract for {service}"),
            2,
            concluded.accepted.signatures.len(),
        );
    }
    telling.table(table);
    telling.why(
        "A contract is valid when every organisation in it has signed, and until then it allows nothing. \
         The purposes are part of what is signed, so neither side can widen them alone.",
    );
    stage.notes.persons = Some(persons.agreement);
    Ok(telling)
}

/// Concludes a new contract for the person records, for whoever goes on after the story.
pub(in crate::demo) async fn conclude_for_persons(stage: &Stage) -> Result<Agreement, StepError> {
    let concluded = Concluded::between(stage, &stage.uiw, BRP, contract::brp_personen()).await?;
    Ok(concluded.agreement)
}

/// A contract that was concluded.
struct Concluded {
    agreement: Agreement,
    /// As the provider had it before accepting.
    proposed: Contract,
    /// As the municipality had it after that.
    accepted: Contract,
    purposes: Vec<String>,
}

impl Concluded {
    /// The municipality proposes, the provider accepts; waits until the municipality knows.
    async fn between(
        stage: &Stage,
        provider: &Member,
        service: &str,
        properties: Map<String, Value>,
    ) -> Result<Concluded, StepError> {
        let purposes =
            PurposeBinding::from_properties(Some(&properties)).map_err(|error| unusable(&error))?;
        let now = stage.clock.unix_seconds();
        let request = ProposeRequest {
            not_before_unix_seconds: now - 60,
            not_after_unix_seconds: now + VALID_SECONDS,
            grants: vec![Grant {
                properties_json: Value::Object(properties).to_string(),
                kind: Some(Kind::ServiceConnection(ServiceConnection {
                    service_peer_id: provider.party().oin.to_owned(),
                    service: service.to_owned(),
                    ..ServiceConnection::default()
                })),
                ..Grant::default()
            }],
        };
        let municipality = &stage.voorbeeld;
        let proposed = municipality.admin.contracts().propose(request).await?;
        let proposed = proposed.into_inner().contract.unwrap_or_default();
        let agreement = agreement(&proposed)?;
        let hash = &agreement.content_hash;
        let proposed = provider.contract(hash, |_| true).await?;
        let request = AcceptRequest {
            contract: hash.to_string(),
        };
        provider.admin.contracts().accept(request).await?;
        let is_valid = |contract: &Contract| contract.state() == ContractState::Valid;
        let accepted = municipality.contract(hash, is_valid).await?;
        let purposes = purposes.iter().flat_map(PurposeBinding::purposes);
        Ok(Concluded {
            agreement,
            proposed,
            accepted,
            purposes: purposes
                .map(|purpose| purpose.activity.to_string())
                .collect(),
        })
    }
}

fn agreement(contract: &Contract) -> Result<Agreement, StepError> {
    let grant = contract
        .grants
        .first()
        .map(|grant| grant.grant_hash.as_str());
    Ok(Agreement {
        content_hash: ContentHash::parse(&contract.content_hash)
            .map_err(|error| unusable(&error))?,
        grant_hash: GrantHash::parse(grant.unwrap_or_default())
            .map_err(|error| unusable(&error))?,
    })
}

/// The state of a contract in a word.
pub(super) fn shown(state: ContractState) -> &'static str {
    match state {
        ContractState::Unspecified => "unknown",
        ContractState::Proposed => "proposed",
        ContractState::Valid => "valid",
        ContractState::NotYetValid => "not yet valid",
        ContractState::Rejected => "rejected",
        ContractState::Revoked => "revoked",
        ContractState::Expired => "expired",
    }
}
