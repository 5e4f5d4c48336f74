//! `PUT /contracts/{hash}/accept`, `/reject` and `/revoke`: the rows Manager-AcceptContract, Manager-RejectContract and
//! Manager-RevokeContract of the FSC test suite.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use sluis_fsc::contract::{Content, State};
use sluis_fsc::signature::SignatureType::{self, Accept, Reject, Revoke};

use super::grants::*;
use super::raw::{Raw, contract};
use super::submit::header_of;
use super::world::{CONSUMER, PROVIDER, Party, THIRD, World, today};

/// A provider that proposed a contract to a consumer, who has not answered.
struct Proposed {
    world: World,
    provider: Party,
    consumer: Raw,
    content: Content,
}

impl Proposed {
    async fn new() -> Self {
        let mut world = World::new();
        let identity = world.identity(CONSUMER);
        Self::to(world, identity).await
    }

    async fn to(mut world: World, identity: sluis_certs::Identity) -> Self {
        let provider = world.party(PROVIDER).start().await;
        let consumer = Raw::new(&world, identity);
        let grant = connection(
            outway(&consumer.identity),
            service(PROVIDER, "zaken-api", None),
        );
        let content = provider
            .manager
            .propose(vec![grant], today())
            .await
            .unwrap();
        Self {
            world,
            provider,
            consumer,
            content,
        }
    }

    async fn refused(&self, kind: SignatureType, hash: &str, signature: &str, code: &str) {
        let answer = self
            .consumer
            .put(
                &self.provider,
                hash,
                kind.as_str(),
                &self.content,
                signature,
            )
            .await;
        assert_eq!(answer.verdict(), (422, code.to_owned()));
        assert_eq!(
            self.provider
                .manager
                .show(self.content.hash())
                .await
                .unwrap()
                .state,
            State::Proposed
        );
    }

    fn hash(&self) -> &str {
        self.content.hash().as_str()
    }
}

async fn is_placed(kind: SignatureType, state: State) {
    let it = Proposed::new().await;
    // Placing it twice is placing it once.
    for _ in 0..2 {
        assert_eq!(
            it.consumer
                .place(&it.provider, &it.content, kind)
                .await
                .status,
            201
        );
    }
    assert_eq!(
        it.provider
            .manager
            .show(it.content.hash())
            .await
            .unwrap()
            .state,
        state
    );
}

async fn strangers_cannot_sign(kind: SignatureType) {
    let mut it = Proposed::new().await;
    let identity = it.world.identity(THIRD);
    let third = Raw::new(&it.world, identity);
    let answer = third.place(&it.provider, &it.content, kind).await;
    assert_eq!(
        answer.verdict(),
        (
            422,
            "ERROR_CODE_SUBMITTING_PEER_NOT_PART_OF_CONTRACT".into()
        )
    );
}

async fn only_a_jws_is_a_signature(kind: SignatureType) {
    let it = Proposed::new().await;
    let genuine = it.consumer.sign(&it.content, kind);
    let cut = &genuine[..genuine.len() - 8];
    for signature in ["", "no-jws", "a.b.c", cut] {
        it.refused(
            kind,
            it.hash(),
            signature,
            "ERROR_CODE_SIGNATURE_VERIFICATION_FAILED",
        )
        .await;
    }
}

async fn a_signature_is_for_one_content(kind: SignatureType) {
    let it = Proposed::new().await;
    let other = contract(
        it.content
            .grants()
            .iter()
            .map(|grant| grant.data().clone())
            .collect(),
    );
    let signature = it.consumer.sign(&other, kind);
    it.refused(
        kind,
        it.hash(),
        &signature,
        "ERROR_CODE_SIGNATURE_CONTRACT_CONTENT_HASH_MISMATCH",
    )
    .await;
}

async fn a_signature_says_what_the_path_says(kind: SignatureType) {
    let it = Proposed::new().await;
    for other in SignatureType::ALL
        .into_iter()
        .filter(|other| *other != kind)
    {
        let signature = it.consumer.sign(&it.content, other);
        it.refused(
            kind,
            it.hash(),
            &signature,
            "ERROR_CODE_SIGNATURE_VERIFICATION_FAILED",
        )
        .await;
    }
}

async fn the_path_names_the_content(kind: SignatureType) {
    let it = Proposed::new().await;
    let signature = it.consumer.sign(&it.content, kind);
    let other = contract(
        it.content
            .grants()
            .iter()
            .map(|grant| grant.data().clone())
            .collect(),
    );
    let code = "ERROR_CODE_URL_PATH_CONTENT_HASH_MISMATCH";
    it.refused(kind, other.hash().as_str(), &signature, code)
        .await;
    it.refused(
        kind,
        it.content.grants()[0].hash().as_str(),
        &signature,
        code,
    )
    .await;
    it.refused(kind, "1", &signature, code).await;
    let unknown = it.hash().replacen("$1$", "$9$", 1);
    it.refused(
        kind,
        &unknown,
        &signature,
        "ERROR_CODE_UNKNOWN_HASH_ALGORITHM_HASH",
    )
    .await;
}

