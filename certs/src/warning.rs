//! What is acceptable in a certificate and yet worth knowing.

use std::fmt;

/// What is acceptable in a certificate and yet worth knowing. Its label is stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Warning {
    /// The RSA key is shorter than NCSC calls good (TLS guidelines 2025-05: 3072 bits); holds its bits.
    ShortKey(u32),
    /// A DNS name is a wildcard, which PKIoverheid G4 does not allow.
    WildcardName,
    /// An IP address stands among the names, which PKIoverheid G4 does not allow.
    IpAddressName,
    /// The OIN is made of a KvK number, and `organizationIdentifier` holds another.
    OtherKvkNumber,
    /// The OIN is made of an RSIN or Fi number whose check digit is wrong (11-test).
    CheckDigit,
}

impl Warning {
    /// A stable label for metrics and logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ShortKey(_) => "short-key",
            Self::WildcardName => "wildcard-name",
            Self::IpAddressName => "ip-address-name",
            Self::OtherKvkNumber => "other-kvk-number",
            Self::CheckDigit => "check-digit",
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ShortKey(bits) => write!(
                formatter,
                "the key is RSA of {bits} bits; NCSC asks for 3072 or more"
            ),
            Self::WildcardName => formatter.write_str(
                "a DNS name is a wildcard, which PKIoverheid no longer gives out since G4",
            ),
            Self::IpAddressName => formatter.write_str(
                "an IP address stands among the names, which PKIoverheid no longer gives out since G4",
            ),
            Self::OtherKvkNumber => formatter.write_str(
                "organizationIdentifier holds another KvK number than the OIN is made of",
            ),
            Self::CheckDigit => formatter
                .write_str("the OIN is made of an RSIN or Fi number whose check digit is wrong"),
        }
    }
}
