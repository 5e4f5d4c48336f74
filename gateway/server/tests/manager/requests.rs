//! Requests that are no proper submission, and a store that cannot take one in.

use http::Method;
use serde_json::json;
use sluis_fsc::signature::SignatureType;

use super::grants::*;
use super::raw::{contract, value_of};
use super::submit::pair;
use super::world::{CONSUMER, PROVIDER};

#[tokio::test]
async fn requests_that_are_no_proper_submission_are_refused() {
    let (_world, party, raw) = pair(PROVIDER, CONSUMER).await;
    let content = contract(vec![connection(
        outway(&raw.identity),
        service(PROVIDER, "zaken-api", None),
    )]);
    let signature = raw.sign(&content, SignatureType::Accept);
    let good = json!({ "content": value_of(&content), "signature": signature }).to_string();
    let address = ("fsc-manager-address", "https://manager.example:8443");
    let json_type = ("content-type", "application/json");
    let doubled = good.replacen("{", r#"{"signature":"x","#, 1);
    type Case<'a> = (Vec<(&'a str, &'a str)>, String, u16, &'a str);
    let cases: Vec<Case<'_>> = vec![
        (
            vec![json_type],
            good.clone(),
            400,
            "ERROR_CODE_REQUEST_UNREADABLE",
        ),
        (
            vec![json_type, address, address],
            good.clone(),
            400,
            "ERROR_CODE_REQUEST_UNREADABLE",
        ),
        (
            vec![address],
            good.clone(),
            415,
            "ERROR_CODE_MEDIA_TYPE_UNSUPPORTED",
        ),
        (
            vec![address, ("content-type", "text/plain")],
            good.clone(),
            415,
            "ERROR_CODE_MEDIA_TYPE_UNSUPPORTED",
        ),
        (
            vec![address, json_type],
            "{".to_owned(),
            400,
            "ERROR_CODE_REQUEST_UNREADABLE",
        ),
        (
            vec![address, json_type],
            String::new(),
            400,
            "ERROR_CODE_REQUEST_UNREADABLE",
        ),
        (
            vec![address, json_type],
            doubled,
            400,
            "ERROR_CODE_REQUEST_UNREADABLE",
        ),
        (
            vec![address, json_type],
            " ".repeat(12 * 1024 * 1024 + 1),
            413,
            "ERROR_CODE_BODY_TOO_LARGE",
        ),
    ];
    for (headers, body, status, code) in cases {
        let answer = raw
            .send(&party, Method::POST, "/v1/contracts", &headers, body)
            .await;
        assert_eq!(answer.verdict(), (status, code.to_owned()), "{headers:?}");
    }
    for address in [
        "http://manager.example:8443",
        "https://user:password@manager.example:8443",
        "https://manager.example:8443/elsewhere",
        "https://manager.example:8443?x=1",
        "https://",
        "file:///etc/passwd",
    ] {
        let headers = [json_type, ("fsc-manager-address", address)];
        let answer = raw
            .send(
                &party,
                Method::POST,
                "/v1/contracts",
                &headers,
                good.clone(),
            )
            .await;
        assert_eq!(
            answer.verdict(),
            (400, "ERROR_CODE_REQUEST_UNREADABLE".into()),
            "{address}"
        );
    }
    assert!(party.manager.show(content.hash()).await.is_err());
    let charset = ("content-type", "application/json; charset=utf-8");
    let answer = raw
        .send(
            &party,
            Method::POST,
            "/v1/contracts",
            &[charset, address],
            good,
        )
        .await;
    assert_eq!(answer.status, 201);
}

#[tokio::test]
async fn a_store_that_cannot_write_takes_nothing_in() {
    let (_world, party, raw) = pair(PROVIDER, CONSUMER).await;
    let database = party.builder.database();
    // As a full disk does it: the contract can be written, its signature cannot.
    let full = "CREATE TRIGGER full BEFORE INSERT ON signatures BEGIN SELECT RAISE(FAIL, 'disk full'); END";
    database.execute_batch(full).unwrap();
    let content = contract(vec![connection(
        outway(&raw.identity),
        service(PROVIDER, "zaken-api", None),
    )]);
    let answer = raw.submit(&party, &content).await;
    assert_eq!(
        answer.verdict(),
        (503, "ERROR_CODE_STORE_UNAVAILABLE".into())
    );
    assert!(
        !answer.json()["message"]
            .as_str()
            .unwrap()
            .contains("disk full"),
        "that is for our log only"
    );
    assert!(party.manager.show(content.hash()).await.is_err());
    assert!(party.manager.contracts().index().is_empty());
    database.execute_batch("DROP TRIGGER full").unwrap();
    assert_eq!(raw.submit(&party, &content).await.status, 201);
}
