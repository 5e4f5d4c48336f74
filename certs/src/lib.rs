//! Everything of the Sluis gateway that touches a certificate or a private key.
//!
//! This crate answers five questions: who is at the other end ([`Peer`]), may that certificate be
//! trusted now ([`Trust`]), who are we ([`Identity`]; both can be replaced while the gateway runs,
//! [`LiveTrust`] and [`LiveIdentity`]), is this signature good
//! ([`verify_signature`]) and how is a TLS connection set up ([`tls`]).
//!
//! What it deliberately lacks: HTTP, storage, a clock (the time is always an argument), async code,
//! and a network: it never fetches a certificate revocation list by itself.

mod anchor_pin;
mod chain_certificate;
mod checks;
mod der;
#[cfg(any(test, feature = "dev-pki"))]
pub mod dev_pki;
mod diagnosis;
mod explain;
mod handshake_reason;
mod hex;
mod identities;
mod identity;
mod live;
mod note_key;
mod oin;
mod path;
mod peer;
mod peer_id;
mod peer_id_rule;
mod pem;
mod pkcs11;
mod pkioverheid;
mod policy_oid;
mod private_file;
mod public_key;
mod remembered;
mod revocation;
mod rule;
mod signature;
mod signed;
mod signing_key;
mod summary;
#[cfg(test)]
mod test_kit;
mod thumbprint;
pub mod tls;
mod trust;
mod trust_rules;
mod usage;
mod verdict;
mod verify_error;
mod warning;

pub use anchor_pin::{AnchorPin, AnchorPinError, fingerprints};
pub use chain_certificate::{ChainCertificate, ChainRole};
pub use explain::{ExplainedCertificate, Explanation, Judgement, Outcome, certificates_of};
pub use identities::{Identities, IdentitiesError};
pub use identity::{Identity, IdentityError};
pub use live::{LiveIdentity, LiveTrust};
pub use note_key::{NoteKey, NoteKeyError, verify_note_signature};
pub use oin::{Oin, OinError, OinPrefix, OinPrefixError, OinRegister, OinRules};
pub use peer::{Attribute, Peer, PeerError};
pub use peer_id::{PeerId, PeerIdError};
pub use peer_id_rule::{PeerIdForm, PeerIdRule};
pub use pem::PemError;
pub use pkcs11::{
    OffTheWorkers, Pin, PinError, PinProblem, Pkcs11Error, Pkcs11Settings, Pkcs11Uri,
    Pkcs11UriError, wait_for_closed_tokens,
};
pub use policy_oid::{PolicyOid, PolicyOidError};
pub use private_file::write_private_file;
pub use public_key::{PublicKey, PublicKeyError, is_self_issued};
pub use revocation::{
    Outcome as RevocationListOutcome, PathWatcher, RevocationError, RevocationList,
    RevocationListError, RevocationLists, distribution_points,
};
pub use rule::Rule;
pub use signature::{SignatureAlgorithm, SignatureError, UnknownAlgorithm, verify_signature};
pub use signing_key::{KeyError, SigningKey};
pub use summary::{CertificateSummary, DistinguishedName, RevocationListSummary};
pub use thumbprint::{CertificateThumbprint, PublicKeyThumbprint, ThumbprintError};
pub use trust::{Trust, TrustError};
pub use trust_rules::{AnchorRule, Profile, ProfileError, TrustRules};
pub use usage::Usage;
pub use verify_error::VerifyError;
pub use warning::Warning;
