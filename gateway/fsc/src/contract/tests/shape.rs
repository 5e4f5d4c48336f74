use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{JsonError, ShapeError, contract::*, fixtures::*, grant::*};

fn parse(value: &Value) -> Result<Content, ContractError> {
    Content::parse(value.to_string().as_bytes())
}

/// The content with one connection in which the value at a JSON pointer is replaced or removed.
fn with(grant: Value, pointer: &str, replacement: Option<Value>) -> Value {
    let mut content = content_json(&[grant]);
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = content
        .pointer_mut(parent)
        .unwrap()
        .as_object_mut()
        .unwrap();
    match replacement {
        Some(value) => parent.insert(name.to_owned(), value),
        None => parent.remove(name),
    };
    content
}

fn place(error: ContractError) -> String {
    match error {
        ContractError::Shape(ShapeError::Missing { path }) => format!("missing {path}"),
        ContractError::Shape(ShapeError::Unknown { path }) => format!("unknown {path}"),
        ContractError::Shape(ShapeError::WrongType { path, .. }) => format!("type {path}"),
        ContractError::Shape(ShapeError::Invalid { path, .. }) => format!("invalid {path}"),
        other => format!("{other:?}"),
    }
}

#[test]
fn every_member_is_required_and_every_unknown_one_refused() {
    for grant in [
        connection(),
        delegated_connection(),
        publication(),
        delegated_publication(),
    ] {
        let whole = content_json(&[grant]);
        let mut pointers = Vec::new();
        collect("", &whole, &mut pointers);
        for pointer in pointers {
            let in_properties = pointer.contains("/properties");
            let mut extended = whole.clone();
            let object = extended.pointer_mut(&pointer).unwrap();
            object
                .as_object_mut()
                .unwrap()
                .insert("extra".into(), json!(1));
            let error = parse(&extended).map_err(place);
            if in_properties {
                assert!(error.is_ok(), "{pointer}");
            } else {
                let path = error.unwrap_err();
                assert!(
                    path.starts_with("unknown ") && path.ends_with("extra"),
                    "{pointer}: {path}"
                );
            }
            let names: Vec<String> = whole
                .pointer(&pointer)
                .unwrap()
                .as_object()
                .unwrap()
                .keys()
                .cloned()
                .collect();
            for name in names.iter().filter(|_| !in_properties) {
                let mut reduced = whole.clone();
                reduced
                    .pointer_mut(&pointer)
                    .unwrap()
                    .as_object_mut()
                    .unwrap()
                    .remove(name);
                let result = parse(&reduced).map_err(place);
                match (pointer.as_str(), name.as_str()) {
                    (_, "properties") => assert!(result.is_ok()),
                    ("", "fsc_version") => assert_eq!(result.unwrap_err(), "UnknownFscVersion"),
                    ("/grants/0/data/service", "type")
                        if whole.pointer("/grants/0/data/service/delegator").is_none() =>
                    {
                        assert!(result.is_ok());
                    }
                    ("/grants/0/data/service", "type") => {
                        assert_eq!(result.unwrap_err(), "missing grants[0].data.service.type");
                    }
                    _ => {
                        let path = result.unwrap_err();
                        assert!(
                            path.starts_with("missing ") && path.ends_with(name),
                            "{pointer} {name}: {path}"
                        );
                    }
                }
            }
        }
    }
}

fn collect(pointer: &str, value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            found.push(pointer.to_owned());
            members
                .iter()
                .for_each(|(name, inner)| collect(&format!("{pointer}/{name}"), inner, found));
        }
        Value::Array(list) => {
            list.iter()
                .enumerate()
                .for_each(|(index, inner)| collect(&format!("{pointer}/{index}"), inner, found));
        }
        _ => {}
    }
}

