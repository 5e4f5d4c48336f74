//! The `pkcs11:` URI (RFC 7512).

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer};

/// Longest URI, in bytes.
const URI_BYTES_MAX: usize = 1024;

/// Which private key of which token, as RFC 7512 writes it:
/// `pkcs11:token=sluis;object=inway;type=private`.
///
/// Taken are the attributes of the path. Of the query nothing is: a PIN belongs in a file of its own, and
/// the module has a setting of its own, so that neither is found in a URI that somebody copies.
#[derive(Clone, PartialEq, Eq)]
pub struct Pkcs11Uri {
    text: Arc<str>,
    pub(super) wanted: Arc<Wanted>,
}

/// What a token and a key must have; `None` fits everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) token: Option<String>,
    pub(super) manufacturer: Option<String>,
    pub(super) serial: Option<String>,
    pub(super) model: Option<String>,
    pub(super) library_manufacturer: Option<String>,
    pub(super) library_description: Option<String>,
    pub(super) library_version: Option<(u8, u8)>,
    pub(super) slot_manufacturer: Option<String>,
    pub(super) slot_description: Option<String>,
    pub(super) slot_id: Option<u64>,
    /// CKA_LABEL of the key.
    pub(super) object: Option<String>,
    /// CKA_ID of the key: bytes, not text.
    pub(super) id: Option<Vec<u8>>,
}

impl Pkcs11Uri {
    /// Reads a URI.
    ///
    /// # Errors
    ///
    /// [`Pkcs11UriError`] when it is no `pkcs11:` URI, or says something that is not understood: what is
    /// not understood might have meant another key (RFC 7512 section 2.3).
    pub fn parse(text: &str) -> Result<Self, Pkcs11UriError> {
        if text.len() > URI_BYTES_MAX {
            return Err(Pkcs11UriError::TooLong);
        }
        let rest = match text.split_at_checked(SCHEME.len()) {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case(SCHEME) => rest,
            _ => return Err(Pkcs11UriError::Scheme),
        };
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (rest, None),
        };
        if let Some(query) = query {
            return Err(query_error(query));
        }
        let mut wanted = Wanted::default();
        let mut seen = Vec::new();
        for attribute in path.split(';').filter(|_| !path.is_empty()) {
            let (name, value) = attribute.split_once('=').ok_or(Pkcs11UriError::Form)?;
            let name = known(name).ok_or(Pkcs11UriError::UnknownAttribute)?;
            if seen.contains(&name) {
                return Err(Pkcs11UriError::Twice(name));
            }
            seen.push(name);
            set(&mut wanted, name, value)?;
        }
        Ok(Self {
            text: text.into(),
            wanted: wanted.into(),
        })
    }

    /// The URI as it was written. It holds no secret.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

const SCHEME: &str = "pkcs11:";

/// The attributes of a path (RFC 7512 section 2.3).
const ATTRIBUTES: [&str; 13] = [
    "token",
    "manufacturer",
    "serial",
    "model",
    "library-manufacturer",
    "library-description",
    "library-version",
    "slot-manufacturer",
    "slot-description",
    "slot-id",
    "object",
    "id",
    "type",
];

fn known(name: &str) -> Option<&'static str> {
    ATTRIBUTES.into_iter().find(|known| *known == name)
}

fn set(wanted: &mut Wanted, name: &'static str, value: &str) -> Result<(), Pkcs11UriError> {
    let bytes = decode(value).ok_or(Pkcs11UriError::Value(name))?;
    if name == "id" {
        wanted.id = Some(bytes);
        return Ok(());
    }
    let text = String::from_utf8(bytes).map_err(|_| Pkcs11UriError::Value(name))?;
    let field = match name {
        "token" => &mut wanted.token,
        "manufacturer" => &mut wanted.manufacturer,
        "serial" => &mut wanted.serial,
        "model" => &mut wanted.model,
        "library-manufacturer" => &mut wanted.library_manufacturer,
        "library-description" => &mut wanted.library_description,
        "slot-manufacturer" => &mut wanted.slot_manufacturer,
        "slot-description" => &mut wanted.slot_description,
        "object" => &mut wanted.object,
        "library-version" => {
            wanted.library_version = Some(version(&text).ok_or(Pkcs11UriError::Value(name))?);
            return Ok(());
        }
        "slot-id" => {
            wanted.slot_id = Some(number(&text).ok_or(Pkcs11UriError::Value(name))?);
            return Ok(());
        }
        // `type`: the key that signs is the private one, and nothing else can be asked for.
        _ if text == "private" => return Ok(()),
        _ => return Err(Pkcs11UriError::Type),
    };
    *field = Some(text);
    Ok(())
}

