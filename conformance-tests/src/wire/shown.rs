//! A certificate that is shown as it is, whatever it says: those of the suite's own peers are read first, these are not.

use std::sync::Arc;

use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::client::ResolvesClientCert;
use tokio_rustls::rustls::crypto::aws_lc_rs::sign::any_supported_type;
use tokio_rustls::rustls::sign::{CertifiedKey, SigningKey, SingleCertAndKey};
use tokio_rustls::rustls::{ClientConfig, ServerConfig, SignatureScheme};

/// A chain with its key.
#[derive(Debug, Clone)]
pub(crate) struct Shown(Arc<SingleCertAndKey>);

impl Shown {
    pub(crate) fn from_pem(chain_pem: &str, key_pem: &str) -> Result<Self, String> {
        let key =
            PrivateKeyDer::from_pem_slice(key_pem.as_bytes()).map_err(|error| error.to_string())?;
        let key = any_supported_type(&key).map_err(|error| error.to_string())?;
        Self::with_key(chain_pem, key)
    }

    pub(crate) fn with_key(chain_pem: &str, key: Arc<dyn SigningKey>) -> Result<Self, String> {
        let chain: Result<Vec<_>, _> =
            CertificateDer::pem_slice_iter(chain_pem.as_bytes()).collect();
        let chain = chain.map_err(|error| error.to_string())?;
        let shown = SingleCertAndKey::from(CertifiedKey::new(chain, key));
        Ok(Self(Arc::new(shown)))
    }

    /// Shows it where we call.
    pub(crate) fn to_servers(&self, config: &mut ClientConfig) {
        config.client_auth_cert_resolver = Arc::<SingleCertAndKey>::clone(&self.0);
    }

    /// Shows it where we are called.
    pub(crate) fn to_clients(&self, config: &mut ServerConfig) {
        config.cert_resolver = Arc::<SingleCertAndKey>::clone(&self.0);
    }
}

/// Shows no certificate where we call.
pub(crate) fn show_nothing(config: &mut ClientConfig) {
    config.client_auth_cert_resolver = Arc::new(Nothing);
}

#[derive(Debug)]
struct Nothing;

impl ResolvesClientCert for Nothing {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}
