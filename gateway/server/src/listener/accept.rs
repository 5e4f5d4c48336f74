//! The accept loop.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;

use http::{HeaderValue, Request, Response, Version, header};
use http_body::Body;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use sluis_certs::tls;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_util::sync::CancellationToken;

use super::connections::Ending;
use super::timed::Timed;
use super::{Connection, ConnectionLimits, Connections, handshake};
use crate::telemetry::Role;

/// Something that answers requests.
pub trait Serve: Send + Sync + 'static {
    /// The body of its answers.
    type Body: Body<Data = bytes::Bytes, Error: Into<Box<dyn std::error::Error + Send + Sync>>>
        + Send
        + 'static;

    /// Answers one request. Never fails: a refusal is an answer.
    fn serve(
        self: Arc<Self>,
        connection: Arc<Connection>,
        request: Request<Incoming>,
    ) -> impl Future<Output = Response<Self::Body>> + Send;
}

/// A bound socket with what is needed to serve it.
pub struct Listener {
    role: Role,
    tcp: TcpListener,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
    connections: Connections,
}

/// A listener that serves; stop it with the token given to [`Listener::run`].
pub type Running = tokio::task::JoinHandle<()>;

impl Listener {
    /// Binds `address`; `tls` of `None` means plain HTTP (the local side of the outway).
    ///
    /// # Errors
    /// The error of the operating system, for example when the port is taken.
    pub async fn bind(
        role: Role,
        address: SocketAddr,
        connections: Connections,
    ) -> io::Result<Listener> {
        let tcp = TcpListener::bind(address).await?;
        let address = tcp.local_addr()?;
        Ok(Listener {
            role,
            tcp,
            address,
            tls: None,
            connections,
        })
    }

    /// Terminates TLS with `config` on every connection.
    #[must_use]
    pub fn with_tls(mut self, config: Arc<ServerConfig>) -> Listener {
        self.tls = Some(TlsAcceptor::from(config));
        self
    }

    /// The address bound; it has the real port where port 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown`, then lets open requests finish within the grace period and says how many were cut.
    pub fn run<S: Serve>(self, service: Arc<S>, shutdown: CancellationToken) -> Running {
        tokio::spawn(self.accept(service, shutdown))
    }

