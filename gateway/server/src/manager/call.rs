//! One call to one peer: the connection, the limits, and what can go wrong.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use moka::sync::Cache;
use sluis_certs::{CertificateThumbprint, Identity, LiveTrust, PeerId, tls};
use sluis_fsc::Address;
use sluis_fsc::error::{ErrorBody, ErrorCode, ErrorDomain};
use thiserror::Error;

use crate::clock::Clock;
use crate::telemetry::without_bsn;
use crate::upstream::{PeerConnector, tls_failure};

/// Most peers to which connections are kept. Beyond it the least used are closed.
const CLIENTS_MAX: u64 = 1_000;
/// Most idle connections kept to one peer's manager.
const IDLE_PER_PEER_MAX: usize = 4;
/// Most characters of another party's message that we keep.
const MESSAGE_CHARACTERS_MAX: usize = 300;

/// Makes calls to peers: mutual TLS, the other end must be the peer that is meant, HTTP/1.1, one pool per peer,
/// address and certificate of ours.
#[derive(Clone)]
pub(super) struct Transport {
    shared: Arc<Shared>,
}

struct Shared {
    trust: LiveTrust,
    clock: Clock,
    limits: CallLimits,
    clients: Cache<(PeerId, Address, CertificateThumbprint), Client<PeerConnector, Full<Bytes>>>,
}

/// Limits on calls to peers.
#[derive(Debug, Clone, Copy)]
pub(super) struct CallLimits {
    pub(super) connect_timeout: Duration,
    pub(super) call_timeout: Duration,
    pub(super) idle_timeout: Duration,
    pub(super) connection_age_max: Duration,
    pub(super) answer_bytes_max: usize,
}

/// An answer, read whole.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// Why a call to a peer gave no usable answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CallError {
    /// Nobody told us where the peer's manager is.
    #[error(
        "the address of the manager of peer {peer} is not known; it must announce itself to the directory or to us"
    )]
    AddressUnknown {
        /// The peer.
        peer: PeerId,
    },
    /// No connection, or it broke off.
    #[error("the manager of peer {peer} at {address} cannot be reached ({reason})")]
    Unreachable {
        /// The peer.
        peer: PeerId,
        /// Where we tried.
        address: Address,
        /// A stable label, for example `unexpected-peer`, `untrusted` or `refused`.
        reason: &'static str,
    },
    /// No whole answer in time.
    #[error("the manager of peer {peer} at {address} did not answer in time")]
    TimedOut {
        /// The peer.
        peer: PeerId,
        /// Where we tried.
        address: Address,
    },
    /// The answer is larger than we read.
    #[error("the manager of peer {peer} gave an answer larger than {max_bytes} bytes")]
    TooLarge {
        /// The peer.
        peer: PeerId,
        /// The limit.
        max_bytes: usize,
    },
    /// The answer is not what FSC Core says.
    #[error("the manager of peer {peer} gave an answer that is not of FSC Core 2.0.0: {what}")]
    Malformed {
        /// The peer.
        peer: PeerId,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The peer said no.
    #[error("the manager of peer {peer} refused with status {status}, {code}: {message}")]
    Refused {
        /// The peer.
        peer: PeerId,
        /// The HTTP status.
        status: u16,
        /// The FSC or OAuth error code; `no code` when there was none.
        code: String,
        /// Its explanation, shortened, without control characters and without anything that can be a BSN.
        message: String,
    },
    /// The contract ended before the peer could be told.
    #[error("the contract ended before the manager of peer {peer} could be told")]
    TooLate {
        /// The peer.
        peer: PeerId,
    },
    /// Our own side: TLS configuration or store.
    #[error("this gateway cannot make the call: {what}")]
    Ours {
        /// What is wrong.
        what: String,
    },
}

impl CallError {
    /// Whether telling it again cannot help: the peer's manager refused with a code of FSC that is about what the contract
    /// says, which never changes, or the contract is over. What a peer holds against a signature or a certificate may be
    /// mended, by setting a clock or by publishing a key; and a code of an inway, an outway or the log means that the call
    /// went astray. Those are told again.
    #[must_use]
    pub fn is_final(&self) -> bool {
        match self {
            Self::Refused { status, code, .. } => {
                (400..500).contains(status) && ErrorCode::parse(code).is_some_and(is_about_contract)
            }
            Self::TooLate { .. } => true,
            _ => false,
        }
    }

