//! What becomes of a proposed contract: two managers over mutual TLS, and the rules of the one that is asked.

use std::sync::atomic::Ordering;

use serde_json::{Map, Value, json};
use sluis_fsc::contract::{Content, State, Validity};
use sluis_fsc::signature::SignatureType;
use sluis_fsc::{ContentHash, ServiceName};
use sluis_policy::{Outcome, PolicySet, PolicySource};

use super::grants::*;
use super::raw::{Raw, contract};
use super::world::{CONSUMER, DIRECTORY, NOW, PROVIDER, Party, THIRD, World, today};

const PARTIES: &str = r#"
parties:
  vrager: { oin: "00000099000000002000", name: Vrager }
  bron:   { oin: "00000099000000003000", name: Bron }
"#;
const SERVICE: &str = "
service: zaken-api
operations: { zaak: { http: 'GET /zaken/{uuid}' } }
data: { zaak: { sensitivity: ordinary, whole: true } }
";
const ACTIVITY: &str = r#"
activity: bijstand
version: 1
title: Bijstand
purpose: Bijstand beoordelen.
legal_basis: { avg: "6 lid 1 onder e", law: Participatiewet artikel 53a }
controller: bron
valid: { from: 2026-01-01 }
discloses:
  - { service: zaken-api, operations: [zaak], to: [vrager], data: [zaak] }
"#;
const RULES: &str = "
rules:
  - rule: bijstand-mag
    decide: accept
    because: Voor de bijstand is dit afgesproken.
    when: { grants: [connection], caller: [vrager], services: [zaken-api], purposes: [bijstand], days_at_most: 30 }
  - rule: niet-langer-dan-een-jaar
    decide: reject
    because: Een contract duurt hoogstens een jaar.
    when: { days_more_than: 366 }
";

fn folder(rules: &str) -> [(&str, &str); 4] {
    [
        ("parties.yaml", PARTIES),
        ("services/zaken-api.yaml", SERVICE),
        ("activities/bijstand.yaml", ACTIVITY),
        ("contracts.yaml", rules),
    ]
}

/// A consumer without rules, and a provider with these.
async fn consumer_and_provider(rules: &str) -> (World, Party, Party) {
    let mut world = World::new();
    let provider = world
        .party(PROVIDER)
        .with_policy(&folder(rules))
        .start()
        .await;
    // The consumer finds the provider as its directory.
    let consumer = world
        .party(CONSUMER)
        .with_directory(&provider)
        .start()
        .await;
    (world, consumer, provider)
}

fn purposes(activity: &str) -> Map<String, Value> {
    let purpose = json!({
        "activity": activity, "legal_basis": "Participatiewet artikel 53a", "operations": ["zaak"], "data": ["zaak"],
    });
    let binding = json!({ "purpose_binding.connection": { "purposes": [purpose] } });
    binding.as_object().unwrap().clone()
}

async fn propose(consumer: &Party, activity: &str, validity: Validity) -> ContentHash {
    let service = ServiceName::parse("zaken-api").unwrap();
    let properties = Some(purposes(activity));
    let provider = sluis_certs::PeerId::new(PROVIDER).unwrap();
    let content: Content = consumer
        .manager
        .propose_connection(&provider, &service, properties, validity)
        .await
        .unwrap();
    content.hash().clone()
}

/// Name and text of what was recorded about the decisions.
fn recorded(party: &Party) -> Vec<Vec<(String, String)>> {
    let events = party.builder.records.decisions.lock().unwrap();
    let told = events.iter().map(|event| {
        assert_eq!(
            (&*event.component, &*event.name),
            ("manager", "contract-decided")
        );
        let details = event.details.iter();
        details
            .map(|(name, text)| (name.to_string(), text.to_string()))
            .collect()
    });
    told.collect()
}

fn detail<'a>(event: &'a [(String, String)], name: &str) -> &'a str {
    let found = event.iter().find(|(known, _)| known == name);
    found.map_or("", |(_, text)| text)
}

#[tokio::test]
async fn a_contract_is_accepted_by_a_rule() {
    let (_world, consumer, provider) = consumer_and_provider(RULES).await;
    let hash = propose(&consumer, "bijstand", today()).await;
    provider.until_state(&hash, State::Valid).await;
    consumer.until_state(&hash, State::Valid).await;
    let decision = provider
        .manager
        .show(&hash)
        .await
        .unwrap()
        .decision
        .unwrap();
    assert_eq!(
        (decision.outcome, decision.code.as_str()),
        (Outcome::Accept, "rule")
    );
    assert_eq!(decision.rules, "bijstand-mag");
    assert_eq!(decision.reason, "Voor de bijstand is dit afgesproken.");
    assert!(
        consumer
            .manager
            .show(&hash)
            .await
            .unwrap()
            .decision
            .is_none()
    );
    let events = recorded(&provider);
    let [event] = events.as_slice() else {
        panic!("{events:?}")
    };
    assert_eq!(detail(event, "content_hash"), hash.as_str());
    assert_eq!(detail(event, "submitted_by"), CONSUMER);
    assert_eq!(detail(event, "decision"), "accept");
    assert_eq!(detail(event, "rules"), "bijstand-mag");
    assert_eq!(detail(event, "policy"), decision.policy);
    assert!(decision.policy.starts_with("sha256:"));
}

