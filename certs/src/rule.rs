//! The rules by which a certificate is judged.

use std::fmt;

/// A rule of the judgement of a certificate, named after how it is broken.
///
/// Its label ([`Rule::as_str`]) is stable and stands in metrics, logs and `sluis cert explain --json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rule {
    /// A certificate must be presented.
    NoCertificate,
    /// A chain has a limit.
    ChainTooLong,
    /// The certificate must be readable X.509 of version 3.
    Unreadable,
    /// The path must lead to a trust anchor, every signature on it right (RFC 5280 section 6.1).
    Untrusted,
    /// Of every certificate, the trust anchor included, the validity must have begun.
    NotYetValid,
    /// Of every certificate, the trust anchor included, the validity must not be over.
    Expired,
    /// No certificate may be on the revocation list of its issuer (Digikoppeling PKI003).
    Revoked,
    /// Every issuer must have a usable revocation list (DK-CERT: higher levels too).
    UnknownRevocationStatus,
    /// Every revocation list must be before its next update (DK-CERT).
    CrlExpired,
    /// Every revocation list must be validly signed by its issuer.
    CrlUnusable,
    /// The leaf must not be the certificate of a CA.
    AuthorityAsLeaf,
    /// Every issuer must be a CA, with no more CAs beneath it than its path length allows.
    NotAnAuthority,
    /// The leaf must be for digital signatures, a CA for signing certificates (RFC 5280 section 4.2.1.3).
    KeyUsage,
    /// The leaf must have the extended key usage of its use, a CA only if it has any.
    WrongUsage,
    /// The signature on the certificate must be of a kind in use: no SHA-1.
    SignatureAlgorithm,
    /// The key must be rsaEncryption, or on P-256, P-384 or P-521.
    KeyKind,
    /// An RSA key has a least size.
    KeySize,
    /// The leaf must carry an accepted policy, and every CA above it must allow that policy.
    Policy,
    /// Nothing in the certificate may be critical and unknown.
    Unusable,
    /// The leaf must name one organisation.
    NotAPeer,
    /// The peer id must be an OIN of an accepted register.
    Oin,
    /// A server's certificate must be for the DNS name that was asked for; a common name does not count.
    WrongName,
    /// A server must be the peer that was to be called.
    UnexpectedPeer,
}

impl Rule {
    /// Every rule, in the order in which they are judged.
    pub const ALL: [Rule; 23] = [
        Self::NoCertificate,
        Self::ChainTooLong,
        Self::Unreadable,
        Self::Untrusted,
        Self::NotYetValid,
        Self::Expired,
        Self::Revoked,
        Self::UnknownRevocationStatus,
        Self::CrlExpired,
        Self::CrlUnusable,
        Self::AuthorityAsLeaf,
        Self::NotAnAuthority,
        Self::KeyUsage,
        Self::WrongUsage,
        Self::SignatureAlgorithm,
        Self::KeyKind,
        Self::KeySize,
        Self::Policy,
        Self::Unusable,
        Self::NotAPeer,
        Self::Oin,
        Self::WrongName,
        Self::UnexpectedPeer,
    ];