/// `M` or `M.N`; without minor version it is 0 (RFC 7512 section 2.3).
fn version(text: &str) -> Option<(u8, u8)> {
    let (major, minor) = text.split_once('.').unwrap_or((text, "0"));
    Some((number(major)?, number(minor)?))
}

/// Digits only: `parse` by itself would take a plus sign.
fn number<N: FromStr>(text: &str) -> Option<N> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

/// Undoes percent-encoding; `None` for a character that must be encoded in the path.
fn decode(value: &str) -> Option<Vec<u8>> {
    let mut bytes = value.bytes();
    let mut decoded = Vec::with_capacity(value.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => hex_digit(bytes.next()?)? << 4 | hex_digit(bytes.next()?)?,
            _ if byte.is_ascii_alphanumeric() || b"-._~:[]@!$'()*+,=&".contains(&byte) => byte,
            _ => return None,
        });
    }
    Some(decoded)
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| digit.try_into().ok())
}

fn query_error(query: &str) -> Pkcs11UriError {
    let names = query.split('&').map(|part| part.split('=').next());
    for name in names.flatten() {
        if name.starts_with("pin-") {
            return Pkcs11UriError::Pin;
        }
        if name.starts_with("module-") {
            return Pkcs11UriError::Module;
        }
    }
    Pkcs11UriError::UnknownAttribute
}

impl fmt::Display for Pkcs11Uri {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl fmt::Debug for Pkcs11Uri {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Pkcs11Uri({})", self.text)
    }
}

