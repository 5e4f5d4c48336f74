//! A certificate with its key, as the suite's own peers use it.

use std::fs;
use std::path::Path;

use sluis_certs::{Identity, RevocationLists, Trust, TrustError, TrustRules};

use crate::protocol::{Certificate, Jws, Key, KeyProblem};
use crate::target::{CertificateFiles, TargetError, TrustFiles};

/// Most bytes in a file with certificates, keys or revocation lists.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// A certificate with its key: for TLS through `sluis-certs`, for signatures by the suite itself.
#[derive(Debug)]
pub(crate) struct Credential {
    pub(crate) identity: Identity,
    pub(crate) certificate: Certificate,
    key: Key,
}

impl Credential {
    pub(crate) fn from_pem(chain_pem: &[u8], key_pem: &[u8]) -> Result<Self, String> {
        let identity = Identity::from_pem(chain_pem, key_pem).map_err(|error| error.to_string())?;
        let chain = identity.chain().iter().map(|der| der.to_vec()).collect();
        Ok(Self {
            certificate: Certificate::from_chain(chain).map_err(|error| error.to_string())?,
            key: Key::from_pem(key_pem).map_err(|error| error.to_string())?,
            identity,
        })
    }

    pub(crate) fn load(files: &CertificateFiles) -> Result<Self, TargetError> {
        let chain = read(&files.chain_file)?;
        let key = read(&files.key_file)?;
        Self::from_pem(&chain, &key).map_err(|reason| TargetError::File {
            path: files.chain_file.clone(),
            reason,
        })
    }

    pub(crate) fn peer_id(&self) -> &str {
        self.identity.peer().id.as_str()
    }

    pub(crate) fn is_rsa(&self) -> bool {
        self.key.algorithm().is_rsa()
    }

    /// Signs a payload as FSC wants it.
    pub(crate) fn sign(&self, payload: &serde_json::Value) -> Result<String, KeyProblem> {
        Jws::sign(payload, &self.key, &self.certificate)
    }

    /// Signs a payload under a header that may say something else than what is done.
    pub(crate) fn sign_under(
        &self,
        header: &serde_json::Value,
        payload: &serde_json::Value,
    ) -> Result<String, KeyProblem> {
        self.sign_text(header, &payload.to_string())
    }

    /// Signs text that is no JSON of the standard's kind, such as a whole report.
    pub(crate) fn sign_text(
        &self,
        header: &serde_json::Value,
        payload: &str,
    ) -> Result<String, KeyProblem> {
        let mut made = Err(KeyProblem::Failed);
        let compact = Jws::assemble_text(&header.to_string(), payload, |bytes| {
            made = self.key.sign(self.key.algorithm(), bytes);
            made.clone().unwrap_or_default()
        });
        made.map(|_| compact)
    }

    /// The algorithm of its signatures.
    pub(crate) fn algorithm(&self) -> &'static str {
        self.key.algorithm().name()
    }

    /// Signs a payload with an algorithm that FSC does not have.
    pub(crate) fn sign_unsupported(
        &self,
        payload: &serde_json::Value,
    ) -> Result<String, KeyProblem> {
        Jws::sign_unsupported(payload, &self.key, &self.certificate)
    }
}

/// Loads trust anchors and revocation lists.
pub(crate) fn trust(files: &TrustFiles) -> Result<Trust, TargetError> {
    let anchors = read(&files.anchors_file)?;
    let lists = files
        .crl_files
        .iter()
        .map(|path| read(path))
        .collect::<Result<Vec<_>, _>>()?;
    // The suite judges how others speak FSC, in whatever group: their PKI is the business of the gateways.
    RevocationLists::from_files(&lists)
        .map_err(TrustError::from)
        .and_then(|lists| Trust::new(TrustRules::of_any_group(), &anchors, lists))
        .map_err(|error| TargetError::Value {
            setting: "trust".to_owned(),
            reason: error.to_string(),
        })
}

/// Reads a file whole.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, TargetError> {
    let failed = |reason: String| TargetError::File {
        path: path.to_owned(),
        reason,
    };
    let size = fs::metadata(path).map_err(|error| failed(error.to_string()))?;
    if size.len() > FILE_BYTES_MAX {
        return Err(failed("it is larger than 64 MiB".to_owned()));
    }
    fs::read(path).map_err(|error| failed(error.to_string()))
}
