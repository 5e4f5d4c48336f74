//! FSC as the suite itself reads the standard: hashes, signatures, tokens, contracts.
//!
//! None of this comes from the gateway. Where the two disagree, one of them is wrong, which is the
//! purpose of having two.

mod canonical;
mod certificate;
mod contract;
mod hash;
mod jws;
mod key;

pub use canonical::{NotCanonical, canonical};
pub use certificate::{Certificate, CertificateProblem};
pub use contract::{Contract, Grant, Outway, Service};
pub use hash::{content_hash, grant_hash};
pub(crate) use jws::same_thumbprint;
pub use jws::{Jws, JwsProblem};
pub use key::{Algorithm, Key, KeyProblem};
