//! Asking for a token: RFC 6749 sections 4.4 and 5.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use sluis_certs::PeerId;

use super::form;
use crate::GrantHash;

/// The one token type of FSC.
pub const TOKEN_TYPE: &str = "bearer";

const CLIENT_CREDENTIALS: &str = "client_credentials";

/// The form of `POST /token`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRequest {
    /// `scope`: the connection grant.
    pub grant_hash: GrantHash,
    /// `client_id`: the Peer that asks. That it is the Peer of the connection's certificate is for the
    /// Manager to check.
    pub client_id: PeerId,
}

impl TokenRequest {
    /// Reads the decoded pairs of the form. Parameters that RFC 6749 does not name are ignored.
    ///
    /// # Errors
    /// The [`TokenErrorBody`] to answer with: `invalid_request` for a parameter that is missing or
    /// stands twice, `unsupported_grant_type`, `invalid_scope` for what is no grant hash,
    /// `invalid_client` for what is no Peer ID.
    pub fn from_pairs<K: AsRef<str>, V: AsRef<str>>(
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self, TokenErrorBody> {
        let known = ["grant_type", "scope", "client_id"];
        let mut parameters: BTreeMap<&str, String> = BTreeMap::new();
        for (name, value) in pairs {
            let Some(name) = known.into_iter().find(|known| *known == name.as_ref()) else {
                continue;
            };
            if parameters.insert(name, value.as_ref().to_owned()).is_some() {
                return Err(invalid_request(format!(
                    "the parameter {name} occurs twice"
                )));
            }
        }
        let mut take = |name: &str| match parameters.remove(name) {
            // RFC 6749 section 3.2: a parameter without a value counts as absent.
            Some(value) if !value.is_empty() => Ok(value),
            _ => Err(invalid_request(format!("the parameter {name} is missing"))),
        };
        if take("grant_type")? != CLIENT_CREDENTIALS {
            let hint = "grant_type must be client_credentials";
            return Err(TokenErrorBody::new(
                TokenErrorCode::UnsupportedGrantType,
                hint,
            ));
        }
        let scope = take("scope")?;
        let client_id = take("client_id")?;
        let grant_hash = GrantHash::parse(&scope).map_err(|reason| {
            TokenErrorBody::new(TokenErrorCode::InvalidScope, reason.to_string())
        })?;
        let client_id = PeerId::new(&client_id).map_err(|reason| {
            TokenErrorBody::new(TokenErrorCode::InvalidClient, reason.to_string())
        })?;
        Ok(Self {
            grant_hash,
            client_id,
        })
    }

    /// The form, `application/x-www-form-urlencoded`.
    #[must_use]
    pub fn to_form(&self) -> String {
        let (scope, client_id) = (self.grant_hash.as_str(), self.client_id.as_str());
        form::encode([
            ("grant_type", CLIENT_CREDENTIALS),
            ("scope", scope),
            ("client_id", client_id),
        ])
    }
}

fn invalid_request(description: String) -> TokenErrorBody {
    TokenErrorBody::new(TokenErrorCode::InvalidRequest, description)
}

/// The answer to a token request that was granted.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenResponse {
    /// The token, a JWT.
    pub access_token: String,
    /// `bearer`.
    #[serde(deserialize_with = "bearer")]
    token_type: String,
}

impl TokenResponse {
    /// The answer with this token.
    #[must_use]
    pub fn new(access_token: String) -> Self {
        Self {
            access_token,
            token_type: TOKEN_TYPE.to_owned(),
        }
    }
}

impl std::fmt::Debug for TokenResponse {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("TokenResponse([redacted])")
    }
}

/// RFC 6749 section 5.1: the type is compared without regard to case.
fn bearer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let given = String::deserialize(deserializer)?;
    if given.eq_ignore_ascii_case(TOKEN_TYPE) {
        Ok(TOKEN_TYPE.to_owned())
    } else {
        Err(D::Error::custom("token_type is not bearer"))
    }
}

/// The errors of RFC 6749 section 5.2. The HTTP status is 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenErrorCode {
    /// A parameter is missing, doubled or malformed.
    InvalidRequest,
    /// The client is not who it says.
    InvalidClient,
    /// The contract behind the grant does not hold: rejected, revoked, expired, not accepted.
    InvalidGrant,
    /// The scope is no grant hash, or that of no grant that this Manager knows.
    InvalidScope,
    /// The client may not use this grant.
    UnauthorizedClient,
    /// Another grant type than `client_credentials`.
    UnsupportedGrantType,
}

impl TokenErrorCode {
    /// The name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidScope => "invalid_scope",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
        }
    }
}

/// The answer to a token request that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenErrorBody {
    /// Which error.
    pub error: TokenErrorCode,
    /// What went wrong and what to do, for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_description: Option<String>,
}

impl TokenErrorBody {
    /// The body of a refusal.
    #[must_use]
    pub fn new(error: TokenErrorCode, description: impl Into<String>) -> Self {
        Self {
            error,
            error_description: Some(description.into()),
        }
    }
}
