//! Our own certificates, with keys from files or in PKCS#11 tokens.

use sluis_certs::{Attribute, Identities, Identity, KeyError, Pin};
use tokio::runtime::{Handle, RuntimeFlavor};

use super::materials::{MaterialError, content, read};
use crate::config::{CertificateConfig, KeyConfig, Limits};

/// The names of the settings of one certificate, for messages.
struct Names {
    section: &'static str,
    chain_file: &'static str,
    key_file: &'static str,
    pin_file: &'static str,
}

const CURRENT: Names = Names {
    section: "certificate",
    chain_file: "certificate.chain_file",
    key_file: "certificate.key_file",
    pin_file: "certificate.pin_file",
};
const PREVIOUS: Names = Names {
    section: "certificate.previous",
    chain_file: "certificate.previous.chain_file",
    key_file: "certificate.previous.key_file",
    pin_file: "certificate.previous.pin_file",
};

/// Reads the current certificate and the previous ones, whose peer id stands in `id`. A key in a token is logged in to, and makes a signature.
pub(crate) fn identities(
    certificate: &CertificateConfig,
    limits: &Limits,
    id: Attribute,
) -> Result<Identities, MaterialError> {
    let current = identity(certificate, limits, id, &CURRENT)?;
    let previous = certificate.previous.iter();
    let previous = previous.map(|previous| identity(previous, limits, id, &PREVIOUS));
    Identities::new(current, previous.collect::<Result<_, _>>()?)
        .map_err(content("certificate.previous"))
}

fn identity(
    certificate: &CertificateConfig,
    limits: &Limits,
    id: Attribute,
    names: &Names,
) -> Result<Identity, MaterialError> {
    let chain = read(names.chain_file, &certificate.chain_file)?;
    match &certificate.key {
        KeyConfig::File(file) => {
            let key = read(names.key_file, file)?;
            Identity::from_pem_as(&chain, &key, id).map_err(content(names.section))
        }
        KeyConfig::Token(token) => {
            let pin = match &token.pin_file {
                Some(file) => Some(
                    Pin::from_file_contents(read(names.pin_file, file)?)
                        .map_err(content(names.pin_file))?,
                ),
                None => None,
            };
            Identity::from_pkcs11_as(&chain, token.settings(pin, limits, off_the_workers), id)
                .map_err(content(names.section))
        }
    }
}

/// Sees whether the private key of a certificate can sign now. For one in a token a signature is made.
pub(crate) async fn check_key(identity: Identity) -> Result<(), KeyError> {
    if identity.signing_key().token_uri().is_none() {
        return Ok(());
    }
    let checked = tokio::task::spawn_blocking(move || identity.signing_key().check());
    checked.await.unwrap_or(Err(KeyError::SigningFailed))
}

/// Waits for a token while the other tasks of this worker thread go on, on another.
///
/// A TLS handshake asks for its signature in the middle of a poll, so that the waiting cannot be an `await`. How
/// many threads this takes at once is bounded by the limits on sessions and on signatures that wait.
fn off_the_workers(wait: &mut dyn FnMut()) {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(wait),
        // No runtime, as in `sluis check-config`, or one whose only thread this is, as in tests.
        _ => wait(),
    }
}
