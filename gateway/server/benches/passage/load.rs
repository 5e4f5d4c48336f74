//! The load generator: a fixed number of requests over a fixed number of connections, each sent when the answer to the one
//! before it has come.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;

use crate::Failure;
use crate::http1::{Head, Reader};
use crate::request::Request;
use crate::shapes::Shape;

/// One measurement may not take longer than this.
const TIME_MAX: Duration = Duration::from_secs(120);

/// Where requests go and what they carry.
#[derive(Clone)]
pub(crate) struct Target {
    /// The proxy.
    pub(crate) address: SocketAddr,
    /// TLS towards the proxy; none for an outway.
    pub(crate) tls: Option<TlsConnector>,
    /// In front of every path.
    pub(crate) prefix: &'static str,
    /// Headers that every request has.
    pub(crate) headers: Arc<[(&'static str, String)]>,
}

/// A connection to a proxy.
pub(crate) struct Connection {
    stream: Box<dyn Stream>,
    reader: Reader,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

impl Target {
    /// Makes one connection.
    pub(crate) async fn connect(&self) -> io::Result<Connection> {
        let tcp = TcpStream::connect(self.address).await?;
        tcp.set_nodelay(true)?;
        let stream: Box<dyn Stream> = match &self.tls {
            None => Box::new(tcp),
            Some(tls) => Box::new(
                tls.connect(
                    ServerName::try_from("localhost").map_err(io::Error::other)?,
                    tcp,
                )
                .await?,
            ),
        };
        Ok(Connection {
            stream,
            reader: Reader::new(),
        })
    }

    /// Makes several connections.
    pub(crate) async fn connections(&self, count: usize) -> io::Result<Vec<Connection>> {
        let mut connections = Vec::with_capacity(count);
        for _ in 0..count {
            connections.push(self.connect().await?);
        }
        Ok(connections)
    }

    /// The request of this kind.
    pub(crate) fn request(&self, shape: &Shape, unix_ms: u64) -> Request {
        let headers: Vec<(&str, &str)> = self
            .headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let (bytes, id_at) = shape.request(self.prefix, &headers);
        Request::numbered(bytes, id_at, unix_ms)
    }
}

impl Connection {
    /// Sends one request, and reads its answer to the end; `seen` is told now and then how much has come.
    pub(crate) async fn ask(
        &mut self,
        request: &mut Request,
        seen: impl FnMut(u64) -> io::Result<()>,
    ) -> io::Result<()> {
        let head = self.send(request).await?;
        self.reader.finish(head, &mut self.stream, seen).await
    }

    /// Sends one request, and gives the body of its answer.
    pub(crate) async fn fetch(&mut self, request: &mut Request) -> io::Result<Vec<u8>> {
        let head = self.send(request).await?;
        self.reader.whole(head, &mut self.stream).await
    }

    /// Sends one request, and reads the head of its answer. Anything but 200 is an error that holds the answer.
    async fn send(&mut self, request: &mut Request) -> io::Result<Head> {
        self.stream.write_all(request.fill()).await?;
        self.stream.flush().await?;
        let head = self.reader.head(&mut self.stream).await?;
        let head = head.ok_or(io::ErrorKind::UnexpectedEof)?;
        let (bytes, body) = self.reader.split(head);
        if bytes.starts_with(b"HTTP/1.1 200 ") {
            return Ok(head);
        }
        let answer = [bytes, body].concat();
        let answer = String::from_utf8_lossy(&answer);
        Err(io::Error::other(format!("the proxy answered:\n{answer}")))
    }
}

/// Sends `requests` over `connections`, and gives these back.
pub(crate) async fn run(
    connections: Vec<Connection>,
    request: &Request,
    requests: u64,
) -> Result<Vec<Connection>, Failure> {
    let left = Arc::new(AtomicU64::new(requests));
    let mut tasks = JoinSet::new();
    for mut connection in connections {
        let (mut request, left) = (request.clone(), Arc::clone(&left));
        tasks.spawn(async move {
            while left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                    left.checked_sub(1)
                })
                .is_ok()
            {
                connection.ask(&mut request, |_| Ok(())).await?;
            }
            Ok(connection)
        });
    }
    let all = async {
        let mut connections = Vec::new();
        while let Some(done) = tasks.join_next().await {
            let done: io::Result<Connection> = done?;
            connections.push(done?);
        }
        Ok(connections)
    };
    tokio::time::timeout(TIME_MAX, all)
        .await
        .map_err(|_| "a measurement took too long")?
}

/// Sends `requests`, each over a connection of its own, a few at the same time.
pub(crate) async fn run_new_connections(
    target: &Target,
    request: &Request,
    requests: u64,
) -> Result<(), Failure> {
    let left = Arc::new(AtomicU64::new(requests));
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let (target, mut request, left) = (target.clone(), request.clone(), Arc::clone(&left));
        tasks.spawn(async move {
            while left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                    left.checked_sub(1)
                })
                .is_ok()
            {
                target
                    .connect()
                    .await?
                    .ask(&mut request, |_| Ok(()))
                    .await?;
            }
            Ok::<_, io::Error>(())
        });
    }
    let all = async {
        while let Some(done) = tasks.join_next().await {
            done??;
        }
        Ok(())
    };
    tokio::time::timeout(TIME_MAX, all)
        .await
        .map_err(|_| "a measurement took too long")?
}
