use proptest::prelude::*;
use rcgen::{CertificateParams, CustomExtension, ExtendedKeyUsagePurpose};

use super::*;
use crate::dev_pki::{DevPki, LeafOptions};
use crate::test_kit::{
    DAY, HOST, NOW, OIN, certificates, crls_of, leaf_options, new_pki, trust_of,
};
use crate::{Profile, RevocationLists, TrustRules};

fn explained(
    pki: &mut DevPki,
    options: &LeafOptions<'_>,
    change: impl FnOnce(&mut CertificateParams),
) -> Explanation {
    let issued = pki.issue_changed(options, change).unwrap();
    trust_of(pki)
        .explain(&certificates(&issued.chain_pem), NOW)
        .unwrap()
}

/// Every rule that did not pass: place in the path, label, outcome.
fn objections(explanation: &Explanation) -> Vec<(usize, &'static str, Outcome)> {
    explanation
        .certificates
        .iter()
        .flat_map(|certificate| {
            let position = certificate.certificate.position;
            certificate
                .judgements
                .iter()
                .map(move |judgement| (position, judgement.rule.as_str(), judgement.outcome))
        })
        .filter(|(_, _, outcome)| *outcome != Outcome::Pass)
        .collect()
}

#[test]
fn of_a_good_chain_every_rule_is_shown_up_to_the_anchor() {
    let explanation = explained(&mut new_pki(), &leaf_options(OIN), |_| {});
    assert_eq!(objections(&explanation), []);
    assert!(
        explanation
            .verdicts
            .iter()
            .all(|(_, verdict)| verdict.is_ok())
    );
    assert_eq!(explanation.unused, 0);
    let roles: Vec<ChainRole> = explanation
        .certificates
        .iter()
        .map(|certificate| certificate.certificate.role)
        .collect();
    use ChainRole::{Anchor, Domain, Leaf, Tsp};
    assert_eq!(roles, [Leaf, Tsp, Domain, Anchor]);
    let leaf = &explanation.certificates[0];
    for rule in [
        Rule::Untrusted,
        Rule::Expired,
        Rule::Revoked,
        Rule::KeyUsage,
        Rule::WrongUsage,
        Rule::KeySize,
        Rule::Policy,
        Rule::Oin,
        Rule::WrongName,
    ] {
        assert!(
            leaf.judgements
                .iter()
                .any(|judgement| judgement.rule == rule),
            "{rule}"
        );
    }
}

#[test]
fn every_broken_rule_is_shown_not_only_the_first() {
    let mut options = leaf_options("00000005123456789000");
    options.not_after_unix_seconds = NOW - DAY;
    options.policy_oids = Some(&["2.16.528.1.1003.1.2.8.4"]);
    let explanation = explained(&mut new_pki(), &options, |params| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.key_usages.clear();
    });
    let fail = Outcome::Fail;
    assert_eq!(
        objections(&explanation),
        [
            (1, "expired", fail),
            (1, "key-usage", fail),
            (1, "wrong-usage", fail),
            (1, "policy", fail),
            (1, "oin", fail),
        ]
    );
    let usages: Vec<Option<Usage>> = explanation.certificates[0]
        .judgements
        .iter()
        .filter(|judgement| judgement.outcome == fail)
        .map(|judgement| judgement.usage)
        .collect();
    assert_eq!(usages[2], Some(Usage::Server), "as a client it would do");
}

#[test]
fn what_only_the_verifier_sees_is_shown_too() {
    let explanation = explained(&mut new_pki(), &leaf_options(OIN), |params| {
        let mut extension = CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
        extension.set_criticality(true);
        params.custom_extensions.push(extension);
    });
    assert!(
        explanation
            .verdicts
            .iter()
            .all(|(_, verdict)| verdict.is_err())
    );
    assert_eq!(objections(&explanation), [(1, "unusable", Outcome::Fail)]);
}

