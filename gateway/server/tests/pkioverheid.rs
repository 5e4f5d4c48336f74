//! Rows of the negative matrix of PKIoverheid that are about connections between whole gateways, and the page that says
//! which test holds which row.

#![cfg(test)]

mod support;

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use sluis::clock::Clock;
use sluis::config::Limits;
use sluis::demo::parties::{SSC, UIW, VOORBEELD};
use sluis::listener::{Connection, ConnectionLimits, Connections, Listener, Serve};
use sluis::telemetry::{Metrics, Role};
use sluis_certs::dev_pki::DevPki;
use sluis_certs::{Identity, PeerId, Trust, tls};
use support::World;
use support::client::{call, raadpleeg};
use support::outsider::{Outsider, call_without_certificate, leaf};
use support::token::{forged, identity};
use tokio_util::sync::CancellationToken;

fn question() -> Request<Full<Bytes>> {
    raadpleeg("999904000", &["naam"], Some("bijstand-aanvraag"))
}

/// The question as an outway passes it on.
fn direct(token: &str) -> Request<Full<Bytes>> {
    let mut request = question();
    *request.uri_mut() = "/haalcentraal/api/brp/personen".parse().unwrap();
    let headers = request.headers_mut();
    let transaction = "019a7dea-9048-7c4d-9e66-4d3f75a18f58";
    headers.insert("fsc-transaction-id", transaction.parse().unwrap());
    headers.insert("fsc-authorization", token.parse().unwrap());
    request
}

/// Every row has a test, and every test that the page names is there.
#[test]
fn the_page_names_a_test_for_every_row() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = fs::read_to_string(root.join("docs/conformance/pkioverheid.md")).unwrap();
    let mut rows = Vec::new();
    for line in page.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let &[_, number, _, tests, _] = cells.as_slice() else {
            continue;
        };
        let Ok(number) = number.parse::<usize>() else {
            continue;
        };
        rows.push(number);
        let mut count = 0;
        for name in tests.split('`').skip(1).step_by(2) {
            let (file, test) = name.split_once("::").unwrap_or_else(|| panic!("`{name}`"));
            let source = fs::read_to_string(root.join(file));
            let source = source.unwrap_or_else(|error| panic!("row {number}, {file}: {error}"));
            let there = source.contains(&format!("fn {test}("));
            assert!(there, "row {number}: {file} has no test {test}");
            count += 1;
        }
        assert!(count > 0, "row {number} has no test");
    }
    assert_eq!(rows, (1..=30).collect::<Vec<_>>());
}

/// What an inway of somebody else hears.
#[derive(Default)]
struct Impostor(AtomicUsize);

impl Serve for Impostor {
    type Body = Full<Bytes>;

    async fn serve(
        self: Arc<Self>,
        _: Arc<Connection>,
        _: Request<Incoming>,
    ) -> Response<Full<Bytes>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Response::new(Full::from("{}"))
    }
}

/// Listens at `at` with the certificate in this folder.
async fn impostor(pki: &DevPki, folder: &Path, at: SocketAddr) -> Arc<Impostor> {
    let read = |name: &str| fs::read(folder.join("pki").join(name)).unwrap();
    let identity = Identity::from_pem(&read("chain.pem"), &read("key.pem")).unwrap();
    let lists = pki.crls_pem().unwrap().into_iter();
    let lists: Vec<Vec<u8>> = lists.map(|(_, pem)| pem.into_bytes()).collect();
    let trust = Trust::from_pem(pki.anchors_pem().as_bytes(), &lists).unwrap();
    let time = Clock::system().time_provider();
    let config = tls::server_config(&identity, &trust, &[b"h2", b"http/1.1"], time).unwrap();
    let limits = ConnectionLimits::from(&Limits::default());
    let connections = Connections::new(limits, Metrics::off());
    let listener = Listener::bind(Role::Inway, at, connections).await.unwrap();
    let impostor = Arc::new(Impostor::default());
    listener
        .with_tls(config)
        .run(Arc::clone(&impostor), CancellationToken::new());
    impostor
}

/// The certificate is of the group and for the right host, and is of another organisation.
#[tokio::test(flavor = "multi_thread")]
async fn row_18_an_outway_tells_an_impostor_nothing() {
    let world = World::with_contract().await;
    let outway = world.outway();
    let answer = call(outway, question()).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);

    // Another member of the group takes the place of the inway, whose address the outway knows from its token.
    let inway = world.uiw.addresses().inway.unwrap();
    let folder = world.federation.ssc.folder.clone();
    world.uiw.stop().await;
    let impostor = impostor(&world.federation.pki, &folder, inway).await;
    let answer = call(outway, question()).await;
    assert_eq!(answer.status, 502, "{:?}", answer.body);
    assert_eq!(impostor.0.load(Ordering::Relaxed), 0, "it was asked");
}

/// The token is for somebody else than the certificate, though it is bound to that certificate.
#[tokio::test(flavor = "multi_thread")]
async fn row_18_an_inway_believes_the_certificate_and_not_the_token() {
    let world = World::with_contract().await;
    let at = world.uiw.addresses().inway.unwrap();
    let outsider = Outsider::party(&world, &world.federation.voorbeeld.folder, UIW.oin);
    for (subject, accepted) in [(VOORBEELD.oin, true), (SSC.oin, false)] {
        let token = forged(&world, &identity(&world, UIW.short), |claims| {
            claims.sub = PeerId::new(subject).unwrap()
        })
        .await;
        let answer = outsider.call(at, direct(&token)).await.unwrap();
        if accepted {
            assert_eq!(answer.status, 200, "{:?}", answer.body);
        } else {
            answer.assert_refusal(401, "ERROR_CODE_ACCESS_TOKEN_INVALID", "inway");
        }
    }
}

/// A renewed certificate needs a new token: the old one is bound to the old certificate.
#[tokio::test(flavor = "multi_thread")]
async fn row_28_a_token_dies_with_the_certificate_it_is_bound_to() {
    let mut world = World::with_contract().await;
    let at = world.uiw.addresses().inway.unwrap();
    let token = forged(&world, &identity(&world, UIW.short), |_| ()).await;
    let before = Outsider::party(&world, &world.federation.voorbeeld.folder, UIW.oin);
    let answer = before.call(at, direct(&token)).await.unwrap();
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    let renewed = leaf(&mut world.federation.pki, VOORBEELD.oin, None);
    let after = Outsider::with(&world, &renewed, UIW.oin);
    let answer = after.call(at, direct(&token)).await.unwrap();
    answer.assert_refusal(401, "ERROR_CODE_ACCESS_TOKEN_INVALID", "inway");
    let message = answer.json()["message"].as_str().unwrap().to_owned();
    assert!(
        message.contains("bound to another certificate"),
        "{message}"
    );
}

/// A manager asks for a certificate as an inway does.
#[tokio::test(flavor = "multi_thread")]
async fn row_02_a_manager_answers_nobody_without_a_certificate() {
    let world = World::start().await;
    let at = world.uiw.addresses().manager.unwrap();
    let request = Request::get("/v1/peer").body(Full::default()).unwrap();
    let refused = call_without_certificate(&world, at, request).await;
    let refused = refused.unwrap_err();
    assert!(refused.contains("CertificateRequired"), "{refused}");
}
