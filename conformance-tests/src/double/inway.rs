//! The inway.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::contracts::text;
use super::{Caller, Fault, Gateway, Refusal};
use crate::clock;
use crate::protocol::{Jws, same_thumbprint};
use crate::wire::{Answer, Arrived, CallError, Handler, Question, Reply};

/// Headers of a connection, which are not passed on.
const OF_CONNECTION: [&str; 4] = ["host", "connection", "content-length", "transfer-encoding"];

/// The inway's listener.
pub(super) struct InwaySide(pub(super) Arc<Gateway>);

impl Handler for InwaySide {
    fn answer(self: Arc<Self>, arrived: Arrived) -> Pin<Box<dyn Future<Output = Reply> + Send>> {
        Box::pin(async move {
            let gateway = &self.0;
            match gateway.let_in(&arrived).await {
                Ok(reply) => reply,
                Err(refusal) => {
                    let mut reply = refusal.reply("ERROR_DOMAIN_INWAY");
                    if refusal.status == 401 && !gateway.has(Fault::NamesNoScheme) {
                        let name = HeaderName::from_static("www-authenticate");
                        reply
                            .headers
                            .insert(name, HeaderValue::from_static("Bearer"));
                    }
                    reply
                }
            }
        })
    }
}

impl Gateway {
    async fn let_in(&self, arrived: &Arrived) -> Result<Reply, Refusal> {
        let token = self.authorized(arrived)?;
        let id = self.transaction_id(arrived)?;
        let released = self.released(arrived, text(&token, "/gth"))?;
        let record = self.incoming(&token, &id);
        if self.has(Fault::InwayLogsAfterwards) {
            let reply = self.forward(arrived).await;
            self.write(record)?;
            return reply.map(|reply| released.filter(reply));
        }
        match self.write(record) {
            Err(_) if self.has(Fault::InwayGoesOnWithoutLog) => {}
            written => written?,
        }
        let reply = self.forward(arrived).await?;
        Ok(released.filter(reply))
    }

    /// The token, checked in the order of FSC Core 2.0.0, Inway, Authorization.
    fn authorized(&self, arrived: &Arrived) -> Result<Value, Refusal> {
        let Some(header) = arrived.header("fsc-authorization") else {
            if self.has(Fault::NeedsNoToken) {
                return Ok(json!({}));
            }
            return Err(Refusal::new(
                401,
                "ERROR_CODE_ACCESS_TOKEN_MISSING",
                "no token",
            ));
        };
        let invalid = |why: String| Refusal::new(401, "ERROR_CODE_ACCESS_TOKEN_INVALID", why);
        let tokens = arrived.headers.get_all("fsc-authorization").iter().count();
        if tokens > 1 && !self.has(Fault::TakesFirstOfTwoTokens) {
            return Err(invalid("two tokens".to_owned()));
        }
        let token = header.strip_prefix("Bearer ").unwrap_or(header);
        let token = Jws::parse(token).map_err(|why| invalid(why.to_string()))?;
        let own = [self.credential.certificate.clone()];
        let algorithm = token
            .header
            .get("alg")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let is_overlooked = match self.fault {
            Some(Fault::BelievesEveryToken | Fault::TokensSignedWithHmac) => true,
            Some(Fault::TakesTokensWithAlgNone) => algorithm.eq_ignore_ascii_case("none"),
            Some(Fault::TakesTokensWithHmac) => is_mac(header, own[0].public_key_info()),
            _ => false,
        };
        match token.verify(&own) {
            Err(why) if !is_overlooked => return Err(invalid(why.to_string())),
            _ => {}
        }
        let claims = Value::Object(token.payload.clone());
        let client = Caller::of(arrived).ok_or_else(|| invalid("no certificate".to_owned()))?;
        let bound = text(&claims, "/cnf/x5t#S256");
        let is_bound = same_thumbprint(bound, &client.certificate.thumbprint());
        if !is_bound && !self.has(Fault::SkipsCertificateBinding) {
            return Err(invalid(
                "the token is bound to another certificate".to_owned(),
            ));
        }
        if text(&claims, "/gid") != self.group_id {
            let code = "ERROR_CODE_WRONG_GROUP_ID_IN_TOKEN";
            return Err(Refusal::new(403, code, "the token is of another group"));
        }
        if text(&claims, "/svc") != self.service {
            return Err(Refusal::new(
                404,
                "ERROR_CODE_SERVICE_NOT_FOUND",
                "no such service",
            ));
        }
        let number = |claim: &str| claims.get(claim).and_then(Value::as_i64).unwrap_or(0);
        if number("exp") <= clock::unix_seconds() && !self.has(Fault::TakesExpiredTokens) {
            let code = if self.has(Fault::CallsExpiredInvalid) {
                "ERROR_CODE_ACCESS_TOKEN_INVALID"
            } else {
                "ERROR_CODE_ACCESS_TOKEN_EXPIRED"
            };
            return Err(Refusal::new(401, code, "the token has expired"));
        }
        Ok(claims)
    }

    fn transaction_id(&self, arrived: &Arrived) -> Result<String, Refusal> {
        let missing = Refusal::new(400, "MISSING_LOG_RECORD_ID", "no Fsc-Transaction-Id");
        let id = match arrived.header("fsc-transaction-id") {
            None if self.has(Fault::MakesUpMissingTransactionId) => {
                return Ok(uuid::Uuid::now_v7().to_string());
            }
            id => id.ok_or(missing)?,
        };
        if uuid::Uuid::parse_str(id).is_err() && !self.has(Fault::TakesAnyTransactionId) {
            let why = "Fsc-Transaction-Id is no UUID";
            return Err(Refusal::new(400, "INVALID_LOG_RECORD_ID", why));
        }
        Ok(id.to_owned())
    }

