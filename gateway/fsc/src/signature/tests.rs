use serde_json::json;
use sluis_certs::SignatureAlgorithm;

use super::*;
use crate::fixtures::*;

fn expected<'a>(content_hash: &'a ContentHash, peer_id: &'a PeerId) -> Expected<'a> {
    Expected {
        content_hash,
        signature_type: SignatureType::Accept,
        peer_id,
        id_attribute: Attribute::SerialNumber,
    }
}

#[test]
fn a_signature_holds_for_its_content_signer_and_type() {
    let content = content(&[connection()]);
    let service = peer(SERVICE_PEER);
    for party in [&RSA, &P256, &P384, &P521] {
        for kind in SignatureType::ALL {
            let compact = sign(content.hash(), kind, NOW, &party.identity).unwrap();
            assert!(compact.len() <= SIGNATURE_BYTES_MAX);
            let expected = Expected {
                signature_type: kind,
                ..expected(content.hash(), &service)
            };
            let signature = verify(&compact, party.certificate(), &expected).unwrap();
            assert_eq!((signature.signature_type, signature.signed_at), (kind, NOW));
            assert_eq!(signature.contract_content_hash, *content.hash());
        }
    }
}

#[test]
fn each_refusal_has_its_code() {
    let content = content(&[connection()]);
    let other = self::content(&[connection(), connection()]);
    let (service, outway) = (peer(SERVICE_PEER), peer(OUTWAY_PEER));
    let good = sign(content.hash(), SignatureType::Accept, NOW, &P256.identity).unwrap();
    let check = |compact: &str, expected: &Expected<'_>| {
        verify(compact, P256.certificate(), expected)
            .unwrap_err()
            .error_code()
    };
    let as_service = expected(content.hash(), &service);

    assert_eq!(
        check(&good, &expected(content.hash(), &outway)),
        ErrorCode::PeerIdSignatureMismatch
    );
    assert_eq!(
        check(&good, &expected(other.hash(), &service)),
        ErrorCode::SignatureContractContentHashMismatch
    );
    let revoke = Expected {
        signature_type: SignatureType::Revoke,
        ..as_service
    };
    assert_eq!(
        check(&good, &revoke),
        ErrorCode::SignatureVerificationFailed
    );
    assert_eq!(
        check("not a jws", &as_service),
        ErrorCode::SignatureVerificationFailed
    );
    assert_eq!(
        check(&"a".repeat(9_000), &as_service),
        ErrorCode::SignatureVerificationFailed
    );

    let ps256 = good.replacen(&good[..good.find('.').unwrap()], "eyJhbGciOiJQUzI1NiJ9", 1);
    assert_eq!(
        check(&ps256, &as_service),
        ErrorCode::UnknownAlgorithmSignature
    );

    let stolen = verify(
        &good,
        CLIENT.certificate(),
        &expected(content.hash(), &outway),
    );
    assert_eq!(stolen, Err(SignatureError::Jws(JwsError::OtherCertificate)));
    let unreadable = verify(&good, b"no certificate", &as_service).unwrap_err();
    assert!(matches!(unreadable, SignatureError::Certificate(_)));
}

#[test]
fn the_payload_is_read_strictly() {
    let content = content(&[connection()]);
    let service = peer(SERVICE_PEER);
    let grant_hash = content.grants()[0].hash().as_str().to_owned();
    let hash = content.hash().as_str();
    for (payload, code) in [
        (
            json!({ "type": "accept", "signed_at": 1 }),
            ErrorCode::SignatureVerificationFailed,
        ),
        (
            json!({ "contract_content_hash": hash, "type": "Accept", "signed_at": 1 }),
            ErrorCode::SignatureVerificationFailed,
        ),
        (
            json!({ "contract_content_hash": hash, "type": "accept", "signed_at": "1" }),
            ErrorCode::SignatureVerificationFailed,
        ),
        (
            json!({ "contract_content_hash": hash, "type": "accept" }),
            ErrorCode::SignatureVerificationFailed,
        ),
        (
            json!({ "contract_content_hash": grant_hash, "type": "accept", "signed_at": 1 }),
            ErrorCode::SignatureVerificationFailed,
        ),
        (
            json!({ "contract_content_hash": hash.replacen("$1$", "$2$", 1), "type": "accept", "signed_at": 1 }),
            ErrorCode::UnknownHashAlgorithmHash,
        ),
    ] {
        let compact = jws::sign_with(&payload, &P256.identity, SignatureAlgorithm::Es256).unwrap();
        let error = verify(
            &compact,
            P256.certificate(),
            &expected(content.hash(), &service),
        )
        .unwrap_err();
        assert_eq!(error.error_code(), code, "{payload}");
    }
    // A member that the standard does not name is no harm: nothing is hashed here.
    let more = json!({ "contract_content_hash": hash, "type": "accept", "signed_at": 1, "iat": 1 });
    let compact = jws::sign(&more, &P256.identity).unwrap();
    assert!(
        verify(
            &compact,
            P256.certificate(),
            &expected(content.hash(), &service)
        )
        .is_ok()
    );
}

#[test]
fn the_payload_has_the_members_of_the_standard() {
    let content = content(&[connection()]);
    let compact = sign(content.hash(), SignatureType::Reject, 7, &P256.identity).unwrap();
    let payload = jws::parse(&compact)
        .unwrap()
        .verify::<Value>(P256.certificate())
        .unwrap();
    assert_eq!(
        payload,
        json!({ "contract_content_hash": content.hash(), "type": "reject", "signed_at": 7 })
    );
}
