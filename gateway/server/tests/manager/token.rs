//! `POST /token`: the rows Manager-GetToken of the FSC test suite, and everything that binds a token.

use serde_json::json;
use sluis_certs::Identity;
use sluis_fsc::contract::Content;
use sluis_fsc::grant::GrantData;
use sluis_fsc::signature::SignatureType;
use sluis_fsc::token::{Claims, Received, SigningCertificates, Wanted, verify};

use super::grants::*;
use super::raw::{Answer, Raw, contract};
use super::world::{CONSUMER, NOW, PROVIDER, Party, THIRD, World, today};

/// A provider with a valid contract with a consumer, and perhaps a third party.
struct Agreed {
    world: World,
    provider: Party,
    consumer: Raw,
    content: Content,
}

impl Agreed {
    async fn on(grant: impl FnOnce(&Identity) -> GrantData) -> Self {
        let mut world = World::new();
        let identity = world.identity(CONSUMER);
        Self::with(world, identity, grant).await
    }

    async fn with(
        mut world: World,
        identity: Identity,
        grant: impl FnOnce(&Identity) -> GrantData,
    ) -> Self {
        let provider = world.party(PROVIDER).start().await;
        let consumer = Raw::new(&world, identity);
        let content = provider
            .manager
            .propose(vec![grant(&consumer.identity)], today())
            .await
            .unwrap();
        assert_eq!(
            consumer
                .place(&provider, &content, SignatureType::Accept)
                .await
                .status,
            201
        );
        if content.peers().contains(&peer(THIRD)) {
            let identity = world.identity(THIRD);
            let third = Raw::new(&world, identity);
            assert_eq!(
                third
                    .place(&provider, &content, SignatureType::Accept)
                    .await
                    .status,
                201
            );
        }
        Self {
            world,
            provider,
            consumer,
            content,
        }
    }

    async fn plain() -> Self {
        Self::on(|identity| connection(outway(identity), service(PROVIDER, "zaken-api", None)))
            .await
    }

    fn scope(&self) -> &str {
        self.content.grants()[0].hash().as_str()
    }

    fn form(&self) -> String {
        format!(
            "grant_type=client_credentials&scope={}&client_id={CONSUMER}",
            self.scope()
        )
    }

    async fn ask(&self) -> Answer {
        self.consumer.token(&self.provider, &self.form()).await
    }

    /// The claims of a token, checked as the outway and as the inway check it.
    async fn claims(&self) -> Claims {
        let answer = self.ask().await;
        assert_eq!(answer.status, 200, "{}", answer.json());
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert_eq!(answer.json()["token_type"], "bearer");
        let token = answer.json()["access_token"].as_str().unwrap().to_owned();
        let wanted = Wanted {
            group_id: self.content.group_id(),
            grant: &self.content.grants()[0],
            client: self.consumer.identity.peer(),
        };
        Received::read(&token, &wanted).unwrap();
        let own = &self.provider.builder.identity;
        let signers = SigningCertificates::new(
            &own.peer().id,
            own.peer().id_attribute,
            [own.chain()[0].as_ref()],
        )
        .unwrap();
        verify(&token, &signers, self.content.group_id()).unwrap()
    }
}

fn is_refused(answer: &Answer, error: &str) {
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json()["error"], error, "{}", answer.json());
    assert!(answer.json().get("access_token").is_none());
}

#[tokio::test]
async fn manager_get_token_1_with_a_valid_contract() {
    let it = Agreed::plain().await;
    let claims = it.claims().await;
    assert_eq!(
        (claims.sub.as_str(), claims.iss.as_str()),
        (CONSUMER, PROVIDER)
    );
    assert_eq!((claims.nbf, claims.exp), (NOW, NOW + 300));
    assert_eq!(claims.svc.as_str(), "zaken-api");
    assert_eq!(claims.aud.as_str(), "https://inway.example:443");
    assert!(
        claims
            .cnf
            .matches(&it.consumer.identity.peer().certificate_thumbprint)
    );
    assert_eq!((claims.act, claims.pdi, claims.prp), (None, None, None));
}

