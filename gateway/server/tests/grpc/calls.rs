//! Unary and streaming calls with their trailers, errors of the source, and refusals that a gRPC client understands.

use bytes::Bytes;
use http::Request as HttpRequest;
use http_body_util::Full;
use sluis::demo::parties::UIW;
use sluis::demo::party_files::{DestinationPlan, ServicePlan};
use sluis::gateway::Gateway;
use sluis_audit::{Direction, Intent, OutcomeRecord, OutcomeResult, Record};
use sluis_proto::echo::v1::echo_client::EchoClient;
use sluis_proto::echo::v1::{ChatRequest, RepeatRequest, SayRequest};
use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use tonic::metadata::MetadataMap;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use uuid::Uuid;

use crate::support::World;
use crate::{echo, support};

/// Who provides may disclose nothing by `chat`, so that there is something that only the inway refuses.
const DISCLOSES: &str = "discloses:\n  - { service: echo, operations: [say, repeat], to: [voorbeeld], data: [bericht], beyond: refuse }";
const DISCLOSES_ALL: &str = "discloses:\n  - { service: echo, operations: [say, repeat, chat], to: [voorbeeld], data: [bericht], beyond: refuse }";
const OBTAINS: &str = "obtains:\n  - { service: echo, operations: [say, repeat, chat], from: [uiw], data: [bericht], beyond: refuse }";

async fn world(discloses: &str) -> World {
    let source = echo::start().await;
    World::build("", |plans| {
        let mut service = ServicePlan::new(echo::SERVICE, source);
        service.http2 = true;
        plans.uiw.services.push(service);
        let destination = DestinationPlan::new("echo", UIW, echo::SERVICE);
        plans.voorbeeld.destinations.push(destination);
        plans.uiw.policy.extend(echo::policy(discloses));
        plans.voorbeeld.policy.extend(echo::policy(OBTAINS));
    })
    .await
}

async fn world_with_contract(discloses: &str) -> World {
    let world = world(discloses).await;
    let properties = echo::properties();
    world.contract(&world.uiw, echo::SERVICE, properties).await;
    world
}

type Client =
    EchoClient<InterceptedService<Channel, fn(Request<()>) -> Result<Request<()>, Status>>>;

async fn channel(world: &World) -> Channel {
    let outway = Endpoint::from_shared(format!("http://{}", world.outway())).unwrap();
    outway.connect().await.unwrap()
}

/// A client that names destination and purpose in its metadata.
async fn client(world: &World) -> Client {
    fn claims(mut request: Request<()>) -> Result<Request<()>, Status> {
        let metadata = request.metadata_mut();
        metadata.insert("sluis-destination", "echo".parse().unwrap());
        metadata.insert("x-doelbinding", echo::PURPOSE.parse().unwrap());
        Ok(request)
    }
    EchoClient::with_interceptor(channel(world).await, claims)
}

fn said(text: &str) -> SayRequest {
    SayRequest {
        text: text.to_owned(),
        fail_with_code: 0,
    }
}

