//! The public key, and how the certificate is signed.

use x509_parser::certificate::X509Certificate;
use x509_parser::oid_registry::{
    OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_NIST_EC_P384, OID_NIST_EC_P521,
    OID_PKCS1_RSAENCRYPTION, OID_PKCS1_RSASSAPSS, OID_PKCS1_SHA1WITHRSA, OID_PKCS1_SHA256WITHRSA,
    OID_PKCS1_SHA384WITHRSA, OID_PKCS1_SHA512WITHRSA, OID_SIG_ECDSA_WITH_SHA256,
    OID_SIG_ECDSA_WITH_SHA384, OID_SIG_ECDSA_WITH_SHA512, Oid, asn1_rs::oid,
};
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::{Check, Grade, below_the_anchor, everywhere};
use crate::trust_rules::RSA_BITS_GOOD;
use crate::{ChainRole, Rule};

const ECDSA_WITH_SHA1: Oid<'static> = oid!(1.2.840.10045.4.1);
const ED25519: Oid<'static> = oid!(1.3.101.112);

/// webpki verifies no other kinds either; here it is said which one was found. An anchor's own signature
/// means nothing.
pub(super) const SIGNATURE_ALGORITHM: Check = Check {
    rule: Rule::SignatureAlgorithm,
    applies: below_the_anchor,
    judge: |certificate, _, _| {
        let algorithm = &certificate.signature_algorithm.algorithm;
        GOOD_SIGNATURES
            .iter()
            .any(|(good, _)| good == algorithm)
            .into()
    },
    expected: |_, _| {
        "RSA (PKCS#1 v1.5 or PSS) or ECDSA with SHA-256, SHA-384 or SHA-512".to_owned()
    },
    found: |certificate, _| {
        let algorithm = &certificate.signature_algorithm.algorithm;
        GOOD_SIGNATURES
            .iter()
            .chain(&BAD_SIGNATURES)
            .find(|(known, _)| known == algorithm)
            .map_or_else(|| algorithm.to_id_string(), |(_, name)| (*name).to_owned())
    },
};

const GOOD_SIGNATURES: [(Oid<'static>, &str); 7] = [
    (OID_PKCS1_SHA256WITHRSA, "RSA PKCS#1 v1.5 with SHA-256"),
    (OID_PKCS1_SHA384WITHRSA, "RSA PKCS#1 v1.5 with SHA-384"),
    (OID_PKCS1_SHA512WITHRSA, "RSA PKCS#1 v1.5 with SHA-512"),
    // Its parameters name the hash; webpki takes SHA-256, SHA-384 and SHA-512.
    (OID_PKCS1_RSASSAPSS, "RSASSA-PSS"),
    (OID_SIG_ECDSA_WITH_SHA256, "ECDSA with SHA-256"),
    (OID_SIG_ECDSA_WITH_SHA384, "ECDSA with SHA-384"),
    (OID_SIG_ECDSA_WITH_SHA512, "ECDSA with SHA-512"),
];

const BAD_SIGNATURES: [(Oid<'static>, &str); 3] = [
    (OID_PKCS1_SHA1WITHRSA, "RSA PKCS#1 v1.5 with SHA-1"),
    (ECDSA_WITH_SHA1, "ECDSA with SHA-1"),
    (ED25519, "Ed25519"),
];

pub(super) const KEY_KIND: Check = Check {
    rule: Rule::KeyKind,
    applies: everywhere,
    judge: |certificate, _, _| {
        (!matches!(KeyMeasure::of(certificate.public_key()), KeyMeasure::Other)).into()
    },
    expected: |_, _| "a key of RSA (rsaEncryption) or on P-256, P-384 or P-521".to_owned(),
    found: |certificate, _| text(certificate),
};

pub(super) const KEY_SIZE: Check = Check {
    rule: Rule::KeySize,
    applies: everywhere,
    judge: |certificate, link, measure| match KeyMeasure::of(certificate.public_key()) {
        KeyMeasure::Rsa(bits) if bits < measure.rules.rsa_bits_min => Grade::Fail,
        KeyMeasure::Rsa(bits) if bits < RSA_BITS_GOOD && link.role == ChainRole::Leaf => {
            Grade::Warn
        }
        KeyMeasure::Rsa(_) | KeyMeasure::Curve(_) | KeyMeasure::Other => Grade::Pass,
    },
    expected: |_, measure| {
        let least = measure.rules.rsa_bits_min;
        if least < RSA_BITS_GOOD {
            format!("RSA of {least} bits or more ({RSA_BITS_GOOD} or more is good), or a curve")
        } else {
            format!("RSA of {least} bits or more, or a curve")
        }
    },
    found: |certificate, _| text(certificate),
};

/// What a public key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyMeasure {
    /// rsaEncryption, of so many bits.
    Rsa(u32),
    /// A point on a curve that is accepted.
    Curve(&'static str),
    /// Anything else: id-RSASSA-PSS, another curve, another algorithm, or not readable.
    Other,
}

impl KeyMeasure {
    pub(crate) fn of(key: &SubjectPublicKeyInfo<'_>) -> Self {
        let kind = &key.algorithm.algorithm;
        if *kind == OID_PKCS1_RSAENCRYPTION {
            return match key.parsed() {
                Ok(PublicKey::RSA(rsa)) => Self::Rsa(bits(rsa.modulus)),
                _ => Self::Other,
            };
        }
        if *kind == OID_KEY_TYPE_EC_PUBLIC_KEY {
            let parameters = key.algorithm.parameters.as_ref();
            let curve = parameters.and_then(|found| found.as_oid().ok());
            return match curve {
                Some(curve) if curve == OID_EC_P256 => Self::Curve("P-256"),
                Some(curve) if curve == OID_NIST_EC_P384 => Self::Curve("P-384"),
                Some(curve) if curve == OID_NIST_EC_P521 => Self::Curve("P-521"),
                _ => Self::Other,
            };
        }
        Self::Other
    }
}

/// The length of a big-endian number, leading zeros left out.
fn bits(number: &[u8]) -> u32 {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    match number.get(zeros) {
        Some(first) => {
            let bytes = u32::try_from(number.len() - zeros).unwrap_or(u32::MAX);
            bytes
                .saturating_mul(8)
                .saturating_sub(first.leading_zeros())
        }
        None => 0,
    }
}

fn text(certificate: &X509Certificate<'_>) -> String {
    let key = certificate.public_key();
    match KeyMeasure::of(key) {
        KeyMeasure::Rsa(bits) => format!("RSA of {bits} bits"),
        KeyMeasure::Curve(name) => name.to_owned(),
        KeyMeasure::Other if key.algorithm.algorithm == OID_PKCS1_RSASSAPSS => {
            "an RSA key for PSS only (id-RSASSA-PSS)".to_owned()
        }
        KeyMeasure::Other => {
            let parameters = key.algorithm.parameters.as_ref();
            let curve = parameters.and_then(|found| found.as_oid().ok());
            match curve {
                Some(curve) => format!("a key on the curve {curve}"),
                None => format!("a key of kind {}", key.algorithm.algorithm),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::bits;

    #[test]
    fn the_size_of_a_key_is_that_of_its_number() {
        assert_eq!(bits(&[0, 0x80, 0]), 16);
        assert_eq!(bits(&[0x7f, 0xff]), 15);
        assert_eq!(bits(&[1]), 1);
        assert_eq!(bits(&[0, 0]), 0);
        assert_eq!(bits(&[]), 0);
    }
}
