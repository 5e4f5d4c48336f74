//! The headers of an answer whose body is filtered: data must not go round the filter.

use http::{HeaderMap, HeaderName};

/// Keeps the headers that say something of the exchange, and nothing of whom or what was asked for. A `Location`, a `Link`, a
/// cookie or a header of the source's own may hold anything; a validator or a length is of the body before it was filtered.
pub(super) fn keep(headers: &mut HeaderMap) {
    let others: Vec<HeaderName> = headers
        .keys()
        .filter(|name| !may_pass(name.as_str()))
        .cloned()
        .collect();
    for name in others {
        headers.remove(name);
    }
}

fn may_pass(name: &str) -> bool {
    matches!(
        name,
        "allow"
            | "api-version"
            | "cache-control"
            | "content-crs"
            | "content-language"
            | "content-type"
            | "date"
            | "deprecation"
            | "expires"
            | "fsc-error-code"
            | "fsc-transaction-id"
            | "grpc-status"
            | "pragma"
            | "retry-after"
            | "sunset"
            | "vary"
            | "www-authenticate"
    ) || ["ratelimit", "x-ratelimit", "x-rate-limit"]
        .iter()
        .any(|known| name.starts_with(known))
}
