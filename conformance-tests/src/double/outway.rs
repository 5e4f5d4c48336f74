//! The outway.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::contracts::text;
use super::inway::{passed_on, reply, take_off_hop_headers};
use super::{Fault, Gateway, Refusal};
use crate::protocol::Jws;
use crate::wire::{Address, Arrived, CallError, Handler, Question, Reply};

/// The outway's listener.
pub(super) struct OutwaySide(pub(super) Arc<Gateway>);

impl Handler for OutwaySide {
    fn answer(self: Arc<Self>, arrived: Arrived) -> Pin<Box<dyn Future<Output = Reply> + Send>> {
        Box::pin(async move {
            let gateway = &self.0;
            let _turn = match gateway.has(Fault::OutwayServesOneAtATime) {
                true => Some(gateway.turn.lock().await),
                false => None,
            };
            match gateway.let_out(&arrived).await {
                Ok(reply) => reply,
                Err(_) if gateway.has(Fault::OutwayErrorsAreBare) => {
                    Reply::status(StatusCode::BAD_GATEWAY)
                }
                Err(refusal) => refusal.reply("ERROR_DOMAIN_OUTWAY"),
            }
        })
    }
}

impl Gateway {
    async fn let_out(&self, arrived: &Arrived) -> Result<Reply, Refusal> {
        let grant_hash = arrived.header("fsc-grant-hash").unwrap_or_default();
        let Some(data) = self.connection(grant_hash) else {
            if self.has(Fault::OutwayAnswersFromNowhere) {
                return Ok(Reply::json(StatusCode::OK, &json!({})));
            }
            let why = "no valid contract has this grant";
            return Err(Refusal::new(400, "UNKNOWN_GRANT_HASH_IN_HEADER", why));
        };
        let id = if self.has(Fault::OutwayRepeatsTransactionId) {
            "019a7dea-9048-7c4d-9e66-4d3f75a18f58".to_owned()
        } else if self.has(Fault::OutwayMakesOtherUuids) {
            // Version 4 in the place of 7.
            let id = uuid::Uuid::now_v7().to_string();
            format!("{}4{}", &id[..14], &id[15..])
        } else {
            uuid::Uuid::now_v7().to_string()
        };
        let token = match self.fetch_token(grant_hash, &data).await {
            Err(_) if self.has(Fault::OutwayPassesRefusalsOn) => {
                let body = json!({ "error": "invalid_scope" });
                return Ok(Reply::json(StatusCode::BAD_REQUEST, &body));
            }
            Err(refusal)
                if refusal.why.starts_with("no connection")
                    && self.has(Fault::OutwayHidesAwayManager) =>
            {
                return Ok(Reply::status(StatusCode::BAD_GATEWAY));
            }
            token => token?,
        };
        if !self.has(Fault::OutwayLogsAfterwards) {
            match self.write(self.outgoing(&data, grant_hash, &id)) {
                Err(_) if self.has(Fault::OutwayGoesOnWithoutLog) => {}
                written => written?,
            }
        }
        let sent = self.send(arrived, &data, &token, &id).await;
        if self.has(Fault::OutwayLogsAfterwards) {
            self.write(self.outgoing(&data, grant_hash, &id))?;
        }
        let mut reply = match sent {
            Err(_) if self.has(Fault::OutwayHidesBrokenInway) => {
                Reply::status(StatusCode::BAD_GATEWAY)
            }
            sent => sent?,
        };
        if reply.status.is_client_error() && self.has(Fault::OutwayRewritesErrors) {
            return Err(Refusal::new(502, "INWAY_REFUSED", "the inway refused"));
        }
        if !self.has(Fault::OutwayKeepsTransactionId) {
            reply
                .headers
                .insert("fsc-transaction-id", HeaderValue::try_from(id).unwrap());
        }
        Ok(reply)
    }

    /// The data of a connection grant that this outway may use.
    fn connection(&self, grant_hash: &str) -> Option<Value> {
        let state = self.state();
        for stored in &state.contracts {
            let is_usable = self.is_valid(stored)
                || (self.has(Fault::OutwayIgnoresRevocation)
                    && stored.signatures.contains_key("revoke"));
            let mut grants = stored.grants.iter();
            let found = grants.find(|(hash, data)| {
                hash == grant_hash && text(data, "/outway/peer_id") == self.peer_id()
            });
            if let Some((_, data)) = found {
                let is_known = text(data, "/type") == "GRANT_TYPE_SERVICE_CONNECTION"
                    || !self.has(Fault::OutwayKnowsNoDelegatedConnections);
                let is_plain = text(data, "/service/delegator/peer_id").is_empty();
                let is_found = is_plain || !self.has(Fault::OutwayKnowsNoDelegatedServices);
                return (is_usable && is_known && is_found).then(|| data.clone());
            }
        }
        None
    }

