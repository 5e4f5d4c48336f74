use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::CertificateRevocationList;

use super::*;
use crate::test_kit::{NOW, OIN, options, rsa_leaf_key, shaped_pki};
use crate::{Identity, Oin, Peer, SignatureAlgorithm, pem};

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
    let serials = |crl_pem: &str| -> Vec<Vec<u8>> {
        let (_, block) = x509_parser::pem::parse_x509_pem(crl_pem.as_bytes()).unwrap();
        let (_, crl) = CertificateRevocationList::from_der(&block.contents).unwrap();
        crl.iter_revoked_certificates()
            .map(|entry| entry.raw_serial().to_vec())
            .collect()
    };
    assert_eq!(serials(&after[2].1), [revoked.serial]);
    assert_eq!(serials(&after[1].1), serials(&before[1].1));
    assert_eq!(serials(&after[1].1).len(), 1, "the issuing CA");
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

/// Name, algorithm of the signature and extensions of every certificate, lists included.
#[test]
fn each_hierarchy_has_its_own_signatures_and_extensions() {
    const PKCS1_SHA256: &str = "1.2.840.113549.1.1.11";
    const PSS: &str = "1.2.840.113549.1.1.10";
    const ECDSA_SHA256: &str = "1.2.840.10045.4.3.2";
    for (shape, algorithm, authority_usage, identifier, policies) in [
        (Shape::Ecdsa, ECDSA_SHA256, true, true, 2),
        (Shape::G1, PKCS1_SHA256, false, false, 1),
        (Shape::G4, PSS, true, true, 2),
    ] {
        let mut pki = shaped_pki(shape);
        assert_eq!(pki.shape(), shape);
        let options = LeafOptions {
            key_pem: (shape != Shape::Ecdsa).then_some(rsa_leaf_key()),
            ..LeafOptions::new(OIN, "Gemeente", &["gemeente.test"], NOW)
        };
        let issued = pki.issue(&options).unwrap();
        Identity::from_pem(issued.chain_pem.as_bytes(), issued.key_pem.as_bytes()).unwrap();
        let mut chain = pem::certificates(issued.chain_pem.as_bytes()).unwrap();
        chain.extend(pem::certificates(pki.anchors_pem().as_bytes()).unwrap());
        assert_eq!(chain.len(), 4, "four layers");
        for (level, der) in chain.iter().enumerate() {
            let certificate = crate::peer::parse_certificate(der).unwrap();
            let named = &certificate.signature_algorithm;
            assert_eq!(named.algorithm.to_id_string(), algorithm);
            assert_eq!(&certificate.tbs_certificate.signature, named);
            let has = |oid: &str| {
                certificate
                    .iter_extensions()
                    .any(|extension| extension.oid.to_id_string() == oid)
            };
            let (leaf, root) = (level == 0, level == 3);
            assert_eq!(has("2.5.29.37"), leaf || !root && authority_usage, "EKU");
            assert_eq!(has("1.3.6.1.5.5.7.1.1"), !root, "AIA");
            assert_eq!(has("2.5.29.31"), !root, "CRL distribution point");
            assert_eq!(has("1.3.6.1.5.5.7.1.3"), leaf && identifier, "qcStatements");
            let usage = certificate.key_usage().unwrap().unwrap();
            assert!(usage.critical);
            assert_eq!(usage.value.key_encipherment(), leaf);
            assert_eq!(usage.value.key_cert_sign(), !leaf);
            if leaf {
                let subject = certificate.subject().to_string();
                assert_eq!(subject.contains("NTRNL-"), identifier, "{subject}");
                let count = certificate.iter_extensions().find_map(|extension| {
                    match extension.parsed_extension() {
                        ParsedExtension::CertificatePolicies(found) => Some(found.len()),
                        _ => None,
                    }
                });
                assert_eq!(count, Some(policies));
            }
        }
        for (name, list) in pki.crls_pem().unwrap() {
            let (_, block) = x509_parser::pem::parse_x509_pem(list.as_bytes()).unwrap();
            let (_, list) = CertificateRevocationList::from_der(&block.contents).unwrap();
            let named = list.signature_algorithm.algorithm.to_id_string();
            assert_eq!(named, algorithm, "{name}");
        }
    }
}

