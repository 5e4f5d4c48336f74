//! What many cases expect of an answer.

use serde_json::Value;

use crate::case::{Evidence, Stop};
use crate::clauses::{Clause, ERRORS, INWAY_ERRORS, MANAGER_ERRORS, OUTWAY_ERRORS};
use crate::wire::Answer;

/// The codes of FSC Core 2.0.0, Manager, Error response, with their status.
const MANAGER_CODES: [(&str, u16); 12] = [
    ("ERROR_CODE_INCORRECT_GROUP_ID", 422),
    ("ERROR_CODE_SUBMITTING_PEER_NOT_PART_OF_CONTRACT", 422),
    ("ERROR_CODE_RECEIVING_PEER_NOT_PART_OF_CONTRACT", 422),
    // The one code that manager.yaml has for the two above.
    ("ERROR_CODE_PEER_NOT_PART_OF_CONTRACT", 422),
    ("ERROR_CODE_SIGNATURE_CONTRACT_CONTENT_HASH_MISMATCH", 422),
    ("ERROR_CODE_PEER_CERTIFICATE_VERIFICATION_FAILED", 400),
    ("ERROR_CODE_PEER_ID_SIGNATURE_MISMATCH", 422),
    ("ERROR_CODE_SIGNATURE_VERIFICATION_FAILED", 422),
    ("ERROR_CODE_GRANT_COMBINATION_NOT_ALLOWED", 422),
    ("ERROR_CODE_URL_PATH_CONTENT_HASH_MISMATCH", 422),
    ("ERROR_CODE_UNKNOWN_HASH_ALGORITHM_HASH", 422),
    ("ERROR_CODE_UNKNOWN_ALGORITHM_SIGNATURE", 422),
];

/// An answer with this status.
pub(crate) fn status(
    evidence: &mut Evidence,
    clause: Clause,
    answer: &Answer,
    wanted: u16,
    what: &str,
) -> Result<(), Stop> {
    evidence.check(
        answer.status.as_u16() == wanted,
        clause,
        format!("status {wanted} for {what}"),
        || answer.shown(),
    )
}

/// A refusal of the manager with one of these codes; any code of FSC Core when none is given.
pub(crate) fn manager_refusal(
    evidence: &mut Evidence,
    answer: &Answer,
    codes: &[&str],
    what: &str,
) -> Result<(), Stop> {
    evidence.check(
        answer.status.is_client_error(),
        MANAGER_ERRORS,
        format!("a refusal of {what}"),
        || answer.shown(),
    )?;
    let code = error_object(
        evidence,
        answer,
        "ERROR_DOMAIN_MANAGER",
        MANAGER_ERRORS,
        what,
    )?;
    let known = MANAGER_CODES.iter().find(|(name, _)| *name == code);
    let wanted = if codes.is_empty() {
        "a code of FSC Core".to_owned()
    } else {
        codes.join(" or ")
    };
    evidence.check(
        known.is_some() && (codes.is_empty() || codes.contains(&code.as_str())),
        MANAGER_ERRORS,
        format!("{wanted} for {what}"),
        || answer.shown(),
    )?;
    let wanted = known.map_or(422, |(_, status)| *status);
    status(evidence, MANAGER_ERRORS, answer, wanted, what)
}

/// A refusal of the inway with this status and code.
pub(crate) fn inway_refusal(
    evidence: &mut Evidence,
    answer: &Answer,
    wanted: (u16, &str),
    clause: Clause,
    what: &str,
) -> Result<(), Stop> {
    status(evidence, clause, answer, wanted.0, what)?;
    let code = error_object(evidence, answer, "ERROR_DOMAIN_INWAY", clause, what)?;
    // FSC Logging prints its codes without the prefix of FSC Core; either is taken.
    let bare = |code: &str| code.trim_start_matches("ERROR_CODE_").to_owned();
    evidence.check(
        bare(&code) == bare(wanted.1),
        clause,
        format!("Fsc-Error-Code: {} for {what}", wanted.1),
        || answer.shown(),
    )?;
    if wanted.0 != 401 {
        return Ok(());
    }
    let scheme = answer.header("www-authenticate").unwrap_or_default();
    let is_bearer = scheme
        .split_whitespace()
        .next()
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer"));
    evidence.check(
        is_bearer,
        INWAY_ERRORS,
        "the header WWW-Authenticate: Bearer with status 401",
        || format!("WWW-Authenticate: {scheme}"),
    )
}

/// An error of the outway itself.
pub(crate) fn outway_refusal(
    evidence: &mut Evidence,
    answer: &Answer,
    what: &str,
) -> Result<(), Stop> {
    evidence.check(
        answer.status.is_client_error() || answer.status.is_server_error(),
        OUTWAY_ERRORS,
        format!("an error for {what}"),
        || answer.shown(),
    )?;
    error_object(evidence, answer, "ERROR_DOMAIN_OUTWAY", OUTWAY_ERRORS, what).map(|_| ())
}

/// Checks the header and the object of an FSC error, and returns its code.
fn error_object(
    evidence: &mut Evidence,
    answer: &Answer,
    domain: &str,
    clause: Clause,
    what: &str,
) -> Result<String, Stop> {
    let code = answer
        .header("fsc-error-code")
        .unwrap_or_default()
        .to_owned();
    evidence.check(
        !code.is_empty(),
        ERRORS,
        format!("the header Fsc-Error-Code in the error for {what}"),
        || answer.shown(),
    )?;
    let body = answer.json();
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    evidence.check(
        text("code") == code && text("domain") == domain && !text("message").is_empty(),
        clause,
        format!("an error object with `message`, domain `{domain}` and the code of the header"),
        || answer.shown(),
    )?;
    Ok(code)
}
