use crate::{contract::*, fixtures::*, grant::*};

#[test]
fn a_draft_becomes_the_content_that_was_meant() {
    for received in [
        content(&[connection(), delegated_connection()]),
        content(&[publication()]),
        content(&[delegated_publication()]),
    ] {
        let draft = Draft {
            iv: received.iv(),
            group_id: received.group_id().clone(),
            validity: received.validity(),
            grants: received
                .grants()
                .iter()
                .map(|grant| grant.data().clone())
                .collect(),
            created_at: received.created_at(),
        };
        assert_eq!(Content::new(&draft).unwrap(), received);
    }
}

#[test]
fn a_draft_leaves_empty_properties_out_and_is_held_to_the_same_rules() {
    let received = content(&[connection()]);
    let GrantData::ServiceConnection {
        outway, service, ..
    } = received.grants()[0].data().clone()
    else {
        panic!("a connection");
    };
    let grant = GrantData::ServiceConnection {
        outway,
        service,
        properties: Some(Properties::new()),
    };
    let mut draft = Draft {
        iv: received.iv(),
        group_id: group(),
        validity: received.validity(),
        grants: vec![grant],
        created_at: received.created_at(),
    };
    assert_eq!(Content::new(&draft).unwrap(), received);
    draft.validity.not_after = draft.validity.not_before;
    assert_eq!(Content::new(&draft), Err(ContractError::ValidityOrder));
    draft.grants.clear();
    draft.validity = received.validity();
    assert_eq!(Content::new(&draft), Err(ContractError::NoGrants));
}