    async fn fetch_token(&self, grant_hash: &str, data: &Value) -> Result<String, Refusal> {
        let provider = text(data, "/service/peer_id");
        let address = self
            .state()
            .peers
            .get(provider)
            .map(|peer| peer.manager_address.clone());
        let failed = |why: String| Refusal::new(502, "TOKEN_NOT_OBTAINED", why);
        let address = Address::parse(&address.unwrap_or_default(), "Fsc-Manager-Address")
            .map_err(|why| failed(why.to_string()))?;
        let form = [
            ("grant_type", "client_credentials"),
            ("scope", grant_hash),
            ("client_id", self.peer_id()),
        ];
        let question = Question::post("/v1/token").form(&form);
        let answer = self.call(&address, provider, question).await;
        let body = answer.map_err(|why| failed(why.to_string()))?.json();
        let token = body.get("access_token").and_then(Value::as_str);
        token
            .map(str::to_owned)
            .ok_or_else(|| failed(body.to_string()))
    }

    fn outgoing(&self, data: &Value, grant_hash: &str, id: &str) -> Value {
        let id = if self.has(Fault::OutwayLogsOtherTransactionId) {
            uuid::Uuid::now_v7().to_string()
        } else {
            id.to_owned()
        };
        json!({
            "transaction_id": id,
            "direction": "DIRECTION_OUTGOING",
            "grant_hash": grant_hash,
            "service_name": text(data, "/service/name"),
            "source": self.source_of(self.peer_id(), text(data, "/delegator/peer_id")),
            "destination": self.destination_of(
                text(data, "/service/peer_id"), text(data, "/service/delegator/peer_id")
            ),
            "created_at": self.logged_at(),
        })
    }

    async fn send(
        &self,
        arrived: &Arrived,
        data: &Value,
        token: &str,
        id: &str,
    ) -> Result<Reply, Refusal> {
        let unreachable = |why: String| Refusal::new(502, "INWAY_UNREACHABLE", why);
        let parsed = Jws::parse(token).map_err(|why| unreachable(why.to_string()))?;
        let inway = Address::parse(parsed.text("aud").unwrap_or_default(), "aud")
            .map_err(|why| unreachable(why.to_string()))?;
        if parsed.text("gid") != Some(&self.group_id) && !self.has(Fault::OutwayIgnoresGroup) {
            return Err(unreachable("the token is of another group".to_owned()));
        }
        let mut headers = arrived.headers.clone();
        if !self.has(Fault::OutwayPassesHopHeaders) {
            take_off_hop_headers(&mut headers);
        }
        if self.has(Fault::OutwayBeginsTraces) && headers.contains_key("traceparent") {
            let other = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
            headers.insert("traceparent", HeaderValue::from_static(other));
        }
        let header = if self.has(Fault::OutwayUsesOtherHeader) {
            "authorization"
        } else {
            "fsc-authorization"
        };
        let bearer = HeaderValue::try_from(format!("Bearer {token}")).unwrap();
        if self.has(Fault::OutwayKeepsTokensOfApplications) {
            headers.append(header, bearer);
        } else {
            headers.insert(header, bearer);
        }
        if !self.has(Fault::OutwaySendsNoTransactionId) {
            headers.insert("fsc-transaction-id", HeaderValue::try_from(id).unwrap());
        }
        let target = if self.has(Fault::OutwayChangesPath) {
            format!("/{}{}", text(data, "/service/name"), arrived.target)
        } else {
            arrived.target.clone()
        };
        let question = passed_on(arrived, &target, &headers);
        let provider = text(data, "/service/peer_id");
        if self.has(Fault::OutwayTakesAnyInway) {
            // Whoever answers there is taken for the provider.
            let all: Vec<String> = self.state().peers.keys().cloned().collect();
            for id in all {
                if let Ok(answer) = self.call(&inway, &id, question.clone()).await {
                    return Ok(reply(answer));
                }
            }
        }
        let answer = self.call(&inway, provider, question).await;
        if matches!(answer, Err(CallError::Halfway(_))) && self.has(Fault::OutwayHidesCuts) {
            return Ok(Reply::json(StatusCode::OK, &json!({})));
        }
        answer
            .map(reply)
            .map_err(|why| unreachable(why.to_string()))
    }
}
