//! A key in a token, for TLS.

use std::sync::Arc;

use rustls::sign::{Signer, SigningKey};
use rustls::{OtherError, SignatureScheme};

use super::TokenKey;
use super::form::ecdsa_der;
use super::scheme::{KeyKind, Scheme};
use crate::KeyError;

impl TokenKey {
    /// The key as rustls wants it.
    pub(crate) fn for_tls(self: &Arc<Self>) -> Arc<dyn SigningKey> {
        Arc::new(TlsKey(Arc::clone(self)))
    }
}

#[derive(Debug)]
struct TlsKey(Arc<TokenKey>);

impl SigningKey for TlsKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let ours = self.0.kind().tls_schemes();
        let (name, scheme) = ours.iter().find(|(name, _)| offered.contains(name))?;
        Some(Box::new(TlsSigner {
            key: Arc::clone(&self.0),
            name: *name,
            scheme: *scheme,
        }))
    }

    fn algorithm(&self) -> rustls::SignatureAlgorithm {
        match self.0.kind() {
            KeyKind::Rsa => rustls::SignatureAlgorithm::RSA,
            KeyKind::Ec(_) => rustls::SignatureAlgorithm::ECDSA,
        }
    }
}

#[derive(Debug)]
struct TlsSigner {
    key: Arc<TokenKey>,
    name: SignatureScheme,
    scheme: Scheme,
}

impl Signer for TlsSigner {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        match self.key.sign_with(self.scheme, message) {
            Ok(signature) if matches!(self.scheme, Scheme::Ecdsa(_)) => Ok(ecdsa_der(&signature)),
            Ok(signature) => Ok(signature),
            Err(error) => Err(rustls::Error::Other(OtherError(Arc::new(
                KeyError::Pkcs11(error),
            )))),
        }
    }

    fn scheme(&self) -> SignatureScheme {
        self.name
    }
}
