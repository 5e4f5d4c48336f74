//! Where the private key of a certificate is: in a file, or in a PKCS#11 token.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use sluis_certs::{OffTheWorkers, Pin, Pkcs11Settings, Pkcs11Uri};

use super::{CertificateConfig, Limits};

/// Where the private key of a certificate is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyConfig {
    /// PEM file with the private key, readable only by the user that the gateway runs as (`key_file`).
    File(PathBuf),
    /// The key stays in a PKCS#11 token, such as a hardware security module.
    Token(TokenConfig),
}

/// A private key in a PKCS#11 token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenConfig {
    /// Which key of which token (RFC 7512), `key_uri`.
    pub uri: Pkcs11Uri,
    /// The shared library that comes with the token, `pkcs11_module_file`.
    pub module_file: PathBuf,
    /// File with the PIN of the token's user, `pin_file`; left out when the token asks for none.
    pub pin_file: Option<PathBuf>,
}

impl KeyConfig {
    /// The files that are named.
    pub(super) fn files_mut(&mut self) -> Vec<&mut PathBuf> {
        match self {
            Self::File(file) => vec![file],
            Self::Token(token) => {
                let mut files = vec![&mut token.module_file];
                files.extend(&mut token.pin_file);
                files
            }
        }
    }
}

impl TokenConfig {
    /// How the key is used; `pin` is what the file of [`Self::pin_file`] holds.
    pub(crate) fn settings(
        &self,
        pin: Option<Pin>,
        limits: &Limits,
        off_the_workers: OffTheWorkers,
    ) -> Pkcs11Settings {
        Pkcs11Settings {
            uri: self.uri.clone(),
            module_file: self.module_file.clone(),
            pin,
            sessions_max: limits.token_sessions_max,
            waiting_max: limits.token_signatures_waiting_max,
            timeout: Duration::from_millis(limits.token_signature_timeout_ms),
            off_the_workers,
        }
    }
}

/// The section as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    chain_file: PathBuf,
    #[serde(default)]
    key_file: Option<PathBuf>,
    #[serde(default)]
    key_uri: Option<Pkcs11Uri>,
    #[serde(default)]
    pkcs11_module_file: Option<PathBuf>,
    #[serde(default)]
    pin_file: Option<PathBuf>,
    #[serde(default, deserialize_with = "super::organisation::one_or_more")]
    previous: Vec<CertificateConfig>,
}

impl TryFrom<Written> for CertificateConfig {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let key = match (
            written.key_file,
            written.key_uri,
            written.pkcs11_module_file,
            written.pin_file,
        ) {
            (Some(file), None, None, None) => KeyConfig::File(file),
            (None, Some(uri), Some(module_file), pin_file) => KeyConfig::Token(TokenConfig {
                uri,
                module_file,
                pin_file,
            }),
            (None, None, None, None) => {
                return Err(
                    "no private key is named; name a file with `key_file`, or a key in a PKCS#11 token with `key_uri`",
                );
            }
            (Some(_), Some(_), _, _) => {
                return Err("both `key_file` and `key_uri` are named; remove one of them");
            }
            (None, Some(_), None, _) => {
                return Err(
                    "`key_uri` needs `pkcs11_module_file`; name the shared library that comes with the token",
                );
            }
            (_, None, _, _) => {
                return Err(
                    "`pkcs11_module_file` and `pin_file` are for a key in a PKCS#11 token; name that with `key_uri`, or remove them",
                );
            }
        };
        Ok(Self {
            chain_file: written.chain_file,
            key,
            previous: written.previous,
        })
    }
}
