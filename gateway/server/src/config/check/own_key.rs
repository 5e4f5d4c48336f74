//! That a certificate of ours and its private key can be used together, wherever the key is.

use sluis_certs::{Identity, IdentityError, KeyError, Pin, PinProblem, Pkcs11Error};

use super::Findings;
use super::files::{check_private, read};
use crate::config::{CertificateConfig, Config, KeyConfig, TokenConfig};

/// Reads a certificate and its key, which stand under the key `under`. A token is logged in to, and makes a signature.
pub(super) fn identity(
    certificate: &CertificateConfig,
    config: &Config,
    under: &str,
    findings: &mut Findings<'_>,
) -> Option<Identity> {
    let id = config.trust.rules().peer_id.attribute;
    let chain_file = format!("{under}.chain_file");
    let chain = read(&chain_file, &certificate.chain_file, findings);
    let identity = match &certificate.key {
        KeyConfig::File(file) => {
            let key_file = format!("{under}.key_file");
            let key = read(&key_file, file, findings);
            check_private(&key_file, file, findings);
            Identity::from_pem_as(&chain?, &key?, id)
        }
        KeyConfig::Token(token) => in_token(&chain?, token, config, under, findings)?,
    };
    let error = match identity {
        Ok(identity) => return Some(identity),
        Err(error) => error,
    };
    let is_token = matches!(certificate.key, KeyConfig::Token(_));
    let key = format!("{under}.{}", if is_token { "key_uri" } else { "key_file" });
    let (key, message, remedy) = match &error {
        IdentityError::KeyOfAnother => (
            key,
            error.to_string(),
            "name the key with which this certificate was requested",
        ),
        IdentityError::Key(KeyError::Pkcs11(error)) => (
            format!("{under}.{}", setting(error)),
            error.problem(),
            error.remedy(),
        ),
        IdentityError::Key(_) => (
            key,
            error.to_string(),
            "export the key again as PEM (PKCS#8)",
        ),
        IdentityError::Peer(_) => (
            chain_file,
            error.to_string(),
            "use a certificate with the OIN in subject.serialNumber, or where `trust.peer_id` says it is",
        ),
        _ => (
            chain_file,
            error.to_string(),
            "put your own certificate first, then the CAs above it, without the root",
        ),
    };
    findings.error(key, message, remedy);
    None
}

/// Opens the token; `None` when a file that it needs is not there, which is noted.
fn in_token(
    chain: &[u8],
    token: &TokenConfig,
    config: &Config,
    under: &str,
    findings: &mut Findings<'_>,
) -> Option<Result<Identity, IdentityError>> {
    let pin = match &token.pin_file {
        Some(file) => {
            let pin_file = format!("{under}.pin_file");
            let contents = read(&pin_file, file, findings)?;
            check_private(&pin_file, file, findings);
            match Pin::from_file_contents(contents) {
                Ok(pin) => Some(pin),
                Err(error) => {
                    findings.error(
                        pin_file,
                        format!("`{}`: {error}", file.display()),
                        "write the PIN of the token's user in it",
                    );
                    return None;
                }
            }
        }
        None => None,
    };
    let settings = token.settings(pin, &config.limits, |wait| wait());
    let id = config.trust.rules().peer_id.attribute;
    Some(Identity::from_pkcs11_as(chain, settings, id))
}

/// Which setting an error of a token is about.
fn setting(error: &Pkcs11Error) -> &'static str {
    match error {
        Pkcs11Error::Module { .. } => "pkcs11_module_file",
        Pkcs11Error::Pin { problem, .. } => match problem {
            // There may be no such line to point at.
            PinProblem::Missing => "key_uri",
            _ => "pin_file",
        },
        Pkcs11Error::Unsupported => "chain_file",
        _ => "key_uri",
    }
}
