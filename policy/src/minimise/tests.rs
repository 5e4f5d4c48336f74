//! The answer filter against a simple filter over a tree, and by example.

mod persons;

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::capture::Capture;
use crate::field::{Field, Owner};
use crate::operation::{OperationInner, SubjectRule};
use crate::pointer::{Pointer, Segment};
use crate::{Answer, GroupSet, Operation};

/// A release of group 0 of an operation with these fields; `None` may always pass.
fn release(fields: &[(&str, Option<usize>)], subjects: &[&str]) -> Release {
    let pointers = |texts: &[&str]| -> Vec<Pointer> {
        texts
            .iter()
            .map(|text| Pointer::parse(text).unwrap())
            .collect()
    };
    let places = pointers(&fields.iter().map(|(text, _)| *text).collect::<Vec<_>>());
    let owners = fields
        .iter()
        .map(|(_, group)| group.map_or(Owner::Always, Owner::Group));
    let (tree, conflicts) = Field::tree(places.iter().zip(owners));
    assert_eq!(conflicts, [], "the fields are in each other's way");
    let inner = OperationInner {
        set: Arc::from("sha256:test"),
        index: 1,
        service: Arc::from("service"),
        name: Arc::from("operation"),
        method: Arc::from("GET"),
        path_template: Arc::from("/"),
        conditions: Vec::new(),
        subjects: Some(SubjectRule {
            kind: Arc::from("bsn"),
            request: Vec::new(),
            answer: Capture::new(&pointers(subjects)),
        }),
        list: None,
        request: Capture::default(),
        group_names: [Arc::from("released"), Arc::from("withheld")].into(),
        groups: GroupSet::only(0).union(GroupSet::only(1)),
        fields: tree,
        errors: DEFAULT_ERROR_MEMBERS.map(Arc::from).to_vec(),
        answer: Answer::Filter,
    };
    Release {
        operation: Operation(Arc::new(inner)),
        groups: GroupSet::only(0),
        subjects_max: None,
        subjects_asked: 0,
    }
}

fn persons() -> Release {
    let fields = [
        ("/personen/*/naam", Some(0)),
        ("/personen/*/burgerservicenummer", Some(1)),
        ("/personen/*/adres/straat", Some(0)),
        ("/personen/*/adres/land", Some(1)),
        ("/type", None),
    ];
    release(
        &fields,
        &["/personen/*/burgerservicenummer", "/personen/*/naam/bsn"],
    )
}

fn filtered(release: &Release, answer: &str) -> (String, Vec<(String, u32, bool)>) {
    let minimised = release.minimise(answer.as_bytes()).unwrap();
    let lines = minimised
        .dropped
        .iter()
        .map(|line| (line.path.to_string(), line.count, line.unclassified))
        .collect();
    (String::from_utf8(minimised.body).unwrap(), lines)
}

#[test]
fn a_gateway_says_why_and_nothing_else() {
    let error = r#"{"message":"x","domain":"ERROR_DOMAIN_INWAY","code":"E","detail":"999993653","persoon":{"naam":"y"}}"#;
    let passed = Release::minimise_gateway_error(error.as_bytes()).unwrap();
    assert_eq!(
        std::str::from_utf8(&passed).unwrap(),
        r#"{"message":"x","domain":"ERROR_DOMAIN_INWAY","code":"E"}"#
    );
    assert!(Release::minimise_gateway_error(b"<html>").is_err());
}

