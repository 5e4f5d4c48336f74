//! A private key in a token, as the rest of the crate uses it.

use std::fmt;

use super::pool::{Pool, PoolLimits};
use super::scheme::{KeyKind, Scheme};
use super::session::{OwnedKey, Work};
use super::{Pkcs11Error, Pkcs11Settings};
use crate::SignatureAlgorithm;

/// A private key in a token that belongs to a certificate.
pub(crate) struct TokenKey(Pool<OwnedKey>);

impl TokenKey {
    /// Finds the key and sees whether it is the certificate's.
    pub(crate) fn open(
        settings: Pkcs11Settings,
        certificate_der: &[u8],
    ) -> Result<Self, Pkcs11Error> {
        let limits = PoolLimits {
            sessions_max: settings.sessions_max,
            waiting_max: settings.waiting_max,
            timeout: settings.timeout,
            off_the_workers: settings.off_the_workers,
        };
        let key = OwnedKey {
            settings,
            certificate_der: certificate_der.to_vec(),
            kind: KeyKind::of(certificate_der).ok_or(Pkcs11Error::Unsupported)?,
        };
        let pool = Pool::new(key, limits);
        pool.run_first(Work::Check)?;
        Ok(Self(pool))
    }

    /// The algorithm to use when the choice is free.
    pub(crate) fn algorithm(&self) -> SignatureAlgorithm {
        self.kind().algorithm()
    }

    /// Signs as JWS does; `None` when the key cannot make this kind of signature.
    pub(crate) fn sign(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
    ) -> Option<Result<Vec<u8>, Pkcs11Error>> {
        let scheme = Scheme::of_jws(algorithm, self.kind())?;
        Some(self.sign_with(scheme, message))
    }

    /// Makes a signature and verifies it with the certificate.
    pub(crate) fn check(&self) -> Result<(), Pkcs11Error> {
        self.0.run(Work::Check).map(drop)
    }

    /// Why the last signature failed; `None` when it did not.
    pub(crate) fn fault(&self) -> Option<Pkcs11Error> {
        self.0.fault()
    }

    /// Where the key is.
    pub(crate) fn uri(&self) -> &super::Pkcs11Uri {
        &self.0.token().settings.uri
    }

    pub(super) fn kind(&self) -> KeyKind {
        self.0.token().kind
    }

    pub(super) fn sign_with(&self, scheme: Scheme, message: &[u8]) -> Result<Vec<u8>, Pkcs11Error> {
        self.0.run(Work::Sign(scheme, scheme.input(message)))
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "TokenKey({})", self.uri())
    }
}
