//! The object identifier of a certificate policy.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer};
use x509_parser::oid_registry::Oid;

/// Longest text of an object identifier that is read, in bytes.
const TEXT_BYTES_MAX: usize = 128;

/// The object identifier of a certificate policy (RFC 5280 section 4.2.1.4), such as
/// `2.16.528.1.1003.1.2.8.6`.
#[derive(Clone, PartialEq, Eq)]
pub struct PolicyOid(Oid<'static>);

impl PolicyOid {
    pub(crate) fn matches(&self, found: &Oid<'_>) -> bool {
        self.0.as_bytes() == found.as_bytes()
    }
}

impl FromStr for PolicyOid {
    type Err = PolicyOidError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(PolicyOidError);
        }
        let number = |arc: &str| {
            let plain = arc.bytes().all(|byte| byte.is_ascii_digit());
            let shortest = arc == "0" || !arc.starts_with('0');
            let number: Option<u32> = (plain && shortest).then(|| arc.parse().ok()).flatten();
            number.map(u64::from).ok_or(PolicyOidError)
        };
        let arcs = text.split('.').map(number).collect::<Result<Vec<_>, _>>()?;
        match arcs.as_slice() {
            // The first two share one octet (X.690 section 8.19.4).
            [0..=2, 0..=39, _, ..] => Oid::from(&arcs).map(Self).map_err(|_| PolicyOidError),
            _ => Err(PolicyOidError),
        }
    }
}

impl fmt::Display for PolicyOid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.to_id_string())
    }
}

impl fmt::Debug for PolicyOid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PolicyOid({self})")
    }
}

impl<'de> Deserialize<'de> for PolicyOid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The text is no object identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a policy is an object identifier: numbers with dots, such as 2.16.528.1.1003.1.2.8.6")]
pub struct PolicyOidError;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_with_dots_are_read_as_der_has_them() {
        let oid: PolicyOid = "2.16.528.1.1003.1.2.44.15.35.11".parse().unwrap();
        assert_eq!(
            crate::hex::encode(oid.0.as_bytes()),
            "6084100187 6b01022c0f230b".replace(' ', "")
        );
        assert_eq!(oid.to_string(), "2.16.528.1.1003.1.2.44.15.35.11");
        for bad in [
            "",
            "2",
            "2.16",
            "3.1.1",
            "1.40.1",
            "2.16.",
            ".2.16.1",
            "2.16.01",
            "2.16.-1",
            "2.16.x",
            "2 .16.1",
            "2.16.1\n",
            "2.16.99999999999999999999",
        ] {
            assert_eq!(bad.parse::<PolicyOid>(), Err(PolicyOidError), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_refused_or_kept(text in "([0-9.]{0,40}|.{0,200})") {
            if let Ok(oid) = text.parse::<PolicyOid>() {
                prop_assert_eq!(oid.to_string(), text);
            }
        }
    }
}
