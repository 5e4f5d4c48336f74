use super::*;

#[test]
fn an_outway_takes_only_what_it_asked_for() {
    let case = Case::new(connection());
    let compact = issue(&case.claims(), &P256.identity).unwrap();
    let grant = &case.content.grants()[0];
    let wanted = Wanted {
        group_id: &case.group,
        issuer: &case.issuer,
        grant_hash: grant.hash(),
        service: grant.service_name(),
        certificate_thumbprint: &case.client.certificate_thumbprint,
    };
    let received = Received::read(&compact, &wanted).unwrap();
    assert_eq!(
        (&**received.compact(), &received.claims().aud),
        (compact.as_str(), &case.inway)
    );

    let other_group = GroupId::parse("other").unwrap();
    let other_peer = peer(DIRECTORY_PEER);
    let other_content = content(&[connection(), connection()]);
    let other_service = crate::ServiceName::parse("other").unwrap();
    let other_party = new_party(OUTWAY_PEER);
    let refused = |wanted: Wanted<'_>| Received::read(&compact, &wanted).unwrap_err();
    assert!(matches!(
        refused(Wanted {
            group_id: &other_group,
            ..wanted
        }),
        TokenError::WrongGroup { .. }
    ));
    assert_eq!(
        refused(Wanted {
            issuer: &other_peer,
            ..wanted
        }),
        TokenError::WrongIssuer
    );
    assert_eq!(
        refused(Wanted {
            grant_hash: other_content.grants()[0].hash(),
            ..wanted
        }),
        TokenError::NotWhatWasAsked { claim: "gth" }
    );
    assert_eq!(
        refused(Wanted {
            service: &other_service,
            ..wanted
        }),
        TokenError::NotWhatWasAsked { claim: "svc" }
    );
    let other_certificate = &other_party.identity.peer().certificate_thumbprint;
    assert_eq!(
        refused(Wanted {
            certificate_thumbprint: other_certificate,
            ..wanted
        }),
        TokenError::NotBound
    );
}
