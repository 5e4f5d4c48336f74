//! Bare TLS configurations with the certificates of the federation.
//!
//! The floor, the load generator and the source use rustls with nothing added, so that what our own TLS configuration costs
//! (revocation lists, identity) shows up as a difference.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use sluis::demo::parties::Party;
use tokio_rustls::rustls::client::Resumption;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};

use crate::Failure;

/// The certificates and keys of the organisations, in the folders that their gateways also read.
#[derive(Debug, Clone)]
pub(crate) struct Pki {
    root: PathBuf,
}

impl Pki {
    /// Those below `root`, where the federation was laid out.
    pub(crate) fn at(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    /// Bare mutual TLS for a server: chain of the client is checked, no resumption.
    pub(crate) fn server(&self, party: Party) -> Result<Arc<ServerConfig>, Failure> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier =
            WebPkiClientVerifier::builder_with_provider(self.roots(party)?, Arc::clone(&provider))
                .build()?;
        let (chain, key) = self.identity(party)?;
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(verifier)
            .with_single_cert(chain, key)?;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    /// Bare mutual TLS for a client, without resumption.
    pub(crate) fn client(&self, party: Party) -> Result<Arc<ClientConfig>, Failure> {
        let (chain, key) = self.identity(party)?;
        let mut config =
            ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
                .with_safe_default_protocol_versions()?
                .with_root_certificates(self.roots(party)?)
                .with_client_auth_cert(chain, key)?;
        config.resumption = Resumption::disabled();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    fn roots(&self, party: Party) -> Result<Arc<RootCertStore>, Failure> {
        let mut roots = RootCertStore::empty();
        for anchor in CertificateDer::pem_file_iter(self.folder(party).join("anchors.pem"))? {
            roots.add(anchor?)?;
        }
        Ok(Arc::new(roots))
    }

    fn identity(
        &self,
        party: Party,
    ) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), Failure> {
        let chain = CertificateDer::pem_file_iter(self.folder(party).join("chain.pem"))?
            .collect::<Result<_, _>>()?;
        let key = PrivateKeyDer::from_pem_file(self.folder(party).join("key.pem"))?;
        Ok((chain, key))
    }

    fn folder(&self, party: Party) -> PathBuf {
        self.root.join(party.short).join("pki")
    }
}
