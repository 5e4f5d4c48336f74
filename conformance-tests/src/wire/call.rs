//! One call: a connection of its own, a request, an answer read whole.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use serde_json::Value;
use sluis_certs::tls::TlsError;
use sluis_certs::{PeerId, Trust, tls};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::client::Resumption;

use super::{Address, Credential};
use crate::clock;

/// The protocol of all calls.
const HTTP_1_1: &[&[u8]] = &[b"http/1.1"];
/// Sessions that are remembered where a case wants it: more than one server gives out.
const SESSIONS: usize = 16;
/// Most bytes in an answer.
const ANSWER_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Most characters of an answer's body that a finding shows.
const SHOWN_CHARACTERS_MAX: usize = 300;

/// Makes calls as one of the suite's peers.
#[derive(Clone)]
pub(crate) struct Client {
    configure: Arc<Configure>,
    wait: Duration,
}

/// The configuration of a connection to a peer.
type Configure = dyn Fn(&PeerId) -> Result<Arc<ClientConfig>, TlsError> + Send + Sync;

/// What is asked.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Bytes,
}

/// What came.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Why no answer came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CallError {
    /// Nobody listens.
    #[error("no connection: {0}")]
    NoConnection(String),
    /// TLS failed, before or after our certificate was looked at.
    #[error("the TLS connection was refused ({0})")]
    Tls(String),
    /// The connection broke before an answer came.
    #[error("the connection was closed without an answer: {0}")]
    Broken(String),
    /// The connection broke in the middle of an answer.
    #[error("the connection was closed halfway the answer: {0}")]
    Halfway(String),
    /// Too slow.
    #[error("no answer within {0} s")]
    TimedOut(u64),
}

impl Client {
    pub(crate) fn new(credential: Arc<Credential>, trust: Trust, wait: Duration) -> Self {
        let configure = move |peer_id: &PeerId| {
            let time = clock::time_provider();
            tls::client_config(&credential.identity, &trust, peer_id, HTTP_1_1, time)
        };
        Self {
            configure: Arc::new(configure),
            wait,
        }
    }

    /// The same calls over connections whose configuration is changed in something.
    pub(crate) fn changed(
        &self,
        change: impl Fn(&mut ClientConfig) + Send + Sync + 'static,
    ) -> Self {
        let configure = Arc::clone(&self.configure);
        let configure = move |peer_id: &PeerId| {
            let mut config = ClientConfig::clone(&*configure(peer_id)?);
            change(&mut config);
            Ok(Arc::new(config))
        };
        Self {
            configure: Arc::new(configure),
            wait: self.wait,
        }
    }

    /// Calls to one peer whose connections all have one configuration, and so may know each other's sessions.
    pub(crate) fn remembering(&self, peer_id: &PeerId) -> Result<Self, TlsError> {
        let mut config = ClientConfig::clone(&*(self.configure)(peer_id)?);
        config.resumption = Resumption::in_memory_sessions(SESSIONS);
        Ok(Self::configured(Arc::new(config), self.wait))
    }

    /// Calls to one peer over connections of this configuration.
    pub(crate) fn configured(config: Arc<ClientConfig>, wait: Duration) -> Self {
        Self {
            configure: Arc::new(move |_: &PeerId| Ok(Arc::clone(&config))),
            wait,
        }
    }

    /// Asks the peer `peer_id` at `address`; plain HTTP when the address is.
    pub(crate) async fn ask(
        &self,
        address: &Address,
        peer_id: &str,
        question: Question,
    ) -> Result<Answer, CallError> {
        let work = async {
            let tcp = dial(address).await?;
            if !address.is_tls() {
                return exchange(tcp, address, question).await;
            }
            let tls = self.handshake(tcp, address, peer_id).await?;
            exchange(tls, address, question).await
        };
        tokio::time::timeout(self.wait, work)
            .await
            .map_err(|_| CallError::TimedOut(self.wait.as_secs()))?
    }

    /// A connection to a peer on which nothing has been asked.
    pub(crate) async fn connect(
        &self,
        address: &Address,
        peer_id: &str,
    ) -> Result<TlsStream<TcpStream>, CallError> {
        let work = async { self.handshake(dial(address).await?, address, peer_id).await };
        tokio::time::timeout(self.wait, work)
            .await
            .map_err(|_| CallError::TimedOut(self.wait.as_secs()))?
    }

