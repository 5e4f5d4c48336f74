//! The public address of a Manager or Inway.

use std::sync::Arc;

use thiserror::Error;

use crate::text::shared_text;

/// The length of the longest address that is read (manager.yaml, `manager_address`).
pub const ADDRESS_BYTES_MAX: usize = 255;

/// The address of a Manager or Inway: `https://host:port`.
///
/// The standard wants the port written out; an address that arrives without one is read as port 443
/// (the examples of FSC Core leave it out), and one that we send always has it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address(Arc<str>);

/// Why a text is not an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AddressError {
    /// Longer than [`ADDRESS_BYTES_MAX`].
    #[error("an address has at most {ADDRESS_BYTES_MAX} characters")]
    TooLong,
    /// Another scheme than https.
    #[error("an address starts with https://")]
    Scheme,
    /// A path, a query, a fragment or user information.
    #[error("an address is scheme, host and port only, as in https://manager.example:8443")]
    MoreThanAuthority,
    /// The host is no domain name and no IP address.
    #[error("the host of the address is neither a domain name nor an ip address")]
    Host,
    /// The port is no number from 1 to 65535.
    #[error("the port of the address is not a number from 1 to 65535")]
    Port,
}

impl Address {
    /// Reads an address. One slash at the end is dropped and letters of the host become lower case.
    ///
    /// # Errors
    /// The [`AddressError`] that names what is wrong.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        if text.len() > ADDRESS_BYTES_MAX {
            return Err(AddressError::TooLong);
        }
        let rest = match text.split_at_checked(8) {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https://") => rest,
            _ => return Err(AddressError::Scheme),
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.contains(['/', '?', '#', '@', '\\']) {
            return Err(AddressError::MoreThanAuthority);
        }
        let (host, port) = split(authority)?;
        let port = match port {
            None => 443,
            Some(digits) => port_number(digits)?,
        };
        Ok(Self(Arc::from(format!(
            "https://{}:{port}",
            host.to_ascii_lowercase()
        ))))
    }

    /// Host and port, as a connection or a `Host` header wants them.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.0.strip_prefix("https://").unwrap_or(&self.0)
    }

    /// The domain name or IP address, without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        let authority = self.authority();
        let host = authority
            .rsplit_once(':')
            .map_or(authority, |(host, _)| host);
        host.strip_prefix('[')
            .and_then(|inner| inner.strip_suffix(']'))
            .unwrap_or(host)
    }

    /// The TCP port.
    #[must_use]
    pub fn port(&self) -> u16 {
        let port = self.authority().rsplit_once(':').map(|(_, port)| port);
        port.and_then(|digits| digits.parse().ok()).unwrap_or(443)
    }
}

shared_text!(Address, AddressError);

fn split(authority: &str) -> Result<(&str, Option<&str>), AddressError> {
    if let Some(rest) = authority.strip_prefix('[') {
        let (inner, after) = rest.split_once(']').ok_or(AddressError::Host)?;
        inner
            .parse::<std::net::Ipv6Addr>()
            .map_err(|_| AddressError::Host)?;
        let host = authority.get(..inner.len() + 2).ok_or(AddressError::Host)?;
        return match after.strip_prefix(':') {
            Some(port) => Ok((host, Some(port))),
            None if after.is_empty() => Ok((host, None)),
            None => Err(AddressError::Host),
        };
    }
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    if is_domain_name(host) {
        Ok((host, port))
    } else {
        Err(AddressError::Host)
    }
}

fn port_number(digits: &str) -> Result<u16, AddressError> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(AddressError::Port);
    }
    match digits.parse::<u16>() {
        Ok(port) if port > 0 => Ok(port),
        _ => Err(AddressError::Port),
    }
}

/// Whether the text is a host name: labels of letters, digits and inner hyphens (RFC 1035, with a
/// leading digit allowed as in RFC 1123), at most 253 characters, no dot at the end.
pub(crate) fn is_domain_name(text: &str) -> bool {
    (1..=253).contains(&text.len())
        && text.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_we_send_always_has_a_port() {
        for (given, kept) in [
            (
                "https://manager.example:8443",
                "https://manager.example:8443",
            ),
            (
                "https://Manager.Example:8443/",
                "https://manager.example:8443",
            ),
            ("HTTPS://inway.example", "https://inway.example:443"),
            ("https://127.0.0.1:1", "https://127.0.0.1:1"),
            ("https://[::1]:65535", "https://[::1]:65535"),
            ("https://[2001:db8::1]", "https://[2001:db8::1]:443"),
        ] {
            assert_eq!(Address::parse(given).unwrap().as_str(), kept);
        }
    }

    #[test]
    fn the_parts_can_be_asked_for() {
        let name = Address::parse("https://inway.example:8443").unwrap();
        assert_eq!(
            (name.authority(), name.host(), name.port()),
            ("inway.example:8443", "inway.example", 8443)
        );
        let six = Address::parse("https://[::1]").unwrap();
        assert_eq!(
            (six.authority(), six.host(), six.port()),
            ("[::1]:443", "::1", 443)
        );
    }

    #[test]
    fn each_mistake_is_named() {
        for (given, error) in [
            ("http://manager.example:8443", AddressError::Scheme),
            ("manager.example:8443", AddressError::Scheme),
            ("https:/é", AddressError::Scheme),
            (
                "https://manager.example:8443/v1",
                AddressError::MoreThanAuthority,
            ),
            (
                "https://user@manager.example",
                AddressError::MoreThanAuthority,
            ),
            ("https://manager.example?x", AddressError::MoreThanAuthority),
            ("https://", AddressError::Host),
            ("https://a..b", AddressError::Host),
            ("https://-a.example", AddressError::Host),
            ("https://[::g]:1", AddressError::Host),
            ("https://[::1]x", AddressError::Host),
            ("https://a:", AddressError::Port),
            ("https://a:0", AddressError::Port),
            ("https://a:65536", AddressError::Port),
            ("https://a:+80", AddressError::Port),
        ] {
            assert_eq!(Address::parse(given), Err(error), "{given}");
        }
        assert_eq!(
            Address::parse(&format!("https://{}", "a".repeat(250))),
            Err(AddressError::TooLong)
        );
    }
}