#[tokio::test]
async fn manager_get_token_2_without_a_valid_contract() {
    let mut world = World::new();
    let identity = world.identity(CONSUMER);
    let provider = world.party(PROVIDER).start().await;
    let consumer = Raw::new(&world, identity);
    let grant = connection(
        outway(&consumer.identity),
        service(PROVIDER, "zaken-api", None),
    );
    let content = provider
        .manager
        .propose(vec![grant.clone()], today())
        .await
        .unwrap();
    let form =
        |scope: &str| format!("grant_type=client_credentials&scope={scope}&client_id={CONSUMER}");
    let answer = consumer
        .token(&provider, &form(content.grants()[0].hash().as_str()))
        .await;
    is_refused(&answer, "invalid_grant");
    let unknown = contract(vec![grant]);
    let answer = consumer
        .token(&provider, &form(unknown.grants()[0].hash().as_str()))
        .await;
    is_refused(&answer, "invalid_scope");
}

#[tokio::test]
async fn manager_get_token_3_when_the_contract_has_been_revoked() {
    let it = Agreed::plain().await;
    it.claims().await;
    assert_eq!(
        it.consumer
            .place(&it.provider, &it.content, SignatureType::Revoke)
            .await
            .status,
        201
    );
    let answer = it.ask().await;
    is_refused(&answer, "invalid_grant");
    assert!(
        answer.json()["error_description"]
            .as_str()
            .unwrap()
            .contains("revoked")
    );
}

#[tokio::test]
async fn a_token_is_for_the_period_of_the_contract_only() {
    let it = Agreed::plain().await;
    let end = u64::try_from(NOW + 86_400).unwrap() * 1000;
    it.world.hand.set(end - 10_000);
    assert_eq!(it.claims().await.exp, NOW + 86_400);
    it.world.hand.set(end + 1_000);
    is_refused(&it.ask().await, "invalid_grant");
    it.world.hand.set(u64::try_from(NOW - 11).unwrap() * 1000);
    is_refused(&it.ask().await, "invalid_grant");
}

#[tokio::test]
async fn manager_get_token_4_grant_hash_in_an_invalid_format() {
    let it = Agreed::plain().await;
    let content_hash = it.content.hash().to_string();
    for scope in [
        "abc",
        "$1$3$abc",
        "%00",
        content_hash.as_str(),
        &"a".repeat(2_000),
    ] {
        let form = format!("grant_type=client_credentials&scope={scope}&client_id={CONSUMER}");
        is_refused(
            &it.consumer.token(&it.provider, &form).await,
            "invalid_scope",
        );
    }
}

#[tokio::test]
async fn manager_get_token_5_other_grant_type() {
    let it = Agreed::plain().await;
    for grant_type in ["password", "authorization_code", "CLIENT_CREDENTIALS"] {
        let form = it.form().replace("client_credentials", grant_type);
        is_refused(
            &it.consumer.token(&it.provider, &form).await,
            "unsupported_grant_type",
        );
    }
}

#[tokio::test]
async fn manager_get_token_6_delegated_connection() {
    let grant = |identity: &Identity| {
        delegated_connection(
            outway(identity),
            service(PROVIDER, "zaken-api", None),
            THIRD,
        )
    };
    let it = Agreed::on(grant).await;
    let claims = it.claims().await;
    let parties = claims.parties(&peer(CONSUMER)).unwrap();
    assert_eq!(parties.outway, peer(CONSUMER));
    assert_eq!(parties.connection_delegator, Some(peer(THIRD)));
    assert!(claims.act.is_some() && claims.pdi.is_none());
}

#[tokio::test]
async fn manager_get_token_7_service_offered_on_behalf_of_another() {
    let it = Agreed::on(|identity| {
        connection(
            outway(identity),
            service(PROVIDER, "zaken-api", Some(THIRD)),
        )
    })
    .await;
    let claims = it.claims().await;
    assert_eq!((claims.pdi, claims.act), (Some(peer(THIRD)), None));
}

#[tokio::test]
async fn manager_get_token_8_missing_client_id() {
    let it = Agreed::plain().await;
    let form = format!("grant_type=client_credentials&scope={}", it.scope());
    is_refused(
        &it.consumer.token(&it.provider, &form).await,
        "invalid_request",
    );
    let form = format!("grant_type=client_credentials&client_id={CONSUMER}");
    is_refused(
        &it.consumer.token(&it.provider, &form).await,
        "invalid_request",
    );
    is_refused(
        &it.consumer.token(&it.provider, "").await,
        "invalid_request",
    );
    let form = format!("{}&client_id={CONSUMER}", it.form());
    is_refused(
        &it.consumer.token(&it.provider, &form).await,
        "invalid_request",
    );
}

