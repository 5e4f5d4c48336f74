//! Whom an answer is about: by example, and against a simple count over a tree.

use std::collections::BTreeSet;

use super::*;

#[test]
fn finds_the_persons_also_where_nothing_is_released() {
    let answer = r#"{"personen":[{"burgerservicenummer":"999993653","naam":{"bsn":999990019}},{"burgerservicenummer":"999993653"}]}"#;
    let minimised = persons().minimise(answer.as_bytes()).unwrap();
    let values: Vec<&str> = minimised
        .subjects
        .iter()
        .map(|subject| subject.value.reveal())
        .collect();
    assert_eq!(
        (values.as_slice(), minimised.subjects_incomplete),
        (["999990019", "999993653"].as_slice(), false)
    );
    assert_eq!(minimised.groups, [Arc::from("released")]);
    for strange in [
        r#"{"personen":{}}"#,
        r#"{"personen":[{"burgerservicenummer":["999993653"]}]}"#,
        "[]",
    ] {
        assert!(
            persons()
                .minimise(strange.as_bytes())
                .unwrap()
                .subjects_incomplete,
            "{strange}"
        );
    }
}

#[test]
fn too_many_persons_are_refused() {
    let limited = Release {
        subjects_max: Some(1),
        ..persons()
    };
    let one =
        r#"{"personen":[{"burgerservicenummer":"999993653"},{"burgerservicenummer":"999993653"}]}"#;
    let two =
        r#"{"personen":[{"burgerservicenummer":"999993653"},{"burgerservicenummer":"999990019"}]}"#;
    assert!(limited.minimise(one.as_bytes()).is_ok());
    assert_eq!(
        limited.minimise(two.as_bytes()),
        Err(MinimiseError::TooManySubjects { subjects_max: 1 })
    );
}

/// Whether an answer passes that may be about so many persons, of an operation that names them in this place.
fn passes(place: &str, subjects_max: u32, answer: &str) -> bool {
    let limited = Release {
        subjects_max: Some(subjects_max),
        ..release(&[("/personen/*/naam", Some(0))], &[place])
    };
    match limited.minimise(answer.as_bytes()) {
        Ok(_) => true,
        Err(error) => {
            assert_eq!(error, MinimiseError::TooManySubjects { subjects_max });
            false
        }
    }
}

#[test]
fn persons_without_a_number_count() {
    let passes = |max: u32, answer: &str| passes("/personen/*/bsn", max, answer);
    for (answer, count) in [
        (r#"{"personen":[{"naam":{"x":1}},{"naam":{"x":2}}]}"#, 2),
        (r#"{"personen":[{},{"bsn":null},{"bsn":""}]}"#, 3),
        (r#"{"personen":[{"bsn":"999993653"},{"adres":{}},null]}"#, 2),
    ] {
        assert!(passes(count, answer), "{answer}");
        assert!(!passes(count - 1, answer), "{answer}");
    }
    for nobody in [r#"{"personen":[]}"#, r#"{"personen":null}"#, "{}", ""] {
        assert!(passes(0, nobody), "{nobody}");
    }
}

#[test]
fn what_cannot_be_counted_is_too_many() {
    for strange in [
        r#"{"personen":{"a":{"naam":1},"b":{"naam":2}}}"#,
        r#"{"personen":[{"bsn":["999993653","999990019"]}]}"#,
        r#"{"personen":["x"]}"#,
        "[]",
    ] {
        assert!(!passes("/personen/*/bsn", 1000, strange), "{strange}");
    }
    // Only the request has a place for persons, and names none.
    let unlimited = release(&[("/personen/*/naam", Some(0))], &[]);
    let limited = Release {
        subjects_max: Some(1000),
        ..unlimited.clone()
    };
    assert!(unlimited.minimise(b"{}").is_ok() && limited.minimise(b"{}").is_err());
}

#[test]
fn persons_whom_nothing_names_make_the_record_incomplete() {
    let is_incomplete = |subjects_asked: usize, answer: &str| {
        let release = Release {
            subjects_asked,
            ..release(&[("/personen/*/naam", Some(0))], &["/personen/*/bsn"])
        };
        let minimised = release.minimise(answer.as_bytes()).unwrap();
        minimised.subjects_incomplete
    };
    let two = r#"{"personen":[{"naam":"x"},{"naam":"y"}]}"#;
    assert!(is_incomplete(0, two));
    // One was asked for by number; somebody else came along.
    assert!(is_incomplete(1, two));
    assert!(!is_incomplete(2, two));
    assert!(!is_incomplete(0, r#"{"personen":[]}"#));
    let named = r#"{"personen":[{"bsn":"999993653"},{"bsn":"999990019"}]}"#;
    assert!(!is_incomplete(0, named) && !is_incomplete(1, named));
}

/// How many persons an answer may be about when `/a/*/b` and `/c` name them, written the slow way. None when nobody can tell.
fn simple_count(document: &Value) -> Option<usize> {
    let Value::Object(members) = document else {
        return document.is_null().then_some(0);
    };
    let nothing = Vec::new();
    let elements = match members.get("a") {
        Some(Value::Array(elements)) => elements,
        None | Some(Value::Null) => &nothing,
        Some(_) => return None,
    };
    let mut places = vec![members.get("c")];
    for element in elements {
        match element {
            Value::Object(members) => places.push(members.get("b")),
            Value::Null => {}
            _ => return None,
        }
    }
    let (mut named, mut unnamed) = (BTreeSet::new(), 0);
    for place in places {
        match place {
            Some(Value::String(text)) if !text.is_empty() => _ = named.insert(text.clone()),
            Some(Value::Number(number)) => _ = named.insert(number.to_string()),
            None | Some(Value::Null | Value::String(_)) => unnamed += 1,
            Some(_) => return None,
        }
    }
    Some(named.len() + unnamed)
}

/// Documents in which `/a/*/b` and `/c` may name persons.
fn naming() -> impl Strategy<Value = Value> {
    let place = || {
        prop_oneof![
            Just(None),
            prop_oneof![
                Just(Value::Null),
                Just(json!("")),
                "[pq]".prop_map(Value::from),
                (1..3_i32).prop_map(Value::from),
            ]
            .prop_map(Some),
        ]
    };
    let object = |name: &'static str, value: Option<Value>| {
        let mut members = json!({"d": 1});
        if let Some(value) = value {
            members[name] = value;
        }
        members
    };
    let element = prop_oneof![
        8 => place().prop_map(move |value| object("b", value)),
        1 => Just(Value::Null),
    ];
    (place(), proptest::collection::vec(element, 0..5)).prop_map(move |(value, elements)| {
        let mut document = object("c", value);
        document["a"] = Value::from(elements);
        document
    })
}

proptest! {
    /// What is released makes no difference to who is counted.
    #[test]
    fn counts_as_the_simple_count_does(
        document in prop_oneof![document(), naming()], fields in fields(), subjects_max in 0_u32..5
    ) {
        let release = Release { subjects_max: Some(subjects_max), ..release_of(&fields) };
        let expected = simple_count(&document).is_some_and(|count| count <= subjects_max as usize);
        prop_assert_eq!(release.minimise(document.to_string().as_bytes()).is_ok(), expected);
    }
}
