//! A case system with the interface of the ZGW Zaken API 1.5.1, as far as reading goes: cases, the
//! search `_zoek`, roles, statuses and results.
//!
//! References are absolute URLs under a base that the caller chooses, single resources carry an
//! `ETag`, and the case operations insist on a coordinate reference system, as the standard has it.
//! What the standard leaves to a client's good sense is refused here: a burgerservicenummer in a
//! query string. A client that looks for the cases of a person uses `POST /zaken/_zoek`.

mod collection;
mod filter;
mod problem;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use serde_json::Value;
use tokio::net::TcpListener;

use super::Source;
use crate::demo::cases::{Cases, Documents};
use collection::Collection;
use filter::{Criterion, Filter};
use problem::Problem;

/// Path under which the resources are.
pub const BASE_PATH: &str = "/zaken/api/v1";

/// Version of the interface that the source speaks, as it says in the header `API-version`.
pub const API_VERSION: &str = "1.5.1";

/// The one coordinate reference system of the standard.
const CRS: &str = "EPSG:4326";

type Pairs = Vec<(String, String)>;

/// The running case system.
#[derive(Debug)]
pub struct ZakenSource {
    source: Source,
    system: Arc<CaseSystem>,
}

#[derive(Debug)]
struct CaseSystem {
    documents: Documents,
    base_url: String,
}

impl ZakenSource {
    /// Serves `cases` on `listener`.
    ///
    /// The URLs in its answers begin with `public_url` (scheme and authority, no slash at the end)
    /// and [`BASE_PATH`]; without one they begin with the address of the listener.
    ///
    /// # Errors
    /// The listener does not know its own address.
    pub fn start(
        listener: TcpListener,
        cases: &Cases,
        public_url: Option<&str>,
    ) -> std::io::Result<Self> {
        let authority = match public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("http://{}", listener.local_addr()?),
        };
        let base_url = format!("{authority}{BASE_PATH}");
        let system = Arc::new(CaseSystem {
            documents: cases.documents(&base_url),
            base_url,
        });
        let source = Source::start(listener, routes(Arc::clone(&system)))?;
        Ok(Self { source, system })
    }

    /// Its address, its count of requests and its last exchange.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Everything the source holds: all cases, roles, statuses and results.
    #[must_use]
    pub fn holds(&self) -> &Documents {
        &self.system.documents
    }

    /// Stops the source; requests under way are finished.
    pub async fn stop(self) {
        self.source.stop().await;
    }
}

fn routes(system: Arc<CaseSystem>) -> Router {
    let resources = Router::new()
        .route("/zaken", get(list_cases).fallback(not_allowed))
        .route("/zaken/_zoek", post(search_cases).fallback(not_allowed))
        .route("/zaken/{uuid}", get(one_case).fallback(not_allowed))
        .route("/{collection}", get(list).fallback(not_allowed))
        .route("/{collection}/{uuid}", get(one).fallback(not_allowed));
    Router::new()
        .nest(BASE_PATH, resources)
        .fallback(not_found)
        .with_state(system)
}

async fn list_cases(
    State(system): State<Arc<CaseSystem>>,
    headers: HeaderMap,
    uri: Uri,
    Query(pairs): Query<Pairs>,
) -> Response {
    let answer = check_crs(&headers, false)
        .and_then(|()| system.list(Collection::Zaken, criteria(pairs), "/zaken"));
    respond(answer.map(Answer::Page), &uri, true)
}

async fn search_cases(
    State(system): State<Arc<CaseSystem>>,
    headers: HeaderMap,
    uri: Uri,
    Query(pairs): Query<Pairs>,
    body: Bytes,
) -> Response {
    let answer = check_crs(&headers, true)
        .and_then(|()| check_json(&headers))
        .and_then(|()| system.search(pairs, &body));
    respond(answer.map(Answer::Page), &uri, true)
}

async fn one_case(
    State(system): State<Arc<CaseSystem>>,
    headers: HeaderMap,
    uri: Uri,
    Path(uuid): Path<String>,
) -> Response {
    let answer =
        check_crs(&headers, false).and_then(|()| system.one(Collection::Zaken, &uuid, &headers));
    respond(answer, &uri, true)
}

async fn list(
    State(system): State<Arc<CaseSystem>>,
    uri: Uri,
    Path(name): Path<String>,
    Query(pairs): Query<Pairs>,
) -> Response {
    let answer = Collection::named(&name)
        .ok_or_else(Problem::not_found)
        .and_then(|collection| system.list(collection, criteria(pairs), &format!("/{name}")));
    respond(answer.map(Answer::Page), &uri, false)
}

