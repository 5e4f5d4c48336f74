//! Private keys that stay in a PKCS#11 token: a hardware security module, a smart card, SoftHSM.
//!
//! From the outside in: a [`Pkcs11Uri`] says which key (`uri`), threads sign (`pool`), each of which has
//! one session (`session`), logged in with a [`Pin`] (`login`) through a module that is loaded once per
//! process (`module`).

mod error;
mod form;
mod login;
mod module;
mod pin;
mod pool;
mod scheme;
mod session;
mod settings;
#[cfg(test)]
mod tests;
mod tls_key;
mod token_key;
mod uri;

pub use error::{PinProblem, Pkcs11Error};
pub use pin::{Pin, PinError};
pub use pool::wait_for_closed_tokens;
pub use settings::{OffTheWorkers, Pkcs11Settings};
pub(crate) use token_key::TokenKey;
pub use uri::{Pkcs11Uri, Pkcs11UriError};

/// The module that tests make their tokens with: the one that is tested, for a process has it once.
#[cfg(test)]
pub(crate) fn load_for_test(file: &std::path::Path) -> cryptoki::context::Pkcs11 {
    module::load(file).unwrap()
}
