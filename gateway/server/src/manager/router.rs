//! The paths of the manager (FSC Core 2.0.0, manager.yaml; FSC Logging 1.1.0, logging.yaml).

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, Path, Request, State as Shared};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, StatusCode};
use sluis_fsc::signature::SignatureType;

use super::body::{self, JSON, ManagerAddress};
use super::state::State;
use super::{Caller, Refusal, listing, logs, token};
use crate::telemetry::Role;

/// The routes. Requests must carry a [`Caller`] in their extensions.
pub(super) fn router(state: Arc<State>) -> Router {
    Router::new()
        .route("/v1/announce", put(announce))
        .route("/v1/contracts", post(submit).get(listing::contracts))
        .route("/v1/contracts/{hash}/accept", put(accept))
        .route("/v1/contracts/{hash}/reject", put(reject))
        .route("/v1/contracts/{hash}/revoke", put(revoke))
        .route("/v1/token", post(token::issue))
        .route("/v1/peer", get(listing::peer))
        .route("/v1/peers", get(listing::peers))
        .route("/v1/services", get(listing::services))
        .route("/v1/.well-known/jwks.json", get(listing::jwks))
        .route("/v1/logs", get(logs::list))
        .method_not_allowed_fallback(async || Refusal::Method)
        .fallback(async || Refusal::NotFound)
        .layer(middleware::from_fn_with_state(Arc::clone(&state), count))
        .with_state(state)
}

async fn announce(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    ManagerAddress(address): ManagerAddress,
) -> Result<StatusCode, Refusal> {
    state.note_peer(&caller, &address).await?;
    tracing::info!(peer = %caller.id(), %address, "a peer announced itself");
    Ok(StatusCode::OK)
}

async fn submit(
    shared: Shared<Arc<State>>,
    caller: Caller,
    address: ManagerAddress,
    request: Request,
) -> Result<StatusCode, Refusal> {
    receive(
        shared,
        caller,
        address,
        None,
        SignatureType::Accept,
        request,
    )
    .await
}

async fn accept(
    shared: Shared<Arc<State>>,
    caller: Caller,
    address: ManagerAddress,
    Path(hash): Path<String>,
    request: Request,
) -> Result<StatusCode, Refusal> {
    receive(
        shared,
        caller,
        address,
        Some(hash),
        SignatureType::Accept,
        request,
    )
    .await
}

async fn reject(
    shared: Shared<Arc<State>>,
    caller: Caller,
    address: ManagerAddress,
    Path(hash): Path<String>,
    request: Request,
) -> Result<StatusCode, Refusal> {
    receive(
        shared,
        caller,
        address,
        Some(hash),
        SignatureType::Reject,
        request,
    )
    .await
}

async fn revoke(
    shared: Shared<Arc<State>>,
    caller: Caller,
    address: ManagerAddress,
    Path(hash): Path<String>,
    request: Request,
) -> Result<StatusCode, Refusal> {
    receive(
        shared,
        caller,
        address,
        Some(hash),
        SignatureType::Revoke,
        request,
    )
    .await
}

async fn receive(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    ManagerAddress(address): ManagerAddress,
    path_hash: Option<String>,
    signature_type: SignatureType,
    request: Request,
) -> Result<StatusCode, Refusal> {
    if !body::has_type(request.headers(), JSON) {
        return Err(Refusal::MediaType(JSON));
    }
    let admitted = state.admission.enter(caller.id()).await?;
    let settings = &state.settings;
    let body = body::read(
        request.into_body(),
        settings.contract_bytes_max,
        settings.call_timeout,
    )
    .await?;
    // Carried through even if the caller hangs up, so that what follows from a signature follows.
    let work = tokio::spawn(async move {
        let _admitted = admitted;
        state
            .receive(
                &caller,
                &address,
                path_hash.as_deref(),
                signature_type,
                body,
            )
            .await
    });
    work.await.map_err(|_| Refusal::Internal)??;
    Ok(StatusCode::CREATED)
}

/// Counts every verdict, and adds the headers that every answer has.
async fn count(Shared(state): Shared<Arc<State>>, request: Request<Body>, next: Next) -> Response {
    let endpoint = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("unknown", |path| label(path.as_str()));
    let started = std::time::Instant::now();
    let mut response = next.run(request).await;
    let metrics = state.metrics.service(Role::Manager, endpoint);
    match response.extensions().get::<Verdict>() {
        Some(Verdict(reason)) => metrics.refused(reason),
        None => metrics.allowed(),
    }
    metrics.passage_took(Duration::max(started.elapsed(), Duration::ZERO));
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// The reason of a refusal, left in the response for the metric.
#[derive(Debug, Clone, Copy)]
pub(super) struct Verdict(pub(super) &'static str);

/// The label of a path, from a closed set.
fn label(path: &str) -> &'static str {
    match path {
        "/v1/announce" => "announce",
        "/v1/contracts" => "contracts",
        "/v1/contracts/{hash}/accept" => "accept",
        "/v1/contracts/{hash}/reject" => "reject",
        "/v1/contracts/{hash}/revoke" => "revoke",
        "/v1/token" => "token",
        "/v1/peer" => "peer",
        "/v1/peers" => "peers",
        "/v1/services" => "services",
        "/v1/.well-known/jwks.json" => "jwks",
        "/v1/logs" => "logs",
        _ => "unknown",
    }
}

/// An answer as JSON.
pub(super) fn json(value: &impl serde::Serialize) -> Response {
    axum::Json(value).into_response()
}
