//! Rows about what a leaf says: usage, policy, key and names.

use rcgen::ExtendedKeyUsagePurpose::{Any, ClientAuth, EmailProtection, ServerAuth};
use rcgen::{ExtendedKeyUsagePurpose, KeyPair, PKCS_RSA_SHA256, RsaKeySize, SanType};

use super::*;
use crate::test_kit::{PUBLIC_KEY, element};

#[test]
fn row_15_a_leaf_is_used_for_what_its_extended_key_usage_says() {
    const WRONG: Verdict = Err(Rule::WrongUsage);
    let cases: [(&[ExtendedKeyUsagePurpose], [Verdict; 2]); 6] = [
        (&[ServerAuth, ClientAuth], [Ok(()), Ok(())]),
        (&[ClientAuth], [Ok(()), WRONG]),
        (&[ServerAuth], [WRONG, Ok(())]),
        (&[EmailProtection], [WRONG, WRONG]),
        (&[Any], [WRONG, WRONG]),
        (&[], [WRONG, WRONG]),
    ];
    for mut hierarchy in both() {
        let trust = hierarchy.trust();
        for (usages, expected) in &cases {
            let chain = hierarchy.changed(|params| params.extended_key_usages = usages.to_vec());
            let found = [Usage::Client, Usage::Server].map(|usage| {
                let verified = trust.verify(&chain, usage, NOW).map(drop);
                verified.map_err(|error| error.rule())
            });
            assert_eq!(found, *expected, "{usages:?}");
        }
    }
}

#[test]
fn row_16_a_leaf_needs_a_policy_of_servers() {
    const G1_SERVER: &str = "2.16.528.1.1003.1.2.8.6";
    for mut hierarchy in both() {
        let own = match hierarchy.shape {
            Shape::G1 => G1_SERVER,
            _ => G4_PRODUCTION,
        };
        for (case, oids, expected) in [
            ("its own", &[own][..], Ok(())),
            ("its own among others", &["0.4.0.2042.1.1", own], Ok(())),
            ("none", &[], Err(Rule::Policy)),
            ("ETSI only", &["0.4.0.2042.1.1"], Err(Rule::Policy)),
            ("anyPolicy", &["2.5.29.32.0"], Err(Rule::Policy)),
            (
                "G1, not for servers",
                &["2.16.528.1.1003.1.2.8.4"],
                Err(Rule::Policy),
            ),
            (
                "G1, not for servers",
                &["2.16.528.1.1003.1.2.8.5"],
                Err(Rule::Policy),
            ),
            (
                "G1, of persons",
                &["2.16.528.1.1003.1.2.8.1"],
                Err(Rule::Policy),
            ),
            (
                "G4, without names",
                &["2.16.528.1.1003.1.2.44.16.25.8"],
                Err(Rule::Policy),
            ),
            ("TRIAL", &[G4_TRIAL], Err(Rule::Policy)),
            ("longer", &["2.16.528.1.1003.1.2.8.6.1"], Err(Rule::Policy)),
        ] {
            let options = LeafOptions {
                policy_oids: Some(oids),
                ..hierarchy.options()
            };
            let chain = hierarchy.chain_of(&options);
            assert_eq!(judged(&hierarchy, &chain), expected, "{case} {oids:?}");
        }
    }
}

/// A policy that the CA above was not given cannot come from it.
#[test]
fn row_16_a_policy_that_the_ca_does_not_have_does_not_count() {
    let [mut g1, _] = both();
    let options = LeafOptions {
        policy_oids: Some(&[G4_PRODUCTION]),
        ..g1.options()
    };
    let chain = g1.chain_of(&options);
    assert_eq!(judged(&g1, &chain), Err(Rule::Policy));
}

#[test]
fn row_16_a_production_policy_is_not_for_trials() {
    let [_, mut g4] = both();
    for (policy, expected) in [(G4_TRIAL, Ok(())), (G4_PRODUCTION, Err(Rule::Policy))] {
        let oids = [policy];
        let options = LeafOptions {
            policy_oids: Some(&oids),
            ..g4.options()
        };
        let chain = g4.chain_of(&options);
        let (rules, lists) = (TrustRules::of(Profile::Trial), g4.trust().lists().clone());
        let trust = Trust::new(rules, g4.pki.anchors_pem().as_bytes(), lists).unwrap();
        assert_eq!(verdict(&trust, &chain, NOW), expected, "{policy}");
    }
}

