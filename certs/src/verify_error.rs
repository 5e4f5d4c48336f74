//! Why a certificate is not accepted.

use crate::{PeerError, PeerId};

/// Why a certificate is not accepted. Every case has a stable label, [`VerifyError::reason`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// No path leads to a trust anchor, or a signature on the path is wrong.
    #[error(
        "certificate is not issued under a trust anchor; check that the chain holds the leaf and every CA below the root"
    )]
    Untrusted,
    /// More certificates than a chain needs; holds their number.
    #[error("certificate chain has {0} certificates, more than the limit")]
    ChainTooLong(usize),
    /// The certificate, a CA above it or the trust anchor is past its end of validity.
    #[error("certificate, or a CA above it, is expired")]
    Expired,
    /// The validity of the certificate or a CA above it has not begun.
    #[error("certificate, or a CA above it, is not valid yet")]
    NotYetValid,
    /// The issuer revoked the certificate or a CA above it.
    #[error("certificate, or a CA above it, is revoked")]
    Revoked,
    /// There is no revocation list of an issuer on the path, or it lies in the future.
    #[error(
        "certificate has an issuer without a usable revocation list; provide the list of every CA, root included"
    )]
    UnknownRevocationStatus,
    /// A revocation list on the path is past its next update.
    #[error("certificate has an issuer whose revocation list is expired; provide a fresh one")]
    CrlExpired,
    /// A revocation list on the path is not signed by the issuer, or the issuer may not sign lists.
    #[error("certificate has an issuer whose revocation list is not validly signed")]
    CrlUnusable,
    /// The extended key usage does not allow this use.
    #[error(
        "certificate's extended key usage does not allow this use; PKIoverheid server certificates have both clientAuth and serverAuth"
    )]
    WrongUsage,
    /// The certificate of a CA was presented instead of a leaf.
    #[error("certificate is of a CA and cannot identify a peer")]
    AuthorityAsLeaf,
    /// A certificate of the chain cannot be used for another reason, such as an unknown critical extension;
    /// names the objection.
    #[error("certificate chain cannot be used: {0}")]
    Unusable(String),
    /// The server's certificate is for other DNS names than the one asked for.
    #[error("certificate is not valid for the server name that was asked for")]
    WrongName,
    /// The server is trusted, but another peer than the one that was to be called.
    #[error("certificate is of another peer than the expected {expected}")]
    UnexpectedPeer {
        /// The peer that was to be called.
        expected: PeerId,
        /// The peer that answered.
        found: PeerId,
    },
    /// The certificate is trusted, but does not name a peer.
    #[error(transparent)]
    NotAPeer(#[from] PeerError),
}

impl VerifyError {
    /// A stable label for metrics and logs.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Untrusted => "untrusted",
            Self::Expired => "expired",
            Self::NotYetValid => "not-yet-valid",
            Self::Revoked => "revoked",
            Self::UnknownRevocationStatus => "unknown-revocation-status",
            Self::CrlExpired => "crl-expired",
            Self::CrlUnusable => "crl-unusable",
            Self::WrongUsage => "wrong-usage",
            Self::AuthorityAsLeaf => "ca-as-leaf",
            Self::ChainTooLong(_) | Self::Unusable(_) => "unusable",
            Self::WrongName => "wrong-name",
            Self::UnexpectedPeer { .. } => "unexpected-peer",
            Self::NotAPeer(PeerError::NoCertificate) => "no-client-certificate",
            Self::NotAPeer(_) => "not-a-peer",
        }
    }
}

impl From<webpki::Error> for VerifyError {
    fn from(error: webpki::Error) -> Self {
        use webpki::Error;
        match error {
            Error::UnknownIssuer | Error::InvalidSignatureForPublicKey => Self::Untrusted,
            Error::CertExpired { .. } => Self::Expired,
            Error::CertNotValidYet { .. } => Self::NotYetValid,
            Error::CertRevoked => Self::Revoked,
            Error::UnknownRevocationStatus => Self::UnknownRevocationStatus,
            Error::CrlExpired { .. } => Self::CrlExpired,
            Error::InvalidCrlSignatureForPublicKey
            | Error::IssuerNotCrlSigner
            | Error::UnsupportedCrlSignatureAlgorithmContext(_)
            | Error::UnsupportedCrlSignatureAlgorithmForPublicKeyContext(_) => Self::CrlUnusable,
            Error::RequiredEkuNotFoundContext(_) | Error::EmptyEkuExtension => Self::WrongUsage,
            Error::CaUsedAsEndEntity => Self::AuthorityAsLeaf,
            Error::CertNotValidForName(_) => Self::WrongName,
            // The text names the kind of problem; nothing out of the certificate but object
            // identifiers can be in it.
            other => Self::Unusable(format!("{other:?}")),
        }
    }
}