    /// A stable label for metrics and logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoCertificate => "no-client-certificate",
            Self::ChainTooLong => "chain-too-long",
            Self::Unreadable => "unreadable",
            Self::Untrusted => "untrusted",
            Self::NotYetValid => "not-yet-valid",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::UnknownRevocationStatus => "unknown-revocation-status",
            Self::CrlExpired => "crl-expired",
            Self::CrlUnusable => "crl-unusable",
            Self::AuthorityAsLeaf => "ca-as-leaf",
            Self::NotAnAuthority => "not-a-ca",
            Self::KeyUsage => "key-usage",
            Self::WrongUsage => "wrong-usage",
            Self::SignatureAlgorithm => "signature-algorithm",
            Self::KeyKind => "key-kind",
            Self::KeySize => "key-size",
            Self::Policy => "policy",
            Self::Unusable => "unusable",
            Self::NotAPeer => "not-a-peer",
            Self::Oin => "oin",
            Self::WrongName => "wrong-name",
            Self::UnexpectedPeer => "unexpected-peer",
        }
    }

    /// What it is about, for overviews in which it may as well be kept.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::NoCertificate => "certificate",
            Self::ChainTooLong => "length of the chain",
            Self::Unreadable => "readable",
            Self::Untrusted => "issuer",
            Self::NotYetValid => "start of validity",
            Self::Expired => "end of validity",
            Self::Revoked
            | Self::UnknownRevocationStatus
            | Self::CrlExpired
            | Self::CrlUnusable => "revocation",
            Self::AuthorityAsLeaf | Self::NotAnAuthority => "basic constraints",
            Self::KeyUsage => "key usage",
            Self::WrongUsage => "extended key usage",
            Self::SignatureAlgorithm => "signature",
            Self::KeyKind => "kind of key",
            Self::KeySize => "length of key",
            Self::Policy => "policy",
            Self::Unusable => "usable",
            Self::NotAPeer => "organisation",
            Self::Oin => "peer id",
            Self::WrongName => "server names",
            Self::UnexpectedPeer => "peer",
        }
    }

    /// Whether the certificate comes from an issuer we trust, and only what it says is not acceptable.
    #[must_use]
    pub fn is_about_contents(self) -> bool {
        matches!(
            self,
            Self::KeyUsage
                | Self::WrongUsage
                | Self::KeyKind
                | Self::KeySize
                | Self::Policy
                | Self::NotAPeer
                | Self::Oin
                | Self::WrongName
                | Self::UnexpectedPeer
        )
    }

    /// What is the matter when it is broken, to follow upon the certificate's name.
    pub(crate) fn broken(self) -> &'static str {
        match self {
            Self::NoCertificate => "was not presented",
            Self::ChainTooLong => "is too long",
            Self::Unreadable => "cannot be read",
            Self::Untrusted => "is not issued under a trust anchor",
            Self::NotYetValid => "is not valid yet",
            Self::Expired => "is expired",
            Self::Revoked => "is revoked",
            Self::UnknownRevocationStatus => "has an issuer without a usable revocation list",
            Self::CrlExpired => "has an issuer whose revocation list is expired",
            Self::CrlUnusable => "has an issuer whose revocation list cannot be used",
            Self::AuthorityAsLeaf => "is of a CA and cannot identify a peer",
            Self::NotAnAuthority => "may not issue what it issued",
            Self::KeyUsage => "has a key usage that does not allow this",
            Self::WrongUsage => "has an extended key usage that does not allow this",
            Self::SignatureAlgorithm => "is signed in a way that is not accepted",
            Self::KeyKind => "has a kind of key that is not accepted",
            Self::KeySize => "has a key that is too short",
            Self::Policy => "was not issued under an accepted policy",
            Self::Unusable => "cannot be used",
            Self::NotAPeer => "does not name one organisation",
            Self::Oin => "has no acceptable OIN",
            Self::WrongName => "is for another server name",
            Self::UnexpectedPeer => "is of another peer",
        }
    }

    /// What to do about it.
    pub(crate) fn remedy(self) -> &'static str {
        match self {
            Self::NoCertificate => "let the other side present its certificate",
            Self::ChainTooLong => "send the leaf and the CAs above it only",
            Self::Unreadable => "check that the file or message holds a whole certificate",
            Self::Untrusted => {
                "check that the chain holds the leaf and every CA below the root, and that its root is a trust anchor"
            }
            Self::NotYetValid => "wait until it is, or set the clock of this machine right",
            Self::Expired => "let its holder renew it, or set the clock of this machine right",
            Self::Revoked => "let its holder request a new one",
            Self::UnknownRevocationStatus => {
                "provide the list of every CA, root and domain CA included"
            }
            Self::CrlExpired => "provide a fresh list",
            Self::CrlUnusable => "download the list of that CA again",
            Self::AuthorityAsLeaf => "put the certificate of the organisation first in the chain",
            Self::NotAnAuthority => "use a certificate issued by a CA of the PKI",
            Self::KeyUsage | Self::Policy => {
                "use a server certificate of the PKI that the group trusts, not one for a person"
            }
            Self::WrongUsage => {
                "use a certificate for client and server, as PKIoverheid server certificates are"
            }
            Self::SignatureAlgorithm => "let its issuer sign with SHA-256 or better",
            Self::KeyKind => "use an RSA key, or one on P-256, P-384 or P-521",
            Self::KeySize => "request a certificate for a longer key",
            Self::Unusable => "let its issuer leave out what is not in the PKIoverheid profile",
            Self::NotAPeer => "use a certificate with one OIN in subject.serialNumber",
            Self::Oin => "use a certificate with the OIN as the register gave it out",
            Self::WrongName => {
                "call a name that stands in the certificate (subject alternative names)"
            }
            Self::UnexpectedPeer => "check the address of the peer that was to be called",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_rule_has_a_label_of_its_own() {
        let labels: BTreeSet<&str> = Rule::ALL.iter().map(|rule| rule.as_str()).collect();
        assert_eq!(labels.len(), Rule::ALL.len());
        for rule in Rule::ALL {
            let good = |character: char| character.is_ascii_lowercase() || character == '-';
            assert!(rule.as_str().chars().all(good), "{rule}");
            assert!(!rule.broken().is_empty() && !rule.remedy().is_empty());
        }
    }
}
