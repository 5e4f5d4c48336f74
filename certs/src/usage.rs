//! What a certificate is to be used for.

use webpki::{
    ExtendedKeyUsageValidator, KeyPurposeId, KeyPurposeIdIter, KeyUsage, RequiredEkuNotFoundContext,
};
/// `id-kp-serverAuth`, 1.3.6.1.5.5.7.3.1.
const SERVER: KeyPurposeId<'static> =
    KeyPurposeId::new(&[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01]);
/// `id-kp-clientAuth`, 1.3.6.1.5.5.7.3.2.
const CLIENT: KeyPurposeId<'static> =
    KeyPurposeId::new(&[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02]);

/// What a certificate is to be used for. The leaf must carry a matching extended key usage; a CA only
/// if it carries any: the G1 issuing CA of KPN has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usage {
    /// To open a connection: `id-kp-clientAuth`.
    Client,
    /// To accept a connection: `id-kp-serverAuth`.
    Server,
    /// To sign contracts and tokens: either of the two.
    Signature,
}

impl Usage {
    /// Whether these two of the extended key usages allow it.
    pub(crate) fn fits(self, client: bool, server: bool) -> bool {
        match self {
            Self::Client => client,
            Self::Server => server,
            Self::Signature => client || server,
        }
    }
}

impl Usage {
    /// Its name in `sluis cert explain`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
            Self::Signature => "signature",
        }
    }
}

impl ExtendedKeyUsageValidator for Usage {
    /// Called for every certificate of a path. A leaf without any passes here; the checks refuse it.
    fn validate(&self, purposes: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
        let mut present = Vec::new();
        for purpose in purposes {
            let purpose = purpose?;
            if self.fits(purpose == CLIENT, purpose == SERVER) {
                return Ok(());
            }
            present.push(purpose.to_decoded_oid());
        }
        if present.is_empty() {
            return Ok(());
        }
        let required = match self {
            Self::Client | Self::Signature => KeyUsage::client_auth(),
            Self::Server => KeyUsage::server_auth(),
        };
        Err(webpki::Error::RequiredEkuNotFoundContext(
            RequiredEkuNotFoundContext { required, present },
        ))
    }
}
