//! The manager: contracts, lists, key set and log records for other peers.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::contracts::{Stored, text};
use super::unambiguous::Unambiguous;
use super::{Caller, Fault, Gateway, Known, Refusal, pairs};
use crate::play::Received;
use crate::wire::{Address, Arrived, Handler, Question, Reply};

/// Entries on a page when the caller asks for no number, and the most that it can ask for.
const PAGE: (usize, usize) = (25, 1000);

/// Pages after which even a double stops.
const PAGES_MAX: usize = 1_200;

/// Most bytes in a contract: ten grants with properties of 1 MB, and what is around them.
const BODY_BYTES_MAX: usize = 11_000_000;

/// The manager's listener.
pub(super) struct ManagerSide(pub(super) Arc<Gateway>);

impl Handler for ManagerSide {
    fn answer(self: Arc<Self>, arrived: Arrived) -> Pin<Box<dyn Future<Output = Reply> + Send>> {
        Box::pin(async move { self.0.manage(&arrived).await })
    }
}

impl Gateway {
    async fn manage(&self, arrived: &Arrived) -> Reply {
        let Some(caller) = Caller::of(arrived) else {
            // Whom the TLS let in without a certificate gets what is not for anybody in particular.
            return self.peers(&HashMap::new());
        };
        self.follow_restart().await;
        self.follow_hooks().await;
        let query = pairs(
            arrived
                .target
                .split_once('?')
                .map_or("", |(_, query)| query),
        );
        match (&arrived.method, arrived.path()) {
            (&Method::GET, "/v1/peer") => self.peer(),
            (&Method::PUT, "/v1/announce") => self.announced(caller, arrived),
            (&Method::GET, "/v1/peers") => self.peers(&query),
            (&Method::GET, "/v1/services") => self.services(&caller, &query),
            (&Method::GET, "/v1/contracts") => self.contracts(&caller, &query),
            (&Method::GET, "/v1/logs") => self.logs(&caller, &query),
            (&Method::GET, "/v1/.well-known/jwks.json") => self.key_set(),
            (&Method::POST, "/v1/token") => self.token(&caller, arrived),
            _ if arrived.body.len() > BODY_BYTES_MAX
                && !self.has(Fault::TakesContractsOfAnySize) =>
            {
                let code = "ERROR_CODE_BODY_TOO_LARGE";
                self.refuse(&Refusal::new(413, code, "the body is too large"))
            }
            _ => match Received::read(arrived).filter(|_| self.is_unambiguous(arrived)) {
                Some(received) => match self.take_in(&caller, received).await {
                    Ok(()) => Reply::status(StatusCode::CREATED),
                    Err(refusal) => self.refuse(&refusal),
                },
                None if self.has(Fault::FailsOnMalformedBodies) => {
                    Reply::status(StatusCode::INTERNAL_SERVER_ERROR)
                }
                None => {
                    let code = "ERROR_CODE_INVALID_CONTENT";
                    self.refuse(&Refusal::new(400, code, "this is no request of FSC"))
                }
            },
        }
    }

    /// After a restart, asks the others for their contracts.
    async fn follow_restart(&self) {
        if std::fs::remove_file(self.hooks.join("restart")).is_err() {
            return;
        }
        if self.has(Fault::ForgetsAtRestart) {
            self.state().contracts.clear();
        }
        let peers: Vec<_> = self.state().peers.clone().into_iter().collect();
        for (id, peer) in peers {
            let Ok(address) = Address::parse(&peer.manager_address, "x") else {
                continue;
            };
            let mut cursor = String::new();
            for _ in 0..PAGES_MAX {
                let question = Question::get(format!("/v1/contracts?cursor={cursor}"));
                let Ok(answer) = self.call(&address, &id, question).await else {
                    break;
                };
                let page = answer.json();
                let next = text(&page, "/pagination/next_cursor").to_owned();
                let is_loop = next == cursor && !self.has(Fault::FollowsEndlessPages);
                if next.is_empty() || is_loop {
                    break;
                }
                cursor = next;
            }
        }
    }

