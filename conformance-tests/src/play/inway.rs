//! The inway of the provider that the suite plays, with a source behind it.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::{Arrivals, ManagerPlay, SourcePlay};
use crate::clock;
use crate::protocol::{Certificate, Jws};
use crate::wire::{Arrived, Handler, Reply};

/// An inway that checks what FSC Core asks of one, and remembers what it made of each request.
#[derive(Debug)]
pub(crate) struct InwayPlay {
    manager: Arc<ManagerPlay>,
    group_id: String,
    service: String,
    /// Requests that passed the checks, as the source saw them.
    pub(crate) arrivals: Arrivals,
    refused: Mutex<Vec<String>>,
}

impl InwayPlay {
    /// An inway that accepts tokens of this manager.
    pub(crate) fn new(manager: Arc<ManagerPlay>, group_id: &str, service: &str) -> Arc<Self> {
        Arc::new(Self {
            manager,
            group_id: group_id.to_owned(),
            service: service.to_owned(),
            arrivals: Arrivals::new(),
            refused: Mutex::new(Vec::new()),
        })
    }

    /// Why requests were refused, oldest first.
    pub(crate) fn refusals(&self) -> Vec<String> {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.clone()
    }

    /// Says why a request is not let in, in the order of FSC Core 2.0.0, Inway, Authorization.
    fn check(&self, arrived: &Arrived) -> Result<(), (&'static str, u16, String)> {
        let invalid = |why: String| ("ERROR_CODE_ACCESS_TOKEN_INVALID", 401, why);
        let header = arrived.header("fsc-authorization").ok_or((
            "ERROR_CODE_ACCESS_TOKEN_MISSING",
            401,
            "no Fsc-Authorization".to_owned(),
        ))?;
        let token = header.strip_prefix("Bearer ").unwrap_or(header);
        let token = Jws::parse(token).map_err(|problem| invalid(problem.to_string()))?;
        token
            .verify(&self.manager.certificates())
            .map_err(|problem| invalid(problem.to_string()))?;
        let chain = arrived.certificate.iter().cloned().collect();
        let client =
            Certificate::from_chain(chain).map_err(|problem| invalid(problem.to_string()))?;
        let bound = token
            .payload
            .get("cnf")
            .and_then(|cnf| cnf.get("x5t#S256"))
            .and_then(Value::as_str);
        if bound != Some(client.thumbprint().as_str()) {
            return Err(invalid(
                "the token is bound to another certificate".to_owned(),
            ));
        }
        if token.text("gid") != Some(&self.group_id) {
            let why = "the token is of another group".to_owned();
            return Err(("ERROR_CODE_WRONG_GROUP_ID_IN_TOKEN", 403, why));
        }
        if token.text("svc") != Some(&self.service) {
            let why = "the token is for another service".to_owned();
            return Err(("ERROR_CODE_SERVICE_NOT_FOUND", 404, why));
        }
        let expires = token.payload.get("exp").and_then(Value::as_i64);
        if expires.unwrap_or(0) < clock::unix_seconds() {
            let why = "the token has expired".to_owned();
            return Err(("ERROR_CODE_ACCESS_TOKEN_EXPIRED", 401, why));
        }
        if arrived.header("fsc-transaction-id").is_none() {
            let why = "no Fsc-Transaction-Id".to_owned();
            return Err(("MISSING_LOG_RECORD_ID", 400, why));
        }
        Ok(())
    }
}

impl Handler for InwayPlay {
    fn answer(self: Arc<Self>, arrived: Arrived) -> Pin<Box<dyn Future<Output = Reply> + Send>> {
        Box::pin(async move {
            if let Err((code, status, why)) = self.check(&arrived) {
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN);
                let body = json!({ "message": why, "domain": "ERROR_DOMAIN_INWAY", "code": code });
                let mut reply = Reply::json(status, &body);
                let name = HeaderName::from_static("fsc-error-code");
                reply.headers.insert(name, HeaderValue::from_static(code));
                let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
                refused.push(why);
                return reply;
            }
            let chosen = self.arrivals.pass(arrived).await;
            chosen.unwrap_or_else(|| {
                let body = json!({ SourcePlay::SIGN: "the conformance suite" });
                Reply::json(StatusCode::OK, &body)
            })
        })
    }
}
