//! What a manager tells: the rows Manager-Contracts, -PeerInfo, -Peers, -JSONWebKeySet and
//! -TransactionLogRecord of the FSC test suite.

use std::sync::Arc;

use http::Method;
use serde_json::{Value, json};
use sluis_audit::{Destination, Direction, Intent, LoggedIntent, Source, Trace};
use sluis_certs::{CertificateThumbprint, PeerId};
use sluis_fsc::api::Jwks;
use sluis_fsc::contract::Content;

use super::grants::*;
use super::raw::{Raw, contract};
use super::submit::pair;
use super::world::{CONSUMER, NOW, PROVIDER, Party, THIRD};

#[tokio::test]
async fn manager_contracts_1_list() {
    let (_world, party, raw) = pair(PROVIDER, CONSUMER).await;
    let mut submitted = Vec::new();
    for _ in 0..5 {
        let content = contract(vec![connection(
            outway(&raw.identity),
            service(PROVIDER, "zaken-api", None),
        )]);
        assert_eq!(raw.submit(&party, &content).await.status, 201);
        submitted.push(content.hash().to_string());
    }
    submitted.sort();
    for order in [
        "",
        "&sort_order=SORT_ORDER_ASCENDING",
        "&sort_order=SORT_ORDER_DESCENDING",
    ] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = raw
                .get(
                    &party,
                    &format!("/v1/contracts?limit=2&cursor={cursor}{order}"),
                )
                .await
                .json();
            seen.extend(page["contracts"].as_array().unwrap().iter().map(hash_of));
            cursor = page["pagination"]["next_cursor"]
                .as_str()
                .unwrap()
                .to_owned();
            if cursor.is_empty() {
                break;
            }
        }
        seen.sort();
        assert_eq!(seen, submitted);
    }
    let listed = &raw.get(&party, "/v1/contracts").await.json()["contracts"][0];
    assert!(listed["signatures"]["accept"][CONSUMER].is_string());
    assert_eq!(listed["signatures"]["reject"], json!({}));

    let wanted: Vec<String> = party_grants(&party, &submitted[..2]).await;
    let path = format!(
        "/v1/contracts?limit=1&grant_type=GRANT_TYPE_SERVICE_PUBLICATION&grant_hash={}",
        wanted.join(",")
    );
    let by_grant = raw.get(&party, &path).await.json();
    assert_eq!(by_grant["contracts"].as_array().unwrap().len(), 2);
    let none = raw
        .get(
            &party,
            "/v1/contracts?grant_type=GRANT_TYPE_SERVICE_PUBLICATION",
        )
        .await
        .json();
    assert_eq!(none["contracts"], json!([]));
}

fn hash_of(contract: &Value) -> String {
    Content::parse(contract["content"].to_string().as_bytes())
        .unwrap()
        .hash()
        .to_string()
}

async fn party_grants(party: &Party, hashes: &[String]) -> Vec<String> {
    let mut grants = Vec::new();
    for hash in hashes {
        let view = party.manager.show(&hash.parse().unwrap()).await.unwrap();
        grants.push(view.record.contract.content.grants()[0].hash().to_string());
    }
    grants
}

#[tokio::test]
async fn manager_contracts_2_not_those_of_others() {
    let (mut world, party, raw) = pair(PROVIDER, CONSUMER).await;
    let content = contract(vec![connection(
        outway(&raw.identity),
        service(PROVIDER, "zaken-api", None),
    )]);
    assert_eq!(raw.submit(&party, &content).await.status, 201);
    let identity = world.identity(THIRD);
    let third = Raw::new(&world, identity);
    assert_eq!(
        third.get(&party, "/v1/contracts").await.json()["contracts"],
        json!([])
    );
    let by_hash = format!("/v1/contracts?grant_hash={}", content.grants()[0].hash());
    assert_eq!(
        third.get(&party, &by_hash).await.json()["contracts"],
        json!([])
    );
}

