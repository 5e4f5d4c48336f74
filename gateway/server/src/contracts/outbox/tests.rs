//! The outbox as the manager uses it: what is due, in which order, and what waits.

use std::collections::HashSet;

use sluis_fsc::contract::Content;
use sluis_fsc::signature::SignatureType;
use tempfile::TempDir;

use super::{Moment, OutboxAction, OutboxItem, Pause, Paused};
use crate::contracts::Contracts;
use crate::contracts::tests::{CONSUMER, NOW, PROVIDER, connection, content, peer, signed};

const NOW_MS: u64 = NOW.unsigned_abs() * 1000;

/// A moment at which pauses last at most five minutes.
fn at(now_ms: u64) -> Moment {
    Moment {
        now_ms,
        pause_max_ms: 300_000,
    }
}

/// The consumer, with contracts that the provider must hear of.
struct Outbox {
    contracts: Contracts,
    _folder: TempDir,
}

impl Outbox {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            contracts: Contracts::open(folder.path(), peer(CONSUMER)).unwrap(),
            _folder: folder,
        }
    }

    async fn tell(&self, content: &Content, signature_type: SignatureType, at: i64) {
        let mut signed = signed(content, CONSUMER, signature_type, at);
        signed.submitted_by = peer(CONSUMER);
        signed.tell = vec![(peer(PROVIDER), signature_type.into())];
        self.contracts.keep(signed).await.unwrap();
    }

    async fn due(&self, now_ms: u64) -> Vec<OutboxItem> {
        let nobody = HashSet::new();
        self.contracts
            .outbox_due(at(now_ms), &nobody, 10)
            .await
            .unwrap()
    }

    async fn next_due_ms(&self, now_ms: u64) -> Option<u64> {
        let nobody = HashSet::new();
        let next = self.contracts.outbox_next_due_ms(at(now_ms), &nobody);
        next.await.unwrap()
    }

    /// The provider calls us.
    async fn seen(&self, now_ms: u64) -> u64 {
        let provider = peer(PROVIDER);
        let address = "https://localhost:1";
        let put = self
            .contracts
            .put_peer(&provider, "Provider", address, now_ms);
        put.await.unwrap();
        let known = self.contracts.peer(&provider).await.unwrap();
        known.unwrap().last_seen_ms
    }

    /// An attempt that began at `NOW_MS` fails three milliseconds later.
    async fn put_off(&self, item: OutboxItem, of: Paused, attempts: u32, until_ms: u64) {
        let pause = Pause {
            of,
            attempts,
            tried_at_ms: NOW_MS,
            failed_at: at(NOW_MS + 3),
            until_ms,
            until_if_seen_ms: NOW_MS + 1_000,
        };
        let put_off = self
            .contracts
            .outbox_put_off(item, "away".to_owned(), pause);
        put_off.await.unwrap();
    }
}

fn contract(iv: u128) -> Content {
    content(iv, connection("zaken-api"), NOW - 50)
}

#[tokio::test]
async fn what_failed_most_often_comes_last() {
    let it = Outbox::new();
    let (first, second) = (contract(1), contract(2));
    it.tell(&first, SignatureType::Accept, NOW).await;
    it.tell(&second, SignatureType::Accept, NOW).await;
    let due = it.due(NOW_MS).await;
    assert_eq!(due[0].content_hash, first.hash().as_str());
    it.put_off(due[0].clone(), Paused::Peer, 1, NOW_MS + 5_000)
        .await;

    assert!(it.due(NOW_MS + 4_999).await.is_empty());
    let due = it.due(NOW_MS + 5_000).await;
    assert_eq!(due[0].content_hash, second.hash().as_str());
    assert_eq!((due[0].attempts, due[1].attempts), (0, 1));
}

#[tokio::test]
async fn a_contract_that_is_not_taken_waits_alone_with_what_follows_on_it() {
    let it = Outbox::new();
    let (first, second) = (contract(1), contract(2));
    it.tell(&first, SignatureType::Accept, NOW).await;
    it.tell(&first, SignatureType::Revoke, NOW).await;
    it.tell(&second, SignatureType::Accept, NOW).await;
    let due = it.due(NOW_MS).await;
    assert_eq!(due.len(), 2);
    it.put_off(due[0].clone(), Paused::Contract, 1, NOW_MS + 5_000)
        .await;
    let due = it.due(NOW_MS).await;
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].content_hash, second.hash().as_str());
    let due = it.due(NOW_MS + 5_000).await;
    let actions: Vec<OutboxAction> = due.iter().map(|item| item.action).collect();
    assert_eq!(actions, [OutboxAction::Accept, OutboxAction::Accept]);
}

