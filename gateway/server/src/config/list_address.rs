//! Where revocation lists are fetched.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use http::Uri;
use http::uri::{Authority, Scheme};
use serde::Deserialize;

/// Longest address in bytes; those of PKIoverheid have about 70.
const URL_BYTES_MAX: usize = 1024;

/// The address of a revocation list: `http://host[:port]/path`. Cheap to clone.
///
/// It is plain HTTP by design (RFC 5280 section 8: a list over TLS could need itself to be fetched); the
/// signature of the list is what protects it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct ListUrl(Arc<str>);

impl ListUrl {
    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The host with its port.
    #[must_use]
    pub fn host(&self) -> ListHost {
        let authority = self.0.split('/').nth(2).unwrap_or_default();
        ListHost::of(authority)
    }
}

impl FromStr for ListUrl {
    type Err = ListAddressError;

    fn from_str(text: &str) -> Result<Self, ListAddressError> {
        let found = || text.chars().take(URL_BYTES_MAX).collect();
        let wrong = |problem| ListAddressError::Url {
            found: found(),
            problem,
        };
        if text.len() > URL_BYTES_MAX || text.contains('#') {
            return Err(wrong("is too long, or has a `#`"));
        }
        let uri: Uri = text.parse().map_err(|_| wrong("is not a URL"))?;
        if uri.scheme() == Some(&Scheme::HTTPS) {
            return Err(ListAddressError::Https { found: found() });
        }
        if uri.scheme() != Some(&Scheme::HTTP) {
            return Err(wrong("does not start with `http://`"));
        }
        let authority = uri.authority().filter(|authority| is_plain(authority));
        if authority.is_none() {
            return Err(wrong("names no host, or carries a user name"));
        }
        Ok(Self(uri.to_string().into()))
    }
}

impl TryFrom<String> for ListUrl {
    type Error = ListAddressError;

    fn try_from(text: String) -> Result<Self, ListAddressError> {
        text.parse()
    }
}

impl fmt::Display for ListUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A host from which revocation lists may be fetched: `host`, which means port 80, or `host:port`. Cheap
/// to clone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct ListHost(Arc<str>);

impl ListHost {
    /// In lower case, always with a port.
    fn of(authority: &str) -> Self {
        let lower = authority.to_ascii_lowercase();
        let has_port = lower
            .rsplit_once(':')
            .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        Self(if has_port {
            lower.into()
        } else {
            format!("{lower}:80").into()
        })
    }
}

impl FromStr for ListHost {
    type Err = ListAddressError;

    fn from_str(text: &str) -> Result<Self, ListAddressError> {
        let wrong = || ListAddressError::Host {
            found: text.chars().take(URL_BYTES_MAX).collect(),
        };
        let authority: Authority = text.parse().map_err(|_| wrong())?;
        if !is_plain(&authority) || authority.as_str().contains('*') {
            return Err(wrong());
        }
        Ok(Self::of(text))
    }
}

impl TryFrom<String> for ListHost {
    type Error = ListAddressError;

    fn try_from(text: String) -> Result<Self, ListAddressError> {
        text.parse()
    }
}

/// Without the port where that is 80.
impl fmt::Display for ListHost {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.strip_suffix(":80").unwrap_or(&self.0))
    }
}

fn is_plain(authority: &Authority) -> bool {
    !authority.host().is_empty() && !authority.as_str().contains('@')
}

/// Why the address of a revocation list cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListAddressError {
    /// Not an address that a list can be fetched from.
    #[error(
        "`{found}` {problem}; write for example `http://crl.pkioverheid.nl/PrivateRootLatestCRL-G1.crl`"
    )]
    Url {
        /// What the file says.
        found: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// A list over TLS.
    #[error(
        "`{found}` asks for TLS; write `http://`, as the signature of a revocation list protects it"
    )]
    Https {
        /// What the file says.
        found: String,
    },
    /// Not a host.
    #[error(
        "`{found}` is not a host; write for example `crl.pkioverheid.nl`, without `http://` and path"
    )]
    Host {
        /// What the file says.
        found: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Result<ListUrl, ListAddressError> {
        text.parse()
    }

    fn host(text: &str) -> Result<ListHost, ListAddressError> {
        text.parse()
    }

    #[test]
    fn an_address_belongs_to_a_host_with_its_port() {
        for (address, of) in [
            ("http://crl.pkioverheid.nl/a.crl", "crl.pkioverheid.nl"),
            (
                "http://CRL.pkioverheid.nl:80/a.crl?b=c",
                "crl.pkioverheid.nl",
            ),
            ("http://127.0.0.1:8080/a.crl", "127.0.0.1:8080"),
            ("http://[::1]:8080/a.crl", "[::1]:8080"),
            ("http://[::1]/a.crl", "[::1]"),
        ] {
            assert_eq!(url(address).unwrap().host(), host(of).unwrap(), "{address}");
            assert_eq!(host(of).unwrap().to_string(), of);
        }
        let other_port = url("http://crl.pkioverheid.nl:81/").unwrap().host();
        assert_ne!(other_port, host("crl.pkioverheid.nl").unwrap());
        let longer = url("http://crl.pkioverheid.nl.evil.test/").unwrap().host();
        assert_ne!(longer, host("crl.pkioverheid.nl").unwrap());
    }

    #[test]
    fn what_cannot_be_fetched_is_refused_with_a_remedy() {
        let error = |text: &str| url(text).unwrap_err().to_string();
        assert!(error("https://a/b").contains("the signature of a revocation list protects it"));
        assert!(error("ldap://a/b").contains("does not start with `http://`"));
        assert!(error("/b").contains("`http://`"));
        assert!(error("http://u:p@a/b").contains("user name"));
        assert!(error("http://a/b#c").contains('#'));
        assert!(error(&format!("http://a/{}", "b".repeat(2000))).contains("too long"));
        for text in ["", "http://a", "a/b", "u@a", "*.a", "a b"] {
            assert!(host(text).is_err(), "{text}");
        }
    }
}
