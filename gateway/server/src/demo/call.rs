//! Calls as an application of an organisation makes them, and as somebody with a certificate could make them.

use std::error::Error;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use http::header::HOST;
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use sluis_certs::{Identity, PeerId, Trust, tls};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls;
use tokio_rustls::rustls::pki_types::ServerName;

use super::parties::Party;
use crate::clock::Clock;
use crate::config::{Config, TrustConfig};
use crate::gateway::own_identities;

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Largest answer that is read.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl Answer {
    /// A header, when it is there and plain text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The transaction id that a gateway gave.
    #[must_use]
    pub fn transaction_id(&self) -> Option<&str> {
        self.header(sluis_fsc::api::headers::FSC_TRANSACTION_ID)
    }

    /// The body as JSON; null when it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// Nobody listens there.
    #[error("nobody can be reached at {at}: {source}")]
    Unreachable {
        /// Where.
        at: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The other end ended the connection with a TLS alert.
    #[error("the connection ended with the TLS alert {0}")]
    Alert(String),
    /// The connection ended in another way.
    #[error("the connection ended without an answer: {0}")]
    BrokeOff(String),
    /// No whole answer came in time.
    #[error("no answer came within {} seconds", PATIENCE.as_secs())]
    TimedOut,
    /// Our certificate or key cannot be used.
    #[error("the certificate of {place} cannot be used to call: {reason}")]
    Certificate {
        /// Where it is.
        place: String,
        /// Why not.
        reason: String,
    },
}

/// Calls over plain HTTP/1.1, as an application calls its outway.
///
/// # Errors
/// [`CallError`].
pub async fn call(at: SocketAddr, request: Request<Full<Bytes>>) -> Result<Answer, CallError> {
    in_time(async {
        let stream = connect(at).await?;
        exchange(stream, at, request).await
    })
    .await
}

/// Somebody with a certificate.
#[derive(Clone, Debug)]
pub struct Caller {
    identity: Identity,
    trust: Trust,
    clock: Clock,
}

impl Caller {
    /// Somebody with this certificate.
    #[must_use]
    pub fn new(identity: Identity, trust: Trust, clock: Clock) -> Caller {
        Caller {
            identity,
            trust,
            clock,
        }
    }

    /// The organisation whose gateway has this configuration.
    ///
    /// # Errors
    /// [`CallError::Certificate`].
    pub fn of(config: &Config, clock: Clock) -> Result<Caller, CallError> {
        let unusable = |path: &Path, error: &dyn Error| CallError::Certificate {
            place: path.display().to_string(),
            reason: error.to_string(),
        };
        let read = |path: &Path| std::fs::read(path).map_err(|error| unusable(path, &error));
        let certificate = &config.certificate;
        let identities = own_identities(
            certificate,
            &config.limits,
            config.trust.rules().peer_id.attribute,
        )
        .map_err(|error| unusable(&certificate.chain_file, &error))?;
        let TrustConfig {
            anchors_file,
            crl_files,
            ..
        } = &config.trust;
        let lists: Vec<Vec<u8>> = crl_files
            .iter()
            .map(|path| read(path))
            .collect::<Result<_, _>>()?;
        let trust = Trust::from_pem(&read(anchors_file)?, &lists)
            .map_err(|error| unusable(anchors_file, &error))?;
        Ok(Caller::new(identities.current().clone(), trust, clock))
    }

    /// Who this is.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The same trust with another certificate.
    #[must_use]
    pub fn with_identity(&self, identity: Identity) -> Caller {
        Caller {
            identity,
            ..self.clone()
        }
    }

    /// Calls the gateway of `expected` on this machine over mutual TLS and HTTP/1.1.
    ///
    /// # Errors
    /// [`CallError`]; the alert, when the other end does not accept the certificate.
    pub async fn call(
        &self,
        expected: Party,
        port: u16,
        request: Request<Full<Bytes>>,
    ) -> Result<Answer, CallError> {
        let at = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let unusable = |reason: String| CallError::Certificate {
            place: self.identity.peer().name.to_string(),
            reason,
        };
        let peer = PeerId::new(expected.oin).map_err(|error| unusable(error.to_string()))?;
        let time = self.clock.time_provider();
        let config = tls::client_config(&self.identity, &self.trust, &peer, &[b"http/1.1"], time)
            .map_err(|error| unusable(error.to_string()))?;
        let name =
            ServerName::try_from("localhost").map_err(|error| unusable(error.to_string()))?;
        in_time(async {
            let stream = connect(at).await?;
            let stream = TlsConnector::from(config)
                .connect(name, stream)
                .await
                .map_err(|error| ended(&error))?;
            exchange(stream, at, request).await
        })
        .await
    }
}

async fn in_time(
    call: impl Future<Output = Result<Answer, CallError>>,
) -> Result<Answer, CallError> {
    tokio::time::timeout(PATIENCE, call)
        .await
        .unwrap_or(Err(CallError::TimedOut))
}

async fn connect(at: SocketAddr) -> Result<TcpStream, CallError> {
    TcpStream::connect(at)
        .await
        .map_err(|source| CallError::Unreachable { at, source })
}

async fn exchange<S>(
    stream: S,
    at: SocketAddr,
    mut request: Request<Full<Bytes>>,
) -> Result<Answer, CallError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| ended(&error))?;
    let host = HeaderValue::from_str(&format!("localhost:{}", at.port()))
        .map_err(|error| CallError::BrokeOff(error.to_string()))?;
    request.headers_mut().entry(HOST).or_insert(host);
    let connection = tokio::spawn(connection);
    let response = match sender.send_request(request).await {
        Ok(response) => response,
        // Why it ended is known to the connection: with TLS 1.3 the alert comes after the handshake.
        Err(error) => {
            return Err(match connection.await {
                Ok(Err(cause)) => ended(&cause),
                _ => ended(&error),
            });
        }
    };
    let (head, body) = response.into_parts();
    let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
    connection.abort();
    let body = body.map_err(|error| CallError::BrokeOff(error.to_string()))?;
    Ok(Answer {
        status: head.status,
        headers: head.headers,
        body: body.to_bytes(),
    })
}

/// How a connection ended: by an alert, when one is among the causes.
fn ended(error: &(dyn Error + 'static)) -> CallError {
    let mut cause = Some(error);
    let mut last = error.to_string();
    while let Some(error) = cause {
        last = error.to_string();
        let inner = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        let tls = inner.map_or_else(
            || error.downcast_ref(),
            |inner| inner.downcast_ref::<rustls::Error>(),
        );
        if let Some(rustls::Error::AlertReceived(alert)) = tls {
            return CallError::Alert(format!("{alert:?}"));
        }
        cause = error.source();
    }
    CallError::BrokeOff(last)
}
