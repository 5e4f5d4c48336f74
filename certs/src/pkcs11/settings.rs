//! Which key to use, and how long and how often at once.

use std::path::PathBuf;
use std::time::Duration;

use super::{Pin, Pkcs11Uri};

/// Runs work that waits for the token, on the thread that asks for the signature.
///
/// A TLS library asks for a signature in the middle of a handshake and cannot be told to come back later,
/// so that the asking thread must wait. Whoever runs many connections on few threads says here how to
/// wait without holding the others up. Must run the work, once, before it returns.
pub type OffTheWorkers = fn(work: &mut dyn FnMut());

/// Where a private key is in PKCS#11 and how it is used.
#[derive(Clone, Debug)]
pub struct Pkcs11Settings {
    /// Which key of which token.
    pub uri: Pkcs11Uri,
    /// The PKCS#11 module: a shared library that comes with the token.
    pub module_file: PathBuf,
    /// The PIN of the token's user; `None` when the key can be used without.
    pub pin: Option<Pin>,
    /// Most sessions with the token, and so most signatures at once. At least one is used.
    pub sessions_max: usize,
    /// Most signatures that wait for a session; one more fails at once.
    pub waiting_max: usize,
    /// How long a signature may take, waiting included.
    pub timeout: Duration,
    /// How to wait.
    pub off_the_workers: OffTheWorkers,
}