#[test]
fn the_digits_of_a_transaction_id_are_no_bsn() {
    let passed = |id: &str| {
        let error = format!(r#"{{"transaction_id":"{id}"}}"#);
        Release::minimise_gateway_error(error.as_bytes()).unwrap() == error.as_bytes()
    };
    assert!(passed("01a204be-d0be-7e17-8096-8c79926174d4"));
    assert!(passed("99999365-0000-7000-8000-999993653000"));
    for other in [
        "01a204bed0be7e1780968c79926174d4",
        "01a204be 999993653 7e17-8096-8c79926",
    ] {
        assert!(!passed(other), "{other}");
    }
}

#[test]
fn keeps_what_is_released_byte_for_byte() {
    let answer = r#" { "type" : "R\u0061adpleeg", "personen":[ {"naam": { "x" :1.0e+02 ,"y":[ 1 , 2 ]}, "burgerservicenummer":"999993653"},
        {"n\u0061am":12345678901234567890.10} ], "meta":{"a":1} } "#;
    let (body, dropped) = filtered(&persons(), answer);
    assert_eq!(
        body,
        r#"{"type":"R\u0061adpleeg","personen":[{"naam":{ "x" :1.0e+02 ,"y":[ 1 , 2 ]}},{"n\u0061am":12345678901234567890.10}]}"#
    );
    assert_eq!(
        dropped,
        [
            ("/personen/*/burgerservicenummer".into(), 1, false),
            ("/meta".into(), 1, true)
        ]
    );
}

