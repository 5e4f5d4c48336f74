//! Revocation lists: fetched before they expire, kept over a restart, and applied to connections that
//! are open already.
//!
//! Which list counts, and whether it is one, is decided in `sluis-certs`; here lists are brought there. They come over
//! plain HTTP from hosts that the configuration names, at addresses out of the configuration or out of
//! certificates that were verified. Nothing that arrives is believed before its signature is.

mod cache;
mod fetch;
mod keeper;
mod known;
mod schedule;
mod source;
mod watch;
mod worker;

use std::path::Path;

pub use keeper::{Revocation, RevocationParts, RevocationSettings};
pub use watch::ListState;

/// Folder in the store for lists that were fetched.
pub const FOLDER: &str = "crl";

/// The lists that were fetched for a gateway, which may be running, as they lie in its store; none when nothing was
/// fetched yet.
#[must_use]
pub fn fetched_before(store: &Path, list_bytes_max: usize) -> Vec<Vec<u8>> {
    let cached = cache::Cache::beside(store.join(FOLDER)).read(list_bytes_max);
    let cached = cached.unwrap_or_default().into_iter();
    cached.map(|cached| cached.list).collect()
}

/// Lays a list where fetched ones lie, for tests of what reads them.
#[cfg(test)]
pub(crate) fn keep_as_fetched(folder: &Path, url: &str, list: &[u8]) {
    let cache = cache::Cache::open(folder.to_owned()).unwrap();
    let validators = fetch::Validators::default();
    cache
        .write(&url.parse().unwrap(), &validators, list)
        .unwrap();
}
