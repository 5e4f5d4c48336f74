//! Addresses in the configuration: of a manager or inway, and of a source behind an inway.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use http::Uri;
use http::uri::{Authority, Scheme};
use serde::Deserialize;

/// Where other organisations reach a manager or an inway: `https://host` or `https://host:port`,
/// without path, query or user name (FSC Core 2.0.0: a manager or inway address is an origin).
/// Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct HttpsAddress {
    text: Arc<str>,
    authority: Authority,
}

impl HttpsAddress {
    /// The address as text, without slash at the end: `https://host:port`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// `host:port`, or `host` when the address names no port.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// The host name or IP address, which must stand in the certificate.
    #[must_use]
    pub fn host(&self) -> &str {
        self.authority.host()
    }

    /// The port; 443 when the address names none.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.authority.port_u16().unwrap_or(443)
    }

    /// `https://localhost:<port>`, for a gateway that nobody outside the machine reaches.
    #[must_use]
    pub fn localhost(port: u16) -> Self {
        let text = format!("localhost:{port}");
        Self {
            text: format!("https://{text}").into(),
            authority: Authority::from_str(&text)
                .unwrap_or_else(|_| Authority::from_static("localhost")),
        }
    }
}

impl FromStr for HttpsAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let found = || text.to_owned();
        let uri: Uri = text
            .parse()
            .map_err(|_| AddressError::NotAUrl { found: found() })?;
        if uri.scheme() != Some(&Scheme::HTTPS) {
            return Err(AddressError::NotHttps { found: found() });
        }
        let authority =
            plain_authority(&uri).ok_or_else(|| AddressError::NoHost { found: found() })?;
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return Err(AddressError::NotAnOrigin { found: found() });
        }
        Ok(Self {
            text: format!("https://{authority}").into(),
            authority,
        })
    }
}

impl TryFrom<String> for HttpsAddress {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, AddressError> {
        text.parse()
    }
}

impl fmt::Display for HttpsAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Where a source behind the inway is reached: `http://host[:port][/base/path]`. Cheap to clone.
///
/// The source is the organisation's own and stands on its own network; TLS towards it is not
/// offered yet, and `https` is refused rather than quietly sent in the clear.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct UpstreamUrl {
    text: Arc<str>,
    authority: Authority,
    base_path: Arc<str>,
}

impl UpstreamUrl {
    /// The address as text, without slash at the end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// `host:port`, or `host` when the address names no port.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// The host name or IP address.
    #[must_use]
    pub fn host(&self) -> &str {
        self.authority.host()
    }

    /// The port; 80 when the address names none.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.authority.port_u16().unwrap_or(80)
    }

    /// What is put before the path of every request: empty, or a path that starts with a slash
    /// and does not end with one.
    #[must_use]
    pub fn base_path(&self) -> &str {
        &self.base_path
    }
}

impl FromStr for UpstreamUrl {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let found = || text.to_owned();
        let uri: Uri = text
            .parse()
            .map_err(|_| AddressError::NotAUrl { found: found() })?;
        if uri.scheme() == Some(&Scheme::HTTPS) {
            return Err(AddressError::HttpsUpstream { found: found() });
        }
        if uri.scheme() != Some(&Scheme::HTTP) {
            return Err(AddressError::NotHttp { found: found() });
        }
        let authority =
            plain_authority(&uri).ok_or_else(|| AddressError::NoHost { found: found() })?;
        let base_path = uri.path().trim_end_matches('/');
        let climbs = base_path.split('/').any(|part| part == "." || part == "..");
        if uri.query().is_some() || climbs {
            return Err(AddressError::NotABase { found: found() });
        }
        Ok(Self {
            text: format!("http://{authority}{base_path}").into(),
            base_path: base_path.into(),
            authority,
        })
    }
}

impl TryFrom<String> for UpstreamUrl {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, AddressError> {
        text.parse()
    }
}

impl fmt::Display for UpstreamUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The authority, unless it is missing, without host, or carries a user name or password.
fn plain_authority(uri: &Uri) -> Option<Authority> {
    let authority = uri.authority()?;
    let plain = !authority.host().is_empty() && !authority.as_str().contains('@');
    plain.then(|| authority.clone())
}

/// Why an address in the configuration cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// The text is no URL at all.
    #[error("`{found}` is not a URL; write for example `https://sluis.gemeente.nl:8443`")]
    NotAUrl {
        /// What the file says.
        found: String,
    },
    /// An address for other organisations without `https`.
    #[error(
        "`{found}` does not start with `https://`; write that before it, as other organisations are only met over mutual TLS"
    )]
    NotHttps {
        /// What the file says.
        found: String,
    },
    /// A source with another scheme than `http`.
    #[error("`{found}` does not start with `http://`; write for example `http://127.0.0.1:9000`")]
    NotHttp {
        /// What the file says.
        found: String,
    },
    /// A source with `https`.
    #[error(
        "`{found}` asks for TLS towards a source, which is not offered yet; use `http://` on the gateway's own machine or network"
    )]
    HttpsUpstream {
        /// What the file says.
        found: String,
    },
    /// No host, or a user name or password in front of it.
    #[error("`{found}` names no host, or carries a user name; write only scheme, host and port")]
    NoHost {
        /// What the file says.
        found: String,
    },
    /// An address with a path or query where only scheme, host and port belong.
    #[error("`{found}` has a path or query; write only scheme, host and port")]
    NotAnOrigin {
        /// What the file says.
        found: String,
    },
    /// A source with a query or with dots in its path.
    #[error(
        "`{found}` has a query or a path with `..`; write scheme, host, port and at most a plain path"
    )]
    NotABase {
        /// What the file says.
        found: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_an_https_origin() {
        let address: HttpsAddress = "https://sluis.voorbeeld.nl:8443/".parse().unwrap();
        assert_eq!(address.as_str(), "https://sluis.voorbeeld.nl:8443");
        assert_eq!(
            (address.host(), address.port()),
            ("sluis.voorbeeld.nl", 8443)
        );
        let address: HttpsAddress = "https://sluis.voorbeeld.nl".parse().unwrap();
        assert_eq!(address.port(), 443);
        assert_eq!(HttpsAddress::localhost(7).as_str(), "https://localhost:7");
    }

    #[test]
    fn what_is_not_an_https_origin_is_refused_with_its_remedy() {
        let error = |text: &str| text.parse::<HttpsAddress>().unwrap_err().to_string();
        assert!(error("http://a:1").contains("mutual TLS"));
        assert!(error("a:1").contains("https://"));
        assert!(error("https://a/b").contains("only scheme, host and port"));
        assert!(error("https://a?b").contains("only scheme, host and port"));
        assert!(error("https://u:p@a").contains("user name"));
        assert!(error("not a url").contains("not a URL"));
    }

    #[test]
    fn a_source_may_have_a_base_path() {
        let url: UpstreamUrl = "http://127.0.0.1:9000/haalcentraal/api/".parse().unwrap();
        assert_eq!(url.base_path(), "/haalcentraal/api");
        assert_eq!(url.as_str(), "http://127.0.0.1:9000/haalcentraal/api");
        let url: UpstreamUrl = "http://[::1]".parse().unwrap();
        assert_eq!((url.host(), url.port(), url.base_path()), ("[::1]", 80, ""));
    }

    #[test]
    fn a_source_that_would_be_misread_is_refused() {
        for text in [
            "https://a",
            "ftp://a",
            "http://a?x=1",
            "http://a/../b",
            "http://u@a",
            "/a",
        ] {
            assert!(text.parse::<UpstreamUrl>().is_err(), "{text}");
        }
    }
}
