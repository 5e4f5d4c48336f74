//! What a token is asked to sign with.
//!
//! The message is hashed here and only the digest goes to the token: every token has the three bare
//! mechanisms, the combined ones with their hash are a matter of luck, and less travels to a token
//! that is reached over a network.

use aws_lc_rs::digest::{self, Digest};
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsPssParams};
use cryptoki::mechanism::{Mechanism, MechanismType};
use rustls::SignatureScheme;

use crate::{PublicKey, SignatureAlgorithm};

/// What kind of key a certificate has, as far as signing needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyKind {
    /// RSA.
    Rsa,
    /// A curve, by the only algorithm that fits it.
    Ec(SignatureAlgorithm),
}

/// A hash of the SHA-2 family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

/// One way to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    /// RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2).
    Pkcs1(Hash),
    /// RSASSA-PSS with MGF1 of the same hash and a salt as long as the hash (RFC 8446 section 4.2.3).
    Pss(Hash),
    /// ECDSA on the key's curve; the signature is `r || s`.
    Ecdsa(SignatureAlgorithm),
}

impl KeyKind {
    /// The kind of a certificate's key; `None` when it cannot be used.
    pub(super) fn of(certificate_der: &[u8]) -> Option<Self> {
        match PublicKey::from_certificate(certificate_der).ok()? {
            PublicKey::Rsa { modulus, .. } if (256..=1024).contains(&modulus.len()) => {
                Some(Self::Rsa)
            }
            PublicKey::Rsa { .. } => None,
            PublicKey::Ec { curve, .. } => Some(Self::Ec(match curve {
                "P-256" => SignatureAlgorithm::Es256,
                "P-384" => SignatureAlgorithm::Es384,
                _ => SignatureAlgorithm::Es512,
            })),
        }
    }

    /// The algorithm to use when the choice is free.
    pub(super) fn algorithm(self) -> SignatureAlgorithm {
        match self {
            Self::Rsa => SignatureAlgorithm::Rs256,
            Self::Ec(algorithm) => algorithm,
        }
    }

    /// What the token must be able to do. TLS 1.3 has no RSA but PSS, and JWS in FSC none but PKCS #1.
    pub(super) fn mechanisms(self) -> &'static [(MechanismType, &'static str)] {
        match self {
            Self::Rsa => &[
                (MechanismType::RSA_PKCS, "CKM_RSA_PKCS"),
                (MechanismType::RSA_PKCS_PSS, "CKM_RSA_PKCS_PSS"),
            ],
            Self::Ec(_) => &[(MechanismType::ECDSA, "CKM_ECDSA")],
        }
    }

    /// The signature schemes for TLS, the preferred first.
    pub(super) fn tls_schemes(self) -> &'static [(SignatureScheme, Scheme)] {
        use {Hash::*, Scheme::*, SignatureAlgorithm as A, SignatureScheme as S};
        match self {
            Self::Rsa => &[
                (S::RSA_PSS_SHA512, Pss(Sha512)),
                (S::RSA_PSS_SHA384, Pss(Sha384)),
                (S::RSA_PSS_SHA256, Pss(Sha256)),
                (S::RSA_PKCS1_SHA512, Pkcs1(Sha512)),
                (S::RSA_PKCS1_SHA384, Pkcs1(Sha384)),
                (S::RSA_PKCS1_SHA256, Pkcs1(Sha256)),
            ],
            Self::Ec(A::Es256) => &[(S::ECDSA_NISTP256_SHA256, Ecdsa(A::Es256))],
            Self::Ec(A::Es384) => &[(S::ECDSA_NISTP384_SHA384, Ecdsa(A::Es384))],
            Self::Ec(A::Es512) => &[(S::ECDSA_NISTP521_SHA512, Ecdsa(A::Es512))],
            Self::Ec(A::Rs256 | A::Rs384 | A::Rs512) => &[],
        }
    }
}

impl Scheme {
    /// The way that a JWS algorithm signs; `None` when it does not fit the key.
    pub(super) fn of_jws(algorithm: SignatureAlgorithm, kind: KeyKind) -> Option<Self> {
        use SignatureAlgorithm as A;
        match (algorithm, kind) {
            (A::Rs256, KeyKind::Rsa) => Some(Self::Pkcs1(Hash::Sha256)),
            (A::Rs384, KeyKind::Rsa) => Some(Self::Pkcs1(Hash::Sha384)),
            (A::Rs512, KeyKind::Rsa) => Some(Self::Pkcs1(Hash::Sha512)),
            (_, KeyKind::Ec(own)) if own == algorithm => Some(Self::Ecdsa(algorithm)),
            _ => None,
        }
    }

    /// What the token gets to sign.
    pub(super) fn input(self, message: &[u8]) -> Vec<u8> {
        let digest = self.hash().digest(message);
        match self {
            Self::Pkcs1(hash) => [hash.digest_info(), digest.as_ref()].concat(),
            Self::Pss(_) | Self::Ecdsa(_) => digest.as_ref().to_vec(),
        }
    }

    /// How the token must sign it.
    pub(super) fn mechanism(self) -> Mechanism<'static> {
        match self {
            Self::Pkcs1(_) => Mechanism::RsaPkcs,
            Self::Pss(hash) => Mechanism::RsaPkcsPss(hash.pss()),
            Self::Ecdsa(_) => Mechanism::Ecdsa,
        }
    }

    /// Whether a signature can be this long. Of RSA the verification says more than a length could.
    pub(super) fn is_length(self, bytes: usize) -> bool {
        match self {
            Self::Pkcs1(_) | Self::Pss(_) => true,
            Self::Ecdsa(SignatureAlgorithm::Es256) => bytes == 2 * 32,
            Self::Ecdsa(SignatureAlgorithm::Es384) => bytes == 2 * 48,
            Self::Ecdsa(_) => bytes == 2 * 66,
        }
    }

    fn hash(self) -> Hash {
        match self {
            Self::Pkcs1(hash) | Self::Pss(hash) => hash,
            Self::Ecdsa(SignatureAlgorithm::Es256) => Hash::Sha256,
            Self::Ecdsa(SignatureAlgorithm::Es384) => Hash::Sha384,
            Self::Ecdsa(_) => Hash::Sha512,
        }
    }
}

impl Hash {
    fn digest(self, message: &[u8]) -> Digest {
        let algorithm = match self {
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        };
        digest::digest(algorithm, message)
    }

    /// The DER of a DigestInfo up to the digest (RFC 8017 section 9.2, note 1).
    fn digest_info(self) -> &'static [u8] {
        match self {
            Self::Sha256 => &[
                0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
                0x01, 0x05, 0x00, 0x04, 0x20,
            ],
            Self::Sha384 => &[
                0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
                0x02, 0x05, 0x00, 0x04, 0x30,
            ],
            Self::Sha512 => &[
                0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
                0x03, 0x05, 0x00, 0x04, 0x40,
            ],
        }
    }

    fn pss(self) -> PkcsPssParams {
        let (hash_alg, mgf, salt_bytes) = match self {
            Self::Sha256 => (MechanismType::SHA256, PkcsMgfType::MGF1_SHA256, 32),
            Self::Sha384 => (MechanismType::SHA384, PkcsMgfType::MGF1_SHA384, 48),
            Self::Sha512 => (MechanismType::SHA512, PkcsMgfType::MGF1_SHA512, 64),
        };
        PkcsPssParams {
            hash_alg,
            mgf,
            s_len: cryptoki::types::Ulong::new(salt_bytes),
        }
    }
}
