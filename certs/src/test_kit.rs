//! What the tests of this crate share: a PKI, a fixed clock, and surgery on DER that rcgen refuses to
//! make.

pub(crate) mod softhsm;
mod softhsm_process;

use rustls::time_provider::TimeProvider;
use rustls_pki_types::{CertificateDer, UnixTime};
use std::sync::LazyLock;
use std::time::Duration;

pub(crate) use crate::dev_pki::der::element;
use crate::dev_pki::{DevPki, DevPkiOptions, IssuedLeaf, KeyType, LeafOptions, Shape};
use crate::{Identity, Trust, pem};

/// 2026-11-22, in Unix seconds.
pub(crate) const NOW: i64 = 1_795_305_600;
pub(crate) const DAY: i64 = 86_400;
pub(crate) const OIN: &str = "00000099123456789000";
pub(crate) const OTHER_OIN: &str = "00000099999999910000";
pub(crate) const HOST: &str = "inway.gemeente.test";

/// A clock that stands still.
#[derive(Debug)]
pub(crate) struct FixedTime(pub(crate) i64);

impl TimeProvider for FixedTime {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_secs(
            self.0.try_into().unwrap(),
        )))
    }
}

pub(crate) fn new_pki() -> DevPki {
    new_pki_of(KeyType::EcdsaP256)
}

pub(crate) fn new_pki_of(key_type: KeyType) -> DevPki {
    DevPki::create(&options(key_type)).unwrap()
}

/// A PKI of a hierarchy. It is made once, because RSA keys take long.
pub(crate) fn shaped_pki(shape: Shape) -> DevPki {
    static ECDSA: LazyLock<DevPki> = LazyLock::new(|| new_shaped_pki(Shape::Ecdsa));
    static G1: LazyLock<DevPki> = LazyLock::new(|| new_shaped_pki(Shape::G1));
    static G4: LazyLock<DevPki> = LazyLock::new(|| new_shaped_pki(Shape::G4));
    match shape {
        Shape::Ecdsa => ECDSA.clone(),
        Shape::G1 => G1.clone(),
        Shape::G4 => G4.clone(),
    }
}

fn new_shaped_pki(shape: Shape) -> DevPki {
    DevPki::create_shaped(shape, &options(shape.key_type())).unwrap()
}

pub(crate) fn options(key_type: KeyType) -> DevPkiOptions {
    DevPkiOptions {
        key_type,
        now_unix_seconds: NOW,
        crl_valid_seconds: 2 * DAY,
    }
}

/// An RSA key of 3072 bits for leaves, made once.
pub(crate) fn rsa_leaf_key() -> &'static str {
    static KEY: LazyLock<String> = LazyLock::new(|| {
        rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_3072)
            .unwrap()
            .serialize_pem()
    });
    &KEY
}

pub(crate) fn leaf_options(oin: &str) -> LeafOptions<'_> {
    LeafOptions::new(oin, "Gemeente Voorbeeld", &[HOST], NOW)
}

pub(crate) fn identity_of(leaf: &IssuedLeaf) -> Identity {
    Identity::from_pem(leaf.chain_pem.as_bytes(), leaf.key_pem.as_bytes()).unwrap()
}

pub(crate) fn crls_of(pki: &DevPki) -> Vec<Vec<u8>> {
    pki.crls_pem()
        .unwrap()
        .into_iter()
        .map(|(_, pem)| pem.into_bytes())
        .collect()
}

pub(crate) fn trust_of(pki: &DevPki) -> Trust {
    Trust::from_pem(pki.anchors_pem().as_bytes(), &crls_of(pki)).unwrap()
}

pub(crate) fn certificates(pem: &str) -> Vec<CertificateDer<'static>> {
    pem::certificates(pem.as_bytes()).unwrap()
}

/// The elements inside a constructed DER element.
pub(crate) fn children(der: &[u8]) -> Vec<Vec<u8>> {
    let mut rest = contents(der);
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (element, tail) = rest.split_at(element_length(rest));
        found.push(element.to_vec());
        rest = tail;
    }
    found
}

/// The contents of a DER element.
pub(crate) fn contents(der: &[u8]) -> &[u8] {
    &der[header_length(der)..element_length(der)]
}

fn header_length(der: &[u8]) -> usize {
    if der[1] < 0x80 {
        2
    } else {
        2 + usize::from(der[1] & 0x7f)
    }
}

fn element_length(der: &[u8]) -> usize {
    let header = header_length(der);
    let length = if header == 2 {
        usize::from(der[1])
    } else {
        der[2..header]
            .iter()
            .fold(0, |length, byte| length << 8 | usize::from(*byte))
    };
    header + length
}

/// Positions in a TBSCertificate.
pub(crate) const VALIDITY: usize = 4;
pub(crate) const SUBJECT: usize = 5;
pub(crate) const PUBLIC_KEY: usize = 6;

/// Replaces one field of a certificate or revocation list. The signature becomes wrong.
pub(crate) fn with_field(der: &[u8], position: usize, field: &[u8]) -> Vec<u8> {
    let mut outer = children(der);
    let mut inner = children(&outer[0]);
    inner[position] = field.to_vec();
    outer[0] = element(0x30, &inner.concat());
    element(0x30, &outer.concat())
}

/// Signs a certificate or revocation list anew, with the algorithm it names already.
pub(crate) fn signed(der: &[u8], sign: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let mut outer = children(der);
    let signature = sign(&outer[0]);
    outer[2] = element(0x03, &[&[0], signature.as_slice()].concat());
    element(0x30, &outer.concat())
}

/// A distinguished name: a list of components, each a list of (last octet of 2.5.4.x, tag, value).
pub(crate) fn name(components: &[&[(u8, u8, &[u8])]]) -> Vec<u8> {
    let components: Vec<_> = components
        .iter()
        .map(|attributes| {
            let attributes: Vec<_> = attributes
                .iter()
                .map(|(kind, tag, value)| {
                    let kind = element(0x06, &[0x55, 0x04, *kind]);
                    element(0x30, &[kind, element(*tag, value)].concat())
                })
                .collect();
            element(0x31, &attributes.concat())
        })
        .collect();
    element(0x30, &components.concat())
}

pub(crate) const SERIAL_NUMBER: u8 = 5;
pub(crate) const ORGANISATION: u8 = 10;
pub(crate) const UTF8: u8 = 0x0c;
pub(crate) const PRINTABLE: u8 = 0x13;
pub(crate) const IA5: u8 = 0x16;
pub(crate) const BMP: u8 = 0x1e;
