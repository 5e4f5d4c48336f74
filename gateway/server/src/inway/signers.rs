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
    SigningCertificates::new(new.peer_id(), leafs)
}
