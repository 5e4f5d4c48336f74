//! Where applications may go, under stable local names.

use std::sync::Arc;

use http::request::Parts;
use http::uri::{PathAndQuery, Uri};
use http::{HeaderName, Uri as HttpUri};
use sluis_certs::PeerId;

use crate::passage::Refusal;

/// An application may name its destination in this header instead of by path prefix.
pub(super) static DESTINATION: HeaderName = HeaderName::from_static("sluis-destination");

/// One destination of the configuration.
#[derive(Debug, Clone)]
pub struct Destination {
    /// The stable local name.
    pub name: Arc<str>,
    /// Requests whose path starts with this go there, and the prefix is taken off; starts and does not end with `/`.
    pub path_prefix: Arc<str>,
    /// The organisation that offers the service.
    pub peer_id: PeerId,
    /// The service.
    pub service: Arc<str>,
    /// The organisation on whose behalf we call, where there are several contracts.
    pub delegator: Option<PeerId>,
}

/// All destinations.
#[derive(Debug, Clone, Default)]
pub struct Destinations(Arc<[Destination]>);

impl Destinations {
    /// The destinations of the configuration. Longer prefixes are tried first.
    pub fn new(mut destinations: Vec<Destination>) -> Destinations {
        destinations.sort_by_key(|one| std::cmp::Reverse(one.path_prefix.len()));
        Destinations(destinations.into())
    }

    /// Finds the destination by the header `Sluis-Destination` or by path prefix, and takes either off.
    pub(super) fn find(&self, head: &mut Parts) -> Result<&Destination, Refusal> {
        if let Some(named) = head.headers.remove(&DESTINATION) {
            return self
                .0
                .iter()
                .find(|one| one.name.as_bytes() == named.as_bytes().trim_ascii())
                .ok_or(Refusal::DestinationUnknown);
        }
        for destination in self.0.iter() {
            if let Some(target) = without_prefix(&head.uri, &destination.path_prefix) {
                head.uri = HttpUri::from(target);
                return Ok(destination);
            }
        }
        Err(Refusal::DestinationUnknown)
    }
}

/// The target after `prefix`, which ends at a segment's end; the query is kept.
fn without_prefix(uri: &Uri, prefix: &str) -> Option<PathAndQuery> {
    let rest = uri.path_and_query()?.as_str().strip_prefix(prefix)?;
    match rest.as_bytes().first() {
        Some(b'/') => rest.parse().ok(),
        None | Some(b'?') => format!("/{rest}").parse().ok(),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn destinations() -> Destinations {
        let one = |name: &str, prefix: &str| Destination {
            name: name.into(),
            path_prefix: prefix.into(),
            peer_id: PeerId::new("00000099000000002000").unwrap(),
            service: name.into(),
            delegator: None,
        };
        Destinations::new(vec![
            one("brp", "/brp"),
            one("brp-proef", "/brp/proef"),
            one("zaken", "/zaken"),
        ])
    }

    fn find(request: http::request::Builder) -> Option<(String, String)> {
        let mut head = request.body(()).unwrap().into_parts().0;
        let destinations = destinations();
        let name = destinations.find(&mut head).ok()?.name.to_string();
        assert!(!head.headers.contains_key(&DESTINATION));
        Some((name, head.uri.to_string()))
    }

    #[test]
    fn a_prefix_is_taken_off_at_the_end_of_a_segment() {
        for (target, found) in [
            (
                "/brp/haalcentraal/api/brp/personen?x=1",
                Some(("brp", "/haalcentraal/api/brp/personen?x=1")),
            ),
            ("/brp", Some(("brp", "/"))),
            ("/brp?x=1", Some(("brp", "/?x=1"))),
            ("/brp/proef/a", Some(("brp-proef", "/a"))),
            ("/brpx/a", None),
            ("/", None),
            ("/zakenx", None),
        ] {
            let found = found.map(|(name, target)| (name.to_owned(), target.to_owned()));
            assert_eq!(find(Request::get(target)), found, "{target}");
        }
    }

    #[test]
    fn a_name_in_the_header_leaves_the_path_alone() {
        let named = find(Request::get("/brp/a").header("Sluis-Destination", "zaken"));
        assert_eq!(named, Some(("zaken".to_owned(), "/brp/a".to_owned())));
        assert_eq!(
            find(Request::get("/brp/a").header("Sluis-Destination", "nergens")),
            None
        );
    }
}
