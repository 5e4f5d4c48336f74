//! What changes while contracts run: addresses, certificates, roles.

use sluis::contracts::OutboxState;
use sluis_fsc::ServiceName;
use sluis_fsc::contract::{State, Validity};
use sluis_fsc::grant::Protocol;
use sluis_fsc::signature::SignatureType;

use super::grants::*;
use super::propagation::{Away, delivered};
use super::raw::{Raw, contract};
use super::world::{CONSUMER, DIRECTORY, PATIENCE, PROVIDER, World, today};

/// A day from now.
fn a_day(world: &World) -> Validity {
    let now = world.clock.unix_seconds();
    Validity {
        not_before: now - 10,
        not_after: now + 86_400,
    }
}

#[tokio::test]
async fn a_peer_that_moved_is_found_again_through_the_directory() {
    let it = Away::new().await;
    let provider = it.provider.elsewhere().start().await;
    let service = ServiceName::parse("zaken-api").unwrap();
    let propose = async || {
        it.consumer
            .manager
            .propose_connection(&peer(PROVIDER), &service, None, a_day(&it.world))
            .await
            .unwrap()
    };
    provider
        .manager
        .client()
        .announce(it.directory.id())
        .await
        .unwrap();
    let first = propose().await;
    it.consumer.until_outbox(first.hash(), delivered).await;

    // It moves once more, and this time the consumer knows an address: the old one. They have no contract that runs, so the
    // provider does not tell the consumer itself.
    it.world.hand.advance(2 * 86_400_000);
    let provider = provider.stop().await.elsewhere().start().await;
    provider
        .manager
        .client()
        .announce(it.directory.id())
        .await
        .unwrap();
    let second = propose().await;
    it.consumer
        .until_outbox(second.hash(), |items| items[0].attempts == 1)
        .await;
    it.world.hand.advance(1_000);
    it.consumer.manager.contracts().wake_outbox();
    it.consumer.until_outbox(second.hash(), delivered).await;
}

#[tokio::test]
async fn an_older_address_in_the_directory_does_not_replace_what_the_peer_said() {
    let it = Away::new().await;
    let provider = it.provider.start().await;
    provider
        .manager
        .client()
        .announce_at(&peer(CONSUMER), &it.consumer.address)
        .await
        .unwrap();
    let address = provider.address.as_str().to_owned();
    // The directory was put back from a backup.
    let elsewhere = it.provider.elsewhere().start().await;
    let older = elsewhere.address.as_str().to_owned();
    let _stopped = elsewhere.stop().await;
    let _stopped = provider.stop().await;
    it.directory
        .builder
        .database()
        .execute("UPDATE peers SET manager_address = ?1", [&older])
        .unwrap();

    let service = ServiceName::parse("zaken-api").unwrap();
    let content = it
        .consumer
        .manager
        .propose_connection(&peer(PROVIDER), &service, None, today())
        .await
        .unwrap();
    it.consumer
        .until_outbox(content.hash(), |items| items[0].attempts > 0)
        .await;
    let known = it.consumer.manager.contracts().peer(&peer(PROVIDER)).await;
    assert_eq!(known.unwrap().unwrap().manager_address, address);
}

#[tokio::test]
async fn a_directory_that_stopped_before_accepting_accepts_after_its_start() {
    let mut world = World::new();
    let identity = world.identity(PROVIDER);
    let provider = Raw::new(&world, identity);
    // As it was before it became a directory, which leaves the same store as a crash before accepting.
    let directory = world.party(DIRECTORY).start().await;
    let content = contract(vec![publication(PROVIDER, "zaken-api")]);
    assert_eq!(provider.submit(&directory, &content).await.status, 201);
    assert_eq!(
        directory.manager.show(content.hash()).await.unwrap().state,
        State::Proposed
    );
    let directory = directory.stop().await.being_directory().start().await;
    directory.until_state(content.hash(), State::Valid).await;
    assert_eq!(
        provider
            .place(&directory, &content, SignatureType::Revoke)
            .await
            .status,
        201
    );
    directory.until_state(content.hash(), State::Revoked).await;
}

