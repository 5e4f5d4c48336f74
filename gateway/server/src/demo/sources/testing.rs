//! A caller for the tests of the sources, over real connections.

use std::net::SocketAddr;

use axum::body::Body;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tokio::net::TcpListener;

/// An answer with its body, which is null where it was empty.
#[derive(Debug)]
pub(in crate::demo) struct Answer {
    pub(in crate::demo) status: StatusCode,
    pub(in crate::demo) headers: HeaderMap,
    pub(in crate::demo) body: Value,
}

impl Answer {
    pub(in crate::demo) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

pub(in crate::demo) async fn loopback() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

/// Sends one request, over HTTP/2 with prior knowledge when `http2`.
pub(in crate::demo) async fn send(
    address: SocketAddr,
    http2: bool,
    method: Method,
    target: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Answer {
    let client: Client<HttpConnector, Body> = Client::builder(TokioExecutor::new())
        .http2_only(http2)
        .build_http();
    let url = if target.starts_with("http://") {
        target.to_owned()
    } else {
        format!("http://{address}{target}")
    };
    let mut request = Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = client
        .request(request.body(body.into()).unwrap())
        .await
        .unwrap();
    let (head, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let body = if bytes.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(&bytes).unwrap()
    };
    Answer {
        status: head.status,
        headers: head.headers,
        body,
    }
}
