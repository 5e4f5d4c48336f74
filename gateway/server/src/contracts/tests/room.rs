//! How much room the contracts of one peer may take, and an answer.

use super::*;

/// A contract of about this many bytes.
fn large(iv: u128, bytes: usize) -> Content {
    let mut grant = connection("zaken-api");
    if let GrantData::ServiceConnection { properties, .. } = &mut grant {
        let note = serde_json::json!({ "note": "x".repeat(bytes) });
        *properties = note.as_object().cloned();
    }
    content(iv, grant, NOW)
}

#[tokio::test]
async fn what_contracts_take_that_came_to_nothing_is_limited_per_peer() {
    let folder = tempfile::tempdir().unwrap();
    let contracts = Contracts::open(folder.path(), peer(CONSUMER)).unwrap();
    let bring = async |content: &Content, later_ms: u64| {
        let mut brought = signed(content, PROVIDER, SignatureType::Accept, NOW);
        brought.unwanted_bytes_max = 100_000;
        brought.now_ms += later_ms;
        contracts.keep(brought).await.unwrap()
    };
    let answer = async |content: &Content, kind: SignatureType| {
        let signed = signed(content, CONSUMER, kind, NOW);
        contracts.keep(signed).await.unwrap();
    };
    // What we accepted takes no room, until it is revoked.
    let accepted = large(1, 90_000);
    assert_eq!(bring(&accepted, 0).await, Kept::NewContract);
    answer(&accepted, SignatureType::Accept).await;
    // What is rejected does; a small contract counts for 4,096 bytes.
    let rejected = large(2, 90_000);
    assert_eq!(bring(&rejected, 0).await, Kept::NewContract);
    answer(&rejected, SignatureType::Reject).await;
    for iv in 3..=5 {
        let small = large(iv, 10);
        assert_eq!(bring(&small, 0).await, Kept::NewContract);
        answer(&small, SignatureType::Reject).await;
    }
    assert_eq!(bring(&large(6, 10), 0).await, Kept::TooMuchUnwanted);
    // What is known is still heard, and what is our own is kept.
    assert_eq!(bring(&rejected, 0).await, Kept::Known);
    let mut own = signed(&large(7, 10), CONSUMER, SignatureType::Accept, NOW);
    own.submitted_by = peer(CONSUMER);
    own.unwanted_bytes_max = 0;
    assert_eq!(contracts.keep(own).await.unwrap(), Kept::NewContract);
    // After a year it counts no more.
    let year_ms = 365 * 86_400_000;
    assert_eq!(
        bring(&large(8, 10), year_ms - 1).await,
        Kept::TooMuchUnwanted
    );
    assert_eq!(bring(&large(8, 10), year_ms).await, Kept::NewContract);
    answer(&large(8, 10), SignatureType::Reject).await;
}

#[tokio::test]
async fn what_is_revoked_takes_room_again() {
    let folder = tempfile::tempdir().unwrap();
    let contracts = Contracts::open(folder.path(), peer(CONSUMER)).unwrap();
    let (first, second) = (large(1, 90_000), large(2, 10));
    for signer in [PROVIDER, CONSUMER] {
        let accept = signed(&first, signer, SignatureType::Accept, NOW);
        contracts.keep(accept).await.unwrap();
    }
    let revoke = signed(&first, PROVIDER, SignatureType::Revoke, NOW);
    contracts.keep(revoke).await.unwrap();
    let mut brought = signed(&second, PROVIDER, SignatureType::Accept, NOW);
    brought.unwanted_bytes_max = 90_000;
    let kept = contracts.keep(brought).await.unwrap();
    assert_eq!(kept, Kept::TooMuchUnwanted);
}

#[tokio::test]
async fn an_answer_by_grant_ends_once_it_is_large() {
    let folder = tempfile::tempdir().unwrap();
    let contracts = Contracts::open(folder.path(), peer(CONSUMER)).unwrap();
    let contents = [large(1, 50_000), large(2, 50_000), large(3, 50_000)];
    let mut hashes = Vec::new();
    for content in &contents {
        let brought = signed(content, PROVIDER, SignatureType::Accept, NOW);
        contracts.keep(brought).await.unwrap();
        hashes.push(content.grants()[0].hash().as_str().to_owned());
    }
    let consumer = peer(CONSUMER);
    let found = async |limit: u32, bytes_max: usize| {
        let hashes = hashes.clone();
        let found = contracts.with_grants(&consumer, hashes, limit, bytes_max);
        found.await.unwrap().len()
    };
    assert_eq!(found(10, 1_000_000).await, 3);
    assert_eq!(found(10, 60_000).await, 2);
    assert_eq!(found(10, 1).await, 1);
    assert_eq!(found(2, 1_000_000).await, 2);
}
