//! `POST /contracts`: the rows Manager-SubmitContract of the FSC test suite, and what else can arrive there.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sluis_fsc::contract::{GRANTS_MAX, PROPERTIES_BYTES_MAX, State};
use sluis_fsc::grant::GrantData;
use sluis_fsc::signature::SignatureType;

use super::grants::*;
use super::raw::{Raw, contract, contract_in, value_of};
use super::world::{CONSUMER, DIRECTORY, NOW, PROVIDER, Party, THIRD, World};

/// A manager of `id`, and somebody who calls it.
pub(crate) async fn pair(id: &str, caller: &str) -> (World, Party, Raw) {
    let mut world = World::new();
    let identity = world.identity(caller);
    let party = world.party(id).start().await;
    let raw = Raw::new(&world, identity);
    (world, party, raw)
}

async fn is_taken(manager: &str, caller: &str, grant: impl FnOnce(&Raw) -> GrantData) {
    let (_world, party, raw) = pair(manager, caller).await;
    let content = contract(vec![grant(&raw)]);
    let answer = raw.submit(&party, &content).await;
    assert_eq!(answer.status, 201, "{:?}", answer.json());
    let view = party.manager.show(content.hash()).await.unwrap();
    assert_eq!(view.state, State::Proposed);
    assert_eq!(
        view.record.evidence[0].certificate,
        raw.identity.chain()[0].to_vec()
    );
}

#[tokio::test]
async fn manager_submit_contract_1_service_connection() {
    is_taken(PROVIDER, CONSUMER, |raw| {
        connection(outway(&raw.identity), service(PROVIDER, "zaken-api", None))
    })
    .await;
}

#[tokio::test]
async fn manager_submit_contract_2_service_publication() {
    is_taken(DIRECTORY, PROVIDER, |_| publication(PROVIDER, "zaken-api")).await;
}

#[tokio::test]
async fn manager_submit_contract_3_delegated_service_publication() {
    is_taken(DIRECTORY, PROVIDER, |_| {
        delegated_publication(PROVIDER, "zaken-api", THIRD)
    })
    .await;
}

#[tokio::test]
async fn manager_submit_contract_4_delegated_service_connection() {
    is_taken(PROVIDER, CONSUMER, |raw| {
        delegated_connection(
            outway(&raw.identity),
            service(PROVIDER, "zaken-api", None),
            THIRD,
        )
    })
    .await;
}

#[tokio::test]
async fn manager_submit_contract_5_connection_to_a_delegated_service() {
    is_taken(PROVIDER, CONSUMER, |raw| {
        connection(
            outway(&raw.identity),
            service(PROVIDER, "zaken-api", Some(THIRD)),
        )
    })
    .await;
}

#[tokio::test]
async fn manager_submit_contract_6_delegated_connection_to_a_delegated_service() {
    is_taken(PROVIDER, CONSUMER, |raw| {
        delegated_connection(
            outway(&raw.identity),
            service(PROVIDER, "zaken-api", Some(DIRECTORY)),
            THIRD,
        )
    })
    .await;
}

#[tokio::test]
async fn manager_submit_contract_7_without_being_a_peer_on_it() {
    let (mut world, party, third) = pair(PROVIDER, THIRD).await;
    let consumer = world.identity(CONSUMER);
    let content = contract(vec![connection(
        outway(&consumer),
        service(PROVIDER, "zaken-api", None),
    )]);
    let answer = third.submit(&party, &content).await;
    assert_eq!(
        answer.verdict(),
        (
            422,
            "ERROR_CODE_SUBMITTING_PEER_NOT_PART_OF_CONTRACT".into()
        )
    );
    assert!(party.manager.show(content.hash()).await.is_err());
}

#[tokio::test]
async fn the_receiving_peer_must_be_part_of_the_contract() {
    let (_world, party, raw) = pair(PROVIDER, CONSUMER).await;
    let content = contract(vec![connection(
        outway(&raw.identity),
        service(THIRD, "zaken-api", None),
    )]);
    let answer = raw.submit(&party, &content).await;
    assert_eq!(
        answer.verdict(),
        (422, "ERROR_CODE_RECEIVING_PEER_NOT_PART_OF_CONTRACT".into())
    );
}

#[tokio::test]
async fn manager_submit_contract_8_publication_with_any_other_grant() {
    let (_world, party, raw) = pair(DIRECTORY, PROVIDER).await;
    let content = contract(vec![publication(PROVIDER, "zaken-api")]);
    let signature = raw.sign(&content, SignatureType::Accept);
    let others = [
        connection(outway(&raw.identity), service(DIRECTORY, "x", None)),
        delegated_connection(outway(&raw.identity), service(DIRECTORY, "x", None), THIRD),
        delegated_publication(PROVIDER, "zaken-api", THIRD),
    ];
    for other in others {
        let mut mixed = value_of(&content);
        let other = value_of(&contract(vec![other]))["grants"][0].clone();
        mixed["grants"].as_array_mut().unwrap().push(other);
        let answer = raw.post_contract(&party, &mixed, &signature).await;
        assert_eq!(
            answer.verdict(),
            (422, "ERROR_CODE_GRANT_COMBINATION_NOT_ALLOWED".into())
        );
    }
}

