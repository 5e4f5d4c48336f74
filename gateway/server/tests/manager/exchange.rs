//! The whole exchange between three organisations, each with its own manager.

use sluis::contracts::OutboxState;
use sluis_fsc::ServiceName;
use sluis_fsc::api::{PageRequest, ServicesQuery};
use sluis_fsc::contract::State;
use sluis_fsc::grant::Protocol;
use sluis_fsc::token::{Received, Wanted};

use super::world::{CONSUMER, DIRECTORY, PROVIDER, World, today};

#[tokio::test]
async fn announce_publish_propose_accept_token() {
    let mut world = World::new();
    let directory = world.party(DIRECTORY).being_directory().start().await;
    let provider = world
        .party(PROVIDER)
        .with_directory(&directory)
        .start()
        .await;
    let consumer = world
        .party(CONSUMER)
        .with_directory(&directory)
        .start()
        .await;
    let service = ServiceName::parse("zaken-api").unwrap();

    // The provider publishes; the directory accepts by itself and lists it.
    let published = provider
        .manager
        .publish(&service, Protocol::Http1, today())
        .await
        .unwrap();
    provider.until_state(published.hash(), State::Valid).await;
    let query = ServicesQuery {
        page: PageRequest::first(10),
        peer_id: None,
        service_name: None,
    };
    let listed = consumer
        .manager
        .client()
        .services(directory.id(), &query)
        .await
        .unwrap();
    assert_eq!(listed.services.len(), 1);

    // The consumer finds the provider's manager through the directory and proposes; nobody told it the address.
    let proposed = consumer
        .manager
        .propose_connection(provider.id(), &service, None, today())
        .await
        .unwrap();
    provider.until_state(proposed.hash(), State::Proposed).await;
    provider.manager.accept(proposed.hash()).await.unwrap();
    consumer.until_state(proposed.hash(), State::Valid).await;
    consumer
        .until_outbox(proposed.hash(), |items| {
            items[0].state == OutboxState::Delivered
        })
        .await;

    let grant = &proposed.grants()[0];
    let token = consumer
        .manager
        .client()
        .token(provider.id(), grant.hash(), &consumer.builder.identity)
        .await
        .unwrap();
    let received = Received::read(
        &token,
        &Wanted {
            group_id: proposed.group_id(),
            grant,
            client: consumer.builder.identity.peer(),
        },
    )
    .unwrap();
    assert_eq!(received.claims().aud.as_str(), "https://inway.example:443");

    // A revocation by one side ends it on both.
    consumer.manager.revoke(proposed.hash()).await.unwrap();
    provider.until_state(proposed.hash(), State::Revoked).await;
    let refused = consumer
        .manager
        .client()
        .token(provider.id(), grant.hash(), &consumer.builder.identity)
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("invalid_grant"), "{refused}");
    assert_eq!(provider.manager.counts()["revoked"], 1);

    // What our own people see: both contracts, also page by page.
    let all = provider.manager.list(None, 10).await.unwrap();
    assert_eq!(all.len(), 2);
    let first = &all[0].record.contract.content;
    let rest = provider.manager.list(Some(first), 10).await.unwrap();
    assert_eq!(rest.len(), 1);
    assert_eq!(
        rest[0].record.contract.content,
        all[1].record.contract.content
    );
}
