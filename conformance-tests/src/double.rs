//! A gateway that the suite is tried out on: right in everything that the cases look at, and wrong in one thing when a test
//! says so ([`Fault`]).
//!
//! It is small and keeps everything in memory, but it talks as a real one does: over mutual TLS, with contracts, tokens and
//! records of its own. Hashes, signatures and connections are those of the suite, so a test of the suite against this double says
//! nothing about those; it says that a case fails when, and only when, a gateway does what it should not.

mod contracts;
mod door;
mod fault;
mod inway;
mod manager;
mod outway;
mod purpose;
mod setup;
mod signatures;
mod tap;
mod tests;
mod token;
mod unambiguous;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};

pub(crate) use fault::{Fault, MUTANTS};
pub(crate) use setup::Theatre;

use crate::protocol::Certificate;
use crate::wire::{Address, Answer, Arrived, CallError, Client, Credential, Question, Reply};
use contracts::Stored;
use door::{Judge, believe};

/// Manager, inway and outway of one organisation.
pub(crate) struct Gateway {
    fault: Option<Fault>,
    group_id: String,
    service: String,
    credential: Arc<Credential>,
    judge: Arc<Judge>,
    wait: Duration,
    /// Held by whoever is served, where only one is at a time.
    turn: tokio::sync::Mutex<()>,
    manager_address: Address,
    inway_address: Address,
    source: OnceLock<Address>,
    token_seconds: i64,
    /// Where the commands of the target file leave their wishes.
    hooks: PathBuf,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    peers: BTreeMap<String, Known>,
    certificates: HashMap<String, Vec<Certificate>>,
    contracts: Vec<Stored>,
    records: Vec<Value>,
}

/// A peer that announced itself.
#[derive(Debug, Clone)]
struct Known {
    name: String,
    manager_address: String,
}

/// Who called.
struct Caller {
    id: String,
    name: String,
    certificate: Certificate,
}

/// An error of FSC.
#[derive(Debug)]
struct Refusal {
    status: u16,
    code: &'static str,
    why: String,
}

impl Refusal {
    fn new(status: u16, code: &'static str, why: impl Into<String>) -> Self {
        Self {
            status,
            code,
            why: why.into(),
        }
    }

    fn reply(&self, domain: &str) -> Reply {
        let status = StatusCode::from_u16(self.status).unwrap();
        let body = json!({ "message": self.why, "domain": domain, "code": self.code });
        let mut reply = Reply::json(status, &body);
        let name = HeaderName::from_static("fsc-error-code");
        reply
            .headers
            .insert(name, HeaderValue::from_static(self.code));
        reply
    }
}

impl Gateway {
    fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    fn peer_id(&self) -> &str {
        self.credential.peer_id()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls another peer, or the source.
    async fn call(
        &self,
        address: &Address,
        peer_id: &str,
        question: Question,
    ) -> Result<Answer, CallError> {
        let credential = Arc::clone(&self.credential);
        let client = Client::new(credential, self.judge.trust(), self.wait);
        let answer = client.ask(address, peer_id, question.clone()).await;
        let overlooked = match self.fault {
            Some(Fault::OutwayTakesAnyName) => "wrong-name",
            Some(Fault::OutwayTakesExpiredInways) => "expired",
            Some(Fault::OutwayTakesInwaysThatAreClients) => "wrong-usage",
            Some(Fault::OutwayTakesRevokedInways) => "revoked",
            Some(Fault::OutwayTakesAnyPki) => "untrusted",
            Some(Fault::AsksWhoeverIsThere) => "unexpected-peer",
            _ => return answer,
        };
        match answer {
            Err(CallError::Tls(reason)) if reason.starts_with(overlooked) => {
                client
                    .changed(believe)
                    .ask(address, peer_id, question)
                    .await
            }
            answer => answer,
        }
    }

    /// Writes a record of the transaction log, unless it is broken.
    fn write(&self, record: Value) -> Result<(), Refusal> {
        if self.hooks.join("broken").exists() {
            let why = "the transaction log cannot be written";
            return Err(Refusal::new(500, "TRANSACTION_LOG_WRITE_ERROR", why));
        }
        self.state().records.push(record);
        Ok(())
    }
}

impl Caller {
    fn of(arrived: &Arrived) -> Option<Self> {
        let der = arrived.certificate.clone()?;
        let peer = sluis_certs::Peer::from_certificate(&der);
        let (id, name) = match peer {
            Ok(peer) => (peer.id.to_string(), peer.name.to_string()),
            // Whom the TLS let in is somebody, even if it is nobody.
            Err(_) => Default::default(),
        };
        Some(Self {
            id,
            name,
            certificate: Certificate::from_chain(vec![der]).ok()?,
        })
    }
}

/// The pairs of a query or of a form.
fn pairs(text: &str) -> HashMap<String, String> {
    form_urlencoded::parse(text.as_bytes())
        .into_owned()
        .collect()
}