#[tokio::test]
async fn manager_submit_contract_9_and_10_other_group() {
    let (_world, party, raw) = pair(PROVIDER, CONSUMER).await;
    let grant = connection(outway(&raw.identity), service(PROVIDER, "zaken-api", None));
    let content = contract_in("other.example", vec![grant]);
    let answer = raw.submit(&party, &content).await;
    assert_eq!(
        answer.verdict(),
        (422, "ERROR_CODE_INCORRECT_GROUP_ID".into())
    );
    let answer = raw.place(&party, &content, SignatureType::Accept).await;
    assert_eq!(
        answer.verdict(),
        (422, "ERROR_CODE_INCORRECT_GROUP_ID".into())
    );
}

#[tokio::test]
async fn manager_submit_contract_11_signature_with_an_rsa_algorithm() {
    let mut world = World::new();
    let identity = world.rsa_identity(CONSUMER);
    let party = world.party(PROVIDER).start().await;
    let raw = Raw::new(&world, identity);
    let content = contract(vec![connection(
        outway(&raw.identity),
        service(PROVIDER, "zaken-api", None),
    )]);
    assert!(
        header_of(&raw.sign(&content, SignatureType::Accept))["alg"]
            .as_str()
            .unwrap()
            .starts_with("RS")
    );
    assert_eq!(raw.submit(&party, &content).await.status, 201);
}

#[tokio::test]
async fn manager_submit_contract_12_signature_with_an_ecdsa_algorithm() {
    let (_world, party, raw) = pair(PROVIDER, CONSUMER).await;
    let content = contract(vec![connection(
        outway(&raw.identity),
        service(PROVIDER, "zaken-api", None),
    )]);
    assert!(
        header_of(&raw.sign(&content, SignatureType::Accept))["alg"]
            .as_str()
            .unwrap()
            .starts_with("ES")
    );
    assert_eq!(raw.submit(&party, &content).await.status, 201);
}

pub(crate) fn header_of(jws: &str) -> Value {
    serde_json::from_slice(
        &URL_SAFE_NO_PAD
            .decode(jws.split('.').next().unwrap())
            .unwrap(),
    )
    .unwrap()
}

