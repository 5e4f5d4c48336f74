//! The FSC protocol as types: FSC Core 2.0.0 and FSC Logging 1.1.0 (Federatieve Service
//! Connectiviteit, Logius).
//!
//! | Module | What it holds |
//! |---|---|
//! | [`contract`] | content, signatures and state of a contract; validation |
//! | [`grant`] | the four grant types |
//! | [`ContentHash`], [`GrantHash`] | RFC 8785 hashes |
//! | [`jws`] | compact JSON Web Signatures, six algorithms |
//! | [`signature`] | accept, reject and revoke signatures |
//! | [`token`] | access tokens bound to a certificate: issue, verify |
//! | [`error`] | error codes with status and component |
//! | [`api`] | bodies and headers of the Manager's interface |
//! | [`log`] | transaction log records |
//!
//! What it deliberately lacks: HTTP, storage, a clock (the time is always an argument), trust in
//! certificates (that is `sluis-certs`), and every notion of purpose or policy.
//!
//! Everything from outside is read strictly. Hashes are made over the JSON that was *received*; a
//! member that we would not understand could change what both parties signed, so it is refused. Where
//! the standard contradicts itself, one form is sent and the other is accepted if that is harmless;
//! the place says which.

pub mod address;
pub mod api;
mod area_name;
pub mod contract;
pub mod error;
#[cfg(test)]
mod fixtures;
pub mod grant;
mod group_id;
mod hash;
pub mod json;
pub mod jws;
pub mod log;
mod members;
mod service_name;
pub mod signature;
mod text;
pub mod token;

pub use address::{Address, AddressError};
pub use area_name::{AreaName, AreaNameError};
pub use group_id::{GroupId, GroupIdError};
pub use hash::{ContentHash, GrantHash, HASH_BYTES_MAX, HashAlgorithm, HashError};
pub use json::JsonError;
pub use members::ShapeError;
pub use service_name::{ServiceName, ServiceNameError};
