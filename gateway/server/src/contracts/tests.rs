//! The handle as its users see it: keep, look up, page, restart.

use sluis_certs::PeerId;
use sluis_fsc::contract::{Content, Draft, State, Validity};
use sluis_fsc::grant::{
    ConnectedService, GrantData, Outway, OutwayIdentification, Protocol, PublishedService,
};
use sluis_fsc::signature::SignatureType;
use sluis_fsc::{GroupId, ServiceName};
use uuid::Uuid;

use super::*;

mod convergence;
mod room;

pub(super) const CONSUMER: &str = "00000001002220647000";
pub(super) const PROVIDER: &str = "00000001003214345000";
pub(super) const NOW: i64 = 1_800_000_000;

pub(super) fn peer(id: &str) -> PeerId {
    PeerId::new(id).unwrap()
}

pub(super) fn connection(service: &str) -> GrantData {
    GrantData::ServiceConnection {
        outway: Outway {
            peer_id: peer(CONSUMER),
            identification: OutwayIdentification::PublicKeyThumbprint(
                "ab".repeat(32).parse().unwrap(),
            ),
        },
        service: ConnectedService {
            peer_id: peer(PROVIDER),
            name: ServiceName::parse(service).unwrap(),
            delegator: None,
        },
        properties: None,
    }
}

fn publication(service: &str) -> GrantData {
    GrantData::ServicePublication {
        directory: peer(CONSUMER),
        service: PublishedService {
            peer_id: peer(PROVIDER),
            name: ServiceName::parse(service).unwrap(),
            protocol: Protocol::Http1,
        },
        properties: None,
    }
}

pub(super) fn content(iv: u128, grant: GrantData, created_at: i64) -> Content {
    Content::new(&Draft {
        iv: Uuid::from_u128(iv),
        group_id: GroupId::parse("test.example").unwrap(),
        validity: Validity {
            not_before: NOW - 100,
            not_after: NOW + 1_000,
        },
        grants: vec![grant],
        created_at,
    })
    .unwrap()
}

/// The store keeps what the manager has verified; here any text stands for a signature.
pub(super) fn signed(
    content: &Content,
    signer: &str,
    signature_type: SignatureType,
    at: i64,
) -> Signed {
    Signed {
        content: content.clone(),
        submitted_by: peer(PROVIDER),
        signer: peer(signer),
        signature_type,
        jws: format!("{signer}.{}.{at}", signature_type.as_str()),
        signed_at_unix_seconds: at,
        certificate: vec![1, 2, 3],
        tell: Vec::new(),
        unanswered_max: 3,
        unwanted_bytes_max: 1_000_000,
        now_ms: u64::try_from(NOW).unwrap() * 1000,
    }
}