async fn one(
    State(system): State<Arc<CaseSystem>>,
    headers: HeaderMap,
    uri: Uri,
    Path((name, uuid)): Path<(String, String)>,
) -> Response {
    let answer = Collection::named(&name)
        .ok_or_else(Problem::not_found)
        .and_then(|collection| system.one(collection, &uuid, &headers));
    respond(answer, &uri, false)
}

async fn not_allowed(uri: Uri) -> Response {
    respond(Err(Problem::method_not_allowed()), &uri, false)
}

async fn not_found(uri: Uri) -> Response {
    respond(Err(Problem::not_found()), &uri, false)
}

impl CaseSystem {
    fn list(
        &self,
        collection: Collection,
        criteria: Vec<Criterion>,
        path: &str,
    ) -> Result<Value, Problem> {
        let filter = Filter::read(collection, criteria, false)?;
        self.page(collection, &filter, path)
    }

    fn search(&self, pairs: Pairs, body: &[u8]) -> Result<Value, Problem> {
        let body: Value = serde_json::from_slice(body).map_err(|_| Problem::not_json())?;
        let members = body.as_object().ok_or_else(Problem::not_json)?;
        let mut asked = criteria(pairs);
        asked.retain(|criterion| criterion.name == "page");
        asked.extend(members.iter().map(|(name, value)| Criterion {
            name: name.clone(),
            value: value.clone(),
        }));
        let filter = Filter::read(Collection::Zaken, asked, true)?;
        self.page(Collection::Zaken, &filter, "/zaken/_zoek")
    }

    fn page(&self, collection: Collection, filter: &Filter, path: &str) -> Result<Value, Problem> {
        let found = filter.apply(collection.of(&self.documents), &self.documents);
        collection::page(&found, filter, &format!("{}{path}", self.base_url))
    }

    fn one(
        &self,
        collection: Collection,
        uuid: &str,
        headers: &HeaderMap,
    ) -> Result<Answer, Problem> {
        let document = collection
            .of(&self.documents)
            .iter()
            .find(|document| document.get("uuid").is_some_and(|known| known == uuid))
            .ok_or_else(Problem::not_found)?;
        let tag = collection::entity_tag(document);
        let unchanged = headers
            .get_all(IF_NONE_MATCH)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(|value| value.trim().trim_start_matches("W/"))
            .any(|value| value == "*" || value == tag);
        Ok(if unchanged {
            Answer::Unchanged(tag)
        } else {
            Answer::One(tag, document.clone())
        })
    }
}

enum Answer {
    Page(Value),
    One(String, Value),
    Unchanged(String),
}

fn criteria(pairs: Pairs) -> Vec<Criterion> {
    pairs
        .into_iter()
        .map(|(name, value)| Criterion {
            name,
            value: Value::String(value),
        })
        .collect()
}

/// The rules for coordinates: the caller says in which system it wants an answer, and in which
/// system its own body is. Absent is 412, another system 406 for the answer and 415 for the body.
fn check_crs(headers: &HeaderMap, has_body: bool) -> Result<(), Problem> {
    match headers.get("accept-crs") {
        None => return Err(Problem::crs_missing("Accept-Crs")),
        Some(value) if value != CRS => return Err(Problem::crs_not_acceptable()),
        Some(_) => {}
    }
    match headers.get("content-crs") {
        None if has_body => Err(Problem::crs_missing("Content-Crs")),
        Some(value) if value != CRS => Err(Problem::crs_unsupported()),
        _ => Ok(()),
    }
}

fn check_json(headers: &HeaderMap) -> Result<(), Problem> {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(str::trim);
    match kind {
        Some(kind) if kind.eq_ignore_ascii_case("application/json") => Ok(()),
        _ => Err(Problem::unsupported_media_type()),
    }
}

fn respond(answer: Result<Answer, Problem>, uri: &Uri, with_crs: bool) -> Response {
    let (status, kind, body, tag) = match answer {
        Ok(Answer::Page(page)) => (StatusCode::OK, "application/json", page.to_string(), None),
        Ok(Answer::One(tag, document)) => (
            StatusCode::OK,
            "application/json",
            document.to_string(),
            Some(tag),
        ),
        Ok(Answer::Unchanged(tag)) => (
            StatusCode::NOT_MODIFIED,
            "application/json",
            String::new(),
            Some(tag),
        ),
        Err(problem) => {
            let body = problem.body(uri.path()).to_string();
            (problem.status(), "application/problem+json", body, None)
        }
    };
    let with_crs = with_crs && status == StatusCode::OK;
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert("api-version", HeaderValue::from_static(API_VERSION));
    if with_crs {
        headers.insert("content-crs", HeaderValue::from_static(CRS));
    }
    if let Some(tag) = tag.and_then(|tag| HeaderValue::try_from(tag).ok()) {
        headers.insert(ETAG, tag);
    }
    response
}

#[cfg(test)]
mod tests;