    fn refuse(&self, refusal: &Refusal) -> Reply {
        let domain = if self.has(Fault::ErrorsOfAnotherDomain) {
            "ERROR_DOMAIN_INWAY"
        } else {
            "ERROR_DOMAIN_MANAGER"
        };
        let mut reply = refusal.reply(domain);
        if self.has(Fault::ErrorsWithoutHeader) {
            reply.headers.remove("fsc-error-code");
        }
        if self.has(Fault::ErrorsWithStatus400) {
            reply.status = StatusCode::BAD_REQUEST;
        }
        reply
    }

    fn peer(&self) -> Reply {
        let version = if self.has(Fault::SaysVersion1) {
            "1.0.0"
        } else {
            "2.0.0"
        };
        let peer = self.credential.identity.peer();
        let body = json!({
            "peer_id": peer.id.as_str(),
            "peer_name": peer.name.as_ref(),
            "fsc_version": version,
            "enabled_extensions": { "EXTENSION_TRANSACTION_LOGGING": "1.1.0" },
        });
        Reply::json(StatusCode::OK, &body)
    }

    fn announced(&self, caller: Caller, arrived: &Arrived) -> Reply {
        let address = arrived.header("fsc-manager-address").unwrap_or_default();
        let is_usable = Address::parse(address, "x").is_ok_and(|address| address.is_tls());
        if !is_usable && !self.has(Fault::TakesAnyAddress) {
            let code = "ERROR_CODE_INVALID_CONTENT";
            return self.refuse(&Refusal::new(400, code, "no usable Fsc-Manager-Address"));
        }
        let known = Known {
            name: caller.name,
            manager_address: address.to_owned(),
        };
        self.state().peers.insert(caller.id, known);
        Reply::status(StatusCode::OK)
    }

    fn peers(&self, query: &HashMap<String, String>) -> Reply {
        let state = self.state();
        let entries = state
            .peers
            .iter()
            .filter(|_| !self.has(Fault::ListsNoPeers));
        let entries = entries.map(|(id, peer)| {
            json!({ "id": id, "name": peer.name, "manager_address": peer.manager_address })
        });
        self.page("peers", entries.collect(), query)
    }

    fn services(&self, caller: &Caller, query: &HashMap<String, String>) -> Reply {
        let of = query.get("peer_id");
        let state = self.state();
        let mut entries = Vec::new();
        for stored in &state.contracts {
            let is_in_force = self.is_valid(stored) || self.has(Fault::ListsUnacceptedPublications);
            for (_, data) in &stored.grants {
                let publisher = text(data, "/service/peer_id");
                let is_hidden = (self.has(Fault::ListsOnlyOwnServices) && publisher != caller.id)
                    || (self.has(Fault::HidesOwnServices) && publisher == caller.id);
                let is_asked = of.is_none_or(|id| id == publisher);
                if is_in_force
                    && is_asked
                    && !is_hidden
                    && text(data, "/directory/peer_id") == self.peer_id()
                {
                    let peers = &state.peers;
                    entries.push(json!({ "data": self.service(data, |id| peers.get(id)) }));
                }
            }
        }
        self.page("services", entries, query)
    }

