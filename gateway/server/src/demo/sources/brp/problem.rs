//! How the person register says no: a problem document with a `code` (`Foutbericht` and
//! `BadRequestFoutbericht` of BRP Personen Bevragen 2.x).
//!
//! The published schema allows no colon, bracket or quote in any text and no bracket in a name, so
//! an item of a list is named `fields.3` here.

use http::StatusCode;
use serde_json::{Value, json};

use super::PERSONEN_PATH;

/// Longest `detail` that the schema allows.
const DETAIL_CHARS_MAX: usize = 200;

/// A refusal, ready to be sent.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    body: Value,
}

/// A parameter that is wrong (`InvalidParam`). Never holds the value that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct InvalidParam {
    pub(super) name: String,
    pub(super) code: &'static str,
    pub(super) reason: String,
}

impl Problem {
    /// One or more parameters are wrong; all are named at once, as the standard asks.
    pub(super) fn invalid(params: &[InvalidParam]) -> Self {
        let (title, code) = if params.iter().all(|param| param.code == "required") {
            (
                "Minimale combinatie van parameters moet worden opgegeven.",
                "paramsCombination",
            )
        } else {
            (
                "Een of meerdere parameters zijn niet correct.",
                "paramsValidation",
            )
        };
        let names: Vec<&str> = params.iter().map(|param| param.name.as_str()).collect();
        let mut detail = format!("De foutieve parameters zijn {}.", names.join(", "));
        if detail.len() > DETAIL_CHARS_MAX {
            detail = "De foutieve parameters staan in invalidParams.".to_owned();
        }
        let mut problem = Self::new(StatusCode::BAD_REQUEST, title, &detail, code);
        if let Value::Object(members) = &mut problem.body {
            let params = params.iter().map(
                |param| json!({"name": param.name, "code": param.code, "reason": param.reason}),
            );
            members.insert("invalidParams".to_owned(), params.collect());
        }
        problem
    }

    pub(super) fn not_json() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "Een of meerdere parameters zijn niet correct.",
            "De inhoud van de vraag is geen geldige JSON.",
            "paramsValidation",
        )
    }

    pub(super) fn not_acceptable() -> Self {
        Self::new(
            StatusCode::NOT_ACCEPTABLE,
            "Gevraagde contenttype wordt niet ondersteund.",
            "Het antwoord kan alleen als JSON worden gegeven.",
            "notAcceptable",
        )
    }

    pub(super) fn unsupported_media_type() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Media Type wordt niet ondersteund.",
            "De vraag moet als JSON in UTF-8 worden gesteld.",
            "unsupported",
        )
    }

    pub(super) fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "Method not allowed.",
            "De vraag moet met POST worden gesteld.",
            "methodNotAllowed",
        )
    }

    pub(super) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "Opgevraagde resource bestaat niet.",
            "Deze bron kent alleen personen.",
            "notFound",
        )
    }

    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    pub(super) fn body(&self) -> &Value {
        &self.body
    }

    fn new(status: StatusCode, title: &str, detail: &str, code: &str) -> Self {
        let section = match status {
            StatusCode::NOT_FOUND => "6.5.4",
            StatusCode::METHOD_NOT_ALLOWED => "6.5.5",
            StatusCode::NOT_ACCEPTABLE => "6.5.6",
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "6.5.13",
            _ => "6.5.1",
        };
        let body = json!({
            "type": format!("https://datatracker.ietf.org/doc/html/rfc7231#section-{section}"),
            "title": title,
            "status": status.as_u16(),
            "detail": detail,
            "instance": PERSONEN_PATH,
            "code": code,
        });
        Self { status, body }
    }
}
