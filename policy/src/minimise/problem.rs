//! Error answers: only what cannot hold personal data.

use uuid::Uuid;

use super::MinimiseError;
use crate::json::{JsonError, Kind, Scanner, text_of};
use crate::shown::may_hold_bsn;

/// The members that pass when the policy names none. RFC 9457 §3.1 has also `detail` and `instance`; sources put the
/// person that was asked for in both.
pub(crate) const DEFAULT_ERROR_MEMBERS: [&str; 4] = ["type", "title", "status", "code"];

/// The members of an FSC error (FSC Core, error response), of problem details, and those that Sluis adds.
pub(super) const GATEWAY_ERROR_MEMBERS: [&str; 11] = [
    "message",
    "domain",
    "code",
    "type",
    "title",
    "status",
    "detail",
    "component",
    "reason",
    "remedy",
    "transaction_id",
];

pub(super) fn minimise(members: &[impl AsRef<str>], body: &[u8]) -> Result<Vec<u8>, MinimiseError> {
    if body.is_empty() {
        return Ok(Vec::new());
    }
    let mut scanner = Scanner::new(body)?;
    if scanner.kind()? != Kind::Object {
        return Err(MinimiseError::NotJson {
            offset: 0,
            mistake: "an error answer must be an object",
        });
    }
    let mut kept: Vec<&str> = Vec::new();
    scanner.object(|scanner, member| {
        let kind = scanner.kind()?;
        let value = scanner.skip()?;
        let raw = scanner.slice(value.clone());
        if members.iter().any(|name| *name.as_ref() == *member.name) && is_harmless(kind, raw) {
            kept.push(scanner.slice(member.span.start..value.end));
        }
        Ok::<(), JsonError>(())
    })?;
    scanner.end()?;
    Ok(format!("{{{}}}", kept.join(",")).into_bytes())
}

/// Whether a value shows no BSN. Of an object or list its text as a whole is looked at; with escaped digits in it, it
/// does not pass. The digits of a UUID are drawn by lot: one in 175 has eight or nine in a row that pass the elfproef.
fn is_harmless(kind: Kind, raw: &str) -> bool {
    match kind {
        Kind::Text => {
            let text = text_of(raw);
            is_uuid(&text) || !may_hold_bsn(&text)
        }
        Kind::Object | Kind::Array => !raw.contains("\\u") && !may_hold_bsn(raw),
        Kind::Number => !may_hold_bsn(raw),
        Kind::Boolean | Kind::Null => true,
    }
}

/// Whether the whole text is a UUID as RFC 9562 writes it: groups of hexadecimal digits with hyphens.
fn is_uuid(text: &str) -> bool {
    text.len() == uuid::fmt::Hyphenated::LENGTH && Uuid::try_parse(text).is_ok()
}
