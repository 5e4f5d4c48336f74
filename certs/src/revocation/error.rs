//! Why a list cannot be used, and why a certificate does not pass the check.

use super::list::{ENTRIES_MAX, FILE_MAX_BYTES};
use super::{LISTS_MAX, TOTAL_MAX_BYTES};
use crate::checks::moment;
use crate::{DistinguishedName, Rule, VerifyError};

/// Why revocation lists cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RevocationListError {
    /// Without a list nothing can be verified.
    #[error("no revocation list is given; give one for every issuer, root and domain CA included")]
    None,
    /// A file is larger than any list in use; holds its size in bytes.
    #[error("revocation list file has {0} bytes; the limit is {FILE_MAX_BYTES}")]
    TooLarge(usize),
    /// More certificates are revoked than any issuer has.
    #[error("revocation list has more than {ENTRIES_MAX} entries")]
    TooManyEntries,
    /// More lists than issuers can be.
    #[error(
        "more than {LISTS_MAX} revocation lists, or {TOTAL_MAX_BYTES} bytes of them, are given"
    )]
    TooMany,
    /// Neither DER nor PEM.
    #[error("revocation list is not readable as DER or PEM")]
    Unreadable,
    /// A kind of list that cannot be used, such as a delta or indirect list; names the objection.
    #[error("revocation list is of an unsupported kind: {0}")]
    Unsupported(String),
    /// The list was not signed by any CA of the name that it gives as its issuer's.
    #[error("revocation list is not signed by `{issuer}`, whose list it says it is")]
    WrongSigner {
        /// The CA that the list names.
        issuer: DistinguishedName,
    },
    /// The CA that signed the list may not sign lists (key usage `cRLSign`).
    #[error(
        "revocation list is signed by `{issuer}`, whose certificate does not allow that (cRLSign)"
    )]
    NotListSigner {
        /// The CA that the list names.
        issuer: DistinguishedName,
    },
    /// There is a newer list of the same CA: an older one would hide what was revoked since.
    #[error(
        "revocation list of `{issuer}` has number {number}, which is older than number {known} that is in use"
    )]
    Older {
        /// The CA whose list it is.
        issuer: DistinguishedName,
        /// Number of the list that was offered, in hexadecimal.
        number: String,
        /// Number of the list that stays, in hexadecimal.
        known: String,
    },
    /// The list was made in the future.
    #[error("revocation list of `{issuer}` is from the future; check the clock of this machine")]
    NotYetValid {
        /// The CA whose list it is.
        issuer: DistinguishedName,
    },
    /// The next list was due.
    #[error("revocation list of `{issuer}` is expired; a fresh one is needed")]
    Expired {
        /// The CA whose list it is.
        issuer: DistinguishedName,
    },
}

impl RevocationListError {
    /// A stable label for metrics and logs.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::None => "missing",
            Self::TooLarge(_) | Self::TooManyEntries | Self::TooMany => "too-large",
            Self::Unreadable => "unreadable",
            Self::Unsupported(_) => "unsupported",
            Self::WrongSigner { .. } | Self::NotListSigner { .. } => "wrong-signer",
            Self::Older { .. } => "older",
            Self::NotYetValid { .. } => "not-yet-valid",
            Self::Expired { .. } => "expired",
        }
    }
}

impl From<webpki::Error> for RevocationListError {
    fn from(error: webpki::Error) -> Self {
        use webpki::Error;
        Self::Unsupported(match error {
            Error::UnsupportedDeltaCrl => {
                "it is a delta list, with changes only; give the complete list".to_owned()
            }
            Error::UnsupportedIndirectCrl => {
                "it is an indirect list, about certificates of several issuers; give the list of the issuer itself"
                    .to_owned()
            }
            Error::UnsupportedRevocationReasonsPartitioning => {
                "it is about some reasons for revocation only; give the list for all reasons"
                    .to_owned()
            }
            Error::UnsupportedCriticalExtension => {
                "it has a critical extension that is not known here".to_owned()
            }
            Error::UnsupportedCrlIssuingDistributionPoint => {
                "its issuing distribution point has no full name".to_owned()
            }
            Error::UnsupportedCrlVersion => "it is not of version 2".to_owned(),
            Error::SignatureAlgorithmMismatch => {
                "it names two different signature algorithms".to_owned()
            }
            // Anything else is a mistake in the encoding.
            _ => return Self::Unreadable,
        })
    }
}

