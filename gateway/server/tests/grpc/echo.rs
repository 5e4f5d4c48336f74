//! A source that speaks gRPC, and what the policies and the contract say about it.

use std::net::SocketAddr;
use std::pin::Pin;

use serde_json::{Map, Value, json};
use sluis_proto::echo::v1::echo_server::{Echo, EchoServer};
use sluis_proto::echo::v1::{
    ChatRequest, ChatResponse, RepeatRequest, RepeatResponse, SayRequest, SayResponse,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tokio_stream::{Stream, StreamExt};
use tonic::metadata::MetadataMap;
use tonic::{Code, Request, Response, Status, Streaming};

pub(crate) const SERVICE: &str = "echo";
pub(crate) const PURPOSE: &str = "verbinding-beproeven";

/// With this text a stream fails after its last message.
pub(crate) const FAIL_AT_END: &str = "fail at the end";

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

struct Source;

#[tonic::async_trait]
impl Echo for Source {
    async fn say(&self, request: Request<SayRequest>) -> Result<Response<SayResponse>, Status> {
        for header in ["x-doelbinding", "sluis-destination"] {
            assert!(!request.metadata().contains_key(header), "{header}");
        }
        let purpose = request.metadata().get("sluis-purpose").cloned();
        let SayRequest {
            text,
            fail_with_code,
        } = request.into_inner();
        if fail_with_code != 0 {
            return Err(failure(Code::from(fail_with_code), text));
        }
        let mut response = Response::new(SayResponse { text });
        if let Some(purpose) = purpose {
            response.metadata_mut().insert("heard-purpose", purpose);
        }
        Ok(response)
    }

    type RepeatStream = Answers<RepeatResponse>;

    async fn repeat(
        &self,
        request: Request<RepeatRequest>,
    ) -> Result<Response<Self::RepeatStream>, Status> {
        let RepeatRequest { text, times } = request.into_inner();
        let last = (text == FAIL_AT_END).then(|| Err(failure(Code::DataLoss, text.clone())));
        let answers = (1..=times).map(move |time| {
            let text = text.clone();
            Ok(RepeatResponse { text, time })
        });
        let answers = tokio_stream::iter(answers.chain(last));
        Ok(Response::new(Box::pin(answers)))
    }

    type ChatStream = Answers<ChatResponse>;

    async fn chat(
        &self,
        request: Request<Streaming<ChatRequest>>,
    ) -> Result<Response<Self::ChatStream>, Status> {
        let mut heard = request.into_inner();
        let (said, answers) = mpsc::channel(1);
        tokio::spawn(async move {
            while let Some(Ok(ChatRequest { text })) = heard.next().await {
                if said.send(Ok(ChatResponse { text })).await.is_err() {
                    return;
                }
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(answers))))
    }
}

fn failure(code: Code, message: String) -> Status {
    let mut metadata = MetadataMap::new();
    metadata.insert("reason", "because".parse().unwrap());
    Status::with_metadata(code, message, metadata)
}

/// Starts the source on a free port.
pub(crate) async fn start() -> SocketAddr {
    let listener = crate::support::bind().await;
    let address = listener.local_addr().unwrap();
    let incoming = TcpListenerStream::new(listener);
    let server = tonic::transport::Server::builder().add_service(EchoServer::new(Source));
    tokio::spawn(server.serve_with_incoming(incoming));
    address
}

/// A policy folder in which `row` says who may do what.
pub(crate) fn policy(row: &str) -> Vec<(String, String)> {
    let service = "service: echo\n\
        operations:\n  \
          say: { http: POST /sluis.echo.v1.Echo/Say }\n  \
          repeat: { http: POST /sluis.echo.v1.Echo/Repeat }\n  \
          chat: { http: POST /sluis.echo.v1.Echo/Chat }\n\
        data:\n  \
          bericht: { sensitivity: ordinary, whole: true }\n";
    let activity = format!(
        "activity: {PURPOSE}\n\
        version: 1\n\
        title: Een verbinding beproeven\n\
        purpose: Vaststellen dat een verbinding werkt.\n\
        legal_basis: {{ avg: \"6 lid 1 onder e\", law: Archiefwet artikel 3 }}\n\
        controller: uiw\n\
        subjects: [betrokkene]\n\
        retention: P1Y\n\
        valid: {{ from: 2020-01-01 }}\n\
        {row}\n"
    );
    vec![
        ("services/echo.yaml".to_owned(), service.to_owned()),
        (format!("activities/{PURPOSE}.yaml"), activity),
    ]
}

/// What the contract says about purposes.
pub(crate) fn properties() -> Map<String, Value> {
    let purposes = json!([{
        "activity": PURPOSE, "legal_basis": "Archiefwet artikel 3",
        "operations": ["say", "repeat", "chat"], "data": ["bericht"],
    }]);
    let property = json!({ "purposes": purposes });
    Map::from_iter([("purpose_binding.connection".to_owned(), property)])
}
