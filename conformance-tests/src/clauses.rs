//! The clauses that cases cite, named by the headings of the published texts.

/// Where a demand stands.
pub(crate) type Clause = &'static str;

/// For findings about the suite itself.
pub(crate) const SUITE: Clause = "sluis-conformance: nothing is passed by default";

pub(crate) const PORTS: Clause = "FSC Core 2.0.0, Protocols, Port configuration";
pub(crate) const ERRORS: Clause = "FSC Core 2.0.0, Error handling";
pub(crate) const VALIDATION: Clause = "FSC Core 2.0.0, Contracts, Contract validation";
pub(crate) const GRANTS_MAX: Clause =
    "Digikoppeling REST-API 3.1.0: at most 10 grants in a contract";
pub(crate) const I_JSON: Clause =
    "FSC Core 2.0.0, Contracts: JSON is I-JSON (RFC 7493 section 2.3)";
pub(crate) const IV: Clause = "FSC Core 2.0.0, Contracts, Contract validation: the iv is unique";
pub(crate) const PROPERTIES: Clause =
    "FSC Core 2.0.0, Contracts, Properties: a limit of 1 MB is recommended";
pub(crate) const VERSION: Clause =
    "FSC Core 2.0.0, Manager, Error response, Codes (ERROR_CODE_UNKNOWN_FSC_VERSION)";
pub(crate) const PUBLICATION: Clause = "FSC Core 2.0.0, Contracts, ServicePublicationGrant";
pub(crate) const DELEGATED_PUBLICATION: Clause =
    "FSC Core 2.0.0, Contracts, DelegatedServicePublicationGrant";
pub(crate) const CONNECTION: Clause = "FSC Core 2.0.0, Contracts, ServiceConnectionGrant";
pub(crate) const DELEGATED_CONNECTION: Clause =
    "FSC Core 2.0.0, Contracts, DelegatedServiceConnectionGrant";
pub(crate) const SIGNATURES: Clause = "FSC Core 2.0.0, Contracts, Signatures";
pub(crate) const CONTENT_HASH: Clause = "FSC Core 2.0.0, Contracts, The content hash";
pub(crate) const TOKEN: Clause = "FSC Core 2.0.0, Access token";
pub(crate) const MANAGER_AUTHENTICATION: Clause =
    "FSC Core 2.0.0, Manager, Behavior, Authentication";
pub(crate) const MANAGER_SIGNATURES: Clause = "FSC Core 2.0.0, Manager, Behavior, Signatures";
pub(crate) const MANAGER_CERTIFICATES: Clause =
    "FSC Core 2.0.0, Manager, Behavior, Providing X.509 certificates";
pub(crate) const MANAGER_CONTRACTS: Clause =
    "FSC Core 2.0.0, Manager, Behavior, Providing contracts";
pub(crate) const MANAGER_TOKENS: Clause = "FSC Core 2.0.0, Manager, Behavior, Tokens";
pub(crate) const MANAGER_SERVICES: Clause = "FSC Core 2.0.0, Manager, Behavior, Service listing";
pub(crate) const MANAGER_PEERS: Clause = "FSC Core 2.0.0, Manager, Behavior, Peer listing";
pub(crate) const MANAGER_INTERFACE: Clause = "FSC Core 2.0.0, Manager, Interfaces (manager.yaml)";
pub(crate) const MANAGER_ERRORS: Clause = "FSC Core 2.0.0, Manager, Error response, Codes";
pub(crate) const TOKEN_ERRORS: Clause =
    "FSC Core 2.0.0, Manager, Error response, OAuth 2.0 error response (RFC 6749 section 5.2)";
