//! Cases beyond the rows of the FSC test suite: what an attacker or a careless peer sends.

pub(crate) mod contract;
pub(crate) mod failure;
pub(crate) mod header;
pub(crate) mod list;
pub(crate) mod outway;
pub(crate) mod pki;
pub(crate) mod pki_server;
pub(crate) mod purpose;
pub(crate) mod request;
pub(crate) mod restart;
pub(crate) mod signature;
pub(crate) mod tls;
