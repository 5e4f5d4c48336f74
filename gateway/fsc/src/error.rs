//! The error codes of FSC and the body that carries them.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// The component in which an error occurred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ErrorDomain {
    /// A Manager, which a Directory is too.
    #[serde(rename = "ERROR_DOMAIN_MANAGER")]
    Manager,
    /// An Inway.
    #[serde(rename = "ERROR_DOMAIN_INWAY")]
    Inway,
    /// An Outway.
    #[serde(rename = "ERROR_DOMAIN_OUTWAY")]
    Outway,
}

impl ErrorDomain {
    /// The name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Manager => "ERROR_DOMAIN_MANAGER",
            Self::Inway => "ERROR_DOMAIN_INWAY",
            Self::Outway => "ERROR_DOMAIN_OUTWAY",
        }
    }
}

macro_rules! error_codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $status:literal, $domain:expr;)+) => {
        /// Every error code of FSC Core 2.0.0 and FSC Logging 1.1.0, and the two that only the older
        /// OpenAPI file of Core still lists.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $($(#[$doc])* $variant,)+
        }

        impl ErrorCode {
            /// All codes.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The text in `Fsc-Error-Code` and in the body.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The HTTP status that goes with the code.
            #[must_use]
            pub fn http_status(self) -> u16 {
                match self { $(Self::$variant => $status,)+ }
            }

            /// The component that gives this code; `None` for the codes of FSC Logging, which an
            /// Inway and an Outway share.
            #[must_use]
            pub fn domain(self) -> Option<ErrorDomain> {
                match self { $(Self::$variant => $domain,)+ }
            }
        }
    };
}

const MANAGER: Option<ErrorDomain> = Some(ErrorDomain::Manager);
const INWAY: Option<ErrorDomain> = Some(ErrorDomain::Inway);
const OUTWAY: Option<ErrorDomain> = Some(ErrorDomain::Outway);
const EITHER: Option<ErrorDomain> = None;

error_codes! {
    /// The group of the contract is not the receiver's.
    IncorrectGroupId = "ERROR_CODE_INCORRECT_GROUP_ID", 422, MANAGER;
    /// The submitting Peer is not on the contract.
    SubmittingPeerNotPartOfContract = "ERROR_CODE_SUBMITTING_PEER_NOT_PART_OF_CONTRACT", 422, MANAGER;
    /// The receiving Peer is not on the contract.
    ReceivingPeerNotPartOfContract = "ERROR_CODE_RECEIVING_PEER_NOT_PART_OF_CONTRACT", 422, MANAGER;
    /// The older name of the two codes above; never sent.
    PeerNotPartOfContract = "ERROR_CODE_PEER_NOT_PART_OF_CONTRACT", 422, MANAGER;
    /// The content hash in the signature is not that of the content.
    SignatureContractContentHashMismatch = "ERROR_CODE_SIGNATURE_CONTRACT_CONTENT_HASH_MISMATCH", 422, MANAGER;
    /// The client certificate is trusted, but what it says is no Peer.
    PeerCertificateVerificationFailed = "ERROR_CODE_PEER_CERTIFICATE_VERIFICATION_FAILED", 400, MANAGER;
    /// The signature is another Peer's than the submitter's.
    PeerIdSignatureMismatch = "ERROR_CODE_PEER_ID_SIGNATURE_MISMATCH", 422, MANAGER;
    /// The signature could not be verified.
    SignatureVerificationFailed = "ERROR_CODE_SIGNATURE_VERIFICATION_FAILED", 422, MANAGER;
    /// Grants that may not stand in one contract.
    GrantCombinationNotAllowed = "ERROR_CODE_GRANT_COMBINATION_NOT_ALLOWED", 422, MANAGER;
    /// The hash in the path is not that of the content in the body.
    UrlPathContentHashMismatch = "ERROR_CODE_URL_PATH_CONTENT_HASH_MISMATCH", 422, MANAGER;
    /// The hash algorithm of a content or grant hash is not supported.
    UnknownHashAlgorithmHash = "ERROR_CODE_UNKNOWN_HASH_ALGORITHM_HASH", 422, MANAGER;
    /// The algorithm of the signature is not supported.
    UnknownAlgorithmSignature = "ERROR_CODE_UNKNOWN_ALGORITHM_SIGNATURE", 422, MANAGER;
    /// The FSC version of the contract is not supported.
    UnknownFscVersion = "ERROR_CODE_UNKNOWN_FSC_VERSION", 422, MANAGER;
    /// Only in the older OpenAPI file; never sent.
    IncorrectPublicKeyThumbprint = "ERROR_CODE_INCORRECT_PUBLIC_KEY_THUMBPRINT", 422, MANAGER;
    /// No token in `Fsc-Authorization`.
    AccessTokenMissing = "ERROR_CODE_ACCESS_TOKEN_MISSING", 401, INWAY;
    /// A token that is not good.
    AccessTokenInvalid = "ERROR_CODE_ACCESS_TOKEN_INVALID", 401, INWAY;
    /// A token whose time is over.
    AccessTokenExpired = "ERROR_CODE_ACCESS_TOKEN_EXPIRED", 401, INWAY;
    /// A token of another group.
    WrongGroupIdInToken = "ERROR_CODE_WRONG_GROUP_ID_IN_TOKEN", 403, INWAY;
    /// The service of the token is not offered here.
    ServiceNotFound = "ERROR_CODE_SERVICE_NOT_FOUND", 404, INWAY;
    /// The service does not answer.
    ServiceUnreachable = "ERROR_CODE_SERVICE_UNREACHABLE", 502, INWAY;
    /// A method that the Outway does not carry, such as CONNECT.
    MethodUnsupported = "ERROR_CODE_METHOD_UNSUPPORTED", 405, OUTWAY;
    /// The transaction log record could not be written (FSC Logging 1.1.0).
    TransactionLogWriteError = "TRANSACTION_LOG_WRITE_ERROR", 500, EITHER;
    /// `Fsc-Transaction-Id` has the wrong form (FSC Logging 1.1.0).
    InvalidLogRecordId = "INVALID_LOG_RECORD_ID", 400, EITHER;
    /// `Fsc-Transaction-Id` is missing (FSC Logging 1.1.0).
    MissingLogRecordId = "MISSING_LOG_RECORD_ID", 400, EITHER;
}

