//! The manager behind a listener.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use http::{Request, Response};
use hyper::body::Incoming;
use tower::ServiceExt;

use super::{Caller, Manager};
use crate::listener::{Connection, Serve};

/// Answers the requests of a listener with the manager's router, and tells it who calls.
pub struct ManagerService {
    router: Router,
}

impl ManagerService {
    /// A service for this manager.
    #[must_use]
    pub fn new(manager: &Manager) -> Self {
        Self {
            router: manager.router(),
        }
    }
}

impl Serve for ManagerService {
    type Body = Body;

    async fn serve(
        self: Arc<Self>,
        connection: Arc<Connection>,
        mut request: Request<Incoming>,
    ) -> Response<Body> {
        // What a client cannot send, it cannot forge either; still, only this connection decides who calls.
        request.extensions_mut().remove::<Caller>();
        if let (Some(peer), Some(certificate)) = (&connection.peer, connection.chain.first()) {
            let caller = Caller::new(Arc::clone(peer), Arc::new(certificate.clone()));
            request.extensions_mut().insert(caller);
        }
        match self.router.clone().oneshot(request.map(Body::new)).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}
