//! Sources that are down, slow, break off or answer nonsense; callers that send too much or hang up. What the caller sees, and
//! what is recorded.

#![cfg(test)]

mod support;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use sluis::demo::federation::BRP;
use sluis::demo::party_files::ServicePlan;
use sluis_audit::{AuditLog, OutcomeResult, Record};
use support::client::{Answer, call, raadpleeg};
use support::source::{Behaviour, RawSource};
use support::{World, documents};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use uuid::Uuid;

const BSN: &str = "999904000";
const PURPOSE: Option<&str> = Some("bijstand-aanvraag");
const SHORT: &str = "limits: { stream_idle_timeout_ms: 400 }\n";

async fn ask(world: &World) -> Answer {
    call(world.outway(), raadpleeg(BSN, &["naam"], PURPOSE)).await
}

/// How a transaction ended in the log of the provider.
async fn outcome_at_the_provider(world: &World, answer: &Answer) -> OutcomeResult {
    let id: Uuid = answer
        .header("fsc-transaction-id")
        .expect("a transaction id")
        .parse()
        .unwrap();
    outcome(world, id).await
}

async fn outcome(world: &World, id: Uuid) -> OutcomeResult {
    outcome_in(world.uiw.audit(), id).await
}

async fn outcome_in(log: &AuditLog, id: Uuid) -> OutcomeResult {
    let found = std::cell::RefCell::new(None);
    support::until(|| async {
        let entries = log.reader().transaction(id).unwrap();
        let outcome = entries
            .into_iter()
            .find_map(|stored| match stored.entry.record {
                Record::Outcome(outcome) => Some(outcome.outcome.result),
                _ => None,
            });
        *found.borrow_mut() = outcome;
        found.borrow().is_some()
    })
    .await;
    found.into_inner().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_down() {
    let nobody = support::nobody();
    let world = World::start_before(nobody, "").await;
    world.contract_for_brp().await;
    let answer = ask(&world).await;
    answer.assert_refusal(502, "ERROR_CODE_SERVICE_UNREACHABLE", "inway");
    assert_eq!(
        outcome_at_the_provider(&world, &answer).await,
        OutcomeResult::SourceUnreachable
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_says_nothing() {
    let source = RawSource::start(Behaviour::IsSilent).await;
    // Only the provider is impatient, and its clock runs from when its own record is written.
    let world = World::build("", |plans| {
        plans.uiw.services = vec![ServicePlan::new(BRP, source.address)];
        plans.uiw.more = "limits: { upstream_response_timeout_ms: 400 }\n".to_owned();
    })
    .await;
    world.contract_for_brp().await;
    let answer = ask(&world).await;
    answer.assert_refusal(502, "ERROR_CODE_SERVICE_UNREACHABLE", "inway");
    assert_eq!(answer.json()["reason"], "upstream-timed-out");
    assert_eq!(
        outcome_at_the_provider(&world, &answer).await,
        OutcomeResult::SourceTimedOut
    );
    assert_eq!(source.connections(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_takes_the_request_and_breaks_off() {
    let source = RawSource::start(Behaviour::SaysAndCloses("".into())).await;
    let world = World::start_before(source.address, "").await;
    world.contract_for_brp().await;
    let answer = ask(&world).await;
    answer.assert_refusal(502, "ERROR_CODE_SERVICE_UNREACHABLE", "inway");
    assert_eq!(answer.json()["reason"], "upstream-broke-off");
    // Not that it was never asked: it may have done what it was asked.
    assert_eq!(
        outcome_at_the_provider(&world, &answer).await,
        OutcomeResult::SourceBrokeOff
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_the_caller_breaks_off() {
    let source = RawSource::start(Behaviour::IsSilent).await;
    let world = World::start_with_documents(source.address, "").await;
    let id = "019a7dea-9048-7c4d-9e66-4d3f75a18f58";
    let head = format!(
        "POST /documenten/documenten HTTP/1.1\r\nhost: x\r\nsluis-purpose: {}\r\ncontent-type: application/pdf\r\n\
         fsc-transaction-id: {id}\r\ncontent-length: 1000\r\n\r\nhalf",
        documents::PURPOSE
    );
    let mut stream = TcpStream::connect(world.outway()).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    support::until(|| async { source.connections() == 1 }).await;
    drop(stream);
    let id = id.parse().unwrap();
    for log in [world.voorbeeld.audit(), world.uiw.audit()] {
        assert_eq!(outcome_in(log, id).await, OutcomeResult::ClientGone);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_breaks_off_within_a_filtered_answer() {
    let half = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{\"type\":";
    let source = RawSource::start(Behaviour::SaysAndCloses(half.into())).await;
    let world = World::start_before(source.address, "").await;
    world.contract_for_brp().await;
    let answer = ask(&world).await;
    answer.assert_refusal(502, "ERROR_CODE_SERVICE_UNREACHABLE", "inway");
    assert_eq!(
        outcome_at_the_provider(&world, &answer).await,
        OutcomeResult::SourceBrokeOff
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_cannot_be_filtered_is_withheld() {
    for (body, kind) in [
        (
            "{\"type\":\"RaadpleegMetBurgerservicenummer\",\"personen\":[{\"naam\":",
            "application/json",
        ),
        ("{\"type\":\"x\",\"type\":\"y\"}", "application/json"),
        ("<html>999904000</html>", "text/html"),
    ] {
        let text = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let source = RawSource::start(Behaviour::Says(text.into())).await;
        let world = World::start_before(source.address, "").await;
        world.contract_for_brp().await;
        let answer = ask(&world).await;
        answer.assert_refusal(502, "ERROR_CODE_ANSWER_UNREADABLE", "inway");
        assert!(!String::from_utf8_lossy(&answer.body).contains(BSN));
        let outcome = outcome_at_the_provider(&world, &answer).await;
        assert_eq!(
            outcome,
            OutcomeResult::AnswerRefused("answer-unreadable".into())
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_of_the_source_loses_what_it_quotes() {
    let body = "{\"type\":\"x\",\"title\":\"Niet gevonden.\",\"status\":404,\"detail\":\"999904000 is onbekend\",\"code\":\"notFound\"}";
    let text = format!(
        "HTTP/1.1 404 Not Found\r\nfsc-error-code: SMUGGLED\r\ncontent-type: application/problem+json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let source = RawSource::start(Behaviour::Says(text.into())).await;
    let world = World::start_before(source.address, "").await;
    world.contract_for_brp().await;
    let answer = ask(&world).await;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.json()["code"], "notFound");
    assert_eq!(
        answer.header("fsc-error-code"),
        None,
        "a source cannot pose as a gateway"
    );
    assert!(!String::from_utf8_lossy(&answer.body).contains(BSN));
    assert_eq!(
        outcome_at_the_provider(&world, &answer).await,
        OutcomeResult::RefusedBySource
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_and_heads_have_limits() {
    let limits = "limits: { filtered_body_bytes_max: 2000, request_body_bytes_max: 3000, request_header_bytes_max: 4000 }\n";
    let source = RawSource::start(Behaviour::Says("HTTP/1.1 204 No Content\r\n\r\n".into())).await;
    let world = World::start_with_documents(source.address, limits).await;
    world.contract_for_brp().await;

    // Read for the decision: the limit itself passes, one byte more does not.
    let base = raadpleeg(BSN, &["naam"], PURPOSE);
    let (head, _) = base.into_parts();
    for (size, status) in [(2000, 200), (2001, 413)] {
        let json = format!(
            "{{\"type\":\"RaadpleegMetBurgerservicenummer\",\"burgerservicenummer\":[\"{BSN}\"],\"fields\":[\"naam\"]}}"
        );
        let padded = format!("{json}{}", " ".repeat(size - json.len()));
        let answer = call(
            world.outway(),
            Request::from_parts(head.clone(), Full::from(padded)),
        )
        .await;
        assert_eq!(answer.status, status, "{size}: {:?}", answer.body);
        if status == 413 {
            answer.assert_refusal(413, "ERROR_CODE_BODY_TOO_LARGE", "outway");
        }
    }

    // Passed on unread.
    for (size, status) in [(3000, 204), (3001, 413)] {
        let request = Request::post("/documenten/documenten")
            .header("sluis-purpose", documents::PURPOSE)
            .header("content-type", "application/pdf")
            .body(Full::from(vec![b'x'; size]))
            .unwrap();
        let answer = call(world.outway(), request).await;
        assert_eq!(answer.status, status, "{size}: {:?}", answer.body);
    }

    // The head.
    let mut request = raadpleeg(BSN, &["naam"], PURPOSE);
    request
        .headers_mut()
        .insert("x-long", "y".repeat(4000).parse().unwrap());
    let answer = call(world.outway(), request).await;
    answer.assert_refusal(431, "ERROR_CODE_HEAD_TOO_LARGE", "outway");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_cannot_be_read_are_refused_before_anything_is_asked() {
    let world = World::with_contract().await;
    let (head, _) = raadpleeg(BSN, &["naam"], PURPOSE).into_parts();
    for body in [
        "",
        "{",
        "[]",
        "{\"type\":\"Elders\"}",
        "{\"type\":\"a\",\"type\":\"b\"}",
        "\u{feff}{}",
    ] {
        let answer = call(
            world.outway(),
            Request::from_parts(head.clone(), Full::from(body)),
        )
        .await;
        assert!(
            answer.status == 400 || answer.status == 403,
            "{body}: {:?}",
            answer.body
        );
        assert!(
            answer.header("fsc-error-code").is_some()
                && answer.header("fsc-transaction-id").is_some()
        );
    }
    let mut compressed = raadpleeg(BSN, &["naam"], PURPOSE);
    compressed
        .headers_mut()
        .insert("content-encoding", "gzip".parse().unwrap());
    let answer = call(world.outway(), compressed).await;
    answer.assert_refusal(415, "ERROR_CODE_MEDIA_TYPE_UNSUPPORTED", "outway");
    for (target, status, code) in [
        ("/nergens", 404, "ERROR_CODE_DESTINATION_UNKNOWN"),
        ("/brp/../zaken", 400, "ERROR_CODE_TARGET_UNACCEPTABLE"),
        (
            "/brp/haalcentraal/api/brp/elders",
            403,
            "ERROR_CODE_PURPOSE_REFUSED",
        ),
    ] {
        let mut request = raadpleeg(BSN, &["naam"], PURPOSE);
        *request.uri_mut() = target.parse().unwrap();
        call(world.outway(), request)
            .await
            .assert_refusal(status, code, "outway");
    }
    for (hash, code) in [
        ("x", "UNKNOWN_GRANT_HASH_IN_HEADER"),
        (
            "$1$1$NBW4xlGuVdjApUhkn9V_VlmznXB5LKSkKEkKfM-gvrHCGlf67I41zPDVJz78ceHRbTC0Vd0JpdsBzMsiWG2mUg",
            "UNKNOWN_GRANT_HASH_IN_HEADER",
        ),
        (
            "$1$3$NBW4xlGuVdjApUhkn9V_VlmznXB5LKSkKEkKfM-gvrHCGlf67I41zPDVJz78ceHRbTC0Vd0JpdsBzMsiWG2mUg",
            "UNKNOWN_GRANT_HASH_IN_HEADER",
        ),
    ] {
        let mut request = raadpleeg(BSN, &["naam"], PURPOSE);
        request
            .headers_mut()
            .insert("fsc-grant-hash", hash.parse().unwrap());
        call(world.outway(), request)
            .await
            .assert_refusal(400, code, "outway");
    }
    for (fields, said) in [
        (["naam", "nationaliteit"], "`nationaliteit`"),
        (["naam", "999904000"], "`(not shown)`"),
    ] {
        let answer = call(world.outway(), raadpleeg(BSN, &fields, PURPOSE)).await;
        answer.assert_refusal(400, "ERROR_CODE_REQUEST_UNREADABLE", "outway");
        let body = answer.json();
        assert_eq!(body["reason"], "field-unclassified");
        let message = body["message"].as_str().unwrap();
        assert!(
            message.contains(said) && message.contains("in no data group"),
            "{body}"
        );
        assert!(
            body["remedy"]
                .as_str()
                .unwrap()
                .starts_with("leave the field out"),
            "{body}"
        );
    }
    assert_eq!(world.brp.source().requests(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_hangs_up_is_recorded() {
    let ended = Arc::new(Notify::new());
    let source = RawSource::start(Behaviour::Dribbles(Arc::clone(&ended))).await;
    let world = World::start_with_documents(source.address, "").await;
    let (id, stream) = begin_to_read(world.outway()).await;
    drop(stream);
    // Hanging up goes through both gateways to the source, and both write down that it happened.
    ended.notified().await;
    assert_eq!(outcome(&world, id).await, OutcomeResult::ClientGone);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_stands_still_is_cut() {
    let source = RawSource::start(Behaviour::Dribbles(Arc::new(Notify::new()))).await;
    let world = World::start_with_documents(source.address, SHORT).await;
    let (id, mut stream) = begin_to_read(world.outway()).await;
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
    assert!(rest.len() < 10_000, "the answer was not cut");
    let outcome = outcome(&world, id).await;
    assert!(
        matches!(
            outcome,
            OutcomeResult::SourceTimedOut | OutcomeResult::ClientGone
        ),
        "{outcome:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_reads_no_further_is_cut() {
    let source = RawSource::start(Behaviour::Floods).await;
    let world = World::start_with_documents(source.address, SHORT).await;
    let (id, stream) = begin_to_read(world.outway()).await;
    let outcome = outcome(&world, id).await;
    assert_eq!(outcome, OutcomeResult::ClientGone);
    drop(stream);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_reads_no_further_over_http_2_is_cut() {
    let source = RawSource::start(Behaviour::Floods).await;
    let world = World::start_with_documents(source.address, SHORT).await;
    let stream = TcpStream::connect(world.outway()).await.unwrap();
    let io = TokioIo::new(stream);
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), io).await.unwrap();
    tokio::spawn(connection);
    let request =
        Request::get("http://x/documenten/documenten/6b1f0d5e-3f0c-4f5b-9a55-7f1f0d2c9e01")
            .header("sluis-purpose", documents::PURPOSE)
            .body(Full::<bytes::Bytes>::default())
            .unwrap();
    let mut answer = sender.send_request(request).await.unwrap();
    assert_eq!(answer.status(), 200);
    let id = answer.headers()["fsc-transaction-id"].to_str().unwrap();
    let id = id.parse().unwrap();
    // The connection lives on, and answers pings; only this body is not taken.
    for log in [world.voorbeeld.audit(), world.uiw.audit()] {
        assert_eq!(outcome_in(log, id).await, OutcomeResult::ClientGone);
    }
    while let Some(frame) = answer.body_mut().frame().await {
        if frame.is_err() {
            return;
        }
    }
    panic!("the answer looks whole");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_still_under_way_after_the_grace_period_is_cut_and_recorded() {
    let source = RawSource::start(Behaviour::Dribbles(Arc::new(Notify::new()))).await;
    let limits = "limits: { shutdown_grace_seconds: 1 }\n";
    let world = World::start_with_documents(source.address, limits).await;
    let (id, mut stream) = begin_to_read(world.outway()).await;
    let log = world.voorbeeld.audit().reader();
    world.voorbeeld.stop().await;
    let mut rest = Vec::new();
    let cut = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut rest)).await;
    assert!(cut.is_ok(), "the connection outlives the gateway");
    let ended = log.transaction(id).unwrap().into_iter().any(|stored| {
        matches!(stored.entry.record, Record::Outcome(outcome) if outcome.outcome.result == OutcomeResult::ClientGone)
    });
    assert!(ended, "its end is not in the log");
}

/// Asks for a document and reads until the first piece of its body has come.
async fn begin_to_read(outway: SocketAddr) -> (Uuid, TcpStream) {
    let mut stream = TcpStream::connect(outway).await.unwrap();
    let request = format!(
        "GET /documenten/documenten/6f8a2a4e-7d4b-4d47-a8d5-000000000001 HTTP/1.1\r\nhost: x\r\nsluis-purpose: {}\r\n\r\n",
        documents::PURPOSE
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    let mut buffer = [0; 4096];
    while !text.contains("xxxxx") {
        let count = stream.read(&mut buffer).await.unwrap();
        assert!(count > 0, "the answer ended: {text}");
        text.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
    assert!(text.starts_with("HTTP/1.1 200 OK"), "{text}");
    let id = text
        .split("fsc-transaction-id: ")
        .nth(1)
        .unwrap()
        .split("\r\n")
        .next()
        .unwrap()
        .parse()
        .unwrap();
    (id, stream)
}
