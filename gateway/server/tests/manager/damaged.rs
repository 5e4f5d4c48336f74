//! Damaged requests: whatever arrives is answered, and never with a fault of our own.

use std::sync::Arc;

use axum::body::Body;
use http::{Request, StatusCode};
use proptest::prelude::*;
use serde_json::json;
use sluis::manager::Caller;
use sluis_fsc::signature::SignatureType;
use tower::ServiceExt;

use super::grants::*;
use super::raw::{Raw, contract, value_of};
use super::world::{CONSUMER, PROVIDER, World};

/// How a text is damaged: bytes put in place of others, and where it is cut off.
fn damage() -> impl Strategy<Value = (Vec<(usize, u8)>, Option<usize>)> {
    let byte = prop_oneof![
        any::<u8>(),
        Just(b'"'),
        Just(b'{'),
        Just(b'}'),
        Just(b'0'),
        Just(b'.'),
        Just(b'$')
    ];
    (
        proptest::collection::vec((any::<usize>(), byte), 1..4),
        proptest::option::of(any::<usize>()),
    )
}

fn damaged(text: &str, (changes, cut): &(Vec<(usize, u8)>, Option<usize>)) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    let length = bytes.len();
    for (place, byte) in changes {
        bytes[place % length] = *byte;
    }
    if let Some(cut) = cut {
        bytes.truncate(cut % length);
    }
    bytes
}

#[test]
fn a_damaged_body_is_refused_and_never_breaks_anything() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (router, raw) = runtime.block_on(async {
        let mut world = World::new();
        let identity = world.identity(CONSUMER);
        (
            world.party(PROVIDER).start().await.manager.router(),
            Raw::new(&world, identity),
        )
    });
    let caller = Caller::new(
        Arc::new(raw.identity.peer().clone()),
        Arc::new(raw.identity.chain()[0].clone()),
    );
    let content = contract(vec![with_property(
        connection(outway(&raw.identity), service(PROVIDER, "zaken-api", None)),
        "purpose_binding.connection",
        json!({ "purposes": [{ "activity": "bijstand-aanvraag", "operations": ["x"], "data": ["identiteit"] }] }),
    )]);
    let submission =
        json!({ "content": value_of(&content), "signature": raw.sign(&content, SignatureType::Accept) }).to_string();
    let form = format!(
        "grant_type=client_credentials&scope={}&client_id={CONSUMER}",
        content.grants()[0].hash()
    );
    let ask = |method: &str, path: &str, kind: &str, body: Vec<u8>| {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", kind)
            .header("fsc-manager-address", raw.address.as_str())
            .body(Body::from(body))
            .unwrap();
        request.extensions_mut().insert(caller.clone());
        runtime
            .block_on(router.clone().oneshot(request))
            .unwrap()
            .status()
    };
    let accept = format!("/v1/contracts/{}/accept", content.hash());
    proptest!(ProptestConfig::with_cases(300), |(damage in damage(), query in "[ -~]{0,40}")| {
        let fine = |status: StatusCode| status == 201 || status.is_client_error();
        prop_assert!(fine(ask("POST", "/v1/contracts", "application/json", damaged(&submission, &damage))));
        prop_assert!(fine(ask("PUT", &accept, "application/json", damaged(&submission, &damage))));
        prop_assert!(ask("POST", "/v1/token", "application/x-www-form-urlencoded", damaged(&form, &damage)) == 400);
        for list in ["contracts", "peers", "services", "logs"] {
            for name in ["cursor", "limit", "grant_hash", "peer_id", "service_name", "after"] {
                let query = form_urlencoded::Serializer::new(String::new()).append_pair(name, &query).finish();
                let status = ask("GET", &format!("/v1/{list}?{query}"), "", Vec::new());
                prop_assert!(status == 200 || status == 400, "{list} {query} {status}");
            }
        }
    });
}
