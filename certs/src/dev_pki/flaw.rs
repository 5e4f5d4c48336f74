//! Mistakes to make in a leaf certificate, for tests of who refuses it.

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, PublicKeyData};

use super::profile::SERIAL_NUMBER;

/// A mistake in a leaf certificate that is rightly signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// It has no extended key usage.
    NoUsage,
    /// It is for clients only.
    ClientOnly,
    /// It is for servers only.
    ServerOnly,
    /// It has no `subject.serialNumber`, and so names no peer.
    NoPeerId,
}

impl Flaw {
    /// Makes the mistake.
    pub(super) fn make(self, params: &mut CertificateParams) {
        let usages = &mut params.extended_key_usages;
        match self {
            Self::NoUsage => usages.clear(),
            Self::ClientOnly => *usages = vec![ExtendedKeyUsagePurpose::ClientAuth],
            Self::ServerOnly => *usages = vec![ExtendedKeyUsagePurpose::ServerAuth],
            Self::NoPeerId => {
                let peer_id = DnType::CustomDnType(SERIAL_NUMBER.to_vec());
                params.distinguished_name.remove(peer_id);
            }
        }
    }
}

/// The public half of an RSA key whose other half is elsewhere.
pub(super) struct RsaPublicKey<'k>(pub(super) &'k [u8]);

impl PublicKeyData for RsaPublicKey<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.0
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_RSA_SHA256
    }
}
