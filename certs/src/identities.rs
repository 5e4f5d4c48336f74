//! Our certificates in use: one, or several while a certificate is being renewed.

use std::sync::Arc;

use crate::{Identity, PeerId, PublicKeyThumbprint};

/// Most certificates that may be in use beside the current one.
const PREVIOUS_MAX: usize = 3;

/// Our own certificates: the current one, and those that it replaces for as long as something still rests on their keys.
///
/// PKIoverheid asks for a new key pair at every renewal, and a contract names an outway by its public key (FSC Core 2.0.0,
/// Certificate renewal). Between the new certificate and the last contract that names the old key both must work. Cheap to
/// clone, never changed.
#[derive(Clone, Debug)]
pub struct Identities(Arc<[Identity]>);

impl Identities {
    /// `current` signs, and is shown to whoever connects to us; `previous` are only for contracts that name their keys, and
    /// for signatures that were made with them. Newest first.
    ///
    /// # Errors
    ///
    /// [`IdentitiesError`] when they are not of one organisation, are too many, or one is named twice.
    pub fn new(current: Identity, previous: Vec<Identity>) -> Result<Self, IdentitiesError> {
        if previous.len() > PREVIOUS_MAX {
            return Err(IdentitiesError::TooMany(previous.len()));
        }
        let mut all = vec![current];
        for (position, one) in (1..).zip(previous) {
            let peer = one.peer();
            if all.iter().any(|other| other.peer().id != peer.id) {
                return Err(IdentitiesError::OtherPeer(position));
            }
            let same = |other: &Identity| {
                other.peer().certificate_thumbprint == peer.certificate_thumbprint
            };
            if all.iter().any(same) {
                return Err(IdentitiesError::Twice(position));
            }
            all.push(one);
        }
        Ok(Self(all.into()))
    }

    /// The certificate that we sign with and show.
    pub fn current(&self) -> &Identity {
        #[expect(
            clippy::indexing_slicing,
            reason = "every constructor puts the current one first"
        )]
        &self.0[0]
    }

    /// Those that it replaces, newest first.
    pub fn previous(&self) -> &[Identity] {
        self.0.get(1..).unwrap_or_default()
    }

    /// All of them, the current one first.
    pub fn all(&self) -> &[Identity] {
        &self.0
    }

    /// The newest certificate with this public key.
    pub fn by_public_key(&self, thumbprint: &PublicKeyThumbprint) -> Option<&Identity> {
        self.0
            .iter()
            .find(|identity| identity.peer().public_key_thumbprint == *thumbprint)
    }

    /// Whose certificates they are.
    pub fn peer_id(&self) -> &PeerId {
        &self.current().peer().id
    }
}

/// One certificate, as outside a renewal.
impl From<Identity> for Identities {
    fn from(current: Identity) -> Self {
        Self(Arc::new([current]))
    }
}

/// Why certificates cannot be in use together. Positions count from 1 among the previous ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentitiesError {
    /// A previous certificate is of another organisation; holds its position.
    #[error(
        "previous certificate {0} is of another organisation than the current one; name one with the same subject.serialNumber"
    )]
    OtherPeer(usize),
    /// A certificate stands there more than once; holds the position of the second time.
    #[error("previous certificate {0} is named before; name every certificate once")]
    Twice(usize),
    /// More than are kept; holds their number.
    #[error(
        "{0} previous certificates are named; the limit is {PREVIOUS_MAX}: remove those on which no contract rests"
    )]
    TooMany(usize),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dev_pki::LeafOptions;
    use crate::test_kit::{OIN, identity_of, leaf_options, new_pki};

    const OTHER_OIN: &str = "00000099000000009000";

    #[test]
    fn the_current_one_comes_first_and_each_is_found_by_its_key() {
        let mut pki = new_pki();
        let [new, old] = [0, 1].map(|_| identity_of(&pki.issue(&leaf_options(OIN)).unwrap()));
        let both = Identities::new(new.clone(), vec![old.clone()]).unwrap();
        let thumbprint = |identity: &Identity| identity.peer().certificate_thumbprint;
        let found = |identity: &Identity| {
            let key = identity.peer().public_key_thumbprint;
            both.by_public_key(&key).map(thumbprint)
        };
        assert_eq!(thumbprint(both.current()), thumbprint(&new));
        assert_eq!(both.previous().len(), 1);
        assert_eq!(both.all().len(), 2);
        assert_eq!(found(&new), Some(thumbprint(&new)));
        assert_eq!(found(&old), Some(thumbprint(&old)));
        assert_eq!(both.peer_id().as_str(), OIN);
        let alone = Identities::from(new);
        assert!(alone.previous().is_empty());
        assert!(
            alone
                .by_public_key(&old.peer().public_key_thumbprint)
                .is_none()
        );
    }

    #[test]
    fn certificates_that_do_not_go_together_are_refused() {
        let mut pki = new_pki();
        let mut issue = |options: LeafOptions| identity_of(&pki.issue(&options).unwrap());
        let current = issue(leaf_options(OIN));
        let stranger = issue(leaf_options(OTHER_OIN));
        let many: Vec<Identity> = (0..4).map(|_| issue(leaf_options(OIN))).collect();
        let error = |previous: Vec<Identity>| Identities::new(current.clone(), previous).err();
        assert_eq!(
            error(vec![many[0].clone(), stranger]),
            Some(IdentitiesError::OtherPeer(2))
        );
        assert_eq!(
            error(vec![current.clone()]),
            Some(IdentitiesError::Twice(1))
        );
        assert_eq!(
            error(vec![many[0].clone(), many[0].clone()]),
            Some(IdentitiesError::Twice(2))
        );
        assert_eq!(error(many.clone()), Some(IdentitiesError::TooMany(4)));
        assert_eq!(error(many[1..].to_vec()), None);
    }
}
