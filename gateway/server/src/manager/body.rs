//! Reading what a request says: headers and body, within limits.

use std::time::Duration;

use axum::body::Body;
use axum::extract::FromRequestParts;
use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use sluis_fsc::Address;
use sluis_fsc::api::headers::FSC_MANAGER_ADDRESS;

use super::Refusal;

/// The content type of contracts and signatures.
pub(super) const JSON: &str = "application/json";
/// The content type of token requests.
pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// Where the caller says that its manager is (FSC Core 2.0.0: on every POST and PUT to another manager). It is an origin
/// only: no credentials, path or query. Whoever calls it must be the caller itself, which the TLS handshake proves then.
#[derive(Debug, Clone)]
pub(super) struct ManagerAddress(pub(super) Address);

impl<S: Sync> FromRequestParts<S> for ManagerAddress {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Refusal> {
        let mut values = parts.headers.get_all(FSC_MANAGER_ADDRESS).iter();
        let unreadable =
            |reason: &str| Refusal::Unreadable(format!("header Fsc-Manager-Address: {reason}"));
        match (values.next(), values.next()) {
            (Some(value), None) => {
                let text = value
                    .to_str()
                    .map_err(|_| unreadable("it is not plain text"))?;
                Address::parse(text.trim())
                    .map(Self)
                    .map_err(|error| unreadable(&error.to_string()))
            }
            (None, _) => Err(unreadable(
                "it is missing; send the address of your own manager, as in https://manager.example:8443",
            )),
            (Some(_), Some(_)) => Err(unreadable("it occurs twice")),
        }
    }
}

/// Whether the request says that its body is of this type, whatever parameters follow.
pub(super) fn has_type(headers: &HeaderMap, expected: &str) -> bool {
    let given = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = given
        .and_then(|value| value.split(';').next())
        .map(str::trim);
    essence.is_some_and(|essence| essence.eq_ignore_ascii_case(expected))
}

/// Reads a body whole: at most `bytes_max`, within `timeout`.
pub(super) async fn read(
    body: Body,
    bytes_max: usize,
    timeout: Duration,
) -> Result<Bytes, Refusal> {
    match tokio::time::timeout(timeout, Limited::new(body, bytes_max).collect()).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Refusal::TooLarge(bytes_max)),
        Ok(Err(_)) | Err(_) => Err(Refusal::Incomplete),
    }
}

/// More bytes than this are read on a thread of its own, so that a large contract holds up no connection.
const AT_ONCE_BYTES_MAX: usize = 64 * 1024;

/// Makes something of a text that may be long; `None` when reading it broke off.
pub(super) async fn parsed<T: Send + 'static>(text: Bytes, parse: fn(&[u8]) -> T) -> Option<T> {
    if text.len() <= AT_ONCE_BYTES_MAX {
        return Some(parse(&text));
    }
    tokio::task::spawn_blocking(move || parse(&text)).await.ok()
}

/// The decoded pairs of a query string or form.
pub(super) fn pairs(text: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(text).into_owned().collect()
}