async fn accept_by_both(contracts: &Contracts, content: &Content) {
    for signer in [CONSUMER, PROVIDER] {
        contracts
            .keep(signed(content, signer, SignatureType::Accept, NOW))
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_contract_becomes_valid_by_the_last_acceptance_and_ends_with_a_revocation() {
    let folder = tempfile::tempdir().unwrap();
    let contracts = Contracts::open(folder.path(), peer(CONSUMER)).unwrap();
    let mut changes = contracts.changes();
    let content = content(1, connection("zaken-api"), NOW - 50);
    let hash = content.grants()[0].hash().clone();

    let kept = contracts
        .keep(signed(&content, PROVIDER, SignatureType::Accept, NOW))
        .await
        .unwrap();
    assert_eq!(kept, Kept::NewContract);
    let entry = contracts.index().by_hash(&hash).unwrap();
    assert_eq!(entry.state_at(NOW), State::Proposed);
    assert!(!entry.is_valid_at(NOW));

    let kept = contracts
        .keep(signed(&content, CONSUMER, SignatureType::Accept, NOW))
        .await
        .unwrap();
    assert_eq!(kept, Kept::NewSignature);
    let entry = contracts.index().by_hash(&hash).unwrap();
    assert!(
        entry.is_valid_at(NOW) && entry.is_valid_at(NOW - 100) && entry.is_valid_at(NOW + 1_000)
    );
    assert_eq!(entry.state_at(NOW - 101), State::NotYetValid);
    assert_eq!(entry.state_at(NOW + 1_001), State::Expired);

    contracts
        .keep(signed(&content, CONSUMER, SignatureType::Revoke, NOW))
        .await
        .unwrap();
    assert_eq!(
        contracts.index().by_hash(&hash).unwrap().state_at(NOW),
        State::Revoked
    );
    assert!(changes.has_changed().unwrap());
    assert_eq!(*changes.borrow_and_update(), 3);
}

#[tokio::test]
async fn what_was_kept_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let content = content(1, connection("zaken-api"), NOW - 50);
    {
        let contracts = Contracts::open(folder.path(), peer(CONSUMER)).unwrap();
        accept_by_both(&contracts, &content).await;
    }
    let contracts = Contracts::open(folder.path(), peer(CONSUMER)).unwrap();
    assert!(
        contracts
            .index()
            .by_hash(content.grants()[0].hash())
            .unwrap()
            .is_valid_at(NOW)
    );
    let record = contracts.contract(content.hash()).await.unwrap().unwrap();
    assert_eq!(record.contract.content, content);
    assert_eq!(record.submitted_by, peer(PROVIDER));
    assert_eq!(record.evidence.len(), 2);
    assert_eq!(record.evidence[0].certificate, [1, 2, 3]);
}

#[tokio::test]
async fn the_same_again_changes_nothing_and_a_later_acceptance_replaces_the_earlier() {
    let folder = tempfile::tempdir().unwrap();
    let contracts = Contracts::open(folder.path(), peer(CONSUMER)).unwrap();
    let content = content(1, connection("zaken-api"), NOW - 50);
    let first = signed(&content, PROVIDER, SignatureType::Accept, NOW);
    contracts.keep(first.clone()).await.unwrap();
    assert_eq!(contracts.keep(first.clone()).await.unwrap(), Kept::Known);
    let earlier = signed(&content, PROVIDER, SignatureType::Accept, NOW - 1);
    assert_eq!(contracts.keep(earlier).await.unwrap(), Kept::Known);
    let renewed = signed(&content, PROVIDER, SignatureType::Accept, NOW + 1);
    assert_eq!(
        contracts.keep(renewed.clone()).await.unwrap(),
        Kept::NewSignature
    );
    let record = contracts.contract(content.hash()).await.unwrap().unwrap();
    assert_eq!(
        record.contract.signatures.accept[&peer(PROVIDER)],
        renewed.jws
    );
}

#[tokio::test]
async fn an_iv_belongs_to_one_contract() {
    let folder = tempfile::tempdir().unwrap();
    let contracts = Contracts::open(folder.path(), peer(CONSUMER)).unwrap();
    let (one, other) = (
        content(1, connection("zaken-api"), NOW),
        content(1, connection("brp"), NOW),
    );
    contracts
        .keep(signed(&one, PROVIDER, SignatureType::Accept, NOW))
        .await
        .unwrap();
    let kept = contracts
        .keep(signed(&other, PROVIDER, SignatureType::Accept, NOW))
        .await
        .unwrap();
    assert_eq!(kept, Kept::IvInUse);
    assert!(contracts.contract(other.hash()).await.unwrap().is_none());
}

#[tokio::test]
async fn contracts_that_wait_for_our_answer_are_limited_per_peer() {
    let folder = tempfile::tempdir().unwrap();
    let contracts = Contracts::open(folder.path(), peer(CONSUMER)).unwrap();
    let contents: Vec<Content> = (1..=4)
        .map(|iv| content(iv, connection("zaken-api"), NOW))
        .collect();
    for content in &contents[..3] {
        let kept = contracts
            .keep(signed(content, PROVIDER, SignatureType::Accept, NOW))
            .await
            .unwrap();
        assert_eq!(kept, Kept::NewContract);
    }
    let fourth = signed(&contents[3], PROVIDER, SignatureType::Accept, NOW);
    assert_eq!(
        contracts.keep(fourth.clone()).await.unwrap(),
        Kept::TooManyUnanswered
    );
    contracts
        .keep(signed(&contents[0], CONSUMER, SignatureType::Reject, NOW))
        .await
        .unwrap();
    assert_eq!(contracts.keep(fourth).await.unwrap(), Kept::NewContract);
}

#[tokio::test]
async fn connections_are_our_own_and_newest_first() {
    let folder = tempfile::tempdir().unwrap();
    let contracts = Contracts::open(folder.path(), peer(CONSUMER)).unwrap();
    for (iv, created_at) in [(1, NOW - 30), (2, NOW - 10), (3, NOW - 20)] {
        accept_by_both(
            &contracts,
            &content(iv, connection("zaken-api"), created_at),
        )
        .await;
    }
    let index = contracts.index();
    let order: Vec<i64> = index
        .connections_to(PROVIDER, "zaken-api")
        .iter()
        .map(|entry| entry.created_at)
        .collect();
    assert_eq!(order, [NOW - 10, NOW - 20, NOW - 30]);
    assert!(index.connections_to(PROVIDER, "other").is_empty());

    let folder = tempfile::tempdir().unwrap();
    let provider = Contracts::open(folder.path(), peer(PROVIDER)).unwrap();
    accept_by_both(&provider, &content(1, connection("zaken-api"), NOW)).await;
    assert!(
        provider
            .index()
            .connections_to(PROVIDER, "zaken-api")
            .is_empty()
    );
    assert_eq!(provider.index().len(), 1);
}

#[tokio::test]
async fn publications_are_one_for_each_service_newest_first() {
    let folder = tempfile::tempdir().unwrap();
    let contracts = Contracts::open(folder.path(), peer(CONSUMER)).unwrap();
    accept_by_both(&contracts, &content(1, publication("brp"), NOW - 5)).await;
    accept_by_both(&contracts, &content(2, publication("brp"), NOW)).await;
    let index = contracts.index();
    let listed: Vec<_> = index.publications().collect();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].2.len(), 2);
    assert_eq!(listed[0].2[0].created_at, NOW);
}

