//! From an accepted socket to a [`Connection`]: the TLS handshake and the one time that the peer's certificate is read.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use sluis_certs::Peer;
use sluis_certs::tls::Verdict;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::{Connection, ReadAhead};

/// A connection's bytes, over TLS or plain.
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<ReadAhead<TcpStream>>>),
}

/// Performs the TLS handshake, where there is TLS, and learns who the peer is.
pub(super) async fn perform(
    tcp: TcpStream,
    remote: SocketAddr,
    acceptor: Option<TlsAcceptor>,
) -> io::Result<(Stream, Connection)> {
    // Small answers leave at once; without this an answer can wait 40 ms for an acknowledgement.
    tcp.set_nodelay(true)?;
    let Some(acceptor) = acceptor else {
        let connection = Connection {
            peer: None,
            chain: Arc::new([]),
            remote,
            http2: false,
            since: Instant::now(),
        };
        return Ok((Stream::Plain(tcp), connection));
    };
    let (mut stream, peer) = judged(acceptor.accept(ReadAhead::new(tcp))).await?;
    let tls = stream.get_mut().1;
    tls.set_buffer_limit(Some(sluis_certs::tls::SEND_BYTES_MAX));
    let chain = tls.peer_certificates();
    let connection = Connection {
        peer: Some(Arc::new(peer)),
        chain: chain.unwrap_or_default().into(),
        remote,
        http2: tls.alpn_protocol() == Some(b"h2"),
        since: Instant::now(),
    };
    Ok((Stream::Tls(Box::new(stream)), connection))
}

/// Drives a handshake, and tells who the peer is, or with which rule its certificate was refused.
pub(crate) async fn judged<S>(
    mut handshake: impl Future<Output = io::Result<S>> + Unpin,
) -> io::Result<(S, Peer)> {
    let mut verdict = Verdict::default();
    let done = poll_fn(|context| verdict.during(|| Pin::new(&mut handshake).poll(context))).await;
    match (done, verdict.refusal()) {
        // The alert is all that the other side learns, and all that rustls reports.
        (Err(_), Some(refusal)) => Err(io::Error::new(io::ErrorKind::InvalidData, refusal.clone())),
        (Err(error), None) => Err(error),
        (Ok(stream), _) => match verdict.into_peer() {
            Some(peer) => Ok((stream, peer)),
            None => Err(io::Error::other(
                "the handshake was done without a certificate",
            )),
        },
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(tcp) => Pin::new(tcp).poll_read(context, buffer),
            Stream::Tls(tls) => Pin::new(tls).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Stream::Plain(tcp) => Pin::new(tcp).poll_write(context, bytes),
            Stream::Tls(tls) => Pin::new(tls).poll_write(context, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Stream::Plain(tcp) => Pin::new(tcp).poll_write_vectored(context, slices),
            Stream::Tls(tls) => Pin::new(tls).poll_write_vectored(context, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Stream::Plain(tcp) => tcp.is_write_vectored(),
            Stream::Tls(tls) => tls.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(tcp) => Pin::new(tcp).poll_flush(context),
            Stream::Tls(tls) => Pin::new(tls).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(tcp) => Pin::new(tcp).poll_shutdown(context),
            Stream::Tls(tls) => Pin::new(tls).poll_shutdown(context),
        }
    }
}
