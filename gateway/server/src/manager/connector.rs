//! Opens connections to one peer: TCP, then mutual TLS in which the other end must prove to be that peer.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::ClientConfig;

/// Connects to one address under one TLS configuration, whatever URI is asked for: where to go was decided when the
/// connector was made, so a redirect or a header cannot lead anywhere else.
#[derive(Clone)]
pub(super) struct PeerConnector {
    host: Arc<str>,
    port: u16,
    tls: TlsConnector,
    timeout: Duration,
}

impl PeerConnector {
    /// `tls` holds the peer that is expected; `timeout` covers name lookup, TCP and handshake together.
    pub(super) fn new(host: &str, port: u16, tls: Arc<ClientConfig>, timeout: Duration) -> Self {
        Self {
            host: Arc::from(host),
            port,
            tls: TlsConnector::from(tls),
            timeout,
        }
    }

    async fn connect(self) -> io::Result<PeerStream> {
        let name = ServerName::try_from(self.host.as_ref())
            .map_err(|_| {
                io::Error::new(
                    io::ErrorKind::InvalidInput,
                    "the address has no usable host name",
                )
            })?
            .to_owned();
        let connect = async {
            let tcp = TcpStream::connect((self.host.as_ref(), self.port)).await?;
            tcp.set_nodelay(true)?;
            self.tls.connect(name, tcp).await
        };
        match tokio::time::timeout(self.timeout, connect).await {
            Ok(stream) => Ok(PeerStream(TokioIo::new(stream?))),
            Err(_elapsed) => Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "connecting took too long",
            )),
        }
    }
}

impl tower_service::Service<http::Uri> for PeerConnector {
    type Response = PeerStream;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<PeerStream>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _uri: http::Uri) -> Self::Future {
        Box::pin(self.clone().connect())
    }
}

/// A connection to the peer that was expected.
pub(super) struct PeerStream(TokioIo<TlsStream<TcpStream>>);

impl Connection for PeerStream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Read for PeerStream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_read(context, buffer)
    }
}

impl Write for PeerStream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().0).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().0).poll_write_vectored(context, slices)
    }
}
