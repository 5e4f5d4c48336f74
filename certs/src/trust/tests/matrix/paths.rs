//! Rows about the path: who issued whom, when, and with which signature.

use rcgen::{BasicConstraints, CustomExtension, IsCa, Issuer, KeyPair, KeyUsagePurpose};

use super::*;
use crate::test_kit::{DAY, PUBLIC_KEY, VALIDITY, children, element};

/// A validity in whole days from now.
fn validity(from_days: i64, to_days: i64) -> Vec<u8> {
    let moment = |days: i64| {
        let at = time::OffsetDateTime::from_unix_timestamp(NOW + days * DAY).unwrap();
        let text = format!(
            "{:02}{:02}{:02}000000Z",
            at.year() % 100,
            u8::from(at.month()),
            at.day()
        );
        element(0x17, text.as_bytes())
    };
    element(0x30, &[moment(from_days), moment(to_days)].concat())
}

#[test]
fn row_01_a_good_chain_is_accepted_in_every_direction() {
    for mut hierarchy in both() {
        let (chain, trust) = (hierarchy.chain(), hierarchy.trust());
        assert_eq!(chain.len(), 3, "and the root makes four layers");
        for usage in [Usage::Client, Usage::Server, Usage::Signature] {
            let peer = trust.verify(&chain, usage, NOW).unwrap();
            assert_eq!(peer.id.as_str(), OIN);
        }
    }
}

#[test]
fn row_03_another_root_is_not_trusted_and_not_accepted_as_an_anchor() {
    let [mut g1, mut g4] = both();
    assert_eq!(judged(&g1, &g4.chain()), Err(Rule::Untrusted));
    assert_eq!(judged(&g4, &g1.chain()), Err(Rule::Untrusted));
    for hierarchy in [&mut g1, &mut g4] {
        // Somebody with the issuing CA's name and another key.
        let mut chain = hierarchy.chain();
        let forged = hierarchy.pki.sign_again(Authority::Domain, &chain[0]);
        chain[0] = forged.into();
        assert_eq!(judged(hierarchy, &chain), Err(Rule::Untrusted));
        // A test root in production.
        let anchors = hierarchy.pki.anchors_pem();
        let lists = RevocationLists::from_files(&crls_of(&hierarchy.pki)).unwrap();
        let rules = TrustRules::of(Profile::Production);
        let refused = Trust::new(rules, anchors.as_bytes(), lists).unwrap_err();
        assert!(
            matches!(refused, TrustError::AnchorNotPinned { .. }),
            "{refused}"
        );
    }
}

#[test]
fn row_04_issuers_may_come_in_any_order_but_must_come() {
    for mut hierarchy in both() {
        let chain = hierarchy.chain();
        let root = certificates(&hierarchy.pki.anchors_pem()).remove(0);
        let stranger = shaped_pki(Shape::Ecdsa).issue(&leaf_options(OIN)).unwrap();
        let stranger = certificates(&stranger.chain_pem);
        let [leaf, issuing, domain] = [&chain[0], &chain[1], &chain[2]];
        for (case, sent, expected) in [
            ("no domain CA", vec![leaf, issuing], Err(Rule::Untrusted)),
            ("no issuing CA", vec![leaf, domain], Err(Rule::Untrusted)),
            ("no issuers", vec![leaf], Err(Rule::Untrusted)),
            ("shuffled", vec![leaf, domain, issuing], Ok(())),
            ("with the root", vec![leaf, issuing, domain, &root], Ok(())),
            (
                "with strangers",
                vec![leaf, &stranger[1], issuing, &stranger[0], domain],
                Ok(()),
            ),
            (
                "twice",
                vec![leaf, issuing, issuing, domain, domain],
                Ok(()),
            ),
        ] {
            let sent: Chain = sent.into_iter().cloned().collect();
            assert_eq!(judged(&hierarchy, &sent), expected, "{case}");
        }
    }
}

#[test]
fn row_05_an_expired_certificate_at_any_level_is_refused() {
    for mut hierarchy in both() {
        for index in 0..3 {
            let chain = hierarchy.with_field(index, VALIDITY, &validity(-90, -1));
            assert_eq!(judged(&hierarchy, &chain), Err(Rule::Expired), "{index}");
        }
        let (chain, root) = (
            hierarchy.chain(),
            certificates(&hierarchy.pki.anchors_pem()),
        );
        let expired = with_field(&root[0], VALIDITY, &validity(-90, -1));
        let expired = hierarchy.pki.sign_again(Authority::Root, &expired);
        let rules = TrustRules {
            anchors: AnchorRule::AnyForTests,
            ..hierarchy.rules()
        };
        let anchor = crate::pem::encode("CERTIFICATE", &expired);
        let trust = Trust::new(rules, anchor.as_bytes(), hierarchy.trust().lists().clone());
        assert_eq!(
            verdict(&trust.unwrap(), &chain, NOW),
            Err(Rule::Expired),
            "root"
        );
    }
}

#[test]
fn row_06_a_certificate_of_the_future_at_any_level_is_refused() {
    for mut hierarchy in both() {
        for index in 0..3 {
            let chain = hierarchy.with_field(index, VALIDITY, &validity(1, 90));
            let refused = judged(&hierarchy, &chain);
            assert_eq!(refused, Err(Rule::NotYetValid), "{index}");
        }
    }
}

