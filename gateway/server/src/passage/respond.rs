//! A refusal as an answer: always with `Fsc-Error-Code`, the transaction id, and what to do about it.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};
use serde::Serialize;
use sluis_fsc::api::headers::{FSC_ERROR_CODE, FSC_TRANSACTION_ID};
use uuid::Uuid;

use super::refusal::Terms;
use super::role::Side;
use super::{AnswerBody, Refusal, grpc};

/// The body: the FSC error (FSC Core, error response) and RFC 9457 problem details in one object.
#[derive(Serialize)]
struct Problem<'a> {
    message: &'a str,
    domain: &'a str,
    code: &'a str,
    #[serde(rename = "type")]
    kind: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    component: &'a str,
    reason: &'a str,
    remedy: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_id: Option<Uuid>,
}

/// The answer for `refusal`. `grpc` is the media type of a gRPC request, whose client understands nothing but a gRPC status.
pub(super) fn refuse(
    side: Side,
    refusal: &Refusal,
    transaction_id: Option<Uuid>,
    grpc: Option<HeaderValue>,
) -> Response<AnswerBody> {
    let terms = refusal.terms();
    let message = refusal.to_string();
    let mut response = match grpc {
        Some(media_type) => {
            let text = format!(
                "{}: {message}; {} ({})",
                side.as_str(),
                terms.remedy,
                terms.code
            );
            grpc::refuse(refusal, &text, media_type)
        }
        None => problem(side, &terms, &message, transaction_id),
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(FSC_ERROR_CODE, HeaderValue::from_static(terms.code));
    if let Some(id) = transaction_id {
        stamp(headers, id);
    }
    response
}

fn problem(
    side: Side,
    terms: &Terms,
    message: &str,
    transaction_id: Option<Uuid>,
) -> Response<AnswerBody> {
    let problem = Problem {
        message,
        domain: side.domain(),
        code: terms.code,
        kind: format!("urn:sluis:refusal:{}", terms.reason),
        title: terms.status.canonical_reason().unwrap_or("Refused"),
        status: terms.status.as_u16(),
        detail: message,
        component: side.as_str(),
        reason: terms.reason,
        remedy: terms.remedy,
        transaction_id,
    };
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    let mut response = Response::new(AnswerBody::whole(Bytes::from(body)));
    *response.status_mut() = terms.status;
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    if terms.status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// Puts the transaction id on an answer.
pub(super) fn stamp(headers: &mut http::HeaderMap, transaction_id: Uuid) {
    let mut text = Uuid::encode_buffer();
    if let Ok(value) = HeaderValue::from_str(transaction_id.hyphenated().encode_lower(&mut text)) {
        headers.insert(FSC_TRANSACTION_ID, value);
    }
}
