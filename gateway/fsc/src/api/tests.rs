use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use sluis_certs::{
    Identity,
    dev_pki::{DevPki, DevPkiOptions, KeyType, LeafOptions},
};

use super::*;
use crate::{
    GrantHash, JsonError,
    contract::{Contract, ContractError, Signatures},
    fixtures::*,
    grant::GrantType,
    json::read_as,
};

#[test]
fn a_submission_is_read_strictly_inside_the_content() {
    let body = json!({ "content": content_json(&[connection()]), "signature": "a.b.c" });
    let submitted = SubmitContract::parse(body.to_string().as_bytes()).unwrap();
    assert_eq!(submitted.content, content(&[connection()]));
    assert_eq!(submitted.signature, "a.b.c");
    let sent = serde_json::to_vec(&submitted).unwrap();
    assert_eq!(SubmitContract::parse(&sent).unwrap(), submitted);

    let mut beside = body.clone();
    beside["comment"] = json!("ignored");
    assert!(SubmitContract::parse(beside.to_string().as_bytes()).is_ok());
    let mut inside = body.clone();
    inside["content"]["comment"] = json!("hashed");
    let error = SubmitContract::parse(inside.to_string().as_bytes()).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("content.comment is not a member"),
        "{error}"
    );
    for member in ["content", "signature"] {
        let mut less = body.clone();
        less.as_object_mut().unwrap().remove(member);
        assert!(matches!(
            SubmitContract::parse(less.to_string().as_bytes()),
            Err(ContractError::Shape(_))
        ));
    }
    assert_eq!(
        SubmitContract::parse(b"[]"),
        Err(ContractError::Json(JsonError::NotAnObject))
    );
    let twice = br#"{"signature":"a","signature":"b"}"#;
    assert_eq!(
        SubmitContract::parse(twice),
        Err(ContractError::Json(JsonError::DuplicateMember(
            "signature".into()
        )))
    );
}

