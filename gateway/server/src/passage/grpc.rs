//! gRPC: what its clients must see of a refusal, and what its answers say.
//!
//! A gRPC client looks at the status in the trailers and takes any HTTP status but 200 for a fault of the network, so a refusal
//! reaches it only as a call that failed: HTTP 200 with a gRPC status and nothing else ("Trailers-Only" in the gRPC protocol over
//! HTTP/2).

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Response};
use sluis_fsc::api::headers::FSC_ERROR_CODE;
use sluis_policy::Reason;
use tonic::Code;

use super::{AnswerBody, Refusal};

static GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
static GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");

/// Longest message before it is encoded, in bytes; clients limit the size of all trailers together, often to 8 KiB.
const MESSAGE_BYTES_MAX: usize = 1024;

/// The media type of a gRPC request, `application/grpc` with whatever stands behind it; `None` for another request.
pub(super) fn media_type(headers: &HeaderMap) -> Option<HeaderValue> {
    let value = headers.get(CONTENT_TYPE)?;
    let (start, rest) = value
        .as_bytes()
        .split_at_checked("application/grpc".len())?;
    let ends = matches!(rest.first(), None | Some(b'+' | b';' | b'-' | b' '));
    (ends && start.eq_ignore_ascii_case(b"application/grpc")).then(|| value.clone())
}

/// The answer for `refusal` to a request of this media type; `message` is for the person who asks why.
pub(super) fn refuse(
    refusal: &Refusal,
    message: &str,
    media_type: HeaderValue,
) -> Response<AnswerBody> {
    let mut response = Response::new(AnswerBody::Whole(None));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, media_type);
    headers.insert(&GRPC_STATUS, HeaderValue::from(code(refusal) as i32));
    if let Ok(message) = HeaderValue::from_str(&encoded(message)) {
        headers.insert(&GRPC_MESSAGE, message);
    }
    response
}

/// Whether an answer says that the call failed; `headers` are those of the answer or its trailers.
pub(super) fn says_failed(headers: &HeaderMap) -> bool {
    headers
        .get(&GRPC_STATUS)
        .is_some_and(|status| status.as_bytes() != b"0")
}

/// Whether a gateway refused the call because of what was to let it in: to a gRPC client, what 401 is to others.
pub(super) fn is_unauthenticated(headers: &HeaderMap) -> bool {
    headers.contains_key(FSC_ERROR_CODE)
        && headers
            .get(&GRPC_STATUS)
            .is_some_and(|status| Code::from_bytes(status.as_bytes()) == Code::Unauthenticated)
}

/// The gRPC status of a refusal. `UNAVAILABLE` only where the source was not asked, because clients may repeat such a call by
/// themselves.
fn code(refusal: &Refusal) -> Code {
    match refusal {
        Refusal::AccessTokenMissing
        | Refusal::AccessTokenInvalid(_)
        | Refusal::AccessTokenExpired
        | Refusal::WrongGroup
        | Refusal::ContractNotValid => Code::Unauthenticated,
        Refusal::NoContract | Refusal::OutwayKeyNotInUse(_) => Code::PermissionDenied,
        Refusal::ServiceNotFound | Refusal::DestinationUnknown => Code::NotFound,
        Refusal::Purpose { reason, .. } => match reason {
            Reason::OperationUnknown => Code::Unimplemented,
            Reason::PurposeMissing => Code::InvalidArgument,
            _ => Code::PermissionDenied,
        },
        Refusal::MethodUnsupported => Code::Unimplemented,
        Refusal::GrantHashUnknown(_)
        | Refusal::DelegatorUnclear
        | Refusal::TargetUnacceptable
        | Refusal::TransactionIdMissing
        | Refusal::TransactionIdInvalid
        | Refusal::ClaimUnreadable(_)
        | Refusal::RequestUnreadable(_)
        | Refusal::FieldUnclassified { .. }
        | Refusal::MediaTypeUnsupported => Code::InvalidArgument,
        Refusal::HeadTooLarge(_) | Refusal::BodyTooLarge(_) => Code::ResourceExhausted,
        Refusal::BodyTimedOut | Refusal::UpstreamTimedOut(_) => Code::DeadlineExceeded,
        Refusal::BodyBrokeOff => Code::Cancelled,
        Refusal::AccessTokenNotObtained(_)
        | Refusal::RecordNotWritten
        | Refusal::Overloaded
        | Refusal::UpstreamUnreachable(_)
        | Refusal::UpstreamTlsFailed(..) => Code::Unavailable,
        // Not UNAVAILABLE: the call may have been carried out.
        Refusal::UpstreamBrokeOff(_) => Code::Unknown,
        Refusal::AnswerUnreadable(_) | Refusal::AnswerTooLarge(_) => Code::Internal,
    }
}

/// The message percent-encoded as `grpc-message` wants it: all but visible ASCII and spaces, and the percent sign itself.
fn encoded(message: &str) -> String {
    let mut end = message.len().min(MESSAGE_BYTES_MAX);
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    let mut encoded = String::with_capacity(end);
    for byte in message.bytes().take(end) {
        match byte {
            b'%' => encoded.push_str("%25"),
            b' '..=b'~' => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(HeaderName::from_static(name), value.parse().unwrap())])
    }

    #[test]
    fn a_grpc_request_is_told_by_its_media_type() {
        for (media_type_text, grpc) in [
            ("application/grpc", true),
            ("application/grpc+proto", true),
            ("Application/gRPC; charset=utf-8", true),
            ("application/grpc-web+proto", true),
            ("application/grpcx", false),
            ("application/json", false),
            ("text/application/grpc", false),
            ("", false),
        ] {
            let found = media_type(&headers("content-type", media_type_text));
            assert_eq!(found.is_some(), grpc, "{media_type_text}");
        }
        assert_eq!(media_type(&HeaderMap::new()), None);
    }

    #[test]
    fn the_message_is_percent_encoded_and_bounded() {
        assert_eq!(encoded("100% één\n"), "100%25 %C3%A9%C3%A9n%0A");
        let long = "é".repeat(MESSAGE_BYTES_MAX);
        let message = encoded(&long);
        assert_eq!(message.len(), MESSAGE_BYTES_MAX * 3);
        assert!(message.ends_with("%C3%A9"));
        let odd = format!("x{long}");
        assert!(encoded(&odd).ends_with("%C3%A9"));
    }

    #[test]
    fn failure_is_read_from_headers_and_trailers() {
        assert!(says_failed(&headers("grpc-status", "7")));
        assert!(!says_failed(&headers("grpc-status", "0")));
        assert!(!says_failed(&HeaderMap::new()));
        let mut refused = headers("grpc-status", "16");
        assert!(
            !is_unauthenticated(&refused),
            "a source said so, no gateway"
        );
        refused.insert(
            FSC_ERROR_CODE,
            "ERROR_CODE_ACCESS_TOKEN_EXPIRED".parse().unwrap(),
        );
        assert!(is_unauthenticated(&refused));
    }
}
