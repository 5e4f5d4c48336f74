//! Cutting a JSON text into parts that are then read on their own, each within limits of its own.
//!
//! What stands inside the parts is not looked at here: it may be nested to any depth, and is strict only once it is read.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{JsonError, Reading, VALUES_MAX};

/// The members of an object, by name.
///
/// # Errors
/// A [`JsonError`] when the text is no object, or a name of this object is not as the rules say.
pub(crate) fn cut_object(text: &[u8]) -> Result<BTreeMap<String, &RawValue>, JsonError> {
    if first(text) != Some(b'{') {
        return Err(JsonError::NotAnObject);
    }
    let reading = Reading::of(VALUES_MAX);
    reading.whole(text, ObjectParts(&reading))
}

/// Hands every element of an array to `each`.
///
/// # Errors
/// A [`JsonError`] when the text is no array, or has more than [`VALUES_MAX`] elements.
pub(crate) fn cut_array(text: &[u8], each: impl FnMut(&RawValue)) -> Result<(), JsonError> {
    if first(text) != Some(b'[') {
        return Err(JsonError::OtherShape);
    }
    let reading = Reading::of(VALUES_MAX);
    let parts = ArrayParts {
        reading: &reading,
        each,
    };
    reading.whole(text, parts)
}

/// The first byte that is no white space of JSON.
fn first(text: &[u8]) -> Option<u8> {
    let mut bytes = text.iter().copied();
    bytes.find(|byte| !b" \t\r\n".contains(byte))
}

struct ObjectParts<'r>(&'r Reading);

impl<'de> DeserializeSeed<'de> for ObjectParts<'_> {
    type Value = BTreeMap<String, &'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ObjectParts<'_> {
    type Value = BTreeMap<String, &'de RawValue>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut parts = BTreeMap::new();
        while let Some(name) = members.next_key::<String>()? {
            self.0.value()?;
            self.0.name(&name, parts.contains_key(&name))?;
            parts.insert(name, members.next_value()?);
        }
        Ok(parts)
    }
}

struct ArrayParts<'r, F> {
    reading: &'r Reading,
    each: F,
}

impl<'de, F: FnMut(&RawValue)> DeserializeSeed<'de> for ArrayParts<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(&RawValue)> Visitor<'de> for ArrayParts<'_, F> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON array")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<(), A::Error> {
        while let Some(element) = elements.next_element::<&RawValue>()? {
            self.reading.value()?;
            (self.each)(element);
        }
        Ok(())
    }
}
