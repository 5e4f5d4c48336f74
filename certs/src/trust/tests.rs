mod key_use;
mod matrix;
mod own_group;
mod pkits;
mod revocation;

use std::sync::LazyLock;

use proptest::prelude::*;
use rcgen::{BasicConstraints, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa};

use super::*;
use crate::RevocationListError;
use crate::dev_pki::{Authority, DevPki, LeafOptions, Shape};
use crate::pem::PemError;
use crate::test_kit::{
    DAY, NOW, OIN, VALIDITY, certificates, children, crls_of, element, leaf_options, new_pki,
    rsa_leaf_key, shaped_pki, signed, trust_of, with_field,
};

const YEAR: i64 = 365 * DAY;

fn leaf(pki: &mut DevPki) -> Vec<CertificateDer<'static>> {
    certificates(&pki.issue(&leaf_options(OIN)).unwrap().chain_pem)
}

fn error(trust: &Trust, chain: &[CertificateDer<'_>], now: i64) -> Option<Rule> {
    let refused = trust.verify(chain, Usage::Client, now).err();
    refused.map(|error| error.rule())
}

fn verdict(trust: &Trust, chain: &[CertificateDer<'_>], usage: Usage) -> Result<(), Rule> {
    let verdict = trust.verify(chain, usage, NOW);
    verdict.map(drop).map_err(|error| error.rule())
}

#[test]
fn a_good_chain_is_accepted_for_every_usage() {
    let mut pki = new_pki();
    let chain = leaf(&mut pki);
    let trust = trust_of(&pki);
    for usage in [Usage::Client, Usage::Server, Usage::Signature] {
        assert_eq!(trust.verify(&chain, usage, NOW).unwrap().id.as_str(), OIN);
    }
    // Order of the issuers, the root among them and strangers do not matter.
    let root = certificates(&pki.anchors_pem());
    let stranger = leaf(&mut new_pki());
    let muddled = [&chain[0], &root[0], &stranger[0], &chain[2], &chain[1]].map(Clone::clone);
    assert!(trust.verify(&muddled, Usage::Client, NOW).is_ok());
}

#[test]
fn a_usage_asks_for_its_own_extended_key_usage() {
    use ExtendedKeyUsagePurpose::{Any, ClientAuth, EmailProtection, ServerAuth};
    let mut pki = new_pki();
    let trust = trust_of(&pki);
    let cases: [(Vec<ExtendedKeyUsagePurpose>, [bool; 3]); 6] = [
        (vec![ServerAuth, ClientAuth], [true, true, true]),
        (vec![ClientAuth], [true, false, true]),
        (vec![ServerAuth], [false, true, true]),
        (vec![EmailProtection], [false, false, false]),
        (vec![Any], [false, false, false]),
        (vec![], [false, false, false]),
    ];
    for (usages, expected) in cases {
        let issued = pki
            .issue_changed(&leaf_options(OIN), |params| {
                params.extended_key_usages = usages.clone()
            })
            .unwrap();
        let chain = certificates(&issued.chain_pem);
        let results = [Usage::Client, Usage::Server, Usage::Signature]
            .map(|usage| verdict(&trust, &chain, usage));
        let wanted = expected.map(|good| if good { Ok(()) } else { Err(Rule::WrongUsage) });
        assert_eq!(results, wanted, "{usages:?}");
    }
}

/// G1 has issuing CAs without extended key usage; a CA that has one is bound by it.
#[test]
fn the_extended_key_usage_of_a_ca_counts_when_there_is_one() {
    let mut pki = new_pki();
    let trust = trust_of(&pki);
    let chain = leaf(&mut pki);
    let with_changed_ca = |changes: &[(&[u8], &[u8])]| {
        let mut der = chain[1].to_vec();
        for (from, to) in changes {
            let position = der
                .windows(from.len())
                .position(|bytes| bytes == *from)
                .unwrap();
            der[position..position + to.len()].copy_from_slice(to);
        }
        let issuing = pki.sign_again(Authority::Domain, &der);
        let chain = [chain[0].clone(), issuing.into(), chain[2].clone()];
        [Usage::Client, Usage::Server].map(|usage| verdict(&trust, &chain, usage))
    };
    let wrong = Err(Rule::WrongUsage);
    let (server, client, email) = (
        b"\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01",
        b"\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x02",
        b"\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x04",
    );
    assert_eq!(with_changed_ca(&[]), [Ok(()), Ok(())]);
    assert_eq!(with_changed_ca(&[(server, email)]), [Ok(()), wrong]);
    assert_eq!(
        with_changed_ca(&[(server, email), (client, email)]),
        [wrong, wrong]
    );
    // The extension renamed to one that nobody knows.
    assert_eq!(
        with_changed_ca(&[(b"\x55\x1d\x25", b"\x55\x1d\x7f")]),
        [Ok(()), Ok(())]
    );
}

#[test]
fn an_expired_anchor_is_refused_although_webpki_would_not() {
    let mut pki = new_pki();
    let chain = leaf(&mut pki);
    let root = certificates(&pki.anchors_pem());
    // UTCTime: 2020-01-01 to 2026-11-22 00:00:00, which is before NOW by less than a day.
    let validity =
        |from: &[u8], to: &[u8]| element(0x30, &[element(0x17, from), element(0x17, to)].concat());
    let anchored = |validity: Vec<u8>| {
        let root = with_field(&root[0], VALIDITY, &validity);
        Trust::from_pem(pem::encode("CERTIFICATE", &root).as_bytes(), &crls_of(&pki)).unwrap()
    };
    let expired = anchored(validity(b"200101000000Z", b"261121000000Z"));
    assert_eq!(error(&expired, &chain, NOW), Some(Rule::Expired));
    let future = anchored(validity(b"261201000000Z", b"360101000000Z"));
    assert_eq!(error(&future, &chain, NOW), Some(Rule::NotYetValid));
    let good = anchored(validity(b"200101000000Z", b"361121000000Z"));
    assert_eq!(error(&good, &chain, NOW), None);
}

#[test]
fn validity_is_inclusive_at_both_ends() {
    let mut pki = new_pki();
    let mut options = leaf_options(OIN);
    options.not_before_unix_seconds = NOW + 10;
    options.not_after_unix_seconds = NOW + 20;
    let chain = certificates(&pki.issue(&options).unwrap().chain_pem);
    let trust = trust_of(&pki);
    assert_eq!(error(&trust, &chain, NOW + 9), Some(Rule::NotYetValid));
    assert_eq!(error(&trust, &chain, NOW + 10), None);
    assert_eq!(error(&trust, &chain, NOW + 20), None);
    assert_eq!(error(&trust, &chain, NOW + 21), Some(Rule::Expired));
    assert_eq!(error(&trust, &chain, i64::MIN), Some(Rule::NotYetValid));
    assert_eq!(error(&trust, &chain, i64::MAX), Some(Rule::Expired));
}

#[test]
fn a_chain_that_leads_nowhere_is_refused() {
    let mut pki = new_pki();
    let trust = trust_of(&pki);
    let chain = leaf(&mut pki);
    assert_eq!(
        error(&trust, &leaf(&mut new_pki()), NOW),
        Some(Rule::Untrusted),
        "a namesake"
    );
    assert_eq!(
        error(&trust, &chain[..1], NOW),
        Some(Rule::Untrusted),
        "no issuers"
    );
    assert_eq!(
        error(&trust, &chain[..2], NOW),
        Some(Rule::Untrusted),
        "no domain CA"
    );
    assert_eq!(error(&trust, &[], NOW), Some(Rule::NoCertificate));
    assert_eq!(error(&trust, &chain[1..], NOW), Some(Rule::AuthorityAsLeaf));
    let long = vec![chain[0].clone(); CHAIN_MAX + 1];
    assert_eq!(error(&trust, &long, NOW), Some(Rule::ChainTooLong));
    let mut altered = chain.clone();
    let mut der = altered[0].to_vec();
    *der.last_mut().unwrap() ^= 1;
    altered[0] = der.into();
    assert_eq!(
        error(&trust, &altered, NOW),
        Some(Rule::Untrusted),
        "signature changed"
    );
}

#[test]
fn leaves_of_the_wrong_kind_are_refused() {
    let mut pki = new_pki();
    let trust = trust_of(&pki);
    let mut issue = |change: fn(&mut rcgen::CertificateParams)| {
        let issued = pki.issue_changed(&leaf_options(OIN), change).unwrap();
        error(&trust, &certificates(&issued.chain_pem), NOW)
    };
    assert_eq!(
        issue(|params| params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0))),
        Some(Rule::AuthorityAsLeaf)
    );
    assert_eq!(
        issue(|params| {
            params
                .distinguished_name
                .remove(DnType::CustomDnType(vec![2, 5, 4, 5]));
        }),
        Some(Rule::NotAPeer)
    );
    let unknown_critical = issue(|params| {
        let mut extension = CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
        extension.set_criticality(true);
        params.custom_extensions.push(extension);
    });
    assert_eq!(unknown_critical, Some(Rule::Unusable));
}

