//! Connections that end while the gateway runs: because they are old, or because their certificate is not good any more.

#![cfg(test)]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use sluis::clock::Clock;
use sluis::config::Limits;
use sluis::listener::{Connection, ConnectionLimits, Connections, Listener, Serve};
use sluis::telemetry::{Metrics, Role};
use sluis_certs::dev_pki::{DevPki, DevPkiOptions, KeyType, LeafOptions};
use sluis_certs::{Identity, Trust, tls};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_util::sync::CancellationToken;

const NEVER: Duration = Duration::from_secs(3600);
const SOON: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(20);
const OIN: &str = "00000099123456789000";
const OTHER_OIN: &str = "00000099999999910000";

/// Answers `/slow` when it gets a permit, and anything else at once.
struct Service {
    asked: Semaphore,
    may_answer: Semaphore,
}

impl Serve for Service {
    type Body = Full<Bytes>;

    async fn serve(
        self: Arc<Self>,
        _: Arc<Connection>,
        request: Request<Incoming>,
    ) -> Response<Full<Bytes>> {
        if request.uri().path() == "/slow" {
            self.asked.add_permits(1);
            self.may_answer.acquire().await.unwrap().forget();
        }
        Response::new(Full::from("whole"))
    }
}

struct World {
    address: SocketAddr,
    connections: Connections,
    service: Arc<Service>,
    identity: Identity,
    trust: Trust,
    shutdown: CancellationToken,
}

impl World {
    async fn start(age: Duration, grace: Duration) -> World {
        let now = Clock::system().unix_seconds();
        let mut pki = DevPki::create(&DevPkiOptions {
            key_type: KeyType::EcdsaP256,
            now_unix_seconds: now,
            crl_valid_seconds: 3600,
        })
        .unwrap();
        let crls = pki.crls_pem().unwrap().into_iter();
        let crls: Vec<Vec<u8>> = crls.map(|(_, pem)| pem.into_bytes()).collect();
        let trust = Trust::from_pem(pki.anchors_pem().as_bytes(), &crls).unwrap();
        let mut identity = |oin| {
            let options = LeafOptions::new(oin, "Gemeente Voorbeeld", &["localhost"], now);
            let leaf = pki.issue(&options).unwrap();
            Identity::from_pem(leaf.chain_pem.as_bytes(), leaf.key_pem.as_bytes()).unwrap()
        };
        let (ours, theirs) = (identity(OIN), identity(OTHER_OIN));
        let limits = ConnectionLimits {
            connection_age_max: age,
            shutdown_grace: grace,
            ..ConnectionLimits::from(&Limits::default())
        };
        let connections = Connections::new(limits, Metrics::off());
        let listener = Listener::bind(Role::Inway, ([127, 0, 0, 1], 0).into(), connections.clone())
            .await
            .unwrap();
        let time = Clock::system().time_provider();
        let config = tls::server_config(&ours, &trust, &[b"h2", b"http/1.1"], time).unwrap();
        let address = listener.address();
        let shutdown = CancellationToken::new();
        let service = Arc::new(Service {
            asked: Semaphore::new(0),
            may_answer: Semaphore::new(0),
        });
        listener
            .with_tls(config)
            .run(Arc::clone(&service), shutdown.clone());
        tokio::spawn(connections.clone().keep_young(shutdown.clone()));
        World {
            address,
            connections,
            service,
            identity: theirs,
            trust,
            shutdown,
        }
    }

