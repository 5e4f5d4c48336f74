//! The scanner against serde_json, an independent reader.

use proptest::prelude::*;

use super::text::plain_length;
use super::{Kind, Mistake, Scanner};

fn check(document: &[u8]) -> Result<(), Mistake> {
    let mut scanner = Scanner::new(document).map_err(|error| error.mistake)?;
    scanner.skip().map_err(|error| error.mistake)?;
    scanner.end().map_err(|error| error.mistake)
}

#[test]
fn accepts_what_json_is() {
    for document in [
        "{}",
        "[]",
        "null",
        "true",
        "false",
        "0",
        "-0",
        "-0.0e+10",
        "1E5",
        "\"\"",
        " [ 1 , 2 ] ",
        "\"\\u0041\"",
        "\"\\ud83d\\ude00\"",
        "\"\u{7f}é€😀\"",
        "{\"a\":{\"a\":1},\"b\":[{},{}]}",
        "\t\r\n1\n",
        "123456789012345678901234567890.5e-400",
    ] {
        assert_eq!(check(document.as_bytes()), Ok(()), "{document}");
    }
}

#[test]
fn refuses_what_json_is_not() {
    for document in [
        "",
        " ",
        "{",
        "}",
        "[",
        "]",
        "[1,]",
        "{\"a\":1,}",
        "{\"a\"}",
        "{a:1}",
        "{'a':1}",
        "[1 2]",
        "01",
        "-",
        "1.",
        ".5",
        "1e",
        "+1",
        "tru",
        "True",
        "nul",
        "nulll",
        "NaN",
        "\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u+123\"",
        "\"\n\"",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\ud800\\u0041\"",
        "1 1",
        "{}{}",
        "[1]//c",
        "\u{feff}{}",
        "\"\\",
        "{\"a\":}",
        "{,}",
        "[,]",
    ] {
        assert!(
            matches!(check(document.as_bytes()), Err(Mistake::Syntax(_))),
            "{document}"
        );
    }
    assert_eq!(check(b"\"\xff\""), Err(Mistake::NotUtf8));
    assert_eq!(check(b"\"\xed\xa0\x80\""), Err(Mistake::NotUtf8));
}

#[test]
fn refuses_a_member_twice_however_it_is_spelled() {
    for document in [
        "{\"a\":1,\"a\":1}",
        "{\"a\":1,\"b\":2,\"\\u0061\":3}",
        "[{\"x\":{\"\":1,\"\":2}}]",
        "{\"\\/\":1,\"/\":1}",
    ] {
        assert_eq!(
            check(document.as_bytes()),
            Err(Mistake::Duplicate),
            "{document}"
        );
    }
    assert_eq!(check(b"{\"a\":{\"a\":{\"a\":1}},\"b\":{\"a\":1}}"), Ok(()));
}

#[test]
fn refuses_a_member_twice_in_a_large_object() {
    for size in [1, 23, 24, 25, 26, 200] {
        let members: Vec<String> = (0..size)
            .map(|index| format!("\"m{index}\":{{\"m0\":1}}"))
            .collect();
        assert_eq!(
            check(format!("{{{}}}", members.join(",")).as_bytes()),
            Ok(())
        );
        for twice in [0, size / 2, size - 1] {
            let document = format!("{{{},\"m{twice}\":2}}", members.join(","));
            assert_eq!(
                check(document.as_bytes()),
                Err(Mistake::Duplicate),
                "{size} {twice}"
            );
        }
    }
}

#[test]
fn a_large_hostile_object_costs_no_square() {
    let members: Vec<String> = (0..100_000)
        .map(|index| format!("\"aaaaaaaa{index:06}zzzz\":0"))
        .collect();
    assert_eq!(
        check(format!("{{{}}}", members.join(",")).as_bytes()),
        Ok(())
    );
}

#[test]
fn the_depth_has_a_limit() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(check(nested(64).as_bytes()), Ok(()));
    assert!(matches!(
        check(nested(65).as_bytes()),
        Err(Mistake::Syntax(_))
    ));
    assert!(matches!(
        check("[{\"a\":".repeat(100_000).as_bytes()),
        Err(Mistake::Syntax(_))
    ));
}

#[test]
fn texts_say_what_they_mean() {
    for document in [
        "\"a\\n\\t\\\\\\/\\\"\\b\\f\\r\\u00e9\\ud83d\\ude00é\"",
        "\"\"",
        "\"plain and long enough for words\"",
    ] {
        let mut scanner = Scanner::new(document.as_bytes()).unwrap();
        assert_eq!(scanner.kind(), Ok(Kind::Text));
        assert_eq!(
            scanner.text().unwrap(),
            serde_json::from_str::<String>(document).unwrap()
        );
    }
}

proptest! {
    #[test]
    fn agrees_with_serde_json_on_texts(text in "\\PC{0,40}") {
        let document = serde_json::to_string(&text).unwrap();
        let mut scanner = Scanner::new(document.as_bytes()).unwrap();
        prop_assert_eq!(scanner.text().unwrap(), text);
    }

    #[test]
    fn agrees_with_serde_json_on_almost_json(document in "[\\[\\]{}:, \"\\\\u0123ed8bnulltrue.\\-a]{0,24}") {
        let theirs = serde_json::from_str::<serde::de::IgnoredAny>(&document).is_ok()
            && serde_json::from_str::<serde_json::Value>(&document).is_ok();
        match check(document.as_bytes()) {
            Ok(()) => prop_assert!(theirs || document.contains(['e']), "we accept {document:?}"),
            Err(Mistake::Duplicate) => prop_assert!(theirs),
            Err(_) => prop_assert!(!theirs, "we refuse {document:?}"),
        }
    }

    #[test]
    fn never_panics(document in proptest::collection::vec(any::<u8>(), 0..64)) {
        let _ = check(&document);
    }

    #[test]
    fn finds_the_first_special_byte(bytes in proptest::collection::vec(prop_oneof![any::<u8>(), Just(b'a'), Just(b'"'), Just(0x80), Just(0x1f), Just(0x21), Just(0xff)], 0..40)) {
        let simple = bytes.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).unwrap_or(bytes.len());
        prop_assert_eq!(plain_length(&bytes), simple);
    }
}