#[tokio::test]
async fn pages_end_and_leave_nothing_out() {
    let folder = tempfile::tempdir().unwrap();
    let contracts = Contracts::open(folder.path(), peer(CONSUMER)).unwrap();
    for iv in 1..=7_u8 {
        // Two contracts per moment, so that the creation date alone does not order them.
        let contract = content(
            u128::from(iv),
            connection("zaken-api"),
            NOW - i64::from(iv / 2),
        );
        accept_by_both(&contracts, &contract).await;
    }
    for (ascending, bytes_max) in [(true, usize::MAX), (false, usize::MAX), (true, 1)] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let (page, more) = contracts
                .page(&peer(PROVIDER), None, after, ascending, 3, bytes_max)
                .await
                .unwrap();
            assert!(page.len() <= 3);
            seen.extend(
                page.iter()
                    .map(|record| record.contract.content.created_at()),
            );
            if !more {
                break;
            }
            let last = &page.last().unwrap().contract.content;
            after = Some((last.created_at(), last.hash().as_str().to_owned()));
        }
        let mut ordered = seen.clone();
        ordered.sort_unstable();
        if !ascending {
            ordered.reverse();
        }
        assert_eq!(seen, ordered);
        assert_eq!(seen.len(), 7);
    }
    let (strangers, _) = contracts
        .page(&peer("stranger"), None, None, true, 100, usize::MAX)
        .await
        .unwrap();
    assert!(strangers.is_empty());
}

#[tokio::test]
async fn a_changed_file_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let contract = content(1, connection("zaken-api"), NOW);
    {
        let contracts = Contracts::open(folder.path(), peer(CONSUMER)).unwrap();
        accept_by_both(&contracts, &contract).await;
    }
    let file = rusqlite::Connection::open(folder.path().join(FILE_NAME)).unwrap();
    file.execute(
        "UPDATE contracts SET content = replace(content, 'zaken-api', 'other-api')",
        [],
    )
    .unwrap();
    drop(file);
    let error = Contracts::open(folder.path(), peer(CONSUMER)).unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
}

#[tokio::test]
async fn a_peer_is_known_by_its_latest_address() {
    let folder = tempfile::tempdir().unwrap();
    let contracts = Contracts::open(folder.path(), peer(CONSUMER)).unwrap();
    contracts
        .put_peer(&peer(PROVIDER), "Één Naam", "https://a.example:8443", 5)
        .await
        .unwrap();
    contracts
        .put_peer_version(&peer(PROVIDER), "2.0.0", 6)
        .await
        .unwrap();
    contracts
        .put_peer(&peer(PROVIDER), "Één Naam", "https://b.example:8443", 7)
        .await
        .unwrap();
    contracts
        .learn_peer(&peer(PROVIDER), "Één Naam", "https://c.example:8443")
        .await
        .unwrap();
    let known = contracts.peer(&peer(PROVIDER)).await.unwrap().unwrap();
    assert_eq!(known.manager_address, "https://c.example:8443");
    assert_eq!(
        (known.last_seen_ms, known.fsc_version.as_deref()),
        (7, Some("2.0.0"))
    );
    let page = PeerPage {
        name_contains: Some("één".to_owned()),
        limit: 10,
        ..PeerPage::default()
    };
    assert_eq!(contracts.peers(page).await.unwrap().len(), 1);
}