fn id(metadata: &MetadataMap) -> Uuid {
    let id = metadata
        .get("fsc-transaction-id")
        .expect("a transaction id");
    id.to_str().unwrap().parse().unwrap()
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

#[tokio::test(flavor = "multi_thread")]
async fn a_unary_call_passes_and_its_method_is_the_operation() {
    let world = world_with_contract(DISCLOSES).await;
    let mut client = client(&world).await;
    let answer = client.say(said("één")).await.unwrap();
    assert_eq!(answer.get_ref().text, "één");
    let metadata = answer.metadata();
    assert_eq!(metadata.get("heard-purpose").unwrap(), echo::PURPOSE);
    // tonic puts the trailers with the metadata of a unary answer.
    assert_eq!(metadata.get("grpc-status").unwrap(), "0");
    let id = id(metadata);
    for (gateway, direction) in [
        (&world.voorbeeld, Direction::Outgoing),
        (&world.uiw, Direction::Incoming),
    ] {
        let (intent, outcome) = passage(gateway, id).await;
        assert_eq!(intent.direction, direction);
        assert_eq!(
            (&*intent.operation, &*intent.method, &*intent.path_template),
            ("say", "POST", "/sluis.echo.v1.Echo/Say")
        );
        assert_eq!(intent.purpose.as_deref(), Some(echo::PURPOSE));
        assert_eq!(outcome.outcome.result, OutcomeResult::Delivered);
        assert_eq!(outcome.outcome.groups, [std::sync::Arc::from("bericht")]);
        // Five bytes of gRPC frame and the message.
        assert_eq!(outcome.outcome.answer_bytes, 5 + 2 + 5);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_pass_both_ways_message_by_message() {
    let world = world_with_contract(DISCLOSES_ALL).await;
    let mut client = client(&world).await;
    let request = RepeatRequest {
        text: "nog eens".to_owned(),
        times: 1000,
    };
    let answers = client.repeat(request).await.unwrap().into_inner();
    let answers: Vec<_> = answers.map(|answer| answer.unwrap().time).collect().await;
    assert_eq!(answers, (1..=1000).collect::<Vec<_>>());

    // Every message waits for the answer to the one before it, so nothing on the way may hold on to a message.
    let (say, saying) = mpsc::channel(1);
    let chat = client.chat(ReceiverStream::new(saying)).await.unwrap();
    let id = id(chat.metadata());
    let mut answers = chat.into_inner();
    for text in ["een", "twee", "drie"] {
        let text = text.to_owned();
        say.send(ChatRequest { text: text.clone() }).await.unwrap();
        assert_eq!(answers.next().await.unwrap().unwrap().text, text);
    }
    drop(say);
    assert!(answers.next().await.is_none());
    let trailers = answers.trailers().await.unwrap();
    assert!(trailers.is_some(), "the trailers came through");
    for gateway in [&world.voorbeeld, &world.uiw] {
        let (intent, outcome) = passage(gateway, id).await;
        assert_eq!(&*intent.operation, "chat");
        assert_eq!(outcome.outcome.result, OutcomeResult::Delivered);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_of_the_source_comes_through_and_is_written_down_as_such() {
    let world = world_with_contract(DISCLOSES).await;
    let mut client = client(&world).await;
    let request = SayRequest {
        text: "dit kan niet: 100% één".to_owned(),
        fail_with_code: Code::FailedPrecondition.into(),
    };
    let status = client.say(request).await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    assert_eq!(status.message(), "dit kan niet: 100% één");
    assert_eq!(status.metadata().get("reason").unwrap(), "because");
    assert!(!status.metadata().contains_key("fsc-error-code"));
    let at_once = id(status.metadata());

    let request = RepeatRequest {
        text: echo::FAIL_AT_END.to_owned(),
        times: 3,
    };
    let answer = client.repeat(request).await.unwrap();
    let at_end = id(answer.metadata());
    let mut answers = answer.into_inner();
    for time in 1..=3 {
        assert_eq!(answers.next().await.unwrap().unwrap().time, time);
    }
    let status = answers.next().await.unwrap().unwrap_err();
    assert_eq!(status.code(), Code::DataLoss);
    assert_eq!(status.message(), echo::FAIL_AT_END);
    assert_eq!(status.metadata().get("reason").unwrap(), "because");

    for id in [at_once, at_end] {
        for gateway in [&world.voorbeeld, &world.uiw] {
            let (_, outcome) = passage(gateway, id).await;
            assert_eq!(outcome.outcome.result, OutcomeResult::RefusedBySource);
            assert_eq!(outcome.outcome.status, Some(200));
        }
    }
}

#[track_caller]
fn assert_refused(status: &Status, code: Code, fsc_code: &str, message: &str) {
    assert_eq!(status.code(), code, "{status:?}");
    let metadata = status.metadata();
    assert_eq!(metadata.get("fsc-error-code").unwrap(), fsc_code);
    assert!(metadata.contains_key("fsc-transaction-id"));
    assert!(status.message().starts_with(message), "{status:?}");
    assert!(status.message().ends_with(&format!("({fsc_code})")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_the_outway_is_a_status() {
    let world = world(DISCLOSES).await;
    let mut client = client(&world).await;
    let status = client.say(said("x")).await.unwrap_err();
    let code = "ERROR_CODE_NO_VALID_CONTRACT";
    assert_refused(&status, Code::PermissionDenied, code, "outway: there is no");

    let properties = echo::properties();
    world.contract(&world.uiw, echo::SERVICE, properties).await;
    let mut plain = EchoClient::new(channel(&world).await);
    let call = |metadata: &[(&'static str, &str)]| {
        let mut request = Request::new(said("x"));
        for (name, value) in metadata {
            request.metadata_mut().insert(*name, value.parse().unwrap());
        }
        request
    };
    let status = plain.say(call(&[])).await.unwrap_err();
    let code = "ERROR_CODE_DESTINATION_UNKNOWN";
    assert_refused(&status, Code::NotFound, code, "outway: no destination");

    let status = plain
        .say(call(&[("sluis-destination", "echo")]))
        .await
        .unwrap_err();
    let code = "ERROR_CODE_PURPOSE_MISSING";
    assert_refused(&status, Code::InvalidArgument, code, "outway: ");

    let status = plain
        .say(call(&[
            ("sluis-destination", "echo"),
            ("x-doelbinding", "iets-anders"),
        ]))
        .await
        .unwrap_err();
    let code = "ERROR_CODE_PURPOSE_REFUSED";
    assert_refused(&status, Code::PermissionDenied, code, "outway: ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_the_inway_is_a_status_and_is_not_taken_for_an_answer() {
    let world = world_with_contract(DISCLOSES).await;
    let mut client = client(&world).await;
    let nothing = tokio_stream::empty::<ChatRequest>();
    let status = client.chat(nothing).await.unwrap_err();
    let code = "ERROR_CODE_PURPOSE_REFUSED";
    assert_refused(&status, Code::PermissionDenied, code, "inway: ");
    let id = id(status.metadata());
    let (_, outcome) = passage(&world.voorbeeld, id).await;
    assert_eq!(outcome.outcome.result, OutcomeResult::RefusedBySource);
    let written = world.uiw.audit().reader().transaction(id).unwrap();
    assert!(
        matches!(&written[0].entry.record, Record::Refusal(refusal) if refusal.status == 403),
        "{written:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_down_is_unavailable() {
    let nobody = support::nobody();
    let world = World::build("", |plans| {
        let mut service = ServicePlan::new(echo::SERVICE, nobody);
        service.http2 = true;
        plans.uiw.services.push(service);
        let destination = DestinationPlan::new("echo", UIW, echo::SERVICE);
        plans.voorbeeld.destinations.push(destination);
        plans.uiw.policy.extend(echo::policy(DISCLOSES));
        plans.voorbeeld.policy.extend(echo::policy(OBTAINS));
    })
    .await;
    let properties = echo::properties();
    world.contract(&world.uiw, echo::SERVICE, properties).await;
    let status = client(&world).await.say(said("x")).await.unwrap_err();
    let code = "ERROR_CODE_SERVICE_UNREACHABLE";
    assert_refused(&status, Code::Unavailable, code, "inway: ");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_the_wire_a_refusal_has_no_body_and_nothing_but_a_grpc_status() {
    let world = World::start().await;
    let request = HttpRequest::post("/brp/sluis.echo.v1.Echo/Say")
        .header("content-type", "application/grpc+proto")
        .body(Full::new(Bytes::from_static(b"\0\0\0\0\0")))
        .unwrap();
    let answer = support::client::call(world.outway(), request).await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.is_empty());
    assert_eq!(
        answer.header("content-type"),
        Some("application/grpc+proto")
    );
    assert_eq!(answer.header("grpc-status"), Some("7"));
    assert_eq!(
        answer.header("fsc-error-code"),
        Some("ERROR_CODE_NO_VALID_CONTRACT")
    );
    assert!(answer.header("fsc-transaction-id").is_some());
}
