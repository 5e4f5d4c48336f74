//! Every way to say no.

use std::borrow::Cow;
use std::sync::Arc;

use http::StatusCode;
use sluis_fsc::error::ErrorCode as Fsc;
use sluis_fsc::token::TokenError;
use sluis_policy::Reason;

/// Why a request was refused. One enum for both roles, so that status, FSC code, metric label, audit reason and remedy are
/// decided in one place ([`Refusal::terms`]) and none can be forgotten.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Refusal {
    /// No `Fsc-Authorization` header (inway).
    #[error("the request carries no access token")]
    AccessTokenMissing,
    /// The token is malformed, signed by another, for another service or audience, or bound to another certificate (inway).
    #[error("{0}")]
    AccessTokenInvalid(String),
    /// The token's `exp` has passed (inway).
    #[error("the access token has expired")]
    AccessTokenExpired,
    /// The token's `gid` is another group (inway).
    #[error("the access token is for another group")]
    WrongGroup,
    /// The contract behind the token was revoked, rejected or has ended (inway).
    #[error("the contract behind the access token is no longer valid")]
    ContractNotValid,
    /// The service is not offered here (inway).
    #[error("this inway does not offer the service that the access token names")]
    ServiceNotFound,
    /// No destination has this name or path prefix (outway).
    #[error("no destination of this outway has the name or path prefix of the request")]
    DestinationUnknown,
    /// `Fsc-Grant-Hash` is not a grant of ours (outway).
    #[error("the grant hash in the request is not usable: {0}")]
    GrantHashUnknown(String),
    /// No valid contract lets this outway use the service (outway).
    #[error("there is no valid contract for this service")]
    NoContract,
    /// There are contracts on behalf of several organisations, and none on our own (outway).
    #[error(
        "there are contracts on behalf of several organisations for this service, and nobody said for which one it is asked"
    )]
    DelegatorUnclear,
    /// The valid contract names a key or domain name of which no certificate is in use (outway): a renewal that left the
    /// contract behind.
    #[error("the contract for this service names {0}")]
    OutwayKeyNotInUse(String),
    /// The provider's manager gave no token (outway).
    #[error("no access token could be obtained from the provider's manager: {0}")]
    AccessTokenNotObtained(&'static str),
    /// `CONNECT` is not proxied (FSC Core, Outway).
    #[error("the method CONNECT is not supported")]
    MethodUnsupported,
    /// The request target is not a plain path, or has empty or dot segments that could reach past the destination.
    #[error("the request target is not an acceptable path")]
    TargetUnacceptable,
    /// No `Fsc-Transaction-Id` (inway; FSC Logging).
    #[error("the request carries no transaction id")]
    TransactionIdMissing,
    /// `Fsc-Transaction-Id` is not a UUIDv7 (Digikoppeling REST-API profile).
    #[error("the transaction id is not a version 7 UUID")]
    TransactionIdInvalid,
    /// A header that states purpose, role, channel, user or application is repeated, too long or not plain text.
    #[error("the header `{0}` is repeated, too long or not plain text")]
    ClaimUnreadable(String),
    /// The policy refuses; the text names the nearest row and the condition it missed.
    #[error("{explanation}")]
    Purpose {
        /// Which of request, contract and register did not agree, and how.
        reason: Reason,
        /// One sentence for the person who asks why.
        explanation: String,
        /// What to do about it.
        remedy: Cow<'static, str>,
    },
    /// The request asks for a field that nobody put in a data group, so that nobody can be allowed it.
    #[error(
        "the field `{field}` that the request asks for is in no data group of the service `{service}`"
    )]
    FieldUnclassified {
        /// The field, when its name is fit to be shown.
        field: Arc<str>,
        /// The service.
        service: Arc<str>,
    },
    /// The request body must be read for the decision and cannot be.
    #[error("the request body cannot be read: {0}")]
    RequestUnreadable(String),
    /// The request head is over the limit.
    #[error("the request head is larger than {0} bytes")]
    HeadTooLarge(usize),
    /// The request body is over the limit.
    #[error("the request body is larger than {0} bytes")]
    BodyTooLarge(usize),
    /// The request body came too slowly or broke off.
    #[error("the request body did not arrive in time")]
    BodyTimedOut,
    /// The decision needs JSON and the request is something else.
    #[error("the request body must be JSON without content encoding")]
    MediaTypeUnsupported,
    /// The record of this passage could not be made durable, so nothing was forwarded (FSC Logging: fail closed).
    #[error("the transaction log could not be written, so the request was not forwarded")]
    RecordNotWritten,
    /// As many passages as the limits allow are under way.
    #[error("too many requests are under way")]
    Overloaded,
    /// The caller stopped half way through a body that was being passed on.
    #[error("the request body ended before it was whole")]
    BodyBrokeOff,
    /// No connection to the next hop can be made: it has not heard of the request.
    #[error("the {0} cannot be reached")]
    UpstreamUnreachable(&'static str),
    /// TLS with the next hop failed: it did not accept our certificate, or we did not accept its.
    #[error("the TLS handshake with the {0} failed ({1})")]
    UpstreamTlsFailed(&'static str, &'static str),
    /// The connection to the next hop broke after the request may have reached it.
    #[error("the {0} broke off before it had answered")]
    UpstreamBrokeOff(&'static str),
    /// The next hop did not start to answer in time.
    #[error("the {0} did not answer in time")]
    UpstreamTimedOut(&'static str),
    /// The answer must be filtered and is not something that can be.
    #[error("the answer cannot be filtered and was withheld: {0}")]
    AnswerUnreadable(String),
    /// The answer must be filtered and is over the limit for that.
    #[error("the answer is larger than {0} bytes and was withheld")]
    AnswerTooLarge(usize),
}

impl From<TokenError> for Refusal {
    fn from(error: TokenError) -> Refusal {
        match error.error_code() {
            Fsc::AccessTokenMissing => Refusal::AccessTokenMissing,
            Fsc::AccessTokenExpired => Refusal::AccessTokenExpired,
            Fsc::WrongGroupIdInToken => Refusal::WrongGroup,
            _ => Refusal::AccessTokenInvalid(error.to_string()),
        }
    }
}

/// What a refusal means to those who meet it.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'r> {
    /// HTTP status.
    pub status: StatusCode,
    /// Value of `Fsc-Error-Code`.
    pub code: &'static str,
    /// Stable label: metric `reason`, audit `reason`.
    pub reason: &'static str,
    /// What the reader can do about it.
    pub remedy: &'r str,
}

impl Refusal {
    /// Status, codes and remedy of this refusal.
    pub fn terms(&self) -> Terms<'_> {
        match self {
            Refusal::AccessTokenMissing => fsc(
                Fsc::AccessTokenMissing,
                "token-missing",
                "call through an outway of the group, or send a token of our manager in Fsc-Authorization",
            ),
            Refusal::AccessTokenInvalid(_) => fsc(
                Fsc::AccessTokenInvalid,
                "token-invalid",
                "request a new token at our manager with the certificate that makes this connection",
            ),
            Refusal::AccessTokenExpired => fsc(
                Fsc::AccessTokenExpired,
                "token-expired",
                "request a new token at our manager",
            ),
            Refusal::WrongGroup => fsc(
                Fsc::WrongGroupIdInToken,
                "wrong-group",
                "use a token of this group",
            ),
            Refusal::ContractNotValid => fsc(
                Fsc::AccessTokenInvalid,
                "contract-not-valid",
                "propose a new contract; the one behind this token was revoked, rejected or has ended",
            ),
            Refusal::ServiceNotFound => fsc(
                Fsc::ServiceNotFound,
                "service-not-found",
                "check the service name in the contract against the services that this organisation publishes",
            ),
            Refusal::DestinationUnknown => own(
                StatusCode::NOT_FOUND,
                "ERROR_CODE_DESTINATION_UNKNOWN",
                "destination-unknown",
                "use a path prefix or name from outway.destinations in the configuration, or the header Fsc-Grant-Hash",
            ),
            Refusal::GrantHashUnknown(_) => own(
                StatusCode::BAD_REQUEST,
                "UNKNOWN_GRANT_HASH_IN_HEADER",
                "grant-hash-unknown",
                "give the hash of a connection grant (`grant hash` in `sluis contract show ID`), or name the destination instead",
            ),
            Refusal::NoContract => own(
                StatusCode::FORBIDDEN,
                "ERROR_CODE_NO_VALID_CONTRACT",
                "no-contract",
                "propose a contract with a connection grant for this service and have the provider accept it",
            ),
            Refusal::DelegatorUnclear => own(
                StatusCode::BAD_REQUEST,
                "ERROR_CODE_DELEGATOR_UNCLEAR",
                "delegator-unclear",
                "configure a destination for each organisation on whose behalf we call, with delegator_peer_id, or name the grant in the header Fsc-Grant-Hash",
            ),
            Refusal::OutwayKeyNotInUse(_) => own(
                StatusCode::FORBIDDEN,
                "ERROR_CODE_OUTWAY_KEY_NOT_IN_USE",
                "outway-key-not-in-use",
                "propose a contract that names the present key and have the provider accept it (`sluis cert status` says how); until then name the former certificate under certificate.previous",
            ),
            Refusal::AccessTokenNotObtained(_) => own(
                StatusCode::BAD_GATEWAY,
                "ERROR_CODE_ACCESS_TOKEN_NOT_OBTAINED",
                "token-not-obtained",
                "check with `sluis peer list` that the provider's manager is known and reachable, and that the contract is accepted there",
            ),
            Refusal::MethodUnsupported => fsc(
                Fsc::MethodUnsupported,
                "method-unsupported",
                "use another method; a gateway does not tunnel",
            ),
            Refusal::TargetUnacceptable => own(
                StatusCode::BAD_REQUEST,
                "ERROR_CODE_TARGET_UNACCEPTABLE",
                "target-unacceptable",
                "send a plain path that starts with /, without dot segments, empty segments or encoded slashes",
            ),
            Refusal::TransactionIdMissing => fsc(
                Fsc::MissingLogRecordId,
                "transaction-id-missing",
                "send a version 7 UUID in Fsc-Transaction-Id; an outway does this by itself",
            ),
            Refusal::TransactionIdInvalid => fsc(
                Fsc::InvalidLogRecordId,
                "transaction-id-invalid",
                "send a version 7 UUID in Fsc-Transaction-Id, or leave the header out at the outway",
            ),
            Refusal::ClaimUnreadable(_) => own(
                StatusCode::BAD_REQUEST,
                "ERROR_CODE_CLAIM_UNREADABLE",
                "claim-unreadable",
                "send this header once, with at most 242 visible ASCII characters",
            ),
            Refusal::Purpose { reason, remedy, .. } => Terms {
                status: if matches!(reason, Reason::PurposeMissing) {
                    StatusCode::BAD_REQUEST
                } else {
                    StatusCode::FORBIDDEN
                },
                code: if matches!(reason, Reason::PurposeMissing) {
                    "ERROR_CODE_PURPOSE_MISSING"
                } else {
                    "ERROR_CODE_PURPOSE_REFUSED"
                },
                reason: reason.code(),
                remedy,
            },
            Refusal::RequestUnreadable(_) => own(
                StatusCode::BAD_REQUEST,
                "ERROR_CODE_REQUEST_UNREADABLE",
                "request-unreadable",
                "send a request that the service's operation describes",
            ),
            Refusal::FieldUnclassified { .. } => own(
                StatusCode::BAD_REQUEST,
                "ERROR_CODE_REQUEST_UNREADABLE",
                "field-unclassified",
                "leave the field out, or have the compliance team put it in a data group of the service, in `services/` of the policy folder",
            ),
            Refusal::HeadTooLarge(_) => own(
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "ERROR_CODE_HEAD_TOO_LARGE",
                "head-too-large",
                "send fewer or smaller headers, or raise limits.request_header_bytes_max",
            ),
            Refusal::BodyTooLarge(_) => own(
                StatusCode::PAYLOAD_TOO_LARGE,
                "ERROR_CODE_BODY_TOO_LARGE",
                "body-too-large",
                "send a smaller body, or raise limits.request_body_bytes_max, or limits.filtered_body_bytes_max where the body is read for the decision",
            ),
            Refusal::BodyTimedOut => own(
                StatusCode::REQUEST_TIMEOUT,
                "ERROR_CODE_BODY_TIMED_OUT",
                "body-timed-out",
                "send the body without long pauses",
            ),
            Refusal::BodyBrokeOff => own(
                StatusCode::BAD_REQUEST,
                "ERROR_CODE_BODY_BROKE_OFF",
                "body-broke-off",
                "send the whole body",
            ),
            Refusal::MediaTypeUnsupported => own(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "ERROR_CODE_MEDIA_TYPE_UNSUPPORTED",
                "media-type-unsupported",
                "send Content-Type: application/json without Content-Encoding",
            ),
            Refusal::RecordNotWritten => fsc(
                Fsc::TransactionLogWriteError,
                "record-not-written",
                "the operator of this component should check the disk of the audit log; try again later",
            ),
            Refusal::Overloaded => own(
                StatusCode::SERVICE_UNAVAILABLE,
                "ERROR_CODE_OVERLOADED",
                "overloaded",
                "try again in a moment",
            ),
            Refusal::UpstreamUnreachable(_) => fsc(
                Fsc::ServiceUnreachable,
                "upstream-unreachable",
                "the operator should check that the next hop runs and that its address in the configuration or contract is right",
            ),
            Refusal::UpstreamBrokeOff(_) => fsc(
                Fsc::ServiceUnreachable,
                "upstream-broke-off",
                "find out whether the request was carried out before repeating it; the operator of the next hop finds the transaction id in its log",
            ),
            Refusal::UpstreamTlsFailed(..) => fsc(
                Fsc::ServiceUnreachable,
                "upstream-tls-failed",
                "the operator should check that the address is that of the provider's inway, and the certificates of both sides: ours with `sluis cert status`, theirs with `sluis cert explain FILE`; `refused-by-peer` means that the provider's log says why",
            ),
            Refusal::UpstreamTimedOut(_) => fsc(
                Fsc::ServiceUnreachable,
                "upstream-timed-out",
                "try again later, or raise limits.upstream_response_timeout_ms if the service is known to be slow",
            ),
            Refusal::AnswerUnreadable(_) => own(
                StatusCode::BAD_GATEWAY,
                "ERROR_CODE_ANSWER_UNREADABLE",
                "answer-unreadable",
                "the provider should make the source answer with JSON as the operation describes; nothing of the answer was passed on",
            ),
            Refusal::AnswerTooLarge(_) => own(
                StatusCode::BAD_GATEWAY,
                "ERROR_CODE_ANSWER_TOO_LARGE",
                "answer-too-large",
                "ask for less at a time, or raise limits.filtered_body_bytes_max",
            ),
        }
    }
}

fn fsc(code: Fsc, reason: &'static str, remedy: &'static str) -> Terms<'static> {
    let status =
        StatusCode::from_u16(code.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Terms {
        status,
        code: code.as_str(),
        reason,
        remedy,
    }
}

fn own(
    status: StatusCode,
    code: &'static str,
    reason: &'static str,
    remedy: &'static str,
) -> Terms<'static> {
    Terms {
        status,
        code,
        reason,
        remedy,
    }
}