#[test]
fn a_leaf_cannot_issue() {
    let mut pki = new_pki();
    let trust = trust_of(&pki);
    let issuer = pki.issue(&leaf_options(OIN)).unwrap();
    let key = rcgen::KeyPair::from_pem(&issuer.key_pem).unwrap();
    let chain = certificates(&issuer.chain_pem);
    // A certificate that names the leaf as its issuer, signed with the leaf's key.
    let forged = pki.issue(&leaf_options("00000003123456780000")).unwrap();
    let forged = certificates(&forged.chain_pem);
    let subject = children(&children(&chain[0])[0])[crate::test_kit::SUBJECT].clone();
    let forged = with_field(&forged[0], 3, &subject);
    let forged = signed(&forged, |message| {
        rcgen::SigningKey::sign(&key, message).unwrap()
    });
    let chain = [&[CertificateDer::from(forged)], chain.as_slice()].concat();
    let refused = error(&trust, &chain, NOW);
    assert_eq!(refused, Some(Rule::NotAnAuthority));
}

/// Both hierarchies of PKIoverheid: RSA PKCS#1 v1.5, and RSASSA-PSS with SHA-512.
#[test]
fn a_chain_of_either_hierarchy_is_accepted() {
    for shape in [Shape::G1, Shape::G4] {
        let mut pki = shaped_pki(shape);
        let options = LeafOptions {
            key_pem: Some(rsa_leaf_key()),
            ..leaf_options(OIN)
        };
        let chain = certificates(&pki.issue(&options).unwrap().chain_pem);
        let trust = trust_of(&pki);
        let peer = trust.verify(&chain, Usage::Client, NOW).unwrap();
        assert_eq!(peer.id.as_str(), OIN, "{shape:?}");

        let mut changed = chain.clone();
        let mut der = changed[0].to_vec();
        *der.last_mut().unwrap() ^= 1;
        changed[0] = der.into();
        assert_eq!(error(&trust, &changed, NOW), Some(Rule::Untrusted));
    }
}

