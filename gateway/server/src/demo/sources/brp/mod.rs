//! A person register with the interface of Haal Centraal BRP Personen Bevragen 2.x:
//! `POST /haalcentraal/api/brp/personen`.
//!
//! It answers what `fields` asks for, and with it, as the standard prescribes, what is never asked
//! for: `geheimhoudingPersoonsgegevens`, `opschortingBijhouding`, `inOnderzoek`, `rni` and
//! `verificatie`. Told to be careless ([`BrpSource::answer_everything`]) it gives the whole record
//! whatever was asked, as some real sources do; then it is for the gateway to hold back the rest.

mod askable;
mod fields;
mod pattern;
mod problem;
mod query;
mod search;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Value, json};
use time::{Date, OffsetDateTime};
use tokio::net::TcpListener;

use super::Source;
use crate::clock::Clock;
use crate::demo::persons::Persons;
use problem::Problem;
use query::Query;

/// Path of the one operation.
pub const PERSONEN_PATH: &str = "/haalcentraal/api/brp/personen";

/// Version of the interface that the source speaks, as it says in the header `api-version`.
pub const API_VERSION: &str = "2.7.0";

/// The running person register.
#[derive(Debug)]
pub struct BrpSource {
    source: Source,
    register: Arc<Register>,
}

#[derive(Debug)]
struct Register {
    persons: Arc<Persons>,
    clock: Clock,
    careless: AtomicBool,
}

impl BrpSource {
    /// Serves `persons` on `listener`; ages are those of the day on `clock` (UTC).
    ///
    /// # Errors
    /// The listener does not know its own address.
    pub fn start(
        listener: TcpListener,
        persons: Arc<Persons>,
        clock: Clock,
    ) -> std::io::Result<Self> {
        let register = Arc::new(Register {
            persons,
            clock,
            careless: AtomicBool::new(false),
        });
        let router = Router::new()
            .route(PERSONEN_PATH, post(personen).fallback(not_allowed))
            .fallback(not_found)
            .with_state(Arc::clone(&register));
        let source = Source::start(listener, router)?;
        Ok(Self { source, register })
    }

    /// Its address, its count of requests and its last exchange.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Makes the source careless, or careful again: a careless source answers with the whole record
    /// of each person it finds, whatever `fields` asked for.
    pub fn answer_everything(&self, everything: bool) {
        self.register.careless.store(everything, Ordering::Release);
    }

    /// Everything the source holds about one person, by burgerservicenummer.
    #[must_use]
    pub fn holds(&self, bsn: &str) -> Option<Value> {
        let register = &self.register;
        let person = register.persons.get(bsn)?;
        Some(register.persons.record(person, register.today()))
    }

    /// Stops the source; requests under way are finished.
    pub async fn stop(self) {
        self.source.stop().await;
    }
}

impl Register {
    fn today(&self) -> Date {
        OffsetDateTime::from_unix_timestamp(self.clock.unix_seconds())
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
            .date()
    }

    fn answer(&self, query: &Query) -> Value {
        let today = self.today();
        let everything = self.careless.load(Ordering::Acquire);
        let found: Vec<Value> = search::find(&self.persons, query)
            .into_iter()
            .map(|person| self.persons.record(person, today))
            .map(|record| {
                if everything {
                    record
                } else {
                    query.fields.of(&record)
                }
            })
            .collect();
        json!({"type": query.kind.name(), "personen": found})
    }
}

async fn personen(
    State(register): State<Arc<Register>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match answer(&register, &headers, &body) {
        Ok(answer) => versioned(StatusCode::OK, "application/json; charset=utf-8", &answer),
        Err(problem) => refused(&problem),
    }
}

fn answer(register: &Register, headers: &HeaderMap, body: &[u8]) -> Result<Value, Problem> {
    if !accepts_json(headers) {
        return Err(Problem::not_acceptable());
    }
    if !is_json(headers) {
        return Err(Problem::unsupported_media_type());
    }
    let body: Value = serde_json::from_slice(body).map_err(|_| Problem::not_json())?;
    Query::read(&body)
        .map(|query| register.answer(&query))
        .map_err(|invalid| Problem::invalid(&invalid))
}

/// Whether the caller takes `application/json`; a caller that says nothing takes all.
fn accepts_json(headers: &HeaderMap) -> bool {
    let mut ranges = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(media_type)
        .peekable();
    ranges.peek().is_none()
        || ranges
            .any(|range| matches!(range.as_str(), "*/*" | "application/*" | "application/json"))
}

/// Whether the body is JSON, in UTF-8 where a charset is named.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    let charset = value
        .split(';')
        .skip(1)
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
        .map(|(_, charset)| charset.trim().trim_matches('"'));
    media_type(value) == "application/json"
        && charset.is_none_or(|charset| charset.eq_ignore_ascii_case("utf-8"))
}

fn media_type(value: &str) -> String {
    let (kind, _) = value.split_once(';').unwrap_or((value, ""));
    kind.trim().to_ascii_lowercase()
}

async fn not_allowed() -> Response {
    refused(&Problem::method_not_allowed())
}

async fn not_found() -> Response {
    refused(&Problem::not_found())
}

fn refused(problem: &Problem) -> Response {
    versioned(problem.status(), "application/problem+json", problem.body())
}

fn versioned(status: StatusCode, content_type: &'static str, body: &Value) -> Response {
    let mut response = (status, body.to_string()).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert("api-version", HeaderValue::from_static(API_VERSION));
    response
}

#[cfg(test)]
mod tests;
