//! A listener, a PKI whose lists are on a server, and the part that fetches them.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls_pki_types::pem::PemObject;
use sluis::clock::{Clock, ClockHand};
use sluis::config::Limits;
use sluis::listener::{Connection, ConnectionLimits, Connections, Listener, Serve};
use sluis::revocation::{Revocation, RevocationParts, RevocationSettings};
use sluis::telemetry::{Metrics, Role};
use sluis::upstream::Pools;
use sluis_certs::dev_pki::{DevPki, DevPkiOptions, IssuedLeaf, KeyType, LeafOptions, Shape};
use sluis_certs::{
    Identity, LiveTrust, PeerId, Profile, RevocationLists, Trust, TrustRules, Usage, tls,
};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::sync::CancellationToken;

use super::list_server::{Behaviour, ListServer};

/// 2026-11-22, in Unix seconds.
pub(crate) const NOW: i64 = 1_795_305_600;
pub(crate) const HOUR: i64 = 3_600;
/// How long the lists of [`World::publish`] count.
pub(crate) const LIST_SECONDS: i64 = 48 * HOUR;
const PATIENCE: Duration = Duration::from_secs(20);
const OIN: &str = "00000099123456789000";
const OTHER_OIN: &str = "00000099999999910000";

pub(crate) const ROOT: &str = "/root-ca.crl";
pub(crate) const DOMAIN: &str = "/domain-ca.crl";
pub(crate) const ISSUING: &str = "/issuing-ca.crl";

pub(crate) type Ended = JoinHandle<hyper::Result<()>>;

struct Service;

impl Serve for Service {
    type Body = Full<Bytes>;

    async fn serve(
        self: Arc<Self>,
        _: Arc<Connection>,
        _: Request<Incoming>,
    ) -> Response<Full<Bytes>> {
        Response::new(Full::from("whole"))
    }
}

pub(crate) struct World {
    pub(crate) server: ListServer,
    pub(crate) pki: DevPki,
    pub(crate) trust: LiveTrust,
    pub(crate) revocation: Revocation,
    pub(crate) connections: Connections,
    pub(crate) hand: ClockHand,
    pub(crate) ours: IssuedLeaf,
    pub(crate) theirs: IssuedLeaf,
    pub(crate) folder: Arc<TempDir>,
    /// How many times the kept connections to others were dropped.
    pub(crate) forgotten: Arc<AtomicUsize>,
    /// Where the other party connects.
    pub(crate) address: SocketAddr,
    clock: Clock,
    shutdown: CancellationToken,
}

/// Lists are learned of from certificates, and fetched from `server` only.
pub(crate) fn settings(server: &ListServer) -> RevocationSettings {
    RevocationSettings {
        urls: vec![],
        hosts: vec![server.address.to_string().parse().unwrap()],
        refresh_seconds: 14_400,
        list_bytes_max: 1 << 20,
        connect_timeout: PATIENCE,
        fetch_timeout: PATIENCE,
    }
}

pub(crate) fn pki_on(server: &ListServer) -> DevPki {
    let options = DevPkiOptions {
        key_type: KeyType::EcdsaP256,
        now_unix_seconds: NOW,
        crl_valid_seconds: LIST_SECONDS,
    };
    DevPki::create_published(Shape::Ecdsa, &options, &server.url("")).unwrap()
}

impl World {
    /// Everything is as it should be: the lists are published and fetched.
    pub(crate) async fn start() -> World {
        let server = ListServer::start().await;
        let world = World::build(server.clone(), settings(&server)).await;
        world.publish();
        world.revocation.refresh().await;
        assert_eq!(world.verdict(), "trusted");
        world
    }

    /// Nothing is published yet.
    pub(crate) async fn build(server: ListServer, settings: RevocationSettings) -> World {
        let pki = pki_on(&server);
        World::with_pki(
            server,
            settings,
            pki,
            Arc::new(tempfile::tempdir().unwrap()),
        )
        .await
    }