#[tokio::test]
async fn a_contract_is_rejected_by_a_rule_and_the_other_is_told() {
    let (_world, consumer, provider) = consumer_and_provider(RULES).await;
    let long = Validity {
        not_before: NOW - 10,
        not_after: NOW + 400 * 86_400,
    };
    let hash = propose(&consumer, "bijstand", long).await;
    consumer.until_state(&hash, State::Rejected).await;
    let view = provider.manager.show(&hash).await.unwrap();
    assert_eq!(view.state, State::Rejected);
    assert_eq!(view.decision.unwrap().rules, "niet-langer-dan-een-jaar");
    assert_eq!(detail(&recorded(&provider)[0], "decision"), "reject");
}

#[tokio::test]
async fn a_contract_is_held_until_a_person_accepts_it() {
    let (_world, consumer, provider) = consumer_and_provider(RULES).await;
    let quarter = Validity {
        not_before: NOW - 10,
        not_after: NOW + 90 * 86_400,
    };
    let hash = propose(&consumer, "bijstand", quarter).await;
    provider.until_state(&hash, State::Proposed).await;
    let decision = until_decided(&provider, &hash).await;
    assert_eq!(
        (decision.outcome, decision.code.as_str()),
        (Outcome::Hold, "no-rule")
    );
    assert!(
        decision.reason.contains("at most 30 days"),
        "{}",
        decision.reason
    );
    provider.manager.accept(&hash).await.unwrap();
    consumer.until_state(&hash, State::Valid).await;
}

