//! What the applications of the municipality ask.

use std::fmt::Write as _;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Request, Uri};
use http_body_util::Full;
use serde_json::{Value, json};

use super::StepError;
use crate::demo::sources::brp::PERSONEN_PATH;
use crate::demo::sources::zaken;
use crate::demo::stage::unusable;

/// The person of the story, Jasmijn Sofie de Wit, who applies for bijstand: an invented person with a number for tests.
pub(in crate::demo) const BSN: &str = "999904000";

/// What is asked of the person records.
pub(in crate::demo) const FIELDS: [&str; 6] = [
    "naam",
    "geboorte",
    "verblijfplaats",
    "partners.naam",
    "kinderen.naam",
    "nationaliteiten",
];

/// Longest member of a body in one line.
const LINE: usize = 80;

const JSON: &str = "application/json; charset=utf-8";

/// A question of an application: to its own outway, or with other headers to an inway.
#[derive(Clone, Debug)]
pub(in crate::demo) struct Question {
    pub(in crate::demo) method: Method,
    /// Path at the outway: with the prefix of the destination.
    pub(in crate::demo) path: String,
    pub(in crate::demo) headers: Vec<(&'static str, String)>,
    pub(in crate::demo) body: Option<Value>,
}

/// Who asks, and why.
#[derive(Clone, Copy, Debug)]
pub(in crate::demo) struct Reason {
    /// The purpose (doelbinding): a processing activity.
    pub(in crate::demo) purpose: &'static str,
    pub(in crate::demo) role: &'static str,
    pub(in crate::demo) channel: &'static str,
}

impl Reason {
    /// An application for bijstand, at the counter.
    pub(in crate::demo) const APPLICATION: Reason = Reason {
        purpose: "bijstand-aanvraag",
        role: "inkomensconsulent",
        channel: "balie",
    };

    /// Telling somebody on the telephone how far a case is.
    pub(in crate::demo) const CASE_STATUS: Reason = Reason {
        purpose: "zaakstatus-inlichten",
        role: "klantcontactmedewerker",
        channel: "telefoon",
    };

    fn headers(self) -> Vec<(&'static str, String)> {
        vec![
            ("sluis-purpose", self.purpose.to_owned()),
            ("sluis-role", self.role.to_owned()),
            ("sluis-channel", self.channel.to_owned()),
        ]
    }
}

impl Question {
    /// About the person of the story (Haal Centraal BRP Personen Bevragen).
    pub(in crate::demo) fn person(reason: Reason) -> Question {
        let mut headers = vec![(CONTENT_TYPE.as_str(), JSON.to_owned())];
        headers.extend(reason.headers());
        Question {
            method: Method::POST,
            path: format!("/brp{PERSONEN_PATH}"),
            headers,
            body: Some(json!({
                "type": "RaadpleegMetBurgerservicenummer",
                "burgerservicenummer": [BSN],
                "fields": FIELDS,
            })),
        }
    }

    /// For the cases of the person of the story (ZGW Zaken API). The number stands in the body, not in the URL.
    pub(in crate::demo) fn cases(reason: Reason) -> Question {
        let mut headers = vec![
            (CONTENT_TYPE.as_str(), JSON.to_owned()),
            ("accept-crs", "EPSG:4326".to_owned()),
            ("content-crs", "EPSG:4326".to_owned()),
        ];
        headers.extend(reason.headers());
        Question {
            method: Method::POST,
            path: format!("/zaken{}/zaken/_zoek", zaken::BASE_PATH),
            headers,
            body: Some(json!({
                "rol__betrokkeneIdentificatie__natuurlijkPersoon__inpBsn": BSN,
            })),
        }
    }

    /// For what is behind a URL in an answer; `path` is its path at the outway.
    pub(in crate::demo) fn get(path: &str, reason: Reason) -> Question {
        let mut headers = vec![(ACCEPT.as_str(), "application/json".to_owned())];
        headers.extend(reason.headers());
        Question {
            method: Method::GET,
            path: path.to_owned(),
            headers,
            body: None,
        }
    }

