use serde_json::{Value, json};

use crate::{contract::*, fixtures::*};

fn parse(value: &Value) -> Result<Content, ContractError> {
    Content::parse(value.to_string().as_bytes())
}

#[test]
fn grants_and_properties_are_limited() {
    assert_eq!(parse(&content_json(&[])), Err(ContractError::NoGrants));
    let many = |count: usize| vec![connection(); count];
    assert_eq!(parse(&content_json(&many(10))).unwrap().grants().len(), 10);
    assert_eq!(
        parse(&content_json(&many(11))),
        Err(ContractError::TooManyGrants { count: 11 })
    );

    let sized = |bytes: usize| {
        let mut grant = connection();
        // {"p":"..."} is eight bytes more than the text.
        grant["properties"] = json!({ "p": "x".repeat(bytes - 8) });
        content_json(&[connection(), grant])
    };
    assert!(parse(&sized(PROPERTIES_BYTES_MAX)).is_ok());
    assert_eq!(
        parse(&sized(PROPERTIES_BYTES_MAX + 1)),
        Err(ContractError::PropertiesTooLarge { index: 1 })
    );
}
