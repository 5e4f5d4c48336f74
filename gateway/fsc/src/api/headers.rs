//! The names of the HTTP headers, in lower case as HTTP/2 wants them.

/// The access token, on every request from outway to inway (FSC Core).
pub const FSC_AUTHORIZATION: &str = "fsc-authorization";
/// The code of an error answer (FSC Core).
pub const FSC_ERROR_CODE: &str = "fsc-error-code";
/// The public address of the calling Manager, on every POST and PUT to another Manager (FSC Core).
pub const FSC_MANAGER_ADDRESS: &str = "fsc-manager-address";
/// The number of a transaction, a UUIDv7 (FSC Logging; Digikoppeling REST-API profile).
pub const FSC_TRANSACTION_ID: &str = "fsc-transaction-id";
/// The grant that an application wants its outway to use. Not in the standard; practice in the field.
pub const FSC_GRANT_HASH: &str = "fsc-grant-hash";
