//! JSON as RFC 8785 (JCS) writes it.

use std::cmp::Ordering;
use std::fmt::Write as _;

use serde_json::{Map, Number, Value};

/// The largest whole number that every implementation reads alike (RFC 7493 section 2.2).
const INTEGER_MAX: u64 = (1 << 53) - 1;

/// No double has more significant digits than this (767).
const EXACT_DIGITS: usize = 800;

/// A value that has no canonical form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the number {0} is outside what every JSON reader reads alike (RFC 7493 section 2.2)")]
pub struct NotCanonical(String);

/// Writes a value in its canonical form.
///
/// # Errors
/// [`NotCanonical`] for numbers beyond 2^53 - 1.
pub fn canonical(value: &Value) -> Result<String, NotCanonical> {
    let mut text = String::new();
    write(value, &mut text)?;
    Ok(text)
}

fn write(value: &Value, text: &mut String) -> Result<(), NotCanonical> {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(true) => text.push_str("true"),
        Value::Bool(false) => text.push_str("false"),
        Value::Number(number) => write_number(number, text)?,
        Value::String(string) => write_string(string, text),
        Value::Array(items) => {
            text.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    text.push(',');
                }
                write(item, text)?;
            }
            text.push(']');
        }
        Value::Object(members) => write_object(members, text)?,
    }
    Ok(())
}

fn write_object(members: &Map<String, Value>, text: &mut String) -> Result<(), NotCanonical> {
    let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
    sorted.sort_by(|(one, _), (other, _)| by_utf16(one, other));
    text.push('{');
    for (place, (name, value)) in sorted.into_iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        write_string(name, text);
        text.push(':');
        write(value, text)?;
    }
    text.push('}');
    Ok(())
}

/// Names are ordered by their UTF-16 code units (RFC 8785 section 3.2.3), which differs from the order
/// of UTF-8 beyond the basic plane.
fn by_utf16(one: &str, other: &str) -> Ordering {
    one.encode_utf16().cmp(other.encode_utf16())
}

fn write_string(string: &str, text: &mut String) {
    text.push('"');
    for character in string.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\u{8}' => text.push_str("\\b"),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\u{c}' => text.push_str("\\f"),
            '\r' => text.push_str("\\r"),
            control if u32::from(control) < 0x20 => {
                // Writing to a text cannot fail.
                let _ = write!(text, "\\u{:04x}", u32::from(control));
            }
            plain => text.push(plain),
        }
    }
    text.push('"');
}

fn write_number(number: &Number, text: &mut String) -> Result<(), NotCanonical> {
    let whole = number
        .as_u64()
        .or_else(|| number.as_i64().map(i64::unsigned_abs));
    match (whole, number.as_f64()) {
        (Some(whole), _) if whole <= INTEGER_MAX => {
            let _ = write!(text, "{number}");
            Ok(())
        }
        (None, Some(float)) if float.is_finite() => {
            text.push_str(&ecmascript(float));
            Ok(())
        }
        _ => Err(NotCanonical(number.to_string())),
    }
}

