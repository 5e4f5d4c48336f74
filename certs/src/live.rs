//! Identity and trust that can be replaced while connections are served.
//!
//! Every clone shares one current value. TLS configurations are made once and read the current value at
//! each handshake, so a replacement costs no connection; connections that exist keep what they were made
//! with.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use arc_swap::ArcSwap;
use rustls::DistinguishedName;
use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::{Identities, Identity, Trust};

/// Our present certificates and keys. Cheap to clone; all clones change together.
///
/// In a handshake the current one of them is shown.
#[derive(Clone, Debug)]
pub struct LiveIdentity(Arc<ArcSwap<Identities>>);

impl LiveIdentity {
    /// Starts with `identities`.
    #[must_use]
    pub fn new(identities: impl Into<Identities>) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(identities.into())))
    }

    /// The certificates at this moment. Take them once for all that must fit together, for example a
    /// signature and the name of the certificate that it can be verified with.
    #[must_use]
    pub fn load(&self) -> Identities {
        Identities::clone(&self.0.load())
    }

    /// From now on new handshakes and signatures are made with `identities`. Whether they are good
    /// must be known before.
    pub fn replace(&self, identities: impl Into<Identities>) {
        self.0.store(Arc::new(identities.into()));
    }

    fn certified_key(&self) -> Arc<CertifiedKey> {
        Arc::clone(self.0.load().current().certified_key())
    }
}

impl ResolvesServerCert for LiveIdentity {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.certified_key())
    }
}

impl ResolvesClientCert for LiveIdentity {
    fn resolve(
        &self,
        _root_hint_subjects: &[&[u8]],
        _schemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        Some(self.certified_key())
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// The present trust anchors and revocation lists. Cheap to clone; all clones change together.
#[derive(Clone, Debug)]
pub struct LiveTrust(Arc<TrustParts>);

#[derive(Debug)]
struct TrustParts {
    current: ArcSwap<Trust>,
    hints: Hints,
    replacing: Mutex<()>,
}

impl LiveTrust {
    /// Starts with `trust`.
    #[must_use]
    pub fn new(trust: Trust) -> Self {
        Self(Arc::new(TrustParts {
            hints: Hints::of(&trust),
            current: ArcSwap::from_pointee(trust),
            replacing: Mutex::new(()),
        }))
    }

    /// The trust at this moment.
    #[must_use]
    pub fn load(&self) -> Trust {
        Trust::clone(&self.0.current.load())
    }

    /// From now on others are judged under `trust`.
    pub fn replace(&self, trust: Trust) {
        self.update(|_| trust);
    }

    /// Replaces the trust by what `change` makes of the present one. Changes by others wait, so that
    /// none is lost: revocation lists and anchors change at moments of their own.
    pub fn update(&self, change: impl FnOnce(&Trust) -> Trust) {
        // The lock holds no data that a panic could have left half changed.
        let _one_at_a_time = self
            .0
            .replacing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let trust = change(&self.0.current.load());
        self.0.hints.add(&trust);
        self.0.current.store(Arc::new(trust));
    }

    /// The names of the present anchors, to tell a client which certificate to choose.
    pub(crate) fn hints(&self) -> &[DistinguishedName] {
        self.0.hints.newest()
    }
}

/// The names of the anchors, as a list of which the last element counts.
///
/// rustls borrows the names from the verifier for as long as that lives, so former names cannot be
/// dropped. One element is added when other anchors are configured, which is a few times in the life of
/// a process.
#[derive(Debug)]
struct Hints {
    names: Vec<DistinguishedName>,
    next: OnceLock<Box<Hints>>,
}

impl Hints {
    fn of(trust: &Trust) -> Self {
        let names = trust.anchor_subjects();
        Self {
            names: names.map(DistinguishedName::in_sequence).collect(),
            next: OnceLock::new(),
        }
    }

    fn last(&self) -> &Self {
        let mut last = self;
        while let Some(next) = last.next.get() {
            last = next;
        }
        last
    }

    fn newest(&self) -> &[DistinguishedName] {
        &self.last().names
    }

    fn add(&self, trust: &Trust) {
        let (last, new) = (self.last(), Self::of(trust));
        let same = last.names.iter().map(AsRef::<[u8]>::as_ref);
        if !same.eq(new.names.iter().map(AsRef::<[u8]>::as_ref)) {
            // It was the last under the lock of the only caller, so nobody came between.
            let _ = last.next.set(Box::new(new));
        }
    }
}

impl From<Identities> for LiveIdentity {
    fn from(identities: Identities) -> Self {
        Self::new(identities)
    }
}

impl From<&Identity> for LiveIdentity {
    fn from(identity: &Identity) -> Self {
        Self::new(identity.clone())
    }
}

impl From<&LiveIdentity> for LiveIdentity {
    fn from(live: &LiveIdentity) -> Self {
        live.clone()
    }
}

impl From<Trust> for LiveTrust {
    fn from(trust: Trust) -> Self {
        Self::new(trust)
    }
}

impl From<&Trust> for LiveTrust {
    fn from(trust: &Trust) -> Self {
        Self::new(trust.clone())
    }
}

impl From<&LiveTrust> for LiveTrust {
    fn from(live: &LiveTrust) -> Self {
        live.clone()
    }
}
