//! The pages about health and metrics, in plain HTTP on the observability listener.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{Readiness, Telemetry};

#[derive(Clone)]
struct Pages {
    telemetry: Arc<Telemetry>,
    readiness: Readiness,
}

/// The pages: `/health/live` (the process answers), `/health/ready` (a real record was written and
/// read back, and a key in a token has signed) and `/metrics` (Prometheus).
pub fn router(telemetry: Arc<Telemetry>, readiness: Readiness) -> Router {
    Router::new()
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .route("/metrics", get(metrics))
        .with_state(Pages {
            telemetry,
            readiness,
        })
}

/// The listener that serves the pages.
#[derive(Debug)]
pub struct ObservabilityServer {
    listener: TcpListener,
    address: SocketAddr,
}

impl ObservabilityServer {
    /// Takes the address; port 0 takes a free one.
    ///
    /// # Errors
    ///
    /// When the address cannot be listened on.
    pub async fn bind(listen: SocketAddr) -> std::io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop`, then lets answers under way finish.
    ///
    /// # Errors
    ///
    /// When the listener itself fails.
    pub async fn serve(self, router: Router, stop: CancellationToken) -> std::io::Result<()> {
        axum::serve(self.listener, router)
            .with_graceful_shutdown(async move { stop.cancelled().await })
            .await
    }
}

async fn live() -> Response {
    answer(StatusCode::OK, serde_json::json!({ "status": "live" }))
}

async fn ready(State(pages): State<Pages>) -> Response {
    match pages.readiness.check().await {
        Ok(()) => answer(StatusCode::OK, serde_json::json!({ "status": "ready" })),
        Err(reason) => answer(
            StatusCode::SERVICE_UNAVAILABLE,
            serde_json::json!({ "status": "not ready", "reason": reason }),
        ),
    }
}

async fn metrics(State(pages): State<Pages>) -> Response {
    match pages.telemetry.page() {
        Ok(text) => {
            let format = (
                header::CONTENT_TYPE,
                "text/plain; version=0.0.4; charset=utf-8",
            );
            ([format, NO_STORE], text).into_response()
        }
        Err(error) => answer(
            StatusCode::INTERNAL_SERVER_ERROR,
            serde_json::json!({ "reason": error.to_string() }),
        ),
    }
}

const NO_STORE: (HeaderName, &str) = (header::CACHE_CONTROL, "no-store");

fn answer(status: StatusCode, body: serde_json::Value) -> Response {
    (status, [NO_STORE], axum::Json(body)).into_response()
}
