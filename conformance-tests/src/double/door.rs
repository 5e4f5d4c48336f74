//! The TLS of the double: whom it lets in, under which rules, and what else a TLS of its own making does wrong.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use sluis_certs::{Profile, RevocationLists, Rule, Trust, TrustRules, Usage};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::crypto::{verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::server::NoServerSessionStorage;
use tokio_rustls::rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, Error, ServerConfig,
    SignatureScheme,
};

use super::Fault;
use super::tap::Tap;
use crate::wire::{Accept, Accepting, RECORD_HANDSHAKE, Stream};

/// Where the version stands in a connection's first bytes: after the head of the record and that of the message.
const VERSION: std::ops::Range<usize> = 9..11;
const TLS_1_2: [u8; 2] = [3, 3];

/// Whom the double trusts, at this moment.
#[derive(Debug)]
pub(super) struct Judge {
    fault: Option<Fault>,
    anchors: Vec<u8>,
    lists: Vec<PathBuf>,
    /// When it is there, the lists are read again.
    reload: PathBuf,
    present: Mutex<Trust>,
}

impl Judge {
    pub(super) fn new(
        fault: Option<Fault>,
        anchors: Vec<u8>,
        lists: Vec<PathBuf>,
        reload: PathBuf,
    ) -> Self {
        Self {
            present: Mutex::new(trust(&anchors, &lists)),
            fault,
            anchors,
            lists,
            reload,
        }
    }

    /// The trust at this moment.
    pub(super) fn trust(&self) -> Trust {
        let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        if self.reload.exists() && self.fault != Some(Fault::IgnoresRevocationLists) {
            std::fs::remove_file(&self.reload).unwrap();
            *present = trust(&self.anchors, &self.lists);
        }
        present.clone()
    }

    /// Whether a broken rule is not looked at.
    fn overlooks(&self, rule: Rule, is_manager: bool) -> bool {
        match self.fault {
            Some(Fault::ManagerTrustsEveryCertificate) => is_manager && rule == Rule::Untrusted,
            Some(Fault::InwayTrustsEveryCertificate) => !is_manager && rule == Rule::Untrusted,
            Some(Fault::TakesExpiredCertificates) => rule == Rule::Expired,
            Some(Fault::TakesCertificatesOfTheFuture) => rule == Rule::NotYetValid,
            Some(Fault::TakesCertificatesForAnything) => rule == Rule::WrongUsage,
            Some(Fault::TakesCertificatesOfNobody) => rule == Rule::NotAPeer,
            Some(Fault::TakesShortKeys) => rule == Rule::KeySize,
            Some(Fault::TakesAnyOin) => rule == Rule::Oin,
            Some(Fault::TakesAnyPolicy) => rule == Rule::Policy,
            _ => false,
        }
    }
}

fn trust(anchors: &[u8], lists: &[PathBuf]) -> Trust {
    let lists: Vec<_> = lists
        .iter()
        .map(|path| std::fs::read(path).unwrap())
        .collect();
    let lists = RevocationLists::from_files(&lists).unwrap();
    Trust::new(TrustRules::of(Profile::Test), anchors, lists).unwrap()
}

/// Accepts connections as manager or as inway.
pub(super) struct Door {
    fault: Option<Fault>,
    tls: TlsAcceptor,
}

impl Door {
    pub(super) fn new(judge: &Arc<Judge>, chain: &[u8], key: &[u8], is_manager: bool) -> Self {
        let fault = judge.fault;
        let verifier = Bouncer {
            judge: Arc::clone(judge),
            is_manager,
        };
        let chain = CertificateDer::pem_slice_iter(chain).map(Result::unwrap);
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(Arc::new(verifier))
            .with_single_cert(chain.collect(), PrivateKeyDer::from_pem_slice(key).unwrap())
            .unwrap();
        config.require_ems = true;
        if fault != Some(Fault::ResumesSessions) {
            config.session_storage = Arc::new(NoServerSessionStorage {});
            config.send_tls13_tickets = 0;
        }
        Self {
            fault,
            tls: TlsAcceptor::from(Arc::new(config)),
        }
    }
}

impl Accept for Door {
    fn accept<'a>(&'a self, tcp: TcpStream) -> Accepting<'a> {
        Box::pin(async move {
            if self.fault == Some(Fault::SpeaksOldVersions) {
                let mut head = [0; VERSION.end];
                while tcp.peek(&mut head).await? < head.len() {
                    tokio::task::yield_now().await;
                }
                if head[0] == RECORD_HANDSHAKE && head[VERSION] < TLS_1_2[..] {
                    return old(tcp, &head[VERSION]).await;
                }
            }
            let tap = Tap::new(tcp, self.fault == Some(Fault::Renegotiates));
            let tls = self.tls.accept(tap).await?;
            let certificates = tls.get_ref().1.peer_certificates();
            let leaf = certificates.and_then(|chain| chain.first().map(|der| der.to_vec()));
            Ok((Box::new(tls) as Box<dyn Stream>, leaf))
        })
    }
}

/// Begins a handshake in an old version, and leaves it at that.
async fn old(
    mut tcp: TcpStream,
    version: &[u8],
) -> std::io::Result<(Box<dyn Stream>, Option<Vec<u8>>)> {
    // A ServerHello: a random, no session, a suite, no compression.
    let message = [&[2, 0, 0, 38], version, &[7; 32], &[0, 0xc0, 0x13, 0]].concat();
    let record = [&[RECORD_HANDSHAKE], version, &[0, 42], &message].concat();
    tcp.write_all(&record).await?;
    Err(std::io::ErrorKind::Unsupported.into())
}

/// Judges the certificates of those who call.
#[derive(Debug)]
struct Bouncer {
    judge: Arc<Judge>,
    is_manager: bool,
}

impl Bouncer {
    /// Nobody else would take a signature with such a key.
    fn takes_any_signature(&self) -> bool {
        self.judge.fault == Some(Fault::TakesShortKeys)
    }
}

impl ClientCertVerifier for Bouncer {
    fn client_auth_mandatory(&self) -> bool {
        self.judge.fault != Some(Fault::NeedsNoCertificate)
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        leaf: &CertificateDer<'_>,
        issuers: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let chain: Vec<_> = [leaf].into_iter().chain(issuers).cloned().collect();
        let now = i64::try_from(now.as_secs()).unwrap();
        match self.judge.trust().verify(&chain, Usage::Client, now) {
            Err(error) if !self.judge.overlooks(error.rule(), self.is_manager) => Err(
                Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure),
            ),
            _ => Ok(ClientCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if self.takes_any_signature() {
            return Ok(HandshakeSignatureValid::assertion());
        }
        let algorithms = default_provider().signature_verification_algorithms;
        verify_tls12_signature(message, leaf, signed, &algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if self.takes_any_signature() {
            return Ok(HandshakeSignatureValid::assertion());
        }
        let algorithms = default_provider().signature_verification_algorithms;
        verify_tls13_signature(message, leaf, signed, &algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        schemes()
    }
}

/// Believes whoever answers.
pub(super) fn believe(config: &mut ClientConfig) {
    config
        .dangerous()
        .set_certificate_verifier(Arc::new(Believer));
}

#[derive(Debug)]
struct Believer;

impl ServerCertVerifier for Believer {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &rustls_pki_types::ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        schemes()
    }
}

fn schemes() -> Vec<SignatureScheme> {
    default_provider()
        .signature_verification_algorithms
        .supported_schemes()
}
