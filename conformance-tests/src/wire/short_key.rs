//! An RSA key of 1024 bits, which no crypto library of today would make or use: for a certificate that must be refused.

use aws_lc_rs::digest::{SHA256, digest};
use tokio_rustls::rustls::sign::{Signer, SigningKey};
use tokio_rustls::rustls::{Error, SignatureAlgorithm, SignatureScheme};
use x509_parser::num_bigint::BigUint;

/// Both halves of the key. It protects nothing: whoever reads this has it.
const MODULUS: &str = "9723d62efa4a0c83845e2281c5e9464dad8edb921956668d95a8cda1c970e0ef\
8ca2b80d5f01a6e208a53d7ff3776ba169c7e67d1bea277231adcabf663b6fc2\
6772f2a5fd864fbdc62ae365a69d2724774c598e948ae9a2b1fb5130b8b8f328\
c08e4029d5a69c010bc45765ea2f0f3691ca4ee7c3a31579470095326716246b";
const PRIVATE_EXPONENT: &str = "2b554505771160011d24783448f0170e1262d125544a6760d4b5ef2f21b85165\
9d26d22a5340fffdf2889dd75f90afb539c4ec9a96344e56f95360bbfbadb2de\
d34a1841ecb9c05f66fcc505d5d7776b045c487b59166c422053c9e6e13cb8f5\
4db1b33fed99d530f662d80f92bde90d31b8f662af39d36691d0a152ba9a0aa1";
/// Octets in a signature.
const OCTETS: usize = 128;
/// Octets in a SHA-256 hash, and in the salt of RSASSA-PSS in TLS (RFC 8446 section 4.2.3).
const HASH_OCTETS: usize = 32;
/// What stands before a SHA-256 hash in a signature of RSASSA-PKCS1-v1_5 (RFC 8017 section 9.2).
const DIGEST_INFO: &[u8] =
    b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20";

/// The key, for TLS.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ShortKey;

impl ShortKey {
    /// `RSAPublicKey` in DER (RFC 8017 appendix A.1.1), with the public exponent 65537.
    pub(crate) fn public_der(self) -> Vec<u8> {
        let modulus = number(MODULUS).to_bytes_be();
        // 1024 bits and a zero before them, or they would be a negative number.
        let modulus = [&[0x02, 0x81, 0x81, 0x00][..], &modulus].concat();
        let exponent = [0x02, 0x03, 0x01, 0x00, 0x01];
        let length = u8::try_from(modulus.len() + exponent.len()).unwrap_or(0);
        [&[0x30, 0x81, length][..], &modulus, &exponent].concat()
    }
}

impl SigningKey for ShortKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let can = [
            SignatureScheme::RSA_PSS_SHA256,
            SignatureScheme::RSA_PKCS1_SHA256,
        ];
        let chosen = can.into_iter().find(|scheme| offered.contains(scheme))?;
        Some(Box::new(ShortSigner(chosen)))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::RSA
    }
}

#[derive(Debug)]
struct ShortSigner(SignatureScheme);

impl Signer for ShortSigner {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let encoded = match self.0 {
            SignatureScheme::RSA_PSS_SHA256 => {
                let mut salt = [0; HASH_OCTETS];
                aws_lc_rs::rand::fill(&mut salt)
                    .map_err(|_| Error::General("no randomness".to_owned()))?;
                pss(message, &salt)
            }
            _ => pkcs1(message),
        };
        let encoded = BigUint::from_bytes_be(&encoded);
        let signature = encoded.modpow(&number(PRIVATE_EXPONENT), &number(MODULUS));
        Ok(padded(&signature.to_bytes_be()))
    }

    fn scheme(&self) -> SignatureScheme {
        self.0
    }
}

/// EMSA-PSS with SHA-256 and MGF1 (RFC 8017 section 9.1.1).
fn pss(message: &[u8], salt: &[u8]) -> Vec<u8> {
    let hash = digest(&SHA256, message);
    let hash = digest(&SHA256, &[&[0; 8], hash.as_ref(), salt].concat());
    let zeros = OCTETS - salt.len() - HASH_OCTETS - 2;
    let mut block = [&vec![0; zeros][..], &[1], salt].concat();
    let mask = (0_u32..).flat_map(|count| {
        let hash = digest(&SHA256, &[hash.as_ref(), &count.to_be_bytes()].concat());
        hash.as_ref().to_vec()
    });
    for (octet, of_mask) in block.iter_mut().zip(mask) {
        *octet ^= of_mask;
    }
    if let Some(first) = block.first_mut() {
        *first &= 0x7f;
    }
    [&block[..], hash.as_ref(), &[0xbc]].concat()
}

/// EMSA-PKCS1-v1_5 with SHA-256 (RFC 8017 section 9.2).
fn pkcs1(message: &[u8]) -> Vec<u8> {
    let info = [DIGEST_INFO, digest(&SHA256, message).as_ref()].concat();
    let ones = vec![0xff; OCTETS - info.len() - 3];
    [&[0, 1][..], &ones, &[0], &info].concat()
}

fn padded(number: &[u8]) -> Vec<u8> {
    [&vec![0; OCTETS.saturating_sub(number.len())][..], number].concat()
}

fn number(hexadecimal: &str) -> BigUint {
    BigUint::parse_bytes(hexadecimal.as_bytes(), 16).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, UnparsedPublicKey};

    use super::*;

    #[test]
    fn its_signatures_are_those_of_its_public_half() {
        let signer = ShortKey
            .choose_scheme(&[SignatureScheme::RSA_PKCS1_SHA256])
            .unwrap();
        let signature = signer.sign(b"a handshake").unwrap();
        let key = UnparsedPublicKey::new(
            &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
            ShortKey.public_der(),
        );
        key.verify(b"a handshake", &signature).unwrap();
        key.verify(b"another", &signature).unwrap_err();
    }

    #[test]
    fn the_salt_comes_out_of_a_pss_encoding_again() {
        let salt = [7; HASH_OCTETS];
        let encoded = pss(b"a handshake", &salt);
        assert_eq!((encoded.len(), encoded[OCTETS - 1]), (OCTETS, 0xbc));
        let (block, rest) = encoded.split_at(OCTETS - HASH_OCTETS - 1);
        let hash = &rest[..HASH_OCTETS];
        let mask = (0_u32..3).flat_map(|count| {
            let hash = digest(&SHA256, &[hash, &count.to_be_bytes()].concat());
            hash.as_ref().to_vec()
        });
        let block: Vec<u8> = block.iter().zip(mask).map(|(a, b)| a ^ b).collect();
        assert!(block.ends_with(&[&[1][..], &salt].concat()));
        assert!(block[1..62].iter().all(|octet| *octet == 0), "{block:?}");
    }
}
