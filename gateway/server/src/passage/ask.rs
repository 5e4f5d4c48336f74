//! Asking the next hop. Without a [`Receipt`] it cannot be called: nothing moves before it is written down.

use std::pin::pin;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::uri::{PathAndQuery, Uri};
use http::{Request, Response, Version, request};
use hyper::body::Incoming;
use sluis_audit::Receipt;

use super::body::TooLarge;
use super::role::Side;
use super::{Refusal, RequestBody, Route};

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
    let (limit, moved) = match &body {
        RequestBody::Streamed { allowed, moved, .. } => (
            usize::try_from(*allowed).unwrap_or(usize::MAX),
            moved.clone(),
        ),
        RequestBody::Whole(_) => (0, None),
    };
    let mut asking = pin!(client.request(Request::from_parts(head, body)));
    let answered = loop {
        match tokio::time::timeout(head_timeout, &mut asking).await {
            // A large upload is still going on.
            Err(_)
                if moved
                    .as_ref()
                    .is_some_and(|moved| moved.swap(false, Ordering::Relaxed)) => {}
            answered => break answered,
        }
    };
    match answered {
        // An interim answer, such as 101, is none that was asked for: `Upgrade` is not passed on.
        Ok(Ok(answer)) if answer.status().is_informational() => Err(Refusal::AnswerUnreadable(
            "its status is an interim one".to_owned(),
        )),
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) if caused_by_size(&error) => Err(Refusal::BodyTooLarge(limit)),
        Ok(Err(error)) => {
            tracing::warn!(
                hop = side.next_hop(),
                error = &error as &dyn std::error::Error,
                "the next hop cannot be reached"
            );
            Err(Refusal::UpstreamUnreachable(side.next_hop()))
        }
        Err(_elapsed) => Err(Refusal::UpstreamTimedOut(side.next_hop())),
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

fn caused_by_size(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source()).any(|cause| cause.is::<TooLarge>())
}
