use crate::{GroupId, contract::*, error::ErrorCode, fixtures::*};

fn rules(group_id: &GroupId, now_unix_seconds: i64) -> Rules<'_> {
    Rules {
        group_id,
        now_unix_seconds,
        clock_skew_seconds: 5,
    }
}

#[test]
fn group_and_time_are_checked() {
    let (own, content) = (group(), content(&[connection()]));
    let created = content.created_at();
    let end = content.validity().not_after;
    assert_eq!(content.validate(&rules(&own, NOW)), Ok(()));
    assert_eq!(content.validate(&rules(&own, created - 5)), Ok(()));
    assert_eq!(
        content.validate(&rules(&own, created - 6)),
        Err(ContractError::CreatedInFuture { ahead_seconds: 6 })
    );
    assert_eq!(content.validate(&rules(&own, end - 1)), Ok(()));
    assert_eq!(
        content.validate(&rules(&own, end)),
        Err(ContractError::AlreadyExpired)
    );

    let other = GroupId::parse("other").unwrap();
    let error = content.validate(&rules(&other, NOW)).unwrap_err();
    assert_eq!(error.error_code(), Some(ErrorCode::IncorrectGroupId));
}

#[test]
fn the_end_lies_after_the_beginning() {
    for (not_before, not_after, allowed) in [(10, 11, true), (10, 10, false), (11, 10, false)] {
        let mut json = content_json(&[connection()]);
        json["validity"]["not_before"] = not_before.into();
        json["validity"]["not_after"] = not_after.into();
        let result = Content::parse(json.to_string().as_bytes());
        assert_eq!(result.is_ok(), allowed);
        if !allowed {
            assert_eq!(result.unwrap_err(), ContractError::ValidityOrder);
        }
    }
}

#[test]
fn codes_are_given_where_the_standard_has_one() {
    assert_eq!(
        ContractError::UnknownFscVersion.error_code(),
        Some(ErrorCode::UnknownFscVersion)
    );
    assert_eq!(
        ContractError::UnknownHashAlgorithm.error_code(),
        Some(ErrorCode::UnknownHashAlgorithmHash)
    );
    assert_eq!(ContractError::NoGrants.error_code(), None);
}