/// SubjectPublicKeyInfo of an RSA key of so many octets. Nobody has the other half, and nobody needs it.
fn rsa_key(octets: usize) -> Vec<u8> {
    let mut modulus = vec![0xab; octets];
    modulus.insert(0, 0);
    let numbers = [element(0x02, &modulus), element(0x02, &[1, 0, 1])].concat();
    let bits = [&[0], element(0x30, &numbers).as_slice()].concat();
    let algorithm = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";
    element(
        0x30,
        &[algorithm.as_slice(), &element(0x03, &bits)].concat(),
    )
}

#[test]
fn row_19_an_rsa_key_has_2048_bits_or_more() {
    for mut hierarchy in both() {
        for (bits, expected) in [
            (512, Err(Rule::KeySize)),
            (1024, Err(Rule::KeySize)),
            (2040, Err(Rule::KeySize)),
            (2048, Ok(())),
            (3072, Ok(())),
            (4096, Ok(())),
        ] {
            let chain = hierarchy.with_field(0, PUBLIC_KEY, &rsa_key(bits / 8));
            assert_eq!(judged(&hierarchy, &chain), expected, "{bits}");
        }
    }
}

#[test]
fn row_19_our_own_rsa_key_has_3072_bits_or_more() {
    let short = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
    let short = short.serialize_pem();
    for mut hierarchy in both() {
        for (key, expected) in [
            (short.as_str(), Err(Rule::KeySize)),
            (rsa_leaf_key(), Ok(())),
        ] {
            let options = LeafOptions {
                key_pem: Some(key),
                ..hierarchy.options()
            };
            let identity = crate::test_kit::identity_of(&hierarchy.pki.issue(&options).unwrap());
            let judged = hierarchy.trust().verify_own(&identity, NOW).map(drop);
            assert_eq!(judged.map_err(|error| error.rule()), expected);
        }
    }
}

#[test]
fn row_22_a_server_has_the_dns_name_that_was_asked_for() {
    let names = |names: &[&str]| -> Vec<SanType> {
        let names = names.iter();
        names
            .map(|name| SanType::DnsName((*name).try_into().unwrap()))
            .collect()
    };
    let address = SanType::IpAddress([127, 0, 0, 1].into());
    for mut hierarchy in both() {
        let trust = hierarchy.trust();
        let now = UnixTime::since_unix_epoch(Duration::from_secs(NOW.try_into().unwrap()));
        for (case, sans, expected) in [
            ("the name", names(&[HOST]), Ok(())),
            (
                "one of its names",
                names(&["manager.gemeente.test", HOST]),
                Ok(()),
            ),
            (
                "another name",
                names(&["inway.ander.test"]),
                Err(Rule::WrongName),
            ),
            (
                "the domain above",
                names(&["gemeente.test"]),
                Err(Rule::WrongName),
            ),
            (
                "a name beneath",
                names(&["een.inway.gemeente.test"]),
                Err(Rule::WrongName),
            ),
            ("its common name only", vec![], Err(Rule::WrongName)),
            ("its address", vec![address.clone()], Err(Rule::WrongName)),
            ("a wildcard above", names(&["*.test"]), Err(Rule::WrongName)),
        ] {
            let chain = hierarchy.changed(|params| {
                params
                    .distinguished_name
                    .push(rcgen::DnType::CommonName, HOST);
                params.subject_alt_names = sans;
            });
            let (leaf, issuers) = chain.split_first().unwrap();
            let name = HOST.try_into().unwrap();
            let verified = trust.verify_certificate(leaf, issuers, Usage::Server, now, Some(&name));
            let found = verified.map(drop).map_err(|error| error.rule());
            assert_eq!(found, expected, "{case}");
        }
    }
}
