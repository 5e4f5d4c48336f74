//! A listener with a certificate, and what it takes to call it.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use sluis::clock::Clock;
use sluis::config::Limits;
use sluis::listener::{Connection, ConnectionLimits, Connections, Listener, Serve};
use sluis::telemetry::{Metrics, Role};
use sluis_certs::dev_pki::{DevPki, DevPkiOptions, IssuedLeaf, KeyType, LeafOptions, Shape};
use sluis_certs::{Identity, LiveTrust, PeerId, Trust, tls};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::version::TLS13;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tokio_util::sync::CancellationToken;

/// Longest wait for something that must happen.
const PATIENCE: Duration = Duration::from_secs(20);
const OIN: &str = "00000099123456789000";
const OTHER_OIN: &str = "00000099999999910000";

/// RSA keys take long, so there is one PKI for all tests.
static PKI: LazyLock<(DevPki, IssuedLeaf, IssuedLeaf)> = LazyLock::new(|| {
    let now = Clock::system().unix_seconds();
    let options = DevPkiOptions {
        key_type: KeyType::Rsa3072,
        now_unix_seconds: now,
        crl_valid_seconds: 3600,
    };
    let mut pki = DevPki::create_shaped(Shape::G4, &options).unwrap();
    let mut leaf = |oin| {
        let options = LeafOptions::new(oin, "Gemeente Voorbeeld", &["localhost"], now);
        pki.issue(&options).unwrap()
    };
    let (ours, theirs) = (leaf(OIN), leaf(OTHER_OIN));
    (pki, ours, theirs)
});

/// Answers everything.
struct Yes;

impl Serve for Yes {
    type Body = Full<Bytes>;

    async fn serve(
        self: Arc<Self>,
        _: Arc<Connection>,
        _: Request<Incoming>,
    ) -> Response<Full<Bytes>> {
        Response::new(Full::from("yes"))
    }
}

pub(crate) struct Stage {
    pub(crate) address: SocketAddr,
    pub(crate) connections: Connections,
    trust: LiveTrust,
    shutdown: CancellationToken,
}

impl Stage {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut ConnectionLimits)) -> Self {
        let mut limits = ConnectionLimits::from(&Limits::default());
        change(&mut limits);
        let connections = Connections::new(limits, Metrics::off());
        let listener = Listener::bind(Role::Inway, ([127, 0, 0, 1], 0).into(), connections.clone())
            .await
            .unwrap();
        let (trust, time) = (
            LiveTrust::new(trust(&PKI.0)),
            Clock::system().time_provider(),
        );
        let config =
            tls::server_config(&identity(&PKI.1), &trust, &[b"h2", b"http/1.1"], time).unwrap();
        let (address, shutdown) = (listener.address(), CancellationToken::new());
        listener
            .with_tls(config)
            .run(Arc::new(Yes), shutdown.clone());
        Self {
            address,
            connections,
            trust,
            shutdown,
        }
    }

    pub(crate) async fn connect(&self, config: Arc<ClientConfig>) -> TlsStream<TcpStream> {
        self.try_to_connect(config).await.unwrap()
    }

    pub(crate) async fn try_to_connect(
        &self,
        config: Arc<ClientConfig>,
    ) -> io::Result<TlsStream<TcpStream>> {
        let tcp = TcpStream::connect(self.address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        within(TlsConnector::from(config).connect(name, tcp)).await
    }

    /// From now on the certificate of [`stock_client`] is on the list of its issuer.
    pub(crate) fn revoke_the_client(&self) {
        let mut pki = PKI.0.clone();
        pki.revoke(&PKI.2.serial);
        self.trust.replace(trust(&pki));
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

/// The configuration of another organisation's outway; `change` may make it worse than ours is.
pub(crate) fn client(change: impl FnOnce(&mut ClientConfig)) -> Arc<ClientConfig> {
    let expected = PeerId::new(OIN).unwrap();
    let time = Clock::system().time_provider();
    let alpn: [&[u8]; 2] = [b"h2", b"http/1.1"];
    let (identity, trust) = (identity(&PKI.2), trust(&PKI.0));
    let config = tls::client_config(&identity, &trust, &expected, &alpn, time);
    let mut config = Arc::unwrap_or_clone(config.unwrap());
    change(&mut config);
    Arc::new(config)
}

/// A client as rustls makes it by itself, which resumes sessions and sends early data where it can.
pub(crate) fn stock_client(version: &'static SupportedProtocolVersion) -> Arc<ClientConfig> {
    stock_client_with(version, certificates(&PKI.2.chain_pem))
}

/// A client that sends so many certificates, its own first.
pub(crate) fn long_chain_client(count: usize) -> Arc<ClientConfig> {
    let own = certificates(&PKI.2.chain_pem);
    let chain = own.iter().chain(own.iter().skip(1).cycle());
    stock_client_with(&TLS13, chain.take(count).cloned().collect())
}

fn stock_client_with(
    version: &'static SupportedProtocolVersion,
    chain: Vec<CertificateDer<'static>>,
) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates(&PKI.0.anchors_pem()));
    let key = PrivateKeyDer::from_pem_slice(PKI.2.key_pem.as_bytes()).unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_client_auth_cert(chain, key)
        .unwrap();
    config.enable_early_data = true;
    Arc::new(config)
}

fn certificates(pem: &str) -> Vec<CertificateDer<'static>> {
    let found = CertificateDer::pem_slice_iter(pem.as_bytes());
    found.collect::<Result<_, _>>().unwrap()
}

pub(crate) async fn within<T>(what: impl Future<Output = T>) -> T {
    let done = tokio::time::timeout(PATIENCE, what).await;
    done.expect("what must happen did not happen in time")
}

fn identity(leaf: &IssuedLeaf) -> Identity {
    Identity::from_pem(leaf.chain_pem.as_bytes(), leaf.key_pem.as_bytes()).unwrap()
}

fn trust(pki: &DevPki) -> Trust {
    let lists = pki.crls_pem().unwrap().into_iter();
    let lists: Vec<Vec<u8>> = lists.map(|(_, pem)| pem.into_bytes()).collect();
    Trust::from_pem(pki.anchors_pem().as_bytes(), &lists).unwrap()
}