#[test]
fn row_20_a_certificate_signed_with_sha_1_is_refused_at_any_level() {
    // AlgorithmIdentifier of sha1WithRSAEncryption.
    const SHA_1: &[u8] = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05\x05\x00";
    for mut hierarchy in both() {
        for index in 0..3 {
            let mut chain = hierarchy.chain();
            let mut outer = children(&with_field(&chain[index], 2, SHA_1));
            outer[1] = SHA_1.to_vec();
            let der = element(0x30, &outer.concat());
            chain[index] = hierarchy.signed(index, &der);
            let refused = judged(&hierarchy, &chain);
            assert_eq!(refused, Err(Rule::SignatureAlgorithm), "{index}");
        }
    }
}

#[test]
fn row_21_a_key_for_pss_only_is_refused_and_nothing_panics() {
    // AlgorithmIdentifier of id-RSASSA-PSS without parameters.
    const PSS_ONLY: &[u8] = b"\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a";
    for mut hierarchy in both() {
        let chain = hierarchy.chain();
        let key = children(&children(&children(&chain[0])[0])[PUBLIC_KEY]).remove(1);
        let key = element(0x30, &[PSS_ONLY, &key].concat());
        let chain = hierarchy.with_field(0, PUBLIC_KEY, &key);
        assert_eq!(judged(&hierarchy, &chain), Err(Rule::KeyKind));
    }
}

#[test]
fn row_23_a_ca_is_no_peer_and_a_ca_that_may_not_issue_issues_nothing() {
    for mut hierarchy in both() {
        let chain = hierarchy.chain();
        assert_eq!(judged(&hierarchy, &chain[1..]), Err(Rule::AuthorityAsLeaf));
        let authority =
            hierarchy.changed(|params| params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0)));
        assert_eq!(judged(&hierarchy, &authority), Err(Rule::AuthorityAsLeaf));
        // The domain CA may have no CA beneath it: pathLenConstraint 1 becomes 0.
        let no_ca = b"\x30\x06\x01\x01\xff\x02\x01\x00";
        let chain = hierarchy.with_octets(2, b"\x30\x06\x01\x01\xff\x02\x01\x01", no_ca);
        assert_eq!(judged(&hierarchy, &chain), Err(Rule::NotAnAuthority));
        // The issuing CA may sign revocation lists only: keyCertSign is taken away.
        let chain = hierarchy.with_octets(1, b"\x03\x02\x01\x86", b"\x03\x02\x01\x82");
        assert_eq!(judged(&hierarchy, &chain), Err(Rule::KeyUsage));
    }
}

#[test]
fn row_24_what_is_critical_and_unknown_is_refused() {
    for mut hierarchy in both() {
        for critical in [false, true] {
            let chain = hierarchy.changed(|params| {
                let mut extension = CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
                extension.set_criticality(critical);
                params.custom_extensions.push(extension);
            });
            let expected = if critical {
                Err(Rule::Unusable)
            } else {
                Ok(())
            };
            assert_eq!(judged(&hierarchy, &chain), expected, "critical: {critical}");
        }
        // The key usage of the issuing CA becomes something that nobody knows.
        let chain = hierarchy.with_octets(1, b"\x06\x03\x55\x1d\x0f", b"\x06\x03\x55\x1d\x7f");
        assert_eq!(judged(&hierarchy, &chain), Err(Rule::Unusable));
    }
}

#[test]
fn row_30_a_chain_that_is_too_long_is_refused() {
    for mut hierarchy in both() {
        let chain = hierarchy.chain();
        let long = [chain.as_slice(), &vec![chain[1].clone(); 14]].concat();
        assert_eq!(judged(&hierarchy, &long), Err(Rule::ChainTooLong));
    }
}

/// A path of `count` CAs between anchor and leaf.
fn long_path(count: usize) -> (String, Chain) {
    let authority = |name: String| {
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params
    };
    let key = KeyPair::generate().unwrap();
    let params = authority("TEST root".to_owned());
    let root = params.self_signed(&key).unwrap().pem();
    let mut issuer = Issuer::new(params, key);
    let mut chain = Vec::new();
    for level in 0..count {
        let (params, key) = (
            authority(format!("TEST CA {level}")),
            KeyPair::generate().unwrap(),
        );
        chain.push(params.signed_by(&key, &issuer).unwrap().der().clone());
        issuer = Issuer::new(params, key);
    }
    let leaf = CertificateParams::default();
    let key = KeyPair::generate().unwrap();
    chain.push(leaf.signed_by(&key, &issuer).unwrap().der().clone());
    chain.reverse();
    (root, chain)
}

#[test]
fn row_30_more_than_six_cas_are_no_path() {
    for (count, expected) in [(6, false), (7, true)] {
        let (root, chain) = long_path(count);
        let trust = Trust::from_pem(root.as_bytes(), &crls_of(&shaped_pki(Shape::Ecdsa))).unwrap();
        let refused = trust.verify(&chain, Usage::Client, NOW).unwrap_err();
        // The shorter path is found, and refused for what its certificates lack.
        let too_long = refused.found().contains("MaximumPathDepth");
        assert_eq!(too_long, expected, "{count}: {refused}");
    }
}
