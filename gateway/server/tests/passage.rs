//! A person record through two gateways: what is asked, what the source hears, what comes back, and what both sides write down.

#![cfg(test)]

mod support;

use http::Version;
use http_body_util::BodyExt;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value;
use sluis::gateway::Gateway;
use sluis_audit::{Intent, OutcomeRecord, OutcomeResult, Record, Refusal};
use support::World;
use support::client::{Answer, call, raadpleeg, zaak};
use support::relay::{Relay, holds};
use support::source::{Behaviour, RawSource};
use tokio::net::TcpStream;
use uuid::Uuid;

const PURPOSE: &str = "bijstand-aanvraag";
const BSN: &str = "999904000";
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

fn id(answer: &Answer) -> Uuid {
    answer
        .header("fsc-transaction-id")
        .expect("a transaction id")
        .parse()
        .unwrap()
}

/// What a gateway wrote down of a transaction, once its outcome is there.
async fn passage(gateway: &Gateway, id: Uuid) -> (Intent, OutcomeRecord) {
    let found = std::cell::RefCell::new(None);
    support::until(|| async {
        let (mut intent, mut outcome) = (None, None);
        for stored in gateway.audit().reader().transaction(id).unwrap() {
            match stored.entry.record {
                Record::Intent(one) => intent = Some(*one),
                Record::Outcome(one) => outcome = Some(*one),
                other => panic!("{other:?}"),
            }
        }
        *found.borrow_mut() = intent.zip(outcome);
        found.borrow().is_some()
    })
    .await;
    found.into_inner().unwrap()
}