#[tokio::test]
async fn a_renewed_certificate_signs_anew_what_outlives_the_old_one() {
    let mut world = World::new();
    let directory = world.party(DIRECTORY).being_directory().start().await;
    let short = world.short_lived_identity(PROVIDER);
    let provider = world
        .party(PROVIDER)
        .with_directory(&directory)
        .with_identity(short.clone())
        .start()
        .await;
    let service = ServiceName::parse("zaken-api").unwrap();
    let content = provider
        .manager
        .publish(&service, Protocol::Http1, today())
        .await
        .unwrap();
    directory.until_state(content.hash(), State::Valid).await;
    let signed_with = async || {
        let record = directory.manager.show(content.hash()).await.unwrap().record;
        let evidence = record
            .evidence
            .into_iter()
            .find(|evidence| evidence.peer_id == peer(PROVIDER));
        evidence.unwrap().certificate
    };
    assert_eq!(signed_with().await, short.chain()[0].to_vec());

    // In the same second as before.
    let renewed = world.identity(PROVIDER);
    let mut changes = directory.manager.contracts().changes();
    changes.borrow_and_update();
    let _provider = provider
        .stop()
        .await
        .with_identity(renewed.clone())
        .start()
        .await;
    tokio::time::timeout(PATIENCE, changes.changed())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(signed_with().await, renewed.chain()[0].to_vec());
    assert_eq!(
        directory.manager.show(content.hash()).await.unwrap().state,
        State::Valid
    );
}

#[tokio::test]
async fn what_the_old_certificate_signed_still_arrives_during_a_renewal() {
    for kept in [true, false] {
        let it = Away::new().await;
        let consumer = it.consumer;
        let id = consumer.id().clone();
        let service = ServiceName::parse("zaken-api").unwrap();
        // Signed while the provider is away, so that the signature is told by the next certificate.
        let content = consumer
            .manager
            .propose_connection(&peer(PROVIDER), &service, None, today())
            .await
            .unwrap();
        let old = consumer.builder.identity.clone();
        let mut world = it.world;
        let mut builder = consumer.stop().await;
        builder = builder.with_identity(world.identity(id.as_str()));
        if kept {
            builder = builder.with_previous(old);
        }
        // Past every pause between two attempts.
        world.hand.advance(3_600_000);
        let provider = it.provider.start().await;
        let consumer = builder.start().await;
        consumer
            .until_outbox(content.hash(), |items| {
                let refused = items[0].last_error.as_deref().is_some_and(|error| {
                    error.contains("ERROR_CODE_SIGNATURE_VERIFICATION_FAILED")
                });
                items[0].state == OutboxState::Delivered || refused
            })
            .await;
        let arrived = provider.manager.show(content.hash()).await.is_ok();
        assert_eq!(arrived, kept, "the old certificate is published: {kept}");
        let item = &consumer.manager.show(content.hash()).await.unwrap().outbox[0];
        // A certificate that is published later may still prove the signature.
        assert_ne!(item.state, OutboxState::Refused);
    }
}

#[tokio::test]
async fn a_new_address_of_our_own_is_told_to_those_with_whom_we_have_contracts() {
    let it = Away::new().await;
    let provider = it.provider.start().await;
    let service = ServiceName::parse("zaken-api").unwrap();
    let content = provider.manager.propose(
        vec![connection(
            outway(&provider.builder.identity),
            super::grants::service(CONSUMER, service.as_str(), None),
        )],
        today(),
    );
    let content = content.await.unwrap();
    it.consumer
        .manager
        .client()
        .announce(it.directory.id())
        .await
        .unwrap();
    it.consumer
        .until_state(content.hash(), State::Proposed)
        .await;
    let known = async || {
        let known = it
            .consumer
            .manager
            .contracts()
            .peer(&peer(PROVIDER))
            .await
            .unwrap();
        known.unwrap().manager_address
    };
    assert_eq!(known().await, provider.address.as_str());
    let provider = provider.stop().await.elsewhere().start().await;
    let moved = async {
        while known().await != provider.address.as_str() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, moved).await.unwrap();
}
