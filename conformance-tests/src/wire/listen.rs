//! Listeners of the suite's own peers and of the source behind the target's inway.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use sluis_certs::{Trust, tls};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::Credential;
use crate::clock;

/// Most bytes in the body of a request to us.
const REQUEST_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Most connections to one of our listeners at once.
pub(crate) const CONNECTIONS_MAX: usize = 64;
/// How long a handshake or a request's head may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request that arrived.
#[derive(Debug, Clone)]
pub(crate) struct Arrived {
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The certificate of who called, DER; none over plain HTTP.
    pub(crate) certificate: Option<Vec<u8>>,
}

impl Arrived {
    /// A header that is there, as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The path without the query.
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }
}

/// What we answer.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Whether the connection is closed before the answer is whole.
    pub(crate) cut: Cut,
}

/// Where an answer breaks off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Nowhere.
    Nowhere,
    /// Before it begins: there is no answer.
    Before,
    /// In the body, which says that it is longer.
    Halfway,
}

impl Reply {
    /// No answer: the connection is closed.
    pub(crate) fn cut() -> Self {
        Self {
            cut: Cut::Before,
            ..Self::status(StatusCode::BAD_GATEWAY)
        }
    }

    /// The half of a good answer: then the connection is closed.
    pub(crate) fn half() -> Self {
        let body = json!({ "answered_by": "the conformance suite, half" }).to_string();
        let mut reply = Self::status(StatusCode::OK);
        let length = HeaderValue::from(body.len() * 2);
        reply.headers.insert(CONTENT_LENGTH, length);
        let json = HeaderValue::from_static("application/json");
        reply.headers.insert(CONTENT_TYPE, json);
        Self {
            body: body.into(),
            cut: Cut::Halfway,
            ..reply
        }
    }

    pub(crate) fn status(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            cut: Cut::Nowhere,
        }
    }

    pub(crate) fn json(status: StatusCode, body: &Value) -> Self {
        let mut reply = Self::status(status);
        reply.body = body.to_string().into();
        let json = HeaderValue::from_static("application/json");
        reply.headers.insert(CONTENT_TYPE, json);
        reply
    }
}

/// Answers requests.
pub(crate) trait Handler: Send + Sync + 'static {
    /// Answers one.
    fn answer(self: Arc<Self>, arrived: Arrived) -> Pin<Box<dyn Future<Output = Reply> + Send>>;
}

/// A listener that runs until it is dropped.
#[derive(Debug)]
pub(crate) struct Listening {
    task: JoinHandle<()>,
    port: u16,
}

impl Listening {
    /// The port that it listens on.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Makes of a connection over TCP one that carries requests.
pub(crate) trait Accept: Send + Sync + 'static {
    /// The stream to read requests from, with the certificate of who called (DER).
    fn accept<'a>(&'a self, tcp: TcpStream) -> Accepting<'a>;
}

/// A connection on its way.
pub(crate) type Accepting<'a> =
    Pin<Box<dyn Future<Output = io::Result<(Box<dyn Stream>, Option<Vec<u8>>)>> + Send + 'a>>;

/// What requests come over.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Plain HTTP.
struct Plain;

impl Accept for Plain {
    fn accept<'a>(&'a self, tcp: TcpStream) -> Accepting<'a> {
        Box::pin(async { Ok((Box::new(tcp) as Box<dyn Stream>, None)) })
    }
}

impl Accept for TlsAcceptor {
    fn accept<'a>(&'a self, tcp: TcpStream) -> Accepting<'a> {
        Box::pin(async move {
            let tls = TlsAcceptor::accept(self, tcp).await?;
            let certificates = tls.get_ref().1.peer_certificates();
            let leaf = certificates.and_then(|chain| chain.first().map(|der| der.to_vec()));
            Ok((Box::new(tls) as Box<dyn Stream>, leaf))
        })
    }
}

/// Serves requests on a bound listener: over mutual TLS as the holder of a credential, or in plain HTTP.
pub(crate) fn serve(
    listener: TcpListener,
    tls: Option<(&Credential, &Trust)>,
    handler: Arc<dyn Handler>,
) -> Result<Listening, String> {
    let Some((credential, trust)) = tls else {
        return Ok(serve_with(listener, Arc::new(Plain), handler));
    };
    let time = clock::time_provider();
    let config = tls::server_config(&credential.identity, trust, &[b"http/1.1"], time)
        .map_err(|error| error.to_string())?;
    let acceptor = TlsAcceptor::from(config);
    Ok(serve_with(listener, Arc::new(acceptor), handler))
}

