//! What passed between a source and its caller.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri};
use serde_json::Value;

/// Largest request body that a source reads. The largest question of either API, with all 130
/// fields of 200 characters and twenty numbers, stays below 32 KiB.
pub(super) const REQUEST_BYTES_MAX: usize = 64 * 1024;

/// Largest answer that is remembered. The whole register of the demo is smaller.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A request that a source received, and its answer.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Method of the request.
    pub method: Method,
    /// Path and query of the request.
    pub uri: Uri,
    /// Headers as they reached the source.
    pub request_headers: HeaderMap,
    /// Body of the request, where it was JSON.
    pub request: Option<Value>,
    /// Status of the answer.
    pub status: StatusCode,
    /// Body of the answer, where it was JSON.
    pub answer: Option<Value>,
}

/// Counts requests and remembers the last exchange.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    requests: AtomicU64,
    last: Mutex<Option<Arc<Exchange>>>,
}

impl Ledger {
    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Acquire)
    }

    pub(super) fn last(&self) -> Option<Arc<Exchange>> {
        self.last
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn remember(&self, exchange: Exchange) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(exchange));
    }
}

/// The router, with every request counted and the last one remembered.
pub(super) fn recorded(router: Router, ledger: Arc<Ledger>) -> Router {
    router.layer(from_fn(move |request, next| {
        record(Arc::clone(&ledger), request, next)
    }))
}

async fn record(ledger: Arc<Ledger>, request: Request, next: Next) -> Response {
    ledger.requests.fetch_add(1, Ordering::AcqRel);
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, REQUEST_BYTES_MAX).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let (method, uri, request_headers) =
        (head.method.clone(), head.uri.clone(), head.headers.clone());
    let question = json(&body);
    let answer = next.run(Request::from_parts(head, Body::from(body))).await;
    let (head, body) = answer.into_parts();
    let Ok(body) = to_bytes(body, ANSWER_BYTES_MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    ledger.remember(Exchange {
        method,
        uri,
        request_headers,
        request: question,
        status: head.status,
        answer: json(&body),
    });
    Response::from_parts(head, Body::from(body))
}

fn json(body: &Bytes) -> Option<Value> {
    serde_json::from_slice(body).ok()
}