    fn incoming(&self, token: &Value, id: &str) -> Value {
        let direction = if self.has(Fault::LogsWrongDirection) {
            "DIRECTION_OUTGOING"
        } else {
            "DIRECTION_INCOMING"
        };
        json!({
            "transaction_id": id,
            "direction": direction,
            "grant_hash": text(token, "/gth"),
            "service_name": text(token, "/svc"),
            "source": self.source_of(text(token, "/sub"), text(token, "/act/sub")),
            "destination": self.destination_of(text(token, "/iss"), text(token, "/pdi")),
            "created_at": self.logged_at(),
        })
    }

    /// `created_at` of a record.
    pub(super) fn logged_at(&self) -> i64 {
        let now = clock::unix_seconds();
        if self.has(Fault::LogsInMilliseconds) {
            now * 1000
        } else {
            now
        }
    }

    /// `source` of a record.
    pub(super) fn source_of(&self, outway: &str, delegator: &str) -> Value {
        if delegator.is_empty() || self.has(Fault::LogsNoDelegator) {
            return json!({ "type": "SOURCE_TYPE_SOURCE", "outway_peer_id": outway });
        }
        json!({
            "type": "SOURCE_TYPE_DELEGATED_SOURCE",
            "outway_peer_id": outway,
            "delegator_peer_id": delegator,
        })
    }

    /// `destination` of a record.
    pub(super) fn destination_of(&self, service: &str, delegator: &str) -> Value {
        if delegator.is_empty() || self.has(Fault::LogsNoPublicationDelegator) {
            return json!({ "type": "DESTINATION_TYPE_DESTINATION", "service_peer_id": service });
        }
        json!({
            "type": "DESTINATION_TYPE_DELEGATED_DESTINATION",
            "service_peer_id": service,
            "delegator_peer_id": delegator,
        })
    }

    async fn forward(&self, arrived: &Arrived) -> Result<Reply, Refusal> {
        let unreachable = |why: String| Refusal::new(502, "ERROR_CODE_SERVICE_UNREACHABLE", why);
        let source = self
            .source
            .get()
            .ok_or_else(|| unreachable("no source".to_owned()))?;
        let mut headers = arrived.headers.clone();
        if !self.has(Fault::InwayPassesHopHeaders) {
            take_off_hop_headers(&mut headers);
        }
        if self.has(Fault::InwayBeginsTraces) && headers.contains_key("traceparent") {
            let other = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
            headers.insert("traceparent", HeaderValue::from_static(other));
        }
        if self.has(Fault::TakesTokenAway) {
            headers.remove("fsc-authorization");
        }
        if self.has(Fault::InwayReplacesTransactionId) {
            let id = uuid::Uuid::now_v7().to_string();
            headers.insert("fsc-transaction-id", HeaderValue::try_from(id).unwrap());
        }
        let target = if self.has(Fault::InwayChangesPath) {
            "/"
        } else {
            &arrived.target
        };
        let question = passed_on(arrived, target, &headers);
        let answer = self.call(source, self.peer_id(), question).await;
        if matches!(answer, Err(CallError::Halfway(_))) && self.has(Fault::InwayHidesCuts) {
            return Ok(Reply::json(StatusCode::OK, &json!({})));
        }
        if answer.is_err() && self.has(Fault::InwayHidesBrokenService) {
            return Ok(Reply::status(StatusCode::BAD_GATEWAY));
        }
        let mut reply = reply(answer.map_err(|why| unreachable(why.to_string()))?);
        if self.has(Fault::InwayEmptiesAnswers) {
            reply.body = bytes::Bytes::new();
            reply.status = StatusCode::NO_CONTENT;
        }
        Ok(reply)
    }
}

/// Takes off what is for this connection alone (RFC 9110 section 7.6.1).
pub(super) fn take_off_hop_headers(headers: &mut HeaderMap) {
    let named = headers
        .get("connection")
        .and_then(|value| value.to_str().ok());
    let named: Vec<String> = named
        .unwrap_or_default()
        .split(',')
        .map(|name| name.trim().to_owned())
        .collect();
    for name in named {
        headers.remove(name.as_str());
    }
    headers.remove("proxy-authorization");
    headers.remove("keep-alive");
}

/// Whether a JWS is an HMAC with this secret.
fn is_mac(compact: &str, secret: &[u8]) -> bool {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let compact = compact.trim_start_matches("Bearer ");
    let Some((signed, tag)) = compact.rsplit_once('.') else {
        return false;
    };
    let tag = URL_SAFE_NO_PAD.decode(tag).unwrap_or_default();
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret);
    aws_lc_rs::hmac::verify(&key, signed.as_bytes(), &tag).is_ok()
}

/// A request as it arrived, with these headers and at this path.
pub(super) fn passed_on(arrived: &Arrived, target: &str, headers: &HeaderMap) -> Question {
    let mut question = Question::of(arrived.method.clone(), target).body(arrived.body.clone());
    for (name, value) in headers {
        if !OF_CONNECTION.contains(&name.as_str()) {
            question = question.header(name.as_str(), value.to_str().unwrap_or_default());
        }
    }
    question
}

/// An answer, passed back.
pub(super) fn reply(answer: Answer) -> Reply {
    let mut headers = answer.headers;
    for name in OF_CONNECTION {
        headers.remove(name);
    }
    let mut reply = Reply::status(answer.status);
    (reply.headers, reply.body) = (headers, answer.body);
    reply
}
