//! The shapes that a test PKI can have: the two hierarchies of PKIoverheid, and a quick one.

use x509_parser::certificate::X509Certificate;
use x509_parser::oid_registry::{
    OID_PKCS1_RSASSAPSS, OID_PKCS1_SHA256WITHRSA, OID_SIG_ECDSA_WITH_SHA256,
};

use super::KeyType;

/// Which hierarchy a test PKI resembles. All have four layers: root, domain CA, issuing CA, leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// The certificates of [`Shape::G4`], signed with ECDSA on P-256: quick to make and to check.
    Ecdsa,
    /// PKIoverheid Private Services G1: RSA PKCS#1 v1.5 with SHA-256, no extended key usage in CAs.
    G1,
    /// PKIoverheid G4 Private G-TLS: RSASSA-PSS with SHA-512, MGF1 with SHA-512 and 64 octets of salt, over
    /// keys that are plain `rsaEncryption`.
    G4,
}

impl Shape {
    /// The shape of the hierarchy that a certificate is from, by the algorithm of its signature.
    pub(super) fn of(certificate: &X509Certificate<'_>) -> Option<Self> {
        let algorithm = &certificate.signature_algorithm.algorithm;
        [
            (OID_SIG_ECDSA_WITH_SHA256, Self::Ecdsa),
            (OID_PKCS1_SHA256WITHRSA, Self::G1),
            (OID_PKCS1_RSASSAPSS, Self::G4),
        ]
        .into_iter()
        .find_map(|(oid, shape)| (oid == *algorithm).then_some(shape))
    }

    /// The kind of the keys of its CAs.
    pub fn key_type(self) -> KeyType {
        match self {
            Self::Ecdsa => KeyType::EcdsaP256,
            Self::G1 | Self::G4 => KeyType::Rsa3072,
        }
    }

    /// What stands behind the name of every CA.
    pub(super) fn name_suffix(self) -> &'static str {
        match self {
            Self::Ecdsa => "",
            Self::G1 => " - G1",
            Self::G4 => " - G4",
        }
    }

    /// Policies of a leaf: the TRIAL ones of G4; G1 has no others for tests.
    pub(super) fn leaf_policies(self) -> &'static [&'static str] {
        match self {
            Self::Ecdsa | Self::G4 => &[ETSI_NCP, G4_TRIAL_TLS],
            Self::G1 => &[G1_SERVER],
        }
    }

    /// Policies of the domain CA and the issuing CA. Those of G4 may issue under the policy of production as
    /// well, so that its rules can be tested.
    pub(super) fn authority_policies(self) -> &'static [&'static str] {
        match self {
            Self::Ecdsa | Self::G4 => &[ETSI_NCP, G4_TRIAL_TLS, G4_TLS],
            Self::G1 => &[G1_AUTHENTICITY, G1_CONFIDENTIALITY, G1_SERVER],
        }
    }

    /// Whether certificates have what the G4 profile added: extended key usage in CAs,
    /// `organizationIdentifier` and `qcStatements` in leaves.
    pub(super) fn has_g4_fields(self) -> bool {
        self != Self::G1
    }
}

/// ETSI EN 319 411-1, normalised certificate policy.
const ETSI_NCP: &str = "0.4.0.2042.1.1";
/// PKIoverheid TRIAL, G4 private TLS, system, organisation validated.
const G4_TRIAL_TLS: &str = "2.16.528.1.1003.1.2.41.15.35.11";
/// The same in production.
const G4_TLS: &str = "2.16.528.1.1003.1.2.44.15.35.11";
/// PKIoverheid G1 Private Services: authenticity, confidentiality, server.
const G1_AUTHENTICITY: &str = "2.16.528.1.1003.1.2.8.4";
const G1_CONFIDENTIALITY: &str = "2.16.528.1.1003.1.2.8.5";
const G1_SERVER: &str = "2.16.528.1.1003.1.2.8.6";