impl ErrorCode {
    /// The code with this name. The logging codes are also known with the prefix `ERROR_CODE_`, as
    /// some implementations send them.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let find = |name: &str| Self::ALL.iter().copied().find(|code| code.as_str() == name);
        find(name).or_else(|| name.strip_prefix("ERROR_CODE_").and_then(find))
    }

    /// The `WWW-Authenticate` header that must go with the code, if any.
    #[must_use]
    pub fn www_authenticate(self) -> Option<&'static str> {
        match self {
            Self::AccessTokenMissing | Self::AccessTokenInvalid | Self::AccessTokenExpired => {
                Some("Bearer")
            }
            _ => None,
        }
    }
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The body of an error answer (manager.yaml, schema `error`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// What went wrong and what to do, for a person.
    pub message: String,
    /// Which component refused.
    pub domain: ErrorDomain,
    /// The code, one of [`ErrorCode`] or an implementation's own.
    pub code: Cow<'static, str>,
}

impl ErrorBody {
    /// The body for a code of the standard. `component` is who refuses; it matters for the codes of
    /// FSC Logging only, the others name their component themselves.
    #[must_use]
    pub fn new(code: ErrorCode, component: ErrorDomain, message: impl Into<String>) -> Self {
        let domain = code.domain().unwrap_or(component);
        Self {
            message: message.into(),
            domain,
            code: Cow::Borrowed(code.as_str()),
        }
    }

    /// The code, if the standard defines it.
    #[must_use]
    pub fn known_code(&self) -> Option<ErrorCode> {
        ErrorCode::parse(&self.code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_found_by_its_name_and_has_a_fitting_status() {
        for code in ErrorCode::ALL {
            assert_eq!(ErrorCode::parse(code.as_str()), Some(*code));
            assert!((400..=599).contains(&code.http_status()), "{code}");
        }
        assert_eq!(
            ErrorCode::parse("ERROR_CODE_MISSING_LOG_RECORD_ID"),
            Some(ErrorCode::MissingLogRecordId)
        );
        assert_eq!(ErrorCode::parse("UNKNOWN_GRANT_HASH_IN_HEADER"), None);
    }

    #[test]
    fn the_three_token_codes_ask_for_a_bearer_token() {
        let asking: Vec<_> = ErrorCode::ALL
            .iter()
            .filter(|code| code.www_authenticate().is_some())
            .collect();
        assert_eq!(asking.len(), 3);
        assert!(asking.iter().all(|code| code.http_status() == 401));
    }

    #[test]
    fn the_body_has_the_form_of_the_standard() {
        let body = ErrorBody::new(
            ErrorCode::MissingLogRecordId,
            ErrorDomain::Inway,
            "send Fsc-Transaction-Id",
        );
        assert_eq!(
            serde_json::to_string(&body).unwrap(),
            r#"{"message":"send Fsc-Transaction-Id","domain":"ERROR_DOMAIN_INWAY","code":"MISSING_LOG_RECORD_ID"}"#
        );
        let foreign = r#"{"message":"m","domain":"ERROR_DOMAIN_OUTWAY","code":"SOMETHING_ELSE"}"#;
        let foreign: ErrorBody = serde_json::from_str(foreign).unwrap();
        assert_eq!(
            (foreign.known_code(), foreign.domain),
            (None, ErrorDomain::Outway)
        );
        let group = ErrorBody::new(ErrorCode::IncorrectGroupId, ErrorDomain::Inway, "m");
        assert_eq!(group.domain, ErrorDomain::Manager);
    }
}
