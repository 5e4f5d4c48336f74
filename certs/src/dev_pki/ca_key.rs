//! The key of a CA, and how it signs: rcgen makes ECDSA and PKCS#1 v1.5 signatures, RSASSA-PSS is made here.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::RSA_PSS_SHA512;
use rcgen::{
    KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, PublicKeyData, RsaKeySize,
    SignatureAlgorithm, SigningKey,
};

use super::der::{Signed, element, object_identifier, sequence};
use super::{DevPkiError, KeyType, Shape};

/// A private key that signs certificates and revocation lists in the way of its hierarchy.
pub(super) struct CaKey {
    pair: KeyPair,
    /// The same key once more, when it signs with RSASSA-PSS.
    pss: Option<rsa::KeyPair>,
}

impl CaKey {
    /// Makes a new key.
    pub(super) fn create(shape: Shape) -> Result<Self, DevPkiError> {
        Self::of(shape, new_key(shape.key_type())?)
    }

    /// Reads a key that [`CaKey::pem`] wrote.
    pub(super) fn from_pem(shape: Shape, pem: &str) -> Result<Self, DevPkiError> {
        Self::of(shape, KeyPair::from_pem(pem)?)
    }

    fn of(shape: Shape, pair: KeyPair) -> Result<Self, DevPkiError> {
        let pss = match shape {
            Shape::Ecdsa | Shape::G1 => None,
            Shape::G4 => Some(
                rsa::KeyPair::from_pkcs8(pair.serialized_der())
                    .map_err(|_| DevPkiError::Unreadable("RSA key"))?,
            ),
        };
        Ok(Self { pair, pss })
    }

    /// PKCS#8.
    pub(super) fn pem(&self) -> String {
        self.pair.serialize_pem()
    }

    /// Finishes what rcgen made in the name of this key.
    pub(super) fn finish(&self, der: &[u8]) -> Result<Vec<u8>, DevPkiError> {
        match &self.pss {
            None => Ok(der.to_vec()),
            Some(_) => {
                let algorithm = pss_sha512()?;
                let signed = Signed::read(der)
                    .and_then(|signed| signed.with_algorithm(&algorithm))
                    .ok_or(DevPkiError::Unreadable("certificate or list to sign"))?;
                self.sign_again(&signed)
            }
        }
    }

    /// Signs with the algorithm of the hierarchy, whatever the certificate or list names.
    pub(super) fn sign_again(&self, signed: &Signed) -> Result<Vec<u8>, DevPkiError> {
        let signature = match &self.pss {
            None => SigningKey::sign(&self.pair, &signed.contents)?,
            Some(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(
                    &RSA_PSS_SHA512,
                    &SystemRandom::new(),
                    &signed.contents,
                    &mut signature,
                )
                .map_err(|_| DevPkiError::Signing)?;
                signature
            }
        };
        Ok(signed.with_signature(&signature).to_vec())
    }
}

impl PublicKeyData for CaKey {
    fn der_bytes(&self) -> &[u8] {
        self.pair.der_bytes()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        self.pair.algorithm()
    }
}

impl SigningKey for CaKey {
    /// Leaves it to [`CaKey::finish`] when rcgen cannot name the algorithm.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        match &self.pss {
            None => SigningKey::sign(&self.pair, message),
            Some(_) => Ok(Vec::new()),
        }
    }
}

/// A new key pair.
pub(super) fn new_key(key_type: KeyType) -> Result<KeyPair, DevPkiError> {
    Ok(match key_type {
        KeyType::EcdsaP256 => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?,
        KeyType::Rsa3072 => KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_3072)?,
    })
}

/// AlgorithmIdentifier of RSASSA-PSS with SHA-512, MGF1 with SHA-512 and a salt of 64 octets (RFC 4055
/// section 3.1); the trailer field has its default and is left out.
fn pss_sha512() -> Result<Vec<u8>, DevPkiError> {
    let null = || element(0x05, &[]);
    let sha512 = || {
        Ok::<_, DevPkiError>(sequence(&[
            object_identifier("2.16.840.1.101.3.4.2.3")?,
            null(),
        ]))
    };
    let mgf1 = sequence(&[object_identifier("1.2.840.113549.1.1.8")?, sha512()?]);
    let salt_octets = element(0x02, &[64]);
    let parameters = sequence(&[
        element(0xa0, &sha512()?),
        element(0xa1, &mgf1),
        element(0xa2, &salt_octets),
    ]);
    Ok(sequence(&[
        object_identifier("1.2.840.113549.1.1.10")?,
        parameters,
    ]))
}

impl std::fmt::Debug for CaKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("CaKey([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The octets that certificates of the G4 hierarchy carry.
    #[test]
    fn the_algorithm_of_g4_is_written_octet_by_octet() {
        assert_eq!(
            crate::hex::encode(&pss_sha512().unwrap()),
            "304106092a864886f70d01010a3034a00f300d06096086480165030402030500a11c301a06092a864886f70d010108\
             300d06096086480165030402030500a203020140"
        );
    }

    #[test]
    fn a_key_is_not_shown() {
        let key = CaKey::create(Shape::Ecdsa).unwrap();
        assert_eq!(format!("{key:?}"), "CaKey([redacted])");
        assert!(key.pem().contains("PRIVATE KEY"));
    }
}
