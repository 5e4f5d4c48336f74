use serde_json::Value;

use crate::{contract::*, error::ErrorCode, fixtures::*};

#[test]
fn publications_stand_only_beside_their_own_kind() {
    let kinds: [fn() -> Value; 4] = [
        publication,
        delegated_publication,
        connection,
        delegated_connection,
    ];
    for (first, one) in kinds.iter().enumerate() {
        for (second, other) in kinds.iter().enumerate() {
            let text = content_json(&[one(), other()]).to_string();
            let result = Content::parse(text.as_bytes());
            let allowed = first == second || (first >= 2 && second >= 2);
            if allowed {
                assert!(result.is_ok(), "{first} {second}");
            } else {
                let error = result.unwrap_err();
                assert_eq!(error, ContractError::GrantCombination);
                assert_eq!(
                    error.error_code(),
                    Some(ErrorCode::GrantCombinationNotAllowed)
                );
            }
        }
    }
}