#[test]
fn anchors_and_lists_that_cannot_be_used_are_refused_with_a_reason() {
    let mut pki = new_pki();
    let chain_pem = pki.issue(&leaf_options(OIN)).unwrap().chain_pem;
    let anchors = pki.anchors_pem();
    let lists = crls_of(&pki);
    let load = |anchors: &str, lists: &[Vec<u8>]| Trust::from_pem(anchors.as_bytes(), lists).err();
    assert_eq!(load("", &lists), Some(PemError::NoCertificate.into()));
    assert_eq!(
        load(&chain_pem, &lists),
        Some(TrustError::AnchorIsNoAuthority)
    );
    assert_eq!(
        load(&pem::encode("CERTIFICATE", b"x"), &lists),
        Some(TrustError::AnchorUnreadable)
    );
    assert_eq!(load(&anchors, &[]), Some(RevocationListError::None.into()));
    assert_eq!(
        load(&anchors, &[vec![]]),
        Some(RevocationListError::Unreadable.into())
    );
    assert_eq!(
        load(&anchors, &[b"no list".to_vec()]),
        Some(RevocationListError::Unreadable.into())
    );
    assert_eq!(
        load(&anchors, &[vec![0x30, 0x81]]),
        Some(RevocationListError::Unreadable.into())
    );
    assert_eq!(
        load(&anchors, &[anchors.clone().into_bytes()]),
        Some(RevocationListError::Unreadable.into())
    );
    let many = vec![lists[0].clone(); 257];
    assert_eq!(
        load(&anchors, &many),
        Some(RevocationListError::TooMany.into())
    );
    let (_, block) = x509_parser::pem::parse_x509_pem(&lists[0]).unwrap();
    let trailing = [block.contents.as_slice(), &[0]].concat();
    assert_eq!(
        load(&anchors, &[trailing]),
        Some(RevocationListError::Unreadable.into())
    );
    assert_eq!(load(&anchors, &[block.contents]), None, "DER");
}

#[test]
fn a_far_future_does_not_overflow() {
    let mut pki = new_pki();
    let chain = leaf(&mut pki);
    assert_eq!(
        error(&trust_of(&pki), &chain, NOW + 20 * YEAR),
        Some(Rule::Expired)
    );
}

static SETUP: LazyLock<(Trust, Vec<CertificateDer<'static>>, Vec<Vec<u8>>)> = LazyLock::new(|| {
    let mut pki = new_pki();
    let chain = leaf(&mut pki);
    let lists = crls_of(&pki)
        .iter()
        .map(|pem| x509_parser::pem::parse_x509_pem(pem).unwrap().1.contents)
        .collect();
    (trust_of(&pki), chain, lists)
});

proptest! {
    #[test]
    fn no_bytes_panic(anchors: Vec<u8>, list: Vec<u8>) {
        prop_assert!(Trust::from_pem(&anchors, std::slice::from_ref(&list)).is_err());
        let pem = pem::encode("CERTIFICATE", &anchors);
        prop_assert!(Trust::from_pem(pem.as_bytes(), &[list]).is_err());
        prop_assert!(SETUP.0.verify(&[anchors.into()], Usage::Client, NOW).is_err());
    }

    #[test]
    fn no_damaged_certificate_is_trusted(
        which in 0..3_usize,
        position in any::<prop::sample::Index>(),
        change in 1..=255_u8,
    ) {
        let (trust, chain, _) = &*SETUP;
        let mut chain = chain.clone();
        let mut der = chain[which].to_vec();
        let position = position.index(der.len());
        der[position] ^= change;
        chain[which] = der.into();
        prop_assert!(trust.verify(&chain, Usage::Client, NOW).is_err());
    }

    #[test]
    fn no_damaged_list_panics(
        which in 0..3_usize,
        position in any::<prop::sample::Index>(),
        change in 1..=255_u8,
    ) {
        let mut lists = SETUP.2.clone();
        let position = position.index(lists[which].len());
        lists[which][position] ^= change;
        let anchor = pem::encode("CERTIFICATE", &SETUP.1[2]);
        let _ = Trust::from_pem(anchor.as_bytes(), &lists);
    }
}