#[tokio::test]
async fn questions_that_make_no_sense_are_refused() {
    let (_world, party, raw) = pair(PROVIDER, CONSUMER).await;
    for path in [
        "/v1/contracts?limit=0",
        "/v1/contracts?limit=1001",
        "/v1/contracts?limit=x",
        "/v1/contracts?cursor=x",
        "/v1/contracts?cursor=!!",
        "/v1/contracts?sort_order=up",
        "/v1/contracts?grant_type=GRANT_TYPE_X",
        "/v1/contracts?grant_hash=$1$1$x",
        "/v1/contracts?limit=1&limit=2",
        "/v1/peers?peer_id=x",
        "/v1/services?cursor=AAAA",
        "/v1/logs?after=yesterday",
        "/v1/logs?transaction_ids=1",
    ] {
        let answer = raw.get(&party, path).await;
        assert_eq!(
            answer.verdict(),
            (400, "ERROR_CODE_REQUEST_UNREADABLE".into()),
            "{path}"
        );
    }
    let answer = raw.get(&party, "/v1/nothing").await;
    assert_eq!(answer.verdict(), (404, "ERROR_CODE_NOT_FOUND".into()));
    let answer = raw
        .send(&party, Method::DELETE, "/v1/contracts", &[], "")
        .await;
    assert_eq!(
        answer.verdict(),
        (405, "ERROR_CODE_METHOD_UNSUPPORTED".into())
    );
}

#[tokio::test]
async fn manager_peer_info_1() {
    let (_world, party, raw) = pair(PROVIDER, CONSUMER).await;
    let expected = json!({
        "peer_id": PROVIDER, "peer_name": format!("TEST organisatie {PROVIDER}"), "fsc_version": "2.0.0",
        "enabled_extensions": {"EXTENSION_TRANSACTION_LOGGING": "1.1.0"},
    });
    assert_eq!(raw.get(&party, "/v1/peer").await.json(), expected);
}

#[tokio::test]
async fn manager_peers_1_known_by_announcement_or_contract() {
    let (mut world, party, consumer) = pair(PROVIDER, CONSUMER).await;
    let identity = world.identity(THIRD);
    let mut third = Raw::new(&world, identity);
    assert_eq!(
        consumer.get(&party, "/v1/peers").await.json()["peers"],
        json!([])
    );
    assert_eq!(third.announce(&party).await.status, 200);
    let content = contract(vec![connection(
        outway(&consumer.identity),
        service(PROVIDER, "zaken-api", None),
    )]);
    assert_eq!(consumer.submit(&party, &content).await.status, 201);
    third.address = "https://moved.example:8443".parse().unwrap();
    assert_eq!(third.announce(&party).await.status, 200);

    let listed = consumer
        .get(&party, "/v1/peers?sort_order=SORT_ORDER_ASCENDING")
        .await
        .json();
    let entry = |id: &str, address: &str| json!({"id": id, "name": format!("TEST organisatie {id}"), "manager_address": address});
    let expected = json!([
        entry(CONSUMER, "https://localhost:1"),
        entry(THIRD, "https://moved.example:8443")
    ]);
    assert_eq!(listed["peers"], expected);
    for (query, count) in [
        ("peer_id=00000099000000004000", 1),
        (
            "peer_id=00000099000000004000,00000099000000002000,unknown&limit=1",
            2,
        ),
        ("peer_name=ORGANISATIE", 2),
        ("peer_name=elders", 0),
        ("limit=1", 1),
    ] {
        let found = consumer
            .get(&party, &format!("/v1/peers?{query}"))
            .await
            .json();
        assert_eq!(found["peers"].as_array().unwrap().len(), count, "{query}");
    }
    let first = consumer.get(&party, "/v1/peers?limit=1").await.json();
    let cursor = first["pagination"]["next_cursor"].as_str().unwrap();
    let second = consumer
        .get(&party, &format!("/v1/peers?limit=1&cursor={cursor}"))
        .await
        .json();
    assert_eq!(second["peers"][0]["id"], CONSUMER);
    assert_eq!(second["pagination"]["next_cursor"], "");
}

#[tokio::test]
async fn an_announcement_needs_an_address() {
    let (_world, party, raw) = pair(PROVIDER, CONSUMER).await;
    let answer = raw.send(&party, Method::PUT, "/v1/announce", &[], "").await;
    assert_eq!(
        answer.verdict(),
        (400, "ERROR_CODE_REQUEST_UNREADABLE".into())
    );
}