/// Serves requests on a bound listener, over connections that `acceptor` makes.
pub(crate) fn serve_with(
    listener: TcpListener,
    acceptor: Arc<dyn Accept>,
    handler: Arc<dyn Handler>,
) -> Listening {
    serve_at(CONNECTIONS_MAX, listener, acceptor, handler)
}

/// As [`serve_with`], for so many connections at once.
pub(crate) fn serve_at(
    places: usize,
    listener: TcpListener,
    acceptor: Arc<dyn Accept>,
    handler: Arc<dyn Handler>,
) -> Listening {
    let port = listener.local_addr().map_or(0, |address| address.port());
    let places = Arc::new(Semaphore::new(places));
    let task = tokio::spawn(async move {
        while let Ok(place) = Arc::clone(&places).acquire_owned().await {
            let Ok((tcp, _)) = listener.accept().await else {
                // A connection that was gone before it was accepted, or no file descriptors left.
                tokio::time::sleep(Duration::from_millis(10)).await;
                continue;
            };
            let (acceptor, handler) = (Arc::clone(&acceptor), Arc::clone(&handler));
            tokio::spawn(async move {
                // A broken connection shows itself in what did not arrive.
                let _ = connection(tcp, acceptor, handler).await;
                drop(place);
            });
        }
    });
    Listening { task, port }
}

/// Binds a listener; the port is 0 for a free one.
pub(crate) async fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address).await
}

async fn connection(
    tcp: TcpStream,
    acceptor: Arc<dyn Accept>,
    handler: Arc<dyn Handler>,
) -> io::Result<()> {
    let (stream, leaf) = tokio::time::timeout(PATIENCE, acceptor.accept(tcp))
        .await
        .map_err(io::Error::other)??;
    requests(stream, leaf, handler).await
}

async fn requests(
    stream: Box<dyn Stream>,
    certificate: Option<Vec<u8>>,
    handler: Arc<dyn Handler>,
) -> io::Result<()> {
    let service = service_fn(move |request: Request<Incoming>| {
        let (handler, certificate) = (Arc::clone(&handler), certificate.clone());
        async move {
            let arrived = read(request, certificate).await?;
            let reply = handler.answer(arrived).await;
            if reply.cut == Cut::Before {
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
            let mut response = Response::new(Outgoing {
                content: Some(reply.body),
                cut: reply.cut,
                turns: 0,
            });
            *response.status_mut() = reply.status;
            *response.headers_mut() = reply.headers;
            Ok::<_, io::Error>(response)
        }
    });
    http1::Builder::new()
        .timer(hyper_util::rt::TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(TokioIo::new(stream), service)
        .await
        .map_err(io::Error::other)
}

async fn read(request: Request<Incoming>, certificate: Option<Vec<u8>>) -> io::Result<Arrived> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, REQUEST_BYTES_MAX)
        .collect()
        .await
        .map_err(io::Error::other)?
        .to_bytes();
    let target = head.uri.path_and_query().map(ToString::to_string);
    Ok(Arrived {
        method: head.method,
        target: target.unwrap_or_default(),
        headers: head.headers,
        body,
        certificate,
    })
}

/// The body of an answer, which may break off.
struct Outgoing {
    content: Option<Bytes>,
    cut: Cut,
    /// How often it has put off its end.
    turns: usize,
}

/// How often a body puts off that it breaks: what it said before is sent meanwhile.
const TURNS: usize = 4;

impl Body for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if let Some(content) = self.content.take().filter(|content| !content.is_empty()) {
            return Poll::Ready(Some(Ok(Frame::data(content))));
        }
        if self.cut == Cut::Nowhere {
            return Poll::Ready(None);
        }
        if self.turns < TURNS {
            self.turns += 1;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())))
    }

    fn size_hint(&self) -> SizeHint {
        let length = self.content.as_ref().map_or(0, Bytes::len);
        match self.cut {
            Cut::Nowhere => SizeHint::with_exact(u64::try_from(length).unwrap_or(u64::MAX)),
            _ => SizeHint::default(),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.cut == Cut::Nowhere && self.content.as_ref().is_none_or(Bytes::is_empty)
    }
}