async fn until_decided(party: &Party, hash: &ContentHash) -> sluis::contracts::ContractDecision {
    let decided = async {
        loop {
            if let Some(decision) = party.manager.show(hash).await.unwrap().decision {
                return decision;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(super::world::PATIENCE, decided)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_purpose_that_is_not_in_the_register_is_never_accepted_by_a_rule() {
    let broad = "
rules:
  - { rule: alles-van-de-vrager, decide: accept, because: x, when: { caller: [vrager] } }
";
    let (_world, consumer, provider) = consumer_and_provider(broad).await;
    let hash = propose(&consumer, "terugvordering", today()).await;
    provider.until_state(&hash, State::Proposed).await;
    let decision = until_decided(&provider, &hash).await;
    assert_eq!(decision.code, "purpose-not-in-register");
    assert!(
        decision
            .reason
            .contains("`terugvordering` is not in the register"),
        "{}",
        decision.reason
    );
    assert_eq!(
        (decision.outcome, decision.rules.as_str()),
        (Outcome::Hold, "")
    );
}

#[tokio::test]
async fn without_a_policy_a_person_decides() {
    let (_world, party, raw) = super::submit::pair(PROVIDER, CONSUMER).await;
    let content = contract(vec![connection(
        outway(&raw.identity),
        service(PROVIDER, "zaken-api", None),
    )]);
    assert_eq!(raw.submit(&party, &content).await.status, 201);
    let view = party.manager.show(content.hash()).await.unwrap();
    assert_eq!(view.state, State::Proposed);
    assert_eq!(view.decision.unwrap().code, "no-policy");
}

#[tokio::test]
async fn a_connection_to_a_service_that_is_not_offered_is_refused_at_receipt() {
    let (_world, party, raw) = super::submit::pair(PROVIDER, CONSUMER).await;
    let content = contract(vec![connection(
        outway(&raw.identity),
        service(PROVIDER, "not-offered", None),
    )]);
    let answer = raw.submit(&party, &content).await;
    assert_eq!(
        answer.verdict(),
        (422, "ERROR_CODE_SERVICE_NOT_OFFERED".into())
    );
    assert!(party.manager.show(content.hash()).await.is_err());
    // A service of the same name that somebody else offers is not ours to judge.
    let content = contract(vec![delegated_connection(
        outway(&raw.identity),
        service("00000099000000004000", "not-offered", None),
        PROVIDER,
    )]);
    assert_eq!(raw.submit(&party, &content).await.status, 201);
}

/// Nobody gets round the organisation on whose behalf a service is published.
#[tokio::test]
async fn a_connection_that_passes_over_whoever_the_service_is_offered_for_waits_for_a_person() {
    let (mut world, consumer, provider) = consumer_and_provider(RULES).await;
    let published = provider
        .manager
        .propose(
            vec![delegated_publication(PROVIDER, "zaken-api", THIRD)],
            today(),
        )
        .await
        .unwrap();
    let mut signs = async |peer: &str, kind| {
        let identity = world.identity(peer);
        let raw = Raw::new(&world, identity);
        let answer = raw.place(&provider, &published, kind).await;
        assert_eq!(answer.status, 201);
    };
    for peer in [DIRECTORY, THIRD] {
        signs(peer, SignatureType::Accept).await;
    }
    provider.until_state(published.hash(), State::Valid).await;

    let hash = propose(&consumer, "bijstand", today()).await;
    provider.until_state(&hash, State::Proposed).await;
    let decision = until_decided(&provider, &hash).await;
    assert_eq!(
        (decision.outcome, decision.code.as_str()),
        (Outcome::Hold, "delegator-missing")
    );
    assert!(decision.reason.contains(THIRD), "{}", decision.reason);

    // Once the service is offered on our own behalf again, the rules say what they said before.
    signs(THIRD, SignatureType::Revoke).await;
    provider.manager.decide_waiting().await;
    provider.until_state(&hash, State::Valid).await;
}

#[tokio::test]
async fn what_cannot_be_recorded_is_not_done_and_is_decided_at_the_next_start() {
    let (_world, consumer, provider) = consumer_and_provider(RULES).await;
    provider
        .builder
        .records
        .is_broken
        .store(true, Ordering::Relaxed);
    let hash = propose(&consumer, "bijstand", today()).await;
    consumer
        .until_outbox(&hash, |items| {
            items
                .iter()
                .all(|item| item.state == sluis::contracts::OutboxState::Delivered)
        })
        .await;
    let view = provider.manager.show(&hash).await.unwrap();
    assert_eq!((view.state, view.decision), (State::Proposed, None));

    let builder = provider.stop().await;
    builder.records.is_broken.store(false, Ordering::Relaxed);
    let provider = builder.start().await;
    provider.until_state(&hash, State::Valid).await;
    consumer.until_state(&hash, State::Valid).await;
    assert_eq!(recorded(&provider).len(), 1);
}

#[tokio::test]
async fn what_was_held_is_decided_anew_under_other_rules() {
    let none = "rules:\n  - { rule: alles-wacht, decide: hold, because: Wij lezen alles. }\n";
    let (_world, consumer, provider) = consumer_and_provider(none).await;
    let hash = propose(&consumer, "bijstand", today()).await;
    provider.until_state(&hash, State::Proposed).await;
    assert_eq!(until_decided(&provider, &hash).await.rules, "alles-wacht");
    // Under the same rules nothing new is said.
    provider.manager.decide_waiting().await;
    assert_eq!(recorded(&provider).len(), 1);

    let builder = provider.stop().await.with_policy(&folder(RULES));
    let provider = builder.start().await;
    consumer.until_state(&hash, State::Valid).await;
    assert_eq!(recorded(&provider).len(), 2);
}

#[tokio::test]
async fn every_decision_is_counted_with_its_reason() {
    let (_world, consumer, provider) = consumer_and_provider(RULES).await;
    let counted = |verdict: &str, reason: &str| {
        let labels = [
            format!("verdict=\"{verdict}\""),
            format!("reason=\"{reason}\""),
        ];
        provider.metric("sluis_contracts_decided_total", &[&labels[0], &labels[1]])
    };
    let accepted = propose(&consumer, "bijstand", today()).await;
    provider.until_state(&accepted, State::Valid).await;
    assert_eq!(counted("accept", "rule"), Some(1.0));
    let years = Validity {
        not_after: NOW + 800 * 86_400,
        ..today()
    };
    let rejected = propose(&consumer, "bijstand", years).await;
    provider.until_state(&rejected, State::Rejected).await;
    assert_eq!(counted("reject", "rule"), Some(1.0));

    let held = propose(&consumer, "iets-anders", today()).await;
    provider.until_state(&held, State::Proposed).await;
    until_decided(&provider, &held).await;
    // The same decision once more, and the same answer of a person, count once.
    provider.manager.decide_waiting().await;
    assert_eq!(counted("hold", "no-rule"), Some(1.0));
    assert_eq!(counted("accept", "person"), None);
    for _ in 0..2 {
        provider.manager.accept(&held).await.unwrap();
    }
    assert_eq!(counted("accept", "person"), Some(1.0));
    assert_eq!(counted("accept", "rule"), Some(1.0));
}

#[test]
fn a_broken_rule_is_told_with_its_place_and_remedy() {
    let mut source = PolicySource::default();
    for (path, text) in folder("rules:\n  - { rule: a, decide: allow, because: x }\n") {
        source.files.insert(path.to_owned(), text.to_owned());
    }
    let told = PolicySet::compile(&source).unwrap_err().to_string();
    assert!(
        told.starts_with("contracts.yaml:2:24: `allow` is no outcome\n    it is one of `accept`"),
        "{told}"
    );
}