    /// Whether the peer is there and has something against this call only, so that another may go well.
    #[must_use]
    pub fn is_about_message(&self) -> bool {
        match self {
            // What stands before a manager answers so when the manager is away; and a manager that is busy.
            Self::Refused { status, .. } => !(502..=504).contains(status),
            Self::AddressUnknown { .. } | Self::Unreachable { .. } | Self::TimedOut { .. } => false,
            Self::TooLarge { .. }
            | Self::Malformed { .. }
            | Self::TooLate { .. }
            | Self::Ours { .. } => true,
        }
    }

    /// Whether the peer answered, so that it exists and understood the call.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused { .. })
    }

    /// Whether the peer was not reached at all, so that its address may be out of date.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::TimedOut { .. })
    }

    /// A stable label for metrics.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::AddressUnknown { .. } => "address-unknown",
            Self::Unreachable { reason, .. } => reason,
            Self::TimedOut { .. } => "timed-out",
            Self::TooLarge { .. } => "answer-too-large",
            Self::Malformed { .. } => "answer-malformed",
            Self::Refused { .. } => "refused-by-peer",
            Self::TooLate { .. } => "too-late",
            Self::Ours { .. } => "own-fault",
        }
    }
}

impl Transport {
    pub(super) fn new(trust: LiveTrust, clock: Clock, limits: CallLimits) -> Self {
        let clients = Cache::builder()
            .max_capacity(CLIENTS_MAX)
            .time_to_idle(limits.idle_timeout * 10)
            // Connections that are in use end with the call; so none gets older.
            .time_to_live(limits.connection_age_max)
            .build();
        Self {
            shared: Arc::new(Shared {
                trust,
                clock,
                limits,
                clients,
            }),
        }
    }

    /// Makes no more calls over the connections that there are: they were made under an earlier trust.
    pub(super) fn forget_connections(&self) {
        self.shared.clients.invalidate_all();
    }

    /// Sends a request to `address`, for which its URI must be, over a connection that shows `identity`, and reads the
    /// answer, whatever its status.
    pub(super) async fn send(
        &self,
        identity: &Identity,
        peer: &PeerId,
        address: &Address,
        request: Request<Full<Bytes>>,
    ) -> Result<Answer, CallError> {
        let client = self.client(identity, peer, address)?;
        let max_bytes = self.shared.limits.answer_bytes_max;
        let call = async {
            let response =
                client
                    .request(request)
                    .await
                    .map_err(|error| CallError::Unreachable {
                        peer: peer.clone(),
                        address: address.clone(),
                        reason: reason_of(&error),
                    })?;
            let (parts, body) = response.into_parts();
            let body = Limited::new(body, max_bytes)
                .collect()
                .await
                .map_err(|error| {
                    if error.is::<LengthLimitError>() {
                        CallError::TooLarge {
                            peer: peer.clone(),
                            max_bytes,
                        }
                    } else {
                        CallError::Unreachable {
                            peer: peer.clone(),
                            address: address.clone(),
                            reason: "broke-off",
                        }
                    }
                })?;
            Ok(Answer {
                status: parts.status,
                headers: parts.headers,
                body: body.to_bytes(),
            })
        };
        match tokio::time::timeout(self.shared.limits.call_timeout, call).await {
            Ok(answer) => answer,
            Err(_elapsed) => Err(CallError::TimedOut {
                peer: peer.clone(),
                address: address.clone(),
            }),
        }
    }

    fn client(
        &self,
        identity: &Identity,
        peer: &PeerId,
        address: &Address,
    ) -> Result<Client<PeerConnector, Full<Bytes>>, CallError> {
        let key = (
            peer.clone(),
            address.clone(),
            identity.peer().certificate_thumbprint,
        );
        if let Some(client) = self.shared.clients.get(&key) {
            return Ok(client);
        }
        let Shared {
            trust,
            clock,
            limits,
            clients,
        } = &*self.shared;
        let tls = tls::client_config(identity, trust, peer, &[b"http/1.1"], clock.time_provider())
            .map_err(|error| CallError::Ours {
                what: error.to_string(),
            })?;
        let connector = PeerConnector::new(tls, limits.connect_timeout);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(limits.idle_timeout)
            .pool_max_idle_per_host(IDLE_PER_PEER_MAX)
            .build(connector);
        clients.insert(key, client.clone());
        Ok(client)
    }
}

