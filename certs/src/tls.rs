//! TLS connections, in and out: the one file that names rustls verifiers.
//!
//! TLS 1.2 and 1.3 with mutual authentication. Nothing is ever resumed: rustls does not run a verifier
//! again on resumption, so a revoked certificate would stay welcome for as long as a ticket lives.
//!
//! A configuration is made once: each handshake takes the certificate, anchors and revocation lists of
//! that moment from what it was given ([`LiveIdentity`], [`LiveTrust`]); an [`crate::Identity`] or
//! [`crate::Trust`] serves as well where nothing ever changes.

use std::sync::{Arc, LazyLock};

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::server::NoServerSessionStorage;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::time_provider::TimeProvider;
use rustls::version::{TLS12, TLS13};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, OtherError,
    ServerConfig, SignatureScheme, SupportedProtocolVersion,
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

pub use crate::handshake_reason::handshake_reason;
pub use crate::verdict::Verdict;
use crate::{LiveIdentity, LiveTrust, PeerId, Rule, Usage, VerifyError, verdict};

/// Bytes that a connection encrypts at once, for `set_buffer_limit`: a body of 256 KiB leaves in one system call, with its
/// head and the overhead of its records (22 bytes each in TLS 1.3, 29 in TLS 1.2). The 65,536 bytes of rustls make five
/// of it. Only a connection on which a body waits to be sent holds as much. What it saves: `docs/performance.md`.
pub const SEND_BYTES_MAX: usize = 300_000;

/// The configuration of a listener: a client certificate is mandatory and must name a peer.
///
/// `alpn` is in order of preference, for example `h2`, `http/1.1`. The verifier and rustls itself take
/// the time from `time` only.
///
/// # Errors
///
/// [`TlsError`] when rustls refuses the configuration.
pub fn server_config(
    identity: impl Into<LiveIdentity>,
    trust: impl Into<LiveTrust>,
    alpn: &[&[u8]],
    time: Arc<dyn TimeProvider>,
) -> Result<Arc<ServerConfig>, TlsError> {
    let verifier = Verifier {
        trust: trust.into(),
        expected: None,
    };
    let mut config = ServerConfig::builder_with_details(Arc::clone(&PROVIDER), time)
        .with_protocol_versions(&[&TLS13, &TLS12])?
        .with_client_cert_verifier(Arc::new(verifier))
        .with_cert_resolver(Arc::new(identity.into()));
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    config.require_ems = true;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config.max_early_data_size = 0;
    Ok(Arc::new(config))
}

/// The configuration of connections to one peer.
///
/// A server is accepted when its chain is trusted, its certificate is for the name asked for and it is
/// of `expected_peer`: without the last, every organisation of a group could pose as every other.
///
/// # Errors
///
/// [`TlsError`] when rustls refuses the configuration.
pub fn client_config(
    identity: impl Into<LiveIdentity>,
    trust: impl Into<LiveTrust>,
    expected_peer: &PeerId,
    alpn: &[&[u8]],
    time: Arc<dyn TimeProvider>,
) -> Result<Arc<ClientConfig>, TlsError> {
    client_config_for(
        &[&TLS13, &TLS12],
        identity,
        trust,
        expected_peer,
        alpn,
        time,
    )
}

/// As [`client_config`], of chosen versions: tests need TLS 1.2 by itself.
///
/// # Errors
///
/// [`TlsError`] when rustls refuses the configuration.
pub fn client_config_for(
    versions: &[&'static SupportedProtocolVersion],
    identity: impl Into<LiveIdentity>,
    trust: impl Into<LiveTrust>,
    expected_peer: &PeerId,
    alpn: &[&[u8]],
    time: Arc<dyn TimeProvider>,
) -> Result<Arc<ClientConfig>, TlsError> {
    let verifier = Verifier {
        trust: trust.into(),
        expected: Some(expected_peer.clone()),
    };
    let mut config = ClientConfig::builder_with_details(Arc::clone(&PROVIDER), time)
        .with_protocol_versions(versions)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_client_cert_resolver(Arc::new(identity.into()));
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    config.require_ems = true;
    config.resumption = Resumption::disabled();
    config.enable_early_data = false;
    Ok(Arc::new(config))
}

/// Why there is no TLS configuration.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TlsError {
    /// rustls refuses, which would be a mistake in this file.
    #[error("TLS configuration is refused: {0}")]
    Configuration(#[from] rustls::Error),
}

/// aws-lc-rs with the key exchange groups that NCSC calls good or sufficient, the post-quantum hybrid
/// first (NCSC TLS guidelines 2025-05). All cipher suites that rustls has are good or sufficient.
static PROVIDER: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| {
    Arc::new(CryptoProvider {
        kx_groups: vec![
            aws_lc_rs::kx_group::X25519MLKEM768,
            aws_lc_rs::kx_group::X25519,
            aws_lc_rs::kx_group::SECP256R1,
            aws_lc_rs::kx_group::SECP384R1,
        ],
        ..aws_lc_rs::default_provider()
    })
});