    async fn handshake(
        &self,
        tcp: TcpStream,
        address: &Address,
        peer_id: &str,
    ) -> Result<TlsStream<TcpStream>, CallError> {
        let refused = |reason: String| CallError::Tls(reason);
        let peer_id = PeerId::new(peer_id).map_err(|error| refused(error.to_string()))?;
        let config = (self.configure)(&peer_id).map_err(|error| refused(error.to_string()))?;
        let name = ServerName::try_from(address.host().to_owned())
            .map_err(|error| refused(error.to_string()))?;
        TlsConnector::from(config)
            .connect(name, tcp)
            .await
            .map_err(|error| refused(format!("{}: {error}", tls::handshake_reason(&error))))
    }
}

/// Connects to an address, without TLS.
pub(crate) async fn dial(address: &Address) -> Result<TcpStream, CallError> {
    TcpStream::connect((address.dialled(), address.port()))
        .await
        .map_err(|error| CallError::NoConnection(error.to_string()))
}

async fn exchange<S>(stream: S, address: &Address, question: Question) -> Result<Answer, CallError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let broken = |error: hyper::Error| {
        let cause = error.source().map(ToString::to_string);
        CallError::Broken(cause.unwrap_or_else(|| error.to_string()))
    };
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(broken)?;
    let connection = tokio::spawn(connection);
    let mut request = Request::new(Full::new(question.body));
    *request.method_mut() = question.method;
    *request.uri_mut() = question
        .path
        .parse()
        .map_err(|_| CallError::NoConnection(format!("`{}` is no path", question.path)))?;
    *request.headers_mut() = question.headers;
    let host = HeaderValue::try_from(address.authority());
    let host = host.map_err(|error| CallError::NoConnection(error.to_string()))?;
    request.headers_mut().insert(HOST, host);
    let response = sender.send_request(request).await.map_err(broken)?;
    let (head, body) = response.into_parts();
    let body = Limited::new(body, ANSWER_BYTES_MAX)
        .collect()
        .await
        .map_err(|error| CallError::Halfway(error.to_string()))?
        .to_bytes();
    connection.abort();
    Ok(Answer {
        status: head.status,
        headers: head.headers,
        body,
    })
}

impl Question {
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self::of(Method::GET, path)
    }

    pub(crate) fn put(path: impl Into<String>) -> Self {
        Self::of(Method::PUT, path)
    }

    pub(crate) fn post(path: impl Into<String>) -> Self {
        Self::of(Method::POST, path)
    }

    pub(crate) fn of(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    /// Adds a header. A value that no header can have is left out, and the target then says what it misses.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::try_from(name);
        if let (Ok(name), Ok(value)) = (name, HeaderValue::try_from(value)) {
            self.headers.append(name, value);
        }
        self
    }

    pub(crate) fn json(mut self, body: &Value) -> Self {
        self.headers
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.body = body.to_string().into();
        self
    }

    pub(crate) fn form(mut self, pairs: &[(&str, &str)]) -> Self {
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        self.headers.insert(CONTENT_TYPE, form);
        let mut text = form_urlencoded::Serializer::new(String::new());
        text.extend_pairs(pairs);
        self.body = text.finish().into();
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }
}

impl Answer {
    /// A header that is there once, as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body as JSON; `null` when it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// Status, error code and the start of the body, for a finding. Tokens are left out: reports travel.
    pub(crate) fn shown(&self) -> String {
        let mut body = self.json();
        let text = match body.get_mut("access_token") {
            Some(token) => {
                *token = Value::from("(a token)");
                body.to_string()
            }
            None => String::from_utf8_lossy(&self.body).into_owned(),
        };
        let body: String = text
            .chars()
            .filter(|character| !character.is_control())
            .take(SHOWN_CHARACTERS_MAX)
            .collect();
        let code = self
            .header("fsc-error-code")
            .map(|code| format!(" Fsc-Error-Code: {code}"));
        format!(
            "status {}{} {body}",
            self.status.as_u16(),
            code.unwrap_or_default()
        )
    }
}
