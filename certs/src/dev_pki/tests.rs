use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::CertificateRevocationList;

use super::*;
use crate::{Identity, Oin, Peer, SignatureAlgorithm, pem};

const NOW: i64 = 1_795_000_000;
const OIN: &str = "00000099123456789000";

fn options(key_type: KeyType) -> DevPkiOptions {
    DevPkiOptions {
        key_type,
        now_unix_seconds: NOW,
        crl_valid_seconds: 172_800,
    }
}

fn number(crl_pem: &str) -> u64 {
    let (_, block) = x509_parser::pem::parse_x509_pem(crl_pem.as_bytes()).unwrap();
    let (_, crl) = CertificateRevocationList::from_der(&block.contents).unwrap();
    u64::try_from(crl.crl_number().unwrap()).unwrap()
}

#[test]
fn a_leaf_has_the_shape_of_the_pkioverheid_profile() {
    let mut pki = DevPki::create(&options(KeyType::EcdsaP256)).unwrap();
    let names = ["inway.gemeente.test", "manager.gemeente.test"];
    let issued = pki
        .issue(&LeafOptions::new(OIN, "Gemeente Voorbeeld", &names, NOW))
        .unwrap();
    let identity =
        Identity::from_pem(issued.chain_pem.as_bytes(), issued.key_pem.as_bytes()).unwrap();

    let peer = identity.peer();
    assert_eq!(peer.id.as_str(), OIN);
    assert!(Oin::parse(peer.id.as_str()).unwrap().is_test());
    assert_eq!(&*peer.name, "Gemeente Voorbeeld");
    assert_eq!(
        peer.dns_names
            .iter()
            .map(|name| &**name)
            .collect::<Vec<_>>(),
        names
    );
    assert_eq!(&*peer.serial, crate::hex::encode(&issued.serial));
    assert_eq!(
        (peer.not_before, peer.not_after),
        (NOW - 3_600, NOW + 397 * 86_400)
    );
    assert_eq!(
        identity.signing_key().algorithm(),
        SignatureAlgorithm::Es256
    );

    assert_eq!(identity.chain().len(), 3, "leaf, issuing CA, domain CA");
    let leaf = crate::peer::parse_certificate(&identity.chain()[0]).unwrap();
    let subject = leaf.subject().to_string();
    assert!(
        subject.contains("C=NL") && subject.contains("NTRNL-12345678"),
        "{subject}"
    );
    assert!(!leaf.basic_constraints().unwrap().unwrap().value.ca);
    let usage = leaf.extended_key_usage().unwrap().unwrap().value;
    assert!(usage.server_auth && usage.client_auth && !usage.any);
    let policies: Vec<_> = leaf
        .iter_extensions()
        .find_map(|extension| match extension.parsed_extension() {
            x509_parser::extensions::ParsedExtension::CertificatePolicies(policies) => {
                Some(policies)
            }
            _ => None,
        })
        .unwrap()
        .iter()
        .map(|policy| policy.policy_id.to_id_string())
        .collect();
    assert_eq!(
        policies,
        ["0.4.0.2042.1.1", "2.16.528.1.1003.1.2.41.15.35.11"]
    );
}

#[test]
fn a_root_is_alone_in_the_anchors() {
    let pki = DevPki::create(&options(KeyType::EcdsaP256)).unwrap();
    let anchors = pem::certificates(pki.anchors_pem().as_bytes()).unwrap();
    let root = crate::peer::parse_certificate(&anchors[0]).unwrap();
    assert_eq!(anchors.len(), 1);
    assert!(root.subject().to_string().contains("TEST Sluis - Root CA"));
    assert_eq!(root.subject().as_raw(), root.issuer().as_raw());
}

#[test]
fn a_saved_pki_goes_on_where_it_stopped() {
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path().join("pki");
    let mut first = DevPki::create(&options(KeyType::EcdsaP256)).unwrap();
    let revoked = first
        .issue(&LeafOptions::new(OIN, "Een", &["een.test"], NOW))
        .unwrap();
    first.revoke(&revoked.serial);
    first.revoke(&revoked.serial);
    first.revoke_authority(Authority::Issuing);
    first.save(&folder).unwrap();

    let mut second = DevPki::load(&folder, &options(KeyType::EcdsaP256)).unwrap();
    assert_eq!(second.anchors_pem(), first.anchors_pem());
    let issued = second
        .issue(&LeafOptions::new(OIN, "Twee", &["twee.test"], NOW))
        .unwrap();
    Identity::from_pem(issued.chain_pem.as_bytes(), issued.key_pem.as_bytes()).unwrap();

    let (before, after) = (first.crls_pem().unwrap(), second.crls_pem().unwrap());
    assert_eq!(
        after
            .iter()
            .map(|(name, _)| name.as_str())
            .collect::<Vec<_>>(),
        ["root-ca.crl.pem", "domain-ca.crl.pem", "issuing-ca.crl.pem"]
    );
    for ((_, before), (_, after)) in before.iter().zip(&after) {
        assert!(number(after) > number(before));
    }
    let (_, block) = x509_parser::pem::parse_x509_pem(after[2].1.as_bytes()).unwrap();
    let (_, crl) = CertificateRevocationList::from_der(&block.contents).unwrap();
    let serials: Vec<_> = crl
        .iter_revoked_certificates()
        .map(|entry| entry.raw_serial().to_vec())
        .collect();
    assert_eq!(serials, [revoked.serial]);
    assert_eq!(
        second.domain.crl_pem(NOW, 60).unwrap().len(),
        first.domain.crl_pem(NOW, 60).unwrap().len()
    );
}

#[cfg(unix)]
#[test]
fn private_keys_are_for_the_owner_only() {
    use std::os::unix::fs::PermissionsExt;

    let directory = tempfile::tempdir().unwrap();
    let pki = DevPki::create(&options(KeyType::EcdsaP256)).unwrap();
    pki.save(directory.path()).unwrap();
    pki.save(directory.path()).unwrap();
    for stem in ["root-ca", "domain-ca", "issuing-ca"] {
        let file = directory.path().join(format!("{stem}.key.pem"));
        assert_eq!(
            fs::metadata(file).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    let names = fs::read_dir(directory.path()).unwrap().count();
    assert_eq!(names, 9, "no temporary file stays behind");
}

#[test]
fn an_rsa_pki_works_the_same() {
    let mut pki = DevPki::create(&options(KeyType::Rsa3072)).unwrap();
    let issued = pki
        .issue(&LeafOptions::new(OIN, "Gemeente", &["gemeente.test"], NOW))
        .unwrap();
    let identity =
        Identity::from_pem(issued.chain_pem.as_bytes(), issued.key_pem.as_bytes()).unwrap();
    assert_eq!(
        identity.signing_key().algorithm(),
        SignatureAlgorithm::Rs256
    );
    assert_eq!(pki.crls_pem().unwrap().len(), 3);
}

#[test]
fn a_peer_id_that_is_no_oin_is_possible() {
    let mut pki = DevPki::create(&options(KeyType::EcdsaP256)).unwrap();
    let issued = pki
        .issue(&LeafOptions::new("peer_1*", "Org", &["org.test"], NOW))
        .unwrap();
    let chain = pem::certificates(issued.chain_pem.as_bytes()).unwrap();
    assert_eq!(
        Peer::from_certificate(&chain[0]).unwrap().id.as_str(),
        "peer_1*"
    );
}