#[test]
fn each_value_has_its_form() {
    let data = "/grants/0/data";
    for (pointer, value, error) in [
        (
            "/iv".to_owned(),
            json!("019a7dea90487c4d9e664d3f75a18f58"),
            "invalid iv",
        ),
        (
            "/iv".to_owned(),
            json!("019a7dea-9048-7c4d-9e66-4d3f75a18f5g"),
            "invalid iv",
        ),
        ("/iv".to_owned(), json!(7), "type iv"),
        (
            "/group_id".to_owned(),
            json!("not a group"),
            "invalid group_id",
        ),
        ("/created_at".to_owned(), json!(-1), "type created_at"),
        ("/created_at".to_owned(), json!(1.5), "type created_at"),
        (
            "/created_at".to_owned(),
            json!("1767225600"),
            "type created_at",
        ),
        ("/validity".to_owned(), json!([]), "type validity"),
        (
            "/validity/not_after".to_owned(),
            json!(null),
            "type validity.not_after",
        ),
        ("/grants".to_owned(), json!({}), "type grants"),
        (
            "/grants/0/data".to_owned(),
            json!("x"),
            "type grants[0].data",
        ),
        (
            format!("{data}/type"),
            json!("GRANT_TYPE_PEER_REGISTRATION"),
            "invalid grants[0].data.type",
        ),
        (
            format!("{data}/service/name"),
            json!("a b"),
            "invalid grants[0].data.service.name",
        ),
        (
            format!("{data}/service/peer_id"),
            json!("12"),
            "invalid grants[0].data.service.peer_id",
        ),
        (
            format!("{data}/service/type"),
            json!("SERVICE"),
            "invalid grants[0].data.service.type",
        ),
        (
            format!("{data}/service/type"),
            json!("SERVICE_TYPE_DELEGATED_SERVICE"),
            "missing grants[0].data.service.delegator",
        ),
        (
            format!("{data}/outway/peer_id"),
            json!("é€é€"),
            "invalid grants[0].data.outway.peer_id",
        ),
        (
            format!("{data}/outway/identification/type"),
            json!("X"),
            "invalid grants[0].data.outway.identification.type",
        ),
        (
            format!("{data}/outway/identification/public_key_thumbprint"),
            json!("3A56".repeat(16)),
            "invalid grants[0].data.outway.identification.public_key_thumbprint",
        ),
        (
            format!("{data}/outway/identification/public_key_thumbprint"),
            json!("3a56"),
            "invalid grants[0].data.outway.identification.public_key_thumbprint",
        ),
        (
            format!("{data}/properties"),
            json!(null),
            "type grants[0].data.properties",
        ),
        (
            format!("{data}/properties"),
            json!([]),
            "type grants[0].data.properties",
        ),
        (
            "/fsc_version".to_owned(),
            json!("1.0.0"),
            "UnknownFscVersion",
        ),
        ("/fsc_version".to_owned(), json!(2), "UnknownFscVersion"),
        (
            "/hash_algorithm".to_owned(),
            json!("HASH_ALGORITHM_SHA2"),
            "UnknownHashAlgorithm",
        ),
    ] {
        let changed = with(connection(), &pointer, Some(value));
        assert_eq!(
            parse(&changed).map_err(place).unwrap_err(),
            error,
            "{pointer}"
        );
    }
    for name in ["-a.nl", "a..nl", "*.example.nl", "a.nl.", &"a".repeat(64)] {
        let pointer = format!("{data}/outway/identification/domain_name");
        let changed = with(delegated_connection(), &pointer, Some(json!(name)));
        assert!(
            place(parse(&changed).unwrap_err()).ends_with("domain_name"),
            "{name}"
        );
    }
    let changed = with(
        publication(),
        &format!("{data}/service/protocol"),
        Some(json!("PROTOCOL_TCP_HTTP_3")),
    );
    assert_eq!(
        place(parse(&changed).unwrap_err()),
        "invalid grants[0].data.service.protocol"
    );
}

#[test]
fn no_error_repeats_a_value() {
    for pointer in [
        "/iv",
        "/group_id",
        "/grants/0/data/service/name",
        "/grants/0/data/service/peer_id",
        "/grants/0/data/type",
    ] {
        let changed = with(connection(), pointer, Some(json!("9999 93653 ü")));
        let text = parse(&changed).unwrap_err().to_string();
        assert!(!text.contains("93653"), "{text}");
    }
    let extended = with(connection(), "/999993653", Some(json!(1)));
    assert!(
        !parse(&extended)
            .unwrap_err()
            .to_string()
            .contains("999993653")
    );
}

#[test]
fn json_must_be_strict_in_the_free_part_too() {
    let text = content_json(&[delegated_connection()]).to_string();
    for (from, to, error) in [
        (
            r#""n":["#,
            r#""n":1,"n":["#,
            JsonError::DuplicateMember("n".into()),
        ),
        ("-2", "-9007199254740993", JsonError::NumberOutOfRange),
        ("bijstand-aanvraag", "\u{FDD0}", JsonError::Noncharacter),
    ] {
        assert!(text.contains(from));
        let changed = text.replace(from, to);
        assert_eq!(
            Content::parse(changed.as_bytes()),
            Err(ContractError::Json(error)),
            "{to}"
        );
    }
}

#[test]
fn typed_values_say_what_the_json_says() {
    let content = content(&[delegated_connection()]);
    let grant = &content.grants()[0];
    assert_eq!(grant.grant_type(), GrantType::DelegatedServiceConnection);
    assert_eq!(grant.service_peer().as_str(), SERVICE_PEER);
    assert_eq!(grant.service_name().as_str(), "zaken-api");
    assert_eq!(
        grant.connection_delegator(),
        Some(&peer(CONNECTION_DELEGATOR))
    );
    assert_eq!(
        grant.publication_delegator(),
        Some(&peer(PUBLICATION_DELEGATOR))
    );
    assert_eq!(grant.properties().unwrap()["n"], json!([1, -2, true, null]));
    assert_eq!((grant.directory(), grant.protocol()), (None, None));
    let outway = grant.outway().unwrap();
    assert!(
        matches!(&outway.identification, OutwayIdentification::DomainName(name) if name.as_str() == "outway.example.nl")
    );
    assert_eq!(content.grant(grant.hash()), Some(grant));
    assert_eq!(content.peers().len(), 4);
    assert!(content.names(&peer(OUTWAY_PEER)) && !content.names(&peer(DIRECTORY_PEER)));

    let published = Content::parse(
        content_json(&[delegated_publication()])
            .to_string()
            .as_bytes(),
    )
    .unwrap();
    let grant = &published.grants()[0];
    assert_eq!(grant.directory(), Some(&peer(DIRECTORY_PEER)));
    assert_eq!(grant.protocol(), Some(Protocol::Http2));
    assert_eq!(
        grant.publication_delegator(),
        Some(&peer(PUBLICATION_DELEGATOR))
    );
    assert!(grant.outway().is_none() && grant.connection_delegator().is_none());
}

proptest! {
    #[test]
    fn reading_never_panics(text in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Content::parse(&text);
        let _ = Contract::parse(&text);
    }

    #[test]
    fn a_damaged_contract_never_panics(position in 0_usize..600, byte in any::<u8>()) {
        let mut text = content_json(&[delegated_connection()]).to_string().into_bytes();
        if let Some(place) = text.get_mut(position) {
            *place = byte;
        }
        let _ = Content::parse(&text);
    }
}