#[tokio::test]
async fn manager_get_token_9_invalid_client_id() {
    let it = Agreed::plain().await;
    let form = it.form().replace(CONSUMER, THIRD);
    is_refused(
        &it.consumer.token(&it.provider, &form).await,
        "invalid_client",
    );
    let form = it.form().replace(CONSUMER, "x");
    is_refused(
        &it.consumer.token(&it.provider, &form).await,
        "invalid_client",
    );
}

#[tokio::test]
async fn manager_get_token_10_connection_with_properties() {
    let it = Agreed::on(|identity| {
        let grant = connection(outway(identity), service(PROVIDER, "zaken-api", None));
        with_property(grant, "example.note", json!({ "reference": "A-1" }))
    })
    .await;
    let prp = it.claims().await.prp.unwrap();
    assert_eq!(
        serde_json::Value::from(prp),
        json!({ "example.note": { "reference": "A-1" } })
    );
}

#[tokio::test]
async fn manager_get_token_11_delegated_connection_with_properties() {
    let it = Agreed::on(|identity| {
        let grant = delegated_connection(
            outway(identity),
            service(PROVIDER, "zaken-api", None),
            THIRD,
        );
        with_property(grant, "example.note", json!("A-1"))
    })
    .await;
    let claims = it.claims().await;
    assert_eq!(
        serde_json::Value::from(claims.prp.unwrap()),
        json!({ "example.note": "A-1" })
    );
    assert!(claims.act.is_some());
}

#[tokio::test]
async fn properties_that_no_header_can_carry_get_no_token() {
    let it = Agreed::on(|identity| {
        let grant = connection(outway(identity), service(PROVIDER, "zaken-api", None));
        with_property(grant, "example.note", json!("a".repeat(60_000)))
    })
    .await;
    let answer = it.ask().await;
    is_refused(&answer, "invalid_grant");
    let description = answer.json()["error_description"].to_string();
    assert!(description.contains("do not fit"), "{description}");
}

#[tokio::test]
async fn only_the_outway_of_the_grant_gets_a_token() {
    let mut it = Agreed::plain().await;
    // Another organisation, honest about who it is.
    let identity = it.world.identity(THIRD);
    let third = Raw::new(&it.world, identity);
    let form = it.form().replace(CONSUMER, THIRD);
    is_refused(
        &third.token(&it.provider, &form).await,
        "unauthorized_client",
    );
    // The same organisation with another key.
    let identity = it.world.identity(CONSUMER);
    let other_key = Raw::new(&it.world, identity);
    is_refused(
        &other_key.token(&it.provider, &it.form()).await,
        "unauthorized_client",
    );
}

#[tokio::test]
async fn an_outway_known_by_its_name_may_have_any_key() {
    let mut world = World::new();
    let (identity, _) = world.issue(CONSUMER, &["localhost", "outway.example"]);
    let grant = |_: &Identity| {
        connection(
            outway_by_name(CONSUMER, "outway.example"),
            service(PROVIDER, "zaken-api", None),
        )
    };
    let mut it = Agreed::with(world, identity, grant).await;
    it.claims().await;
    let (identity, _) = it.world.issue(CONSUMER, &["Outway.Example"]);
    let renewed = Raw::new(&it.world, identity);
    assert_eq!(renewed.token(&it.provider, &it.form()).await.status, 200);
    let (identity, _) = it.world.issue(CONSUMER, &["elsewhere.example"]);
    let elsewhere = Raw::new(&it.world, identity);
    is_refused(
        &elsewhere.token(&it.provider, &it.form()).await,
        "unauthorized_client",
    );
}

#[tokio::test]
async fn a_token_is_only_for_a_service_that_an_inway_offers() {
    let it = Agreed::plain().await;
    let records = &it.provider.builder.records;
    records
        .offers_nothing
        .store(true, std::sync::atomic::Ordering::Relaxed);
    is_refused(&it.ask().await, "invalid_scope");
}

#[tokio::test]
async fn a_token_request_is_a_form() {
    let it = Agreed::plain().await;
    let headers = [("content-type", "application/json")];
    let answer = it
        .consumer
        .send(
            &it.provider,
            http::Method::POST,
            "/v1/token",
            &headers,
            "{}",
        )
        .await;
    is_refused(&answer, "invalid_request");
    let long = format!("{}&x={}", it.form(), "a".repeat(20_000));
    is_refused(
        &it.consumer.token(&it.provider, &long).await,
        "invalid_request",
    );
}
