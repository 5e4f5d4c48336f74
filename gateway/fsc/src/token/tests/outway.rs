use super::*;

#[test]
fn an_outway_takes_only_what_it_asked_for() {
    let case = Case::new(connection());
    let compact = issue(&case.claims(), &P256.identity).unwrap();
    let wanted = Wanted {
        group_id: &case.group,
        grant: &case.content.grants()[0],
        client: &case.client,
    };
    let received = Received::read(&compact, &wanted).unwrap();
    assert_eq!(
        (&**received.compact(), &received.claims().aud),
        (compact.as_str(), &case.inway)
    );

    let other_group = GroupId::parse("other").unwrap();
    let wrong_group = Wanted {
        group_id: &other_group,
        ..wanted
    };
    assert!(matches!(
        Received::read(&compact, &wrong_group),
        Err(TokenError::WrongGroup { .. })
    ));
    let other_content = content(&[connection(), connection()]);
    let other_grant = Wanted {
        grant: &other_content.grants()[0],
        ..wanted
    };
    let error = Received::read(&compact, &other_grant).unwrap_err();
    assert_eq!(error, TokenError::NotTheGrant { claim: "gth" });
    let other_party = new_party(OUTWAY_PEER);
    let other_certificate = Wanted {
        client: other_party.identity.peer(),
        ..wanted
    };
    let error = Received::read(&compact, &other_certificate).unwrap_err();
    assert_eq!(error, TokenError::NotBound);
}

#[test]
fn what_a_token_says_beside_its_grant_is_what_the_grant_says() {
    let case = Case::new(delegated_connection());
    let grant = &case.content.grants()[0];
    let held = |change: &dyn Fn(&mut Claims)| {
        let mut claims = case.claims();
        change(&mut claims);
        claims.parties_under(grant, &client())
    };
    let parties = held(&|_| ()).unwrap();
    assert_eq!(
        (parties.connection_delegator, parties.publication_delegator),
        (
            Some(peer(CONNECTION_DELEGATOR)),
            Some(peer(PUBLICATION_DELEGATOR))
        )
    );
    let stranger = peer(DIRECTORY_PEER);
    let not_the_grant = |claim| Err(TokenError::NotTheGrant { claim });
    assert_eq!(
        held(&|claims| claims.svc = crate::ServiceName::parse("other").unwrap()),
        not_the_grant("svc")
    );
    assert_eq!(
        held(&|claims| claims.iss = stranger.clone()),
        Err(TokenError::WrongIssuer)
    );
    assert_eq!(
        held(&|claims| claims.sub = stranger.clone()),
        Err(TokenError::OtherPeer)
    );
    // One that hides on whose behalf it is, and one that names another.
    for act in [None, Some(stranger.clone())] {
        assert_eq!(
            held(&|claims| claims.act.clone_from(&act)),
            not_the_grant("act")
        );
    }
    for pdi in [None, Some(stranger.clone())] {
        assert_eq!(
            held(&|claims| claims.pdi.clone_from(&pdi)),
            not_the_grant("pdi")
        );
    }
    let other = content(&[delegated_connection(), connection()]);
    assert_eq!(
        case.claims().parties_under(&other.grants()[0], &client()),
        not_the_grant("gth")
    );
    assert_eq!(
        case.claims().parties_under(grant, &stranger),
        Err(TokenError::OtherPeer)
    );
}