#[tokio::test]
async fn the_same_contract_again_and_again_is_one_contract() {
    let (_world, party, raw) = pair(PROVIDER, CONSUMER).await;
    let content = contract(vec![connection(
        outway(&raw.identity),
        service(PROVIDER, "zaken-api", None),
    )]);
    let answers =
        futures_util::future::join_all((0..12).map(|_| raw.submit(&party, &content))).await;
    assert!(answers.iter().all(|answer| answer.status == 201));
    let listed = raw.get(&party, "/v1/contracts").await.json();
    assert_eq!(listed["contracts"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_iv_is_used_once() {
    let (_world, party, raw) = pair(PROVIDER, CONSUMER).await;
    let content = contract(vec![connection(
        outway(&raw.identity),
        service(PROVIDER, "zaken-api", None),
    )]);
    assert_eq!(raw.submit(&party, &content).await.status, 201);
    let mut other = value_of(&content);
    other["validity"]["not_after"] = json!(NOW + 5_000);
    let other = sluis_fsc::contract::Content::parse(other.to_string().as_bytes()).unwrap();
    let answer = raw.submit(&party, &other).await;
    assert_eq!(
        answer.verdict(),
        (400, "ERROR_CODE_REQUEST_UNREADABLE".into())
    );
    assert!(answer.json()["message"].as_str().unwrap().contains("iv"));
}

#[tokio::test]
async fn content_that_breaks_a_rule_is_refused_with_its_code() {
    let (_world, party, raw) = pair(PROVIDER, CONSUMER).await;
    let good = contract(vec![connection(
        outway(&raw.identity),
        service(PROVIDER, "zaken-api", None),
    )]);
    let signature = raw.sign(&good, SignatureType::Accept);
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut content = value_of(&good);
        change(&mut content);
        content
    };
    let cases: Vec<(Value, u16, &str)> = vec![
        (
            changed(&|content| content["fsc_version"] = json!("1.0.0")),
            422,
            "ERROR_CODE_UNKNOWN_FSC_VERSION",
        ),
        (
            changed(&|content| content["hash_algorithm"] = json!("HASH_ALGORITHM_MD5")),
            422,
            "ERROR_CODE_UNKNOWN_HASH_ALGORITHM_HASH",
        ),
        (
            changed(&|content| content["created_at"] = json!(NOW + 3_600)),
            400,
            "ERROR_CODE_REQUEST_UNREADABLE",
        ),
        (
            changed(&|content| content["validity"]["not_after"] = json!(NOW - 1)),
            400,
            "ERROR_CODE_REQUEST_UNREADABLE",
        ),
        (
            changed(&|content| content["grants"] = json!([])),
            400,
            "ERROR_CODE_REQUEST_UNREADABLE",
        ),
        (
            changed(&|content| content["iv"] = json!("1")),
            400,
            "ERROR_CODE_REQUEST_UNREADABLE",
        ),
        (
            changed(&|content| content["extra"] = json!(1)),
            400,
            "ERROR_CODE_REQUEST_UNREADABLE",
        ),
        (
            changed(&|content| {
                content["grants"][0]["data"]["properties"] =
                    json!({"purpose_binding.connection": 1})
            }),
            400,
            "ERROR_CODE_REQUEST_UNREADABLE",
        ),
        (
            changed(&|content| {
                content["grants"][0]["data"]["properties"] = json!({
                    "delegation.connection.external_contract_reference": {"reference": "A-1"}
                })
            }),
            400,
            "ERROR_CODE_REQUEST_UNREADABLE",
        ),
        // The signature no longer fits what arrived.
        (
            changed(&|content| content["validity"]["not_after"] = json!(NOW + 77)),
            422,
            "ERROR_CODE_SIGNATURE_CONTRACT_CONTENT_HASH_MISMATCH",
        ),
        (json!("text"), 400, "ERROR_CODE_REQUEST_UNREADABLE"),
    ];
    for (content, status, code) in cases {
        let answer = raw.post_contract(&party, &content, &signature).await;
        assert_eq!(answer.verdict(), (status, code.to_owned()), "{content}");
    }
}

#[tokio::test]
async fn who_brings_too_much_that_is_not_accepted_must_wait() {
    let mut world = World::new();
    let party = world.party(PROVIDER).with_room_for(1).start().await;
    let identity = world.identity(CONSUMER);
    let raw = Raw::new(&world, identity);
    let grant = || connection(outway(&raw.identity), service(PROVIDER, "zaken-api", None));
    let first = contract(vec![grant()]);
    assert_eq!(raw.submit(&party, &first).await.status, 201);
    let second = contract(vec![grant()]);
    let answer = raw.submit(&party, &second).await;
    let too_many = (429, "ERROR_CODE_TOO_MANY_CONTRACTS".to_owned());
    assert_eq!(answer.verdict(), too_many);
    party.manager.accept(first.hash()).await.unwrap();
    assert_eq!(raw.submit(&party, &second).await.status, 201);
}

/// Ten grants with a megabyte of properties each go through whole; one grant or one byte more does not.
#[tokio::test]
async fn a_contract_is_as_large_as_the_limits_and_no_larger() {
    let (_world, party, raw) = pair(PROVIDER, CONSUMER).await;
    let grants = |count: usize, bytes: usize| {
        let note = json!("a".repeat(bytes - r#"{"example.note":""}"#.len()));
        let grant = |number| {
            let service = service(PROVIDER, &format!("zaken-api-{number}"), None);
            let grant = connection(outway(&raw.identity), service);
            with_property(grant, "example.note", note.clone())
        };
        (0..count).map(grant).collect()
    };
    let largest = contract(grants(GRANTS_MAX, PROPERTIES_BYTES_MAX));
    assert_eq!(raw.submit(&party, &largest).await.status, 201);
    let kept = party.manager.show(largest.hash()).await.unwrap();
    assert_eq!(kept.record.contract.content, largest);

    let content = contract(grants(1, 100));
    let signature = raw.sign(&content, SignatureType::Accept);
    let mut many = serde_json::to_value(&content).unwrap();
    many["grants"] = json!(vec![many["grants"][0].clone(); GRANTS_MAX + 1]);
    let mut long = serde_json::to_value(&content).unwrap();
    let properties = &mut long["grants"][0]["data"]["properties"];
    properties["example.note"] = json!("a".repeat(PROPERTIES_BYTES_MAX));
    for (content, said) in [(many, "at most 10"), (long, "larger than 1000000 bytes")] {
        let answer = raw.post_contract(&party, &content, &signature).await;
        assert_eq!(
            answer.verdict(),
            (400, "ERROR_CODE_REQUEST_UNREADABLE".to_owned())
        );
        let message = answer.json()["message"].to_string();
        assert!(message.contains(said), "{message}");
    }
}
