//! Asking peers after a start what was missed.

use sluis_fsc::contract::{Content, State};
use sluis_fsc::signature::SignatureType;

use super::propagation::{Away, delivered};
use super::world::{PROVIDER, Party};

/// A consumer and a provider with a valid contract.
async fn with_a_valid_contract() -> (Away, Party, Content) {
    let it = Away::new().await;
    let provider = it.provider.start().await;
    let content = it.propose().await;
    provider.until_state(content.hash(), State::Proposed).await;
    provider.manager.accept(content.hash()).await.unwrap();
    it.consumer.until_state(content.hash(), State::Valid).await;
    provider.until_outbox(content.hash(), delivered).await;
    (it, provider, content)
}

#[tokio::test]
async fn a_store_from_a_backup_gets_back_what_peers_signed_and_what_we_signed_ourselves() {
    let (it, provider, content) = with_a_valid_contract().await;
    let provider = provider.stop().await;
    provider
        .database()
        .execute("DELETE FROM signatures", [])
        .unwrap();
    let provider = provider.start().await;
    provider.until_state(content.hash(), State::Valid).await;
    let signatures = async |party: &Party| {
        let record = party.manager.show(content.hash()).await.unwrap().record;
        record.contract.signatures
    };
    assert_eq!(signatures(&provider).await, signatures(&it.consumer).await);
}

#[tokio::test]
async fn a_contract_that_was_lost_comes_back_when_the_peer_calls() {
    let (it, provider, content) = with_a_valid_contract().await;
    let second = it.propose().await;
    provider.until_state(second.hash(), State::Proposed).await;
    let provider = provider.stop().await;
    // The second contract is still there, so it is known with whom there are contracts.
    let database = provider.database();
    for table in [
        "outbox",
        "decisions",
        "signatures",
        "grants",
        "contract_peers",
        "contracts",
    ] {
        let delete = format!("DELETE FROM {table} WHERE content_hash = ?1");
        database
            .execute(&delete, [content.hash().as_str()])
            .unwrap();
    }
    // The consumer is away when the provider starts.
    let consumer = it.consumer.stop().await;
    let provider = provider.start().await;
    let _consumer = consumer.start().await;
    provider.until_state(content.hash(), State::Valid).await;
}

#[tokio::test]
async fn a_signature_of_the_peer_that_its_outbox_gave_up_arrives_at_the_next_start() {
    let (it, provider, content) = with_a_valid_contract().await;
    let provider = provider.stop().await;
    it.consumer.manager.revoke(content.hash()).await.unwrap();
    it.consumer
        .until_outbox(content.hash(), |items| {
            items.last().is_some_and(|item| item.attempts > 0)
        })
        .await;
    let consumer = it.consumer.stop().await;
    consumer
        .database()
        .execute("DELETE FROM outbox", [])
        .unwrap();
    let consumer = consumer.start().await;
    let provider = provider.start().await;
    provider.until_state(content.hash(), State::Revoked).await;
    let record = provider.manager.show(content.hash()).await.unwrap().record;
    let revoked = record.contract.signatures.of_type(SignatureType::Revoke);
    assert!(revoked.contains_key(consumer.id()));
    assert!(!revoked.contains_key(&super::grants::peer(PROVIDER)));
}
