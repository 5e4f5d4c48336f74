//! Every way in which the manager says no, except to a token request (see [`super::token`]).

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode};
use sluis_fsc::api::headers::FSC_ERROR_CODE;
use sluis_fsc::contract::ContractError;
use sluis_fsc::error::{ErrorBody, ErrorCode, ErrorDomain};
use sluis_fsc::signature::SignatureError;
use thiserror::Error;

use super::router::Verdict;
use crate::contracts::StoreError;

/// Why a request was refused, with the text that the caller gets.
///
/// FSC Core 2.0.0 gives codes to a part of the refusals; the others carry a code of our own in the same form, so that a
/// caller always finds `Fsc-Error-Code` and the body that belongs to it.
#[derive(Debug, Error)]
pub(crate) enum Refusal {
    /// A refusal for which the standard has a code.
    #[error("{1}")]
    Fsc(ErrorCode, String),
    /// A request that cannot be understood; the standard has no code for it.
    #[error("{0}")]
    Unreadable(String),
    /// A content type other than the one that belongs to the call.
    #[error("send the body as {0}")]
    MediaType(&'static str),
    /// A body over the limit.
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
    /// A body that did not arrive in time, or not whole.
    #[error("the body did not arrive completely in time")]
    Incomplete,
    /// Too many contracts of this peer wait for an answer.
    #[error("{0} contracts of yours wait for our answer; wait until some are answered")]
    TooManyUnanswered(u64),
    /// The contracts of this peer that came to nothing take too much room.
    #[error(
        "contracts of yours of the past year that we did not accept, or that were rejected or revoked, take {0} bytes here; ask us to accept those that wait"
    )]
    TooMuchUnwanted(u64),
    /// A connection to a service that we do not offer; FSC Core 2.0.0 has the rule, and no code for it.
    #[error("the service `{0}` is not offered here; propose a contract for one that is")]
    ServiceNotOffered(String),
    /// Too much is being done at once.
    #[error("the manager is busy; try again shortly")]
    Overloaded,
    /// Nothing is found at this path.
    #[error("the manager has no such resource; see the paths of FSC Core 2.0.0 under /v1")]
    NotFound,
    /// The path does not have this method.
    #[error("the resource does not have this method")]
    Method,
    /// The store does not answer; what happened is in our log and not for the caller.
    #[error("the manager cannot reach its store; nothing was changed, try again later")]
    Store(#[from] StoreError),
    /// The transaction log cannot be read.
    #[error("the manager cannot read its transaction log; try again later")]
    Log,
    /// No Membership Administrator of a Regulated Area answers.
    #[error(
        "who is a member of the Regulated Area cannot be found out at the moment; try again later"
    )]
    MembersUnknown,
    /// We cannot sign or answer; what happened is in our log.
    #[error("the manager failed; try again later")]
    Internal,
    /// The listener did not say who calls: a mistake of our own, so nothing is allowed.
    #[error("the connection shows no client certificate")]
    NoCaller,
}

impl Refusal {
    /// Status and code, one line for every way to say no.
    fn terms(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Fsc(code, _) => (
                StatusCode::from_u16(code.http_status())
                    .unwrap_or(StatusCode::UNPROCESSABLE_ENTITY),
                code.as_str(),
            ),
            Self::Unreadable(_) => (StatusCode::BAD_REQUEST, "ERROR_CODE_REQUEST_UNREADABLE"),
            Self::MediaType(_) => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "ERROR_CODE_MEDIA_TYPE_UNSUPPORTED",
            ),
            Self::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "ERROR_CODE_BODY_TOO_LARGE"),
            Self::Incomplete => (StatusCode::REQUEST_TIMEOUT, "ERROR_CODE_BODY_TIMED_OUT"),
            Self::TooManyUnanswered(_) | Self::TooMuchUnwanted(_) => (
                StatusCode::TOO_MANY_REQUESTS,
                "ERROR_CODE_TOO_MANY_CONTRACTS",
            ),
            Self::ServiceNotOffered(_) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "ERROR_CODE_SERVICE_NOT_OFFERED",
            ),
            Self::Overloaded => (StatusCode::SERVICE_UNAVAILABLE, "ERROR_CODE_OVERLOADED"),
            Self::NotFound => (StatusCode::NOT_FOUND, "ERROR_CODE_NOT_FOUND"),
            Self::Method => (
                StatusCode::METHOD_NOT_ALLOWED,
                "ERROR_CODE_METHOD_UNSUPPORTED",
            ),
            Self::Store(_) | Self::Log => (
                StatusCode::SERVICE_UNAVAILABLE,
                "ERROR_CODE_STORE_UNAVAILABLE",
            ),
            Self::MembersUnknown => (
                StatusCode::SERVICE_UNAVAILABLE,
                "ERROR_CODE_MEMBERS_UNKNOWN",
            ),
            Self::Internal | Self::NoCaller => {
                (StatusCode::INTERNAL_SERVER_ERROR, "ERROR_CODE_INTERNAL")
            }
        }
    }
}

impl From<ContractError> for Refusal {
    fn from(error: ContractError) -> Self {
        match error.error_code() {
            Some(code) => Self::Fsc(code, error.to_string()),
            None => Self::Unreadable(error.to_string()),
        }
    }
}

impl From<SignatureError> for Refusal {
    fn from(error: SignatureError) -> Self {
        Self::Fsc(error.error_code(), error.to_string())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, code) = self.terms();
        if status.is_server_error() {
            tracing::error!(code, error = %Full(&self), "the manager could not answer a peer");
        } else {
            tracing::info!(code, status = status.as_u16(), "the manager refused a peer");
        }
        let body = ErrorBody {
            message: self.to_string(),
            domain: ErrorDomain::Manager,
            code: code.into(),
        };
        let mut response = (status, axum::Json(body)).into_response();
        response
            .headers_mut()
            .insert(FSC_ERROR_CODE, HeaderValue::from_static(code));
        response.extensions_mut().insert(Verdict(code));
        response
    }
}

/// The refusal as our own log has it, with the cause that the caller is not told.
struct Full<'a>(&'a Refusal);

impl std::fmt::Display for Full<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Refusal::Store(cause) => write!(formatter, "{cause}"),
            other => write!(formatter, "{other}"),
        }
    }
}
