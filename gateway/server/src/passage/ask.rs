//! Asking the next hop. Without a [`Receipt`] it cannot be called: nothing moves before it is written down.

use std::pin::pin;
use std::time::Duration;

use http::uri::{PathAndQuery, Uri};
use http::{Request, Response, Version, request};
use hyper::body::Incoming;
use hyper_util::client::legacy::Error;
use sluis_audit::Receipt;

use super::body::Failure;
use super::role::Side;
use super::{Refusal, RequestBody, Route};
use crate::upstream::tls_failure;

/// The label of [`tls_failure`] when the other side does not accept our certificate.
const REFUSED_BY_PEER: &str = "refused-by-peer";

/// Sends the request on and waits for the head of the answer, at most `head_timeout` after the last piece of the body went on.
pub(super) async fn ask(
    _receipt: &Receipt,
    side: Side,
    route: Route,
    mut head: request::Parts,
    body: RequestBody,
    head_timeout: Duration,
) -> Result<Response<Incoming>, Refusal> {
    let Route {
        client,
        scheme,
        authority,
        headers,
        path_prefix,
    } = route;
    head.uri =
        uri(&head.uri, scheme, authority, &path_prefix).ok_or(Refusal::TargetUnacceptable)?;
    head.headers.remove(http::header::HOST);
    for (name, value) in headers {
        head.headers.insert(name, value);
    }
    head.extensions.clear();
    // The pool decides the version; the caller's would be refused where it is another.
    head.version = Version::HTTP_11;
    let (limit, progress) = match &body {
        RequestBody::Streamed {
            allowed, progress, ..
        } => (
            usize::try_from(*allowed).unwrap_or(usize::MAX),
            progress.clone(),
        ),
        RequestBody::Whole(_) => (0, None),
    };
    let mut asking = pin!(client.request(Request::from_parts(head, body)));
    let answered = loop {
        match tokio::time::timeout(head_timeout, &mut asking).await {
            // A large upload is still going on.
            Err(_)
                if progress
                    .as_ref()
                    .is_some_and(|progress| progress.has_moved()) => {}
            answered => break answered,
        }
    };
    match answered {
        // An interim answer, such as 101, is none that was asked for: `Upgrade` is not passed on.
        Ok(Ok(answer)) if answer.status().is_informational() => Err(Refusal::AnswerUnreadable(
            "its status is an interim one".to_owned(),
        )),
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(match progress.and_then(|progress| progress.failure()) {
            Some(Failure::TooLarge) => Refusal::BodyTooLarge(limit),
            Some(Failure::BrokeOff) => Refusal::BodyBrokeOff,
            None => no_answer(side, &error),
        }),
        Err(_elapsed) => Err(Refusal::UpstreamTimedOut(side.next_hop())),
    }
}

fn no_answer(side: Side, error: &Error) -> Refusal {
    let hop = side.next_hop();
    let cause = error as &dyn std::error::Error;
    let connecting = error.is_connect();
    // A server judges the certificate before it reads a request; of other failures of TLS nobody knows what was read.
    let tls = tls_failure(cause).filter(|reason| connecting || *reason == REFUSED_BY_PEER);
    if let Some(reason) = tls {
        tracing::warn!(hop, reason, error = cause, "TLS with the next hop failed");
        Refusal::UpstreamTlsFailed(hop, reason)
    } else if connecting {
        tracing::warn!(hop, error = cause, "the next hop cannot be reached");
        Refusal::UpstreamUnreachable(hop)
    } else {
        tracing::warn!(
            hop,
            error = cause,
            "the next hop broke off before it had answered"
        );
        Refusal::UpstreamBrokeOff(hop)
    }
}

fn uri(
    target: &Uri,
    scheme: http::uri::Scheme,
    authority: http::uri::Authority,
    prefix: &str,
) -> Option<Uri> {
    let path = target
        .path_and_query()
        .cloned()
        .unwrap_or_else(|| PathAndQuery::from_static("/"));
    let path = if prefix.is_empty() {
        path
    } else {
        format!("{prefix}{path}").parse().ok()?
    };
    let mut parts = http::uri::Parts::default();
    parts.scheme = Some(scheme);
    parts.authority = Some(authority);
    parts.path_and_query = Some(path);
    Uri::from_parts(parts).ok()
}
