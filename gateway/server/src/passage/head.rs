//! The request head: what is acceptable, and what does not go beyond this hop.

use http::header::{
    CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HeaderMap, HeaderName,
    PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use http::request::Parts;
use http::{HeaderValue, Method, Version};

use super::Refusal;

/// Checks that the head is of an acceptable size, method and target.
pub(super) fn check(
    head: &Parts,
    header_bytes_max: usize,
    headers_max: usize,
) -> Result<(), Refusal> {
    if head.method == Method::CONNECT {
        return Err(Refusal::MethodUnsupported);
    }
    let target = head
        .uri
        .path_and_query()
        .map_or(0, |target| target.as_str().len());
    let size = head.headers.iter().fold(target, |size, (name, value)| {
        size + name.as_str().len() + value.len() + 4
    });
    // On HTTP/1.1 the HTTP library counts; on HTTP/2 nobody does.
    if size > header_bytes_max || head.headers.len() > headers_max {
        return Err(Refusal::HeadTooLarge(header_bytes_max));
    }
    // An absolute-form target would let the caller choose where we go; on HTTP/2 the authority is always there and is ignored.
    let absolute = head.version < Version::HTTP_2 && head.uri.scheme().is_some();
    if absolute || !path_is_plain(head.uri.path()) {
        return Err(Refusal::TargetUnacceptable);
    }
    Ok(())
}

/// Whether what we match and what the next hop sees cannot differ: no dot segments (also encoded), no empty segments, no encoded slashes.
fn path_is_plain(path: &str) -> bool {
    let Some(rest) = path.strip_prefix('/') else {
        return false;
    };
    let last = rest.matches('/').count();
    rest.split('/').enumerate().all(|(place, segment)| {
        let empty = segment.is_empty() && place != last;
        !empty && !is_dots(segment) && !has_encoded_separator(segment)
    })
}

fn is_dots(segment: &str) -> bool {
    let dot = |text: &str| {
        let after = text.strip_prefix('.').or_else(|| text.strip_prefix("%2e"));
        after.or_else(|| text.strip_prefix("%2E")).map(str::len)
    };
    let after_dot = dot(segment).and_then(|left| segment.get(segment.len() - left..));
    after_dot.is_some_and(|rest| rest.is_empty() || dot(rest) == Some(0))
}

fn has_encoded_separator(segment: &str) -> bool {
    segment.contains('\\')
        || segment
            .as_bytes()
            .windows(3)
            .any(|window| matches!(window, b"%2f" | b"%2F" | b"%5c" | b"%5C" | b"%00"))
}

/// Takes off what belongs to this connection only (RFC 9110, section 7.6.1), including what `Connection` names.
pub(super) fn strip_hop_by_hop(headers: &mut HeaderMap) {
    if headers.contains_key(TRANSFER_ENCODING) {
        // The body came in chunks, so this length is not its length, and who passes it on must not repeat it (RFC 9112, section 6.3).
        headers.remove(CONTENT_LENGTH);
    }
    let trailers = headers
        .get(TE)
        .is_some_and(|te| te.as_bytes().eq_ignore_ascii_case(b"trailers"));
    if headers.contains_key(CONNECTION) {
        let named: Vec<HeaderName> = headers
            .get_all(CONNECTION)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(|name| name.trim().parse().ok())
            // How the body is to be read was part of the decision.
            .filter(|name| *name != CONTENT_TYPE && *name != CONTENT_ENCODING)
            .collect();
        for name in named {
            headers.remove(name);
        }
    }
    for name in [
        &CONNECTION,
        &EXPECT,
        &PROXY_AUTHENTICATE,
        &PROXY_AUTHORIZATION,
        &TE,
        &TRAILER,
        &TRANSFER_ENCODING,
        &UPGRADE,
    ] {
        headers.remove(name);
    }
    for name in ["keep-alive", "proxy-connection", "http2-settings"] {
        headers.remove(name);
    }
    if trailers {
        // gRPC needs it on every hop, and it promises nothing else than that we pass trailers on, which we do.
        headers.insert(TE, HeaderValue::from_static("trailers"));
    }
}

/// Takes off what would make the next hop see another request than the one that was decided upon: another method or path,
/// and headers of ours that nobody read here. Some servers read `_` in a name as `-`.
pub(super) fn strip_misleading(headers: &mut HeaderMap) {
    let found: Vec<HeaderName> = headers
        .keys()
        .filter(|name| misleads(name.as_str()))
        .cloned()
        .collect();
    for name in found {
        headers.remove(name);
    }
}

fn misleads(name: &str) -> bool {
    if name.contains('_') {
        let name = name.replace('_', "-");
        return name.starts_with("fsc-") || misleads(&name);
    }
    name.starts_with("sluis-")
        || matches!(
            name,
            "fsc-grant-hash"
                | "x-http-method"
                | "x-http-method-override"
                | "x-method-override"
                | "x-original-url"
                | "x-rewrite-url"
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn head(request: http::request::Builder) -> Parts {
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn paths_that_could_reach_past_the_destination_are_refused() {
        for bad in [
            "/a/../b",
            "/a/%2e%2E/b",
            "/a//b",
            "//a",
            "/a/.",
            "/a%2fb",
            "/a%5Cb",
            "/a%00",
            "/..",
            "/a/.%2e",
            "/a/%2E.",
            "/a/%2e/b",
        ] {
            assert!(
                matches!(
                    check(&head(Request::get(bad)), 1000, 9),
                    Err(Refusal::TargetUnacceptable)
                ),
                "{bad}"
            );
        }
        for good in [
            "/",
            "/a",
            "/a/",
            "/a/b?x=/../",
            "/a/b.json",
            "/zaken/api/v1/zaken/_zoek",
            "/a/..b",
            "/a/...",
            "/a/%2e%2e%2e",
            "/a/%2eb",
        ] {
            assert!(check(&head(Request::get(good)), 1000, 9).is_ok(), "{good}");
        }
    }

    #[test]
    fn the_caller_cannot_choose_the_host() {
        assert!(matches!(
            check(&head(Request::get("http://elsewhere/a")), 1000, 9),
            Err(Refusal::TargetUnacceptable)
        ));
        assert!(
            check(
                &head(Request::get("http://here/a").version(Version::HTTP_2)),
                1000,
                9
            )
            .is_ok()
        );
        assert!(matches!(
            check(&head(Request::connect("a:443")), 1000, 9),
            Err(Refusal::MethodUnsupported)
        ));
    }

    #[test]
    fn a_head_of_the_limit_passes_and_one_byte_more_does_not() {
        let head = head(Request::get("/a").header("x", "yyyy"));
        assert!(check(&head, 2 + 1 + 4 + 4, 1).is_ok());
        assert!(matches!(
            check(&head, 99, 0),
            Err(Refusal::HeadTooLarge(99))
        ));
        assert!(matches!(
            check(&head, 10, 1),
            Err(Refusal::HeadTooLarge(10))
        ));
    }

    #[test]
    fn hop_by_hop_headers_and_those_that_connection_names_are_taken_off() {
        let mut head = head(
            Request::get("/")
                .header("connection", "Upgrade, X-Private, Content-Type")
                .header("content-type", "application/json")
                .header("upgrade", "h2c")
                .header("http2-settings", "x")
                .header("x-private", "1")
                .header("te", "trailers")
                .header("transfer-encoding", "chunked")
                .header("keep-alive", "timeout=5")
                .header("proxy-authorization", "x")
                .header("accept", "*/*"),
        );
        strip_hop_by_hop(&mut head.headers);
        let mut left: Vec<_> = head.headers.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["accept", "content-type", "te"]);
    }
}
