use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{error::ErrorCode, jws};

#[test]
fn each_refusal_at_the_inway_is_typed_and_has_its_code() {
    let case = Case::new(connection());
    let good = issue(&case.claims(), &P256.identity).unwrap();
    let own = group();

    let stranger = issue(&case.claims(), &new_party(SERVICE_PEER).identity).unwrap();
    assert_eq!(
        verify(&stranger, &signers(), &own),
        Err(TokenError::UnknownSigner)
    );

    let issued_by = Claims {
        iss: peer(DIRECTORY_PEER),
        ..case.claims()
    };
    let issued_by = issue(&issued_by, &P256.identity).unwrap();
    assert_eq!(
        verify(&issued_by, &signers(), &own),
        Err(TokenError::WrongIssuer)
    );

    let error = verify(&good, &signers(), &GroupId::parse("other").unwrap()).unwrap_err();
    assert_eq!(
        (error.error_code(), error.error_code().http_status()),
        (ErrorCode::WrongGroupIdInToken, 403)
    );

    let (head, tail) = good.rsplit_once('.').unwrap();
    let error = verify(
        &format!("{head}.{}", tail.chars().rev().collect::<String>()),
        &signers(),
        &own,
    );
    assert!(matches!(error, Err(TokenError::Jws(_))));

    let claims = verify(&good, &signers(), &own).unwrap();
    let other = new_party(OUTWAY_PEER);
    let error = check_binding(&claims, &other.identity.peer().certificate_thumbprint).unwrap_err();
    assert_eq!(
        (error.clone(), error.error_code()),
        (TokenError::NotBound, ErrorCode::AccessTokenInvalid)
    );
    assert_eq!(
        claims.parties(&peer(DIRECTORY_PEER)),
        Err(TokenError::OtherPeer)
    );
    let elsewhere = Address::parse("https://inway-2.example").unwrap();
    assert_eq!(
        check_audience(&claims, &[elsewhere]),
        Err(TokenError::WrongAudience)
    );
    assert_eq!(check_audience(&claims, &[]), Err(TokenError::WrongAudience));
}

#[test]
fn time_is_checked_to_the_second() {
    let claims = Case::new(connection()).claims();
    let end = NOW + LIFETIME;
    assert_eq!(check_times(&claims, end - 1, 0), Ok(()));
    assert_eq!(
        check_times(&claims, end, 0),
        Err(TokenError::Expired { ago_seconds: 0 })
    );
    assert_eq!(check_times(&claims, end + 4, 5), Ok(()));
    let expired = check_times(&claims, end + 5, 5).unwrap_err();
    assert_eq!(expired.error_code(), ErrorCode::AccessTokenExpired);
    assert_eq!(check_times(&claims, NOW, 0), Ok(()));
    assert_eq!(
        check_times(&claims, NOW - 1, 0),
        Err(TokenError::NotYetValid { ahead_seconds: 1 })
    );
    assert_eq!(check_times(&claims, NOW - 5, 5), Ok(()));
    assert!(
        check_times(&claims, i64::MIN, 5).is_err() && check_times(&claims, i64::MAX, 5).is_err()
    );
}

#[test]
fn every_claim_is_needed_and_has_its_form() {
    let payload = serde_json::to_value(Case::new(delegated_connection()).claims()).unwrap();
    let verdict = |payload: &Value| {
        let compact = jws::sign(payload, &P256.identity).unwrap();
        verify(&compact, &signers(), &group())
    };
    assert!(verdict(&payload).is_ok());
    for claim in [
        "gth", "gid", "sub", "iss", "svc", "aud", "exp", "nbf", "cnf",
    ] {
        let mut less = payload.clone();
        less.as_object_mut().unwrap().remove(claim);
        let text = verdict(&less).unwrap_err().to_string();
        assert!(text.contains(&format!("{claim} is missing")), "{text}");
    }
    for optional in ["act", "pdi", "prp", "add"] {
        let mut less = payload.clone();
        less.as_object_mut().unwrap().remove(optional);
        assert!(verdict(&less).is_ok(), "{optional}");
    }
    for (pointer, value) in [
        ("/gth", json!(content(&[publication()]).grants()[0].hash())),
        ("/gth", json!(content(&[connection()]).hash())),
        ("/gid", json!("")),
        ("/sub", json!(7)),
        ("/aud", json!(["https://inway.example"])),
        ("/aud", json!("http://inway.example")),
        ("/exp", json!(1.5)),
        ("/exp", json!(-1)),
        ("/nbf", json!("0")),
        ("/cnf", json!("x")),
        (
            "/cnf/x5t#S256",
            json!("DpAyDYakmVAQ4oOJC3UYLRk/ONRCqMj00TeGJemMiL"),
        ),
        ("/act", json!({})),
        ("/act", json!(OUTWAY_PEER)),
        ("/pdi", json!(null)),
        ("/prp", json!([])),
        ("/add", json!("")),
    ] {
        let mut changed = payload.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        let error = verdict(&changed).unwrap_err();
        assert!(matches!(error, TokenError::Claims(_)), "{pointer}: {error}");
        assert_eq!(error.error_code(), ErrorCode::AccessTokenInvalid);
    }
    let mut more = payload;
    more["iat"] = json!(1);
    assert!(verdict(&more).is_ok());
}

#[test]
fn the_header_holds_one_token() {
    assert_eq!(bearer(Some("Bearer a.b.c")), Ok("a.b.c"));
    assert_eq!(bearer(Some("bearer  a.b.c ")), Ok("a.b.c"));
    assert_eq!(bearer(Some("a.b.c")), Ok("a.b.c"));
    for missing in [None, Some(""), Some("  "), Some("Bearer"), Some("Bearer ")] {
        let error = bearer(missing).unwrap_err();
        assert_eq!(
            error.error_code(),
            ErrorCode::AccessTokenMissing,
            "{missing:?}"
        );
        assert_eq!(error.error_code().www_authenticate(), Some("Bearer"));
    }
    for other in [
        "Basic eDp5",
        "Bearer a.b.c, Bearer d.e.f",
        "Bearer a.b.c d.e.f",
    ] {
        assert_eq!(bearer(Some(other)), Err(TokenError::NotBearer), "{other}");
    }
}

#[test]
fn only_our_own_certificates_count() {
    let own = peer(SERVICE_PEER);
    let mixed = SigningCertificates::new(
        &own,
        Attribute::SerialNumber,
        [P256.certificate(), CLIENT.certificate()],
    );
    assert_eq!(mixed.unwrap_err(), TokenError::WrongIssuer);
    assert!(SigningCertificates::new(&own, Attribute::SerialNumber, [&b"x"[..]]).is_err());
    assert_eq!(
        SigningCertificates::new(&own, Attribute::SerialNumber, [])
            .unwrap()
            .peer_id(),
        &own
    );
}

proptest! {
    #[test]
    fn reading_never_panics(text in "\\PC{0,120}") {
        let _ = verify(&text, &SigningCertificates::new(&peer(SERVICE_PEER), Attribute::SerialNumber, []).unwrap(), &group());
        let _ = bearer(Some(&text));
    }
}
