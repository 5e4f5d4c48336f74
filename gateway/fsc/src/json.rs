//! Reading JSON from outside, strictly.
//!
//! Hashes are made over the RFC 8785 form of what was received, so two readers of the same text must
//! never see two things. What RFC 7493 (I-JSON) forbids is therefore refused, at every depth: names
//! that occur twice, numbers beyond the exact integers of a double, noncharacters, lone surrogates.

mod cut;

pub(crate) use cut::{cut_array, cut_object};

use std::cell::{Cell, RefCell};

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use thiserror::Error;

/// The largest whole number that every JSON reader keeps exactly: 2^53 - 1 (RFC 7493 section 2.2).
pub const INTEGER_MAX: i64 = 9_007_199_254_740_991;

/// The number of values (objects, arrays, members' values, elements) that one text may hold. A value
/// costs about 50 bytes of memory and only two of text.
pub const VALUES_MAX: usize = 100_000;

/// Why a text is not acceptable JSON. No case repeats a value of the text.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum JsonError {
    /// The text is longer than allowed here.
    #[error("the JSON text has more than {bytes_max} bytes")]
    TooLarge {
        /// The limit, in bytes.
        bytes_max: usize,
    },
    /// More values than allowed here, usually [`VALUES_MAX`].
    #[error("the JSON text holds more than {values_max} values")]
    TooManyValues {
        /// The limit.
        values_max: usize,
    },
    /// Not JSON (RFC 8259), not UTF-8, or nested deeper than 127 levels.
    #[error(
        "the text is not valid JSON, or is nested deeper than 127 levels (line {line}, column {column})"
    )]
    Syntax {
        /// The line, from 1.
        line: usize,
        /// The column in bytes, from 1.
        column: usize,
    },
    /// A name that stands twice in one object.
    #[error("the member {0} occurs twice in one JSON object")]
    DuplicateMember(String),
    /// A number outside ±(2^53 - 1).
    #[error("a number in the JSON text lies outside ±(2^53 - 1); write it as a string")]
    NumberOutOfRange,
    /// A code point that RFC 7493 section 2.1 forbids.
    #[error("a string in the JSON text holds a Unicode noncharacter")]
    Noncharacter,
    /// A name that the JSON library gives a meaning of its own.
    #[error("a member of the JSON text has a reserved name, starting with $serde_json::")]
    ReservedName,
    /// The text is JSON but not an object.
    #[error("the JSON text is not an object")]
    NotAnObject,
    /// The text is JSON of another shape.
    #[error("the JSON text lacks a member that belongs there, or has one of another type or form")]
    OtherShape,
}

/// Reads one JSON text of at most `bytes_max` bytes under the rules of this module.
///
/// # Errors
/// The [`JsonError`] that names the first thing wrong.
pub fn read(text: &[u8], bytes_max: usize) -> Result<Value, JsonError> {
    read_within(text, bytes_max, &mut { VALUES_MAX })
}

/// [`read`], where `values_left` limits the values of several texts together; what one text holds is taken off.
pub(crate) fn read_within(
    text: &[u8],
    bytes_max: usize,
    values_left: &mut usize,
) -> Result<Value, JsonError> {
    if text.len() > bytes_max {
        return Err(JsonError::TooLarge { bytes_max });
    }
    let reading = Reading::of((*values_left).min(VALUES_MAX));
    let value = reading.whole(text, Strict(&reading))?;
    *values_left -= reading.values_max - reading.values_left.get();
    Ok(value)
}

/// [`read`], and the value must be an object.
///
/// # Errors
/// As [`read`], and [`JsonError::NotAnObject`].
pub fn read_object(text: &[u8], bytes_max: usize) -> Result<Map<String, Value>, JsonError> {
    match read(text, bytes_max)? {
        Value::Object(members) => Ok(members),
        _ => Err(JsonError::NotAnObject),
    }
}

/// [`read`], and the value must have the shape of `T`: for the answers of other Managers.
///
/// # Errors
/// As [`read`], and [`JsonError::OtherShape`].
pub fn read_as<T: de::DeserializeOwned>(text: &[u8], bytes_max: usize) -> Result<T, JsonError> {
    serde_json::from_value(read(text, bytes_max)?).map_err(|_| JsonError::OtherShape)
}

