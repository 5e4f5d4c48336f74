//! Connecting to a peer over mutual TLS.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use sluis_certs::tls;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::ClientConfig;
use tower_service::Service;

use crate::listener::{ReadAhead, judged};

/// Makes connections to one peer. The TLS configuration checks chain, revocation, server name and the peer's OIN.
#[derive(Clone)]
pub struct PeerConnector {
    tls: TlsConnector,
    timeout: Duration,
}

impl PeerConnector {
    /// `timeout` covers name resolution, TCP and TLS together.
    pub fn new(tls: Arc<ClientConfig>, timeout: Duration) -> PeerConnector {
        PeerConnector {
            tls: TlsConnector::from(tls),
            timeout,
        }
    }
}

impl Service<Uri> for PeerConnector {
    type Response = TokioIo<PeerStream>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let (tls, timeout) = (self.tls.clone(), self.timeout);
        Box::pin(async move {
            tokio::time::timeout(timeout, connect(tls, uri))
                .await
                .unwrap_or_else(|_elapsed| {
                    Err(io::Error::new(
                        io::ErrorKind::TimedOut,
                        "connecting took too long",
                    ))
                })
        })
    }
}

async fn connect(connector: TlsConnector, uri: Uri) -> io::Result<TokioIo<PeerStream>> {
    let invalid = |what: &'static str| io::Error::new(io::ErrorKind::InvalidInput, what);
    if uri.scheme_str() != Some("https") {
        return Err(invalid("a peer is only reached over https"));
    }
    let host = uri
        .host()
        .ok_or_else(|| invalid("the address has no host"))?;
    // An IPv6 literal stands in brackets in a URI and without them in a certificate.
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| invalid("the host is not a valid name"))?;
    let tcp = TcpStream::connect((host, uri.port_u16().unwrap_or(443))).await?;
    tcp.set_nodelay(true)?;
    match judged(connector.connect(name, ReadAhead::new(tcp))).await {
        Ok((mut stream, _)) => {
            stream
                .get_mut()
                .1
                .set_buffer_limit(Some(tls::SEND_BYTES_MAX));
            Ok(TokioIo::new(PeerStream(Box::new(stream))))
        }
        Err(error) => {
            let reason = tls::handshake_reason(&error);
            tracing::warn!(host, reason, %error, "a TLS handshake with a peer failed");
            Err(error)
        }
    }
}

/// A connection to a peer.
#[derive(Debug)]
pub struct PeerStream(Box<TlsStream<ReadAhead<TcpStream>>>);

impl Connection for PeerStream {
    fn connected(&self) -> Connected {
        let http2 = self.0.get_ref().1.alpn_protocol() == Some(b"h2");
        if http2 {
            Connected::new().negotiated_h2()
        } else {
            Connected::new()
        }
    }
}

impl AsyncRead for PeerStream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_read(context, buffer)
    }
}

impl AsyncWrite for PeerStream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().0).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().0).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_shutdown(context)
    }
}
