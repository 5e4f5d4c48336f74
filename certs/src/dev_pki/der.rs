//! Writing the little DER that rcgen does not, and signing a certificate or revocation list anew.

use rustls_pki_types::CertificateDer;
use x509_parser::der_parser::oid::Oid;

use super::DevPkiError;

/// Tag of a SEQUENCE.
pub(crate) const SEQUENCE: u8 = 0x30;
const BIT_STRING: u8 = 0x03;
const OBJECT_IDENTIFIER: u8 = 0x06;

/// One DER element. What is made here has fewer than 2^24 octets.
pub(crate) fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let mut der = vec![tag];
    let [_, high, middle, low] = u32::try_from(contents.len())
        .unwrap_or(u32::MAX)
        .to_be_bytes();
    match (high, middle, low) {
        (0, 0, 0..=0x7f) => der.push(low),
        (0, 0, _) => der.extend([0x81, low]),
        (0, _, _) => der.extend([0x82, middle, low]),
        _ => der.extend([0x83, high, middle, low]),
    }
    der.extend_from_slice(contents);
    der
}

/// A SEQUENCE of elements.
pub(super) fn sequence(elements: &[Vec<u8>]) -> Vec<u8> {
    element(SEQUENCE, &elements.concat())
}

/// An object identifier in dotted notation.
pub(super) fn object_identifier(dotted: &str) -> Result<Vec<u8>, DevPkiError> {
    let oid: Oid<'_> = dotted
        .parse()
        .map_err(|_| DevPkiError::Oid(dotted.to_owned()))?;
    Ok(element(OBJECT_IDENTIFIER, oid.as_bytes()))
}

/// The outer SEQUENCE of a certificate or revocation list in three: what is signed, the algorithm, the
/// signature.
pub(super) struct Signed {
    /// `tbsCertificate` or `tbsCertList`, whole.
    pub(super) contents: Vec<u8>,
    /// `signatureAlgorithm`, whole.
    algorithm: Vec<u8>,
}

impl Signed {
    /// Takes a certificate or revocation list apart.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let (_, outer, _) = first(der)?;
        let (contents, _, rest) = first(outer)?;
        let (algorithm, _, _) = first(rest)?;
        Some(Self {
            contents: contents.to_vec(),
            algorithm: algorithm.to_vec(),
        })
    }

    /// Names another algorithm, inside and outside of what is signed.
    pub(super) fn with_algorithm(self, algorithm: &[u8]) -> Option<Self> {
        let (_, fields, _) = first(&self.contents)?;
        // Nothing before the algorithm (a version, a serial number) holds an AlgorithmIdentifier.
        let position = fields
            .windows(self.algorithm.len())
            .position(|window| window == self.algorithm)?;
        let (before, rest) = fields.split_at_checked(position)?;
        let after = rest.get(self.algorithm.len()..)?;
        Some(Self {
            contents: element(SEQUENCE, &[before, algorithm, after].concat()),
            algorithm: algorithm.to_vec(),
        })
    }

    /// The whole again, with a signature.
    pub(super) fn with_signature(&self, signature: &[u8]) -> CertificateDer<'static> {
        let bits = element(BIT_STRING, &[&[0], signature].concat());
        sequence(&[self.contents.clone(), self.algorithm.clone(), bits]).into()
    }
}

/// The first DER element of some bytes: whole, its contents, and what follows it.
fn first(der: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let length_octet = *der.get(1)?;
    let header = match length_octet {
        0..=0x7f => 2,
        _ => 2 + usize::from(length_octet & 0x7f),
    };
    let length = match length_octet {
        0..=0x7f => usize::from(length_octet),
        _ => der
            .get(2..header)?
            .iter()
            .try_fold(0_usize, |length, octet| {
                Some(length.checked_mul(256)? + usize::from(*octet))
            })?,
    };
    let (element, rest) = der.split_at_checked(header.checked_add(length)?)?;
    Some((element, element.get(header..)?, rest))
}
