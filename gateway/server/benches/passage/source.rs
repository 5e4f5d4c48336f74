//! The source behind the proxies: answers from memory, over plain HTTP and over mutual TLS.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::http1::Reader;
use crate::shapes::{Answer, PIECE, Shape};

/// What is answered to what.
#[derive(Clone)]
pub(crate) struct Source(Arc<[Prepared]>);

struct Prepared {
    shape: Shape,
    /// Head, and the body of a short answer.
    bytes: Vec<u8>,
}

impl Source {
    /// A source that knows these kinds of request.
    pub(crate) fn new(shapes: impl Iterator<Item = Shape>) -> Self {
        Self(shapes.map(prepare).collect())
    }

    /// Starts serving at an address, over TLS when there is a configuration for it. Gives the address with the real port.
    pub(crate) async fn start(
        &self,
        address: SocketAddr,
        tls: Option<TlsAcceptor>,
    ) -> io::Result<SocketAddr> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let source = self.clone();
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let (source, tls) = (source.clone(), tls.clone());
                tokio::spawn(async move {
                    tcp.set_nodelay(true)?;
                    match tls {
                        Some(tls) => source.serve(tls.accept(tcp).await?).await,
                        None => source.serve(tcp).await,
                    }
                });
            }
        });
        Ok(address)
    }

    async fn serve<S: AsyncRead + AsyncWrite + Unpin>(&self, mut stream: S) -> io::Result<()> {
        let mut reader = Reader::new();
        while let Some(head) = reader.head(&mut stream).await? {
            let (bytes, _) = reader.split(head);
            let line = bytes
                .split(|&byte| byte == b'\r')
                .next()
                .unwrap_or_default();
            let prepared = self
                .0
                .iter()
                .find(|prepared| prepared.shape.is_asked_in(line));
            reader.finish(head, &mut stream, |_| Ok(())).await?;
            match prepared {
                None => {
                    stream
                        .write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
                        .await?
                }
                Some(prepared) => {
                    stream.write_all(&prepared.bytes).await?;
                    if let Answer::Long(length) = prepared.shape.answer {
                        let piece = vec![0x5a; PIECE];
                        for _ in 0..length / PIECE as u64 {
                            stream.write_all(&piece).await?;
                        }
                    }
                }
            }
            stream.flush().await?;
        }
        Ok(())
    }
}

fn prepare(shape: Shape) -> Prepared {
    let (length, body): (u64, &[u8]) = match &shape.answer {
        Answer::Bytes(bytes) => (bytes.len() as u64, bytes),
        Answer::Long(length) => (*length, &[]),
    };
    let mut bytes = Vec::new();
    // Writing to a vector does not fail.
    let _ = write!(
        bytes,
        "HTTP/1.1 200 OK\r\ncontent-type: {}\r\ncontent-length: {length}\r\ndate: Sun, 22 Nov 2026 12:00:00 GMT\r\napi-version: 2.0.0\r\n\r\n",
        shape.media_type
    );
    bytes.extend_from_slice(body);
    Prepared { shape, bytes }
}
