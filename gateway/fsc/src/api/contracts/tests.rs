//! Pages of contracts: what may be submitted may be listed, and no entry spoils the others.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{contract::Signatures, fixtures::*};

fn with_properties(properties: Value) -> Content {
    let mut grant = connection();
    grant["properties"] = properties;
    content(&[grant])
}

/// A value with this many arrays in each other.
fn nested(levels: usize) -> Value {
    (0..levels).fold(json!(0), |inside, _| json!([inside]))
}

fn page_of(entries: &[String]) -> ContractsPage {
    let entries = entries.join(",");
    let page = format!(r#"{{"contracts":[{entries}],"pagination":{{"next_cursor":"next"}}}}"#);
    ContractsPage::parse(page.as_bytes()).unwrap()
}

fn entry(content: &Content) -> String {
    let signatures = Signatures::default();
    let contract = Contract {
        content: content.clone(),
        signatures,
    };
    serde_json::to_string(&contract).unwrap()
}

#[test]
fn one_contract_that_is_large_or_deep_does_not_spoil_a_page() {
    let plain = content(&[connection()]);
    // An object in which 120 arrays stand in each other: more levels on a page than in a submission.
    let deep = with_properties(json!({ "p": nested(120) }));
    let many = with_properties(json!({ "p": vec![0; 60_000] }));
    let long = || {
        let mut grant = connection();
        grant["properties"] = json!({ "p": "x".repeat(999_000) });
        content(&vec![grant; 6])
    };
    let listed = [plain.clone(), deep, many.clone(), many, long(), long()];
    let read = page_of(&listed.each_ref().map(entry));
    assert_eq!(read.refused, []);
    let contents: Vec<Content> = read.contracts.into_iter().map(|one| one.content).collect();
    assert!(contents == listed);

    let twice = r#"{"content":{"iv":1,"iv":1},"signatures":{}}"#.to_owned();
    let too_deep = format!(r#"{{"content":{}}}"#, nested(127));
    let too_deep = too_deep.replace('0', &nested(127).to_string());
    let too_many = format!(r#"{{"content":[{}0]}}"#, "0,".repeat(100_000));
    let refused = [twice, too_deep, too_many, "7".to_owned(), entry(&plain)];
    let read = page_of(&refused);
    assert_eq!((read.refused.len(), read.contracts.len()), (4, 1));
    assert_eq!(read.pagination.next_cursor, "next");

    let many = entry(&with_properties(json!({ "p": vec![0; 99_000] })));
    let read = page_of(&vec![many; 26]);
    assert_eq!((read.refused.len(), read.contracts.len()), (1, 25));
}

#[test]
fn content_that_is_nested_too_deep_is_not_submitted() {
    // Content, grants, grant, data and properties are five levels.
    for (levels, fits) in [(95, true), (96, false)] {
        let content = with_properties(json!({ "p": nested(levels) }));
        let body = json!({ "content": content, "signature": "a.b.c" }).to_string();
        let submitted = SubmitContract::parse(body.as_bytes());
        assert_eq!(submitted.is_ok(), fits, "{levels}");
        let error = submitted.err();
        assert!(error.is_none_or(|error| error == ContractError::TooDeep));
    }
}

fn any_properties() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<i32>().prop_map(Value::from),
        "[a-zé\u{1}\"]{0,8}".prop_map(Value::from),
        (1..3_usize).prop_map(|parts| json!(vec![0; parts * 40_000])),
        (80..110_usize).prop_map(nested),
    ];
    let inside = leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[a-z]{0,4}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    });
    inside.prop_map(|inside| json!({ "p": inside }))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn whatever_is_submitted_can_be_listed_among_others(
        properties in proptest::collection::vec(any_properties(), 1..5),
    ) {
        let mut submitted = vec![content(&[connection()])];
        for properties in properties {
            let mut grant = connection();
            grant["properties"] = properties;
            let body = json!({ "content": content_json(&[grant]), "signature": "a.b.c" });
            if let Ok(one) = SubmitContract::parse(body.to_string().as_bytes()) {
                submitted.push(one.content);
            }
        }
        let entries: Vec<String> = submitted.iter().map(entry).collect();
        let read = page_of(&entries);
        prop_assert_eq!(read.refused, []);
        let listed: Vec<Content> = read.contracts.into_iter().map(|one| one.content).collect();
        prop_assert!(listed == submitted);
    }
}