/// A number as ECMAScript writes it (ECMA-262, Number::toString), on which RFC 8785 builds. Rust gives
/// the same shortest digits, but for ties; the place of the point differs.
fn ecmascript(float: f64) -> String {
    if float == 0.0 {
        return "0".to_owned(); // also for minus zero
    }
    let sign = if float < 0.0 { "-" } else { "" };
    let scientific = format!("{:e}", float.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let digits: String = mantissa.chars().filter(|c| *c != '.').collect();
    let digits = even_at_tie(float.abs(), exponent, digits);
    // The value is 0.DIGITS times ten to the power of `point`.
    let point = exponent.parse::<i32>().unwrap_or(0) + 1;
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let zeros = |number: i32| "0".repeat(usize::try_from(number).unwrap_or(0));
    let body = if count <= point && point <= 21 {
        format!("{digits}{}", zeros(point - count))
    } else if 0 < point && point <= 21 {
        let (whole, fraction) = digits.split_at(usize::try_from(point).unwrap_or(0));
        format!("{whole}.{fraction}")
    } else if -6 < point && point <= 0 {
        format!("0.{}{digits}", zeros(-point))
    } else {
        let power = point - 1;
        let power_sign = if power < 0 { '-' } else { '+' };
        let (first, rest) = digits.split_at(1);
        let fraction = if rest.is_empty() {
            String::new()
        } else {
            format!(".{rest}")
        };
        format!("{first}{fraction}e{power_sign}{}", power.unsigned_abs())
    };
    format!("{sign}{body}")
}

/// Where a number lies exactly between two shortest texts, ECMAScript takes the even one and Rust the
/// larger (RFC 8785 appendix B, 1424953923781206.2).
fn even_at_tie(float: f64, exponent: &str, digits: String) -> String {
    let exact = format!("{float:.EXACT_DIGITS$e}");
    let exact: String = exact
        .split('e')
        .next()
        .unwrap_or_default()
        .chars()
        .filter(|c| *c != '.')
        .collect();
    let exact = exact.trim_end_matches('0');
    let Some((below, "5")) = exact.split_at_checked(digits.len()) else {
        return digits;
    };
    let is_even = below.ends_with(['0', '2', '4', '6', '8']);
    let (first, rest) = below.split_at(1);
    let reads_back = format!("{first}.{rest}e{exponent}").parse() == Ok(float);
    if is_even && reads_back {
        below.to_owned()
    } else {
        digits
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn number(text: &str) -> String {
        canonical(&serde_json::from_str(text).unwrap()).unwrap()
    }

    #[test]
    fn members_are_ordered_by_utf16() {
        // The order of the example in RFC 8785 section 3.2.3.
        let value = json!({
            "\u{20ac}": "Euro Sign", "\r": "Carriage Return", "\u{fb33}": "Hebrew", "1": "One",
            "\u{1f600}": "Smiley", "\u{80}": "Control", "\u{f6}": "o with diaeresis"
        });
        let names: Vec<_> = [
            "\\r",
            "1",
            "\u{80}",
            "\u{f6}",
            "\u{20ac}",
            "\u{1f600}",
            "\u{fb33}",
        ]
        .into();
        let text = canonical(&value).unwrap();
        let places: Vec<_> = names
            .iter()
            .map(|name| text.find(&format!("\"{name}\":")).unwrap())
            .collect();
        assert!(places.is_sorted(), "{text}");
    }

    #[test]
    fn strings_are_escaped_no_more_than_needed() {
        let value = json!("\u{20ac}$\u{f}\nA'B\"\\\\\"/");
        assert_eq!(
            canonical(&value).unwrap(),
            "\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\""
        );
    }

    #[test]
    fn numbers_are_those_of_ecmascript() {
        // From the table of RFC 8785 appendix B, and the example of section 3.2.2.
        for (given, written) in [
            ("333333333.33333329", "333333333.3333333"),
            ("1E30", "1e+30"),
            ("4.50", "4.5"),
            ("2e-3", "0.002"),
            ("0.000000000000000000000000001", "1e-27"),
            ("-0.0", "0"),
            ("5e-324", "5e-324"),
            ("-5e-324", "-5e-324"),
            ("1.7976931348623157e308", "1.7976931348623157e+308"),
            ("9007199254740991", "9007199254740991"),
            ("-9007199254740991", "-9007199254740991"),
            ("295147905179352830000.0", "295147905179352830000"),
            ("9.999999999999997e22", "9.999999999999997e+22"),
            ("999999999999999700000.0", "999999999999999700000"),
            ("1e21", "1e+21"),
            ("0.000001", "0.000001"),
            ("1e-7", "1e-7"),
            ("1424953923781206.2", "1424953923781206.2"),
            ("100.0", "100"),
        ] {
            assert_eq!(number(given), written, "{given}");
        }
    }

    #[test]
    fn a_number_that_readers_disagree_on_is_refused() {
        assert!(canonical(&json!(9_007_199_254_740_992_u64)).is_err());
        assert!(canonical(&json!({"a": [i64::MIN]})).is_err());
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_reads_back_as_the_same(
            float in proptest::num::f64::NORMAL, text in ".*", name in "[a-z]{2,4}"
        ) {
            // Between these, a fractionless double is written like a whole number beyond I-JSON's range.
            proptest::prop_assume!(!(9_007_199_254_740_991.0..1e21).contains(&float.abs()));
            let value = json!({ "n": float, name: [text, null, true] });
            let written = canonical(&value).unwrap();
            let again: Value = serde_json::from_str(&written).unwrap();
            proptest::prop_assert_eq!(again.get("n").and_then(Value::as_f64), Some(float));
            proptest::prop_assert_eq!(canonical(&again).unwrap(), written);
        }
    }
}