#[tokio::test]
async fn a_peer_that_comes_back_while_it_is_tried_does_not_wait_for_the_end_of_a_long_pause() {
    let it = Outbox::new();
    it.tell(&contract(1), SignatureType::Accept, NOW).await;
    let item = it.due(NOW_MS).await.remove(0);
    // It calls us after the attempt began, and before the attempt has failed.
    it.seen(NOW_MS + 1).await;
    it.put_off(item, Paused::Peer, 9, NOW_MS + 300_000).await;
    assert_eq!(it.due(NOW_MS + 1_000).await.len(), 1);
}

#[tokio::test]
async fn a_pause_survives_a_restart_and_ends_when_the_peer_calls() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Contracts::open(folder.path(), peer(CONSUMER)).unwrap();
    let mut it = Outbox {
        contracts: open(),
        _folder: tempfile::tempdir().unwrap(),
    };
    it.tell(&contract(1), SignatureType::Accept, NOW).await;
    let item = it.due(NOW_MS).await.remove(0);
    it.put_off(item, Paused::Peer, 9, NOW_MS + 300_000).await;
    it.contracts = open();
    assert!(it.due(NOW_MS + 299_999).await.is_empty());
    assert_eq!(it.due(NOW_MS + 300_000).await[0].attempts, 9);
    it.contracts
        .outbox_hasten(&peer(PROVIDER), NOW_MS)
        .await
        .unwrap();
    assert_eq!(it.due(NOW_MS).await.len(), 1);
}

#[tokio::test]
async fn that_a_peer_was_seen_is_written_once_in_a_while_unless_something_waits_for_it() {
    let it = Outbox::new();
    assert_eq!(it.seen(NOW_MS).await, NOW_MS);
    assert_eq!(it.seen(NOW_MS + 999).await, NOW_MS);
    assert_eq!(it.seen(NOW_MS + 1_000).await, NOW_MS + 1_000);
    it.tell(&contract(1), SignatureType::Accept, NOW).await;
    assert_eq!(it.seen(NOW_MS + 1_001).await, NOW_MS + 1_001);
}

const TWO_HOURS_MS: u64 = 2 * 3_600_000;

#[tokio::test]
async fn what_was_put_off_before_the_clock_was_set_back_is_due() {
    let it = Outbox::new();
    let (first, second) = (contract(1), contract(2));
    it.tell(&first, SignatureType::Accept, NOW).await;
    it.tell(&second, SignatureType::Accept, NOW).await;
    let item = it.due(NOW_MS).await.remove(0);
    it.put_off(item, Paused::Peer, 1, NOW_MS + TWO_HOURS_MS)
        .await;
    for now_ms in [NOW_MS, NOW_MS + 301_000] {
        assert_eq!(it.next_due_ms(now_ms).await, Some(now_ms));
        assert_eq!(it.due(now_ms).await.len(), 2);
    }
    // What is within the longest pause of the end of its own waits, as it does when the clock was not set back.
    assert!(
        it.due(NOW_MS + TWO_HOURS_MS - 300_000).await.is_empty(),
        "the pause was not cut short"
    );

    // The next failure gives everything for the peer a pause by the new time.
    let item = it.due(NOW_MS).await.remove(0);
    it.put_off(item, Paused::Peer, 2, NOW_MS + 2_000).await;
    assert!(it.due(NOW_MS + 1_999).await.is_empty());
    assert_eq!(it.next_due_ms(NOW_MS).await, Some(NOW_MS + 2_000));
    assert_eq!(it.due(NOW_MS + 2_000).await.len(), 2);
}

#[tokio::test]
async fn a_peer_that_was_seen_before_the_clock_was_set_back_gets_the_whole_pause() {
    let it = Outbox::new();
    it.seen(NOW_MS + TWO_HOURS_MS).await;
    it.tell(&contract(1), SignatureType::Accept, NOW).await;
    for (attempts, pause_ms) in [(5, 16_000), (6, 32_000)] {
        let item = it.due(NOW_MS + 16_000).await.remove(0);
        it.put_off(item, Paused::Peer, attempts, NOW_MS + pause_ms)
            .await;
        assert_eq!(it.next_due_ms(NOW_MS).await, Some(NOW_MS + pause_ms));
    }
    // It is seen by the new time from now on.
    assert_eq!(it.seen(NOW_MS + 40_000).await, NOW_MS + 40_000);
}
