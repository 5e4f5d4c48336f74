//! What a directory publishes: the rows Manager-Services of the FSC test suite.

use serde_json::json;
use sluis_fsc::grant::GrantData;
use sluis_fsc::signature::SignatureType;

use super::grants::*;
use super::raw::{Raw, contract};
use super::world::{CONSUMER, DIRECTORY, NOW, PROVIDER, Party, THIRD, World};

/// A directory in which these grants have been published by the provider, with everybody's consent.
async fn directory_with(grants: Vec<GrantData>) -> (World, Party, Raw) {
    let mut world = World::new();
    let directory = world.party(DIRECTORY).being_directory().start().await;
    let identity = world.identity(PROVIDER);
    let provider = Raw::new(&world, identity);
    let identity = world.identity(THIRD);
    let third = Raw::new(&world, identity);
    for grant in grants {
        let content = contract(vec![grant]);
        assert_eq!(provider.submit(&directory, &content).await.status, 201);
        if content.peers().contains(&peer(THIRD)) {
            assert_eq!(
                third
                    .place(&directory, &content, SignatureType::Accept)
                    .await
                    .status,
                201
            );
        }
    }
    (world, directory, provider)
}

#[tokio::test]
async fn manager_services_1_list() {
    let (_world, directory, provider) = directory_with(vec![
        publication(PROVIDER, "zaken-api"),
        publication(PROVIDER, "brp"),
    ])
    .await;
    let listed = provider
        .get(&directory, "/v1/services?sort_order=SORT_ORDER_ASCENDING")
        .await
        .json();
    let names: Vec<_> = listed["services"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["data"]["name"])
        .collect();
    assert_eq!(names, ["brp", "zaken-api"]);
    let expected = json!({
        "type": "SERVICE_TYPE_SERVICE", "name": "brp", "protocol": "PROTOCOL_TCP_HTTP_1.1",
        "peer": {"id": PROVIDER, "name": format!("TEST organisatie {PROVIDER}"), "manager_address": "https://localhost:1"},
    });
    assert_eq!(listed["services"][0]["data"], expected);

    let first = provider
        .get(&directory, "/v1/services?limit=1")
        .await
        .json();
    assert_eq!(first["services"][0]["data"]["name"], "zaken-api");
    let cursor = first["pagination"]["next_cursor"].as_str().unwrap();
    let second = provider
        .get(&directory, &format!("/v1/services?limit=1&cursor={cursor}"))
        .await
        .json();
    assert_eq!(second["services"][0]["data"]["name"], "brp");
    assert_eq!(second["pagination"]["next_cursor"], "");

    for (query, count) in [
        ("service_name=ZAKEN", 1),
        ("service_name=nothing", 0),
        ("service_name=nothing&peer_id=00000099000000003000", 2),
        ("peer_id=00000099000000004000", 0),
    ] {
        let found = provider
            .get(&directory, &format!("/v1/services?{query}"))
            .await
            .json();
        assert_eq!(
            found["services"].as_array().unwrap().len(),
            count,
            "{query}"
        );
    }
}

#[tokio::test]
async fn manager_services_1_only_with_a_valid_contract() {
    let (world, directory, provider) =
        directory_with(vec![publication(PROVIDER, "zaken-api")]).await;
    let renewed = contract(vec![publication(PROVIDER, "zaken-api")]);
    assert_eq!(provider.submit(&directory, &renewed).await.status, 201);
    let count = async || {
        provider.get(&directory, "/v1/services").await.json()["services"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(
        count().await,
        1,
        "two contracts for one service are one service"
    );
    assert_eq!(
        provider
            .place(&directory, &renewed, SignatureType::Revoke)
            .await
            .status,
        201
    );
    assert_eq!(count().await, 1);
    world.hand.set(u64::try_from(NOW + 86_401).unwrap() * 1000);
    assert_eq!(count().await, 0);
}

/// FSC Core 2.0.0, Service listing: the manager that has a valid contract lists the service, directory or not.
#[tokio::test]
async fn who_offers_a_service_lists_it_too_once_it_is_published() {
    let mut world = World::new();
    let provider = world.party(PROVIDER).start().await;
    let identity = world.identity(DIRECTORY);
    let directory = Raw::new(&world, identity);
    let content = contract(vec![publication(PROVIDER, "zaken-api")]);
    assert_eq!(directory.submit(&provider, &content).await.status, 201);
    let listed = async || directory.get(&provider, "/v1/services").await.json()["services"].clone();
    assert_eq!(listed().await, json!([]));
    provider.manager.accept(content.hash()).await.unwrap();
    let services = listed().await;
    assert_eq!(services[0]["data"]["name"], "zaken-api");
    assert_eq!(services[0]["data"]["peer"]["id"], PROVIDER);
    assert_eq!(
        services[0]["data"]["peer"]["manager_address"],
        provider.address.as_str()
    );
}

#[tokio::test]
async fn a_directory_does_not_accept_by_itself_what_is_more_than_a_publication_with_it() {
    let mut world = World::new();
    let directory = world.party(DIRECTORY).being_directory().start().await;
    let identity = world.identity(CONSUMER);
    let raw = Raw::new(&world, identity);
    let content = contract(vec![connection(
        outway(&raw.identity),
        service(DIRECTORY, "zaken-api", None),
    )]);
    assert_eq!(raw.submit(&directory, &content).await.status, 201);
    let view = directory.manager.show(content.hash()).await.unwrap();
    assert!(
        !view
            .record
            .contract
            .signatures
            .accept
            .contains_key(directory.id())
    );
}

#[tokio::test]
async fn manager_services_2_on_behalf_of_another() {
    let (_world, directory, provider) =
        directory_with(vec![delegated_publication(PROVIDER, "zaken-api", THIRD)]).await;
    let listed = provider.get(&directory, "/v1/services").await.json();
    let data = &listed["services"][0]["data"];
    assert_eq!(data["type"], "SERVICE_TYPE_DELEGATED_SERVICE");
    assert_eq!(
        data["delegator"],
        json!({"peer_id": THIRD, "peer_name": format!("TEST organisatie {THIRD}")})
    );
    assert_eq!(data["peer"]["id"], PROVIDER);
}

#[tokio::test]
async fn manager_services_3_and_4_with_properties() {
    let note = json!({"note": [1, "a"]});
    let (_world, directory, provider) = directory_with(vec![
        with_property(publication(PROVIDER, "a"), "example.x", note.clone()),
        with_property(
            delegated_publication(PROVIDER, "b", THIRD),
            "example.x",
            note.clone(),
        ),
    ])
    .await;
    let listed = provider.get(&directory, "/v1/services").await.json();
    for entry in listed["services"].as_array().unwrap() {
        assert_eq!(entry["data"]["properties"], json!({"example.x": note}));
    }
    assert_eq!(listed["services"].as_array().unwrap().len(), 2);
}