pub(crate) const OUTWAY_ROUTING: Clause = "FSC Core 2.0.0, Outway, Behavior, Routing";
pub(crate) const OUTWAY_AUTHENTICATION: Clause = "FSC Core 2.0.0, Outway, Behavior, Authentication";
pub(crate) const OUTWAY_ERRORS: Clause = "FSC Core 2.0.0, Outway, Behavior, Error response";
pub(crate) const INWAY_AUTHENTICATION: Clause = "FSC Core 2.0.0, Inway, Behavior, Authentication";
pub(crate) const INWAY_AUTHORIZATION: Clause = "FSC Core 2.0.0, Inway, Behavior, Authorization";
pub(crate) const INWAY_ROUTING: Clause = "FSC Core 2.0.0, Inway, Behavior, Routing";
pub(crate) const INWAY_ERRORS: Clause = "FSC Core 2.0.0, Inway, Interfaces, Error response, Codes";
pub(crate) const LOG_RECORD: Clause = "FSC Logging 1.1.0, Log record (logging.yaml)";
pub(crate) const LOG_MANAGER: Clause =
    "FSC Logging 1.1.0, Manager, Providing TransactionLog records";
pub(crate) const LOG_INWAY: Clause =
    "FSC Logging 1.1.0, Inway, Behavior, Writing to the TransactionLog";
pub(crate) const LOG_INWAY_DELEGATION: Clause = "FSC Logging 1.1.0, Inway, Behavior, Delegation";
pub(crate) const LOG_OUTWAY: Clause =
    "FSC Logging 1.1.0, Outway, Behavior, Writing to the TransactionLog";
pub(crate) const LOG_OUTWAY_DELEGATION: Clause = "FSC Logging 1.1.0, Outway, Behavior, Delegation";
pub(crate) const HOP_BY_HOP: Clause =
    "RFC 9110 section 7.6.1: what Connection names is not passed on";
pub(crate) const TRACE: Clause = "W3C Trace Context, section 3.2: the trace id stays the same";
pub(crate) const TRANSACTION_ID: Clause =
    "Digikoppeling REST-API 3.1.0: a transaction id is a version 7 UUID";

pub(crate) const PKI_VALIDITY: Clause =
    "Digikoppeling Beveiliging 2.1.0, PKI002 and PKI003; RFC 5280 section 6.1.3";
pub(crate) const PKI_REVOCATION: Clause =
    "Digikoppeling Beveiliging 2.1.0, PKI003: the revocation list is checked";
pub(crate) const PKI_USAGE: Clause =
    "PKIoverheid Programme of Requirements; RFC 5280 section 4.2.1.12: extended key usage";
pub(crate) const PKI_PEER: Clause = "FSC Core 2.0.0, Peer; Digikoppeling Beveiliging 2.1.0, PKI001: the OIN in subject.serialNumber";
pub(crate) const PKI_POLICY: Clause =
    "PKIoverheid Programme of Requirements: certificates of servers carry a policy of servers";
pub(crate) const PKI_KEY: Clause = "PKIoverheid Programme of Requirements; NCSC TLS guidelines 2025-05: an RSA key has 2048 bits or more";
pub(crate) const PKI_NAME: Clause = "FSC Core 2.0.0, TLS; RFC 6125: the name that was asked for";
pub(crate) const TLS_TWO_SIDED: Clause = "Digikoppeling Beveiliging 2.1.0, TLS001 and TLS002";
pub(crate) const TLS_VERSIONS: Clause =
    "Digikoppeling Beveiliging 2.1.0, TLS003 and TLS004; NCSC TLS guidelines 2025-05";
pub(crate) const TLS_RENEGOTIATION: Clause =
    "NCSC TLS guidelines 2025-05: no renegotiation that the client begins";

pub(crate) const PURPOSE_REQUEST: Clause = "FSC extension Purpose Binding 1.0, Request: one value";
pub(crate) const PURPOSE_RULES: Clause =
    "FSC extension Purpose Binding 1.0, Rules for an inway, 1, 2, 3 and 5";
pub(crate) const PURPOSE_DATA: Clause =
    "FSC extension Purpose Binding 1.0, Rules for an inway, 4: data groups";

pub(crate) const PAGES: Clause = "FSC Core 2.0.0, Manager, Interfaces (manager.yaml): pagination";
