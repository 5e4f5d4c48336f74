//! The token endpoint.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::contracts::text;
use super::{Caller, Fault, Gateway, pairs};
use crate::clock;
use crate::play::TokenPlan;
use crate::wire::{Arrived, Reply};

/// An error of RFC 6749 section 5.2.
type OauthError = &'static str;

impl Gateway {
    pub(super) fn token(&self, caller: &Caller, arrived: &Arrived) -> Reply {
        match self.issue(caller, arrived) {
            Ok(token) => {
                let body = json!({ "access_token": token, "token_type": "bearer" });
                Reply::json(StatusCode::OK, &body)
            }
            Err(error) => {
                let status = if self.has(Fault::RefusesTokensWith403) {
                    StatusCode::FORBIDDEN
                } else {
                    StatusCode::BAD_REQUEST
                };
                Reply::json(status, &json!({ "error": error }))
            }
        }
    }

    fn issue(&self, caller: &Caller, arrived: &Arrived) -> Result<String, OauthError> {
        let form = pairs(&String::from_utf8_lossy(&arrived.body));
        let field = |name: &str| form.get(name).map(String::as_str);
        let is_known = field("grant_type") == Some("client_credentials");
        if !is_known && !self.has(Fault::IgnoresGrantType) {
            return Err("unsupported_grant_type");
        }
        let is_caller = match field("client_id") {
            None => self.has(Fault::NeedsNoClientId),
            Some(id) => id == caller.id || self.has(Fault::IgnoresClientId),
        };
        if !is_caller {
            return Err("invalid_client");
        }
        let scope = field("scope").ok_or("invalid_request")?;
        let data = self.granted(caller, scope)?;
        Ok(self.sign_token(caller, scope, &data))
    }

    /// The data of a connection grant under which a peer may have a token.
    fn granted(&self, caller: &Caller, scope: &str) -> Result<Value, OauthError> {
        let state = self.state();
        let is_asked = |hash: &str| {
            hash == scope || (self.has(Fault::FindsGrantsByTheirStart) && hash.starts_with(scope))
        };
        let is_ours = |data: &Value| {
            (text(data, "/outway/peer_id") == caller.id || self.has(Fault::GivesTokensToOthers))
                && text(data, "/service/peer_id") == self.peer_id()
        };
        let grants = state.contracts.iter().flat_map(|stored| {
            let grants = stored.grants.iter();
            grants.map(move |(hash, data)| (stored, hash, data))
        });
        let mut found = grants.filter(|(_, hash, data)| is_asked(hash) && is_ours(data));
        let (stored, _, data) = found.next().ok_or("invalid_scope")?;
        let ended = stored.signatures.contains_key("revoke");
        let is_valid = self.is_valid(stored)
            || (self.has(Fault::IssuesTokensEarly) && !ended)
            || (self.has(Fault::IssuesTokensAfterRevocation) && ended);
        let named = text(data, "/outway/identification/public_key_thumbprint");
        let is_named = named == caller.certificate.public_key_thumbprint()
            || self.has(Fault::IgnoresKeyOfOutway)
            || text(data, "/outway/peer_id") != caller.id;
        if is_valid && is_named {
            Ok(data.clone())
        } else {
            Err("invalid_scope")
        }
    }

    fn sign_token(&self, caller: &Caller, scope: &str, data: &Value) -> String {
        let some = |place: &str| Some(text(data, place).to_owned()).filter(|id| !id.is_empty());
        let properties = data.get("properties").and_then(Value::as_object);
        let plan = TokenPlan {
            group_id: self.group_id.clone(),
            outway_peer: caller.id.clone(),
            service: text(data, "/service/name").to_owned(),
            inway: self.inway_address.clone(),
            delegator: some("/delegator/peer_id").filter(|_| !self.has(Fault::TokensWithoutActor)),
            publication_delegator: some("/service/delegator/peer_id")
                .filter(|_| !self.has(Fault::TokensWithoutPublicationDelegator)),
            properties: properties
                .filter(|_| !self.has(Fault::TokensWithoutProperties))
                .cloned()
                .unwrap_or_else(Map::new),
        };
        let mut claims = plan.claims(scope, self.peer_id(), &caller.certificate);
        let now = clock::unix_seconds();
        claims["exp"] = json!(now + self.token_seconds);
        if self.has(Fault::TokensInMilliseconds) {
            claims["nbf"] = json!((now - 1) * 1000);
            claims["exp"] = json!((now + self.token_seconds) * 1000);
        }
        if self.has(Fault::TokensWithBareAudience) {
            claims["aud"] = json!(self.inway_address.host());
        }
        if self.has(Fault::TokensForTheManager) {
            claims["aud"] = json!(self.manager_address.to_string());
        }
        if self.has(Fault::TokensBoundToKey) {
            claims["cnf"] = json!({ "x5t#S256": caller.certificate.public_key_thumbprint() });
        }
        if self.has(Fault::TokensUnbound) {
            claims.as_object_mut().unwrap().remove("cnf");
        }
        if self.has(Fault::TokensWithoutGroup) {
            claims.as_object_mut().unwrap().remove("gid");
        }
        if self.has(Fault::TokensOfTheCaller) {
            claims["iss"] = json!(caller.id);
        }
        if self.has(Fault::TokensSignedWithHmac) {
            return self.credential.sign_unsupported(&claims).unwrap();
        }
        self.credential.sign(&claims).unwrap()
    }
}
