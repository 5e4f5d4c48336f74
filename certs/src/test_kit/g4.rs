//! A chain as the G4 hierarchy of PKIoverheid has it: certificates and lists signed with RSASSA-PSS,
//! SHA-512, salt 64, over keys of RSA-3072 that are plain rsaEncryption. rcgen cannot make that, so
//! what it made is signed again.

use rustls_pki_types::CertificateDer;

use super::{
    ALGORITHM, CRL_ALGORITHM, certificates, children, crls_of, element, leaf_options, new_pki_of,
    signed, with_field,
};
use crate::dev_pki::{Authority, IssuedLeaf, KeyType};
use crate::{Trust, pem};

pub(crate) struct G4 {
    pub(crate) leaf: IssuedLeaf,
    pub(crate) trust: Trust,
}

impl G4 {
    pub(crate) fn new(oin: &str) -> Self {
        let mut pki = new_pki_of(KeyType::Rsa3072);
        let issued = pki.issue(&leaf_options(oin)).unwrap();
        let resigned = |der: &[u8], authority, position| {
            resigned(der, &pki.authority_key_pem(authority), position)
        };
        let root = certificates(&pki.anchors_pem());
        let root = resigned(&root[0], Authority::Root, ALGORITHM);
        let levels = [Authority::Issuing, Authority::Domain, Authority::Root];
        let chain_pem = certificates(&issued.chain_pem)
            .iter()
            .zip(levels)
            .map(|(der, issuer)| pem::encode("CERTIFICATE", &resigned(der, issuer, ALGORITHM)))
            .collect();
        let lists: Vec<Vec<u8>> = crls_of(&pki)
            .iter()
            .zip(levels.into_iter().rev())
            .map(|(pem, issuer)| {
                let (_, block) = x509_parser::pem::parse_x509_pem(pem).unwrap();
                resigned(&block.contents, issuer, CRL_ALGORITHM)
            })
            .collect();
        let anchors = pem::encode("CERTIFICATE", &root);
        Self {
            leaf: IssuedLeaf {
                chain_pem,
                ..issued
            },
            trust: Trust::from_pem(anchors.as_bytes(), &lists).unwrap(),
        }
    }

    pub(crate) fn chain(&self) -> Vec<CertificateDer<'static>> {
        certificates(&self.leaf.chain_pem)
    }
}

fn resigned(der: &[u8], key_pem: &str, position: usize) -> Vec<u8> {
    let key = pem::private_key(key_pem.as_bytes()).unwrap();
    let key = aws_lc_rs::rsa::KeyPair::from_pkcs8(key.secret_der()).unwrap();
    let algorithm = crate::hex::decode::<67>(
        "304106092a864886f70d01010a3034a00f300d06096086480165030402030500a11c301a06092a864886f70d0101\
         08300d06096086480165030402030500a203020140",
    )
    .unwrap();
    let mut outer = children(&with_field(der, position, &algorithm));
    outer[1] = algorithm.to_vec();
    signed(&element(0x30, &outer.concat()), |message| {
        let mut signature = vec![0; key.public_modulus_len()];
        let random = aws_lc_rs::rand::SystemRandom::new();
        key.sign(
            &aws_lc_rs::signature::RSA_PSS_SHA512,
            &random,
            message,
            &mut signature,
        )
        .unwrap();
        signature
    })
}
