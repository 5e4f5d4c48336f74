//! SHA-256 thumbprints of certificates and public keys, in the spellings FSC uses.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::hex;

/// SHA-256 of a DER `SubjectPublicKeyInfo`; written as 64 lower-case hexadecimal digits.
///
/// It names an outway's key in a grant (FSC Core, `public_key_thumbprint`), so it survives a renewed
/// certificate as long as the key is kept. Capitals are refused: a contract is hashed as written, and
/// two spellings of one key would be two contracts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PublicKeyThumbprint([u8; 32]);

/// SHA-256 of a whole DER certificate; written as base64url without padding, 43 characters.
///
/// It is `x5t#S256` (RFC 7515 section 4.1.8) and `cnf.x5t#S256` (RFC 8705 section 3.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CertificateThumbprint([u8; 32]);

impl PublicKeyThumbprint {
    /// The thumbprint of a DER `SubjectPublicKeyInfo`.
    pub fn of(subject_public_key_info_der: &[u8]) -> Self {
        Self(sha256(subject_public_key_info_der))
    }

    /// The 32 bytes of the hash.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl CertificateThumbprint {
    /// The thumbprint of a DER certificate.
    pub fn of(der: &[u8]) -> Self {
        Self(sha256(der))
    }

    /// Whether both name the same certificate, compared in constant time.
    pub fn matches(&self, other: &Self) -> bool {
        aws_lc_rs::constant_time::verify_slices_are_equal(&self.0, &other.0).is_ok()
    }

    /// The 32 bytes of the hash.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for PublicKeyThumbprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(&self.0))
    }
}

impl fmt::Display for CertificateThumbprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for PublicKeyThumbprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PublicKeyThumbprint({self})")
    }
}

impl fmt::Debug for CertificateThumbprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "CertificateThumbprint({self})")
    }
}

impl FromStr for PublicKeyThumbprint {
    type Err = ThumbprintError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        hex::decode(text)
            .map(Self)
            .ok_or(ThumbprintError::PublicKey)
    }
}

impl FromStr for CertificateThumbprint {
    type Err = ThumbprintError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 32];
        // The length is checked first so that the decoder never sees a large input.
        if text.len() != 43 {
            return Err(ThumbprintError::Certificate);
        }
        match URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
            Ok(32) => Ok(Self(bytes)),
            _ => Err(ThumbprintError::Certificate),
        }
    }
}

impl Serialize for PublicKeyThumbprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for CertificateThumbprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PublicKeyThumbprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for CertificateThumbprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Why a text is no thumbprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ThumbprintError {
    /// Not 64 lower-case hexadecimal digits.
    #[error("public key thumbprint must be 64 lower-case hexadecimal digits")]
    PublicKey,
    /// Not 43 characters of base64url without padding.
    #[error("certificate thumbprint must be 43 characters of base64url without padding")]
    Certificate,
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    // A SHA-256 digest always has 32 bytes; zip cannot leave one out.
    for (to, from) in hash.iter_mut().zip(digest(&SHA256, bytes).as_ref()) {
        *to = *from;
    }
    hash
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;
    use crate::peer::parse_certificate;

    /// The certificate of RFC 8705 appendix A.
    const RFC_8705: &str = "\
        MIIBBjCBrAIBAjAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDDARtdGxzMB4XDTE4MTAxODEyMzcwOVoXDTIyMDUwMjEyMzcw\
        OVowDzENMAsGA1UEAwwEbXRsczBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNcnyxwqV6hY8QnhxxzFQ03C7HKW9Oyl\
        MbnQZjjJ/Au08/coZwxS7LfA4vOLS9WuneIXhbGGWvsDSb0tH6IxLm8wCgYIKoZIzj0EAwIDSQAwRgIhAP0RC1E+vwJD\
        /D1AGHGzuri+hlV/PpQEKTWUVeORWz83AiEA5x2eXZOVbUlJSGQgjwD5vaUaKlLR50Q2DmFfQj1L+SY=";
    const RFC_8705_CERTIFICATE: &str = "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0";
    const RFC_8705_PUBLIC_KEY: &str =
        "59f9fbefb56c0d713e716dd6bf39bb0ae330e83ea1d79291855aaade8f341f8f";

    #[test]
    fn the_certificate_of_rfc_8705() {
        let der = STANDARD.decode(RFC_8705).unwrap();
        let certificate = CertificateThumbprint::of(&der);
        assert_eq!(certificate.to_string(), RFC_8705_CERTIFICATE);
        let parsed = parse_certificate(&der).unwrap();
        let public_key = PublicKeyThumbprint::of(parsed.public_key().raw);
        assert_eq!(public_key.to_string(), RFC_8705_PUBLIC_KEY);
        assert_eq!(RFC_8705_CERTIFICATE.parse(), Ok(certificate));
        assert_eq!(RFC_8705_PUBLIC_KEY.parse(), Ok(public_key));
        assert!(certificate.matches(&RFC_8705_CERTIFICATE.parse().unwrap()));
        assert!(!certificate.matches(&CertificateThumbprint::of(b"another")));
    }

    #[test]
    fn other_spellings_are_refused() {
        let capitals = RFC_8705_PUBLIC_KEY.to_uppercase();
        for bad in ["", &capitals, &RFC_8705_PUBLIC_KEY[1..], "x"] {
            assert_eq!(
                bad.parse::<PublicKeyThumbprint>(),
                Err(ThumbprintError::PublicKey)
            );
        }
        // Padding, one character less, the standard alphabet (the example in the FSC text), and bits
        // set in the last character that no byte stands for.
        for bad in [
            "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0=",
            "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v",
            "DpAyDYakmVAQ4oOJC3UYLRk/ONRCqMj00TeGJemMiLA",
            "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v1",
            "",
        ] {
            assert_eq!(
                bad.parse::<CertificateThumbprint>(),
                Err(ThumbprintError::Certificate),
                "{bad}"
            );
        }
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(bytes: [u8; 32]) {
            let (certificate, key) = (CertificateThumbprint(bytes), PublicKeyThumbprint(bytes));
            prop_assert_eq!(certificate.to_string().parse(), Ok(certificate));
            prop_assert_eq!(key.to_string().parse(), Ok(key));
            prop_assert!(certificate.matches(&certificate));
        }

        #[test]
        fn no_text_panics(text in ".{0,70}") {
            let _ = text.parse::<CertificateThumbprint>();
            let _ = text.parse::<PublicKeyThumbprint>();
        }
    }
}