#[test]
fn one_contract_of_an_older_version_does_not_spoil_a_page() {
    let good = Contract {
        content: content(&[connection()]),
        signatures: Signatures::default(),
    };
    let mut page = serde_json::to_value(ContractsPage {
        contracts: vec![good.clone()],
        pagination: Pagination {
            next_cursor: "next".into(),
        },
        refused: Vec::new(),
    })
    .unwrap();
    assert_eq!(page.as_object().unwrap().len(), 2);
    let mut old = page["contracts"][0].clone();
    old["content"]
        .as_object_mut()
        .unwrap()
        .remove("fsc_version");
    page["contracts"].as_array_mut().unwrap().insert(0, old);
    let read = ContractsPage::parse(page.to_string().as_bytes()).unwrap();
    assert_eq!(
        (read.contracts, read.refused),
        (vec![good], vec![ContractError::UnknownFscVersion])
    );
    assert_eq!(read.pagination.next_cursor, "next");

    let bare = ContractsPage::parse(br#"{"contracts":[]}"#).unwrap();
    assert_eq!(bare, ContractsPage::default());
    assert!(ContractsPage::parse(b"{}").is_err());
    assert!(ContractsPage::parse(br#"{"contracts":{}}"#).is_err());
    assert!(ContractsPage::parse(br#"{"contracts":[],"contracts":[]}"#).is_err());
}

#[test]
fn queries_are_read_and_written() {
    let hash = content(&[connection()]).grants()[0].hash().clone();
    let query = ContractsQuery::from_pairs([
        ("grant_hash", hash.as_str()),
        ("grant_type", "GRANT_TYPE_SERVICE_CONNECTION"),
    ])
    .unwrap();
    assert_eq!(
        (query.grant_type, query.grant_hashes.as_slice()),
        (Some(GrantType::ServiceConnection), &[hash][..])
    );
    assert!(
        query
            .to_query()
            .contains("grant_type=GRANT_TYPE_SERVICE_CONNECTION&grant_hash=%241%243%24")
    );
    assert!(ContractsQuery::from_pairs([("grant_type", "X")]).is_err());

    let peers = PeersQuery::from_pairs([("peer_id", "abc,def"), ("peer_name", "gem")]).unwrap();
    assert_eq!(peers.peer_ids, [peer("abc"), peer("def")]);
    assert_eq!(
        peers.to_query(),
        "limit=100&sort_order=SORT_ORDER_DESCENDING&peer_name=gem&peer_id=abc%2Cdef"
    );
    assert!(PeersQuery::from_pairs([("peer_id", "ab")]).is_err());

    let services =
        ServicesQuery::from_pairs([("peer_id", "abc"), ("service_name", "zaak"), ("limit", "5")])
            .unwrap();
    assert_eq!(
        services.to_query(),
        "limit=5&sort_order=SORT_ORDER_DESCENDING&peer_id=abc&service_name=zaak"
    );
    assert_eq!(PageRequest::first(0).limit, 1);
    assert_eq!(PageRequest::first(9_999).limit, LIMIT_MAX);
}

#[test]
fn lists_have_the_form_of_the_standard() {
    let peer_json = json!({ "id": SERVICE_PEER, "name": "Gemeente Voorbeeld", "manager_address": "https://manager.example:8443" });
    let services = json!({
        "services": [
            { "data": { "type": "SERVICE_TYPE_SERVICE", "peer": peer_json, "name": "zaken-api", "protocol": "PROTOCOL_TCP_HTTP_1.1" } },
            { "data": {
                "type": "SERVICE_TYPE_DELEGATED_SERVICE", "peer": peer_json, "name": "zaken-api", "protocol": "PROTOCOL_TCP_HTTP_2",
                "delegator": { "peer_id": PUBLICATION_DELEGATOR, "peer_name": "Gemeente Nieuwstad" }, "properties": { "a": 1 }
            } }
        ],
        "pagination": { "next_cursor": "" }
    });
    let page: ServicesPage = read_as(services.to_string().as_bytes(), 10_000).unwrap();
    assert_eq!(serde_json::to_value(&page).unwrap(), services);

    let peers = json!({ "peers": [peer_json], "pagination": { "next_cursor": "x" } });
    let page: PeersPage = read_as(peers.to_string().as_bytes(), 10_000).unwrap();
    assert_eq!(serde_json::to_value(&page).unwrap(), peers);

    let info = json!({
        "peer_id": SERVICE_PEER, "peer_name": "Gemeente Voorbeeld", "fsc_version": "2.0.0",
        "enabled_extensions": { "EXTENSION_TRANSACTION_LOGGING": "1.1.0" }
    });
    let read: PeerInfo = read_as(info.to_string().as_bytes(), 10_000).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), info);
    assert_eq!(read_as::<PeerInfo>(b"{}", 10), Err(JsonError::OtherShape));
}

fn token_error(pairs: &[(&str, &str)]) -> TokenErrorCode {
    TokenRequest::from_pairs(pairs.iter().copied())
        .unwrap_err()
        .error
}

#[test]
fn a_token_request_is_a_form() {
    let hash: GrantHash = content(&[connection()]).grants()[0].hash().clone();
    let scope = hash.as_str();
    let whole = [
        ("grant_type", "client_credentials"),
        ("scope", scope),
        ("client_id", OUTWAY_PEER),
    ];
    let request = TokenRequest::from_pairs(whole).unwrap();
    assert_eq!(
        (&request.grant_hash, request.client_id.as_str()),
        (&hash, OUTWAY_PEER)
    );
    let form = request.to_form();
    assert!(form.starts_with("grant_type=client_credentials&scope=%241%243%24"));
    assert!(form.ends_with("&client_id=00000001002220647000"));
    let more: Vec<_> = whole.into_iter().chain([("resource", "x")]).collect();
    assert!(TokenRequest::from_pairs(more).is_ok());

    for left_out in 0..3 {
        let mut less = whole.to_vec();
        less.remove(left_out);
        assert_eq!(token_error(&less), TokenErrorCode::InvalidRequest);
        let mut empty = whole.to_vec();
        empty[left_out].1 = "";
        assert_eq!(token_error(&empty), TokenErrorCode::InvalidRequest);
        let mut twice = whole.to_vec();
        twice.push(whole[left_out]);
        assert_eq!(token_error(&twice), TokenErrorCode::InvalidRequest);
    }
    for (place, value, code) in [
        (
            0,
            "authorization_code",
            TokenErrorCode::UnsupportedGrantType,
        ),
        (1, "zaken-api", TokenErrorCode::InvalidScope),
        (
            1,
            content(&[connection()]).hash().as_str(),
            TokenErrorCode::InvalidScope,
        ),
        (2, "no peer", TokenErrorCode::InvalidClient),
    ] {
        let mut changed = whole.to_vec();
        changed[place].1 = value;
        assert_eq!(token_error(&changed), code, "{value}");
    }
}

#[test]
fn token_answers_have_the_form_of_oauth() {
    let answer = TokenResponse::new("a.b.c".into());
    assert_eq!(
        serde_json::to_string(&answer).unwrap(),
        r#"{"access_token":"a.b.c","token_type":"bearer"}"#
    );
    assert!(!format!("{answer:?}").contains("a.b.c"));
    let read: TokenResponse = read_as(
        br#"{"access_token":"a.b.c","token_type":"Bearer","expires_in":60}"#,
        100,
    )
    .unwrap();
    assert_eq!(read, answer);
    assert!(
        read_as::<TokenResponse>(br#"{"access_token":"a.b.c","token_type":"mac"}"#, 100).is_err()
    );

    let body = TokenErrorBody::new(TokenErrorCode::InvalidGrant, "the contract was revoked");
    assert_eq!(
        serde_json::to_string(&body).unwrap(),
        r#"{"error":"invalid_grant","error_description":"the contract was revoked"}"#
    );
    for code in [
        TokenErrorCode::InvalidRequest,
        TokenErrorCode::InvalidClient,
        TokenErrorCode::InvalidGrant,
        TokenErrorCode::InvalidScope,
        TokenErrorCode::UnauthorizedClient,
        TokenErrorCode::UnsupportedGrantType,
    ] {
        let body: TokenErrorBody =
            serde_json::from_value(json!({ "error": code.as_str() })).unwrap();
        assert_eq!((body.error, body.error_description), (code, None));
    }
}

#[test]
fn a_key_set_holds_the_chain_without_its_root() {
    let options = DevPkiOptions {
        key_type: KeyType::EcdsaP256,
        now_unix_seconds: NOW,
        crl_valid_seconds: 3_600,
    };
    let mut pki = DevPki::create(&options).unwrap();
    let leaf = pki
        .issue(&LeafOptions::new(
            SERVICE_PEER,
            "Gemeente Voorbeeld",
            &["zaken.example"],
            NOW,
        ))
        .unwrap();
    let with_root = format!("{}{}", leaf.chain_pem, pki.anchors_pem());
    for pem in [&leaf.chain_pem, &with_root] {
        let identity = Identity::from_pem(pem.as_bytes(), leaf.key_pem.as_bytes()).unwrap();
        let jwks = Jwks::of([&identity]).unwrap();
        let x5c = &jwks.keys[0].x5c;
        assert_eq!(x5c.len(), 3);
        assert!(
            x5c.iter()
                .zip(identity.chain())
                .all(|(text, der)| STANDARD.decode(text).unwrap() == **der)
        );

        let text = serde_json::to_vec(&jwks).unwrap();
        let read = Jwks::parse(&text).unwrap();
        assert_eq!(read, jwks);
        let chain = read.chain(&identity.peer().certificate_thumbprint).unwrap();
        assert_eq!(chain.len(), 3);
        assert_eq!(chain[0], *identity.chain()[0]);
        assert_eq!(
            read.chain(&CLIENT.identity.peer().certificate_thumbprint),
            None
        );
    }
}

#[test]
fn keys_are_written_as_rfc_7518_says() {
    let jwks = Jwks::of([&RSA, &P256, &P384, &P521].map(|party| &party.identity)).unwrap();
    let json = serde_json::to_value(&jwks).unwrap();
    let length = |key: usize, member: &str| json["keys"][key][member].as_str().map(str::len);
    assert_eq!(
        (&json["keys"][0]["kty"], &json["keys"][0]["e"]),
        (&json!("RSA"), &json!("AQAB"))
    );
    assert_eq!((length(0, "n"), length(0, "x")), (Some(342), None));
    for (key, curve, alg, characters) in [
        (1, "P-256", "ES256", 43),
        (2, "P-384", "ES384", 64),
        (3, "P-521", "ES512", 88),
    ] {
        assert_eq!(json["keys"][key]["kty"], "EC");
        assert_eq!(json["keys"][key]["crv"], curve);
        assert_eq!(json["keys"][key]["alg"], alg);
        assert_eq!(
            (length(key, "x"), length(key, "y")),
            (Some(characters), Some(characters))
        );
        assert_eq!(json["keys"][key]["use"], "sig");
        assert_eq!(json["keys"][key]["kid"], json["keys"][key]["x5t#S256"]);
        // A self-signed leaf is published all the same.
        assert_eq!(json["keys"][key]["x5c"].as_array().unwrap().len(), 1);
    }
}

#[test]
fn another_peers_key_set_is_read_with_care() {
    let good = serde_json::to_value(Jwk::of(&P256.identity).unwrap()).unwrap();
    let thumbprint = P256.identity.peer().certificate_thumbprint;
    let find = |keys: Vec<Value>| {
        Jwks::parse(json!({ "keys": keys }).to_string().as_bytes())
            .unwrap()
            .chain(&thumbprint)
    };
    // A key that is nothing, one of another kind, and one that lies about its certificate.
    let mut liar = serde_json::to_value(Jwk::of(&CLIENT.identity).unwrap()).unwrap();
    liar["x5t#S256"] = json!(thumbprint);
    liar["kid"] = json!(thumbprint);
    let others = vec![
        json!(7),
        json!({ "kty": "OKP", "x": "AAAA" }),
        json!({ "kty": "EC", "x5c": ["!"] }),
        liar,
    ];
    assert_eq!(find(others.clone()), None);
    let mut keys = others;
    keys.push(good.clone());
    assert_eq!(find(keys).unwrap(), [P256.certificate().to_vec()]);

    let mut long = good.clone();
    long["x5c"] = json!(vec![good["x5c"][0].clone(); 9]);
    assert_eq!(find(vec![long]), None);
    assert!(Jwks::parse(json!({ "keys": vec![good; 101] }).to_string().as_bytes()).is_err());
    assert!(Jwks::parse(b"{}").is_err());
    assert!(Jwks::parse(br#"{"keys":[],"keys":[]}"#).is_err());
}

#[test]
fn header_names_are_lower_case() {
    for name in [
        headers::FSC_AUTHORIZATION,
        headers::FSC_ERROR_CODE,
        headers::FSC_GRANT_HASH,
        headers::FSC_MANAGER_ADDRESS,
        headers::FSC_TRANSACTION_ID,
    ] {
        assert!(
            name.starts_with("fsc-")
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        );
    }
}