#[test]
fn a_chain_that_leads_nowhere_says_where_it_stops() {
    let mut pki = new_pki();
    let chain = certificates(&pki.issue(&leaf_options(OIN)).unwrap().chain_pem);
    let trust = trust_of(&pki);
    let explanation = trust.explain(&chain[..2], NOW).unwrap();
    assert_eq!(objections(&explanation), [(2, "untrusted", Outcome::Fail)]);
    assert_eq!(explanation.certificates.len(), 2);
    let stranger = trust_of(&new_pki()).explain(&chain, NOW).unwrap();
    let unusable = |position| (position, "crl-unusable", Outcome::Fail);
    assert_eq!(
        objections(&stranger),
        [unusable(1), unusable(2), (3, "untrusted", Outcome::Fail)],
        "its lists are of namesakes"
    );
    let found = &stranger.certificates[2].judgements[0].found;
    assert!(found.contains("did not make"), "{found}");
    // A file in another order has the leaf first all the same.
    let muddled = [&chain[0], &chain[2], &chain[1], &chain[1]].map(Clone::clone);
    let explanation = trust.explain(&muddled, NOW).unwrap();
    assert_eq!((objections(&explanation).len(), explanation.unused), (0, 1));
}

#[test]
fn without_lists_only_revocation_is_open() {
    let mut pki = new_pki();
    let chain = certificates(&pki.issue(&leaf_options(OIN)).unwrap().chain_pem);
    let rules = TrustRules::of(Profile::Test);
    let anchors = pki.anchors_pem();
    let trust = Trust::new(rules, anchors.as_bytes(), RevocationLists::default()).unwrap();
    let explanation = trust.explain(&chain, NOW).unwrap();
    let open = "unknown-revocation-status";
    assert_eq!(
        objections(&explanation),
        [1, 2, 3].map(|position| (position, open, Outcome::Fail))
    );
}

#[test]
fn what_is_worth_knowing_is_a_warning() {
    let mut options = leaf_options("00000001123456789000");
    let names = ["*.gemeente.test", HOST];
    options.dns_names = &names;
    let explanation = explained(&mut new_pki(), &options, |params| {
        let address = std::net::IpAddr::from([192, 0, 2, 1]);
        params
            .subject_alt_names
            .push(rcgen::SanType::IpAddress(address));
    });
    let warning = Outcome::Warning;
    assert_eq!(
        objections(&explanation),
        [
            (1, "wrong-name", warning),
            (1, "wrong-name", warning),
            (1, "oin", warning),
        ]
    );
    assert!(
        explanation
            .verdicts
            .iter()
            .all(|(_, verdict)| verdict.is_ok())
    );
    options.dns_names = &[];
    options.peer_id = OIN;
    let explanation = explained(&mut new_pki(), &options, |_| {});
    assert_eq!(objections(&explanation), [(1, "wrong-name", warning)]);
}

#[test]
fn a_file_is_pem_or_der() {
    let mut pki = new_pki();
    let issued = pki.issue(&leaf_options(OIN)).unwrap();
    let chain = certificates_of(issued.chain_pem.as_bytes()).unwrap();
    assert_eq!(chain.len(), 3);
    assert_eq!(certificates_of(&chain[0]).unwrap(), chain[..1]);
    assert!(certificates_of(b"").is_err());
    assert!(certificates_of(&crls_of(&pki)[0]).is_err());
    let trust = trust_of(&pki);
    assert_eq!(trust.explain(&[], NOW), Err(PeerError::NoCertificate));
    let nonsense = certificates_of(&[0x30, 0x82, 0, 0]).unwrap();
    assert_eq!(trust.explain(&nonsense, NOW), Err(PeerError::Unreadable));
}

static PKI: std::sync::LazyLock<(Trust, Vec<CertificateDer<'static>>)> =
    std::sync::LazyLock::new(|| {
        let mut pki = new_pki();
        let chain = certificates(&pki.issue(&leaf_options(OIN)).unwrap().chain_pem);
        (trust_of(&pki), chain)
    });

proptest! {
    /// The explanation and the verifier agree: what is refused because of a certificate has a broken rule there.
    #[test]
    fn a_damaged_chain_has_a_rule_that_is_broken(
        which in 0..3_usize,
        position in any::<prop::sample::Index>(),
        change in 1..=255_u8,
    ) {
        let (trust, chain) = &*PKI;
        let mut chain = chain.clone();
        let mut der = chain[which].to_vec();
        let position = position.index(der.len());
        der[position] ^= change;
        chain[which] = der.into();
        if let Ok(explanation) = trust.explain(&chain, NOW) {
            prop_assert!(explanation.verdicts.iter().all(|(_, verdict)| verdict.is_err()));
            let refusal = explanation.verdicts[0].1.as_ref().unwrap_err();
            let failed = |found: &(usize, &str, Outcome)| found.2 == Outcome::Fail;
            prop_assert!(
                refusal.certificate().is_none() || objections(&explanation).iter().any(failed),
                "{explanation:?}"
            );
        }
    }
}
