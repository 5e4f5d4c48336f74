//! What a contract says about purposes.

use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};
use serde_json::{Map, Value};

/// The purposes that a grant binds: its property `purpose_binding.connection`, signed by both parties.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurposeBinding {
    purposes: Arc<[BoundPurpose]>,
    digest: [u8; 32],
}

/// One purpose of a binding: under the contract, for this activity, on this ground, these operations may ask these data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundPurpose {
    /// The activity in the register.
    pub activity: Arc<str>,
    /// The legal basis (grondslag), as the register writes it.
    pub legal_basis: Arc<str>,
    /// The operations of the service.
    pub operations: Vec<Arc<str>>,
    /// The data groups of the service.
    pub data: Vec<Arc<str>>,
}

/// Why the purpose binding of a grant cannot be read. The grant then permits nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`purpose_binding.connection` in the grant's properties: {place} {mistake}")]
pub struct PurposeBindingError {
    place: String,
    mistake: &'static str,
}

impl PurposeBinding {
    /// The name of the property.
    pub const PROPERTY: &'static str = "purpose_binding.connection";
    /// The most purposes in one grant.
    pub const PURPOSES_MAX: usize = 100;
    /// The most operations, and the most data groups, of one purpose.
    pub const NAMES_MAX: usize = 500;
    /// The most characters of a name or a legal basis.
    pub const TEXT_MAX: usize = 500;

    /// Reads the binding from the properties of a grant. `Ok(None)` when they do not mention purposes.
    ///
    /// # Errors
    ///
    /// When the property is there but not in its agreed form. A key that is not known could be a condition that both
    /// parties signed and this gateway would not keep, so it is refused.
    pub fn from_properties(
        properties: Option<&Map<String, Value>>,
    ) -> Result<Option<PurposeBinding>, PurposeBindingError> {
        let Some(property) = properties.and_then(|map| map.get(Self::PROPERTY)) else {
            return Ok(None);
        };
        let table = table(property, "the property", &["purposes"])?;
        let purposes = list(table.get("purposes"), "`purposes`", Self::PURPOSES_MAX)?;
        let purposes: Result<Vec<BoundPurpose>, _> = purposes
            .iter()
            .enumerate()
            .map(|(index, purpose)| BoundPurpose::read(index, purpose))
            .collect();
        Ok(Some(PurposeBinding::new(purposes?)))
    }

    /// A binding of these purposes.
    pub fn new(purposes: Vec<BoundPurpose>) -> PurposeBinding {
        let mut digest = Context::new(&SHA256);
        let mut update = |text: &str| {
            digest.update(&(text.len() as u64).to_be_bytes());
            digest.update(text.as_bytes());
        };
        for purpose in &purposes {
            update(&purpose.activity);
            update(&purpose.legal_basis);
            for names in [&purpose.operations, &purpose.data] {
                update(&names.len().to_string());
                names.iter().for_each(|name| update(name));
            }
        }
        let finished = digest.finish();
        let mut digest = [0; 32];
        digest
            .iter_mut()
            .zip(finished.as_ref())
            .for_each(|(byte, finished)| *byte = *finished);
        PurposeBinding {
            purposes: purposes.into(),
            digest,
        }
    }

    /// The purposes.
    pub fn purposes(&self) -> &[BoundPurpose] {
        &self.purposes
    }

    /// SHA-256 over everything in the binding: equal for equal bindings only.
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }
}

impl BoundPurpose {
    fn read(index: usize, purpose: &Value) -> Result<BoundPurpose, PurposeBindingError> {
        let place = format!("purpose {}", index + 1);
        let table = table(
            purpose,
            &place,
            &["activity", "legal_basis", "operations", "data"],
        )?;
        let text_of = |key: &str| text(table.get(key), &format!("`{key}` of {place}"));
        let names_of = |key: &str| -> Result<Vec<Arc<str>>, PurposeBindingError> {
            let place = format!("`{key}` of {place}");
            let names = list(table.get(key), &place, PurposeBinding::NAMES_MAX)?;
            names.iter().map(|name| text(Some(name), &place)).collect()
        };
        Ok(BoundPurpose {
            activity: text_of("activity")?,
            legal_basis: text_of("legal_basis")?,
            operations: names_of("operations")?,
            data: names_of("data")?,
        })
    }
}

fn table<'v>(
    value: &'v Value,
    place: &str,
    keys: &[&str],
) -> Result<&'v Map<String, Value>, PurposeBindingError> {
    let error = |mistake| PurposeBindingError {
        place: place.to_owned(),
        mistake,
    };
    let table = value
        .as_object()
        .ok_or_else(|| error("must be an object"))?;
    if table.keys().any(|key| !keys.contains(&key.as_str())) {
        return Err(error(
            "has a key that is not known here; it could be a condition, so the grant is not used",
        ));
    }
    Ok(table)
}

