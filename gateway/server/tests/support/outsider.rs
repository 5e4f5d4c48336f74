//! Somebody with a certificate who calls an inway directly.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use sluis::clock::Clock;
use sluis_certs::dev_pki::{DevPki, DevPkiOptions, IssuedLeaf, KeyType, LeafOptions};
use sluis_certs::{Identity, Trust, tls};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::World;
use super::client::{Answer, call_tls};

/// A certificate and its key.
pub struct Outsider {
    pub identity: Identity,
    config: Arc<ClientConfig>,
}

impl Outsider {
    /// With this leaf; trusts the PKI of the federation and expects the peer `expected`.
    pub fn with(world: &World, leaf: &IssuedLeaf, expected: &str) -> Outsider {
        let identity =
            Identity::from_pem(leaf.chain_pem.as_bytes(), leaf.key_pem.as_bytes()).unwrap();
        Outsider::of(&world.federation.pki, identity, expected)
    }

    /// With this leaf; trusts `pki` as it is now.
    pub fn trusting(pki: &DevPki, leaf: &IssuedLeaf, expected: &str) -> Outsider {
        let identity =
            Identity::from_pem(leaf.chain_pem.as_bytes(), leaf.key_pem.as_bytes()).unwrap();
        Outsider::of(pki, identity, expected)
    }

    /// The organisation `party` itself, calling by hand.
    pub fn party(world: &World, folder: &std::path::Path, expected: &str) -> Outsider {
        let read = |name: &str| std::fs::read(folder.join("pki").join(name)).unwrap();
        let identity = Identity::from_pem(&read("chain.pem"), &read("key.pem")).unwrap();
        Outsider::of(&world.federation.pki, identity, expected)
    }

    fn of(pki: &DevPki, identity: Identity, expected: &str) -> Outsider {
        let expected = sluis_certs::PeerId::new(expected).unwrap();
        let time = Clock::system().time_provider();
        let config =
            tls::client_config(&identity, trust(pki), &expected, &[b"http/1.1"], time).unwrap();
        Outsider { identity, config }
    }

    /// Connects and says nothing.
    pub async fn connect(&self, at: SocketAddr) -> TlsStream<TcpStream> {
        let stream = TcpStream::connect(at).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let connector = TlsConnector::from(Arc::clone(&self.config));
        connector.connect(name, stream).await.unwrap()
    }

    /// Calls; an error when the connection is refused.
    pub async fn call(
        &self,
        at: SocketAddr,
        request: Request<Full<Bytes>>,
    ) -> Result<Answer, String> {
        call_tls(at, Arc::clone(&self.config), request).await
    }
}

/// Calls without any certificate.
pub async fn call_without_certificate(
    world: &World,
    at: SocketAddr,
    request: Request<Full<Bytes>>,
) -> Result<Answer, String> {
    let mut roots = RootCertStore::empty();
    for anchor in CertificateDer::pem_slice_iter(world.federation.pki.anchors_pem().as_bytes()) {
        roots.add(anchor.unwrap()).unwrap();
    }
    let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    call_tls(at, Arc::new(config), request).await
}

/// A leaf for `oin`, valid from an hour ago until `not_after`.
pub fn leaf(pki: &mut DevPki, oin: &str, not_after: Option<i64>) -> IssuedLeaf {
    let now = Clock::system().unix_seconds();
    let mut options = LeafOptions::new(oin, "Gemeente Elders", &["localhost"], now);
    if let Some(not_after) = not_after {
        options.not_after_unix_seconds = not_after;
    }
    pki.issue(&options).unwrap()
}

/// A PKI that nobody here trusts.
pub fn foreign_pki() -> DevPki {
    DevPki::create(&DevPkiOptions {
        key_type: KeyType::EcdsaP256,
        now_unix_seconds: Clock::system().unix_seconds(),
        crl_valid_seconds: 3600,
    })
    .unwrap()
}

fn trust(pki: &DevPki) -> Trust {
    let crls: Vec<Vec<u8>> = pki
        .crls_pem()
        .unwrap()
        .into_iter()
        .map(|(_, pem)| pem.into_bytes())
        .collect();
    Trust::from_pem(pki.anchors_pem().as_bytes(), &crls).unwrap()
}
