//! A manager that answers whatever a test wants, to whoever has a certificate.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use serde_json::{Value, json};
use sluis::listener::{Connection, Serve};
use sluis_certs::Identity;
use sluis_fsc::Address;
use tokio_util::sync::CancellationToken;

use super::world::{World, listener};

/// What it answers to a path with query.
type Script = Box<dyn Fn(&str) -> (u16, String) + Send + Sync>;

/// The manager; answers after one script until it gets another.
pub(crate) struct Scripted {
    pub(crate) address: Address,
    served: Arc<Served>,
}

struct Served {
    script: Mutex<Script>,
    asked: Mutex<Vec<String>>,
}

impl Serve for Served {
    type Body = Full<Bytes>;

    async fn serve(
        self: Arc<Self>,
        _: Arc<Connection>,
        request: Request<Incoming>,
    ) -> Response<Self::Body> {
        let path = request.uri().path_and_query().unwrap().as_str().to_owned();
        let (status, body) = (self.script.lock().unwrap())(&path);
        self.asked.lock().unwrap().push(path);
        let mut response = Response::new(Full::new(body.into()));
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        response
    }
}

impl Scripted {
    /// Starts it with this certificate; it answers everything with these.
    pub(crate) async fn start(
        world: &World,
        identity: &Identity,
        script: impl Fn(&str) -> (u16, String) + Send + Sync + 'static,
    ) -> Self {
        let listener = listener(identity, &world.trust, &world.clock, 0).await;
        let port = listener.address().port();
        let served = Arc::new(Served {
            script: Mutex::new(Box::new(script)),
            asked: Mutex::default(),
        });
        listener.run(Arc::clone(&served), CancellationToken::new());
        Self {
            address: Address::parse(&format!("https://localhost:{port}")).unwrap(),
            served,
        }
    }

    /// From now on it answers like this.
    pub(crate) fn answer(&self, script: impl Fn(&str) -> (u16, String) + Send + Sync + 'static) {
        *self.served.script.lock().unwrap() = Box::new(script);
    }

    /// How often it was asked something that begins like this.
    pub(crate) fn asked(&self, path: &str) -> usize {
        let asked = self.served.asked.lock().unwrap();
        asked.iter().filter(|one| one.starts_with(path)).count()
    }
}

/// The answer of `GET /peer`.
pub(crate) fn peer_info(id: &str, version: &str) -> (u16, String) {
    let info = json!({
        "peer_id": id, "peer_name": "TEST organisatie", "fsc_version": version, "enabled_extensions": {},
    });
    (200, info.to_string())
}

/// The answer of `GET /contracts` with these and a cursor.
pub(crate) fn contracts(contracts: &[Value], next_cursor: &str) -> (u16, String) {
    let page = json!({ "contracts": contracts, "pagination": { "next_cursor": next_cursor } });
    (200, page.to_string())
}
