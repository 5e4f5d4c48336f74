//! Serves an axum router to peers: the verified identity of the connection goes along with every request.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use http::{Request, Response};
use hyper::body::Incoming;
use tower::ServiceExt;

use crate::listener::{Connection, Serve};

/// A router behind a listener with mutual TLS.
pub(super) struct PeerService {
    router: Router,
}

impl PeerService {
    pub(super) fn new(router: Router) -> PeerService {
        PeerService { router }
    }
}

impl Serve for PeerService {
    type Body = Body;

    async fn serve(self: Arc<Self>, connection: Arc<Connection>, request: Request<Incoming>) -> Response<Body> {
        let mut request = request.map(Body::new);
        if let Some(peer) = &connection.peer {
            request.extensions_mut().insert(Arc::clone(peer));
        }
        let answered: Result<Response<Body>, Infallible> = self.router.clone().oneshot(request).await;
        answered.unwrap_or_else(|never| match never {})
    }
}