/// Why a certificate does not pass the revocation check. Every case names the issuer of the
/// certificate, which is the CA whose list is meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RevocationError {
    /// The certificate is on the list.
    #[error("certificate is revoked by `{issuer}`")]
    Revoked {
        /// The CA.
        issuer: DistinguishedName,
    },
    /// There is no list of the issuer.
    #[error("there is no revocation list of `{issuer}`; provide it")]
    NoList {
        /// The CA.
        issuer: DistinguishedName,
    },
    /// There are lists of the issuer, but for other distribution points or another kind of
    /// certificate.
    #[error(
        "there is no revocation list of `{issuer}` for the distribution point that the certificate names; provide it"
    )]
    OutOfScope {
        /// The CA.
        issuer: DistinguishedName,
    },
    /// The list was made in the future.
    #[error("revocation list of `{issuer}` is from the future; check the clock of this machine")]
    NotYetValid {
        /// The CA.
        issuer: DistinguishedName,
    },
    /// The next list was due. Until it is there, no certificate of the issuer is trusted (DK-CERT).
    #[error("revocation list of `{issuer}` is expired; provide a fresh one")]
    Expired {
        /// The CA.
        issuer: DistinguishedName,
        /// When the list stopped being usable, in Unix seconds.
        next_update: i64,
    },
    /// No list with the issuer's name is signed with the issuer's key.
    #[error("revocation list of `{issuer}` is not signed by it; provide the list again")]
    WrongSigner {
        /// The CA.
        issuer: DistinguishedName,
    },
    /// The issuer may not sign lists.
    #[error("`{issuer}` may not sign revocation lists: its key usage lacks cRLSign")]
    NotListSigner {
        /// The CA.
        issuer: DistinguishedName,
    },
    /// The certificate cannot be taken apart, or its serial number is longer than any in use.
    #[error("certificate cannot be looked up in a revocation list")]
    Unreadable,
}

impl From<RevocationError> for VerifyError {
    fn from(error: RevocationError) -> Self {
        let (rule, expected) = match &error {
            RevocationError::Revoked { issuer } => (
                Rule::Revoked,
                format!("to be absent from the revocation list of `{issuer}`"),
            ),
            RevocationError::NoList { issuer }
            | RevocationError::OutOfScope { issuer }
            | RevocationError::NotYetValid { issuer } => (
                Rule::UnknownRevocationStatus,
                format!("a revocation list of `{issuer}`"),
            ),
            RevocationError::Expired { issuer, .. } => (
                Rule::CrlExpired,
                format!("a revocation list of `{issuer}` that is not past its next update"),
            ),
            RevocationError::WrongSigner { issuer } | RevocationError::NotListSigner { issuer } => {
                (
                    Rule::CrlUnusable,
                    format!("a revocation list signed by `{issuer}`, which must be allowed to"),
                )
            }
            RevocationError::Unreadable => (
                Rule::UnknownRevocationStatus,
                "a serial number of a usual length".to_owned(),
            ),
        };
        let found = match &error {
            RevocationError::Revoked { .. } => "it there".to_owned(),
            RevocationError::NoList { .. } => "none".to_owned(),
            RevocationError::OutOfScope { .. } => {
                "only lists for other distribution points".to_owned()
            }
            RevocationError::NotYetValid { .. } => "only one from the future".to_owned(),
            RevocationError::Expired { next_update, .. } => {
                format!("one whose next update was due {}", moment(*next_update))
            }
            RevocationError::WrongSigner { .. } => "one signed with another key".to_owned(),
            RevocationError::NotListSigner { .. } => "its key usage without cRLSign".to_owned(),
            RevocationError::Unreadable => "another".to_owned(),
        };
        Self::new(rule, expected, found)
    }
}
