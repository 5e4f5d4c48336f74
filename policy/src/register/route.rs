//! The HTTP method and path template of an operation.

use std::sync::Arc;

use crate::table::{File, Word};

/// `POST /haalcentraal/api/brp/personen`, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) method: Arc<str>,
    pub(crate) template: Arc<str>,
    pub(crate) segments: Vec<Segment>,
}

/// A part of a path between slashes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Segment {
    /// Exactly this; sorts before a variable, so that the more exact path is found first.
    Fixed(Arc<str>),
    /// Anything that can only be read in one way.
    Variable,
}

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

impl Route {
    /// Reads `METHOD /path/{variable}`.
    pub(crate) fn read(word: &Word, file: &mut File<'_>) -> Option<Route> {
        let mut mistake = |message: &str| {
            let help = "write method and path, variable parts in braces: `GET /zaken/{uuid}`; the query is not part of it";
            file.note(word.place, format!("`{}` {message}", word.text), help);
        };
        let Some((method, path)) = word.text.split_once(' ') else {
            mistake("is no method and path");
            return None;
        };
        let path = path.trim_start();
        if !METHODS.contains(&method) {
            mistake("does not start with a method (GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS)");
            return None;
        }
        let Some(rest) = path.strip_prefix('/') else {
            mistake("has a path that does not start with `/`");
            return None;
        };
        let segments: Option<Vec<Segment>> = if rest.is_empty() {
            Some(Vec::new())
        } else {
            rest.split('/').map(segment).collect()
        };
        let Some(segments) = segments else {
            mistake(
                "has a part that is empty, holds a character that no path has, or is `.` or `..`",
            );
            return None;
        };
        Some(Route {
            method: Arc::from(method),
            template: Arc::from(path),
            segments,
        })
    }

    /// Whether a path (without query) is one of this route. A path that two servers could read differently is not.
    pub(crate) fn fits(&self, path: &str) -> bool {
        let Some(rest) = path.strip_prefix('/') else {
            return false;
        };
        if rest.is_empty() {
            return self.segments.is_empty();
        }
        let mut parts = rest.split('/');
        let all = self
            .segments
            .iter()
            .all(|segment| match (segment, parts.next()) {
                (Segment::Fixed(name), Some(part)) => **name == *part,
                (Segment::Variable, Some(part)) => is_unambiguous(part),
                (_, None) => false,
            });
        all && parts.next().is_none()
    }
}

fn segment(part: &str) -> Option<Segment> {
    let variable = part
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'));
    match variable {
        Some(name) => {
            let fits = !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            fits.then_some(Segment::Variable)
        }
        None => {
            (is_unambiguous(part) && !part.contains('%')).then(|| Segment::Fixed(Arc::from(part)))
        }
    }
}

/// Whether every server reads the part alike (RFC 3986 §3.3): no dot segment, no encoded slash, backslash, dot, percent
/// sign or control character, nothing that is not allowed in a path. A semicolon starts a parameter for some servers.
fn is_unambiguous(part: &str) -> bool {
    if part.is_empty() || part == "." || part == ".." {
        return false;
    }
    let mut bytes = part.bytes();
    while let Some(byte) = bytes.next() {
        let fits = match byte {
            b'%' => {
                let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
                let code = digit(bytes.next())
                    .zip(digit(bytes.next()))
                    .map(|(high, low)| high * 16 + low);
                code.is_some_and(|code| {
                    code > 0x20 && !matches!(code, 0x25 | 0x2e | 0x2f | 0x5c | 0x7f)
                })
            }
            _ => byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,=:@".contains(&byte),
        };
        if !fits {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Report;
    use crate::yaml::Place;

    fn route(text: &str) -> Option<Route> {
        let mut report = Report::default();
        let name = Arc::from("services/test.yaml");
        let route = Route::read(
            &Word {
                text: Arc::from(text),
                place: Place::default(),
            },
            &mut report.file(&name),
        );
        assert_eq!(route.is_none(), !report.diagnostics.is_empty());
        route
    }

    #[test]
    fn a_path_fits_one_way_only() {
        let zaak = route("GET /zaken/api/v1/zaken/{uuid}").unwrap();
        for path in [
            "/zaken/api/v1/zaken/6f1c",
            "/zaken/api/v1/zaken/a%20b".replace("%20", "%21").as_str(),
            "/zaken/api/v1/zaken/a:b@c",
        ] {
            assert!(zaak.fits(path), "{path}");
        }
        for path in [
            "",
            "/",
            "zaken/api/v1/zaken/6f1c",
            "/zaken/api/v1/zaken",
            "/zaken/api/v1/zaken/",
            "/zaken/api/v1/zaken/6f1c/",
            "/zaken/api/v1//zaken/6f1c",
            "/zaken/api/v1/zaken/..",
            "/zaken/api/v1/zaken/.",
            "/zaken/api/v1/zaken/%2e%2e",
            "/zaken/api/v1/zaken/a%2Fb",
            "/zaken/api/v1/zaken/a%5cb",
            "/zaken/api/v1/zaken/a\\b",
            "/zaken/api/v1/zaken/a%00",
            "/zaken/api/v1/zaken/a%252e",
            "/zaken/api/v1/zaken/a%",
            "/zaken/api/v1/zaken/a%zz",
            "/zaken/api/v1/zaken/a;b",
            "/zaken/api/v1/zaken/a?b",
            "/zaken/api/v1/zaken/a#b",
            "/zaken/api/v1/zaken/é",
            "/zaken/api/v1/%7Aaken/6f1c",
            "/zaken/api/v1/Zaken/6f1c",
            "/zaken/api/v1/zaken/a b",
        ] {
            assert!(!zaak.fits(path), "{path}");
        }
        assert!(route("GET /").unwrap().fits("/") && !route("GET /").unwrap().fits("/a"));
        assert!(
            route("POST /brp.v1.Personen/Raadpleeg")
                .unwrap()
                .fits("/brp.v1.Personen/Raadpleeg")
        );
    }

    #[test]
    fn refuses_what_is_no_route() {
        for text in [
            "GET",
            "get /a",
            "GET a",
            "GET /a//b",
            "GET /a/",
            "GET /a?b=c",
            "GET /{}",
            "GET /a{b}",
            "GET /..",
            "GET /a%20",
            "FETCH /a",
            "GET /a b",
        ] {
            assert_eq!(route(text), None, "{text}");
        }
    }
}