/// Verifies the certificate of the other end, under the trust of that moment.
#[derive(Debug)]
struct Verifier {
    trust: LiveTrust,
    /// Whom we connect to; `None` where others connect to us and every peer is welcome.
    expected: Option<PeerId>,
}

impl Verifier {
    fn verify(
        &self,
        leaf: &CertificateDer<'_>,
        issuers: &[CertificateDer<'_>],
        usage: Usage,
        now: UnixTime,
        name: Option<&ServerName<'_>>,
    ) -> Result<(), VerifyError> {
        let trust = self.trust.load();
        let verified = trust.verify_certificate(leaf, issuers, usage, now, name);
        let finding = verified.and_then(|found| match &self.expected {
            Some(expected) if *expected != found.id => Err(VerifyError::new(
                Rule::UnexpectedPeer,
                format!("peer {expected}"),
                format!("peer {}", found.id),
            )),
            _ => Ok(found),
        });
        let outcome = finding.as_ref().map(drop).map_err(VerifyError::clone);
        verdict::found(finding);
        outcome
    }
}

/// The part of both traits that is the same: what a signature in a handshake may look like.
macro_rules! handshake_signatures {
    () => {
        fn verify_tls12_signature(
            &self,
            message: &[u8],
            leaf: &CertificateDer<'_>,
            signed: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, rustls::Error> {
            let algorithms = &PROVIDER.signature_verification_algorithms;
            verify_tls12_signature(message, leaf, signed, algorithms)
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            leaf: &CertificateDer<'_>,
            signed: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, rustls::Error> {
            let algorithms = &PROVIDER.signature_verification_algorithms;
            verify_tls13_signature(message, leaf, signed, algorithms)
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            PROVIDER
                .signature_verification_algorithms
                .supported_schemes()
        }
    };
}

impl ClientCertVerifier for Verifier {
    fn offer_client_auth(&self) -> bool {
        true
    }

    fn client_auth_mandatory(&self) -> bool {
        true
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.trust.hints()
    }

    fn verify_client_cert(
        &self,
        leaf: &CertificateDer<'_>,
        issuers: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        self.verify(leaf, issuers, Usage::Client, now, None)
            .map_err(refusal)?;
        Ok(ClientCertVerified::assertion())
    }

    handshake_signatures!();
}

impl ServerCertVerifier for Verifier {
    /// A stapled OCSP response is ignored: the revocation lists decide (PKIoverheid has them for every
    /// level; OCSP only for leaves, and not of every issuer).
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        issuers: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.verify(leaf, issuers, Usage::Server, now, Some(name))
            .map_err(refusal)?;
        Ok(ServerCertVerified::assertion())
    }

    handshake_signatures!();
}

/// Keeps the alert that rustls would send for each case; what rustls has no word for travels inside.
fn refusal(error: VerifyError) -> rustls::Error {
    rustls::Error::InvalidCertificate(match error.rule() {
        Rule::Untrusted => CertificateError::UnknownIssuer,
        Rule::Expired => CertificateError::Expired,
        Rule::NotYetValid => CertificateError::NotValidYet,
        Rule::Revoked => CertificateError::Revoked,
        Rule::UnknownRevocationStatus => CertificateError::UnknownRevocationStatus,
        Rule::CrlExpired => CertificateError::ExpiredRevocationList,
        Rule::WrongUsage => CertificateError::InvalidPurpose,
        Rule::WrongName => CertificateError::NotValidForName,
        _ => CertificateError::Other(OtherError(Arc::new(error))),
    })
}

#[cfg(test)]
mod tests;
