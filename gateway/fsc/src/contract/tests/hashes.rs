//! Vectors computed with another implementation: Python's hashlib.sha3_512 over hand-written RFC
//! 8785 text.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{contract::*, fixtures::*};

fn check(grants: &[Value], content_hash: &str, grant_hashes: &[&str]) {
    let content = content(grants);
    assert_eq!(content.hash().as_str(), content_hash);
    let found: Vec<&str> = content
        .grants()
        .iter()
        .map(|grant| grant.hash().as_str())
        .collect();
    assert_eq!(found, grant_hashes);
}

#[test]
fn a_connection() {
    check(
        &[connection()],
        "$1$1$NBW4xlGuVdjApUhkn9V_VlmznXB5LKSkKEkKfM-gvrHCGlf67I41zPDVJz78ceHRbTC0Vd0JpdsBzMsiWG2mUg",
        &[
            "$1$3$RhoLfOVzZHJbNQwYKFiKm7D9VdTKn4NWX2t_l2-bUrHmcfUHvxAYMtnelpus6Nd2q_ueuk4dn7a8pR6Qyb9YRQ",
        ],
    );
}

#[test]
fn empty_properties_are_hashed_when_they_were_received() {
    let mut grant = connection();
    grant["properties"] = json!({});
    check(
        &[grant],
        "$1$1$D2t_tiJyCrvio0CCC2sL6ck7gbw8ZXBrCR0JXzu7WmydEHACOwdJzEJVZ7hICwGWG1J7hjN9f0IKMgzKqNURlQ",
        &[
            "$1$3$5g8CqJK8dRUbr5-Js0OwiGE5Vb0q650_LclSPwYC21jDPdyGBc0dshfGFPqoS40DYyJtDQBuTMHFOFeML4ybxg",
        ],
    );
}

#[test]
fn a_service_type_that_was_left_out_stays_out_of_the_hash() {
    let mut grant = connection();
    grant["service"].as_object_mut().unwrap().remove("type");
    check(
        &[grant],
        "$1$1$wIuMW5GwmR0HEg05pspxFXE6FIOTtDkMjJCWrVwUQGEw4IbP7fWqqs_4jHTsiHbm5DN8Zbh0IuFbPGKabuOHIw",
        &[
            "$1$3$nkVMQLPcUlvomTTsubiZmpGC8OX26qng1ful9QM8Q-ddrxE0_to7GHsZAOgQkOqrXVimB_ikoeeJEdiyGbxqgw",
        ],
    );
}

#[test]
fn a_publication() {
    check(
        &[publication()],
        "$1$1$zWRXscZpHIimz7bA3CSKtcMxtEXypEBOEVMYRGZdzA8zuiowk1OCskhc0vW0OL9PR-t2KDA1rhunP0p42OUhxA",
        &[
            "$1$2$rM9T4lup9OoU22Qt0CuawgV2qH-Z3ZxwScRd2toCdsAhY1D4bp-f9qS0i3iLh6dy5R1kH7PA2D3oV5YiIsY7YA",
        ],
    );
}

#[test]
fn a_delegated_publication() {
    check(
        &[delegated_publication()],
        "$1$1$GTWVhkCeN5UwvefcbY3YG5Amm0xoxGvQprtFMUa5r9oswwvvJYK8MxIDwBCq6r1iUAX_tHZ9RKVl1md0yFE-YQ",
        &[
            "$1$5$iq1NZIjSRrw77uzuMIOrP_B0cZj5aG6bKCFADjczEoMWJTALwa5DH6mPs1qL-YbEYPT6iS_muP84KvPFhwoz9w",
        ],
    );
}

#[test]
fn a_delegated_connection_with_properties() {
    check(
        &[delegated_connection()],
        "$1$1$1uAUsLYJk7Wm6fK61OHXmaQS51G1dNhaV8r4zQ1fxapxgUI_3fbTWEA-Vn0EAFSR1F0stdD8JnO6ReOQpN4A3A",
        &[
            "$1$4$AN7ZLTzHjGdeyBUq82r8uOBWm3EjcsU8Ru-v3b4D-n8Ac8gmxPheTW4stCn0dpgjtXzHVNngiSb_zhqXKtEqXA",
        ],
    );
}

#[test]
fn two_grants_have_hashes_of_their_own() {
    check(
        &[connection(), delegated_connection()],
        "$1$1$YTrroFm1buLI-mLZYT2ps3yu3x290EuxEb6rHc1odYWa6LHUO64r-9OSjjqdnUQ7BjmDx7Xv45nuUoqWf-3gxQ",
        &[
            "$1$3$a8GmLbHoR03R-V1bVrx7NBRuHquIflEjcvmPd3AFubnVthrP4Szjmb2ZFNKhktoZ8jVsxEbLln6KHNUSwFhB1Q",
            "$1$4$gSg0UMJrpbhdTf1AJSnMDzefPpGqPhTN7YytqImfZm88PyAbmFiFw4j959l2YCcaoMn0qkV0gTLn-E-Zz9-OHw",
        ],
    );
}

#[test]
fn the_order_of_members_and_white_space_do_not_matter_and_the_order_of_grants_does() {
    let text = r#"{ "created_at":1767225600, "iv" : "019a7dea-9048-7c4d-9e66-4d3f75a18f58",
        "grants": [{"data":{"outway":{"identification":{
            "public_key_thumbprint":"3a56f2e9269ac63f0d4394c46b96539da1625b6a985d38029ff89f34e490960c",
            "type":"OUTWAY_IDENTIFICATION_TYPE_PUBLIC_KEY_THUMBPRINT"},"peer_id":"00000001002220647000"},
          "service":{"name":"zaken\u002dapi","type":"SERVICE_TYPE_SERVICE","peer_id":"00000001003214345000"},
          "type":"GRANT_TYPE_SERVICE_CONNECTION"}}],
        "validity":{"not_after":1.7987616e9,"not_before":1767225600.0}, "group_id":"test.example",
        "hash_algorithm":"HASH_ALGORITHM_SHA3_512", "fsc_version":"2.0.0" }"#;
    let other = Content::parse(text.as_bytes()).unwrap();
    assert_eq!(other, content(&[connection()]));
    assert_eq!(other.validity().not_after, 1_798_761_600);

    let one = content(&[connection(), delegated_connection()]);
    let two = content(&[delegated_connection(), connection()]);
    assert_ne!(one.hash(), two.hash());
}

fn any_properties() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-9_007_199_254_740_991_i64..=9_007_199_254_740_991).prop_map(Value::from),
        (-1e15..1e15).prop_map(Value::from),
        "[ -~é€😀\\n\"\\\\]{0,12}".prop_map(Value::from),
    ];
    let nested = leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            members(inner),
        ]
    });
    members(nested)
}

fn members(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    proptest::collection::btree_map("[a-z._é\u{FB33}\u{1F600}]{1,6}", value, 0..4)
        .prop_map(|members| Value::Object(members.into_iter().collect()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn writing_and_reading_again_keeps_content_and_hashes(properties in any_properties()) {
        let mut grant = connection();
        grant["properties"] = properties;
        let first = content(&[grant]);
        let stored = Content::parse(first.canonical_json().as_bytes()).unwrap();
        let sent: Content = serde_json::from_slice(&serde_json::to_vec(&first).unwrap()).unwrap();
        for again in [stored, sent] {
            prop_assert_eq!(again.hash(), first.hash());
            prop_assert_eq!(again.canonical_json(), first.canonical_json());
            prop_assert_eq!(again.grants(), first.grants());
        }
    }
}