    pub(crate) async fn with_pki(
        server: ListServer,
        settings: RevocationSettings,
        mut pki: DevPki,
        folder: Arc<TempDir>,
    ) -> World {
        let (clock, hand) = Clock::fixed(NOW as u64 * 1000);
        let trust = LiveTrust::new(
            Trust::new(
                TrustRules::of(Profile::Test),
                pki.anchors_pem().as_bytes(),
                RevocationLists::default(),
            )
            .unwrap(),
        );
        let mut issue = |oin| {
            let options = LeafOptions::new(oin, "Gemeente Voorbeeld", &["localhost"], NOW);
            pki.issue(&options).unwrap()
        };
        let (ours, theirs) = (issue(OIN), issue(OTHER_OIN));
        let identity = identity_of(&ours);
        let limits = ConnectionLimits {
            connection_age_max: Duration::from_secs(3_600),
            ..ConnectionLimits::from(&Limits::default())
        };
        let connections = Connections::new(limits, Metrics::off());
        let listener = Listener::bind(Role::Inway, ([127, 0, 0, 1], 0).into(), connections.clone());
        let listener = listener.await.unwrap();
        let address = listener.address();
        let alpn: &[&[u8]] = &[b"h2", b"http/1.1"];
        let config = tls::server_config(&identity, &trust, alpn, clock.time_provider()).unwrap();
        let shutdown = CancellationToken::new();
        listener
            .with_tls(config)
            .run(Arc::new(Service), shutdown.clone());
        let forgotten = Arc::new(AtomicUsize::new(0));
        let (pools, count) = (Pools::new(PATIENCE), Arc::clone(&forgotten));
        pools.add(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
        });
        let parts = RevocationParts {
            trust: trust.clone(),
            connections: connections.clone(),
            pools,
            folder: folder.path().join("crl"),
            settings,
            clock: clock.clone(),
            metrics: Metrics::off(),
        };
        let revocation = Revocation::new(parts).unwrap();
        revocation.look_at(identity.chain());
        World {
            server,
            pki,
            trust,
            revocation,
            connections,
            hand,
            ours,
            theirs,
            folder,
            forgotten,
            address,
            clock,
            shutdown,
        }
    }

    /// Puts the present list of every CA on the server.
    pub(crate) fn publish(&self) {
        for path in [ROOT, DOMAIN, ISSUING] {
            self.server.set(path, Behaviour::List(self.list(path)));
        }
    }

    /// The present list of a CA, in DER.
    pub(crate) fn list(&self, path: &str) -> Vec<u8> {
        list_of(&self.pki, path)
    }

    /// What is said of the other party's certificate: `trusted`, or why it is not.
    pub(crate) fn verdict(&self) -> &'static str {
        self.verdict_of(&self.theirs)
    }

    pub(crate) fn verdict_of(&self, leaf: &IssuedLeaf) -> &'static str {
        let identity = identity_of(leaf);
        let now = self.clock.unix_seconds();
        match self
            .trust
            .load()
            .verify(identity.chain(), Usage::Client, now)
        {
            Ok(_) => "trusted",
            Err(error) => error.reason(),
        }
    }

    /// Why the list from this path was not fetched the last time; empty when it was.
    pub(crate) fn error(&self, path: &str) -> String {
        let url = self.server.url(path);
        let states = self.revocation.states();
        let state = states.into_iter().find(|state| state.url == url);
        state.expect("the address is known").error
    }

    pub(crate) fn set_clock(&self, unix_seconds: i64) {
        self.hand.set(unix_seconds as u64 * 1000);
    }

    /// Opens an HTTP/2 connection as the other party.
    pub(crate) async fn http2_connection(&self) -> (http2::SendRequest<Empty<Bytes>>, Ended) {
        let io = self.connect(b"h2").await;
        let (sender, connection) = http2::handshake(TokioExecutor::new(), io).await.unwrap();
        (sender, tokio::spawn(connection))
    }

    /// Opens an HTTP/2 connection as the other party and asks something.
    pub(crate) async fn http2(&self) -> (http2::SendRequest<Empty<Bytes>>, Ended) {
        let (mut sender, ended) = self.http2_connection().await;
        whole(sender.send_request(get()).await.unwrap()).await;
        (sender, ended)
    }

    /// Opens an HTTP/1.1 connection as the other party and asks something.
    pub(crate) async fn http1(&self) -> (http1::SendRequest<Empty<Bytes>>, Ended) {
        let io = self.connect(b"http/1.1").await;
        let (mut sender, connection) = http1::handshake(io).await.unwrap();
        let ended = tokio::spawn(connection);
        whole(sender.send_request(get()).await.unwrap()).await;
        (sender, ended)
    }

    async fn connect(&self, alpn: &[u8]) -> TokioIo<TlsStream<TcpStream>> {
        let expected = PeerId::new(OIN).unwrap();
        let identity = identity_of(&self.theirs);
        let time = self.clock.time_provider();
        let config = tls::client_config(&identity, &self.trust, &expected, &[alpn], time).unwrap();
        let tcp = TcpStream::connect(self.address).await.unwrap();
        let name = "localhost".try_into().unwrap();
        TokioIo::new(TlsConnector::from(config).connect(name, tcp).await.unwrap())
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

/// The list of a CA, in DER, as CAs publish it.
pub(crate) fn list_of(pki: &DevPki, path: &str) -> Vec<u8> {
    let name = path.trim_start_matches('/').to_owned() + ".pem";
    let lists = pki.crls_pem().unwrap();
    let (_, pem) = lists.into_iter().find(|(file, _)| *file == name).unwrap();
    let der = rustls_pki_types::CertificateRevocationListDer::from_pem_slice(pem.as_bytes());
    der.unwrap().to_vec()
}

fn identity_of(leaf: &IssuedLeaf) -> Identity {
    Identity::from_pem(leaf.chain_pem.as_bytes(), leaf.key_pem.as_bytes()).unwrap()
}

pub(crate) fn get() -> Request<Empty<Bytes>> {
    Request::get("https://localhost/")
        .body(Empty::new())
        .unwrap()
}

pub(crate) async fn whole(response: Response<Incoming>) {
    let body = response.into_body().collect().await.unwrap();
    assert_eq!(body.to_bytes(), "whole");
}

pub(crate) async fn within<T>(what: impl Future<Output = T>) -> T {
    let done = tokio::time::timeout(PATIENCE, what).await;
    done.expect("what must happen did not happen in time")
}

/// Looks again whenever others have had their turn.
pub(crate) async fn until(mut holds: impl FnMut() -> bool) {
    within(async {
        let mut pause = tokio::time::interval(Duration::from_millis(2));
        while !holds() {
            pause.tick().await;
        }
    })
    .await;
}

/// Paths of folders, for those who look into them.
pub(crate) fn files_in(folder: &Path) -> usize {
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}
