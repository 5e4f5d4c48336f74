//! What goes back: only the data that the decision releases.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Response, Version, response};
use hyper::body::Incoming;
use sluis_audit::{Outcome, OutcomeResult, Receipt};
use sluis_fsc::api::headers::FSC_ERROR_CODE;
use sluis_policy::{Decision, Minimised, Release};

use super::collect::{CollectError, collect};
use super::decide::is_plain_json;
use super::head::strip_hop_by_hop;
use super::pass::PassageLimits;
use super::passing::Passing;
use super::record::Recorder;
use super::role::Side;
use super::{AnswerBody, Refusal, grpc, released_headers};

/// Releases the answer of the next hop and records what came of it.
pub(super) async fn release(
    answer: Response<Incoming>,
    side: Side,
    release: &Release,
    decision: &Decision,
    receipt: Receipt,
    recorder: &Recorder,
    limits: &PassageLimits,
) -> Result<Response<AnswerBody>, Refusal> {
    let (mut head, body) = answer.into_parts();
    strip_hop_by_hop(&mut head.headers);
    // The connection that it goes back over decides the version, not that of the source (RFC 9110, section 6.2).
    head.version = Version::HTTP_11;
    head.extensions.clear();
    if side == Side::Inway {
        // Only a gateway says this; an outway lets an error with it through unfiltered.
        head.headers.remove(FSC_ERROR_CODE);
    }
    let mut outcome = Outcome {
        status: Some(head.status.as_u16()),
        ..Outcome::of(result(&head))
    };
    if release.is_whole() {
        outcome.groups.clone_from(&decision.permitted);
        // What a body that nobody reads is about, nobody can say.
        outcome.subjects_incomplete = true;
        return Ok(passing(head, body, receipt, outcome, limits));
    }
    match filtered(side, &mut head, body, release, limits).await {
        Ok(Filtered::Nothing) => {
            receipt.close(outcome);
            Ok(Response::from_parts(head, AnswerBody::Whole(None)))
        }
        Ok(Filtered::Problem(bytes)) => {
            outcome.answer_bytes = bytes.len() as u64;
            receipt.close(outcome);
            Ok(Response::from_parts(head, AnswerBody::whole(bytes)))
        }
        Ok(Filtered::Data(minimised)) => {
            recorder.add_released(&mut outcome, &minimised);
            receipt.close(outcome);
            Ok(Response::from_parts(
                head,
                AnswerBody::whole(minimised.body.into()),
            ))
        }
        Err(refusal) => {
            outcome.result = match refusal {
                Refusal::UpstreamTimedOut(_) => OutcomeResult::SourceTimedOut,
                Refusal::UpstreamBrokeOff(_) => OutcomeResult::SourceBrokeOff,
                ref other => OutcomeResult::AnswerRefused(other.terms().reason.into()),
            };
            receipt.close(outcome);
            Err(refusal)
        }
    }
}

enum Filtered {
    Nothing,
    Problem(Bytes),
    Data(Minimised),
}

async fn filtered(
    side: Side,
    head: &mut response::Parts,
    body: Incoming,
    release: &Release,
    limits: &PassageLimits,
) -> Result<Filtered, Refusal> {
    let json = is_plain_json(&head.headers);
    released_headers::keep(&mut head.headers);
    let max = limits.filtered_body_bytes_max;
    let bytes = collect(body, max, limits.stream_idle_timeout)
        .await
        .map_err(|error| match error {
            CollectError::TooLarge => Refusal::AnswerTooLarge(max),
            CollectError::TimedOut => Refusal::UpstreamTimedOut("source of the answer"),
            CollectError::BrokeOff => Refusal::UpstreamBrokeOff("source of the answer"),
        })?;
    let is_error = head.status.is_client_error() || head.status.is_server_error();
    if bytes.is_empty() {
        return Ok(Filtered::Nothing);
    }
    if is_error {
        // An error text may quote what was asked for. Only members that carry no personal data go on; other forms do not.
        // The error of the provider's gateway, not of its source, is to be passed on (FSC Core, Outway), and it has more members.
        let of_a_gateway = side == Side::Outway && head.headers.contains_key(FSC_ERROR_CODE);
        let minimised = if of_a_gateway {
            Release::minimise_gateway_error(&bytes)
        } else {
            release.minimise_error_answer(&bytes)
        };
        return Ok(match minimised {
            Ok(problem) if json => Filtered::Problem(problem.into()),
            _ => {
                head.headers.remove(CONTENT_TYPE);
                Filtered::Nothing
            }
        });
    }
    if !json {
        return Err(Refusal::AnswerUnreadable(
            "it is not JSON without content encoding".to_owned(),
        ));
    }
    release
        .minimise(&bytes)
        .map(Filtered::Data)
        .map_err(|error| Refusal::AnswerUnreadable(error.to_string()))
}

fn passing(
    head: response::Parts,
    body: Incoming,
    receipt: Receipt,
    outcome: Outcome,
    limits: &PassageLimits,
) -> Response<AnswerBody> {
    let passing = Passing::new(body, receipt, outcome, limits.stream_idle_timeout);
    Response::from_parts(head, AnswerBody::Passing(Box::new(passing)))
}

/// A gRPC call that fails at once says so in the head, with HTTP status 200; one that fails later, in its trailers.
fn result(head: &response::Parts) -> OutcomeResult {
    if head.status.as_u16() >= 400 || grpc::says_failed(&head.headers) {
        OutcomeResult::RefusedBySource
    } else {
        OutcomeResult::Delivered
    }
}

/// A request whose answer will be filtered asks for it in a form that can be: whole and uncompressed.
pub(super) fn ask_for_plain(headers: &mut HeaderMap) {
    headers.insert(
        http::header::ACCEPT_ENCODING,
        HeaderValue::from_static("identity"),
    );
    headers.remove(http::header::RANGE);
    headers.remove(http::header::IF_RANGE);
}
