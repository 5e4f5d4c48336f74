use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header as OtherHeader, Validation};
use proptest::prelude::*;
use serde_json::json;
use sluis_certs::PublicKey;

use super::*;
use crate::fixtures::*;

fn encode(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

/// A JWS with this header text, rightly signed by the P-256 party.
fn signed(header: &str, payload: &str) -> String {
    let message = format!("{}.{}", encode(header), encode(payload));
    let key = P256.identity.signing_key();
    let signature = key
        .sign(SignatureAlgorithm::Es256, message.as_bytes())
        .unwrap();
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn header(alg: &str) -> String {
    let thumbprint = P256.identity.peer().certificate_thumbprint;
    json!({ "alg": alg, "x5t#S256": thumbprint }).to_string()
}

fn fitting() -> [(&'static Party, SignatureAlgorithm); 6] {
    [
        (&RSA, SignatureAlgorithm::Rs256),
        (&RSA, SignatureAlgorithm::Rs384),
        (&RSA, SignatureAlgorithm::Rs512),
        (&P256, SignatureAlgorithm::Es256),
        (&P384, SignatureAlgorithm::Es384),
        (&P521, SignatureAlgorithm::Es512),
    ]
}

#[test]
fn all_six_algorithms_sign_and_verify() {
    let claims = json!({ "a": [1, "é"] });
    for (party, algorithm) in fitting() {
        let compact = sign_with(&claims, &party.identity, algorithm).unwrap();
        let unverified = parse(&compact).unwrap();
        assert_eq!(unverified.algorithm(), algorithm);
        assert_eq!(
            *unverified.certificate_thumbprint(),
            party.identity.peer().certificate_thumbprint
        );
        assert_eq!(
            unverified.verify::<Value>(party.certificate()).unwrap(),
            claims
        );
    }
    let default = sign(&claims, &P384.identity).unwrap();
    assert_eq!(
        parse(&default).unwrap().algorithm(),
        SignatureAlgorithm::Es384
    );
}

#[test]
fn a_thumbprint_is_read_in_the_spellings_of_the_examples() {
    let thumbprint = P256.identity.peer().certificate_thumbprint;
    let plain = base64::engine::general_purpose::STANDARD.encode(thumbprint.as_bytes());
    for spelling in [plain.as_str(), plain.trim_end_matches('=')] {
        let header = json!({ "alg": "ES256", "x5t#S256": spelling }).to_string();
        let compact = signed(&header, "{}");
        let unverified = parse(&compact).unwrap();
        assert_eq!(*unverified.certificate_thumbprint(), thumbprint);
        assert!(unverified.verify_object(P256.certificate()).is_ok());
    }
    for other in [
        "",
        "=",
        "AAAA",
        &"A".repeat(44),
        &"!".repeat(43),
        &"é".repeat(43),
    ] {
        assert!(thumbprint_of(other).is_err(), "{other}");
    }
}

#[test]
fn a_token_does_not_show_in_debug_output() {
    let compact = sign(&json!({ "a": 1 }), &P256.identity).unwrap();
    let shown = format!("{:?}", parse(&compact).unwrap());
    assert!(compact.split('.').all(|part| !shown.contains(part)));
}

#[test]
fn a_key_signs_only_with_its_own_algorithms() {
    for party in [&RSA, &P256, &P384, &P521] {
        for algorithm in SignatureAlgorithm::ALL {
            let fits = fitting()
                .iter()
                .any(|(other, fit)| *fit == algorithm && std::ptr::eq(*other, &**party));
            let result = sign_with(&json!({}), &party.identity, algorithm);
            assert_eq!(result.is_ok(), fits, "{algorithm}");
        }
    }
}

#[test]
fn another_library_verifies_what_we_sign() {
    let claims = json!({ "a": 1 });
    for (party, algorithm) in fitting() {
        // jsonwebtoken does not know ES512.
        let Ok(theirs) = algorithm.as_str().parse::<Algorithm>() else {
            continue;
        };
        let key = match PublicKey::from_certificate(party.certificate()).unwrap() {
            PublicKey::Rsa { modulus, exponent } => {
                DecodingKey::from_rsa_raw_components(&modulus, &exponent)
            }
            PublicKey::Ec { x, y, .. } => DecodingKey::from_ec_components(
                &URL_SAFE_NO_PAD.encode(x),
                &URL_SAFE_NO_PAD.encode(y),
            )
            .unwrap(),
        };
        let mut validation = Validation::new(theirs);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        let compact = sign_with(&claims, &party.identity, algorithm).unwrap();
        let token = jsonwebtoken::decode::<Value>(&compact, &key, &validation).unwrap();
        assert_eq!(token.claims, claims);
        let thumbprint = party.identity.peer().certificate_thumbprint.to_string();
        assert_eq!(token.header.x5t_s256, Some(thumbprint));
    }
}

#[test]
fn we_verify_what_another_library_signs() {
    let mut tried = 0;
    for (party, algorithm) in fitting() {
        let Ok(theirs) = algorithm.as_str().parse::<Algorithm>() else {
            continue;
        };
        let key = match theirs {
            // The PKCS#1 key starts after the 26 bytes of the PKCS#8 wrapping of a 2048-bit key.
            Algorithm::RS256 | Algorithm::RS384 | Algorithm::RS512 => {
                EncodingKey::from_rsa_der(&party.pkcs8[26..])
            }
            _ => EncodingKey::from_ec_der(&party.pkcs8),
        };
        let mut header = OtherHeader::new(theirs);
        header.x5t_s256 = Some(party.identity.peer().certificate_thumbprint.to_string());
        let compact = jsonwebtoken::encode(&header, &json!({ "b": 2 }), &key).unwrap();
        let unverified = parse(&compact).unwrap();
        assert_eq!(
            unverified.verify::<Value>(party.certificate()).unwrap(),
            json!({ "b": 2 })
        );
        tried += 1;
    }
    assert_eq!(tried, 5);
}

#[test]
fn algorithms_outside_the_list_are_refused() {
    let listed = parse(&signed(&header("ES256"), "{}")).map(|jws| jws.algorithm());
    assert_eq!(listed.unwrap(), SignatureAlgorithm::Es256);
    for alg in [
        "none", "None", "", "HS256", "HS512", "PS256", "EdDSA", "es256", "ES256K", "RS1",
    ] {
        let compact = signed(&header(alg), "{}");
        assert_eq!(
            parse(&compact).unwrap_err(),
            JwsError::UnknownAlgorithm,
            "{alg}"
        );
        let unsigned = format!("{}.{}.", encode(&header(alg)), encode("{}"));
        assert_eq!(
            parse(&unsigned).unwrap_err(),
            JwsError::UnknownAlgorithm,
            "{alg}"
        );
    }
}

#[test]
fn an_algorithm_of_another_key_type_is_refused() {
    // RS256 named, ECDSA key in the certificate; and the curve of another algorithm.
    for alg in ["RS256", "ES384", "ES512"] {
        let compact = signed(&header(alg), "{}");
        let error = parse(&compact)
            .unwrap()
            .verify::<Value>(P256.certificate())
            .unwrap_err();
        assert!(
            matches!(error, JwsError::Signature(SignatureError::KeyDoesNotFit(_))),
            "{alg}"
        );
    }
    // The same RSA signature under another hash.
    let compact = sign_with(&json!({}), &RSA.identity, SignatureAlgorithm::Rs256).unwrap();
    let (_, rest) = compact.split_once('.').unwrap();
    let thumbprint = RSA.identity.peer().certificate_thumbprint;
    let other = json!({ "alg": "RS512", "typ": "JWT", "x5t#S256": thumbprint }).to_string();
    let compact = format!("{}.{rest}", encode(&other));
    let error = parse(&compact)
        .unwrap()
        .verify::<Value>(RSA.certificate())
        .unwrap_err();
    assert_eq!(error, JwsError::Signature(SignatureError::Wrong));
}

#[test]
fn the_header_must_be_plain() {
    let thumbprint = P256.identity.peer().certificate_thumbprint;
    for (header, error) in [
        (
            r#"{"alg":"ES256","alg":"ES256"}"#.to_owned(),
            JwsError::Header(JsonError::DuplicateMember("alg".into())),
        ),
        (
            format!(r#"{{"alg":"ES256","x5t#S256":"{thumbprint}","x5t#S256":"{thumbprint}"}}"#),
            JwsError::Header(JsonError::DuplicateMember("x5t#S256".into())),
        ),
        (
            format!(r#"{{"alg":"ES256","x5t#S256":"{thumbprint}","crit":["b64"],"b64":false}}"#),
            JwsError::CriticalExtension,
        ),
        (
            format!(r#"{{"alg":"ES256","x5t#S256":"{thumbprint}","crit":[]}}"#),
            JwsError::CriticalExtension,
        ),
        (r#"{"alg":"ES256"}"#.to_owned(), JwsError::NoThumbprint),
        (
            format!(r#"{{"alg":"ES256","x5t#S256":"{thumbprint}=="}}"#),
            JwsError::NoThumbprint,
        ),
        (
            format!(r#"{{"alg":"ES256","x5t#s256":"{thumbprint}"}}"#),
            JwsError::NoThumbprint,
        ),
        (
            format!(r#"{{"alg":["ES256"],"x5t#S256":"{thumbprint}"}}"#),
            JwsError::NoAlgorithm,
        ),
        (
            format!(r#"{{"x5t#S256":"{thumbprint}"}}"#),
            JwsError::NoAlgorithm,
        ),
        ("[]".to_owned(), JwsError::Header(JsonError::NotAnObject)),
        (
            format!(r#"{{"alg":"ES256","pad":"{}"}}"#, "x".repeat(5_000)),
            JwsError::Header(JsonError::TooLarge { bytes_max: 4_096 }),
        ),
    ] {
        assert_eq!(
            parse(&signed(&header, "{}")).unwrap_err(),
            error,
            "{header}"
        );
    }
    // Keys in the header are not looked at.
    let own_key = format!(
        r#"{{"alg":"ES256","x5t#S256":"{thumbprint}","x5c":["AAAA"],"jku":"https://evil.example"}}"#
    );
    let compact = signed(&own_key, r#"{"a":1}"#);
    assert!(
        parse(&compact)
            .unwrap()
            .verify::<Value>(P256.certificate())
            .is_ok()
    );
    assert_eq!(
        parse(&compact)
            .unwrap()
            .verify::<Value>(CLIENT.certificate()),
        Err(JwsError::OtherCertificate)
    );
}

#[test]
fn the_compact_form_has_one_spelling() {
    let good = sign(&json!({ "a": 1 }), &P256.identity).unwrap();
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let (header, payload) = signed.split_once('.').unwrap();
    for bad in [
        String::new(),
        "..".to_owned(),
        signed.to_owned(),
        format!("{good}.{signature}"),
        format!("{good}="),
        format!(" {good}"),
        format!("{good}\n"),
        format!("{header}=.{payload}.{signature}"),
        format!("{header}+.{payload}.{signature}"),
        format!("{{\"payload\":\"{payload}\"}}"),
    ] {
        let error = parse(&bad).unwrap_err();
        assert!(
            matches!(error, JwsError::Form | JwsError::Header(_)),
            "{bad}: {error}"
        );
    }
    let long = format!("{header}.{}.{signature}", "A".repeat(COMPACT_BYTES_MAX));
    assert_eq!(parse(&long).unwrap_err(), JwsError::TooLong);
}

#[test]
fn one_changed_character_breaks_the_signature() {
    let good = sign(&json!({ "amount": 1 }), &P256.identity).unwrap();
    let (head, rest) = good.split_once('.').unwrap();
    let (payload, signature) = rest.split_once('.').unwrap();
    let forged = format!("{head}.{}.{signature}", encode(r#"{"amount":2}"#));
    let error = parse(&forged)
        .unwrap()
        .verify::<Value>(P256.certificate())
        .unwrap_err();
    assert_eq!(error, JwsError::Signature(SignatureError::Wrong));
    let cut = format!("{head}.{payload}.{}", &signature[..signature.len() - 2]);
    let error = parse(&cut)
        .unwrap()
        .verify::<Value>(P256.certificate())
        .unwrap_err();
    assert_eq!(error, JwsError::Signature(SignatureError::Wrong));
}

#[test]
fn the_payload_is_a_strict_object_of_the_right_shape() {
    for (payload, error) in [
        (
            r#"{"a":1,"a":2}"#,
            JwsError::Payload(JsonError::DuplicateMember("a".into())),
        ),
        ("[1]", JwsError::Payload(JsonError::NotAnObject)),
        ("\"text\"", JwsError::Payload(JsonError::NotAnObject)),
    ] {
        let compact = signed(&header("ES256"), payload);
        let found = parse(&compact).unwrap().verify::<Value>(P256.certificate());
        assert_eq!(found.unwrap_err(), error);
    }
    let compact = signed(&header("ES256"), r#"{"a":"999993653"}"#);
    let found = parse(&compact)
        .unwrap()
        .verify::<std::collections::BTreeMap<String, u8>>(P256.certificate());
    assert_eq!(found.unwrap_err(), JwsError::PayloadShape);
    assert_eq!(
        sign(&json!([1]), &P256.identity),
        Err(JwsError::PayloadShape)
    );
    let large = json!({ "a": "x".repeat(COMPACT_BYTES_MAX) });
    assert_eq!(sign(&large, &P256.identity), Err(JwsError::TooLong));
    let almost = json!({ "a": "x".repeat(COMPACT_BYTES_MAX * 3 / 4) });
    assert_eq!(sign(&almost, &P256.identity), Err(JwsError::TooLong));
}

proptest! {
    #[test]
    fn parsing_never_panics(text in "[A-Za-z0-9_.=-]{0,200}", free in "\\PC{0,60}") {
        let _ = parse(&text);
        let _ = parse(&free);
    }

    #[test]
    fn any_header_text_is_survived(text in "\\PC{0,80}") {
        let _ = parse(&format!("{}.e30.AAAA", encode(&text)));
    }
}
