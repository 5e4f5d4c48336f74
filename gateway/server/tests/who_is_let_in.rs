//! Who is let in at an inway: certificates and tokens that are missing, foreign, expired, revoked or somebody else's.
//! In every case the source is never called.

#![cfg(test)]

mod support;

use std::net::SocketAddr;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use sluis::demo::parties::{SSC, UIW};
use sluis_certs::Identity;
use sluis_fsc::GroupId;
use support::World;
use support::client::raadpleeg;
use support::outsider::{Outsider, call_without_certificate, foreign_pki, leaf};
use support::token::{forged, identity};
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;

const TRANSACTION: &str = "019a7dea-9048-7c4d-9e66-4d3f75a18f58";

fn inway(world: &World) -> SocketAddr {
    world.uiw.addresses().inway.unwrap()
}

fn question(token: Option<&str>) -> Request<Full<Bytes>> {
    let mut request = raadpleeg("999904000", &["naam"], Some("bijstand-aanvraag"));
    *request.uri_mut() = "/haalcentraal/api/brp/personen".parse().unwrap();
    let headers = request.headers_mut();
    headers.insert("fsc-transaction-id", TRANSACTION.parse().unwrap());
    if let Some(token) = token {
        headers.insert("fsc-authorization", token.parse().unwrap());
    }
    request
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_that_do_not_count_get_no_connection() {
    let mut world = World::start().await;
    let now = world.clock.unix_seconds();
    let at = inway(&world);

    let error = call_without_certificate(&world, at, question(None))
        .await
        .unwrap_err();
    assert!(error.contains("CertificateRequired"), "{error}");

    let untrusted = leaf(&mut foreign_pki(), "00000099000000005000", None);
    let expired = leaf(
        &mut world.federation.pki,
        "00000099000000005000",
        Some(now - 60),
    );
    for (case, leaf, alert) in [
        ("untrusted", untrusted, "UnknownCA"),
        ("expired", expired, "CertificateExpired"),
    ] {
        let error = Outsider::with(&world, &leaf, UIW.oin)
            .call(at, question(None))
            .await
            .unwrap_err();
        assert!(error.contains(alert), "{case}: {error}");
    }
    let page = metrics(&world).await;
    for reason in ["no-client-certificate", "untrusted", "expired"] {
        assert!(
            page.contains(&format!("reason=\"{reason}\"")),
            "{reason} is not counted: {page}"
        );
    }
    assert_eq!(world.brp.source().requests(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_certificate_gets_no_connection() {
    let world = World::start().await;
    // The lists that the gateways read were written before this one was revoked, so a gateway of its own is started with newer ones.
    let mut federation_pki = world.federation.pki;
    let revoked = leaf(&mut federation_pki, "00000099000000005000", None);
    federation_pki.revoke(&revoked.serial);
    let folder = world.federation.uiw.folder.join("pki");
    for (name, pem) in federation_pki.crls_pem().unwrap() {
        std::fs::write(folder.join(name), pem).unwrap();
    }
    world.uiw.stop().await;
    let uiw = support::run(&world.federation.uiw, &world.clock).await;
    let outsider = Outsider::trusting(&federation_pki, &revoked, UIW.oin);
    let error = outsider
        .call(uiw.addresses().inway.unwrap(), question(None))
        .await
        .unwrap_err();
    assert!(error.contains("CertificateRevoked"), "{error}");
    let good = leaf(&mut federation_pki, "00000099000000006000", None);
    let outsider = Outsider::trusting(&federation_pki, &good, UIW.oin);
    let answer = outsider
        .call(uiw.addresses().inway.unwrap(), question(None))
        .await
        .unwrap();
    answer.assert_refusal(401, "ERROR_CODE_ACCESS_TOKEN_MISSING", "inway");
    assert_eq!(world.brp.source().requests(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_do_not_count_are_refused_with_their_code() {
    let world = World::with_contract().await;
    let at = inway(&world);
    let uiw = identity(&world, UIW.short);
    let now = world.clock.unix_seconds();
    let voorbeeld = Outsider::party(&world, &world.federation.voorbeeld.folder, UIW.oin);

    let good = forged(&world, &uiw, |_| ()).await;
    let answer = voorbeeld.call(at, question(Some(&good))).await.unwrap();
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    // What signs again below makes tokens that count, with the right key.
    let own_key = std::fs::read_to_string(world.federation.uiw.folder.join("pki/key.pem")).unwrap();
    let again = signed_again(&good, &own_key);
    let answer = voorbeeld.call(at, question(Some(&again))).await.unwrap();
    assert!(again != good && answer.status == 200, "{:?}", answer.body);
    let asked = world.brp.source().requests();

    // Whoever gave these out, they name the same organisation.
    let foreign_leaf = leaf(&mut foreign_pki(), UIW.oin, None);
    let foreign = Identity::from_pem(
        foreign_leaf.chain_pem.as_bytes(),
        foreign_leaf.key_pem.as_bytes(),
    )
    .unwrap();
    assert_eq!(foreign.peer().id, uiw.peer().id);
    let by_foreign = forged(&world, &foreign, |_| ()).await;
    let with_our_thumbprint = signed_again(&good, &foreign_leaf.key_pem);
    let by_another = forged(&world, &identity(&world, SSC.short), |_| ()).await;
    let expired = forged(&world, &uiw, |claims| {
        (claims.nbf, claims.exp) = (now - 600, now - 300)
    })
    .await;
    let early = forged(&world, &uiw, |claims| {
        (claims.nbf, claims.exp) = (now + 300, now + 600)
    })
    .await;
    let group = forged(&world, &uiw, |claims| {
        claims.gid = GroupId::parse("elders").unwrap()
    })
    .await;
    let audience = forged(&world, &uiw, |claims| {
        claims.aud = sluis_fsc::Address::parse("https://elders.example:8443").unwrap()
    })
    .await;
    let tampered = {
        let mut parts: Vec<&str> = good.split('.').collect();
        let other = forged(&world, &uiw, |claims| claims.exp += 1).await;
        let payload = other.split('.').nth(1).unwrap().to_owned();
        parts[1] = &payload;
        parts.join(".")
    };
    let none = format!("Bearer {}.e30.", "eyJhbGciOiJub25lIn0");
    for (case, token, status, code) in [
        ("missing", None, 401, "ERROR_CODE_ACCESS_TOKEN_MISSING"),
        (
            "malformed",
            Some("Bearer x.y"),
            401,
            "ERROR_CODE_ACCESS_TOKEN_INVALID",
        ),
        (
            "alg none",
            Some(none.as_str()),
            401,
            "ERROR_CODE_ACCESS_TOKEN_INVALID",
        ),
        (
            "signed by another",
            Some(by_another.as_str()),
            401,
            "ERROR_CODE_ACCESS_TOKEN_INVALID",
        ),
        (
            "signed by our name in a foreign PKI",
            Some(by_foreign.as_str()),
            401,
            "ERROR_CODE_ACCESS_TOKEN_INVALID",
        ),
        (
            "signed in a foreign PKI under our thumbprint",
            Some(with_our_thumbprint.as_str()),
            401,
            "ERROR_CODE_ACCESS_TOKEN_INVALID",
        ),
        (
            "tampered",
            Some(tampered.as_str()),
            401,
            "ERROR_CODE_ACCESS_TOKEN_INVALID",
        ),
        (
            "expired",
            Some(expired.as_str()),
            401,
            "ERROR_CODE_ACCESS_TOKEN_EXPIRED",
        ),
        (
            "not yet valid",
            Some(early.as_str()),
            401,
            "ERROR_CODE_ACCESS_TOKEN_INVALID",
        ),
        (
            "other group",
            Some(group.as_str()),
            403,
            "ERROR_CODE_WRONG_GROUP_ID_IN_TOKEN",
        ),
        (
            "other inway",
            Some(audience.as_str()),
            401,
            "ERROR_CODE_ACCESS_TOKEN_INVALID",
        ),
    ] {
        let answer = voorbeeld.call(at, question(token)).await.unwrap();
        println!("{case}: {:?}", answer.body);
        answer.assert_refusal(status, code, "inway");
        let why = match case {
            "signed by another" | "signed by our name in a foreign PKI" => {
                "not signed with a certificate of the peer"
            }
            "signed in a foreign PKI under our thumbprint" | "tampered" => {
                "the signature of the JWS does not hold"
            }
            _ => "",
        };
        assert!(
            answer.json()["message"].as_str().unwrap().contains(why),
            "{case}"
        );
        assert_eq!(
            answer.header("fsc-transaction-id"),
            Some(TRANSACTION),
            "{case}"
        );
        assert_eq!(
            answer.header("www-authenticate").is_some(),
            status == 401,
            "{case}"
        );
    }

    let ssc = Outsider::party(&world, &world.federation.ssc.folder, UIW.oin);
    let answer = ssc.call(at, question(Some(&good))).await.unwrap();
    answer.assert_refusal(401, "ERROR_CODE_ACCESS_TOKEN_INVALID", "inway");
    assert!(
        answer.json()["message"]
            .as_str()
            .unwrap()
            .contains("bound to another certificate")
    );
    assert_eq!(
        world.brp.source().requests(),
        asked,
        "the source was called"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inway_demands_one_transaction_id_of_version_7() {
    let world = World::with_contract().await;
    let voorbeeld = Outsider::party(&world, &world.federation.voorbeeld.folder, UIW.oin);
    let token = forged(&world, &identity(&world, UIW.short), |_| ()).await;
    let mut without = question(Some(&token));
    without.headers_mut().remove("fsc-transaction-id");
    let answer = voorbeeld.call(inway(&world), without).await.unwrap();
    answer.assert_refusal(400, "MISSING_LOG_RECORD_ID", "inway");
    let mut wrong = question(Some(&token));
    wrong.headers_mut().insert(
        "fsc-transaction-id",
        "6266d077-50c4-4c9b-8d05-01b752c0ef88".parse().unwrap(),
    );
    let answer = voorbeeld.call(inway(&world), wrong).await.unwrap();
    answer.assert_refusal(400, "INVALID_LOG_RECORD_ID", "inway");
    assert_eq!(world.brp.source().requests(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_contract_closes_the_door_though_the_token_still_lives() {
    let world = World::start().await;
    let hash = world.contract_for_brp().await;
    let voorbeeld = Outsider::party(&world, &world.federation.voorbeeld.folder, UIW.oin);
    let token = forged(&world, &identity(&world, UIW.short), |_| ()).await;
    let answer = voorbeeld
        .call(inway(&world), question(Some(&token)))
        .await
        .unwrap();
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    world.uiw.manager().unwrap().revoke(&hash).await.unwrap();
    let asked = world.brp.source().requests();
    let answer = voorbeeld
        .call(inway(&world), question(Some(&token)))
        .await
        .unwrap();
    answer.assert_refusal(401, "ERROR_CODE_ACCESS_TOKEN_INVALID", "inway");
    assert_eq!(answer.json()["reason"], "contract-not-valid");
    assert_eq!(world.brp.source().requests(), asked);
    world.until(&world.voorbeeld, &hash, false).await;
    let answer = support::client::call(
        world.outway(),
        raadpleeg("999904000", &["naam"], Some("bijstand-aanvraag")),
    )
    .await;
    answer.assert_refusal(403, "ERROR_CODE_NO_VALID_CONTRACT", "outway");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_not_offered_is_not_found() {
    let mut world = World::with_contract().await;
    let index = world.voorbeeld.contracts().index();
    let connections = index.connections_to(UIW.oin, sluis::demo::federation::BRP);
    let entry = connections.first().unwrap().clone();
    drop(index);
    // The contract is valid; the service is no longer there.
    let config = &world.federation.uiw.config;
    let text = std::fs::read_to_string(config).unwrap();
    let offered = format!("name: {}", sluis::demo::federation::BRP);
    assert_eq!(text.matches(&offered).count(), 1, "{text}");
    std::fs::write(config, text.replace(&offered, "name: iets-anders")).unwrap();
    world.uiw.stop().await;
    world.uiw = support::run(&world.federation.uiw, &world.clock).await;
    let token = forged(&world, &identity(&world, UIW.short), |claims| {
        claims.gth = entry.grant_hash.clone();
        claims.svc = entry.grant.data().service_name().clone();
    })
    .await;
    let voorbeeld = Outsider::party(&world, &world.federation.voorbeeld.folder, UIW.oin);
    let answer = voorbeeld
        .call(inway(&world), question(Some(&token)))
        .await
        .unwrap();
    answer.assert_refusal(404, "ERROR_CODE_SERVICE_NOT_FOUND", "inway");
}

/// The same header and claims under a signature with this key (RFC 7515, section 5.1; ES256).
fn signed_again(token: &str, key_pem: &str) -> String {
    let (content, _) = token.rsplit_once('.').unwrap();
    let signed = content.strip_prefix("Bearer ").unwrap();
    let key = PrivatePkcs8KeyDer::from_pem_slice(key_pem.as_bytes()).unwrap();
    let key =
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key.secret_pkcs8_der()).unwrap();
    let signature = key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
    format!("{content}.{}", URL_SAFE_NO_PAD.encode(signature))
}

async fn metrics(world: &World) -> String {
    let at = world.uiw.addresses().observability.unwrap();
    let request = Request::get("/metrics").body(Full::default()).unwrap();
    String::from_utf8(support::client::call(at, request).await.body.to_vec()).unwrap()
}
