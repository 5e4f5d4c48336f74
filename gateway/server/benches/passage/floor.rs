//! The floor: a reverse proxy of the same libraries as ours that only passes requests on. No token, contract, decision, record
//! or filter, and no log.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;

use http::header::{CONNECTION, HOST};
use http::uri::{Authority, PathAndQuery, Scheme, Uri};
use http::{Request, Response, StatusCode};
use http_body_util::{Either, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{Connect, Connected, Connection, HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls_pki_types::ServerName;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::client::TlsStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::Failure;
use crate::arguments::{FloorArguments, Side};
use crate::pki::Pki;
use sluis::demo::parties::{UIW, VOORBEELD};

/// Serves until the bench closes our standard input, after a line with the port.
pub(crate) fn serve(arguments: &FloorArguments) -> Result<(), Failure> {
    thread::spawn(|| {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(listen(arguments))
}

async fn listen(arguments: &FloorArguments) -> Result<(), Failure> {
    let pki = Pki::at(&arguments.pki);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    writeln!(io::stdout(), "{}", listener.local_addr()?.port())?;
    let upstream = arguments.upstream;
    match arguments.side {
        Side::Inway => {
            let mut connector = HttpConnector::new();
            connector.set_nodelay(true);
            let next = Next::new(connector, Scheme::HTTP, upstream)?;
            accept(listener, Some(TlsAcceptor::from(pki.server(UIW)?)), next).await
        }
        Side::Outway => {
            let tls = TlsConnector::from(pki.client(VOORBEELD)?);
            let connector =
                tower::service_fn(move |_: Uri| Box::pin(connect(tls.clone(), upstream)));
            let next = Next::new(connector, Scheme::HTTPS, upstream)?;
            accept(listener, None, next).await
        }
    }
}

async fn accept<C>(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    next: Next<C>,
) -> Result<(), Failure>
where
    C: Connect + Clone + Send + Sync + 'static,
{
    loop {
        let (tcp, _) = listener.accept().await?;
        tcp.set_nodelay(true)?;
        let (tls, next) = (tls.clone(), next.clone());
        tokio::spawn(async move {
            match tls {
                None => next.serve(TokioIo::new(tcp)).await,
                Some(tls) => {
                    if let Ok(stream) = tls.accept(tcp).await {
                        next.serve(TokioIo::new(stream)).await;
                    }
                }
            }
        });
    }
}

/// The next hop.
#[derive(Clone)]
struct Next<C> {
    client: Client<C, Incoming>,
    scheme: Scheme,
    authority: Authority,
}

impl<C: Connect + Clone + Send + Sync + 'static> Next<C> {
    fn new(connector: C, scheme: Scheme, upstream: SocketAddr) -> Result<Self, Failure> {
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Ok(Self {
            client,
            scheme,
            authority: upstream.to_string().parse()?,
        })
    }

    async fn serve<I: Read + Write + Unpin + Send + 'static>(&self, io: I) {
        let service = service_fn(|request| self.pass(request));
        // A client that hangs up is the end of a measurement, not an error.
        let _ = http1::Builder::new().serve_connection(io, service).await;
    }

    async fn pass(
        &self,
        mut request: Request<Incoming>,
    ) -> Result<Response<Either<Incoming, Empty<Bytes>>>, http::Error> {
        let path = request
            .uri()
            .path_and_query()
            .cloned()
            .unwrap_or(PathAndQuery::from_static("/"));
        *request.uri_mut() = Uri::builder()
            .scheme(self.scheme.clone())
            .authority(self.authority.clone())
            .path_and_query(path)
            .build()?;
        request.headers_mut().remove(HOST);
        request.headers_mut().remove(CONNECTION);
        match self.client.request(request).await {
            Ok(mut answer) => {
                answer.headers_mut().remove(CONNECTION);
                Ok(answer.map(Either::Left))
            }
            Err(_) => Response::builder()
                .status(StatusCode::BAD_GATEWAY)
                .body(Either::Right(Empty::new())),
        }
    }
}

async fn connect(tls: TlsConnector, upstream: SocketAddr) -> io::Result<Secured> {
    let tcp = TcpStream::connect(upstream).await?;
    tcp.set_nodelay(true)?;
    let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
    Ok(Secured(Box::new(TokioIo::new(
        tls.connect(name, tcp).await?,
    ))))
}

/// A connection to the next hop over TLS.
struct Secured(Box<TokioIo<TlsStream<TcpStream>>>);

impl Connection for Secured {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Read for Secured {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl Write for Secured {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(context, slices)
    }
}