/// Takes a strict value out of any deserializer, for the types that arrive inside larger bodies.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    let reading = Reading::of(VALUES_MAX);
    Strict(&reading)
        .deserialize(deserializer)
        .map_err(|error| match reading.broken.take() {
            Some(broken) => de::Error::custom(broken),
            None => error,
        })
}

/// The RFC 8785 (JCS) form of a value that [`read`] returned.
pub(crate) fn canonical(value: &Value) -> Result<String, JsonError> {
    // The only failures are a number that is not finite and text that is not UTF-8; a Value has neither.
    serde_json_canonicalizer::to_string(value).map_err(|_| JsonError::NumberOutOfRange)
}

/// A member's name as an error may show it: short, plain, and without a run of digits that could
/// identify a person.
pub(crate) fn shown(name: &str) -> String {
    let plain = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"_-.#".contains(&byte));
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    if (1..=64).contains(&name.len()) && plain && digits < 8 {
        name.to_owned()
    } else {
        "(not shown)".to_owned()
    }
}

/// What one reading has used and what broke it: serde carries our errors only as text.
struct Reading {
    values_max: usize,
    values_left: Cell<usize>,
    broken: RefCell<Option<JsonError>>,
}

impl Reading {
    fn of(values_max: usize) -> Self {
        Self {
            values_max,
            values_left: Cell::new(values_max),
            broken: RefCell::new(None),
        }
    }

    /// Reads one text whole.
    fn whole<'de, S: DeserializeSeed<'de>>(
        &self,
        text: &'de [u8],
        seed: S,
    ) -> Result<S::Value, JsonError> {
        let mut deserializer = serde_json::Deserializer::from_slice(text);
        let value = seed.deserialize(&mut deserializer);
        value
            .and_then(|value| deserializer.end().map(|()| value))
            .map_err(|error| {
                let (line, column) = (error.line(), error.column());
                let broken = self.broken.take();
                broken.unwrap_or(JsonError::Syntax { line, column })
            })
    }

    /// Counts one value more.
    fn value<E: de::Error>(&self) -> Result<(), E> {
        let Some(left) = self.values_left.get().checked_sub(1) else {
            let values_max = self.values_max;
            return Err(self.breaks(JsonError::TooManyValues { values_max }));
        };
        self.values_left.set(left);
        Ok(())
    }

    /// The name of a member must be good text, not the library's own, and new in its object.
    fn name<E: de::Error>(&self, name: &str, is_known: bool) -> Result<(), E> {
        self.text(name)?;
        if name.starts_with("$serde_json::") {
            return Err(self.breaks(JsonError::ReservedName));
        }
        if is_known {
            return Err(self.breaks(JsonError::DuplicateMember(shown(name))));
        }
        Ok(())
    }

    fn breaks<E: de::Error>(&self, error: JsonError) -> E {
        let message = E::custom(&error);
        self.broken.replace(Some(error));
        message
    }

    fn text<E: de::Error>(&self, text: &str) -> Result<(), E> {
        let forbidden = |character: char| {
            let code = u32::from(character);
            code & 0xFFFE == 0xFFFE || (0xFDD0..=0xFDEF).contains(&code)
        };
        if text.chars().any(forbidden) {
            Err(self.breaks(JsonError::Noncharacter))
        } else {
            Ok(())
        }
    }
}

#[derive(Clone, Copy)]
struct Strict<'r>(&'r Reading);

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.0.value()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
        if value.unsigned_abs() > INTEGER_MAX.unsigned_abs() {
            return Err(self.0.breaks(JsonError::NumberOutOfRange));
        }
        Ok(Value::from(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        if value > INTEGER_MAX.unsigned_abs() {
            return Err(self.0.breaks(JsonError::NumberOutOfRange));
        }
        Ok(Value::from(value))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        // Every double from 2^53 on is a whole number, so this is the integer rule again.
        let number = if value.abs() < 9_007_199_254_740_992.0 {
            Number::from_f64(value)
        } else {
            None
        };
        number
            .map(Value::Number)
            .ok_or_else(|| self.0.breaks(JsonError::NumberOutOfRange))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
        self.visit_string(value.to_owned())
    }

    fn visit_string<E: de::Error>(self, value: String) -> Result<Value, E> {
        self.0.text(&value)?;
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements.next_element_seed(self)? {
            list.push(element);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            self.0.name(&name, object.contains_key(&name))?;
            let value = members.next_value_seed(self)?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests;
