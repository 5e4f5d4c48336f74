//! For which purpose, which data: reading the question out of the request, and putting it to the policy.

use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, request};
use http_body::Body as _;
use hyper::body::Incoming;
use sluis_certs::PeerId;
use sluis_policy::{Asked, Decision, PolicySet, Question, Reason, Release, RequestError};

use super::collect::{CollectError, collect};
use super::remedy::remedy;
use super::role::Side;
use super::{ClaimHeaders, Claims, Granted, Parts, Refusal, RequestBody};
use crate::contracts::GrantEntry;

/// What was asked, and the body with which it was asked.
pub(super) struct Read {
    pub asked: Asked,
    body: Body,
}

enum Body {
    /// Not needed for the decision: not read.
    Unread(Incoming),
    /// Read whole, because operation, persons or fields stand in it.
    Whole(bytes::Bytes),
}

/// Finds the operation, and reads the body where the policy needs it.
pub(super) async fn read(
    policy: &PolicySet,
    granted: &Granted,
    head: &request::Parts,
    body: Incoming,
    parts: &Parts,
) -> Result<Read, Refusal> {
    let limits = &parts.limits;
    let called = &granted.entry.service;
    let unreadable = |error| unreadable(error, called, &parts.claims);
    let service = policy.service(called).ok_or_else(|| {
        operation_unknown(
            format!(
                "the policy folder has no file for the service `{called}`; add services/{called}.yaml"
            ),
            called,
            &parts.claims,
        )
    })?;
    let candidates = service.candidates(head.method.as_str(), head.uri.path());
    if !candidates.needs_request_body() {
        let asked = candidates.read(None).map_err(unreadable)?;
        return Ok(Read {
            asked,
            body: Body::Unread(body),
        });
    }
    if !is_plain_json(&head.headers) {
        return Err(Refusal::MediaTypeUnsupported);
    }
    let bytes = collect(
        body,
        limits.filtered_body_bytes_max,
        limits.stream_idle_timeout,
    )
    .await
    .map_err(|error| match error {
        CollectError::TooLarge => Refusal::BodyTooLarge(limits.filtered_body_bytes_max),
        CollectError::TimedOut => Refusal::BodyTimedOut,
        CollectError::BrokeOff => Refusal::BodyBrokeOff,
    })?;
    let asked = candidates.read(Some(&bytes)).map_err(unreadable)?;
    Ok(Read {
        asked,
        body: Body::Whole(bytes),
    })
}

/// Puts the question to the policy.
pub(super) fn decide(
    policy: &PolicySet,
    side: Side,
    granted: &Granted,
    claims: &Claims,
    asked: &Asked,
    now_unix_seconds: i64,
) -> Decision {
    policy.decide(&Question {
        direction: side.question(),
        party: granted.party.as_str(),
        delegator: acts_for(side, &granted.entry),
        asked,
        purpose: claims.purpose.as_deref(),
        role: claims.role.as_deref(),
        channel: claims.channel.as_deref(),
        contract: granted.entry.purposes.as_deref(),
        at_unix_seconds: now_unix_seconds,
    })
}

/// On whose behalf the party at the other end acts, if not its own: who calls us for another, or offers us another's service.
fn acts_for(side: Side, entry: &GrantEntry) -> Option<&str> {
    match side {
        Side::Inway => entry.calls_for(),
        Side::Outway => entry.publication_delegator.as_ref().map(PeerId::as_str),
    }
}

/// The body that asks for no more than is released.
pub(super) fn narrow(
    read: Read,
    release: &Release,
    request_body_bytes_max: u64,
) -> Result<RequestBody, Refusal> {
    match read.body {
        Body::Unread(body) if body.size_hint().lower() > request_body_bytes_max => Err(
            Refusal::BodyTooLarge(usize::try_from(request_body_bytes_max).unwrap_or(usize::MAX)),
        ),
        Body::Unread(body) => Ok(RequestBody::streamed(body, request_body_bytes_max)),
        Body::Whole(bytes) if !release.narrows() => Ok(RequestBody::whole(bytes)),
        Body::Whole(bytes) => match release.narrow(&bytes) {
            Ok(narrowed) => Ok(RequestBody::whole(narrowed.into())),
            Err(error) => Err(Refusal::RequestUnreadable(error.to_string())),
        },
    }
}

fn unreadable(error: RequestError, service: &str, headers: &ClaimHeaders) -> Refusal {
    match error {
        RequestError::OperationUnknown => operation_unknown(error.to_string(), service, headers),
        RequestError::FieldUnknown { field } => Refusal::FieldUnclassified {
            field,
            service: service.into(),
        },
        other => Refusal::RequestUnreadable(other.to_string()),
    }
}

fn operation_unknown(explanation: String, service: &str, headers: &ClaimHeaders) -> Refusal {
    let reason = Reason::OperationUnknown;
    Refusal::Purpose {
        remedy: remedy(&reason, headers, service),
        reason,
        explanation,
    }
}

/// Whether every reader takes the body for the same JSON: one media type, `application/json` or `+json`, in UTF-8, without
/// content encoding. A reader that follows another character set can see quotes where we see none.
pub(super) fn is_plain_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(media_type), None) = (types.next(), types.next()) else {
        return false;
    };
    let encoded = headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"));
    let mut parts = media_type.to_str().unwrap_or_default().split(';');
    let essence = parts.next().unwrap_or_default().trim();
    !encoded
        && !essence.contains([',', ' ', '\t'])
        && (essence.eq_ignore_ascii_case("application/json") || ends_with_json(essence))
        && parts.all(may_be_utf8)
}

/// Whether a parameter of a media type leaves the text UTF-8.
fn may_be_utf8(parameter: &str) -> bool {
    let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
    let value = value.trim().trim_matches('"');
    !name.trim().eq_ignore_ascii_case("charset")
        || ["utf-8", "utf8", "us-ascii"]
            .iter()
            .any(|known| value.eq_ignore_ascii_case(known))
}

fn ends_with_json(essence: &str) -> bool {
    essence.len() > 5
        && essence
            .as_bytes()
            .iter()
            .rev()
            .zip(b"nosj+")
            .all(|(have, want)| have.eq_ignore_ascii_case(want))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_told_from_what_only_looks_like_it() {
        for (media_type, encoding, plain) in [
            ("application/json", "", true),
            ("application/json; charset=utf-8", "", true),
            ("Application/Problem+JSON", "identity", true),
            ("application/json; charset=\"UTF-8\"; version=1", "", true),
            ("application/json; charset=Shift_JIS", "", false),
            ("application/json; charset=utf-8; charset=utf-7", "", false),
            ("text/html, application/x+json", "", false),
            ("application/json", "gzip", false),
            ("text/html", "", false),
            ("json", "", false),
            ("", "", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, media_type.parse().unwrap());
            if !encoding.is_empty() {
                headers.insert(CONTENT_ENCODING, encoding.parse().unwrap());
            }
            assert_eq!(is_plain_json(&headers), plain, "{media_type} {encoding}");
            // Said twice, it is not certain what counts.
            headers.append(CONTENT_TYPE, "application/json".parse().unwrap());
            assert!(!is_plain_json(&headers), "{media_type} twice");
        }
    }
}
