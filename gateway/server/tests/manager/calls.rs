//! What our own calls carry, as another manager hears them.

use std::sync::{Arc, Mutex};

use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use sluis::listener::{Connection, Serve};
use sluis_fsc::{Address, ServiceName};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::world::{CONSUMER, PATIENCE, PROVIDER, World, listener, today};

/// A manager that says yes to everything and remembers what was asked.
#[derive(Default)]
struct Ear {
    heard: Mutex<Vec<Heard>>,
    came: Notify,
}

/// Method, path and `Fsc-Manager-Address` of a request.
type Heard = (Method, String, Option<String>);

impl Serve for Ear {
    type Body = Full<bytes::Bytes>;

    async fn serve(
        self: Arc<Self>,
        _: Arc<Connection>,
        request: Request<Incoming>,
    ) -> Response<Self::Body> {
        let address = request.headers().get("fsc-manager-address");
        let address = address.map(|value| value.to_str().unwrap().to_owned());
        let path = request.uri().path().to_owned();
        self.heard
            .lock()
            .unwrap()
            .push((request.method().clone(), path, address));
        self.came.notify_one();
        let mut response = Response::new(Full::from("{}"));
        *response.status_mut() = StatusCode::CREATED;
        response
    }
}

impl Ear {
    /// Waits for a request whose path ends like this.
    async fn hears(&self, ending: &str) {
        let heard = async {
            loop {
                let came = self.came.notified();
                let all = self.heard.lock().unwrap().clone();
                if all.iter().any(|(_, path, _)| path.ends_with(ending)) {
                    return;
                }
                came.await;
            }
        };
        tokio::time::timeout(PATIENCE, heard)
            .await
            .unwrap_or_else(|_| panic!("nobody asked for {ending}"));
    }
}

/// FSC Core 2.0.0, FSC manager address.
#[tokio::test]
async fn every_call_that_changes_something_says_where_our_manager_is() {
    let mut world = World::new();
    let provider = world.identity(PROVIDER);
    let ear = Arc::new(Ear::default());
    let listener = listener(&provider, &world.trust, &world.clock, 0).await;
    let address = format!("https://localhost:{}", listener.address().port());
    let address = Address::parse(&address).unwrap();
    listener.run(Arc::clone(&ear), CancellationToken::new());
    let consumer = world.party(CONSUMER).start().await;
    let (manager, peer) = (&consumer.manager, &provider.peer().id);
    // It does not answer as the standard says, and that is not what this is about.
    drop(manager.client().announce_at(peer, &address).await);
    let service = ServiceName::parse("zaken-api").unwrap();
    let proposed = manager
        .propose_connection(peer, &service, None, today())
        .await
        .unwrap();
    ear.hears("/contracts").await;
    manager.revoke(proposed.hash()).await.unwrap();
    ear.hears("/revoke").await;
    let grant = proposed.grants()[0].hash();
    let identity = &consumer.builder.identity;
    drop(manager.client().token(peer, grant, identity).await);
    ear.hears("/token").await;

    let own = consumer.address.as_str();
    let heard = ear.heard.lock().unwrap();
    for ending in ["/announce", "/contracts", "/revoke", "/token", "/peer"] {
        let (method, path, address) = heard
            .iter()
            .find(|(_, path, _)| path.ends_with(ending))
            .unwrap_or_else(|| panic!("nobody asked for {ending}"));
        let expected = (method != Method::GET).then_some(own);
        assert_eq!(address.as_deref(), expected, "{method} {path}");
    }
}
