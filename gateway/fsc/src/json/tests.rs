use proptest::prelude::*;
use serde_json::json;

use super::*;

fn read_text(text: &str) -> Result<Value, JsonError> {
    read(text.as_bytes(), 1_000_000)
}

#[test]
fn ordinary_json_is_read() {
    let text = r#" {"a":[1,-2,3.5,true,null,"\u00e9\ud83d\ude00"],"b":{"a":{}}} "#;
    assert_eq!(
        read_text(text).unwrap(),
        json!({"a":[1,-2,3.5,true,null,"é😀"],"b":{"a":{}}})
    );
}

#[test]
fn a_name_may_stand_once_at_every_depth() {
    for text in [
        r#"{"a":1,"a":1}"#,
        r#"{"x":[{"y":{"a":1,"b":2,"a":3}}]}"#,
        r#"{"a":1,"\u0061":2}"#,
    ] {
        assert_eq!(
            read_text(text),
            Err(JsonError::DuplicateMember("a".into())),
            "{text}"
        );
    }
    assert_eq!(
        read_text(r#"{"999993653":1,"999993653":1}"#),
        Err(JsonError::DuplicateMember("(not shown)".into()))
    );
}

#[test]
fn whole_numbers_stay_exact() {
    assert_eq!(read_text("9007199254740991").unwrap(), json!(INTEGER_MAX));
    assert_eq!(read_text("-9007199254740991").unwrap(), json!(-INTEGER_MAX));
    for text in [
        "9007199254740992",
        "-9007199254740992",
        "18446744073709551615",
        "18446744073709551616",
        "9007199254740992.0",
        "1e300",
        "[{\"deep\": -1e20}]",
    ] {
        assert_eq!(read_text(text), Err(JsonError::NumberOutOfRange), "{text}");
    }
    assert!(matches!(read_text("1e999"), Err(JsonError::Syntax { .. })));
}

#[test]
fn text_follows_i_json() {
    for text in [
        "\"\u{FFFE}\"",
        "\"\u{FFFF}\"",
        "\"\\ufdd0\"",
        "\"\u{10FFFF}\"",
        "{\"\u{1FFFE}\":1}",
    ] {
        assert_eq!(read_text(text), Err(JsonError::Noncharacter), "{text:?}");
    }
    assert!(matches!(
        read_text(r#""\ud800""#),
        Err(JsonError::Syntax { .. })
    ));
    assert!(matches!(
        read(b"\"\xff\"", 9),
        Err(JsonError::Syntax { .. })
    ));
    assert!(matches!(
        read(b"\xef\xbb\xbf{}", 9),
        Err(JsonError::Syntax { .. })
    ));
}

#[test]
fn only_one_text_and_only_json() {
    for text in ["", "{} {}", "{a:1}", "[1,]", "NaN", "01", "'a'", "// c\n1"] {
        assert!(
            matches!(read_text(text), Err(JsonError::Syntax { .. })),
            "{text}"
        );
    }
    assert_eq!(read_object(b"[]", 9), Err(JsonError::NotAnObject));
}

#[test]
fn limits_hold() {
    assert_eq!(read(b"[1,2]", 4), Err(JsonError::TooLarge { bytes_max: 4 }));
    assert!(read(b"[1,2]", 5).is_ok());
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(read_text(&nested(127)).is_ok());
    assert!(matches!(
        read_text(&nested(128)),
        Err(JsonError::Syntax { .. })
    ));
    let list = |count: usize| format!("[{}0]", "0,".repeat(count - 1));
    assert!(read_text(&list(VALUES_MAX - 1)).is_ok());
    let too_many = |values_max| JsonError::TooManyValues { values_max };
    assert_eq!(read_text(&list(VALUES_MAX)), Err(too_many(VALUES_MAX)));

    let mut values_left = 7;
    assert!(read_within(b"[1,2]", 9, &mut values_left).is_ok());
    assert!(read_within(b"[1]", 9, &mut values_left).is_ok());
    assert_eq!(values_left, 2);
    assert_eq!(read_within(b"[1,2]", 9, &mut values_left), Err(too_many(2)));
    assert_eq!(values_left, 2);
}

#[test]
fn a_text_is_cut_into_parts_whatever_stands_in_them() {
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    let text = format!(r#" {{"a": {deep} ,"b":{{"c":1,"c":2}},"d":1e999}} "#);
    let parts = cut_object(text.as_bytes()).unwrap();
    let parts: Vec<(&str, &str)> = parts
        .iter()
        .map(|(name, part)| (name.as_str(), part.get()))
        .collect();
    assert_eq!(
        parts,
        [("a", &*deep), ("b", r#"{"c":1,"c":2}"#), ("d", "1e999")]
    );
    let mut elements = Vec::new();
    let each = |element: &serde_json::value::RawValue| elements.push(element.get().to_owned());
    cut_array(br#"[1, {"a":[2]} ,"x"]"#, each).unwrap();
    assert_eq!(elements, ["1", r#"{"a":[2]}"#, r#""x""#]);

    let twice = br#"{"a":1,"\u0061":2}"#;
    let error = cut_object(twice).unwrap_err();
    assert_eq!(error, JsonError::DuplicateMember("a".into()));
    assert_eq!(cut_object(b"[]").unwrap_err(), JsonError::NotAnObject);
    assert_eq!(cut_array(b"{}", |_| {}), Err(JsonError::OtherShape));
    for text in [&b"[1"[..], b"[1] 2", b"[1,]", b"[x]"] {
        let error = cut_array(text, |_| {}).unwrap_err();
        assert!(matches!(error, JsonError::Syntax { .. }), "{error}");
    }
    let many = format!("[{}0]", "0,".repeat(VALUES_MAX));
    assert!(matches!(
        cut_array(many.as_bytes(), |_| {}),
        Err(JsonError::TooManyValues { .. })
    ));
}

#[test]
fn the_librarys_own_names_are_refused() {
    let text = r#"{"properties":{"$serde_json::private::RawValue":"{\"a\":1,\"a\":2}"}}"#;
    assert_eq!(read_text(text), Err(JsonError::ReservedName));
}

#[test]
fn names_are_sorted_by_utf_16_units_and_numbers_written_as_ecmascript_does() {
    // The sorting example of RFC 8785 section 3.2.3: by UTF-16, U+1F600 (D83D DE00) comes before U+FB33.
    let text = "{\"\u{20ac}\":1,\"\\r\":2,\"\u{fb33}\":3,\"1\":4,\"\u{1f600}\":5,\"\u{80}\":6,\"\u{f6}\":7}";
    let canonical = canonical(&read_text(text).unwrap()).unwrap();
    assert_eq!(
        canonical,
        "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"\u{f6}\":7,\"\u{20ac}\":1,\"\u{1f600}\":5,\"\u{fb33}\":3}"
    );
    let numbers =
        read_text("[4.50, 2e-3, 0.000000000000000000000000001, -0, 1.0, 1E3, 0.1]").unwrap();
    assert_eq!(
        super::canonical(&numbers).unwrap(),
        "[4.5,0.002,1e-27,0,1,1000,0.1]"
    );
    let strings = read_text(r#""\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/\u007f""#).unwrap();
    assert_eq!(
        super::canonical(&strings).unwrap(),
        "\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\u{7f}\""
    );
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-INTEGER_MAX..=INTEGER_MAX).prop_map(Value::from),
        (-1e15..1e15).prop_map(Value::from),
        "[^\u{FDD0}-\u{FDEF}]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map("[a-zé€]{0,4}", inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn reading_never_panics(text in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&text, 150);
    }

    #[test]
    fn the_canonical_form_is_a_fixed_point(value in any_json()) {
        let Ok(value) = read_text(&value.to_string()) else { return Ok(()) };
        let once = canonical(&value).unwrap();
        let again = canonical(&read_text(&once).unwrap()).unwrap();
        prop_assert_eq!(once, again);
    }
}
