use serde_json::{Value, json};

use super::*;
use crate::{
    api::TokenErrorCode,
    contract::Validity,
    grant::NotTheOutway,
    jws,
    log::{Destination, Direction, LogRecord, Source, TransactionId},
};

#[test]
fn a_token_is_issued_and_verified_with_every_kind_of_key() {
    let case = Case::new(connection());
    let claims = case.claims();
    for party in [&RSA, &P256, &P384, &P521] {
        let compact = issue(&claims, &party.identity).unwrap();
        let verified = verify(&compact, &signers(), &group()).unwrap();
        assert_eq!(verified, claims);
        check_times(&verified, NOW, 0).unwrap();
        check_binding(&verified, &CLIENT.identity.peer().certificate_thumbprint).unwrap();
        check_audience(&verified, std::slice::from_ref(&case.inway)).unwrap();
        assert_eq!(verified.parties(&client()).unwrap().outway, client());
    }
}

#[test]
fn the_payload_has_the_claims_of_the_standard() {
    let case = Case::new(connection());
    let compact = issue(&case.claims(), &P256.identity).unwrap();
    let payload = jws::parse(&compact)
        .unwrap()
        .verify::<Value>(P256.certificate())
        .unwrap();
    assert_eq!(
        payload,
        json!({
            "gth": case.content.grants()[0].hash(), "gid": "test.example", "sub": OUTWAY_PEER, "iss": SERVICE_PEER,
            "svc": "zaken-api", "aud": "https://inway.example:443", "exp": NOW + LIFETIME, "nbf": NOW,
            "cnf": { "x5t#S256": CLIENT.identity.peer().certificate_thumbprint }, "add": {}
        })
    );
}

#[test]
fn delegation_and_properties_reach_the_token_in_either_reading() {
    for (actor_claim, sub, act) in [
        (ActorClaim::Delegator, OUTWAY_PEER, CONNECTION_DELEGATOR),
        (ActorClaim::Outway, CONNECTION_DELEGATOR, OUTWAY_PEER),
    ] {
        let case = Case {
            actor_claim,
            ..Case::new(delegated_connection())
        };
        let compact = issue(&case.claims(), &P256.identity).unwrap();
        let payload = jws::parse(&compact)
            .unwrap()
            .verify::<Value>(P256.certificate())
            .unwrap();
        assert_eq!(
            (&payload["sub"], &payload["act"]),
            (&json!(sub), &json!({ "sub": act }))
        );
        assert_eq!(payload["pdi"], json!(PUBLICATION_DELEGATOR));
        assert_eq!(payload["prp"], delegated_connection()["properties"]);

        let claims = verify(&compact, &signers(), &group()).unwrap();
        let parties = claims.parties(&client()).unwrap();
        assert_eq!(
            parties,
            Parties {
                outway: client(),
                connection_delegator: Some(peer(CONNECTION_DELEGATOR)),
                service: peer(SERVICE_PEER),
                publication_delegator: Some(peer(PUBLICATION_DELEGATOR)),
            }
        );
        assert_eq!(
            claims.parties(&peer(SERVICE_PEER)),
            Err(TokenError::OtherPeer)
        );

        let id: TransactionId =
            serde_json::from_str("\"019a7dea-9048-7c4d-9e66-4d3f75a18f58\"").unwrap();
        let record = LogRecord::of(&claims, &parties, Direction::Incoming, id, NOW);
        assert_eq!(
            record.source,
            Source::DelegatedSource {
                outway_peer_id: client(),
                delegator_peer_id: peer(CONNECTION_DELEGATOR)
            }
        );
        assert_eq!(
            record.destination,
            Destination::DelegatedDestination {
                service_peer_id: peer(SERVICE_PEER),
                delegator_peer_id: peer(PUBLICATION_DELEGATOR)
            }
        );
        assert_eq!(
            (&record.grant_hash, &record.service_name),
            (&claims.gth, &claims.svc)
        );
    }
}

#[test]
fn a_token_lives_no_longer_than_the_contract() {
    let case = Case::new(connection());
    let Validity {
        not_before,
        not_after,
    } = case.content.validity();
    let claims_at = |now_unix_seconds| {
        Claims::for_grant(&Grounds {
            now_unix_seconds,
            ..case.grounds()
        })
    };
    assert_eq!(claims_at(not_after - LIFETIME).unwrap().exp, not_after);
    assert_eq!(claims_at(not_after - 1).unwrap().exp, not_after);
    assert_eq!(claims_at(not_after + 1), Err(IssueError::OutsidePeriod));
    assert_eq!(claims_at(not_before - 1), Err(IssueError::OutsidePeriod));
}

#[test]
fn nobody_else_gets_a_token() {
    let refused = |case: &Case| Claims::for_grant(&case.grounds()).unwrap_err();

    let other_service = Case {
        issuer: peer(DIRECTORY_PEER),
        ..Case::new(connection())
    };
    assert_eq!(refused(&other_service), IssueError::OtherServicePeer);

    let publication = Case {
        content: content(&[publication()]),
        ..Case::new(connection())
    };
    assert_eq!(refused(&publication), IssueError::NotAConnection);

    let other_peer = Case {
        client: new_party("00000001009999999000").identity.peer().clone(),
        ..Case::new(connection())
    };
    assert_eq!(
        refused(&other_peer),
        IssueError::NotTheOutway(NotTheOutway::OtherPeer)
    );
    assert_eq!(
        refused(&other_peer).token_error_code(),
        TokenErrorCode::UnauthorizedClient
    );

    let other_key = Case {
        client: new_party(OUTWAY_PEER).identity.peer().clone(),
        ..Case::new(connection())
    };
    assert_eq!(
        refused(&other_key),
        IssueError::NotTheOutway(NotTheOutway::OtherKey)
    );

    let mut by_domain = Case::new(delegated_connection());
    assert!(Claims::for_grant(&by_domain.grounds()).is_ok());
    by_domain.client.dns_names = vec!["OUTWAY.example.NL".into()];
    assert!(Claims::for_grant(&by_domain.grounds()).is_ok());
    by_domain.client.dns_names = vec![
        "*.example.nl".into(),
        "outway.example.nl.evil.example".into(),
    ];
    assert_eq!(
        refused(&by_domain),
        IssueError::NotTheOutway(NotTheOutway::OtherDomainName)
    );
}

#[test]
fn properties_too_large_for_a_header_are_refused_when_issuing() {
    let mut grant = connection();
    grant["properties"] = json!({ "x": "y".repeat(60_000) });
    let claims = Case::new(grant).claims();
    assert_eq!(issue(&claims, &P256.identity), Err(jws::JwsError::TooLong));
}
