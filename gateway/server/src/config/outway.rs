//! The role through which our applications reach others.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use serde::Deserialize;
use sluis_certs::PeerId;
use sluis_fsc::ServiceName;

use super::HeaderNames;

/// The outway: our own applications call other organisations' services through it, in plain HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutwayConfig {
    /// Address and port to listen on; normally of the machine itself, because the way from
    /// application to outway is not encrypted. Port 0 takes a free one.
    #[serde(deserialize_with = "super::listen::listen")]
    pub listen: SocketAddr,
    /// The services of others that our applications may call, each under a path of our choosing.
    #[serde(default)]
    pub destinations: Vec<Destination>,
    /// The headers in which applications say why and for whom they ask.
    #[serde(default)]
    pub headers: HeaderNames,
}

/// One service of another organisation, under a stable local name. The current valid grant is
/// found for it, so that an application needs no change when a contract is renewed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Destination {
    /// Local name, for logs and for the header `Sluis-Destination`.
    pub name: Arc<str>,
    /// Requests whose path starts with this go to the destination, with this part taken off:
    /// `/brp/personen` becomes `/personen`.
    pub path_prefix: PathPrefix,
    /// Peer ID (OIN) of the organisation that offers the service.
    pub peer_id: PeerId,
    /// Name of the service at that organisation.
    pub service: ServiceName,
    /// Peer ID (OIN) of the organisation on whose behalf we ask, under a delegated connection grant.
    #[serde(default)]
    pub delegator_peer_id: Option<PeerId>,
}

/// A path prefix: starts with a slash, names at least one segment, ends without a slash, and holds
/// no dot segments, escapes or query. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct PathPrefix(Arc<str>);

impl PathPrefix {
    /// The prefix as text, for example `/brp`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is left of `path` after this prefix, when the prefix ends at a segment of `path`. An
    /// empty rest is given as `/`.
    #[must_use]
    pub fn strip<'path>(&self, path: &'path str) -> Option<&'path str> {
        match path.strip_prefix(&*self.0)? {
            "" => Some("/"),
            rest if rest.starts_with('/') => Some(rest),
            _ => None,
        }
    }
}

impl TryFrom<String> for PathPrefix {
    type Error = PathPrefixError;

    fn try_from(text: String) -> Result<Self, PathPrefixError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~');
        let sound = |segment: &str| {
            !segment.is_empty() && segment != "." && segment != ".." && segment.chars().all(plain)
        };
        let is_sound = text
            .strip_prefix('/')
            .is_some_and(|rest| rest.split('/').all(sound));
        if is_sound {
            Ok(Self(text.into()))
        } else {
            Err(PathPrefixError { found: text })
        }
    }
}

impl fmt::Display for PathPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A path prefix that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{found}` is not a path prefix; write a slash and a name of letters, digits, `-`, `_`, `.` or `~`, and no slash at the end, for example `/brp`"
)]
pub struct PathPrefixError {
    /// What the file says.
    found: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_taken_off_at_a_segment() {
        let prefix = PathPrefix::try_from("/brp".to_owned()).unwrap();
        assert_eq!(prefix.strip("/brp/personen"), Some("/personen"));
        assert_eq!(prefix.strip("/brp"), Some("/"));
        assert_eq!(prefix.strip("/brp/"), Some("/"));
        assert_eq!(prefix.strip("/brpx/personen"), None);
        assert_eq!(prefix.strip("/zaken"), None);
    }

    #[test]
    fn a_prefix_that_could_be_misread_is_refused() {
        for text in [
            "", "/", "brp", "/brp/", "/a//b", "/../b", "/a?b", "/a%2fb", "/a b", "/é",
        ] {
            assert!(PathPrefix::try_from(text.to_owned()).is_err(), "{text}");
        }
        assert!(PathPrefix::try_from("/api/v1.0/brp_2~x".to_owned()).is_ok());
    }
}
