//! Telling peers that refuse: what ends the telling, what does not, and how it begins again.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;
use sluis::contracts::{OutboxItem, OutboxState};
use sluis_fsc::contract::Content;

use super::grants::*;
use super::propagation::{delivered, failed_once};
use super::scripted::{Scripted, peer_info};
use super::world::{CONSUMER, DIRECTORY, PROVIDER, Party, World, today};

/// A consumer with a contract that it is about to revoke, with a provider that answers `status` and `code` to that, once.
async fn revoked_and_refused(
    status: u16,
    domain: &'static str,
    code: &'static str,
) -> (World, Party, Scripted, Content) {
    let mut world = World::new();
    let identity = world.identity(PROVIDER);
    let scripted = Scripted::start(&world, &identity, |_| peer_info(PROVIDER, "2.0.0")).await;
    let consumer = world.party(CONSUMER).start().await;
    let client = consumer.manager.client();
    let announced = client.announce_at(&peer(PROVIDER), &scripted.address).await;
    announced.unwrap();
    let zaken = service(PROVIDER, "zaken-api", None);
    let grant = connection(outway(&consumer.builder.identity), zaken);
    let proposed = consumer.manager.propose(vec![grant], today()).await;
    let content = proposed.unwrap();
    consumer.until_outbox(content.hash(), delivered).await;
    let refused = AtomicBool::new(false);
    scripted.answer(move |path| {
        if path.ends_with("/revoke") && !refused.swap(true, Ordering::Relaxed) {
            let error = json!({ "message": "no", "domain": domain, "code": code });
            return (status, error.to_string());
        }
        (201, String::new())
    });
    consumer.manager.revoke(content.hash()).await.unwrap();
    (world, consumer, scripted, content)
}

#[tokio::test]
async fn a_refusal_for_good_is_kept_and_not_tried_again() {
    let mut world = World::new();
    let directory = world.party(DIRECTORY).start().await;
    let consumer = world
        .party(CONSUMER)
        .with_directory(&directory)
        .in_group("other.example")
        .start()
        .await;
    let grant = connection(
        outway(&consumer.builder.identity),
        service(DIRECTORY, "zaken-api", None),
    );
    let content = consumer
        .manager
        .propose(vec![grant], today())
        .await
        .unwrap();
    consumer
        .until_outbox(content.hash(), |items| {
            items[0].state == OutboxState::Refused
        })
        .await;
    let item = consumer
        .manager
        .show(content.hash())
        .await
        .unwrap()
        .outbox
        .remove(0);
    assert!(
        item.last_error
            .as_deref()
            .unwrap()
            .contains("ERROR_CODE_INCORRECT_GROUP_ID"),
        "{item:?}"
    );
    assert_eq!(
        consumer.manager.contracts().outbox_counts().await.unwrap(),
        (0, 1)
    );
    assert!(directory.manager.show(content.hash()).await.is_err());
}

#[tokio::test]
async fn a_revocation_that_an_inway_refuses_arrives_once_a_manager_hears_it() {
    for (status, code) in [
        (401, "ERROR_CODE_ACCESS_TOKEN_MISSING"),
        (400, "MISSING_LOG_RECORD_ID"),
    ] {
        let (world, consumer, scripted, content) =
            revoked_and_refused(status, "ERROR_DOMAIN_INWAY", code).await;
        let waits = |items: &[OutboxItem]| failed_once(&items[1..]);
        consumer.until_outbox(content.hash(), waits).await;
        world.hand.advance(300_000);
        consumer.manager.contracts().wake_outbox();
        consumer.until_outbox(content.hash(), delivered).await;
        let path = format!("/v1/contracts/{}/revoke", content.hash());
        assert_eq!(scripted.asked(&path), 2);
    }
}

#[tokio::test]
async fn who_revokes_again_has_those_told_once_more_who_refused_it_for_good() {
    let (_world, consumer, _scripted, content) =
        revoked_and_refused(422, "ERROR_DOMAIN_MANAGER", "ERROR_CODE_INCORRECT_GROUP_ID").await;
    let refused = |items: &[OutboxItem]| items[1].state == OutboxState::Refused;
    consumer.until_outbox(content.hash(), refused).await;
    consumer.manager.revoke(content.hash()).await.unwrap();
    consumer.until_outbox(content.hash(), delivered).await;
    let items = consumer.manager.contracts().outbox_of(content.hash()).await;
    assert_eq!(items.unwrap().len(), 2);
}
