//! Telling peers: while they are away, after a restart of our own, in order, and until it makes no sense any more.

use sluis::contracts::{OutboxAction, OutboxItem, OutboxState};
use sluis_fsc::ServiceName;
use sluis_fsc::contract::{Content, State};

use super::grants::*;
use super::world::{CONSUMER, DIRECTORY, NOW, PROVIDER, Party, PartyBuilder, World, today};

/// A directory, a consumer, and a provider that has announced itself and gone away.
pub(crate) struct Away {
    pub(crate) world: World,
    pub(crate) directory: Party,
    pub(crate) consumer: Party,
    pub(crate) provider: PartyBuilder,
}

impl Away {
    pub(crate) async fn new() -> Self {
        let mut world = World::new();
        let directory = world.party(DIRECTORY).being_directory().start().await;
        let consumer = world
            .party(CONSUMER)
            .with_directory(&directory)
            .start()
            .await;
        let provider = world
            .party(PROVIDER)
            .with_directory(&directory)
            .start()
            .await;
        provider
            .manager
            .client()
            .announce(directory.id())
            .await
            .unwrap();
        let provider = provider.stop().await;
        Self {
            world,
            directory,
            consumer,
            provider,
        }
    }

    pub(crate) async fn propose(&self) -> Content {
        let service = ServiceName::parse("zaken-api").unwrap();
        self.consumer
            .manager
            .propose_connection(&peer(PROVIDER), &service, None, today())
            .await
            .unwrap()
    }

    /// Moves the clock past every pause and has the outbox looked at.
    fn five_minutes_later(&self, party: &Party) {
        self.world.hand.advance(300_000);
        party.manager.contracts().wake_outbox();
    }
}

pub(crate) fn failed_once(items: &[OutboxItem]) -> bool {
    items
        .iter()
        .all(|item| item.attempts == 1 && item.state == OutboxState::Pending)
}

pub(crate) fn delivered(items: &[OutboxItem]) -> bool {
    !items.is_empty()
        && items
            .iter()
            .all(|item| item.state == OutboxState::Delivered)
}

#[tokio::test]
async fn a_peer_that_was_away_is_told_when_it_is_back() {
    let it = Away::new().await;
    let content = it.propose().await;
    it.consumer.until_outbox(content.hash(), failed_once).await;
    let item = &it
        .consumer
        .manager
        .show(content.hash())
        .await
        .unwrap()
        .outbox[0];
    assert!(
        item.last_error
            .as_deref()
            .unwrap()
            .contains("cannot be reached"),
        "{item:?}"
    );

    let provider = it.provider.start().await;
    it.five_minutes_later(&it.consumer);
    provider.until_state(content.hash(), State::Proposed).await;
    it.consumer.until_outbox(content.hash(), delivered).await;
    assert_eq!(
        it.consumer
            .manager
            .contracts()
            .outbox_counts()
            .await
            .unwrap(),
        (0, 0)
    );
}

#[tokio::test]
async fn a_peer_that_calls_is_told_at_once() {
    let it = Away::new().await;
    let content = it.propose().await;
    it.consumer.until_outbox(content.hash(), failed_once).await;
    // The clock stands still, so nothing is due; but the provider announces itself to the consumer.
    let provider = it.provider.start().await;
    provider
        .manager
        .client()
        .announce(it.directory.id())
        .await
        .unwrap();
    provider
        .manager
        .client()
        .announce(it.consumer.id())
        .await
        .unwrap();
    it.consumer.until_outbox(content.hash(), delivered).await;
}

#[tokio::test]
async fn the_pause_doubles_with_every_failure() {
    let it = Away::new().await;
    let content = it.propose().await;
    for (failures, pause_ms) in [(1, 1_000), (2, 2_000), (3, 4_000), (4, 8_000)] {
        it.consumer
            .until_outbox(content.hash(), |items| items[0].attempts == failures)
            .await;
        let item = &it
            .consumer
            .manager
            .show(content.hash())
            .await
            .unwrap()
            .outbox[0];
        let pause = item.next_attempt_at_ms - it.world.clock.unix_ms();
        assert!(
            (pause_ms * 9 / 10..=pause_ms).contains(&pause),
            "{pause} after {failures} failures"
        );
        it.world.hand.set(item.next_attempt_at_ms);
        it.consumer.manager.contracts().wake_outbox();
    }
}

#[tokio::test]
async fn what_was_not_told_before_a_restart_is_told_after_it() {
    let it = Away::new().await;
    let content = it.propose().await;
    let consumer = it.consumer.stop().await;
    let provider = it.provider.start().await;
    let consumer = consumer.start().await;
    it.world.hand.advance(300_000);
    consumer.manager.contracts().wake_outbox();
    provider.until_state(content.hash(), State::Proposed).await;
    provider.manager.accept(content.hash()).await.unwrap();
    consumer.until_state(content.hash(), State::Valid).await;
}

