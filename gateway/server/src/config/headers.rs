//! The headers in which a request says why and for whom it asks.

use http::HeaderName;
use serde::{Deserialize, Deserializer};

/// The headers in which a request says why and for whom it asks. Suppliers call them differently, so
/// each list may be set; the first header of a list that is present counts. All of them are taken off.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HeaderNames {
    /// The processing activity (doelbinding). Default `sluis-purpose`, `x-doelbinding`,
    /// `x-verwerking`.
    #[serde(deserialize_with = "header_names")]
    pub purpose: Vec<HeaderName>,
    /// The role of the employee. Default `sluis-role`.
    #[serde(deserialize_with = "header_names")]
    pub role: Vec<HeaderName>,
    /// How the citizen is served: desk, paper, web. Default `sluis-channel`.
    #[serde(deserialize_with = "header_names")]
    pub channel: Vec<HeaderName>,
    /// The employee; only a pseudonym is kept. Default `sluis-user`, `x-gebruiker`.
    #[serde(deserialize_with = "header_names")]
    pub user: Vec<HeaderName>,
    /// The application that asks. Default `sluis-application`, `x-toepassing`.
    #[serde(deserialize_with = "header_names")]
    pub application: Vec<HeaderName>,
}

impl Default for HeaderNames {
    fn default() -> Self {
        let names = |names: &[&'static str]| {
            names
                .iter()
                .map(|name| HeaderName::from_static(name))
                .collect()
        };
        Self {
            purpose: names(&["sluis-purpose", "x-doelbinding", "x-verwerking"]),
            role: names(&["sluis-role"]),
            channel: names(&["sluis-channel"]),
            user: names(&["sluis-user", "x-gebruiker"]),
            application: names(&["sluis-application", "x-toepassing"]),
        }
    }
}

fn header_names<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<HeaderName>, D::Error> {
    Vec::<String>::deserialize(deserializer)?
        .iter()
        .map(|name| {
            HeaderName::try_from(name.as_str()).map_err(|_| {
                serde::de::Error::custom(format_args!(
                    "`{name}` is not a header name; use letters, digits and `-`"
                ))
            })
        })
        .collect()
}
