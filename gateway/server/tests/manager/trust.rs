//! Whose signature it is: certificates of the connection, of the key set, of nobody we trust; and whom we talk to.

use http::Request;
use sluis_certs::Identity;
use sluis_fsc::Address;
use sluis_fsc::api::Jwks;
use sluis_fsc::contract::Content;
use sluis_fsc::signature::{self, SignatureType};
use tower::ServiceExt;

use super::grants::*;
use super::raw::{Answer, Raw, contract, value_of};
use super::scripted::Scripted;
use super::world::{CONSUMER, NOW, PROVIDER, Party, THIRD, World, today};

/// Serves the keys of `published` with the certificate of `shown`; returns where.
async fn key_set_at(world: &World, shown: &Identity, published: &[&Identity]) -> Address {
    let keys = serde_json::to_string(&Jwks::of(published.iter().copied()).unwrap()).unwrap();
    let served = Scripted::start(world, shown, move |_| (200, keys.clone())).await;
    served.address
}

/// A consumer whose contract is signed with another certificate than that of its connection.
struct Signing {
    world: World,
    provider: Party,
    raw: Raw,
    content: Content,
}

impl Signing {
    async fn new() -> Self {
        let mut world = World::new();
        let identity = world.identity(CONSUMER);
        let provider = world.party(PROVIDER).start().await;
        let raw = Raw::new(&world, identity);
        let content = contract(vec![connection(
            outway(&raw.identity),
            service(PROVIDER, "zaken-api", None),
        )]);
        Self {
            world,
            provider,
            raw,
            content,
        }
    }

    async fn submit_signed_by(&self, signer: &Identity) -> Answer {
        let signature =
            signature::sign(self.content.hash(), SignatureType::Accept, NOW, signer).unwrap();
        self.raw
            .post_contract(&self.provider, &value_of(&self.content), &signature)
            .await
    }

    async fn is_refused(&self, signer: &Identity, code: &str) {
        let answer = self.submit_signed_by(signer).await;
        assert_eq!(
            answer.verdict(),
            (422, code.to_owned()),
            "{}",
            answer.json()
        );
        assert!(
            self.provider
                .manager
                .show(self.content.hash())
                .await
                .is_err()
        );
    }
}

const FAILED: &str = "ERROR_CODE_SIGNATURE_VERIFICATION_FAILED";

#[tokio::test]
async fn a_certificate_may_come_from_the_key_set_of_the_signer() {
    let mut it = Signing::new().await;
    let signer = it.world.identity(CONSUMER);
    it.raw.address = key_set_at(&it.world, &it.raw.identity, &[&it.raw.identity, &signer]).await;
    let answer = it.submit_signed_by(&signer).await;
    assert_eq!(answer.status, 201, "{}", answer.json());
    let record = it
        .provider
        .manager
        .show(it.content.hash())
        .await
        .unwrap()
        .record;
    assert_eq!(record.evidence[0].certificate, signer.chain()[0].to_vec());
}

#[tokio::test]
async fn a_certificate_that_is_nowhere_to_be_found_is_refused() {
    let mut it = Signing::new().await;
    let signer = it.world.identity(CONSUMER);
    // Nobody listens at the address given.
    it.is_refused(&signer, FAILED).await;
    it.raw.address = key_set_at(&it.world, &it.raw.identity, &[&it.raw.identity]).await;
    it.is_refused(&signer, FAILED).await;
}

#[tokio::test]
async fn a_key_set_at_somebody_elses_address_is_not_believed() {
    let mut it = Signing::new().await;
    let signer = it.world.identity(CONSUMER);
    let third = it.world.identity(THIRD);
    it.raw.address = key_set_at(&it.world, &third, &[&signer]).await;
    it.is_refused(&signer, FAILED).await;
}

#[tokio::test]
async fn another_peers_signature_is_refused_even_from_the_own_key_set() {
    let mut it = Signing::new().await;
    let third = it.world.identity(THIRD);
    it.raw.address = key_set_at(&it.world, &it.raw.identity, &[&third]).await;
    it.is_refused(&third, "ERROR_CODE_PEER_ID_SIGNATURE_MISMATCH")
        .await;
}

#[tokio::test]
async fn a_revoked_or_foreign_signing_certificate_is_refused() {
    let mut it = Signing::new().await;
    let (signer, serial) = it.world.issue(CONSUMER, &["localhost"]);
    it.world.revoke(&serial);
    let provider = it.provider.stop().await.trusting(&it.world);
    it.provider = provider.start().await;
    it.raw.address = key_set_at(&it.world, &it.raw.identity, &[&signer]).await;
    it.is_refused(&signer, FAILED).await;
    let foreign = World::new().identity(CONSUMER);
    it.raw.address = key_set_at(&it.world, &it.raw.identity, &[&foreign]).await;
    it.is_refused(&foreign, FAILED).await;
}

#[tokio::test]
async fn a_signature_of_the_future_is_refused() {
    let it = Signing::new().await;
    let signature = signature::sign(
        it.content.hash(),
        SignatureType::Accept,
        NOW + 3_600,
        &it.raw.identity,
    )
    .unwrap();
    let answer = it
        .raw
        .post_contract(&it.provider, &value_of(&it.content), &signature)
        .await;
    assert_eq!(answer.verdict(), (422, FAILED.to_owned()));
}

#[tokio::test]
async fn a_call_goes_only_to_the_peer_that_is_meant() {
    let mut world = World::new();
    let identity = world.identity(THIRD);
    let consumer = world.party(CONSUMER).start().await;
    let third = world.party(THIRD).start().await;
    // Somebody tells that the manager of the third party is where another one is.
    let mut liar = Raw::new(&world, identity);
    liar.address = consumer.address.clone();
    let provider = world.party(PROVIDER).start().await;
    assert_eq!(liar.announce(&provider).await.status, 200);
    let error = provider
        .manager
        .client()
        .announce(third.id())
        .await
        .unwrap_err();
    assert_eq!(error.label(), "unexpected-peer", "{error}");
}

#[tokio::test]
async fn nothing_is_answered_to_nobody() {
    let mut world = World::new();
    let provider = world.party(PROVIDER).start().await;
    for path in [
        "/v1/peer",
        "/v1/peers",
        "/v1/services",
        "/v1/contracts",
        "/v1/logs",
        "/v1/.well-known/jwks.json",
    ] {
        let request = Request::builder()
            .uri(path)
            .body(axum::body::Body::empty())
            .unwrap();
        let response = provider.manager.router().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 500, "{path}");
    }
}

#[tokio::test]
async fn we_only_propose_what_we_take_part_in() {
    let mut world = World::new();
    let provider = world.party(PROVIDER).start().await;
    let consumer = world.identity(CONSUMER);
    let grant = connection(outway(&consumer), service(THIRD, "zaken-api", None));
    assert!(
        provider
            .manager
            .propose(vec![grant], today())
            .await
            .is_err()
    );
    let grant = connection(outway(&consumer), service(PROVIDER, "zaken-api", None));
    let unreadable = with_property(
        grant,
        "purpose_binding.connection",
        serde_json::json!({"purposes": "x"}),
    );
    assert!(
        provider
            .manager
            .propose(vec![unreadable], today())
            .await
            .is_err()
    );
}