    /// As somebody asks it at the inway itself: without the prefix of the destination, and with what an outway would add.
    pub(in crate::demo) fn at_the_inway(
        mut self,
        token: Option<&str>,
        transaction_id: String,
    ) -> Question {
        if let Some(path) = self.path.strip_prefix("/brp") {
            self.path = path.to_owned();
        }
        if let Some(token) = token {
            self.headers.push((
                sluis_fsc::api::headers::FSC_AUTHORIZATION,
                format!("Bearer {token}"),
            ));
        }
        self.headers
            .push((sluis_fsc::api::headers::FSC_TRANSACTION_ID, transaction_id));
        self
    }

    /// The question as HTTP.
    pub(in crate::demo) fn request(&self) -> Result<Request<Full<Bytes>>, StepError> {
        let body = self.body.as_ref().map(Value::to_string).unwrap_or_default();
        let mut request = Request::new(Full::from(body));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = Uri::try_from(&self.path).map_err(|error| unusable(&error))?;
        let headers: &mut HeaderMap = request.headers_mut();
        for (name, value) in &self.headers {
            let value = HeaderValue::from_str(value).map_err(|error| unusable(&error))?;
            headers.insert(*name, value);
        }
        Ok(request)
    }

    /// The question as lines for a terminal.
    pub(in crate::demo) fn curl(&self, outway: &str) -> String {
        let mut text = format!("curl -sS -w '\\n' 'http://{outway}{}'", self.path);
        // Writing to a String does not fail.
        for (name, value) in &self.headers {
            let _ = write!(text, " \\\n  -H '{name}: {value}'");
        }
        if let Some(Value::Object(body)) = &self.body {
            let members = body.iter().map(|(name, value)| member(name, value));
            let members: Vec<String> = members.collect();
            let _ = write!(text, " \\\n  -d '{{{}}}'", members.join(",\n       "));
        }
        text
    }
}

/// A member of a JSON object as text; a long list goes on in a second line.
fn member(name: &str, value: &Value) -> String {
    let text = format!("{}: {value}", Value::from(name));
    match value.as_array() {
        Some(items) if text.len() > LINE => {
            let (first, second) = items.split_at(items.len() / 2);
            let list = |items: &[Value]| {
                let items: Vec<String> = items.iter().map(Value::to_string).collect();
                items.join(", ")
            };
            let (first, second) = (list(first), list(second));
            format!("{}: [{first},\n         {second}]", Value::from(name))
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bsn_stands_in_a_body_only() {
        for question in [
            Question::person(Reason::APPLICATION),
            Question::cases(Reason::CASE_STATUS),
            Question::get("/zaken/zaken/api/v1/statussen/1", Reason::CASE_STATUS),
        ] {
            let request = question.request().unwrap();
            let head = format!("{} {:?}", request.uri(), request.headers());
            assert!(!head.contains(BSN), "{head}");
        }
    }

    #[test]
    fn a_question_can_be_pasted_in_a_terminal() {
        let curl = Question::person(Reason::APPLICATION).curl("127.0.0.1:12000");
        assert!(curl.starts_with(
            "curl -sS -w '\\n' 'http://127.0.0.1:12000/brp/haalcentraal/api/brp/personen' \\\n"
        ));
        assert!(curl.contains("-H 'sluis-purpose: bijstand-aanvraag' \\\n"));
        assert!(curl.ends_with("\"nationaliteiten\"]}'"));
        assert!(curl.lines().all(|line| line.len() <= 96), "{curl}");
        let body = curl.split_once("-d '").unwrap().1.trim_end_matches('\'');
        let body: Value = serde_json::from_str(body).unwrap();
        assert_eq!(Some(body), Question::person(Reason::APPLICATION).body);
    }

    #[test]
    fn at_the_inway_there_is_no_prefix() {
        let question =
            Question::person(Reason::APPLICATION).at_the_inway(Some("abc"), "id".to_owned());
        let request = question.request().unwrap();
        assert_eq!(request.uri().path(), PERSONEN_PATH);
        assert_eq!(request.headers()["fsc-authorization"], "Bearer abc");
    }
}