    async fn accept<S: Serve>(self, service: Arc<S>, shutdown: CancellationToken) {
        let Listener {
            role,
            tcp,
            tls,
            connections,
            ..
        } = self;
        let limits = connections.limits().clone();
        let slots = Arc::new(Semaphore::new(limits.connections_max));
        let server = Arc::new(http_server(&limits));
        loop {
            let slot = tokio::select! {
                () = shutdown.cancelled() => break,
                slot = Arc::clone(&slots).acquire_owned() => slot,
            };
            let (stream, remote) = tokio::select! {
                () = shutdown.cancelled() => break,
                accepted = tcp.accept() => match accepted {
                    Ok(accepted) => accepted,
                    Err(error) => {
                        // Out of file descriptors and the like: wait for one to come free instead of spinning.
                        tracing::error!(listener = role.as_str(), %error, "could not accept a connection");
                        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                        continue;
                    }
                },
            };
            let (service, server, tls) = (Arc::clone(&service), Arc::clone(&server), tls.clone());
            let (connections, shutdown) = (connections.clone(), shutdown.clone());
            tokio::spawn(async move {
                let _slot = slot;
                let limits = connections.limits();
                let metrics = connections.metrics();
                let _open = metrics.connection_opened(role);
                let handshake = tokio::select! {
                    () = shutdown.cancelled() => return,
                    handshake = tokio::time::timeout(limits.tls_handshake_timeout, handshake::perform(stream, remote, tls)) => handshake,
                };
                let (io, connection) = match handshake {
                    Ok(Ok(done)) => done,
                    Ok(Err(error)) => {
                        let reason = tls::handshake_reason(&error);
                        metrics.handshake_refused(role, reason);
                        tracing::warn!(listener = role.as_str(), reason, %error, "refused a TLS handshake");
                        return;
                    }
                    Err(_elapsed) => {
                        metrics.handshake_refused(role, "timeout");
                        tracing::warn!(
                            listener = role.as_str(),
                            reason = "timeout",
                            "refused a TLS handshake"
                        );
                        return;
                    }
                };
                for warning in connection.peer.iter().flat_map(|peer| &peer.warnings) {
                    metrics.peer_warned_about(warning.as_str());
                    tracing::debug!(listener = role.as_str(), %warning, "a peer's certificate is acceptable and not good");
                }
                let connection = Arc::new(connection);
                let http2 = connection.http2;
                let open = connections.opened(role, Arc::clone(&connection));
                if shutdown.is_cancelled() {
                    // Those that were open were told already.
                    return;
                }
                let signal = Arc::clone(open.signal());
                let serve = service_fn(move |request: Request<Incoming>| {
                    let (version, signal) = (request.version(), Arc::clone(&signal));
                    let answer = Arc::clone(&service).serve(Arc::clone(&connection), request);
                    async move {
                        let mut answer = answer.await;
                        if version < Version::HTTP_2 && signal.is_ending() {
                            let close = HeaderValue::from_static("close");
                            answer.headers_mut().insert(header::CONNECTION, close);
                        }
                        Ok::<_, Infallible>(answer)
                    }
                });
                let stall_max = limits.write_stall_timeout;
                let io = TokioIo::new(Timed::new(io, limits.header_read_timeout, stall_max));
                let mut served = pin!(server.serve_connection(io, serve).into_owned());
                let ended = loop {
                    tokio::select! {
                        biased;
                        ended = &mut served => break ended,
                        ending = open.signal().more() => match ending {
                            Ending::Retire if !http2 => {}
                            Ending::Retire | Ending::Finish => served.as_mut().graceful_shutdown(),
                            Ending::Cut => return,
                        },
                    }
                };
                if let Err(error) = ended {
                    if let Some(reason) = not_a_request(&*error) {
                        metrics.connection_closed(role, reason);
                        tracing::warn!(
                            listener = role.as_str(),
                            reason,
                            "refused what is not an acceptable HTTP request"
                        );
                    }
                    tracing::debug!(listener = role.as_str(), error, "a connection ended early");
                }
            });
        }
        drop(tcp);
        connections.end(role, Ending::Finish);
        // A connection gives its slot back when it has ended.
        let all = u32::try_from(limits.connections_max).unwrap_or(u32::MAX);
        if tokio::time::timeout(limits.shutdown_grace, slots.acquire_many(all))
            .await
            .is_ok()
        {
            return;
        }
        let open = limits.connections_max - slots.available_permits();
        tracing::warn!(
            listener = role.as_str(),
            open,
            "connections were cut: the grace period for shutting down was over"
        );
        connections.end(role, Ending::Cut);
        // What was under way on them writes down how it ended before the log is closed.
        let _ = slots.acquire_many(all).await;
    }
}

/// Why the HTTP library refused what came, with a bare 400 or 431: it never became a request, so nobody else can say so.
fn not_a_request(error: &(dyn std::error::Error + 'static)) -> Option<&'static str> {
    let error = error.downcast_ref::<hyper::Error>()?;
    if error.is_parse_too_large() {
        Some("head-too-large")
    } else {
        error.is_parse().then_some("not-http")
    }
}

fn http_server(limits: &ConnectionLimits) -> auto::Builder<TokioExecutor> {
    let mut server = auto::Builder::new(TokioExecutor::new());
    let head_max = limits.header_bytes_max.saturating_mul(2).max(16 * 1024);
    server
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_read_timeout)
        .max_headers(limits.headers_max)
        .max_buf_size(head_max);
    server
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.http2_streams_max)
        .max_header_list_size(u32::try_from(head_max).unwrap_or(u32::MAX))
        .keep_alive_interval(std::time::Duration::from_secs(30));
    server
}
