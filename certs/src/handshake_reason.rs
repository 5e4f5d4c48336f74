//! Stable labels for failed handshakes.

use std::error::Error;
use std::io;

use rustls::{AlertDescription, CertificateError};

use crate::{KeyError, Rule, VerifyError};

/// How deep a chain of causes is followed.
const CAUSES_MAX: usize = 16;

/// Why a handshake failed, as a stable label for metrics and logs. Takes a rustls error, or any error
/// (of I/O, of an HTTP client) that has one among its causes.
///
/// The labels of [`Rule::as_str`] (`no-client-certificate`: the client sent none), and:
///
/// - `bad-signature`: the other side does not hold the private key of its certificate;
/// - `refused-by-peer`: the other side did not accept our certificate; why is known there;
/// - `own-key`: our own private key could not sign, because its PKCS#11 token failed;
/// - `connection-lost`: the connection broke off during the handshake;
/// - `protocol`: everything else, such as no TLS at all or no common version.
pub fn handshake_reason(error: &(dyn Error + 'static)) -> &'static str {
    let mut next = Some(error);
    let mut lost = false;
    for _ in 0..CAUSES_MAX {
        let Some(cause) = next else { break };
        if let Some(error) = cause.downcast_ref::<rustls::Error>() {
            return tls_reason(error);
        }
        if let Some(error) = cause.downcast_ref::<VerifyError>() {
            return error.reason();
        }
        next = match cause.downcast_ref::<io::Error>() {
            // An I/O error skips what it wraps when it is asked for its source.
            Some(error) => {
                lost |= is_lost(error.kind());
                error.get_ref().map(|inner| inner as &(dyn Error + 'static))
            }
            None => cause.source(),
        };
    }
    if lost { "connection-lost" } else { "protocol" }
}

fn tls_reason(error: &rustls::Error) -> &'static str {
    match error {
        rustls::Error::NoCertificatesPresented => "no-client-certificate",
        rustls::Error::InvalidCertificate(error) => certificate_reason(error),
        rustls::Error::InvalidCertRevocationList(_) => Rule::CrlUnusable.as_str(),
        rustls::Error::AlertReceived(alert) if is_about_certificate(*alert) => "refused-by-peer",
        rustls::Error::Other(other) if other.0.is::<KeyError>() => "own-key",
        _ => "protocol",
    }
}

fn certificate_reason(error: &CertificateError) -> &'static str {
    match error {
        CertificateError::UnknownIssuer => Rule::Untrusted.as_str(),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            Rule::Expired.as_str()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            Rule::NotYetValid.as_str()
        }
        CertificateError::Revoked => Rule::Revoked.as_str(),
        CertificateError::UnknownRevocationStatus => Rule::UnknownRevocationStatus.as_str(),
        CertificateError::ExpiredRevocationList
        | CertificateError::ExpiredRevocationListContext { .. } => Rule::CrlExpired.as_str(),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            Rule::WrongUsage.as_str()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Rule::WrongName.as_str()
        }
        CertificateError::BadSignature => "bad-signature",
        CertificateError::Other(other) => match other.0.downcast_ref::<VerifyError>() {
            Some(error) => error.reason(),
            None => "protocol",
        },
        _ => "protocol",
    }
}

/// The alerts by which a peer rejects a certificate (RFC 8446 section 6.2).
fn is_about_certificate(alert: AlertDescription) -> bool {
    matches!(
        alert,
        AlertDescription::NoCertificate
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied
            | AlertDescription::CertificateRequired
    )
}

fn is_lost(kind: io::ErrorKind) -> bool {
    matches!(
        kind,
        io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::TimedOut
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rustls::{CertRevocationListError, OtherError, PeerIncompatible};

    use super::*;
    use crate::{Attribute, PeerError};

    #[test]
    fn the_reason_is_found_below_other_errors() {
        #[derive(Debug, thiserror::Error)]
        #[error("request failed")]
        struct Outer(#[source] io::Error);

        let revoked = || rustls::Error::InvalidCertificate(CertificateError::Revoked);
        assert_eq!(handshake_reason(&revoked()), "revoked");
        let wrapped = io::Error::new(io::ErrorKind::InvalidData, revoked());
        assert_eq!(handshake_reason(&wrapped), "revoked");
        let twice = io::Error::other(Outer(io::Error::other(wrapped)));
        assert_eq!(handshake_reason(&twice), "revoked");
        assert_eq!(
            handshake_reason(&Outer(io::ErrorKind::ConnectionReset.into())),
            "connection-lost"
        );
        let expired = VerifyError::new(Rule::CrlExpired, "a list", "none");
        assert_eq!(handshake_reason(&expired), "crl-expired");
    }

    #[test]
    fn every_kind_of_failure_has_its_label() {
        let missing = PeerError::Missing(Attribute::SerialNumber);
        let not_a_peer = CertificateError::Other(OtherError(Arc::new(VerifyError::from(missing))));
        let stranger = CertificateError::Other(OtherError(Arc::new(io::Error::other("x"))));
        let cases: [(rustls::Error, &str); 9] = [
            (
                rustls::Error::NoCertificatesPresented,
                "no-client-certificate",
            ),
            (not_a_peer.into(), "not-a-peer"),
            (stranger.into(), "protocol"),
            (CertRevocationListError::BadSignature.into(), "crl-unusable"),
            (CertificateError::BadSignature.into(), "bad-signature"),
            (
                rustls::Error::AlertReceived(AlertDescription::UnknownCA),
                "refused-by-peer",
            ),
            (
                rustls::Error::AlertReceived(AlertDescription::HandshakeFailure),
                "protocol",
            ),
            (PeerIncompatible::NoCipherSuitesInCommon.into(), "protocol"),
            (rustls::Error::General("x".into()), "protocol"),
        ];
        for (error, expected) in cases {
            assert_eq!(handshake_reason(&error), expected, "{error:?}");
        }
        for (kind, expected) in [
            (io::ErrorKind::UnexpectedEof, "connection-lost"),
            (io::ErrorKind::BrokenPipe, "connection-lost"),
            (io::ErrorKind::PermissionDenied, "protocol"),
        ] {
            assert_eq!(handshake_reason(&io::Error::from(kind)), expected);
        }
    }
}