impl FromStr for Pkcs11Uri {
    type Err = Pkcs11UriError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl<'de> Deserialize<'de> for Pkcs11Uri {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// Why a text is no usable `pkcs11:` URI. The text is not repeated: somebody may have put a PIN in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Pkcs11UriError {
    /// Longer than a URI may be.
    #[error("PKCS#11 URI is longer than {URI_BYTES_MAX} bytes")]
    TooLong,
    /// Another scheme, or none.
    #[error("PKCS#11 URI must begin with `pkcs11:`, as in `pkcs11:token=sluis;object=inway`")]
    Scheme,
    /// A part without `=`.
    #[error("PKCS#11 URI must be name=value pairs with `;` between them")]
    Form,
    /// An attribute that RFC 7512 does not have in the path.
    #[error(
        "PKCS#11 URI holds an attribute that is not known; known are {}",
        ATTRIBUTES.join(", ")
    )]
    UnknownAttribute,
    /// The same attribute more than once.
    #[error("PKCS#11 URI has the attribute {0} twice")]
    Twice(&'static str),
    /// A value that is wrongly encoded, no text or no number.
    #[error(
        "PKCS#11 URI has a wrong value for {0}; write %20 for a space, and every byte of an id as %XX"
    )]
    Value(&'static str),
    /// Something else than a private key is asked for.
    #[error("PKCS#11 URI must have type=private or no type: only a private key can sign")]
    Type,
    /// The URI names a PIN or its source.
    #[error("PKCS#11 URI must not name a PIN; put it in a file and name that with pin_file")]
    Pin,
    /// The URI names the module.
    #[error("PKCS#11 URI must not name a module; name it with pkcs11_module_file")]
    Module,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_attribute_of_the_path_is_read() {
        let uri = Pkcs11Uri::parse(
            "PKCS11:token=The%20Software%20PKCS%2311%20Softtoken;manufacturer=Snake%20Oil,%20Inc.;\
             model=1.0;serial=%2a;object=my-signing-key;type=private;id=%69%95%3E%00;\
             library-manufacturer=L;library-description=D;library-version=3;\
             slot-manufacturer=M;slot-description=S;slot-id=327",
        )
        .unwrap();
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            *uri.wanted,
            Wanted {
                token: text("The Software PKCS#11 Softtoken"),
                manufacturer: text("Snake Oil, Inc."),
                serial: text("*"),
                model: text("1.0"),
                library_manufacturer: text("L"),
                library_description: text("D"),
                library_version: Some((3, 0)),
                slot_manufacturer: text("M"),
                slot_description: text("S"),
                slot_id: Some(327),
                object: text("my-signing-key"),
                id: Some(vec![0x69, 0x95, 0x3e, 0]),
            }
        );
        assert_eq!(
            *Pkcs11Uri::parse("pkcs11:").unwrap().wanted,
            Wanted::default()
        );
        let version = Pkcs11Uri::parse("pkcs11:library-version=2.40").unwrap();
        assert_eq!(version.wanted.library_version, Some((2, 40)));
        // An empty value is one: a token without a label.
        let empty = Pkcs11Uri::parse("pkcs11:token=").unwrap();
        assert_eq!(empty.wanted.token.as_deref(), Some(""));
    }

    #[test]
    fn what_is_not_understood_is_refused_and_not_repeated() {
        use Pkcs11UriError as E;
        let cases = [
            ("", E::Scheme),
            ("pkcs1", E::Scheme),
            ("file:/key.pem", E::Scheme),
            ("pkcs11:token", E::Form),
            ("pkcs11:token=a;", E::Form),
            ("pkcs11:token=a;token=b", E::Twice("token")),
            ("pkcs11:colour=blue", E::UnknownAttribute),
            ("pkcs11:x-vendor=1", E::UnknownAttribute),
            ("pkcs11:token=a b", E::Value("token")),
            ("pkcs11:token=a/b", E::Value("token")),
            ("pkcs11:token=%4", E::Value("token")),
            ("pkcs11:token=%zz", E::Value("token")),
            ("pkcs11:token=%ff", E::Value("token")),
            ("pkcs11:token=é", E::Value("token")),
            ("pkcs11:slot-id=-1", E::Value("slot-id")),
            ("pkcs11:slot-id=+1", E::Value("slot-id")),
            ("pkcs11:library-version=1.2.3", E::Value("library-version")),
            ("pkcs11:type=public", E::Type),
            ("pkcs11:token=a?pin-value=geheim", E::Pin),
            ("pkcs11:token=a?pin-source=file:/pin", E::Pin),
            ("pkcs11:token=a?x=y&pin-value=geheim", E::Pin),
            ("pkcs11:token=a?module-path=/m.so", E::Module),
            ("pkcs11:token=a?module-name=m", E::Module),
            ("pkcs11:token=a?", E::UnknownAttribute),
            ("pkcs11:pin-value=geheim", E::UnknownAttribute),
        ];
        for (text, expected) in cases {
            let error = Pkcs11Uri::parse(text).unwrap_err();
            assert_eq!(error, expected, "{text}");
            assert!(!error.to_string().contains("geheim"));
        }
        let long = format!("pkcs11:token={}", "a".repeat(URI_BYTES_MAX));
        assert_eq!(Pkcs11Uri::parse(&long).unwrap_err(), E::TooLong);
    }

    proptest! {
        #[test]
        fn every_label_and_id_can_be_written(label: String, id: Vec<u8>) {
            prop_assume!(label.len() + id.len() < 300);
            let encode = |bytes: &[u8]| -> String {
                bytes.iter().map(|byte| format!("%{byte:02X}")).collect()
            };
            let text = format!("pkcs11:id={};object={}", encode(&id), encode(label.as_bytes()));
            let uri = Pkcs11Uri::parse(&text).unwrap();
            prop_assert_eq!(&uri.wanted.object, &Some(label));
            prop_assert_eq!(&uri.wanted.id, &Some(id));
            prop_assert_eq!(uri.text.as_ref(), text);
        }

        #[test]
        fn no_text_panics(text: String, tail in "[a-z0-9=;?&%.-]{0,40}") {
            let _ = Pkcs11Uri::parse(&text);
            let _ = Pkcs11Uri::parse(&format!("pkcs11:{tail}"));
            let _ = Pkcs11Uri::parse(&format!("pkcs11:{text}"));
        }
    }
}
