//! Taking over files that were replaced while the gateway runs: certificates with their keys, trust anchors,
//! revocation lists and the policy folder.
//!
//! What is on disk is judged as a whole, with the same checks as `sluis check-config`. Either all of it is taken over at
//! once, or nothing is: then the gateway goes on with what it had, and says so until the files are good again. No
//! connection is lost either way.

mod digest;
mod judge;
mod reloader;
mod state;

pub use digest::Digests;
pub use reloader::{Cause, Reload, ReloadParts};
pub use state::{FilesState, Refused};
