//! The test PKI of the bench, and bare TLS configurations from it.
//!
//! The floor, the load generator and the source use rustls with nothing added, so that what our own TLS configuration costs
//! (revocation lists, identity) shows up as a difference.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use sluis_certs::dev_pki::{DevPki, DevPkiOptions, KeyType, LeafOptions};
use tokio_rustls::rustls::client::Resumption;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};

use crate::Failure;

/// OIN of the organisation that provides the service.
pub(crate) const PROVIDER: &str = "00000099000000002000";
/// OIN of the organisation that asks.
pub(crate) const CONSUMER: &str = "00000099000000001000";
/// Names of the two organisations, as in their certificates.
pub(crate) const ORGANISATIONS: [(&str, &str); 2] = [
    (PROVIDER, "Uitvoeringsinstituut Werk"),
    (CONSUMER, "Gemeente Voorbeeld"),
];

/// A folder with certificates, keys and revocation lists.
#[derive(Debug, Clone)]
pub(crate) struct Pki {
    folder: PathBuf,
}

impl Pki {
    /// Makes a PKI and one certificate for each organisation.
    pub(crate) fn create(folder: &Path, now_unix_seconds: i64) -> Result<Self, Failure> {
        fs::create_dir_all(folder)?;
        let mut pki = DevPki::create(&DevPkiOptions {
            key_type: KeyType::EcdsaP256,
            now_unix_seconds,
            crl_valid_seconds: 172_800,
        })?;
        for (oin, name) in ORGANISATIONS {
            let leaf = pki.issue(&LeafOptions::new(
                oin,
                name,
                &["localhost"],
                now_unix_seconds,
            ))?;
            fs::write(folder.join(format!("{oin}.pem")), leaf.chain_pem)?;
            let key = folder.join(format!("{oin}.key.pem"));
            sluis_certs::write_private_file(&key, leaf.key_pem.as_bytes())?;
        }
        fs::write(folder.join("anchors.pem"), pki.anchors_pem())?;
        for (name, pem) in pki.crls_pem()? {
            fs::write(folder.join(name), pem)?;
        }
        Ok(Self::at(folder))
    }

    /// A PKI that was made before.
    pub(crate) fn at(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Bare mutual TLS for a server: chain of the client is checked, no resumption.
    pub(crate) fn server(&self, oin: &str) -> Result<Arc<ServerConfig>, Failure> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier =
            WebPkiClientVerifier::builder_with_provider(self.roots()?, Arc::clone(&provider))
                .build()?;
        let (chain, key) = self.identity(oin)?;
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
    pub(crate) fn client(&self, oin: &str) -> Result<Arc<ClientConfig>, Failure> {
        let (chain, key) = self.identity(oin)?;
        let mut config =
            ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
                .with_safe_default_protocol_versions()?
                .with_root_certificates(self.roots()?)
                .with_client_auth_cert(chain, key)?;
        config.resumption = Resumption::disabled();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    fn roots(&self) -> Result<Arc<RootCertStore>, Failure> {
        let mut roots = RootCertStore::empty();
        for anchor in CertificateDer::pem_file_iter(self.folder.join("anchors.pem"))? {
            roots.add(anchor?)?;
        }
        Ok(Arc::new(roots))
    }

    fn identity(
        &self,
        oin: &str,
    ) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), Failure> {
        let chain = CertificateDer::pem_file_iter(self.folder.join(format!("{oin}.pem")))?
            .collect::<Result<_, _>>()?;
        let key = PrivateKeyDer::from_pem_file(self.folder.join(format!("{oin}.key.pem")))?;
        Ok((chain, key))
    }
}
