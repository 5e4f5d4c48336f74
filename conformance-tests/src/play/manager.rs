//! The manager of an organisation that the suite plays.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::Arrivals;
use crate::clock;
use crate::protocol::Certificate;
use crate::wire::{Address, Arrived, Credential, Handler, Reply};

/// How long a token of the suite is valid, in seconds.
const TOKEN_SECONDS: i64 = 300;

/// A manager: it publishes its keys, takes in contracts and signatures, and issues tokens as planned.
#[derive(Debug)]
pub(crate) struct ManagerPlay {
    credentials: Vec<Arc<Credential>>,
    /// Every request that the target made.
    pub(crate) arrivals: Arrivals,
    plans: Mutex<HashMap<String, TokenPlan>>,
    /// Signatures that are still to be missed.
    missing: AtomicUsize,
    /// Whether lists lead to themselves.
    endless: AtomicBool,
}

/// A contract or signature that the target brought.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    /// `accept`, `reject` or `revoke`; `submit` for a whole contract.
    pub(crate) kind: String,
    /// The hash in the path of a signature.
    pub(crate) path_hash: Option<String>,
    /// The content that came along.
    pub(crate) content: Value,
    /// The JWS.
    pub(crate) signature: String,
}

/// The token to issue for a grant.
#[derive(Debug, Clone)]
pub(crate) struct TokenPlan {
    /// The group.
    pub(crate) group_id: String,
    /// The outway's peer, who must ask.
    pub(crate) outway_peer: String,
    /// The service.
    pub(crate) service: String,
    /// Where the inway is.
    pub(crate) inway: Address,
    /// On whose behalf the outway connects.
    pub(crate) delegator: Option<String>,
    /// On whose behalf the service is offered.
    pub(crate) publication_delegator: Option<String>,
    /// The grant's properties.
    pub(crate) properties: Map<String, Value>,
}

impl ManagerPlay {
    pub(crate) fn new(credentials: Vec<Arc<Credential>>) -> Arc<Self> {
        Arc::new(Self {
            credentials,
            arrivals: Arrivals::new(),
            plans: Mutex::new(HashMap::new()),
            missing: AtomicUsize::new(0),
            endless: AtomicBool::new(false),
        })
    }

    /// From now on, issues tokens for this grant.
    pub(crate) fn plan(&self, grant_hash: &str, plan: TokenPlan) {
        self.plans().insert(grant_hash.to_owned(), plan);
    }

    /// From now on, issues no tokens for this grant.
    pub(crate) fn forget(&self, grant_hash: &str) {
        self.plans().remove(grant_hash);
    }

    /// The tokens that are issued for this grant.
    pub(crate) fn planned(&self, grant_hash: &str) -> Option<TokenPlan> {
        self.plans().get(grant_hash).cloned()
    }

    /// The certificates that tokens of this manager are signed with.
    pub(crate) fn certificates(&self) -> Vec<Certificate> {
        let certificate = |credential: &Arc<Credential>| credential.certificate.clone();
        self.credentials.iter().map(certificate).collect()
    }

    /// Waits for a contract or signature that the target brings; what came before counts too.
    pub(crate) async fn received(
        &self,
        wanted: impl Fn(&Received) -> bool,
        wait: Duration,
    ) -> Option<Received> {
        let search = async {
            let mut place = 0;
            loop {
                let arrived = self.arrivals.after(place, wait).await?;
                place += 1;
                if let Some(received) = Received::read(&arrived).filter(|received| wanted(received))
                {
                    return Some(received);
                }
            }
        };
        tokio::time::timeout(wait, search).await.ok().flatten()
    }

    /// Waits until the target has brought something so many times.
    pub(crate) async fn received_times(
        &self,
        times: usize,
        wanted: impl Fn(&Received) -> bool,
        wait: Duration,
    ) -> bool {
        let seen = AtomicUsize::new(0);
        let counted = |received: &Received| {
            wanted(received) && seen.fetch_add(1, Ordering::Relaxed) + 1 == times
        };
        self.received(counted, wait).await.is_some()
    }

    /// From now on, lists have pages that lead to themselves; or they end.
    pub(crate) fn list_without_end(&self, is_endless: bool) {
        self.endless.store(is_endless, Ordering::Relaxed);
    }

    /// The next signatures, so many of them, are answered as if the manager was not there.
    pub(crate) fn miss_signatures(&self, count: usize) {
        self.missing.store(count, Ordering::Relaxed);
    }

