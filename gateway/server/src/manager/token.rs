//! `POST /token`: access tokens for outways (FSC Core 2.0.0, Tokens; RFC 6749 section 4.4; RFC 8705 section 3).

use std::sync::Arc;

use axum::extract::{Request, State as Shared};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{HeaderValue, PRAGMA};
use sluis_fsc::api::{TokenErrorBody, TokenErrorCode, TokenRequest, TokenResponse};
use sluis_fsc::contract::State as ContractState;
use sluis_fsc::jws::{COMPACT_BYTES_MAX, JwsError};
use sluis_fsc::token::{self, Claims, Grounds};

use super::areas::{Membership, NO_MEMBER};
use super::body::{self, FORM};
use super::router::{Verdict, json};
use super::state::State;
use super::{Caller, Refusal};

/// Most bytes in a token request. A grant hash has at most 1,024 characters and a Peer ID 255, each at most threefold when
/// escaped.
const FORM_BYTES_MAX: usize = 8 * 1024;

/// Answers a token request. Errors have the form of RFC 6749 section 5.2.
pub(super) async fn issue(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    request: Request,
) -> Response {
    let answer = match read(&state, request).await {
        Ok(asked) => state.token_for(&caller, &asked).await,
        Err(refused) => Err(refused),
    };
    match answer {
        Ok(token) => {
            let mut response = json(&TokenResponse::new(token));
            response
                .headers_mut()
                .insert(PRAGMA, HeaderValue::from_static("no-cache"));
            response
        }
        Err(NotIssued::Refused(body)) => {
            tracing::info!(
                peer = %caller.id(), error = body.error.as_str(),
                description = body.error_description.as_deref().unwrap_or_default(), "refused a token"
            );
            let verdict = Verdict(body.error.as_str());
            let mut response = (StatusCode::BAD_REQUEST, axum::Json(body)).into_response();
            response.extensions_mut().insert(verdict);
            response
        }
        Err(NotIssued::MembersUnknown) => Refusal::MembersUnknown.into_response(),
        Err(NotIssued::Failed) => Refusal::Internal.into_response(),
    }
}

/// Why there is no token.
enum NotIssued {
    Refused(TokenErrorBody),
    /// Who is a member of a Regulated Area cannot be found out.
    MembersUnknown,
    /// Our own key or limits; logged where it happened.
    Failed,
}

async fn read(state: &State, request: Request) -> Result<TokenRequest, NotIssued> {
    let invalid = |message: String| {
        NotIssued::Refused(TokenErrorBody::new(TokenErrorCode::InvalidRequest, message))
    };
    if !body::has_type(request.headers(), FORM) {
        return Err(invalid(format!("send the body as {FORM}")));
    }
    let form = body::read(
        request.into_body(),
        FORM_BYTES_MAX,
        state.settings.call_timeout,
    )
    .await
    .map_err(|refusal| invalid(refusal.to_string()))?;
    TokenRequest::from_pairs(body::pairs(&form)).map_err(NotIssued::Refused)
}

impl State {
    async fn token_for(&self, caller: &Caller, asked: &TokenRequest) -> Result<String, NotIssued> {
        let refuse = |code, message: String| NotIssued::Refused(TokenErrorBody::new(code, message));
        if asked.client_id != *caller.id() {
            let message =
                "client_id is not the peer of the certificate with which this connection was made";
            return Err(refuse(TokenErrorCode::InvalidClient, message.to_owned()));
        }
        let now = self.clock.unix_seconds();
        let entry = self
            .contracts
            .index()
            .by_hash(&asked.grant_hash)
            .ok_or_else(|| {
                refuse(
                    TokenErrorCode::InvalidScope,
                    "no contract known here has a grant with this hash".to_owned(),
                )
            })?;
        // Before anything is told about the contract: is it any business of the caller's?
        if entry
            .outway_peer
            .as_ref()
            .is_some_and(|outway| outway != caller.id())
        {
            let message = "the outway of the grant belongs to another peer".to_owned();
            return Err(refuse(TokenErrorCode::UnauthorizedClient, message));
        }
        let standing = entry.state_at(now);
        if standing != ContractState::Valid {
            return Err(refuse(
                TokenErrorCode::InvalidGrant,
                not_valid(standing).to_owned(),
            ));
        }
        if let Some(error) = entry.properties_error() {
            return Err(refuse(TokenErrorCode::InvalidGrant, error.to_string()));
        }
        let inway = self.services.inway_address(&entry.service);
        let inway = inway.ok_or_else(|| {
            refuse(
                TokenErrorCode::InvalidScope,
                format!("service {} is not offered by an inway here", entry.service),
            )
        })?;
        // A member when the contract was made may be none any more.
        match self.membership([entry.grant.data()].into_iter()).await {
            Membership::AsItShouldBe => {}
            Membership::Not(what) => {
                tracing::info!(peer = %caller.id(), grant = %asked.grant_hash, what, "refused a token in a regulated area");
                return Err(refuse(
                    TokenErrorCode::UnauthorizedClient,
                    NO_MEMBER.to_owned(),
                ));
            }
            Membership::Unknown(what) => {
                tracing::warn!(peer = %caller.id(), grant = %asked.grant_hash, what, "could not issue a token in a regulated area");
                return Err(NotIssued::MembersUnknown);
            }
        }
        let grounds = Grounds {
            grant: &entry.grant,
            validity: entry.validity(),
            group_id: &self.settings.group_id,
            issuer: self.own(),
            inway: &inway,
            client: caller.peer(),
            now_unix_seconds: now,
            lifetime_seconds: self.settings.token_lifetime_seconds,
            actor_claim: self.settings.actor_claim,
            additional_data: serde_json::Map::new(),
        };
        let claims = Claims::for_grant(&grounds)
            .map_err(|error| refuse(error.token_error_code(), error.to_string()))?;
        token::issue(&claims, self.identities.load().current()).map_err(|error| match error {
            JwsError::TooLong => refuse(
                TokenErrorCode::InvalidGrant,
                format!("the properties of the grant do not fit in a token, which travels in a header and has at most {COMPACT_BYTES_MAX} bytes"),
            ),
            error => {
                tracing::error!(grant = %asked.grant_hash, %error, "could not sign a token");
                NotIssued::Failed
            }
        })
    }
}

fn not_valid(standing: ContractState) -> &'static str {
    match standing {
        ContractState::Proposed => "the contract of the grant has not been accepted by everybody",
        ContractState::NotYetValid => "the period of the contract has not begun",
        ContractState::Rejected => "the contract of the grant has been rejected",
        ContractState::Revoked => "the contract of the grant has been revoked",
        ContractState::Expired => "the contract of the grant has expired",
        ContractState::Valid => "the contract of the grant cannot be used",
    }
}
