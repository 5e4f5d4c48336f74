//! The fingerprint by which a trust anchor is pinned.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer};

use crate::{CertificateThumbprint, PemError, hex, pem};

/// SHA-256 of a DER certificate, as tools for certificates print it: 64 hexadecimal digits. Capitals
/// and colons between the bytes are read too.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AnchorPin([u8; 32]);

impl AnchorPin {
    /// The fingerprint of a certificate.
    #[must_use]
    pub fn of(der: &[u8]) -> Self {
        Self(*CertificateThumbprint::of(der).as_bytes())
    }
}

impl FromStr for AnchorPin {
    type Err = AnchorPinError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // With a colon after every byte but the last there are 31 more characters.
        let digits = match text.len() {
            64 => text.to_ascii_lowercase(),
            95 => {
                let bytes: Vec<&str> = text.split(':').collect();
                if bytes.len() != 32 {
                    return Err(AnchorPinError);
                }
                bytes.concat().to_ascii_lowercase()
            }
            _ => return Err(AnchorPinError),
        };
        hex::decode(&digits).map(Self).ok_or(AnchorPinError)
    }
}

impl fmt::Display for AnchorPin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(&self.0))
    }
}

impl fmt::Debug for AnchorPin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "AnchorPin({self})")
    }
}

impl<'de> Deserialize<'de> for AnchorPin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The fingerprint of every certificate in a PEM file, in its order.
///
/// # Errors
///
/// [`PemError`] when the file is no PEM with certificates.
pub fn fingerprints(pem: &[u8]) -> Result<Vec<AnchorPin>, PemError> {
    let certificates = pem::certificates(pem)?;
    Ok(certificates.iter().map(|der| AnchorPin::of(der)).collect())
}

/// The text is no fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a fingerprint is the SHA-256 of the certificate: 64 hexadecimal digits")]
pub struct AnchorPinError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_read_as_tools_print_it() {
        let pin = AnchorPin::of(b"x");
        let plain = pin.to_string();
        let digits: Vec<String> = plain.as_bytes().chunks(2).map(hex_pair).collect();
        let colons = digits.join(":").to_uppercase();
        assert_eq!(plain.parse(), Ok(pin));
        assert_eq!(colons.parse(), Ok(pin));
        assert_eq!(plain.to_uppercase().parse(), Ok(pin));
        for bad in [
            "",
            &plain[1..],
            &format!("{plain}0"),
            &colons.replace(':', " "),
            &"é".repeat(32),
        ] {
            assert_eq!(bad.parse::<AnchorPin>(), Err(AnchorPinError), "{bad}");
        }
    }

    fn hex_pair(pair: &[u8]) -> String {
        String::from_utf8(pair.to_vec()).unwrap()
    }
}