    async fn connect(&self, alpn: &[u8]) -> TokioIo<TlsStream<TcpStream>> {
        let expected = sluis_certs::PeerId::new(OIN).unwrap();
        let time = Clock::system().time_provider();
        let config =
            tls::client_config(&self.identity, &self.trust, &expected, &[alpn], time).unwrap();
        let tcp = TcpStream::connect(self.address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        TokioIo::new(TlsConnector::from(config).connect(name, tcp).await.unwrap())
    }

    async fn http2(
        &self,
    ) -> (
        http2::SendRequest<Empty<Bytes>>,
        JoinHandle<hyper::Result<()>>,
    ) {
        let io = self.connect(b"h2").await;
        let (sender, connection) = http2::handshake(TokioExecutor::new(), io).await.unwrap();
        (sender, tokio::spawn(connection))
    }

    async fn http1(
        &self,
    ) -> (
        http1::SendRequest<Empty<Bytes>>,
        JoinHandle<hyper::Result<()>>,
    ) {
        let io = self.connect(b"http/1.1").await;
        let (sender, connection) = http1::handshake(io).await.unwrap();
        (sender, tokio::spawn(connection))
    }

    async fn until_asked(&self) {
        within(self.service.asked.acquire()).await.unwrap().forget();
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

fn get(path: &str) -> Request<Empty<Bytes>> {
    let uri = format!("https://localhost{path}");
    Request::get(uri).body(Empty::new()).unwrap()
}

async fn whole(response: Response<Incoming>) -> bool {
    let body = response.into_body().collect().await.unwrap();
    body.to_bytes() == "whole"
}

async fn within<T>(what: impl Future<Output = T>) -> T {
    let done = tokio::time::timeout(PATIENCE, what).await;
    done.expect("what must happen did not happen in time")
}

/// Looks again whenever others have had their turn.
async fn until(mut holds: impl FnMut() -> bool) {
    within(async {
        let mut pause = tokio::time::interval(Duration::from_millis(2));
        while !holds() {
            pause.tick().await;
        }
    })
    .await;
}

/// Asks until no new request is taken; what was taken is answered.
async fn until_refused(sender: &mut http2::SendRequest<Empty<Bytes>>) {
    within(async {
        while let Ok(response) = sender.send_request(get("/")).await {
            assert!(whole(response).await);
        }
    })
    .await;
}

#[tokio::test]
async fn an_idle_http2_connection_ends_by_itself_when_it_is_old() {
    let world = World::start(SOON, NEVER).await;
    let (mut sender, connection) = world.http2().await;
    assert!(whole(sender.send_request(get("/")).await.unwrap()).await);
    within(connection).await.unwrap().unwrap();
    until(|| world.connections.count() == 0).await;
}

#[tokio::test]
async fn a_busy_http2_connection_finishes_what_is_under_way_when_it_is_old() {
    let world = World::start(SOON, NEVER).await;
    let (mut sender, _connection) = world.http2().await;
    let slow = tokio::spawn(sender.send_request(get("/slow")));
    world.until_asked().await;
    until_refused(&mut sender).await;
    assert_eq!(world.connections.count(), 1);
    world.service.may_answer.add_permits(1);
    assert!(whole(within(slow).await.unwrap().unwrap()).await);
    until(|| world.connections.count() == 0).await;
}

#[tokio::test]
async fn an_http1_connection_is_told_in_an_answer_and_loses_no_request() {
    let world = World::start(SOON, NEVER).await;
    let (mut sender, connection) = world.http1().await;
    loop {
        let response = sender.send_request(get("/")).await.unwrap();
        let last = response.headers().get("connection").cloned();
        assert!(whole(response).await);
        if let Some(last) = last {
            assert_eq!(last, "close");
            break;
        }
        within(sender.ready()).await.unwrap();
    }
    within(connection).await.unwrap().unwrap();
    until(|| world.connections.count() == 0).await;
}

#[tokio::test]
async fn a_young_connection_stays() {
    let world = World::start(NEVER, NEVER).await;
    let (mut sender, connection) = world.http1().await;
    for _ in 0..3 {
        let response = sender.send_request(get("/")).await.unwrap();
        assert!(response.headers().get("connection").is_none());
        assert!(whole(response).await);
        sender.ready().await.unwrap();
    }
    assert!(!connection.is_finished());
    assert_eq!(world.connections.count(), 1);
}

#[tokio::test]
async fn a_certificate_that_is_not_good_any_more_loses_its_idle_connections_and_no_others_do() {
    let world = World::start(NEVER, NEVER).await;
    let (mut first, one) = world.http2().await;
    let (mut second, two) = world.http1().await;
    assert!(whole(first.send_request(get("/")).await.unwrap()).await);
    assert!(whole(second.send_request(get("/")).await.unwrap()).await);
    let leaf = &world.identity.chain()[0];
    let known = world.connections.connected();
    assert_eq!(known.len(), 2);
    for connection in &known {
        assert_eq!(connection.chain[0], *leaf);
        assert_eq!(connection.peer.as_ref().unwrap().id.as_str(), OTHER_OIN);
    }
    assert_eq!(world.connections.close(|_| None), 0);
    let closed = world
        .connections
        .close(|connection| connection.http2.then_some("revoked"));
    assert_eq!(closed, 1);
    within(one).await.unwrap().unwrap();
    until(|| world.connections.count() == 1).await;
    assert!(whole(second.send_request(get("/")).await.unwrap()).await);
    let closed = world
        .connections
        .close(|connection| (connection.chain[0] == *leaf).then_some("revoked"));
    assert_eq!(closed, 1);
    within(two).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_request_under_way_may_finish_within_the_grace_period_and_is_cut_after_it() {
    for (grace, finishes) in [(NEVER, true), (SOON, false)] {
        let world = World::start(NEVER, grace).await;
        let (mut sender, _connection) = world.http2().await;
        let slow = tokio::spawn(sender.send_request(get("/slow")));
        world.until_asked().await;
        assert_eq!(world.connections.close(|_| Some("revoked")), 1);
        // Asking again changes nothing.
        assert_eq!(world.connections.close(|_| Some("revoked")), 0);
        if finishes {
            until_refused(&mut sender).await;
            world.service.may_answer.add_permits(1);
        }
        let answer = within(slow).await.unwrap();
        assert_eq!(answer.is_ok(), finishes);
        until(|| world.connections.count() == 0).await;
    }
}
