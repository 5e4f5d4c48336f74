//! Addresses of the target's parts and of our own.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use http::Uri;

use crate::target::TargetError;

/// `scheme://host:port`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    scheme: &'static str,
    host: String,
    port: u16,
    port_is_written: bool,
    /// Where the host is, when the target file says so.
    found_at: Option<IpAddr>,
}

impl Address {
    /// Our own address at `host`, over TLS.
    pub(crate) fn own(host: &str, port: u16) -> Self {
        Self {
            scheme: "https",
            host: host.to_owned(),
            port,
            port_is_written: true,
            found_at: None,
        }
    }

    /// Reads an address that the target file or a token gives; `setting` is named in the error.
    pub(crate) fn parse(text: &str, setting: &str) -> Result<Self, TargetError> {
        let wrong = |reason: &str| TargetError::Value {
            setting: setting.to_owned(),
            reason: format!("`{text}` {reason}; write for example https://gateway.example.nl:8443"),
        };
        let uri: Uri = text.parse().map_err(|_| wrong("is not a URL"))?;
        let scheme = match uri.scheme_str() {
            Some("https") => "https",
            Some("http") => "http",
            _ => return Err(wrong("does not start with https:// or http://")),
        };
        let host = uri.host().ok_or_else(|| wrong("has no host"))?.to_owned();
        if uri.path().len() > 1 || uri.query().is_some() {
            return Err(wrong("has a path"));
        }
        let default = if scheme == "https" { 443 } else { 80 };
        Ok(Self {
            scheme,
            host,
            port: uri.port_u16().unwrap_or(default),
            port_is_written: uri.port().is_some(),
            found_at: None,
        })
    }

    /// The same address, looked up in the names that the target file gives.
    pub(crate) fn resolved(mut self, names: &BTreeMap<String, IpAddr>) -> Self {
        self.found_at = names.get(&self.host).copied();
        self
    }

    /// The host to connect to: the name, or what the target file gives in its place.
    pub(crate) fn dialled(&self) -> String {
        match self.found_at {
            Some(address) => address.to_string(),
            None => self.host().to_owned(),
        }
    }

    pub(crate) fn host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn is_tls(&self) -> bool {
        self.scheme == "https"
    }

    /// Whether the text had its port in it.
    pub(crate) fn port_is_written(&self) -> bool {
        self.port_is_written
    }

    /// Whether it is on this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        let address = self.host().parse::<std::net::IpAddr>();
        self.host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }

    /// Host and port, as in the header `Host`.
    pub(crate) fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}://{}:{}", self.scheme, self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_the_target_file_places_is_dialled_there_and_keeps_its_name() {
        let names = BTreeMap::from([("gateway.example".to_owned(), [127, 0, 0, 2].into())]);
        let address = Address::parse("https://gateway.example:8443", "x").unwrap();
        let placed = address.clone().resolved(&names);
        assert_eq!(
            (placed.dialled(), placed.host()),
            ("127.0.0.2".to_owned(), "gateway.example")
        );
        assert_eq!(placed.authority(), address.authority());
        assert_eq!(address.dialled(), "gateway.example");
    }

    #[test]
    fn an_address_is_scheme_host_and_port() {
        let address = Address::parse("https://Gateway.example:8443/", "x").unwrap();
        assert_eq!(address.to_string(), "https://Gateway.example:8443");
        assert!(address.port_is_written() && address.is_tls() && !address.is_loopback());
        let address = Address::parse("https://[::1]", "x").unwrap();
        assert_eq!((address.host(), address.port()), ("::1", 443));
        assert!(address.is_loopback() && !address.port_is_written());
        for text in ["", "gateway:8443", "ftp://a", "https://a/b", "https://a?b"] {
            assert!(Address::parse(text, "x").is_err(), "{text}");
        }
    }
}