#[test]
fn objects_and_lists_on_the_way_stay() {
    for (answer, expected) in [
        ("{}", "{}"),
        (r#"{"personen":[]}"#, r#"{"personen":[]}"#),
        (r#"{"personen":null}"#, r#"{"personen":null}"#),
        (
            r#"{"personen":[{},null,{"x":1}]}"#,
            r#"{"personen":[{},null,{}]}"#,
        ),
        (
            r#"{"personen":[{"adres":{"land":1}}]}"#,
            r#"{"personen":[{"adres":{}}]}"#,
        ),
    ] {
        assert_eq!(filtered(&persons(), answer).0, expected);
    }
}

#[test]
fn another_shape_than_described_is_left_out() {
    for (answer, expected, path) in [
        (
            r#"{"personen":{"naam":1},"type":2}"#,
            r#"{"type":2}"#,
            "/personen",
        ),
        (
            r#"{"type":2,"personen":"naam"}"#,
            r#"{"type":2}"#,
            "/personen",
        ),
        (
            r#"{"personen":[1,{"naam":2},[3]]}"#,
            r#"{"personen":[{"naam":2}]}"#,
            "/personen/*",
        ),
        (
            r#"{"personen":[{"adres":"Dorpsstraat","naam":2}]}"#,
            r#"{"personen":[{"naam":2}]}"#,
            "/personen/*/adres",
        ),
        ("[1]", "null", ""),
        ("\"x\"", "null", ""),
    ] {
        let (body, dropped) = filtered(&persons(), answer);
        assert_eq!(
            (body.as_str(), dropped[0].0.as_str(), dropped[0].2),
            (expected, path, true)
        );
    }
}

#[test]
fn names_that_nobody_knows_are_not_repeated() {
    let (body, dropped) = filtered(
        &persons(),
        r#"{"personen":[{"999993653":1,"Jan Jansen":2,"nationaliteit":3}]}"#,
    );
    assert_eq!(body, r#"{"personen":[{}]}"#);
    assert_eq!(
        dropped,
        [
            ("/personen/*/(not shown)".into(), 2, true),
            ("/personen/*/nationaliteit".into(), 1, true)
        ]
    );
}

#[test]
fn the_list_of_what_is_left_out_is_bounded() {
    let members: Vec<String> = (0..100).map(|index| format!("\"m{index}\":0")).collect();
    let minimised = persons()
        .minimise(format!("{{{}}}", members.join(",")).as_bytes())
        .unwrap();
    assert_eq!(
        (minimised.dropped.len(), minimised.dropped_more),
        (Release::DROPPED_MAX, 36)
    );
}

#[test]
fn what_cannot_be_read_with_certainty_is_refused() {
    let refuse = |answer: &[u8]| persons().minimise(answer).unwrap_err();
    assert!(matches!(
        refuse(b"{"),
        MinimiseError::NotJson { offset: 1, .. }
    ));
    assert!(matches!(
        refuse(b"<html>"),
        MinimiseError::NotJson { offset: 0, .. }
    ));
    assert!(matches!(
        refuse(b"{\"a\":\"\xff\"}"),
        MinimiseError::NotUtf8 { offset: 6 }
    ));
    assert!(matches!(
        refuse(br#"{"x":{"a":1,"a":2}}"#),
        MinimiseError::DuplicateMember { offset: 12 }
    ));
    assert!(matches!(
        refuse(br#"{"type":{"a":1,"\u0061":2}}"#),
        MinimiseError::DuplicateMember { .. }
    ));
    assert!(matches!(refuse(br#"{}{}"#), MinimiseError::NotJson { .. }));
    assert_eq!(persons().minimise(b"").unwrap(), Minimised::default());
}

#[test]
fn an_error_answer_keeps_only_what_is_harmless() {
    let minimise = |body: &str| {
        persons()
            .minimise_error_answer(body.as_bytes())
            .map(|body| String::from_utf8(body).unwrap())
    };
    let body = r#"{"type":"https://example.nl/404","title":"Niet gevonden","status":404,"detail":"persoon 999993653","instance":"/personen/999993653","code":"notFound"}"#;
    let kept = r#"{"type":"https://example.nl/404","title":"Niet gevonden","status":404,"code":"notFound"}"#;
    assert_eq!(minimise(body).unwrap(), kept);
    let hidden = r#"{"title":"persoon 99999\u0033653","status":999993653,"type":["999993653"],"code":["\u0039"]}"#;
    assert_eq!(minimise(hidden).unwrap(), "{}");
    assert_eq!(minimise("").unwrap(), "");
    assert!(
        minimise("[]").is_err()
            && minimise("oops").is_err()
            && minimise(r#"{"title":1,"title":2}"#).is_err()
    );
}

/// What the filter should do, written the slow way: over a tree, with a list of pointers.
fn simple(value: &Value, at: &[Segment], fields: &[(Pointer, bool)]) -> Option<Value> {
    if let Some((_, released)) = fields.iter().find(|(pointer, _)| pointer.segments() == at) {
        return released.then(|| value.clone());
    }
    let below = fields
        .iter()
        .find(|(pointer, released)| *released && pointer.segments().starts_with(at))?;
    let step = |segment: Segment| [at, &[segment]].concat();
    match (&below.0.segments()[at.len()], value) {
        (_, Value::Null) => Some(Value::Null),
        (Segment::Each, Value::Array(elements)) => {
            let at = step(Segment::Each);
            Some(
                elements
                    .iter()
                    .filter_map(|element| simple(element, &at, fields))
                    .collect(),
            )
        }
        (Segment::Member(_), Value::Object(members)) => {
            let kept = members.iter().filter_map(|(name, member)| {
                Some((
                    name.clone(),
                    simple(
                        member,
                        &step(Segment::Member(Arc::from(name.as_str()))),
                        fields,
                    )?,
                ))
            });
            Some(Value::Object(kept.collect()))
        }
        _ => None,
    }
}

/// Every text in a document.
fn texts<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(elements) => elements.iter().for_each(|element| texts(element, found)),
        Value::Object(members) => members.values().for_each(|member| texts(member, found)),
        _ => {}
    }
}

/// Replaces every plain value by a text that says where it stands.
fn marked(value: &Value, at: &str) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::Array(elements) => elements
            .iter()
            .map(|element| marked(element, &format!("{at}/*")))
            .collect(),
        Value::Object(members) => {
            let member = |(name, member): (&String, &Value)| {
                (name.clone(), marked(member, &format!("{at}/{name}")))
            };
            Value::Object(members.iter().map(member).collect())
        }
        _ => Value::from(at),
    }
}

fn document() -> impl Strategy<Value = Value> {
    let plain = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-z\\\\\"\u{e9}/]{0,6}".prop_map(Value::from),
    ];
    plain.prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[abcd]", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Pointers that are not in each other's way, each released or not.
fn fields() -> impl Strategy<Value = Vec<(String, bool)>> {
    let segment = prop_oneof![3 => "[abcd]", 1 => Just("*".to_owned())];
    let pointer = proptest::collection::vec(segment, 1..4)
        .prop_map(|segments| format!("/{}", segments.join("/")));
    proptest::collection::vec((pointer, any::<bool>()), 1..8).prop_map(|candidates| {
        let mut fields: Vec<(String, bool)> = Vec::new();
        for candidate in candidates {
            let mut more = fields.clone();
            more.push(candidate);
            let pointers: Vec<Pointer> = more
                .iter()
                .map(|(text, _)| Pointer::parse(text).unwrap())
                .collect();
            if Field::tree(pointers.iter().map(|pointer| (pointer, Owner::Always)))
                .1
                .is_empty()
            {
                fields = more;
            }
        }
        fields
    })
}

fn release_of(fields: &[(String, bool)]) -> Release {
    let owners = fields
        .iter()
        .map(|(text, released)| (text.as_str(), Some(usize::from(!released))));
    release(&owners.collect::<Vec<_>>(), &["/a/*/b", "/c"])
}

proptest! {
    #[test]
    fn does_what_the_simple_filter_does(document in document(), fields in fields(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&document) } else { serde_json::to_string(&document) }.unwrap();
        let minimised = release_of(&fields).minimise(text.as_bytes()).unwrap();
        let parsed: Value = serde_json::from_slice(&minimised.body).unwrap();
        let pointers: Vec<(Pointer, bool)> =
            fields.iter().map(|(text, released)| (Pointer::parse(text).unwrap(), *released)).collect();
        prop_assert_eq!(parsed, simple(&document, &[], &pointers).unwrap_or(Value::Null));
    }

    #[test]
    fn releases_no_other_value(document in document(), fields in fields()) {
        let answer = marked(&document, "").to_string();
        let minimised = release_of(&fields).minimise(answer.as_bytes()).unwrap();
        let parsed: Value = serde_json::from_slice(&minimised.body).unwrap();
        let mut found = Vec::new();
        texts(&parsed, &mut found);
        for place in found {
            let within = |(field, released): &(String, bool)| {
                *released && (place == field || place.starts_with(&format!("{field}/")))
            };
            prop_assert!(fields.iter().any(within), "{place} passed");
        }
    }

    #[test]
    fn any_bytes_give_an_error_or_json(document in document(), fields in fields(), place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = document.to_string().into_bytes();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        if let Ok(minimised) = release_of(&fields).minimise(&bytes) {
            prop_assert!(serde_json::from_slice::<serde::de::IgnoredAny>(&minimised.body).is_ok());
        }
        let _ = release_of(&fields).minimise_error_answer(&bytes);
    }

    #[test]
    fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        let _ = persons().minimise(&bytes);
        let _ = persons().minimise_error_answer(&bytes);
    }
}

#[test]
fn when_nothing_is_released_nothing_passes() {
    for answer in ["[true]", "{\"a\":1}", "{}", "[]", "null", "1"] {
        let minimised = release(&[("/a", Some(1))], &[])
            .minimise(answer.as_bytes())
            .unwrap();
        assert_eq!(minimised.body, b"null", "{answer}");
        let minimised = release(&[("/*/a", Some(1))], &[])
            .minimise(answer.as_bytes())
            .unwrap();
        assert_eq!(minimised.body, b"null", "{answer}");
    }
}

#[test]
fn the_simple_filter_is_right_about_an_example() {
    let fields = [
        (Pointer::parse("/a/*/b").unwrap(), true),
        (Pointer::parse("/a/*/c").unwrap(), false),
    ];
    let value = json!({"a": [{"b": 1, "c": 2, "d": 3}, 4, null], "b": 5});
    assert_eq!(
        simple(&value, &[], &fields),
        Some(json!({"a": [{"b": 1}, null]}))
    );
}
