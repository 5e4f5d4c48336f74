//! How the case system says no: `Fout` and `ValidatieFout` of the ZGW standards.

use http::StatusCode;
use serde_json::{Value, json};

/// A refusal, ready to be sent.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: String,
    invalid: Vec<InvalidParam>,
}

/// A parameter that is wrong (`FieldValidationError`). Never holds the value that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct InvalidParam {
    name: String,
    code: &'static str,
    reason: &'static str,
}

impl InvalidParam {
    pub(super) fn invalid(name: &str, reason: &'static str) -> Self {
        Self {
            name: name.to_owned(),
            code: "invalid",
            reason,
        }
    }

    /// A name the collection does not filter on. The name itself is left out: anybody can write
    /// anything there.
    pub(super) fn unknown() -> Self {
        Self {
            name: "nonFieldErrors".to_owned(),
            code: "unknown-parameters",
            reason: "Op een van de opgegeven parameters kan hier niet worden gefilterd.",
        }
    }

    pub(super) fn personal_in_url() -> Self {
        Self {
            name: "nonFieldErrors".to_owned(),
            code: "persoonsgegeven-in-url",
            reason: "Een nummer van een persoon hoort niet in een URL; gebruik POST /zaken/_zoek.",
        }
    }
}

impl Problem {
    pub(super) fn invalid(invalid: Vec<InvalidParam>) -> Self {
        Self {
            invalid,
            ..Self::new(StatusCode::BAD_REQUEST, "invalid", "Invalid input.", "")
        }
    }

    pub(super) fn not_json() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "parse_error",
            "Malformed request.",
            "De inhoud van de vraag is geen JSON-object.",
        )
    }

    pub(super) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "Niet gevonden.",
            "Deze resource of pagina bestaat niet.",
        )
    }

    pub(super) fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "Methode niet toegestaan.",
            "Dit zaaksysteem kan alleen worden gelezen.",
        )
    }

    pub(super) fn unsupported_media_type() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "Ongeldig media type.",
            "De vraag moet als application/json worden gesteld.",
        )
    }

    pub(super) fn crs_missing(header: &str) -> Self {
        Self::new(
            StatusCode::PRECONDITION_FAILED,
            "precondition_failed",
            "Precondition failed.",
            &format!("De header {header} ontbreekt; geef EPSG:4326 op."),
        )
    }

    pub(super) fn crs_not_acceptable() -> Self {
        Self::new(
            StatusCode::NOT_ACCEPTABLE,
            "not_acceptable",
            "Kan niet voldoen aan de opgegeven Accept header.",
            "Het antwoord kan alleen in EPSG:4326 worden gegeven.",
        )
    }

    pub(super) fn crs_unsupported() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "Ongeldig media type.",
            "De vraag kan alleen in EPSG:4326 worden gesteld.",
        )
    }

    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    /// The problem document, for a request to `path`.
    pub(super) fn body(&self, path: &str) -> Value {
        let mut body = json!({
            "type": format!("https://httpstatuses.io/{}", self.status.as_u16()),
            "code": self.code,
            "title": self.title,
            "status": self.status.as_u16(),
            "detail": self.detail,
            "instance": path,
        });
        if let Value::Object(members) = &mut body
            && !self.invalid.is_empty()
        {
            let params = self.invalid.iter().map(
                |param| json!({"name": param.name, "code": param.code, "reason": param.reason}),
            );
            members.insert("invalidParams".to_owned(), params.collect());
        }
        body
    }

    fn new(status: StatusCode, code: &'static str, title: &'static str, detail: &str) -> Self {
        Self {
            status,
            code,
            title,
            detail: detail.to_owned(),
            invalid: Vec::new(),
        }
    }
}
