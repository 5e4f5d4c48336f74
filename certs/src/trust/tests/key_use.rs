//! What keys are for, and of which kind they are.

use rcgen::KeyUsagePurpose::{DigitalSignature, KeyCertSign, KeyEncipherment};
use rcgen::{KeyUsagePurpose, PKCS_ED25519};

use super::*;
use crate::dev_pki::LeafOptions;
use crate::{ChainRole, Warning};

fn refused(pki: &DevPki, chain: &[CertificateDer<'_>]) -> Option<(Rule, Option<ChainRole>)> {
    let refused = trust_of(pki).verify(chain, Usage::Client, NOW).err()?;
    let role = refused.certificate().map(|certificate| certificate.role);
    Some((refused.rule(), role))
}

#[test]
fn a_leaf_signs_and_need_not_do_more() {
    let cases: [(&[KeyUsagePurpose], bool); 5] = [
        (&[DigitalSignature, KeyEncipherment], true),
        (&[DigitalSignature], true),
        (&[KeyEncipherment], false),
        (&[KeyCertSign], false),
        (&[], false),
    ];
    for (usages, good) in cases {
        let mut pki = new_pki();
        let issued = pki.issue_changed(&leaf_options(OIN), |params| {
            params.key_usages = usages.to_vec()
        });
        let chain = certificates(&issued.unwrap().chain_pem);
        let expected = (!good).then_some((Rule::KeyUsage, Some(ChainRole::Leaf)));
        assert_eq!(refused(&pki, &chain), expected, "{usages:?}");
    }
}

/// A chain in which some octets of a CA are others, signed again.
fn with_other_ca(
    pki: &mut DevPki,
    index: usize,
    from: &[u8],
    to: &[u8],
) -> Vec<CertificateDer<'static>> {
    let mut chain = leaf(pki);
    let mut der = chain[index].to_vec();
    let place = der.windows(from.len()).position(|octets| octets == from);
    let place = place.unwrap();
    der[place..place + to.len()].copy_from_slice(to);
    let issuer = [Authority::Issuing, Authority::Domain, Authority::Root][index];
    chain[index] = pki.sign_again(issuer, &der).into();
    chain
}

#[test]
fn a_ca_signs_certificates_at_every_level() {
    // The bits digitalSignature, keyCertSign and cRLSign; the same without keyCertSign.
    let (all, without) = ([3, 2, 1, 0x86], [3, 2, 1, 0x82]);
    for (index, role) in [(1, ChainRole::Tsp), (2, ChainRole::Domain)] {
        let mut pki = new_pki();
        let chain = with_other_ca(&mut pki, index, &all, &without);
        assert_eq!(refused(&pki, &chain), Some((Rule::KeyUsage, Some(role))));
        let same = with_other_ca(&mut pki, index, &all, &all);
        assert_eq!(refused(&pki, &same), None);
    }
}

#[test]
fn a_ca_without_policies_allows_none() {
    for (index, role) in [(1, ChainRole::Tsp), (2, ChainRole::Domain)] {
        let mut pki = new_pki();
        // The extension under another name, which nobody knows.
        let chain = with_other_ca(&mut pki, index, &[0x55, 0x1d, 0x20], &[0x55, 0x1d, 0x7f]);
        assert_eq!(refused(&pki, &chain), Some((Rule::Policy, Some(role))));
    }
}

#[test]
fn a_key_of_another_kind_is_refused_by_name() {
    let mut pki = new_pki();
    let key = rcgen::KeyPair::generate_for(&PKCS_ED25519)
        .unwrap()
        .serialize_pem();
    let options = LeafOptions {
        key_pem: Some(&key),
        ..leaf_options(OIN)
    };
    let chain = certificates(&pki.issue(&options).unwrap().chain_pem);
    let refused = trust_of(&pki)
        .verify(&chain, Usage::Client, NOW)
        .unwrap_err();
    assert_eq!(refused.rule(), Rule::KeyKind);
    assert_eq!(refused.found(), "a key of kind 1.3.101.112");
}

#[test]
fn what_is_worth_knowing_comes_with_the_peer() {
    let mut pki = new_pki();
    let trust = trust_of(&pki);
    let mut warnings = |options: &LeafOptions<'_>| {
        let chain = certificates(&pki.issue(options).unwrap().chain_pem);
        trust.verify(&chain, Usage::Client, NOW).unwrap().warnings
    };
    assert_eq!(warnings(&leaf_options(OIN)), []);
    assert_eq!(
        warnings(&leaf_options("00000001123456789000")),
        [Warning::CheckDigit]
    );
    let options = LeafOptions {
        dns_names: &["*.gemeente.test"],
        ..leaf_options(OIN)
    };
    assert_eq!(warnings(&options), [Warning::WildcardName]);
}