/// The one refusal that a gateway wrote down of a transaction.
fn refusal(gateway: &Gateway, id: Uuid) -> Refusal {
    let entries = gateway.audit().reader().transaction(id).unwrap();
    let [stored] = entries.as_slice() else {
        panic!("{entries:?}")
    };
    match &stored.entry.record {
        Record::Refusal(refusal) => (**refusal).clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permitted_call_is_narrowed_asked_minimised_and_written_down_on_both_sides() {
    let world = World::with_contract().await;
    let mut request = raadpleeg(
        BSN,
        &["naam", "verblijfplaats", "nationaliteiten", "kinderen.naam"],
        Some(PURPOSE),
    );
    let headers = request.headers_mut();
    headers.insert("x-gebruiker", "j.jansen".parse().unwrap());
    headers.insert(
        "traceparent",
        format!("00-{TRACE}-b7ad6b7169203331-01").parse().unwrap(),
    );
    headers.insert("tracestate", "vendor=1".parse().unwrap());
    headers.insert("fsc-authorization", "Bearer smuggled".parse().unwrap());
    headers.insert("connection", "x-private".parse().unwrap());
    headers.insert("x-private", "1".parse().unwrap());
    let answer = call(world.outway(), request).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    let persons = answer.json()["personen"].as_array().unwrap().clone();
    let members: Vec<&String> = persons[0].as_object().unwrap().keys().collect();
    assert_eq!(members, ["naam", "verblijfplaats"]);

    // What the source heard: the question without the fields that are not for this purpose, and nothing of the caller's own.
    let heard = world.brp.source().last_exchange().unwrap();
    let question = heard.request.clone().unwrap();
    assert_eq!(
        question["fields"],
        serde_json::json!(["naam", "verblijfplaats"])
    );
    let header = |name: &str| {
        heard
            .request_headers
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    assert_eq!(header("sluis-purpose"), Some(PURPOSE));
    assert_eq!(header("sluis-role"), Some("inkomensconsulent"));
    assert!(
        header("fsc-authorization").is_some_and(|token| token.starts_with("Bearer ey")),
        "the token goes on to the source"
    );
    for absent in [
        "x-doelbinding",
        "x-gebruiker",
        "x-private",
        "fsc-grant-hash",
    ] {
        assert_eq!(header(absent), None, "{absent}");
    }
    assert!(
        header("traceparent")
            .unwrap()
            .starts_with(&format!("00-{TRACE}-"))
    );
    assert_eq!(header("tracestate"), Some("vendor=1"));
    let id = id(&answer);
    assert_eq!(header("fsc-transaction-id"), Some(id.to_string().as_str()));

    // What both sides wrote down.
    let (consumer, _) = passage(&world.voorbeeld, id).await;
    let (provider, outcome) = passage(&world.uiw, id).await;
    assert_eq!(
        (consumer.transaction_id, consumer.grant_hash.clone()),
        (provider.transaction_id, provider.grant_hash.clone())
    );
    assert_eq!(consumer.trace.trace_id, provider.trace.trace_id);
    assert_eq!(provider.trace.parent_span_id, Some(consumer.trace.span_id));
    assert!(!provider.trace.derived);
    assert!(
        consumer
            .user
            .as_ref()
            .is_some_and(|user| !user.as_str().contains("jansen"))
    );
    assert!(provider.user.is_none(), "the employee's name stays at home");
    assert_eq!(provider.purpose.as_deref(), Some(PURPOSE));
    assert_eq!(&*provider.path_template, "/haalcentraal/api/brp/personen");
    assert_eq!(provider.subjects.len(), 1);
    // Each side holds back by its own register; what the consumer may not ask never reaches the provider.
    let withheld = |intent: &Intent| {
        intent
            .withheld
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(withheld(&consumer), ["nationaliteit"]);
    assert_eq!(withheld(&provider), ["kinderen"]);
    assert_eq!(outcome.outcome.result, OutcomeResult::Delivered);
    assert_eq!(outcome.outcome.status, Some(200));
    for gateway in [&world.voorbeeld, &world.uiw] {
        for stored in gateway.audit().reader().transaction(id).unwrap() {
            let text = String::from_utf8(stored.entry.encode().unwrap()).unwrap();
            assert!(!text.contains(BSN) && !text.contains("jansen"), "{text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_careless_source_adds_is_left_out_and_counted() {
    let world = World::with_contract().await;
    world.brp.answer_everything(true);
    let answer = call(world.outway(), raadpleeg(BSN, &["naam"], Some(PURPOSE))).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    assert!(
        !text.contains("nationaliteiten") && !text.contains("kinderen"),
        "{text}"
    );
    let (_, outcome) = passage(&world.uiw, id(&answer)).await;
    let dropped: Vec<&str> = outcome
        .outcome
        .dropped
        .iter()
        .map(|(path, _)| &**path)
        .collect();
    assert!(
        dropped
            .iter()
            .any(|path| path.starts_with("/personen/*/nationaliteiten")),
        "{dropped:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn request_contract_and_register_must_name_the_same_purpose() {
    let world = World::with_contract().await;
    for (purpose, status, code, component, reason) in [
        (
            None,
            400,
            "ERROR_CODE_PURPOSE_MISSING",
            "outway",
            "purpose-missing",
        ),
        (
            Some("terugvordering-bijstand"),
            403,
            "ERROR_CODE_PURPOSE_REFUSED",
            "outway",
            "purpose-not-in-contract",
        ),
        (
            Some("schuldhulpverlening"),
            403,
            "ERROR_CODE_PURPOSE_REFUSED",
            "inway",
            "purpose-not-in-register",
        ),
    ] {
        let mut request = raadpleeg(BSN, &["naam"], purpose);
        if purpose == Some("schuldhulpverlening") {
            request
                .headers_mut()
                .insert("sluis-role", "schuldhulpverlener".parse().unwrap());
        }
        let answer = call(world.outway(), request).await;
        answer.assert_refusal(status, code, component);
        let body = answer.json();
        assert_eq!(body["reason"], reason);
        let remedy = match purpose {
            None => "in the header `sluis-purpose` (or `x-doelbinding`, `x-verwerking`)",
            Some(_) => "ask the compliance team",
        };
        assert!(body["remedy"].as_str().unwrap().contains(remedy), "{body}");
        let gateway = if component == "outway" {
            &world.voorbeeld
        } else {
            &world.uiw
        };
        let written = refusal(gateway, id(&answer));
        assert_eq!((&*written.reason, written.status), (reason, status));
        assert_eq!(written.purpose.as_deref(), purpose);
    }
    assert_eq!(world.brp.source().requests(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_contract_nothing_is_asked() {
    let world = World::start().await;
    let answer = call(world.outway(), raadpleeg(BSN, &["naam"], Some(PURPOSE))).await;
    answer.assert_refusal(403, "ERROR_CODE_NO_VALID_CONTRACT", "outway");
    assert_eq!(
        &*refusal(&world.voorbeeld, id(&answer)).reason,
        "no-contract"
    );
    // Proposed is not accepted.
    let hash = world
        .propose(
            &world.uiw,
            "brp-personen",
            sluis::demo::policies::contract::brp_personen(),
        )
        .await;
    let answer = call(world.outway(), raadpleeg(BSN, &["naam"], Some(PURPOSE))).await;
    answer.assert_refusal(403, "ERROR_CODE_NO_VALID_CONTRACT", "outway");
    world.uiw.manager().unwrap().reject(&hash).await.unwrap();
    world.until(&world.voorbeeld, &hash, false).await;
    assert_eq!(world.brp.source().requests(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_hash_and_a_name_lead_to_the_same_service() {
    let world = World::with_contract().await;
    let grant = world
        .voorbeeld
        .contracts()
        .index()
        .connections_to("00000099000000002000", "brp-personen")[0]
        .grant_hash
        .clone();
    for (name, value) in [
        ("fsc-grant-hash", format!(" {grant} ")),
        ("sluis-destination", "brp".to_owned()),
    ] {
        let mut request = raadpleeg(BSN, &["naam"], Some(PURPOSE));
        *request.uri_mut() = "/haalcentraal/api/brp/personen".parse().unwrap();
        request.headers_mut().insert(name, value.parse().unwrap());
        let answer = call(world.outway(), request).await;
        assert_eq!(answer.status, 200, "{name}: {:?}", answer.body);
    }
}

/// What the client's hello of TLS offers to speak (RFC 7301).
const ALPN_HTTP_1: &[u8] = b"\x00\x09\x08http/1.1";
const ALPN_HTTP_2: &[u8] = b"\x00\x03\x02h2";

#[tokio::test(flavor = "multi_thread")]
async fn http_2_goes_through_as_http_2() {
    let (between, behind) = (Relay::start().await, Relay::start().await);
    let world = World::build_with_files(
        "",
        |plans| {
            let service = &mut plans.uiw.services[0];
            behind.leads_to(std::mem::replace(&mut service.upstream, behind.address));
            service.http2 = true;
        },
        |federation| between.stands_before_the_inway_of(&federation.uiw),
    )
    .await;
    world.contract_for_brp().await;
    let stream = TcpStream::connect(world.outway()).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
    tokio::spawn(connection);
    for _ in 0..3 {
        let mut request = raadpleeg(BSN, &["naam"], Some(PURPOSE));
        *request.uri_mut() = format!("http://outway{}", request.uri()).parse().unwrap();
        let response = sender.send_request(request).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.version(), Version::HTTP_2);
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert!(serde_json::from_slice::<Value>(&body).unwrap()["personen"].is_array());
    }
    // The inway is offered HTTP/2 and nothing else; the source hears HTTP/2 at once. One connection each is enough.
    let (hellos, prefaces) = (between.first(), behind.first());
    assert_eq!((hellos.len(), prefaces.len()), (1, 1));
    assert!(holds(&hellos[0], ALPN_HTTP_2) && !holds(&hellos[0], b"http/1.1"));
    assert!(prefaces[0].starts_with(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_speaks_http_1_0_is_answered_for_in_http_1_1() {
    let persons = r#"{"type":"RaadpleegMetBurgerservicenummer","personen":[]}"#;
    let says = format!("HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n{persons}");
    let source = RawSource::start(Behaviour::SaysAndCloses(says.into())).await;
    let between = Relay::start().await;
    let world = World::build_with_files(
        "",
        |plans| plans.uiw.services[0].upstream = source.address,
        |federation| between.stands_before_the_inway_of(&federation.uiw),
    )
    .await;
    world.contract_for_brp().await;
    for _ in 0..3 {
        let answer = call(world.outway(), raadpleeg(BSN, &["naam"], Some(PURPOSE))).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.version, Version::HTTP_11);
        assert_eq!(answer.json()["personen"], serde_json::json!([]));
    }
    // The source ends its connection after every answer; that is nothing between the gateways.
    assert_eq!(source.connections(), 3);
    let hellos = between.first();
    assert_eq!(hellos.len(), 1);
    assert!(holds(&hellos[0], ALPN_HTTP_1) && !holds(&hellos[0], ALPN_HTTP_2));
    assert!(source.heard().contains(" HTTP/1.1\r\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_is_looked_up_at_the_shared_service_centre() {
    let world = World::start().await;
    world.contract_for_zaken().await;
    let case = world.zaken.holds().zaken[0].clone();
    let uuid = case["uuid"].as_str().unwrap();
    let answer = call(world.outway(), zaak(uuid)).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    assert_eq!(answer.json()["uuid"], uuid);
    assert!(
        answer.json().get("toelichting").is_none(),
        "{:?}",
        answer.body
    );
    assert!(
        answer.header("etag").is_none(),
        "the source's validator is not about what we released"
    );
    let (intent, _) = passage(&world.ssc, id(&answer)).await;
    assert_eq!(&*intent.path_template, "/zaken/api/v1/zaken/{uuid}");
}
