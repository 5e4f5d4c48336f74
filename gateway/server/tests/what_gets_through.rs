//! Ways past the gateway that look like ordinary HTTP: data in headers, bodies that two readers read differently, headers that make
//! the source see another request.

#![cfg(test)]

mod support;

use std::net::SocketAddr;

use http::{HeaderName, Request};
use http_body_util::Full;
use hyper_util::rt::{TokioExecutor, TokioIo};
use support::client::{call, raadpleeg};
use support::source::{Behaviour, RawSource};
use support::{World, documents};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const BSN: &str = "999904000";
const PURPOSE: Option<&str> = Some("bijstand-aanvraag");

fn says(head: &str, body: &str) -> Behaviour {
    let text = format!(
        "HTTP/1.1 {head}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    Behaviour::SaysAndCloses(text.into())
}

const NOBODY: &str = "{\"type\":\"RaadpleegMetBurgerservicenummer\",\"personen\":[]}";

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_filtered_carries_nothing_beside_its_body() {
    let source = RawSource::start(Behaviour::IsSilent).await;
    let world = World::start_before(source.address, "").await;
    world.contract_for_brp().await;
    let headers = format!(
        "location: /personen/{BSN}\r\nlink: </personen/{BSN}>\r\nset-cookie: last={BSN}\r\nx-bsn: {BSN}\r\n\
         content-disposition: attachment; filename={BSN}.json\r\netag: \"{BSN}\"\r\napi-version: 2.0.0\r\n\
         cache-control: no-store"
    );
    for (status, body) in [
        ("200 OK", NOBODY),
        ("200 OK", ""),
        ("303 See Other", ""),
        ("404 Not Found", "{\"title\":\"x\",\"status\":404}"),
    ] {
        source.turns(says(
            &format!("{status}\r\ncontent-type: application/json\r\n{headers}"),
            body,
        ));
        let answer = call(world.outway(), raadpleeg(BSN, &["naam"], PURPOSE)).await;
        assert!(status.starts_with(answer.status.as_str()), "{answer:?}");
        assert!(!format!("{answer:?}").contains(BSN), "{answer:?}");
        assert_eq!(answer.header("api-version"), Some("2.0.0"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_two_readers_could_read_differently_is_withheld() {
    let source = RawSource::start(Behaviour::IsSilent).await;
    let world = World::start_before(source.address, "").await;
    world.contract_for_brp().await;
    for head in [
        "200 OK\r\ncontent-type: application/json; charset=Shift_JIS",
        "200 OK\r\ncontent-type: application/json\r\ncontent-type: text/html",
        "200 OK\r\ncontent-type: text/html, application/x+json",
        "200 OK\r\ncontent-type: application/json\r\ncontent-encoding: identity\r\ncontent-encoding: deflate",
        "101 Switching Protocols\r\ncontent-type: application/json\r\nupgrade: x",
    ] {
        source.turns(says(head, NOBODY));
        let answer = call(world.outway(), raadpleeg(BSN, &["naam"], PURPOSE)).await;
        assert_eq!(answer.status, 502, "{head}: {answer:?}");
        answer.assert_refusal(502, "ERROR_CODE_ANSWER_UNREADABLE", "inway");
    }
    // The same of a question.
    let asked = source.connections();
    for (name, value) in [
        ("content-type", "text/plain"),
        ("content-encoding", "deflate"),
    ] {
        let mut request = raadpleeg(BSN, &["naam"], PURPOSE);
        let headers = request.headers_mut();
        if name == "content-encoding" {
            headers.append(name, "identity".parse().unwrap());
        }
        headers.append(name, value.parse().unwrap());
        let answer = call(world.outway(), request).await;
        answer.assert_refusal(415, "ERROR_CODE_MEDIA_TYPE_UNSUPPORTED", "outway");
    }
    assert_eq!(source.connections(), asked);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_source_sees_the_request_that_was_decided_upon() {
    let source = RawSource::start(says("204 No Content", "")).await;
    let world = World::start_with_documents(source.address, "").await;
    let tricks = [
        "x-http-method-override",
        "x-http-method",
        "x-method-override",
        "x_http_method_override",
        "x-original-url",
        "x-rewrite-url",
        "sluis-other",
        "sluis_role",
        "fsc_authorization",
    ];
    let grant = world
        .voorbeeld
        .contracts()
        .index()
        .connections_to("00000099000000002000", documents::SERVICE)[0]
        .grant_hash
        .to_string();
    let mut request = Request::post("/documenten")
        .header("sluis-purpose", documents::PURPOSE)
        .header("content-type", "application/pdf")
        .header("connection", "content-type, content-length")
        .header("fsc-grant-hash", grant)
        .header("sluis-destination", "brp")
        .body(Full::from("0123456789"))
        .unwrap();
    for name in tricks {
        let name = HeaderName::from_static(name);
        request
            .headers_mut()
            .insert(name, "smuggled".parse().unwrap());
    }
    let answer = call(world.outway(), request).await;
    assert_eq!(answer.status, 204, "{answer:?}");
    let heard = source.heard();
    assert!(!heard.contains("smuggled"), "{heard}");
    assert!(!heard.contains("sluis-destination"), "{heard}");
    assert!(!heard.contains("fsc-grant-hash"), "{heard}");
    assert!(heard.contains("content-type: application/pdf"), "{heard}");
    assert!(heard.contains("content-length: 10"), "{heard}");
    assert!(heard.contains("fsc-authorization: Bearer ey"), "{heard}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_with_two_lengths_arrives_whole() {
    let text = "HTTP/1.1 200 OK\r\ncontent-type: application/pdf\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n\
                14\r\n01234567890123456789\r\n0\r\n\r\n";
    let source = RawSource::start(Behaviour::Says(text.into())).await;
    let world = World::start_with_documents(source.address, "").await;
    let request = Request::get("/documenten/documenten/6b1f0d5e-3f0c-4f5b-9a55-7f1f0d2c9e01")
        .header("sluis-purpose", documents::PURPOSE)
        .body(Full::default())
        .unwrap();
    let answer = call(world.outway(), request).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.body, "01234567890123456789");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_at_the_door_can_be_found_by_its_id() {
    let world = World::start().await;
    let large = "x".repeat(40_000);
    for (target, header, status) in [
        ("http://elders/brp", "1", 400),
        ("/brp", large.as_str(), 431),
    ] {
        let head = format!("GET {target} HTTP/1.1\r\nhost: x\r\nx-long: {header}\r\n\r\n");
        let mut stream = TcpStream::connect(world.outway()).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let text = read_until(&mut stream, "\"}").await;
        assert!(text.starts_with(&format!("HTTP/1.1 {status} ")), "{text}");
        let (_, id) = text.split_once("fsc-transaction-id: ").unwrap();
        let id = id.split_once('\r').unwrap().0;
        assert!(
            text.contains(&format!("\"transaction_id\":\"{id}\"")),
            "{text}"
        );
        let written = world.voorbeeld.audit().reader();
        let written = written.transaction(id.parse().unwrap()).unwrap();
        assert_eq!(written.len(), 1, "{text}");
    }

    // What never becomes a request is refused with nothing but a number, and counted.
    let lines = "x-line: 1\r\n".repeat(150);
    for (bytes, status, reason) in [
        (
            format!("GET /brp HTTP/1.1\r\n{lines}\r\n"),
            431,
            "head-too-large",
        ),
        ("no request\r\n\r\n".to_owned(), 400, "not-http"),
    ] {
        let mut stream = TcpStream::connect(world.outway()).await.unwrap();
        stream.write_all(bytes.as_bytes()).await.unwrap();
        let text = read_until(&mut stream, "\r\n\r\n").await;
        assert!(text.starts_with(&format!("HTTP/1.1 {status} ")), "{text}");
        support::until(|| async {
            let at = world.voorbeeld.addresses().observability.unwrap();
            let request = Request::get("/metrics").body(Full::default()).unwrap();
            let page = String::from_utf8(call(at, request).await.body.to_vec()).unwrap();
            page.lines().any(|line| {
                line.starts_with("sluis_connections_closed_total") && line.contains(reason)
            })
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_announces_too_much_and_a_head_of_too_many_lines_go_nowhere() {
    let source = RawSource::start(Behaviour::IsSilent).await;
    let limits = "limits: { request_body_bytes_max: 3000 }\n";
    let world = World::start_with_documents(source.address, limits).await;
    let head = upload(documents::PURPOSE, 3001);
    let mut stream = TcpStream::connect(world.outway()).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let text = read_until(&mut stream, "\"remedy\"").await;
    assert!(text.starts_with("HTTP/1.1 413 "), "{text}");
    assert_eq!(source.connections(), 0);

    let stream = TcpStream::connect(world.outway()).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
    tokio::spawn(connection);
    let mut request = Request::get("http://outway/documenten/documenten/1");
    for number in 0..101 {
        request = request.header(format!("x-{number}"), "1");
    }
    let request = request.body(Full::<bytes::Bytes>::default()).unwrap();
    let response = sender.send_request(request).await.unwrap();
    assert_eq!(response.status(), 431);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_may_take_longer_than_an_answer() {
    let source = RawSource::start(Behaviour::Swallows(1000)).await;
    // Only the provider is impatient: the outway also waits for a token and for the record of the provider.
    let world = World::build_with_documents(source.address, "", |plans| {
        plans.uiw.more = "limits: { upstream_response_timeout_ms: 400 }\n".to_owned();
    })
    .await;
    let mut stream = TcpStream::connect(world.outway()).await.unwrap();
    let head = upload(documents::PURPOSE, 1000);
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut pace = tokio::time::interval(std::time::Duration::from_millis(100));
    for _ in 0..10 {
        pace.tick().await;
        stream.write_all(&[b'x'; 100]).await.unwrap();
    }
    let text = read_until(&mut stream, "\r\n\r\n").await;
    assert!(text.starts_with("HTTP/1.1 204 "), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_says_nothing_is_closed() {
    let world = World::start_with("limits: { header_read_timeout_ms: 300 }\n").await;
    let inway: SocketAddr = world.uiw.addresses().inway.unwrap();
    for (at, bytes) in [
        (world.outway(), ""),
        (world.outway(), "P"),
        (world.outway(), "PRI * HTTP/2"),
        (world.outway(), "GET / HT"),
    ] {
        let mut stream = TcpStream::connect(at).await.unwrap();
        stream.write_all(bytes.as_bytes()).await.unwrap();
        let mut rest = Vec::new();
        let closed = stream.read_to_end(&mut rest);
        let closed = tokio::time::timeout(std::time::Duration::from_secs(5), closed).await;
        assert!(closed.is_ok(), "`{bytes}` keeps a connection");
    }
    let outsider = support::outsider::Outsider::party(
        &world,
        &world.federation.root.join("voorbeeld"),
        "00000099000000002000",
    );
    let mut stream = outsider.connect(inway).await;
    let mut rest = Vec::new();
    let closed = stream.read_to_end(&mut rest);
    let closed = tokio::time::timeout(std::time::Duration::from_secs(5), closed).await;
    assert!(
        closed.is_ok(),
        "a peer that says nothing keeps a connection"
    );
}

fn upload(purpose: &str, size: usize) -> String {
    format!(
        "POST /documenten/documenten HTTP/1.1\r\nhost: x\r\nsluis-purpose: {purpose}\r\ncontent-type: application/pdf\r\n\
         content-length: {size}\r\n\r\n"
    )
}

async fn read_until(stream: &mut TcpStream, mark: &str) -> String {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    while !text.contains(mark) {
        let count = stream.read(&mut buffer).await.unwrap();
        assert!(count > 0, "the answer ended: {text}");
        text.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
    text
}