impl Answer {
    /// The refusal that this answer is; `None` when its status says that it worked.
    pub(super) fn refusal(&self, peer: &PeerId) -> Option<CallError> {
        if self.status.is_success() {
            return None;
        }
        let body = serde_json::from_slice::<ErrorBody>(&self.body).ok();
        let header = self
            .headers
            .get("fsc-error-code")
            .and_then(|value| value.to_str().ok());
        let code = header
            .or(body.as_ref().map(|body| body.code.as_ref()))
            .unwrap_or("no code");
        let message = body.as_ref().map_or("", |body| body.message.as_str());
        Some(CallError::Refused {
            peer: peer.clone(),
            status: self.status.as_u16(),
            code: presentable(code),
            message: presentable(message),
        })
    }
}

/// Whether a code is a manager's, and about what a contract says.
fn is_about_contract(code: ErrorCode) -> bool {
    code.domain() == Some(ErrorDomain::Manager)
        && !matches!(
            code,
            ErrorCode::SignatureVerificationFailed | ErrorCode::PeerCertificateVerificationFailed
        )
}

/// Another party's text as it may stand in our logs and lists: short, printable, no BSN.
pub(super) fn presentable(text: &str) -> String {
    let printable: String = text
        .chars()
        .filter(|character| !character.is_control())
        .take(MESSAGE_CHARACTERS_MAX)
        .collect();
    String::from_utf8_lossy(&without_bsn(printable.as_bytes())).into_owned()
}

/// A stable label for why a request got no answer.
fn reason_of(error: &hyper_util::client::legacy::Error) -> &'static str {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = error.source();
    while let Some(error) = cause {
        if let Some(io) = error.downcast_ref::<std::io::Error>() {
            return match io.kind() {
                std::io::ErrorKind::ConnectionRefused => "refused",
                std::io::ErrorKind::TimedOut => "connect-timed-out",
                std::io::ErrorKind::ConnectionReset | std::io::ErrorKind::UnexpectedEof => {
                    "broke-off"
                }
                _ => tls_failure(io).unwrap_or("no-connection"),
            };
        }
        cause = error.source();
    }
    "broke-off"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, code: &str) -> CallError {
        let peer = PeerId::new("00000001003214345000").unwrap();
        CallError::Refused {
            peer,
            status,
            code: code.to_owned(),
            message: String::new(),
        }
    }

    #[test]
    fn only_a_refusal_of_the_contents_with_a_code_of_fsc_is_final() {
        assert!(refused(422, "ERROR_CODE_INCORRECT_GROUP_ID").is_final());
        assert!(!refused(422, "ERROR_CODE_SIGNATURE_VERIFICATION_FAILED").is_final());
        assert!(!refused(400, "ERROR_CODE_PEER_CERTIFICATE_VERIFICATION_FAILED").is_final());
        assert!(!refused(422, "no code").is_final());
        assert!(!refused(404, "ERROR_CODE_OF_SOME_PROXY").is_final());
        assert!(!refused(503, "ERROR_CODE_INCORRECT_GROUP_ID").is_final());
        for code in ErrorCode::ALL {
            let is_final = refused(422, code.as_str()).is_final();
            let is_managers = code.domain() == Some(ErrorDomain::Manager);
            assert!(is_managers || !is_final, "{code}");
        }
        assert!(!refused(401, "ERROR_CODE_ACCESS_TOKEN_MISSING").is_final());
        assert!(!refused(404, "ERROR_CODE_SERVICE_NOT_FOUND").is_final());
        assert!(!refused(400, "MISSING_LOG_RECORD_ID").is_final());
        assert!(!refused(400, "ERROR_CODE_MISSING_LOG_RECORD_ID").is_final());
    }

    #[test]
    fn a_message_of_another_party_is_made_presentable() {
        assert_eq!(presentable("a\r\nb\u{1b}[0m"), "ab[0m");
        assert_eq!(
            presentable("person 999993653 unknown"),
            "person [bsn] unknown"
        );
        assert_eq!(presentable(&"x".repeat(5_000)).len(), 300);
    }
}
