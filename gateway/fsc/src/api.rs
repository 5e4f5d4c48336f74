//! Bodies, headers and query parameters of the Manager's interface (manager.yaml and logging.yaml of
//! FSC; `POST /token` follows RFC 6749, the key set RFC 7517).

mod contracts;
mod form;
pub mod headers;
mod jwks;
mod members;
mod page;
mod peers;
mod services;
mod token;

pub use contracts::{ContractsPage, ContractsQuery, SignatureRequest, SubmitContract};
pub use jwks::{JWKS_BYTES_MAX, Jwk, Jwks, JwksError};
pub use members::{Member, MemberEntry, MemberRole, MembersPage, MembersQuery};
pub use page::{LIMIT_MAX, PageRequest, Pagination, QueryError, SortOrder};
pub use peers::{EnabledExtensions, PeerEntry, PeerInfo, PeersPage, PeersQuery};
pub use services::{DelegatorEntry, ListedService, ServiceEntry, ServicesPage, ServicesQuery};
pub use token::{TOKEN_TYPE, TokenErrorBody, TokenErrorCode, TokenRequest, TokenResponse};

pub(crate) use form::encode as encode_form;
pub(crate) use page::Query;

#[cfg(test)]
mod tests;