    fn plans(&self) -> MutexGuard<'_, HashMap<String, TokenPlan>> {
        self.plans.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reply(&self, arrived: &Arrived) -> Reply {
        let page = |name: &str| {
            let (entries, next) = match self.endless.load(Ordering::Relaxed) {
                true => (self.last_contract(), "again"),
                false => (json!([]), ""),
            };
            let page = json!({ name: entries, "pagination": { "next_cursor": next } });
            Reply::json(StatusCode::OK, &page)
        };
        match (&arrived.method, arrived.path()) {
            (&Method::GET, "/v1/.well-known/jwks.json") => {
                let keys: Vec<Value> = self
                    .certificates()
                    .iter()
                    .map(Certificate::to_jwk)
                    .collect();
                Reply::json(StatusCode::OK, &json!({ "keys": keys }))
            }
            (&Method::GET, "/v1/peer") => self.peer(),
            (&Method::GET, "/v1/peers") => page("peers"),
            (&Method::GET, "/v1/services") => page("services"),
            (&Method::GET, "/v1/contracts") => page("contracts"),
            (&Method::GET, "/v1/logs") => page("records"),
            (&Method::PUT, "/v1/announce") => Reply::status(StatusCode::OK),
            (&Method::POST, "/v1/token") => self.token(arrived),
            _ if Received::read(arrived).is_some() => {
                let one_less = |count: usize| count.checked_sub(1);
                let missing =
                    self.missing
                        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less);
                Reply::status(match missing {
                    Ok(_) => StatusCode::SERVICE_UNAVAILABLE,
                    Err(_) => StatusCode::CREATED,
                })
            }
            _ => Reply::status(StatusCode::NOT_FOUND),
        }
    }

    /// A list with the contract that the target told us of last.
    fn last_contract(&self) -> Value {
        let arrived = self.arrivals.since(0);
        let last = arrived.iter().rev().find_map(Received::read);
        let signatures = json!({ "accept": {}, "reject": {}, "revoke": {} });
        let entries = last.map(|last| json!({ "content": last.content, "signatures": signatures }));
        Value::Array(entries.into_iter().collect())
    }

    fn peer(&self) -> Reply {
        let peer = self.credentials.first().map(|main| main.identity.peer());
        let peer = json!({
            "peer_id": peer.map(|peer| peer.id.as_str()),
            "peer_name": peer.map(|peer| peer.name.as_ref()),
            "fsc_version": "2.0.0",
            "enabled_extensions": { "EXTENSION_TRANSACTION_LOGGING": "1.1.0" },
        });
        Reply::json(StatusCode::OK, &peer)
    }

    /// Issues a token as FSC Core 2.0.0, Manager, Tokens describes it, for planned grants only.
    fn token(&self, arrived: &Arrived) -> Reply {
        let refuse = |error: &str| Reply::json(StatusCode::BAD_REQUEST, &json!({ "error": error }));
        let form: HashMap<String, String> =
            form_urlencoded::parse(&arrived.body).into_owned().collect();
        let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        if field("grant_type") != "client_credentials" {
            return refuse("unsupported_grant_type");
        }
        let Some(plan) = self.plans().get(field("scope")).cloned() else {
            return refuse("invalid_scope");
        };
        let caller = arrived.certificate.clone().unwrap_or_default();
        let peer = sluis_certs::Peer::from_certificate(&caller);
        let is_caller = peer.is_ok_and(|peer| peer.id.as_str() == plan.outway_peer);
        if field("client_id") != plan.outway_peer || !is_caller {
            return refuse("invalid_client");
        }
        let (Ok(certificate), Some(signer)) = (
            Certificate::from_chain(vec![caller]),
            self.credentials.first(),
        ) else {
            return refuse("invalid_client");
        };
        let claims = plan.claims(field("scope"), signer.peer_id(), &certificate);
        match signer.sign(&claims) {
            Ok(token) => {
                let body = json!({ "access_token": token, "token_type": "bearer" });
                Reply::json(StatusCode::OK, &body)
            }
            Err(_) => Reply::status(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }
}

impl TokenPlan {
    /// The claims of a token, as the text of FSC Core has them.
    pub(crate) fn claims(&self, grant_hash: &str, issuer: &str, client: &Certificate) -> Value {
        let now = clock::unix_seconds();
        let mut claims = json!({
            "gth": grant_hash,
            "gid": self.group_id,
            "sub": self.outway_peer,
            "iss": issuer,
            "svc": self.service,
            "aud": self.inway.to_string(),
            "nbf": now - 1,
            "exp": now + TOKEN_SECONDS,
            "cnf": { "x5t#S256": client.thumbprint() },
            "add": {},
        });
        let mut add = |name: &str, value: Option<Value>| {
            if let (Some(members), Some(value)) = (claims.as_object_mut(), value) {
                members.insert(name.to_owned(), value);
            }
        };
        // The text of FSC Core: `act.sub` is the delegator of the grant.
        add(
            "act",
            self.delegator.as_ref().map(|id| json!({ "sub": id })),
        );
        add(
            "pdi",
            self.publication_delegator.as_ref().map(|id| json!(id)),
        );
        let properties = Value::Object(self.properties.clone());
        add("prp", (!self.properties.is_empty()).then_some(properties));
        claims
    }
}

impl Received {
    /// The contract or signature that a request brings.
    pub(crate) fn read(arrived: &Arrived) -> Option<Self> {
        let (kind, path_hash) = match (&arrived.method, arrived.path()) {
            (&Method::POST, "/v1/contracts") => ("submit", None),
            (&Method::PUT, path) => {
                let rest = path.strip_prefix("/v1/contracts/")?;
                let (hash, kind) = rest.split_once('/')?;
                let known = matches!(kind, "accept" | "reject" | "revoke");
                // A `$` may come escaped.
                known.then_some((kind, Some(hash.replace("%24", "$"))))?
            }
            _ => return None,
        };
        let body: Value = serde_json::from_slice(&arrived.body).ok()?;
        Some(Self {
            kind: kind.to_owned(),
            path_hash,
            content: body.get("content")?.clone(),
            signature: body.get("signature")?.as_str()?.to_owned(),
        })
    }
}

impl Handler for ManagerPlay {
    fn answer(self: Arc<Self>, arrived: Arrived) -> Pin<Box<dyn Future<Output = Reply> + Send>> {
        Box::pin(async move {
            let reply = self.reply(&arrived);
            self.arrivals.note(arrived);
            reply
        })
    }
}