    fn service<'k>(&self, data: &Value, known: impl Fn(&str) -> Option<&'k Known>) -> Value {
        let (id, delegator) = (
            text(data, "/service/peer_id"),
            text(data, "/delegator/peer_id"),
        );
        let name = |id: &str| known(id).map(|peer| peer.name.clone());
        let mut listed = json!({
            "type": "SERVICE_TYPE_SERVICE",
            "name": text(data, "/service/name"),
            "protocol": text(data, "/service/protocol"),
            "peer": {
                "id": id, "name": name(id), "manager_address": known(id).map(|peer| &peer.manager_address)
            },
        });
        if !delegator.is_empty() && !self.has(Fault::ListsNoDelegatorOfServices) {
            listed["type"] = json!("SERVICE_TYPE_DELEGATED_SERVICE");
            listed["delegator"] = json!({ "peer_id": delegator, "peer_name": name(delegator) });
        }
        if let Some(properties) = data
            .get("properties")
            .filter(|_| !self.has(Fault::ListsNoProperties))
        {
            listed["properties"] = properties.clone();
        }
        listed
    }

    fn contracts(&self, caller: &Caller, query: &HashMap<String, String>) -> Reply {
        let wanted = query.get("grant_hash");
        let is_theirs = |stored: &&Stored| {
            stored.parties().contains(&caller.id) || self.has(Fault::ShowsContractsOfOthers)
        };
        let is_wanted = |stored: &&Stored| {
            wanted.is_none_or(|hash| stored.grants.iter().any(|(known, _)| known == hash))
        };
        let state = self.state();
        let found = state.contracts.iter().filter(is_theirs).filter(is_wanted);
        let mut entries: Vec<Value> = found.map(Stored::listed).collect();
        if self.has(Fault::ListsOnlyByGrant) && wanted.is_none() {
            entries.clear();
        }
        self.page("contracts", entries, query)
    }

    fn logs(&self, caller: &Caller, query: &HashMap<String, String>) -> Reply {
        let wanted: Option<Vec<&str>> = query
            .get("transaction_ids")
            .map(|ids| ids.split(',').collect());
        let places = [
            "/source/outway_peer_id",
            "/source/delegator_peer_id",
            "/destination/service_peer_id",
            "/destination/delegator_peer_id",
        ];
        let state = self.state();
        let is_theirs = |record: &&Value| {
            self.has(Fault::ShowsRecordsOfOthers)
                || places.iter().any(|place| text(record, place) == caller.id)
        };
        let is_wanted = |record: &&Value| {
            wanted
                .as_ref()
                .is_none_or(|ids| ids.contains(&text(record, "/transaction_id")))
        };
        let entries = state
            .records
            .iter()
            .filter(is_theirs)
            .filter(is_wanted)
            .cloned();
        self.page("records", entries.collect(), query)
    }

    fn key_set(&self) -> Reply {
        let mut chain = self.credential.certificate.chain().to_vec();
        if self.has(Fault::PublishesLeafOnly) {
            chain.truncate(1);
        }
        let certificate = crate::protocol::Certificate::from_chain(chain).unwrap();
        let mut key = certificate.to_jwk();
        if self.has(Fault::PublishesOtherKeyMembers) {
            // The two coordinates of the point, the wrong way round.
            let (x, y) = (key["x"].clone(), key["y"].clone());
            (key["x"], key["y"]) = (y, x);
        }
        let keys = if self.has(Fault::PublishesNoKeys) {
            json!([])
        } else {
            json!([key])
        };
        Reply::json(StatusCode::OK, &json!({ "keys": keys }))
    }

    /// Whether no member occurs twice in the body.
    fn is_unambiguous(&self, arrived: &Arrived) -> bool {
        self.has(Fault::TakesDuplicateMembers)
            || serde_json::from_slice::<Unambiguous>(&arrived.body).is_ok()
    }

    fn page(&self, member: &str, entries: Vec<Value>, query: &HashMap<String, String>) -> Reply {
        let number = |name: &str| query.get(name).and_then(|text| text.parse::<usize>().ok());
        let is_strange = |name: &str| {
            query.get(name).is_some_and(|text| !text.is_empty()) && number(name).is_none()
        };
        if (is_strange("limit") || is_strange("cursor")) && self.has(Fault::FailsOnStrangeQueries) {
            return Reply::status(StatusCode::INTERNAL_SERVER_ERROR);
        }
        let limit = number("limit").unwrap_or(PAGE.0).clamp(1, PAGE.1);
        let start = number("cursor").unwrap_or(0);
        let end = start.saturating_add(limit);
        let mut next = if end < entries.len() {
            end.to_string()
        } else {
            String::new()
        };
        if self.has(Fault::PagesWithoutEnd) {
            next = start.to_string();
        }
        let skipped = match self.fault {
            Some(Fault::SkipsFirstOfEveryPage) => start + 1,
            Some(Fault::PagesOverlap) => start.saturating_sub(1),
            _ => start,
        };
        let page: Vec<Value> = entries.into_iter().take(end).skip(skipped).collect();
        let body = json!({ member: page, "pagination": { "next_cursor": next } });
        Reply::json(StatusCode::OK, &body)
    }
}