fn list<'v>(
    value: Option<&'v Value>,
    place: &str,
    limit: usize,
) -> Result<&'v [Value], PurposeBindingError> {
    let error = |mistake| PurposeBindingError {
        place: place.to_owned(),
        mistake,
    };
    let list = value
        .and_then(Value::as_array)
        .ok_or_else(|| error("must be a list"))?;
    match list.len() {
        0 => Err(error("is empty")),
        length if length > limit => Err(error("is too long")),
        _ => Ok(list),
    }
}

fn text(value: Option<&Value>, place: &str) -> Result<Arc<str>, PurposeBindingError> {
    let error = |mistake| PurposeBindingError {
        place: place.to_owned(),
        mistake,
    };
    let text = value
        .and_then(Value::as_str)
        .ok_or_else(|| error("must be a text"))?;
    if text.trim().is_empty()
        || text.chars().count() > PurposeBinding::TEXT_MAX
        || text.chars().any(char::is_control)
    {
        return Err(error(
            "is empty, longer than 500 characters, or holds a control character",
        ));
    }
    Ok(Arc::from(text.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Option<PurposeBinding>, PurposeBindingError> {
        let properties: Value = serde_json::from_str(json).unwrap();
        PurposeBinding::from_properties(properties.as_object())
    }

    const GOOD: &str = r#"{"activity":"bijstand-aanvraag","legal_basis":"Participatiewet artikel 53a","operations":["raadpleeg-met-bsn"],"data":["adres"]}"#;

    #[test]
    fn reads_the_agreed_form() {
        assert_eq!(PurposeBinding::from_properties(None), Ok(None));
        assert_eq!(read(r#"{"other": 1}"#), Ok(None));
        let binding = read(&format!(
            r#"{{"purpose_binding.connection":{{"purposes":[{GOOD}]}}}}"#
        ))
        .unwrap()
        .unwrap();
        let [purpose] = binding.purposes() else {
            panic!("one purpose")
        };
        assert_eq!(&*purpose.activity, "bijstand-aanvraag");
        assert_eq!(
            (&*purpose.operations[0], &*purpose.data[0]),
            ("raadpleeg-met-bsn", "adres")
        );
    }

    #[test]
    fn refuses_every_other_form() {
        let long = format!(r#"{{"purposes":[{}]}}"#, vec![GOOD; 101].join(","));
        for property in [
            "null",
            "[]",
            "{}",
            r#"{"purposes":[]}"#,
            r#"{"purposes":{}}"#,
            r#"{"purposes":[1]}"#,
            r#"{"purposes":[{"activity":"a","legal_basis":"b","operations":["c"]}]}"#,
            r#"{"purposes":[{"activity":"","legal_basis":"b","operations":["c"],"data":["d"]}]}"#,
            r#"{"purposes":[{"activity":"a","legal_basis":"b","operations":[],"data":["d"]}]}"#,
            r#"{"purposes":[{"activity":"a","legal_basis":"b","operations":["c"],"data":["d\u0000"]}]}"#,
            r#"{"purposes":[{"activity":"a","legal_basis":"b","operations":["c"],"data":["d"],"only_on":"monday"}]}"#,
            &format!(r#"{{"purposes":[{GOOD}],"until":"2027"}}"#),
            &long,
        ] {
            assert!(
                read(&format!(r#"{{"purpose_binding.connection":{property}}}"#)).is_err(),
                "{property:.80}"
            );
        }
    }

    #[test]
    fn the_digest_tells_bindings_apart() {
        let binding = |operations: &[&str], data: &[&str]| {
            let names = |names: &[&str]| names.iter().map(|name| Arc::from(*name)).collect();
            let (activity, legal_basis) = (Arc::from("a"), Arc::from("b"));
            PurposeBinding::new(vec![BoundPurpose {
                activity,
                legal_basis,
                operations: names(operations),
                data: names(data),
            }])
        };
        let all = [
            binding(&["c"], &["d"]),
            binding(&["c", "d"], &[]),
            binding(&[], &["c", "d"]),
            binding(&["cd"], &[]),
            binding(&["d"], &["c"]),
        ];
        for (index, one) in all.iter().enumerate() {
            assert!(
                all.iter()
                    .skip(index + 1)
                    .all(|other| one.digest() != other.digest())
            );
        }
        assert_eq!(all[0].digest(), binding(&["c"], &["d"]).digest());
    }
}