async fn unsupported_algorithms_are_refused(kind: SignatureType) {
    let it = Proposed::new().await;
    let genuine = it.consumer.sign(&it.content, kind);
    let (_, rest) = genuine.split_once('.').unwrap();
    for algorithm in ["HS256", "PS256", "EdDSA", "none"] {
        let mut header = header_of(&genuine);
        header["alg"] = json!(algorithm);
        let signature = format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string()));
        it.refused(
            kind,
            it.hash(),
            &signature,
            "ERROR_CODE_UNKNOWN_ALGORITHM_SIGNATURE",
        )
        .await;
    }
}

#[tokio::test]
async fn manager_accept_contract_1_place_accept() {
    is_placed(Accept, State::Valid).await;
}

#[tokio::test]
async fn manager_accept_contract_2_without_being_a_peer_on_it() {
    strangers_cannot_sign(Accept).await;
}

#[tokio::test]
async fn manager_accept_contract_3_not_a_valid_jws() {
    only_a_jws_is_a_signature(Accept).await;
}

#[tokio::test]
async fn manager_accept_contract_4_content_hash_does_not_match() {
    a_signature_is_for_one_content(Accept).await;
}

#[tokio::test]
async fn manager_accept_contract_5_signature_type_is_not_accept() {
    a_signature_says_what_the_path_says(Accept).await;
}

#[tokio::test]
async fn manager_accept_contract_6_hash_in_the_url_does_not_match() {
    the_path_names_the_content(Accept).await;
}

#[tokio::test]
async fn manager_accept_contract_7_unsupported_algorithm() {
    unsupported_algorithms_are_refused(Accept).await;
}

#[tokio::test]
async fn manager_accept_contract_8_rsa_algorithm() {
    let mut world = World::new();
    let identity = world.rsa_identity(CONSUMER);
    let it = Proposed::to(world, identity).await;
    assert_eq!(
        it.consumer
            .place(&it.provider, &it.content, Accept)
            .await
            .status,
        201
    );
}

#[tokio::test]
async fn manager_accept_contract_9_ecdsa_algorithm() {
    let it = Proposed::new().await;
    assert!(
        header_of(&it.consumer.sign(&it.content, Accept))["alg"]
            .as_str()
            .unwrap()
            .starts_with("ES")
    );
    assert_eq!(
        it.consumer
            .place(&it.provider, &it.content, Accept)
            .await
            .status,
        201
    );
}

#[tokio::test]
async fn manager_reject_contract_1_place_reject() {
    is_placed(Reject, State::Rejected).await;
}

#[tokio::test]
async fn manager_reject_contract_2_without_being_a_peer_on_it() {
    strangers_cannot_sign(Reject).await;
}

#[tokio::test]
async fn manager_reject_contract_3_not_a_valid_jws() {
    only_a_jws_is_a_signature(Reject).await;
}

#[tokio::test]
async fn manager_reject_contract_4_content_hash_does_not_match() {
    a_signature_is_for_one_content(Reject).await;
}

#[tokio::test]
async fn manager_reject_contract_5_signature_type_is_not_reject() {
    a_signature_says_what_the_path_says(Reject).await;
}

#[tokio::test]
async fn manager_reject_contract_6_hash_in_the_url_does_not_match() {
    the_path_names_the_content(Reject).await;
}

#[tokio::test]
async fn manager_reject_contract_7_unsupported_algorithm() {
    unsupported_algorithms_are_refused(Reject).await;
}

#[tokio::test]
async fn manager_revoke_contract_1_place_revoke() {
    is_placed(Revoke, State::Revoked).await;
}

#[tokio::test]
async fn manager_revoke_contract_2_without_being_a_peer_on_it() {
    strangers_cannot_sign(Revoke).await;
}

#[tokio::test]
async fn manager_revoke_contract_3_not_a_valid_jws() {
    only_a_jws_is_a_signature(Revoke).await;
}

#[tokio::test]
async fn manager_revoke_contract_4_content_hash_does_not_match() {
    a_signature_is_for_one_content(Revoke).await;
}

#[tokio::test]
async fn manager_revoke_contract_5_signature_type_is_not_revoke() {
    a_signature_says_what_the_path_says(Revoke).await;
}

#[tokio::test]
async fn manager_revoke_contract_6_hash_in_the_url_does_not_match() {
    the_path_names_the_content(Revoke).await;
}

#[tokio::test]
async fn manager_revoke_contract_7_unsupported_algorithm() {
    unsupported_algorithms_are_refused(Revoke).await;
}

#[tokio::test]
async fn a_signature_may_arrive_before_its_contract() {
    let mut world = World::new();
    let identity = world.identity(CONSUMER);
    let provider = world.party(PROVIDER).start().await;
    let consumer = Raw::new(&world, identity);
    let content = contract(vec![connection(
        outway(&consumer.identity),
        service(PROVIDER, "zaken-api", None),
    )]);
    assert_eq!(
        consumer.place(&provider, &content, Reject).await.status,
        201
    );
    assert_eq!(
        provider.manager.show(content.hash()).await.unwrap().state,
        State::Rejected
    );
    assert_eq!(consumer.submit(&provider, &content).await.status, 201);
    assert_eq!(
        provider.manager.show(content.hash()).await.unwrap().state,
        State::Rejected
    );
    assert!(provider.manager.accept(content.hash()).await.is_err());
}