#[test]
fn a_saved_pki_keeps_its_shape() {
    let directory = tempfile::tempdir().unwrap();
    let pki = shaped_pki(Shape::G4);
    pki.save(directory.path()).unwrap();
    let mut loaded = DevPki::load(directory.path(), &options(KeyType::EcdsaP256)).unwrap();
    assert_eq!(loaded.shape(), Shape::G4);
    let leaf = LeafOptions::new(OIN, "Gemeente", &["gemeente.test"], NOW);
    let issued = loaded.issue(&leaf).unwrap();
    let identity =
        Identity::from_pem(issued.chain_pem.as_bytes(), issued.key_pem.as_bytes()).unwrap();
    assert_eq!(
        identity.signing_key().algorithm(),
        SignatureAlgorithm::Es256
    );
    crate::test_kit::trust_of(&loaded)
        .verify(identity.chain(), crate::Usage::Server, NOW)
        .unwrap();
}

#[test]
fn policies_can_be_chosen() {
    let mut pki = shaped_pki(Shape::Ecdsa);
    let leaf = LeafOptions {
        policy_oids: Some(&["2.16.528.1.1003.1.2.44.15.35.11"]),
        ..LeafOptions::new(OIN, "Gemeente", &["gemeente.test"], NOW)
    };
    let chain = pki.issue(&leaf).unwrap().chain_pem;
    let chain = pem::certificates(chain.as_bytes()).unwrap();
    let production = b"\x60\x84\x10\x01\x87\x6b\x01\x02\x2c\x0f\x23\x0b";
    assert!(chain[0].windows(12).any(|window| window == production));
    let leaf = LeafOptions {
        policy_oids: Some(&["2.x"]),
        ..leaf
    };
    let error = pki.issue(&leaf).err().unwrap().to_string();
    assert!(error.contains("`2.x`"), "{error}");
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

#[test]
fn a_flawed_leaf_is_refused_for_its_flaw_and_for_nothing_else() {
    use crate::{Rule, Usage};
    let mut pki = shaped_pki(Shape::Ecdsa);
    let options = LeafOptions::new(OIN, "Gemeente", &["gemeente.test"], NOW);
    let trust = crate::test_kit::trust_of(&pki);
    let judge = |chain_pem: &str, usage| {
        let chain = pem::certificates(chain_pem.as_bytes()).unwrap();
        let verified = trust.verify(&chain, usage, NOW).map(drop);
        verified.map_err(|error| error.rule())
    };
    for (flaw, as_client, as_server) in [
        (Flaw::NoUsage, Err(Rule::WrongUsage), Err(Rule::WrongUsage)),
        (Flaw::ClientOnly, Ok(()), Err(Rule::WrongUsage)),
        (Flaw::ServerOnly, Err(Rule::WrongUsage), Ok(())),
        (Flaw::NoPeerId, Err(Rule::NotAPeer), Err(Rule::NotAPeer)),
    ] {
        let chain = pki.issue_flawed(&options, flaw).unwrap().chain_pem;
        assert_eq!(judge(&chain, Usage::Client), as_client, "{flaw:?}");
        assert_eq!(judge(&chain, Usage::Server), as_server, "{flaw:?}");
    }
    // A modulus of 1024 bits, and 65537.
    let modulus = [&[0x02, 0x81, 0x81, 0x00][..], &[0xab; 128]].concat();
    let numbers = [modulus, vec![0x02, 0x03, 1, 0, 1]].concat();
    let key = super::der::element(0x30, &numbers);
    let chain = pki.issue_for_rsa_key(&options, &key).unwrap();
    assert_eq!(judge(&chain, Usage::Client), Err(Rule::KeySize));
}