#[tokio::test]
async fn manager_json_web_key_set_1() {
    let (_world, party, raw) = pair(PROVIDER, CONSUMER).await;
    let answer = raw.get(&party, "/v1/.well-known/jwks.json").await;
    let keys = Jwks::parse(&answer.body).unwrap();
    let own = &party.builder.identity;
    let chain = keys
        .chain(&CertificateThumbprint::of(&own.chain()[0]))
        .unwrap();
    assert_eq!(
        chain,
        own.chain()
            .iter()
            .map(|certificate| certificate.to_vec())
            .collect::<Vec<_>>()
    );
    assert_eq!(answer.json()["keys"][0]["kty"], "EC");
}

#[tokio::test]
async fn manager_transaction_log_record_1() {
    let (_world, party, raw) = pair(PROVIDER, CONSUMER).await;
    let transaction_id = uuid::Uuid::now_v7();
    let grant = contract(vec![connection(
        outway(&raw.identity),
        service(PROVIDER, "zaken-api", None),
    )]);
    let grant_hash = grant.grants()[0].hash();
    party
        .builder
        .records
        .records
        .lock()
        .unwrap()
        .push(logged(transaction_id, grant_hash.as_str()));
    let path = format!(
        "/v1/logs?service_name=zaken-api&after=5&limit=10&transaction_ids={transaction_id}"
    );
    let page = raw.get(&party, &path).await.json();
    let expected = json!({
        "transaction_id": transaction_id, "direction": "DIRECTION_INCOMING", "grant_hash": grant_hash,
        "source": {"type": "SOURCE_TYPE_DELEGATED_SOURCE", "outway_peer_id": CONSUMER, "delegator_peer_id": THIRD},
        "destination": {"type": "DESTINATION_TYPE_DESTINATION", "service_peer_id": PROVIDER},
        "service_name": "zaken-api", "created_at": NOW, "additional_data": {"reference": "A-1"},
        "trace_id": "02".repeat(16), "span_id": "03".repeat(8),
    });
    assert_eq!(page["records"], json!([expected]));
    assert_eq!(page["pagination"]["next_cursor"], "");
    // Whoever asks sees only transactions of its own: that is part of every question.
    let asked = party.builder.records.asked.lock().unwrap();
    assert_eq!(asked[0].peer.as_deref(), Some(CONSUMER));
    assert_eq!((asked[0].limit, asked[0].after_unix_seconds), (10, Some(5)));
    assert_eq!(asked[0].transaction_ids, [transaction_id]);
}

fn logged(transaction_id: uuid::Uuid, grant_hash: &str) -> LoggedIntent {
    let text = |text: &str| -> Arc<str> { Arc::from(text) };
    let shared = |id: &str| PeerId::new(id).unwrap().shared();
    LoggedIntent {
        index: 1,
        at_ms: u64::try_from(NOW).unwrap() * 1000,
        intent: Intent {
            activity_version: None,
            additional_data: [(text("reference"), text("A-1"))].into(),
            application: None,
            channel: None,
            content_hash: None,
            destination: Destination {
                delegator_peer_id: None,
                service_peer_id: shared(PROVIDER),
            },
            direction: Direction::Incoming,
            grant_hash: text(grant_hash),
            group_id: text("test.example"),
            groups: Vec::new(),
            legal_basis: None,
            method: text("GET"),
            operation: text("zaak-lezen"),
            path_template: text("/zaken/{uuid}"),
            policy_digest: text("sha256:00"),
            purpose: Some(text("bijstand-aanvraag")),
            role: None,
            service: text("zaken-api"),
            source: Source {
                delegator_peer_id: Some(shared(THIRD)),
                outway_peer_id: shared(CONSUMER),
            },
            subjects: Vec::new(),
            trace: Trace {
                derived: false,
                parent_span_id: Some([3; 8]),
                span_id: [1; 8],
                trace_id: [2; 16],
            },
            transaction_id,
            user: None,
            withheld: Vec::new(),
        },
    }
}