#[tokio::test]
async fn a_contract_arrives_before_the_signatures_on_it() {
    let it = Away::new().await;
    let content = it.propose().await;
    it.consumer.manager.revoke(content.hash()).await.unwrap();
    let provider = it.provider.start().await;
    it.five_minutes_later(&it.consumer);
    provider.until_state(content.hash(), State::Revoked).await;
    it.consumer.until_outbox(content.hash(), delivered).await;
    let told = it
        .consumer
        .manager
        .show(content.hash())
        .await
        .unwrap()
        .outbox;
    let actions: Vec<OutboxAction> = told.iter().map(|item| item.action).collect();
    assert_eq!(actions, [OutboxAction::Submit, OutboxAction::Revoke]);
    let record = provider.manager.show(content.hash()).await.unwrap().record;
    assert!(
        record
            .contract
            .signatures
            .accept
            .contains_key(it.consumer.id())
    );
}

#[tokio::test]
async fn a_contract_that_is_over_is_not_told_any_more() {
    let it = Away::new().await;
    let content = it.propose().await;
    it.consumer.until_outbox(content.hash(), failed_once).await;
    it.world
        .hand
        .set(u64::try_from(NOW + 86_401).unwrap() * 1000);
    it.consumer.manager.contracts().wake_outbox();
    it.consumer
        .until_outbox(content.hash(), |items| {
            items[0].state == OutboxState::Refused
        })
        .await;
}

#[tokio::test]
async fn a_peer_that_is_away_does_not_hold_up_the_others() {
    let it = Away::new().await;
    let to_provider = it.propose().await;
    it.consumer
        .until_outbox(to_provider.hash(), failed_once)
        .await;
    let grant = connection(
        outway(&it.consumer.builder.identity),
        service(DIRECTORY, "zaken-api", None),
    );
    let to_directory = it
        .consumer
        .manager
        .propose(vec![grant], today())
        .await
        .unwrap();
    it.consumer
        .until_outbox(to_directory.hash(), delivered)
        .await;
}

#[tokio::test]
async fn every_party_hears_from_every_other() {
    let mut world = World::new();
    let directory = world.party(DIRECTORY).start().await;
    let consumer = world
        .party(CONSUMER)
        .with_directory(&directory)
        .start()
        .await;
    let provider = world
        .party(PROVIDER)
        .with_directory(&directory)
        .start()
        .await;
    consumer
        .manager
        .client()
        .announce(directory.id())
        .await
        .unwrap();
    provider
        .manager
        .client()
        .announce(directory.id())
        .await
        .unwrap();
    // Three parties; the directory is here only the delegator.
    let grant = delegated_connection(
        outway(&consumer.builder.identity),
        service(PROVIDER, "zaken-api", None),
        DIRECTORY,
    );
    let content = consumer
        .manager
        .propose(vec![grant], today())
        .await
        .unwrap();
    for party in [&provider, &directory] {
        party.until_state(content.hash(), State::Proposed).await;
        party.manager.accept(content.hash()).await.unwrap();
    }
    for party in [&consumer, &provider, &directory] {
        party.until_state(content.hash(), State::Valid).await;
    }
}

#[tokio::test]
async fn a_contract_that_a_peer_does_not_take_does_not_hold_up_the_others() {
    let it = Away::new().await;
    let not_offered = connection(
        outway(&it.consumer.builder.identity),
        service(PROVIDER, "not-offered", None),
    );
    let refused = it
        .consumer
        .manager
        .propose(vec![not_offered], today())
        .await
        .unwrap();
    let other = it.propose().await;
    let _provider = it.provider.start().await;
    it.five_minutes_later(&it.consumer);
    it.consumer.until_outbox(other.hash(), delivered).await;
    let shown = it.consumer.manager.show(refused.hash()).await.unwrap();
    assert_eq!(shown.outbox[0].state, OutboxState::Pending);
    let error = shown.outbox[0].last_error.as_deref().unwrap();
    assert!(error.contains("ERROR_CODE_SERVICE_NOT_OFFERED"), "{error}");
}

#[tokio::test]
async fn a_gateway_that_starts_gets_what_waits_for_it_at_once() {
    let it = Away::new().await;
    let provider = it.provider.start().await;
    let first = it.propose().await;
    provider.until_state(first.hash(), State::Proposed).await;
    let provider = provider.stop().await;
    let second = it.propose().await;
    it.consumer.until_outbox(second.hash(), failed_once).await;
    // The clock stands still, so nothing becomes due by itself.
    let provider = provider.start().await;
    provider.until_state(second.hash(), State::Proposed).await;
}

#[tokio::test]
async fn a_gateway_that_starts_tells_at_once_what_a_peer_waits_for_that_came_back_in_the_meantime()
{
    let it = Away::new().await;
    let content = it.propose().await;
    it.consumer.until_outbox(content.hash(), failed_once).await;
    let consumer = it.consumer.stop().await;
    let provider = it.provider.start().await;
    let _consumer = consumer.start().await;
    provider.until_state(content.hash(), State::Proposed).await;
}
