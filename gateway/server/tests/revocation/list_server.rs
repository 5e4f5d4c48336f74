//! A server of revocation lists that behaves as it is told.

use std::collections::HashMap;
use std::convert::Infallible;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::header::{ETAG, IF_NONE_MATCH, LOCATION};
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// How the server answers for one path.
#[derive(Clone)]
pub(crate) enum Behaviour {
    /// With these bytes and an `ETag`; status 304 to whoever has that one.
    List(Vec<u8>),
    /// With this status and nothing else.
    Status(u16),
    /// With a redirection.
    Redirect(String),
    /// Never.
    Silence,
}

/// One HTTP/1.1 server on the loopback address.
#[derive(Clone)]
pub(crate) struct ListServer {
    pub(crate) address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    behaviours: HashMap<String, Behaviour>,
    /// Path and status of every answer.
    answers: Vec<(String, u16)>,
}

impl ListServer {
    pub(crate) async fn start() -> Self {
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            address: tcp.local_addr().unwrap(),
            shared: Arc::default(),
        };
        let accepting = server.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = tcp.accept().await.unwrap();
                let server = accepting.clone();
                let service = service_fn(move |request| {
                    let server = server.clone();
                    async move { Ok::<_, Infallible>(server.answer(&request).await) }
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        server
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn set(&self, path: &str, behaviour: Behaviour) {
        let mut shared = self.shared.lock().unwrap();
        shared.behaviours.insert(path.to_owned(), behaviour);
    }

    /// The statuses of all answers for this path, in order.
    pub(crate) fn answers(&self, path: &str) -> Vec<u16> {
        let shared = self.shared.lock().unwrap();
        let of_path = shared.answers.iter().filter(|(asked, _)| asked == path);
        of_path.map(|(_, status)| *status).collect()
    }

    async fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        let path = request.uri().path().to_owned();
        let behaviour = self.shared.lock().unwrap().behaviours.get(&path).cloned();
        let mut response = Response::new(Full::default());
        match behaviour {
            None => *response.status_mut() = StatusCode::NOT_FOUND,
            Some(Behaviour::Status(status)) => {
                *response.status_mut() = StatusCode::from_u16(status).unwrap();
            }
            Some(Behaviour::Redirect(target)) => {
                *response.status_mut() = StatusCode::FOUND;
                response
                    .headers_mut()
                    .insert(LOCATION, target.parse().unwrap());
            }
            Some(Behaviour::Silence) => std::future::pending().await,
            Some(Behaviour::List(bytes)) => {
                let mut hasher = DefaultHasher::new();
                bytes.hash(&mut hasher);
                let etag = format!("\"{:016x}\"", hasher.finish());
                if request
                    .headers()
                    .get(IF_NONE_MATCH)
                    .is_some_and(|known| known == etag.as_str())
                {
                    *response.status_mut() = StatusCode::NOT_MODIFIED;
                } else {
                    *response.body_mut() = Full::from(bytes);
                }
                response.headers_mut().insert(ETAG, etag.parse().unwrap());
            }
        }
        let answered = (path, response.status().as_u16());
        self.shared.lock().unwrap().answers.push(answered);
        response
    }
}
