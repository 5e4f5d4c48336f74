//! With which of our certificates the tokens that we accept may be signed.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use sluis_certs::{Identities, Identity};
use sluis_fsc::token::{SigningCertificates, TokenError};

/// The certificates of our own Manager, as they are at this moment. Cheap to clone; all clones change together.
#[derive(Clone)]
pub struct TokenSigners {
    present: Arc<ArcSwap<SigningCertificates>>,
    token_lifetime: Duration,
}

impl TokenSigners {
    /// Those of `identities`. No token is used for longer than `token_lifetime`, the difference between clocks included.
    ///
    /// # Errors
    /// [`TokenError`] when a certificate cannot be read.
    pub fn new(identities: &Identities, token_lifetime: Duration) -> Result<Self, TokenError> {
        Ok(Self {
            present: Arc::new(ArcSwap::from_pointee(of(identities, &[])?)),
            token_lifetime,
        })
    }

    /// From now on those of `new` count; those of `old` as well, for as long as a token that they signed may still be used.
    /// Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// [`TokenError`] when a certificate cannot be read; nothing has changed then.
    pub fn replace(&self, old: &Identities, new: &Identities) -> Result<(), TokenError> {
        let later = Arc::new(of(new, &[])?);
        let both = Arc::new(of(new, old.all())?);
        self.present.store(Arc::clone(&both));
        let (present, lifetime) = (Arc::clone(&self.present), self.token_lifetime);
        tokio::spawn(async move {
            tokio::time::sleep(lifetime).await;
            // Not when another set has come in between.
            present.compare_and_swap(&both, later);
        });
        Ok(())
    }

    pub(super) fn present(&self) -> Arc<SigningCertificates> {
        self.present.load_full()
    }
}

fn of(new: &Identities, old: &[Identity]) -> Result<SigningCertificates, TokenError> {
    let mut leafs: Vec<&[u8]> = Vec::new();
    for leaf in new
        .all()
        .iter()
        .chain(old)
        .filter_map(|one| one.chain().first())
    {
        if !leafs.contains(&leaf.as_ref()) {
            leafs.push(leaf);
        }
    }
    let id_attribute = new.current().peer().id_attribute;
    SigningCertificates::new(new.peer_id(), id_attribute, leafs)
}

#[cfg(test)]
mod tests {
    use sluis_certs::dev_pki::{DevPki, DevPkiOptions, KeyType, LeafOptions};

    use super::*;

    const LIFETIME: Duration = Duration::from_millis(1);

    fn identities(pki: &mut DevPki) -> Identities {
        let options = LeafOptions::new("00000099000000002000", "Instituut", &["localhost"], 0);
        let leaf = pki.issue(&options).unwrap();
        let identity = Identity::from_pem(leaf.chain_pem.as_bytes(), leaf.key_pem.as_bytes());
        Identities::from(identity.unwrap())
    }

    #[tokio::test]
    async fn tokens_of_the_former_certificate_count_until_none_can_be_left() {
        let mut pki = DevPki::create(&DevPkiOptions {
            key_type: KeyType::EcdsaP256,
            now_unix_seconds: 0,
            crl_valid_seconds: 1,
        })
        .unwrap();
        let (old, new) = (identities(&mut pki), identities(&mut pki));
        let signers = TokenSigners::new(&old, LIFETIME).unwrap();
        let counts = |identities: &Identities| {
            let thumbprint = identities.current().peer().certificate_thumbprint;
            signers.present().holds(&thumbprint)
        };
        assert!(counts(&old) && !counts(&new));
        signers.replace(&old, &new).unwrap();
        // Nobody else has had a turn since.
        assert!(counts(&old) && counts(&new));
        let over = async {
            while counts(&old) {
                tokio::time::sleep(LIFETIME).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(20), over).await;
        assert!(waited.is_ok() && counts(&new));
    }
}
